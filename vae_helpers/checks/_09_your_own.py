"""Exercises of notebook 09: the loss of a Gaussian decoder, the beta it hides, and its sigma."""

from collections.abc import Callable
from math import log, pi

import torch
from torch import Tensor

from vae_helpers.checks._attempt import Case
from vae_helpers.checks._exercise import exercise


def _gaussian(
    half: Callable = lambda sigma: 1 / (2 * sigma**2),
    sigmas: float = 1,
    circles: float = 1,
    pixels: int = 784,
) -> Callable:
    """-ln N(x; recon, sigma² I) of each image, with other factors of its three terms."""

    def nats(recon: Tensor, x: Tensor, sigma: float) -> Tensor:
        squares = (x - recon).square().flatten(1).sum(1)
        return half(sigma) * squares + pixels * (sigmas * log(sigma) + circles * log(2 * pi) / 2)

    return nats


def _pictures() -> list[Case]:
    x, recon = torch.rand(2, 4, 1, 28, 28)
    blank = torch.zeros(1, 1, 28, 28)
    small = [(blank, blank, 1.0), (blank, blank + 1, 1.0), (blank, blank + 1, 0.05)]
    return [*small, (recon[:3], x[:3], 0.25), (recon, x, 2.5)]


@exercise(
    inputs=_pictures,
    mistakes={
        "both constants are left out": _gaussian(sigmas=0, circles=0),
        "ln(2 pi) / 2 is left out": _gaussian(circles=0),
        "ln sigma is left out": _gaussian(sigmas=0),
        "ln sigma is subtracted": _gaussian(sigmas=-1),
        "both constants are subtracted": _gaussian(sigmas=-1, circles=-1),
        "the constants are there once per image": _gaussian(pixels=1),
        "ln(2 pi sigma²) is not halved": _gaussian(sigmas=2, circles=2),
        "sigma² divides the squares, without the 2": _gaussian(half=lambda sigma: 1 / sigma**2),
        "2 sigma divides the squares": _gaussian(half=lambda sigma: 1 / (2 * sigma)),
        "the squares are averaged": _gaussian(half=lambda sigma: 1 / (2 * sigma**2) / 784),
        "it is the sum of squares": _gaussian(half=lambda sigma: 1, sigmas=0, circles=0),
        "it is half the sum of squares": _gaussian(half=lambda sigma: 0.5, sigmas=0, circles=0),
    },
    gradients=("recon",),
    praise="Nats for each image, with all constants: two values of sigma can be compared by it.",
    hint="Minus the logarithm of the normal density of one pixel has two parts: (x - recon)² / (2 sigma²), "
    "and ln(sigma sqrt(2 pi)). Both are summed over the pixels of each image.",
)
def gaussian_loss(recon: Tensor, x: Tensor, sigma: float) -> Tensor:
    """-ln N(x; recon, sigma² I) of each image, in nats, `(B,)`."""
    return _gaussian()(recon, x, sigma)


@exercise(
    inputs=lambda: [(0.01, 0.2), (0.003, 0.35), (2.0, 30.0)],
    mistakes={
        "it is the weight itself": lambda weight, sigma: weight,
        "the 784 pixels are left out": lambda weight, sigma: weight / (2 * sigma**2),
        "2 sigma² is left out": lambda weight, sigma: weight * 784,
        "2 sigma² multiplies": lambda weight, sigma: weight * 784 * 2 * sigma**2,
        "784 / (2 sigma²) divides": lambda weight, sigma: weight * 2 * sigma**2 / 784,
        "there are 28 pixels": lambda weight, sigma: weight * 28 / (2 * sigma**2),
        "it is multiplied by a batch of 128": lambda weight, sigma: weight * 784 * 128 / (2 * sigma**2),
    },
    praise="The beta of a program is what its sum or mean, its sigma and its weight make together.",
    hint="`mse_loss` is the sum of squares, divided by the pixels (and by the batch, as the KL is). By "
    "which number must it be multiplied to become what stands in -ln N? The KL's weight is multiplied by "
    "the same.",
)
def hidden_beta(weight: float, sigma: float) -> float:
    """The beta that `F.mse_loss(recon, x) + weight * kl` hides, if pixels have this standard deviation."""
    return weight * 784 / (2 * sigma**2)


def _reconstructions() -> list[Case]:
    blank = torch.zeros(1, 1, 28, 28)
    x, x_hat = torch.rand(2, 6, 1, 28, 28)
    return [(blank, blank + 0.5), (torch.linspace(0, 1, 6).view(6, 1, 1, 1) * x, 0.3 * x_hat)]


@exercise(
    inputs=_reconstructions,
    mistakes={
        "the squares are added up": lambda x, x_hat: (x - x_hat).square().sum().sqrt(),
        "the squares of each image are added up": (
            lambda x, x_hat: (x - x_hat).square().flatten(1).sum(1).mean().sqrt()
        ),
        "the mean difference is taken off first, as by `std`": lambda x, x_hat: (x - x_hat).std(),
        "distances are averaged, not squares": lambda x, x_hat: (x - x_hat).abs().mean(),
        "the root of each image comes before the mean": (
            lambda x, x_hat: (x - x_hat).square().flatten(1).mean(1).sqrt().mean()
        ),
        "the squares are halved": lambda x, x_hat: ((x - x_hat).square().mean() / 2).sqrt(),
        "the squares are doubled": lambda x, x_hat: (2 * (x - x_hat).square().mean()).sqrt(),
    },
    gradients=("x_hat",),
    praise="No other sigma gives these pictures a smaller loss.",
    hint="The loss of n pixels is S / (2 sigma²) + n ln sigma, where S is the sum of all squared "
    "differences. For which sigma is its derivative, -S / sigma³ + n / sigma, 0?",
)
def best_sigma(x: Tensor, x_hat: Tensor) -> Tensor:
    """The sigma that makes the Gaussian loss of these pictures smallest: a scalar, with gradients."""
    return (x - x_hat).square().mean().sqrt()
