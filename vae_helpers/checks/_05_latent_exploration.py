"""Exercises of notebook 05: the straight walk, and the mean code of a digit."""

from collections.abc import Callable

import torch
from torch import Tensor

from vae_helpers import latent
from vae_helpers.checks._attempt import Attempt, Case, Wrong
from vae_helpers.checks._exercise import exercise


def _along(times: Callable[[int], Tensor]) -> Callable:
    """The straight walk at other times t."""

    def walk(z_a: Tensor, z_b: Tensor, steps: int) -> Tensor:
        t = times(steps)[:, None]
        return (1 - t) * z_a + t * z_b

    return walk


def _times(steps: int) -> Tensor:
    return torch.linspace(0, 1, steps)


def _sphere(z_a: Tensor, z_b: Tensor, steps: int) -> Tensor:
    angle = torch.acos(torch.cosine_similarity(z_a, z_b, dim=0))
    t = _times(steps)[:, None]
    return (torch.sin((1 - t) * angle) * z_a + torch.sin(t * angle) * z_b) / torch.sin(angle)


def _walks() -> list[Case]:
    z_a, z_b = torch.tensor([0.0, 1.0]), torch.tensor([4.0, -1.0])
    far_a, far_b = torch.tensor([[0.4, -1.3, 0.7, 2.0], [1.6, 0.2, -0.9, 0.5]])
    return [(z_a, z_b, 2), (z_a, z_b, 3), (far_a, far_b, 6)]


def _refuses_one_step(attempt: Attempt) -> str:
    for steps in (1, 0):
        try:
            attempt(torch.zeros(2), torch.ones(2), steps)
        except ValueError:
            continue
        except Wrong:
            did = "returns None"
        except Exception as error:
            did = f"stops with {type(error).__name__}"
        else:
            did = "returns something"
        raise Wrong(
            f"The walk is right, but with steps = {steps} your function {did}; a ValueError is asked for.",
            '`raise ValueError("...")` refuses, before anything else, what is fewer than two steps.',
        )
    return "Fewer than two steps are refused."


@exercise(
    package=latent.interpolate,
    inputs=_walks,
    mistakes={
        "t begins at 0 and ends before 1": _along(lambda steps: torch.arange(steps) / steps),
        "t begins after 0 and ends at 1": _along(lambda steps: torch.arange(1, steps + 1) / steps),
        "t begins after 0 and ends before 1": _along(lambda steps: torch.arange(1, steps + 1) / (steps + 1)),
        "the walk leads away from `z_b`": lambda z_a, z_b, steps: z_a - _times(steps)[:, None] * (z_b - z_a),
        "`z_a` has the weight 1": lambda z_a, z_b, steps: z_a + _times(steps)[:, None] * z_b,
        "`z_b` has the weight 1": lambda z_a, z_b, steps: z_b + (1 - _times(steps)[:, None]) * z_a,
        "`z_a` is not added": lambda z_a, z_b, steps: _times(steps)[:, None] * (z_b - z_a),
        "the walk follows the sphere": _sphere,
    },
    dtype=torch.float32,
    after=_refuses_one_step,
    praise="Both ends are there, and the steps between them are equal.",
    hint="`t = torch.linspace(0, 1, steps)[:, None]` is a column with both ends; z is (1 - t) z_a + t z_b.",
)
def interpolate(z_a: Tensor, z_b: Tensor, steps: int) -> Tensor:
    """Points at equal distances on the straight line, both ends included, `(steps, D)`."""
    return _along(_times)(z_a, z_b, steps)


def _labelled_codes() -> list[Case]:
    few = torch.tensor([[1.0, 2.0], [3.0, -2.0], [4.0, 4.0], [8.0, 2.5]])
    many = torch.randn(12, 3)
    labels = torch.tensor([7, 1, 0, 7, 1, 4, 0, 1, 4, 7, 7, 7])
    return [(few, torch.tensor([1, 0, 1, 1]), 1), (many, labels, 7), (many, labels, 0)]


@exercise(
    package=latent.mean_code,
    inputs=_labelled_codes,
    mistakes={
        "all codes are averaged": lambda mu, labels, digit: mu.mean(0),
        "the codes are added up": lambda mu, labels, digit: mu[labels == digit].sum(0),
        "the number of all codes divides": lambda mu, labels, digit: mu[labels == digit].sum(0) / len(mu),
        "10 divides": lambda mu, labels, digit: mu[labels == digit].sum(0) / 10,
        "all codes but those are averaged": lambda mu, labels, digit: mu[labels != digit].mean(0),
        "row number `digit` is taken": lambda mu, labels, digit: mu[digit],
        "labels are used as row numbers": lambda mu, labels, digit: mu[labels].mean(0),
        "the first such code is taken": lambda mu, labels, digit: mu[labels == digit][0],
        "the median is taken": lambda mu, labels, digit: mu[labels == digit].median(0).values,
    },
    dtype=torch.float32,
    praise="The mean over the images of one digit, for whichever digit is asked.",
    hint="`labels == digit` chooses rows, `mu[labels == digit]`; dimension 0 counts them.",
)
def mean_code(mu: Tensor, labels: Tensor, digit: int) -> Tensor:
    """The mean of the codes whose label is `digit`, `(D,)`."""
    return mu[labels == digit].mean(0)
