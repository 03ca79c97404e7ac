"""Write a file as a whole or not at all."""

import tempfile
from pathlib import Path

from vae_helpers._inputs import check_path


def write_whole(path: str | Path, data: bytes) -> None:
    """Put `data` into the file `path`, all of it or nothing: it is written elsewhere and moved there.

    Raises:
        TypeError: `path` is not a path.
        OSError: the file cannot be written; what was there before is still there.
    """
    check_path(path, "path")
    path = Path(path)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".saving-") as folder:
            whole = Path(folder) / path.name
            whole.write_bytes(data)
            whole.replace(path)
    except FileNotFoundError:
        raise FileNotFoundError(f"path must be in an existing folder, got {path}") from None
    except OSError as error:
        raise type(error)(f"{path} cannot be written, so nothing has changed: {error.strerror}") from None
