"""Answers to notebook 01: bytes to [0, 1], and a batch of images to rows."""

import numpy as np
import torch
from solutions import my_flatten_batch, my_to_unit_interval
from torchvision.transforms.functional import convert_image_dtype


def with_raise_left(raw):
    pixels = raw / 255
    raise NotImplementedError
    return pixels


def flat_below(images):
    raise NotImplementedError
    rows = images.flatten(1)
    return rows.float()


def flat_with_raise_left(images):
    rows = []
    for image in images:
        rows.append(image.flatten())
    raise NotImplementedError


DIGITS = torch.rand(64, 1, 28, 28)


RIGHT = {
    "to_unit_interval": [
        my_to_unit_interval,
        lambda raw: torch.div(raw, 255),
        lambda raw: raw.to(torch.float64).mul(1 / 255).float(),
        lambda raw: convert_image_dtype(raw, torch.float32),
        lambda raw: torch.from_numpy(raw.numpy() / np.float32(255)),
    ],
    "flatten_batch": [
        my_flatten_batch,
        lambda images: images.flatten(1),
        lambda images: images.view(images.shape[0], -1),
        lambda images: torch.stack([image.reshape(784) for image in images]),
        lambda images: torch.cat([images[:, 0, line] for line in range(28)], dim=1),
        torch.nn.Flatten(),
    ],
}


WRONG = {
    "to_unit_interval": [
        ("//", lambda raw: raw // 255),
        ("//", lambda raw: raw.float() // 255),
        ("256", lambda raw: raw / 256),
        ("largest value", lambda raw: raw / raw.max()),
        ("each image", lambda raw: raw / raw.amax((-2, -1), keepdim=True)),
        ("smallest", lambda raw: (raw - raw.min()) / (raw.max() - raw.min())),
        ("standardise", lambda raw: (raw.float() - raw.float().mean()) / raw.float().std()),
        ("0.1307", lambda raw: (raw / 255 - 0.1307) / 0.3081),
        ("[-1, 1]", lambda raw: raw / 127.5 - 1),
        ("float64", lambda raw: raw.double() / 255),
        ("float16", lambda raw: (raw / 255).half()),
        ("left as they are", lambda raw: raw),
        ("divide by 255", lambda raw: raw.float()),
        ("rounded", lambda raw: (raw / 255).round()),
        ("whole numbers", lambda raw: (raw / 255).to(torch.uint8)),
        ("twice", lambda raw: raw / 255 / 255),
        ("swapped", lambda raw: 1 - raw / 255),
        ("should become", lambda raw: torch.sigmoid(raw.float())),
        ("should become", lambda raw: raw / 255 * (raw > 10)),
        ("changes its input `raw`", lambda raw: raw.clamp_(10, 245) / 255),
        ("`/=` keeps the byte type", lambda raw: raw.div_(255)),
        ("numpy array", lambda raw: raw.numpy() / 255),
        ("shape (", lambda raw: raw.flatten() / 255),
        ("a tensor has `.float()`", lambda raw: raw.astype(np.float32) / 255),
        ("a tensor has `.clone()`", lambda raw: raw.copy() / 255),
        ("parentheses are missing", lambda raw: raw.float / 255),
        ("still stands below", with_raise_left),
        ("nan or infinity", lambda raw: (raw.float() - 256).log()),
        ("`torch.stack` makes one", lambda raw: [row / 255 for row in raw]),
        ("Stay with torch's functions", lambda raw: np.divide(raw.numpy(), 255, dtype=np.float32)),
        ("spelled as in torch's pages", lambda raw: raw.tofloat() / 255),
        ("All bytes need one factor", lambda raw: raw / 255 * 1.001),
    ],
    "flatten_batch": [
        ("mix pixels of several images", lambda images: images.reshape(784, -1).T),
        ("mix pixels of several images", lambda images: images.permute(1, 2, 3, 0).reshape(-1, 784)),
        ("mix pixels of several images", lambda images: images.permute(2, 3, 0, 1).reshape(-1, 784)),
        ("batch is gone", lambda images: images.flatten()),
        ("keep dimension 0", lambda images: images.view(1, -1)),
        ("channel", lambda images: images.flatten(2)),
        ("rows of each image", lambda images: images.squeeze(1)),
        ("not columns", lambda images: images.flatten(1).T),
        ("backwards", lambda images: images.flatten(1).flip(1)),
        ("transposed", lambda images: images.transpose(2, 3).flatten(1)),
        ("upside down", lambda images: images.flip(2).flatten(1)),
        ("mirrored", lambda images: images.flip(3).flatten(1)),
        ("another order: read", lambda images: images.flatten(1).roll(1, 1)),
        ("images come back in another order", lambda images: images.flip(0).flatten(1)),
        ("changes the pixels", lambda images: images.flatten(1) * 255),
        (
            "squeeze",
            lambda images: images.squeeze().flatten(1) if len(images) > 1 else images.squeeze().flatten(),
        ),
        ("`squeeze()` also drops", lambda images: images.squeeze().flatten(1)),
        ("not always 128: use `len(images)`", lambda images: images.view(128, 784)),
        ("float64", lambda images: images.flatten(1).double()),
        ("numpy array", lambda images: images.flatten(1).numpy()),
        ("make it first, then call it", lambda images: torch.nn.Flatten(images)),
        ("same whatever `images` is", lambda images: DIGITS.flatten(1)),
        ("same whatever `images` is", lambda images: torch.zeros(len(images), 784)),
        ("still stands below", flat_with_raise_left),
        ("stand below `raise", flat_below),
        ("`torch.stack` makes one", lambda images: [image.flatten() for image in images]),
        ("B is a size in the text", lambda images: images.reshape(B, 784)),  # noqa: F821
        ("`shape` is no method", lambda images: images.reshape(images.shape()[0], 784)),
    ],
}
