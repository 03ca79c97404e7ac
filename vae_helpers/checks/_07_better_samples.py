"""Exercises of notebook 07: one E-step of a mixture, and flow matching: its target, and the walk along it."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from vae_helpers import beyond
from vae_helpers.checks._attempt import Case, Wrong
from vae_helpers.checks.common import exercise


def _log_densities() -> list[Case]:
    small, many = torch.tensor([[0.0, 1.0986], [2.0, 0.0]]), torch.randn(6, 4) - 2
    far_apart = many + torch.tensor([[0.0], [-400.0], [300.0], [-1000.0], [5.0], [0.0]])
    return [(small[:1],), (small,), (many,), (small - 1000,), (small + 1000,), (far_apart,)]


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


def _roads() -> list[Case]:
    small = torch.tensor([[0.0, 2.0]]), torch.tensor([[4.0, 3.0]]), torch.tensor([[0.25]])
    return [small, (torch.randn(5, 3), torch.randn(5, 3) + 1, 0.8 * torch.rand(5, 1) + 0.1)]


@exercise(
    package=beyond.flow_target,
    inputs=_roads,
    returns=("z_t", "velocity"),
    mistakes={
        "z_t": {
            "`z0` has the weight 1": lambda z0, z1, t: z0 + t * z1,
            "`z1` has the weight 1": lambda z0, z1, t: (1 - t) * z0 + z1,
            "the squares of the weights add up to 1": lambda z0, z1, t: (1 - t**2).sqrt() * z0 + t * z1,
            "the velocity stands in its place": lambda z0, z1, t: z1 - z0,
        },
        "velocity": {
            "it is the way that is left, z1 - z_t": lambda z0, z1, t: (1 - t) * (z1 - z0),
            "it is the way so far, z_t - z0": lambda z0, z1, t: t * (z1 - z0),
            "z_t stands in its place": lambda z0, z1, t: (1 - t) * z0 + t * z1,
            "t divides it": lambda z0, z1, t: (z1 - z0) / t,
            "the two ends are added": lambda z0, z1, t: z0 + z1,
        },
    },
    praise="The road is straight, and who walks it moves at the same velocity at every t.",
    hint="z_t is a sum of z0 and z1 whose weights add up to 1; the velocity is its derivative for t.",
)
def flow_target(z0: Tensor, z1: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """A point of the straight road from noise to code, and the velocity there, both `(B, D)`."""
    return (1 - t) * z0 + t * z1, z1 - z0


def _field(z: Tensor, t: Tensor) -> Tensor:
    """The check's own velocity."""
    if not isinstance(t, Tensor) or t.shape != (len(z), 1):
        came = f"shape {tuple(t.shape)}" if isinstance(t, Tensor) else f"type {type(t).__name__}"
        raise Wrong(
            f"`velocity` is called with a t of {came}; (B, 1) is asked for, a time for each row.",
            "`torch.full((len(z), 1), ...)` makes one.",
        )
    return 0.5 * z.roll(1, 1) - z + 3 * t


def _walk(
    times: Callable[[int], Sequence[float] | Tensor], pace: Callable[[int], float] = lambda steps: 1 / steps
) -> Callable:
    """Euler's rule with steps that begin at these times and are so long."""

    def walk(velocity: Callable, z: Tensor, steps: int) -> Tensor:
        for t in times(steps):
            z = z + pace(steps) * velocity(z, torch.full((len(z), 1), float(t)))
        return z

    return walk


def _starts(steps: int) -> Tensor:
    return torch.arange(steps) / steps


def _same_velocity(velocity: Callable, z: Tensor, steps: int) -> Tensor:
    return z + sum(velocity(z, torch.full((len(z), 1), float(t))) for t in _starts(steps)) / steps


@exercise(
    package=beyond.follow_flow,
    inputs=lambda: [
        (_field, torch.tensor([[1.0, 2.0]]), 1),
        (_field, torch.tensor([[1.0, 2.0]]), 2),
        (_field, torch.randn(4, 3), 5),
    ],
    mistakes={
        "each step is one unit of time long": _walk(_starts, lambda steps: 1),
        "the velocity is subtracted": _walk(_starts, lambda steps: -1 / steps),
        "t stays at 0": _walk(lambda steps: 0 * _starts(steps)),
        "t is that of the end of each step": _walk(lambda steps: _starts(steps) + 1 / steps),
        "t is the number of the step": _walk(range),
        "t runs from 1 down": _walk(lambda steps: 1 - _starts(steps)),
        "t is `torch.linspace(0, 1, steps)`": _walk(lambda steps: torch.linspace(0, 1, steps)),
        "a step is missing": _walk(lambda steps: _starts(steps)[:-1]),
        "there is one more step, at t = 1": _walk(lambda steps: torch.arange(steps + 1) / steps),
        "z in the velocity stays where it began": _same_velocity,
    },
    praise="Equal steps from noise at t = 0 to codes at t = 1, each with the velocity of where it starts.",
    hint="Step i begins at t = i / steps, where z is now, and adds the velocity there, divided by `steps`.",
)
def follow_flow(velocity: Callable, z: Tensor, steps: int) -> Tensor:
    """Euler's rule from t = 0 to t = 1 in equal steps."""
    return _walk(_starts)(velocity, z, steps)
