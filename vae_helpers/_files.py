"""Write a file as a whole or not at all."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` at the end of the block.

    Raises:
        FileNotFoundError: `path` is in no existing folder; nothing has been done.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path must be in an existing folder, got {path}; there is no {path.parent}")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".saving-") as folder:
        yield Path(folder) / path.name
        (Path(folder) / path.name).replace(path)
