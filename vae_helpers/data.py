"""MNIST and Fashion-MNIST as two tensors each, and mini-batches straight from memory."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vae_helpers._files import read_original
from vae_helpers._inputs import IMAGE_SHAPE, check_batching, check_path, count, shown
from vae_helpers._paths import DATA


def load_mnist(train: bool = True, root: str | Path | None = None) -> tuple[Tensor, Tensor]:
    """Read MNIST (LeCun et al. 1998) from disk; nothing is downloaded or written.

    >>> images, labels = load_mnist(train=False)
    >>> images.shape, labels[:3]
    (torch.Size([10000, 1, 28, 28]), tensor([7, 2, 1]))

    Args:
        train: the 60,000 training images, or else the 10,000 test images.
        root: the folder that holds `MNIST/raw`, as for `torchvision.datasets.MNIST`; by default `DATA`,
            which came along.

    Returns:
        images: float32 `(N, 1, 28, 28)` in [0, 1].
        labels: int64 `(N,)`, the digit 0 to 9 of each image.

    Raises:
        TypeError: `train` is not a bool, or `root` not a path.
        OSError: a file is missing (FileNotFoundError), or cannot be read.
        ValueError: a file is cut, or is not the original one.
    """
    if not isinstance(train, bool):
        raise TypeError(f"train must be True or False, got {shown(train)}; a folder is given as root=...")
    root = DATA if root is None else root
    check_path(root, "root")
    greys, labels = mnist_bytes("train" if train else "t10k", Path(root))
    return greys.float().div_(255), labels.long()


def mnist_bytes(part: str, root: Path = DATA) -> tuple[Tensor, Tensor]:
    """The grey levels `(N, 1, 28, 28)` and the labels `(N,)` of the files, all uint8."""
    raw = root / "MNIST" / "raw"
    greys = read_original(raw / f"{part}-images-idx3-ubyte")[16:]  # 16 bytes of sizes come before the pixels
    labels = read_original(raw / f"{part}-labels-idx1-ubyte")[8:]
    return greys.view(-1, *IMAGE_SHAPE), labels


def load_fashion(train: bool = True) -> tuple[Tensor, Tensor]:
    """Read a part of Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747), as `load_mnist` reads digits.

    The classes 0 to 9: T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot.

    >>> images, labels = load_fashion(train=False)
    >>> images.shape, labels[:3]
    (torch.Size([2000, 1, 28, 28]), tensor([9, 2, 1]))

    Args:
        train: the first 10,000 training images, or else the first 2,000 test images.

    Returns:
        images: float32 `(N, 1, 28, 28)` in [0, 1].
        labels: int64 `(N,)`, the class 0 to 9 of each image.

    Raises:
        TypeError, OSError, ValueError: as `load_mnist`.
    """
    if not isinstance(train, bool):
        raise TypeError(f"train must be True or False, got {shown(train)}")
    file = read_original(DATA / "fashion" / "fashion_mnist_12000.npz")
    part = "" if train else "test_"
    with np.load(BytesIO(file.numpy().tobytes())) as arrays:
        images = torch.from_numpy(arrays[f"{part}images"])
        labels = torch.from_numpy(arrays[f"{part}labels"])
    return images.view(-1, *IMAGE_SHAPE).float().div_(255), labels.long()


def batches(
    images: Tensor, batch_size: int = 128, shuffle: bool = True, generator: torch.Generator | None = None
) -> Iterator[Tensor]:
    """Cut a tensor `(N, ...)` into mini-batches `(batch_size, ...)`; the last one may be shorter.

    With `shuffle`, one pass visits every image once, in an order drawn from `generator`.

    >>> [len(x) for x in batches(torch.zeros(300, 1, 28, 28), batch_size=128)]
    [128, 128, 44]

    Raises:
        TypeError, ValueError: `images` is no tensor or is empty, `batch_size` is not a whole number of at
            least 1, or `generator` is not one of the CPU.
    """
    check_batching(images, generator)
    batch_size = count(batch_size, "batch_size")
    if not shuffle:
        return iter(images.split(batch_size))
    order = torch.randperm(len(images), generator=generator, device="cpu").to(images.device)
    # images[rows] gives the same rows and takes twice as long
    return (images.index_select(0, rows) for rows in order.split(batch_size))
