"""Exercises of notebook 07: one E-step of a mixture, and the mean velocity of walks that cross."""

from functools import partial

import torch
from torch import Tensor

from vae_helpers import beyond
from vae_helpers.checks._attempt import Case
from vae_helpers.checks._exercise import exercise


def _log_densities() -> list[Case]:
    small, many = torch.tensor([[0.0, 1.0986], [2.0, 0.0]]), torch.randn(6, 4) - 2
    wide = torch.tensor([[0.0] + 19 * [-95.0]])  # `exp` overflows if the mean of the row is subtracted
    far_apart = many + torch.tensor([[0.0], [-400.0], [300.0], [-1000.0], [5.0], [0.0]])
    return [(small[:1],), (small,), (many,), (small - 1000,), (small + 1000,), (wide,), (far_apart,)]


def _shares(log_joint: Tensor, shift: Tensor | float = 0) -> Tensor:
    joint = torch.exp(log_joint - shift)
    return joint / joint.sum(1, keepdim=True)


@exercise(
    package=beyond.responsibilities,
    inputs=_log_densities,
    mistakes={
        "`exp` is taken of the logarithms as they are": _shares,
        "one largest logarithm is subtracted from all rows": lambda log_joint: _shares(
            log_joint, log_joint.max()
        ),
        "the columns add up to 1": lambda log_joint: log_joint.softmax(0),
        "nothing is divided by the sum of a row": lambda log_joint: log_joint.exp(),
        "the largest entry of a row divides it": lambda log_joint: (
            log_joint - log_joint.amax(1, True)
        ).exp(),
        "the logarithms are divided by their sum": lambda log_joint: log_joint / log_joint.sum(1, True),
        "each code belongs to one part": lambda log_joint: (log_joint == log_joint.amax(1, True)).float(),
        "the sign of the logarithms is turned": lambda log_joint: (-log_joint).softmax(1),
    },
    praise="Every code is shared among the parts, and no density is too small or too large.",
    hint="Shares stay the same when one number is subtracted from all logarithms of a row. If that is the "
    "row's largest, `log_joint.amax(1, keepdim=True)`, `exp` cannot overflow, and no row is all zeros.",
)
def responsibilities(log_joint: Tensor) -> Tensor:
    """The share of each part in each code, `(N, K)`, from the logarithms of the joint densities."""
    return _shares(log_joint, log_joint.amax(1, keepdim=True))


def _crossings() -> list[Case]:
    codes = torch.tensor([[2.0, 0.0], [-1.0, 1.0]])
    start = torch.zeros(1, 2), torch.zeros(1, 1), codes
    midway = torch.tensor([[1.0, 0.5], [0.0, -1.0]]), torch.tensor([[0.5], [0.25]]), codes
    return [start, midway, (torch.randn(4, 3), 0.1 + 0.8 * torch.rand(4, 1), torch.randn(5, 3))]


def _mean_velocity(
    z: Tensor, t: Tensor, codes: Tensor, *, divide: bool = True, factor: float = 0.5, to: float = 1
) -> Tensor:
    """The mean over the codes; other settings make mistakes."""
    t = t[:, :, None]
    begun = (z[:, None] - t * codes) / (1 - t)  # (B, K, D)
    shares = (-factor * begun.square().sum(2)).softmax(1)
    return (shares[:, :, None] * (to * codes - (begun if divide else z[:, None]))).sum(1)


def _shares_of_places(z: Tensor, t: Tensor, codes: Tensor) -> Tensor:
    """Shares by where the walk is, and not by where it began."""
    t = t[:, :, None]
    shares = (-(z[:, None] - codes).square().sum(2) / 2).softmax(1)
    return (shares[:, :, None] * (codes - z[:, None]) / (1 - t)).sum(1)


def _to_the_likeliest(z: Tensor, t: Tensor, codes: Tensor) -> Tensor:
    begun = (z[:, None] - t[:, :, None] * codes) / (1 - t[:, :, None])
    first = begun.square().sum(2).argmin(1)
    return codes[first] - begun[torch.arange(len(z)), first]


@exercise(
    inputs=_crossings,
    mistakes={
        "all walks have the same share": partial(_mean_velocity, factor=0),
        "the log density of a beginning lacks its 1/2": partial(_mean_velocity, factor=1),
        "the sign of the log density of a beginning is turned": partial(_mean_velocity, factor=-0.5),
        "the velocity is c - z, the way that is left": partial(_mean_velocity, divide=False),
        "the velocity is minus the beginning": partial(_mean_velocity, to=0),
        "the shares are those of the distances of z from the codes": _shares_of_places,
        "the most probable walk is taken alone": _to_the_likeliest,
    },
    praise="Where walks cross, it is the mean of their velocities, each with the share of its walk.",
    hint="`z0 = (z[:, None] - t[:, :, None] * codes) / (1 - t[:, :, None])` is (B, K, D). "
    "`responsibilities(-z0.square().sum(2) / 2)` are the shares of the walks, (B, K), and `codes - z0` their "
    "velocities.",
)
def mean_velocity(z: Tensor, t: Tensor, codes: Tensor) -> Tensor:
    """The mean velocity of all straight walks, from noise to one of the codes, that pass z at time t."""
    return _mean_velocity(z, t, codes)
