"""Exercises of notebook 01: bytes to [0, 1], and a batch of images to a batch of rows."""

import torch
from torch import Tensor

from vae_helpers.checks._attempt import Case
from vae_helpers.checks._exercise import exercise


def _bytes() -> list[Case]:
    ends = torch.tensor([[0, 51, 255]], dtype=torch.uint8)
    two_images = torch.tensor([[[10, 51], [102, 20]], [[40, 5], [30, 80]]], dtype=torch.uint8)
    return [(ends,), (two_images,), (torch.arange(256, dtype=torch.uint8).view(1, 16, 16),)]


@exercise(
    inputs=_bytes,
    mistakes={
        "nothing is divided": lambda raw: raw.float(),
        "256 divides, the number of values": lambda raw: raw / 256,
        "`//` divides, which drops what follows the point": lambda raw: raw // 255,
        "the largest value of the batch divides": lambda raw: raw / raw.max(),
        "each image's own largest value divides": lambda raw: raw / raw.amax((-2, -1), keepdim=True),
        "the batch is stretched to its smallest and largest": (
            lambda raw: (raw - raw.min()) / (raw.max() - raw.min())
        ),
        "the batch's mean and standard deviation are used": (
            lambda raw: (raw.float() - raw.float().mean()) / raw.float().std()
        ),
        "0.1307 is subtracted, and 0.3081 divides": lambda raw: (raw / 255 - 0.1307) / 0.3081,
        "the numbers run from -1 to 1": lambda raw: raw / 127.5 - 1,
    },
    dtype=torch.float32,
    praise="Byte 0 becomes 0, byte 255 becomes 1, as float32 and in the shape that came in.",
    hint="The largest that a byte can be divides every byte, of every batch. `raw / n` gives floats.",
)
def to_unit_interval(raw: Tensor) -> Tensor:
    """Bytes (uint8) of any shape as float32 in [0, 1], 0 to 0 and 255 to 1."""
    return raw / 255


def _letters() -> list[Case]:
    letters = torch.zeros(3, 1, 28, 28)
    letters[:, :, 4:24, 6:10] = 1  # the stem of an F
    letters[:, :, 4:8, 6:22] = 0.8
    letters[0, :, 12:16, 6:16] = 0.6
    letters[1, :, 20:24, 10:14] = 0.4
    letters[2, :, 8:12, 18:22] = 0.5
    return [(letters[:1],), (letters,)]


@exercise(
    inputs=_letters,
    mistakes={
        "each image is transposed": lambda images: images.mT.flatten(1),
        "each row is read from its end": lambda images: images.flatten(1).flip(1),
        "each image is upside down": lambda images: images.flip(2).flatten(1),
        "each image is mirrored": lambda images: images.flip(3).flatten(1),
        "the images come in the opposite order": lambda images: images.flip(0).flatten(1),
        "`reshape` cuts 784 rows, which are then transposed": lambda images: images.reshape(784, -1).T,
        "the batch is moved to the last place before `reshape`": (
            lambda images: images.permute(1, 2, 3, 0).reshape(-1, 784)
        ),
        "the batch changes places with the lines of pixels before `reshape`": (
            lambda images: images.transpose(0, 2).reshape(-1, 784)
        ),
    },
    dtype=torch.float32,
    picture=lambda rows: rows.view(-1, 28, 28),
    praise="Row i holds image i, pixel by pixel.",
    hint="Dimension 0 counts the images and stays; `flatten(1)` joins all dimensions from number 1 on.",
)
def flatten_batch(images: Tensor) -> Tensor:
    """Images `(B, 1, 28, 28)` as rows `(B, 784)`, pixel by pixel."""
    return images.flatten(1)
