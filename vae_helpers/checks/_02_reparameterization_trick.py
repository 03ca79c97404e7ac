"""Exercises of notebook 02: a draw that lets gradients through, for a normal and for another distribution."""

from math import exp

import torch
from torch import Tensor

from vae_helpers import model
from vae_helpers.checks._attempt import Case
from vae_helpers.checks._exercise import exercise


def _clouds() -> list[Case]:
    ones = torch.ones(5000, 3)
    varied = 2 + torch.randn(5000, 3), 8 * torch.rand(5000, 3) - 5
    return [(2 * ones, ones), (-ones, -2 * ones), varied]


def _sigma(logvar: Tensor) -> Tensor:
    return torch.exp(logvar / 2)


@exercise(
    package=model.reparameterize,
    inputs=_clouds,
    mistakes={
        "logvar / 2 is taken for sigma": lambda mu, logvar: mu + logvar / 2 * torch.randn_like(mu),
        "logvar stands outside of `exp`": lambda mu, logvar: mu + exp(0.5) * logvar * torch.randn_like(mu),
        "mu multiplies eps, and sigma is added": lambda mu, logvar: (
            mu * torch.randn_like(mu) + _sigma(logvar)
        ),
        "sigma multiplies mu, too": lambda mu, logvar: _sigma(logvar) * (mu + torch.randn_like(mu)),
        "eps is uniform between 0 and 1": lambda mu, logvar: mu + _sigma(logvar) * torch.rand_like(mu),
        "eps is uniform between -1 and 1": (
            lambda mu, logvar: mu + _sigma(logvar) * (2 * torch.rand_like(mu) - 1)
        ),
        "eps has lost its sign": lambda mu, logvar: mu + _sigma(logvar) * torch.randn_like(mu).abs(),
    },
    small=(torch.full((5, 3), 0.5), torch.full((5, 3), -1.0)),
    standard=lambda z, mu, logvar: (z - mu) / _sigma(logvar),
    means="(z - mu) / sigma",
    gradients=("mu", "logvar"),
    dtype=torch.float32,
    of_its_noise=lambda z, mu, logvar: mu + _sigma(logvar) * ((z - mu) / _sigma(logvar)).detach(),
    praise="z follows N(mu, exp(logvar)), the noise is fresh for every element, and gradients reach both.",
    hint="eps is `torch.randn_like(mu)`, sigma is `torch.exp(logvar / 2)`; a sum and a product make z of "
    "them.",
)
def reparameterize(mu: Tensor, logvar: Tensor) -> Tensor:
    """Draw z ~ N(mu, exp(logvar)), all `(B, D)`, with gradients to both."""
    return mu + _sigma(logvar) * torch.randn_like(mu)


def _uniform(rate: Tensor) -> Tensor:
    """On (0, 1]: `torch.rand` can give 0, and never 1."""
    return 1 - torch.rand_like(rate)


def _rates() -> list[Case]:
    ones = torch.ones(2000, 3)
    return [(2 * ones,), (0.3 * ones,), (4 * torch.rand(2000, 3) + 0.1,)]


@exercise(
    inputs=_rates,
    mistakes={
        "z = u / rate is computed": lambda rate: _uniform(rate) / rate,
        "u and z have changed places": lambda rate: torch.exp(-rate * _uniform(rate)),
        "z = 1 - exp(-rate * u) is computed": lambda rate: 1 - torch.exp(-rate * _uniform(rate)),
        "z = exp(-u) / rate is computed": lambda rate: torch.exp(-_uniform(rate)) / rate,
        "the rate stands inside the logarithm": lambda rate: -torch.log(_uniform(rate) / rate),
        "z is a normal number without its sign, over the rate": lambda rate: (
            torch.randn_like(rate).abs() / rate
        ),
        "u is a normal number without its sign": lambda rate: -torch.log(torch.randn_like(rate).abs()) / rate,
    },
    small=(torch.full((5, 3), 2.0),),
    standard=lambda z, rate: z * rate,
    means="rate * z",
    gradients=("rate",),
    of_its_noise=lambda z, rate: (z * rate).detach() / rate,
    praise="z is exponential with the rate asked for, fresh for every element, and gradients reach the rate.",
    hint="Solve u = exp(-rate * z) for z. A u between 0 and 1 that is never 0 is `1 - "
    "torch.rand_like(rate)`.",
)
def reparameterize_exponential(rate: Tensor) -> Tensor:
    """Draw z, exponential with this rate (mean 1 / rate), both `(B, D)`, with gradients to the rate."""
    return -torch.log(_uniform(rate)) / rate
