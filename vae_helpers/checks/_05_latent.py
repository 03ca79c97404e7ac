"""Checks of notebook 05: the straight walk between two codes, and the mean code of a digit."""

from functools import partial

import torch
from torch import Tensor

from vae_helpers import latent
from vae_helpers.checks._core import Attempt, Mistake, check, compare, expect_tensor


def walks(z_a: Tensor, z_b: Tensor, steps: int) -> dict[str, Tensor]:
    """The walk as each mistake gives it, `(steps, D)`."""
    t = torch.linspace(0, 1, steps)[:, None]
    short = torch.arange(steps)[:, None] / steps
    between = torch.arange(1, steps + 1)[:, None] / (steps + 1)
    omega = torch.acos(torch.cosine_similarity(z_a, z_b, dim=0))
    return {
        "Your walk stops one step before `z_b`: t should run from 0 to 1, both included.": (
            torch.lerp(z_a, z_b, short)
        ),
        "Your walk starts one step after `z_a`: t should run from 0 to 1, both included.": (
            torch.lerp(z_a, z_b, short + 1 / steps)
        ),
        "Both ends are missing: t should run from 0 to 1, both included.": torch.lerp(z_a, z_b, between),
        "Your walk runs from `z_b` to `z_a`: swap the weights t and 1 - t.": torch.lerp(z_b, z_a, t),
        "You walk away from `z_b`: the difference to go is `z_b - z_a`.": z_a - t * (z_b - z_a),
        "At t = 1 you are at z_a + z_b: `z_a` needs the weight 1 - t, so that the two add up to 1.": (
            z_a + t * z_b
        ),
        "At t = 0 you are at z_a + z_b: `z_b` needs the weight t, so that the two add up to 1.": (
            (1 - t) * z_a + z_b
        ),
        "Your walk starts at 0: add `z_a` to t times the difference.": t * (z_b - z_a),
        "This is the walk along the sphere: the straight line is asked for here.": (
            (torch.sin((1 - t) * omega) * z_a + torch.sin(t * omega) * z_b) / torch.sin(omega)
        ),
        "All points are the same one: give each its own t.": (z_a + z_b).div(2).expand(steps, -1),
    }


@check
def interpolate(attempt: Attempt) -> str:
    """Check `(z_a, z_b, steps) -> (steps, D)`: equal steps on the straight line, both ends included."""
    z_a, z_b = torch.randn(2, 3)
    for steps in (5, 2):
        points = attempt(z_a=z_a, z_b=z_b, steps=steps)
        hints = {
            (steps - 1, 3): "`steps` counts the points, both ends included.",
            (steps - 2, 3): "`steps` counts the points, both ends included.",
            (steps + 1, 3): "`steps` counts the points, not the gaps between them.",
            (steps + 2, 3): "`steps` counts the points, both ends included.",
            (3, steps): "Make each point a row: t should have shape (steps, 1).",
            (steps, 1, 3): "Stack codes of shape (D,), not (1, D).",
            (3 * steps,): "Make each point a row: `torch.stack` instead of `torch.cat`.",
            (3,): "This is one point: stack all of them.",
        }
        expect_tensor(points, (steps, 3), hints)
        compare(
            points,
            latent.interpolate(z_a, z_b, steps),
            partial(walks, z_a, z_b, steps),
            f"Point i should be (1 - t) z_a + t z_b with t = i / {steps - 1}, for i from 0 to {steps - 1}.",
        )
    for steps in (1, 0):
        _expect_refusal(attempt, z_a, z_b, steps)
    return "Both ends are there, the steps between them are equal, and fewer than two steps are refused."


def _expect_refusal(attempt: Attempt, z_a: Tensor, z_b: Tensor, steps: int) -> None:
    begin = f"The walk is right, but with steps = {steps}"
    advice = 'Begin with `if steps < 2: raise ValueError("...")`.'
    try:
        attempt(z_a=z_a, z_b=z_b, steps=steps)
    except ValueError:
        return
    except Mistake:
        pass  # an answer, though not a usable one
    except Exception as error:
        raise Mistake(f"{begin} your function stops with {type(error).__name__}. {advice}") from error
    raise Mistake(f"{begin} your function returns something. {advice}")


def averages(mu: Tensor, labels: Tensor, digit: int) -> dict[str, Tensor]:
    """The mean code as each mistake gives it, `(D,)`."""
    chosen = mu[labels == digit]
    return {
        "You average the codes of all images: choose those with `labels == digit` first.": mu.mean(0),
        "You add the codes up: divide by how many there are, or use `mean`.": chosen.sum(0),
        "You divide by the number of all images: divide by how many show `digit`.": chosen.sum(0) / len(mu),
        "You average the images that do not show `digit`: compare with `==`.": mu[labels != digit].mean(0),
        "This is the code of image number `digit`: choose the images with `labels == digit`.": mu[digit],
        "You use the labels as row numbers: `labels == digit` chooses the rows.": mu[labels].mean(0),
        "This is the code of one image only: average all that show `digit`.": chosen[0],
        "You always average the same digit: use the argument `digit`.": mu[labels == 7].mean(0),
        "This is the median: take the mean.": chosen.median(0).values,
        "All numbers are equal: average over the images only, `.mean(0)`.": chosen.mean().expand(mu.shape[1]),
    }


@check
def mean_code(attempt: Attempt) -> str:
    """Check `(mu, labels, digit) -> (D,)`: the mean of the codes whose label is `digit`."""
    mu, labels = torch.randn(12, 3), torch.tensor([7, 1, 4, 7, 1, 4, 0, 1, 4, 7, 7, 7])
    for digit in (7, 4):
        mean = attempt(mu=mu, labels=labels, digit=digit)
        count = int((labels == digit).sum())
        hints = {
            (): "Average over the images only, dimension 0: `.mean(0)`.",
            (count,): "You average over the latent dimensions: average over the images, `.mean(0)`.",
            (12,): "You average over the latent dimensions: average over the images, `.mean(0)`.",
            (1, 3): "Leave out `keepdim=True`.",
            (count, 3): "These are the codes of the images that show `digit`: average them, `.mean(0)`.",
        }
        expect_tensor(mean, (3,), hints)
        compare(
            mean,
            latent.mean_code(mu, labels, digit),
            partial(averages, mu, labels, digit),
            "Choose the rows of `mu` with `labels == digit`, and average over them with `.mean(0)`.",
        )
    return "The mean over the images of one digit, for whichever digit is asked."
