"""Read a file that must be the original one, or any file in one piece; write one as a whole or not at all."""

import tempfile
from hashlib import md5
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vae_helpers._inputs import check_path

MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    "fashion_mnist_12000.npz": "a417c31fe2641d16ba994322e94b3017",
}
REPLACE = "copy it from another copy of this course, or get the course again"


def read_original(path: Path) -> Tensor:
    """The bytes of a data file that is known to be the original one, uint8 `(N,)`.

    torchvision reads MNIST too, but importing it takes each kernel seconds and 160 MB.

    Raises:
        OSError: the file is missing (FileNotFoundError), or cannot be read.
        ValueError: it is cut, or is not the original one.
    """
    try:
        data = np.fromfile(path, dtype=np.uint8)
    except FileNotFoundError:
        raise FileNotFoundError(f"data file {path} is missing; {REPLACE}") from None
    except OSError as error:
        raise type(error)(f"data file {path} cannot be read ({error.strerror}); {REPLACE}") from None
    if md5(data.data, usedforsecurity=False).hexdigest() != MD5[path.name]:
        size = f"{len(data):,} bytes"
        raise ValueError(f"data file {path} ({size}) is damaged or not the original one; {REPLACE}")
    return torch.from_numpy(data)


def read_whole(path: str | Path, missing: str) -> bytes:
    """All bytes of a file; `missing` is said where there is none.

    Raises:
        TypeError: `path` is not a path.
        OSError: there is no such file (FileNotFoundError), or it cannot be read.
    """
    check_path(path, "path")
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(missing) from None
    except OSError as error:
        raise type(error)(f"{path} cannot be read: {error.strerror}") from None


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
