"""Answers to notebook 01."""

import numpy as np
import torch
from torchvision.transforms.functional import convert_image_dtype


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
        ("if `//` divides", lambda raw: raw.float() // 255),
        ("torch.float64; torch.float32 is asked for", lambda raw: raw.double() / 255),
        ("returns 0.19995 in place [0, 1]; right is 0.2", lambda raw: (raw / 255).half()),
        ("All that comes is what is right times 1.001", lambda raw: raw / 255 * 1.001),
        ("changes its input `raw`", lambda raw: raw.clamp_(10, 245) / 255),
        ("returns a numpy array; a torch tensor", lambda raw: raw.numpy() / 255),
        ("shape (256,); (1, 16, 16) is asked for", lambda raw: raw.flatten() / 255),
        ("still stands below", with_raise_left),
    ],
    "flatten_batch": [
        ("if each image is transposed", lambda images: images.transpose(2, 3).flatten(1)),
        ("Its numbers are right, in another shape", lambda images: images.flatten()),
        ("does not depend on `images`", lambda images: DIGITS[: len(images)].flatten(1)),
        ("returns a value of type Flatten", lambda images: torch.nn.Flatten(images)),
        ("stand below `raise", below_the_raise),
        ("name 'B' is not defined", lambda images: images.reshape(B, 784)),  # noqa: F821
    ],
}
