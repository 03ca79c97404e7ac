"""Checks of notebook 09: the sigma of a Gaussian decoder, and pictures of another shape."""

from functools import partial

import torch
from torch import Tensor

from vae_helpers.checks.common import Attempt, Mistake, check, compare, expect_gradients, expect_tensor, same

SIZES = {"a height and a width that differ": (3, 56, 84), "sides that 28 does not divide": (2, 50, 70)}


def _sigmas(x: Tensor, x_hat: Tensor) -> dict[str, Tensor]:
    """What each mistake makes of the images and the decoder's pictures."""
    off = x - x_hat
    squares = off.square()
    return {
        "This is sigma squared, the mean of the squares: take its root.": squares.mean(),
        "You take the root of a sum over the pixels: sigma belongs to one pixel, so take the mean over all "
        "pixels of all images.": squares.flatten(1).sum(1).mean().sqrt(),
        "You take the root of a sum: take the mean over all pixels of all images.": squares.sum().sqrt(),
        "`std` takes the mean of the differences off first. The decoder's picture is the mean of the "
        "Gaussian: square the differences from it as they are.": off.std(),
        "`std` takes the mean of the differences off first. The decoder's picture is the mean of the "
        "Gaussian: square the differences as they are.": off.std(correction=0),
        "This is the mean of the distances |x - x_hat|. In the Gaussian stands the square: the derivative "
        "of S / (2 sigma²) + n ln sigma with respect to sigma is 0 where?": off.abs().mean(),
        "The roots are taken before the mean: take the mean of all the squares, then one root.": (
            squares.flatten(1).mean(1).sqrt().mean()
        ),
        "This is sigma / √2. Differentiate S / (2 sigma²): it is -S / sigma³, and the 2 goes.": (
            squares.mean() / 2
        ).sqrt(),
        "This is √2 sigma. Differentiate n ln sigma: it is n / sigma, without a factor.": (
            2 * squares.mean()
        ).sqrt(),
        "This is 1 / sigma.": squares.mean().rsqrt(),
        "This is ln sigma: take `exp`.": squares.mean().sqrt().log(),
        "This is how far the pixels of x vary: measure how far x is from x_hat.": x.std(),
    }


@check
def best_sigma(attempt: Attempt) -> str:
    """Check `(x, x_hat) -> sigma`: a scalar that makes the Gaussian loss smallest, with gradients."""
    bright = torch.linspace(0, 1, 6).view(6, 1, 1, 1)
    x, x_hat = bright * torch.rand(6, 1, 28, 28), (0.3 * torch.rand(6, 1, 28, 28)).requires_grad_()
    answer = attempt(x=x, x_hat=x_hat)
    if isinstance(answer, float):
        raise Mistake("Your sigma is a plain number, which has no gradient: leave out `.item()` and `float`.")
    one = "One sigma for all images is asked for: take the mean over the batch, too."
    expect_tensor(
        answer,
        (),
        {(6,): one, (6, 1, 28, 28): "One sigma for all pixels is asked for.", (1,): "Leave out keepdim."},
    )
    right = (x - x_hat).square().mean().sqrt()
    compare(
        answer,
        right,
        lambda: _sigmas(x, x_hat),
        "Write the loss of n pixels as S / (2 sigma²) + n ln sigma, where S is the sum of all squared "
        "differences. Where is its derivative with respect to sigma 0?",
    )
    expect_gradients(answer, right, "Look for `.detach()` or `torch.no_grad()`.", x_hat=x_hat)
    return "No other sigma gives these pictures a smaller loss."


def _area_mean(grey: Tensor) -> Tensor:
    """Mean over the part of the picture that each of 28 x 28 pixels covers, whole source pixels only."""
    return torch.nn.functional.adaptive_avg_pool2d(grey[:, None], (28, 28))


def _wrongly_shaped(pictures: Tensor) -> dict[str, Tensor]:
    """What each mistake makes of pictures `(N, 56, 84, 3)`."""
    unit = pictures.float() / 255
    grey = unit.mean(3)
    count, height, width, _ = pictures.shape
    scrambled = unit.reshape(count, 3, height, width).mean(1)
    blocks = grey.unfold(1, height // 28, height // 28).unfold(2, width // 28, width // 28)
    mistakes = {
        "Your pixels are scrambled: `reshape` and `view` cut the row of numbers elsewhere and move none. To "
        "bring the colours to the front, use `permute`.": _area_mean(scrambled),
        "You keep one colour, and the others are lost: take the mean over the three.": _area_mean(
            unit[..., 0]
        ),
        "You take every second or third pixel, and what lies between is lost: a thin line would vanish. Take "
        "means, as `torch.nn.functional.adaptive_avg_pool2d` does.": (
            grey[:, :: height // 28, :: width // 28][:, None]
        ),
        "You cut a piece out of the picture: shrink all of it.": grey[:, None, :28, :28],
        "Your range is 0 to 255: divide by 255.": 255 * _area_mean(grey),
        "Height and width are swapped: your pictures lie on their side.": _area_mean(grey).mT,
        "You add up the three colours: take their mean.": 3 * _area_mean(grey),
        "You take the brightest pixel of each block: take the mean.": blocks.amax((3, 4))[:, None],
        "Your pictures are inverted, white for black.": 1 - _area_mean(grey),
        "You weigh the colours as the eye does. Often that is right; here their plain mean is asked for.": (
            _area_mean(unit @ torch.tensor([0.299, 0.587, 0.114]))
        ),
        "You divide by this batch's largest value: divide by 255.": _area_mean(grey) / unit.max(),
    }
    for mode in ("nearest", "nearest-exact", "bilinear", "bicubic"):
        sentence = (
            f'`interpolate` with "{mode}" looks at a few pixels of each block, and the others are lost: use '
            '`mode="area"`.'
        )
        mistakes[sentence] = torch.nn.functional.interpolate(grey[:, None], (28, 28), mode=mode)
    return mistakes


@check
def to_mnist_shape(attempt: Attempt) -> str:
    """Check `(pictures) -> (N, 1, 28, 28)`: bytes `(N, H, W, 3)` in grey, shrunk by taking means."""
    for words, (count, height, width) in SIZES.items():
        pictures = torch.randint(0, 200, (count, height, width, 3), dtype=torch.uint8)
        pictures[..., 1] //= 2  # colours that differ
        pictures[:, : height // 2] //= 3  # darker above
        answer = attempt(pictures=pictures)
        expect_tensor(
            answer,
            (count, 1, 28, 28),
            {
                (count, 28, 28): "The channel is missing: `[:, None]` puts a 1 there.",
                (count, 28, 28, 1): "The channel comes second: `(N, 1, 28, 28)`.",
                (count, 3, 28, 28): "Three colours are left: take their mean.",
                (count, 28, 28, 3): "Three colours are left: take their mean.",
                (count, 1, height, width): "They are as large as before: shrink them to 28 x 28.",
                (
                    count,
                    1,
                    height // 2,
                    width // 2,
                ): "Halved, whatever their size was: shrink them to 28 x 28.",
            },
        )
        right = _area_mean(pictures.float().mean(3) / 255)
        if words == "sides that 28 does not divide" and (answer - right).abs().max() < 0.2:
            continue  # whole pixels or parts of them: there are several ways
        compare(
            answer,
            right,
            partial(_wrongly_shaped, pictures),
            f"Each of the 28 x 28 pixels should be the mean over its part of the picture and over the three "
            f"colours, divided by 255; for {words}, yours is not.",
        )
    if not same(attempt(pictures=pictures), answer):
        raise Mistake("Your function gives another answer when it is called again.")
    return "Any size, any colours, and the model can read them."
