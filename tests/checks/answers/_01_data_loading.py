"""Answers to notebook 01."""

import numpy as np
import torch
from torchvision.transforms.functional import convert_image_dtype, hflip, vflip


def my_to_unit_interval(raw):
    return raw.float() / 255


def my_flatten_batch(images):
    return images.reshape(len(images), 784)


def with_raise_left(raw):
    pixels = raw / 255
    raise NotImplementedError
    return pixels


def below_the_raise(images):
    raise NotImplementedError
    rows = images.flatten(1)
    return rows.float()


DIGITS = torch.rand(3, 1, 28, 28)  # of a cell above

RIGHT = {
    "to_unit_interval": [
        my_to_unit_interval,
        lambda raw: convert_image_dtype(raw, torch.float32),
        lambda raw: torch.from_numpy(raw.numpy() / np.float32(255)),
    ],
    "flatten_batch": [
        my_flatten_batch,
        lambda images: images.view(images.shape[0], -1),
        lambda images: torch.stack([image.reshape(784) for image in images]),
        torch.nn.Flatten(),
    ],
}
WRONG = {
    "to_unit_interval": [
        ("torch.float64; torch.float32 is asked for", lambda raw: raw.double() / 255),
        ("returns 0.19995 in place [0, 1]; right is 0.2", lambda raw: (raw / 255).half()),
        ("All that comes is what is right times 1.001", lambda raw: raw / 255 * 1.001),
        ("changes its input `raw`", lambda raw: raw.clamp_(10, 245) / 255),
        ("returns a numpy array; a torch tensor", lambda raw: raw.numpy() / 255),
        ("shape (256,); (1, 16, 16) is asked for", lambda raw: raw.flatten() / 255),
        ("shape (256,); (1, 16, 16) is asked for", lambda raw: raw.flatten()),  # bytes have no mean
        ("if it is subtracted from 1 at the end", lambda raw: 1 - raw / 255),
        ("if all is divided by 255 once more", lambda raw: raw / 255 / 255),
        ("still stands below", with_raise_left),
    ],
    "flatten_batch": [
        ("Its numbers are right, in another shape", lambda images: images.flatten()),
        ("if all is doubled", lambda images: 2 * images.flatten(1)),
        ("does not depend on `images`", lambda images: DIGITS[: len(images)].flatten(1)),
        ("returns a value of type Flatten", lambda images: torch.nn.Flatten(images)),
        ("stand below `raise", below_the_raise),
        ("name 'B' is not defined", lambda images: images.reshape(B, 784)),  # noqa: F821
    ],
}
SLIPS = {
    "to_unit_interval": {
        "nothing is divided": lambda raw: raw.float(),
        "256 divides, the number of values": lambda raw: raw / 256,
        "`//` divides, which drops what follows the point": lambda raw: raw.float() // 255,
        "the largest value of the batch divides": lambda raw: raw / raw.max(),
        "each image's own largest value divides": lambda raw: torch.stack([one / one.max() for one in raw]),
        "the batch is stretched to its smallest and largest": lambda raw: (
            (raw - raw.min()) / (raw.max() - raw.min())
        ),
        "the batch's mean and standard deviation are used": lambda raw: (
            (raw.float() - raw.float().mean()) / raw.float().std()
        ),
        "0.1307 is subtracted, and 0.3081 divides": lambda raw: (raw / 255 - 0.1307) / 0.3081,
        "the numbers run from -1 to 1": lambda raw: raw / 127.5 - 1,
    },
    "flatten_batch": {
        "each image is transposed": lambda images: torch.stack([image[0].T.flatten() for image in images]),
        "each row is read from its end": lambda images: torch.tensor(
            [image.flatten().tolist()[::-1] for image in images]
        ),
        "each image is upside down": lambda images: vflip(images).flatten(1),
        "each image is mirrored": lambda images: hflip(images).flatten(1),
        "the images come in the opposite order": lambda images: torch.stack(
            [image.flatten() for image in list(images)[::-1]]
        ),
        "`reshape` cuts 784 rows, which are then transposed": lambda images: images.reshape(784, -1).T,
        "the batch is moved to the last place before `reshape`": lambda images: torch.reshape(
            images.movedim(0, 3), (-1, 784)
        ),
        "the batch changes places with the lines of pixels before `reshape`": lambda images: torch.reshape(
            images.transpose(0, 2), (-1, 784)
        ),
    },
}
