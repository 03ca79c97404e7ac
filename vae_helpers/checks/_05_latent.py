"""Checks of notebook 05: the straight walk, the mean code of a digit, a turn of the latent space."""

from functools import partial

import torch
from torch import Tensor

from vae_helpers import latent
from vae_helpers.checks.common import (
    Attempt,
    Doubt,
    Mistake,
    check,
    compare,
    expect_finite,
    expect_tensor,
    same,
)


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
        try:
            points = attempt(z_a=z_a, z_b=z_b, steps=steps)
        except ValueError as error:
            if steps > 2:
                raise
            raise Mistake(
                "Your function refuses 2 steps, and these are a walk: `z_a` and `z_b`. Refuse fewer than "
                "two, `steps < 2`."
            ) from error
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
            _first_astray(points, latent.interpolate(z_a, z_b, steps)),
        )
    for steps in (1, 0):
        _expect_refusal(attempt, z_a, z_b, steps)
    return "Both ends are there, the steps between them are equal, and fewer than two steps are refused."


def _first_astray(points: Tensor, right: Tensor) -> str:
    """The first point that is not where it should be."""
    last = len(right) - 1
    place = next((i for i in range(last) if not same(points[i], right[i])), last)
    where = {0: "at `z_a`", last: "at `z_b`"}.get(place, f"{place}/{last} of the way from `z_a` to `z_b`")
    return f"Of {last + 1} points, counted from 0, number {place} should lie {where}, and does not."


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
    running = chosen[0]
    for code in chosen[1:]:
        running = (running + code) / 2
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
        "This is halfway between the smallest and the largest: take the mean.": (
            (chosen.amin(0) + chosen.amax(0)) / 2
        ),
        "This is the largest of each number: take the mean.": chosen.amax(0),
        "You halve the sum at each image, so the last ones weigh most: add all, then divide once.": running,
        "You divide by how many there are twice.": chosen.mean(0) / len(chosen),
        "You divide by 10, the number of digits: divide by how many images show `digit`.": chosen.sum(0) / 10,
        "This is the root of the mean square: take the mean.": chosen.square().mean(0).sqrt(),
        "Labels of other digits count too: `labels` multiplies, `labels == digit` chooses.": (
            (mu * labels[:, None]).mean(0)
        ),
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
            (
                1,
                3,
            ): "A dimension of length 1 is left. `nonzero()` brings one, as a column of row numbers: index "
            "with `labels == digit` itself. So does `keepdim=True`: leave it out.",
            (count, 1, 3): "`nonzero()` gives a column of row numbers: index with `labels == digit` itself.",
            (count, 3): "These are the codes of the images that show `digit`: average them, `.mean(0)`.",
        }
        expect_tensor(mean, (3,), hints)
        compare(
            mean,
            latent.mean_code(mu, labels, digit),
            partial(averages, mu, labels, digit),
            f"For digit {digit} these {count} rows of the check's `mu` belong together: "
            f"{(labels == digit).nonzero().flatten().tolist()}. Which rows do you average, and over which "
            "dimension?",
        )
    return "The mean over the images of one digit, for whichever digit is asked."


def _turns(z: Tensor, weight: Tensor, rotation: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """The turned codes and weight as each mistake gives them."""
    ahead, back = z @ rotation.T, z @ rotation
    return {
        "No picture changes, but the codes are turned backwards: row i should be R @ z[i]. A row times a "
        "matrix from the right, `z @ R`, is the transpose of `R.T @ z[i]`.": (back, weight @ rotation),
        "The codes are turned and the weight is not, so every picture changes. What turns a code back?": (
            ahead,
            weight,
        ),
        "The weight is turned and the codes are not: turn both.": (z, weight @ rotation.T),
        "Nothing is turned: no picture changes, but no code does either.": (z, weight),
        "The weight is turned the wrong way: it adds to the turn of the codes. It should undo it.": (
            ahead,
            weight @ rotation,
        ),
        "The codes are turned backwards, and the weight does not undo it: row i of the codes should be R @ "
        "z[i].": (
            back,
            weight @ rotation.T,
        ),
    }


def _turned(z: Tensor, weight: Tensor, rotation: Tensor) -> tuple[Tensor, Tensor]:
    return z @ rotation.T, weight @ rotation.T


@partial(check, ours=_turned)
def rotate_latent_space(attempt: Attempt) -> str:
    """Check `(z, weight, rotation) -> (turned_z, turned_weight)`: turned codes, and the pictures as before.

    `z` is `(B, D)`, a code per row; `weight` is the decoder's first layer, `(H, D)`, which computes
    `z @ weight.T`; `rotation` is an orthogonal matrix R, `(D, D)`, whose inverse is its transpose. Row i of
    `turned_z` is R @ z[i], and `turned_z @ turned_weight.T` is `z @ weight.T` again, for any codes.
    """
    for batch, dim in ((4, 3), (1, 2), (2, 2)):
        z, weight = torch.randn(batch, dim), torch.randn(5, dim)
        rotation = torch.linalg.qr(torch.randn(dim, dim)).Q
        answer = attempt(z=z, weight=weight, rotation=rotation)
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            raise Mistake("Return two tensors, `turned_z, turned_weight`.")
        for name, tensor, shape in zip(
            ("turned_z", "turned_weight"), answer, (z.shape, weight.shape), strict=True
        ):
            try:
                expect_tensor(
                    tensor, shape, {shape[::-1]: "It is transposed.", weight.shape: "Is the order right?"}
                )
            except Mistake as mistake:
                raise type(mistake)(f"`{name}`: {mistake}") from None
        turned_z, turned_weight = answer
        right = _turned(z, weight, rotation)
        if same(turned_z, right[0]) and same(turned_weight, right[1]):
            continue
        for sentence, wrong in _turns(z, weight, rotation).items():
            if same(turned_z, wrong[0]) and same(turned_weight, wrong[1]):
                raise Mistake(sentence)
        expect_finite(turned_z)
        expect_finite(turned_weight)
        if not same(turned_z, right[0]):
            raise Doubt(
                "Row i of `turned_z` should be R @ z[i], and is not. Try one row: which product gives it?"
            )
        raise Doubt(
            "The codes are right, but `turned_z @ turned_weight.T` is not `z @ weight.T`, so the pictures "
            "change. Write turned_z as z times a matrix: what must stand in `turned_weight.T` to undo that?"
        )
    return "The codes are turned, and every picture stays: the decoder's first layer turns against them."
