"""Checks of notebook 01: bytes to [0, 1], and a batch of images to a batch of rows."""

from functools import partial

import torch
from torch import Tensor

from vae_helpers.checks.common import Attempt, Doubt, Mistake, check, compare, expect_tensor
from vae_helpers.checks.result import told_apart


def _scalings(raw: Tensor) -> dict[str, Tensor]:
    """What each mistake makes of the bytes."""
    pixels, low, high = raw / 255, raw.min(), raw.max()
    return {
        "The values still run up to 255: divide by 255.": raw,
        "You divide by 256, the number of values: byte 255 should become 1, so divide by 255.": raw / 256,
        "All comes out 0: `//` is integer division and drops what follows the point. Use `/`.": raw // 255,
        "You divide by this batch's largest value, so each batch gets a scale of its own: divide by 255.": (
            raw / high
        ),
        "You divide each image by its own largest value: divide all of them by 255.": (
            raw / raw.amax((-2, -1), keepdim=True)
        ),
        "You stretch this batch from its smallest to its largest value: divide by 255, subtract nothing.": (
            (raw - low) / (high - low)
        ),
        "You standardise with this batch's mean and spread, which leaves [0, 1]: divide by 255 only.": (
            (raw - raw.mean()) / raw.std()
        ),
        "You standardise with 0.1307 and 0.3081, which leaves [0, 1]: divide by 255 only.": (
            (pixels - 0.1307) / 0.3081
        ),
        "Your values lie in [-1, 1], as after `Normalize(0.5, 0.5)`: divide by 255, subtract nothing.": (
            2 * pixels - 1
        ),
        "Your pixels are rounded to 0 and 1: keep the greys.": pixels.round(),
        "Black and white are swapped: byte 0 should become 0.": 1 - pixels,
        "You divide by 255 twice.": pixels / 255,
    }


def _brightness(raw: Tensor) -> Tensor:
    return raw.float() / 255


@partial(check, ours=_brightness)
def to_unit_interval(attempt: Attempt) -> str:
    """Check `(raw) -> pixels`: bytes (uint8) of any shape to float32 in [0, 1], 0 to 0 and 255 to 1."""
    dark = torch.randint(30, 240, (3, 2, 28, 28)) // torch.tensor([1, 2, 3]).view(3, 1, 1, 1)
    for raw in (dark.to(torch.uint8), torch.arange(256, dtype=torch.uint8).view(16, 16)):
        pixels = attempt(raw=raw)
        expect_tensor(pixels, raw.shape, dtype=torch.float32)
        right = raw.double() / 255
        worst = (pixels - right).abs().argmax()
        byte, *numbers = (values.flatten()[worst].item() for values in (raw, right, pixels))
        asked, yours = told_apart(*numbers)
        compare(
            pixels,
            right,
            partial(_scalings, raw.double()),
            f"Byte {byte} should become {asked}; yours becomes {yours}. All bytes need one factor.",
        )
    return "Byte 0 becomes 0, byte 255 becomes 1, as float32 and in the shape that came in."


def _orders(images: Tensor) -> dict[str, Tensor]:
    """Each image as one row, with its pixels in another order."""
    return {
        "Each row holds its image transposed, column by column: read it row by row.": images.mT.flatten(1),
        "Each row holds its image backwards, from the last pixel to the first.": images.flatten(1).flip(1),
        "Each row holds its image upside down.": images.flip(2).flatten(1),
        "Each row holds its image mirrored.": images.flip(3).flatten(1),
    }


@check
def flatten_batch(attempt: Attempt) -> str:
    """Check `(images) -> rows`: `(B, 1, 28, 28)` to `(B, 784)`, one image per row, pixels in order."""
    for batch in (3, 1):
        images = torch.randperm(batch * 784).view(batch, 1, 28, 28) / (batch * 784)  # no two pixels alike
        rows = attempt(images=images)
        hints = {
            (batch * 784,): "The batch is gone: keep dimension 0, flatten from dimension 1 on. (`squeeze()` "
            "would drop a batch of one image.)",
            (1, batch * 784): "All images became one row: keep dimension 0.",
            (28, 28): "`squeeze()` also drops the batch dimension of a single image.",
            (784, batch): "Images should be rows, not columns.",
            (batch, 1, 784): "The channel dimension is still there: flatten from dimension 1 on.",
            (batch, 28, 28): "The rows of each image are still apart: flatten from dimension 1 on.",
        }
        expect_tensor(rows, (batch, 784), hints, torch.float32)
        right = images.flatten(1)
        if not torch.equal(rows.flatten().sort().values, right.flatten().sort().values):
            raise Doubt("Your function changes the pixels' values. Flattening only moves them.")
        if not torch.equal(rows.sort().values, right.sort().values):
            if torch.equal(rows.sort(0).values, right.sort(0).values):
                raise Mistake("The images come back in another order: row i must be image i.")
            raise Mistake(
                "Your rows mix pixels of several images. `reshape` reads in the order of the dimensions, and "
                "`permute` or a transpose changes it: keep dimension 0 first, and flatten the others."
            )
        compare(
            rows,
            right,
            partial(_orders, images),
            "Each row holds the right pixels in another order: read the image row by row.",
        )
    return "Row i holds image i, pixel by pixel."
