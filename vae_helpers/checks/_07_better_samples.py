"""Checks of notebook 07: one E-step of a mixture, the target of flow matching, and a walk along the flow."""

from functools import partial

import torch
from torch import Tensor

from vae_helpers import beyond
from vae_helpers.checks.common import Attempt, Mistake, check, compare, expect_tensor, same


@check
def responsibilities(attempt: Attempt) -> str:
    """Check `(log_joint) -> (N, K)`: the share of each part in each code; every row adds up to 1."""
    log_joint = torch.randn(6, 4) - 2
    joint = log_joint.exp()
    answer = attempt(log_joint=log_joint)
    expect_tensor(answer, (6, 4), {(6,): "One number per code: keep one for each of the K parts."})
    compare(
        answer,
        beyond.responsibilities(log_joint),
        lambda: {
            "These are the joint densities: divide each row by its sum, so that it adds up to 1.": joint,
            "Your columns add up to 1: for each code, the parts share it, so divide each row by its sum.": (
                joint / joint.sum(0)
            ),
            "All entries together add up to 1: divide each row by its own sum.": joint / joint.sum(),
            "You divide by the largest density of the row: divide by the sum of the row.": (
                joint / joint.amax(1, keepdim=True)
            ),
            "You divide the logarithms: take `exp` first, then divide.": (
                log_joint / log_joint.sum(1, keepdim=True)
            ),
            "These are the logarithms of the shares: take `exp`.": log_joint.log_softmax(1),
            "Each code goes to one part alone, as in k-means: a responsibility is a share.": (
                (log_joint == log_joint.amax(1, keepdim=True)).float()
            ),
            "All parts get the same share.": torch.full((6, 4), 0.25),
            "The smaller the density, the larger your share: the sign of `log_joint` is turned.": (
                (-log_joint).softmax(1)
            ),
        },
        "Try one code by hand: with densities 1 and 3, whose logarithms are 0 and 1.0986, the shares are a "
        "quarter and three quarters.",
    )
    for words, shift in {
        "-1000, where `exp` gives 0": -1000.0,
        "1000, where `exp` overflows": 1000.0,
    }.items():
        if not same(attempt(log_joint=log_joint + shift), beyond.responsibilities(log_joint)):
            raise Mistake(
                f"Right for moderate densities, but not when `log_joint` is near {words}. Shares do not "
                "change when one number is subtracted from a whole row: which brings its largest entry to 0?"
            )
    far = torch.tensor([[0.0], [-400.0], [300.0], [-1000.0], [5.0], [0.0]])
    if not same(attempt(log_joint=log_joint + far), beyond.responsibilities(log_joint)):
        raise Mistake("Right for one row, but not when rows lie far apart: shift each row by its own number.")
    return "Every code is shared among the parts, and no density is too small or too large."


def _targets(z0: Tensor, z1: Tensor, t: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What each mistake makes of the point, and of the velocity."""
    points = {
        "At t = 0 your point is the code: the road starts at the noise `z0`.": t * z0 + (1 - t) * z1,
        "At t = 1 your point is z0 + z1: the noise needs the weight 1 - t.": z0 + t * z1,
        "At t = 0 your point is z0 + z1: the code needs the weight t.": (1 - t) * z0 + z1,
        "This is the road of a diffusion, whose weights have squares that add up to 1: the straight one is "
        "asked for.": (1 - t.square()).sqrt() * z0 + t * z1,
        "Your point does not depend on t.": (z0 + z1) / 2,
    }
    point, velocity = (1 - t) * z0 + t * z1, z1 - z0
    velocities = {
        "Your velocity points from the code to the noise: follow the road from `z0` to `z1`.": -velocity,
        "This is the way that is left from z_t to z1. On a straight road at constant speed the velocity is "
        "the same at every t: differentiate z_t with respect to t.": z1 - point,
        "This is the way so far, from z0 to z_t: the velocity does not shrink with t. Differentiate z_t.": (
            point - z0
        ),
        "This is the code, where the road ends: how far is it from where it begins?": z1,
        "This is the noise, as in a model that predicts the noise: the velocity is asked for.": z0,
        "You return the point twice.": point,
        "Your velocity is divided by t: nothing is left to divide by, the road takes one unit of time.": (
            velocity / t
        ),
    }
    return points, velocities


@check
def flow_target(attempt: Attempt) -> str:
    """Check `(z0, z1, t) -> (z_t, velocity)`: the straight road from noise to code, and its derivative."""
    z0, z1, t = torch.randn(5, 3), torch.randn(5, 3) + 1, torch.rand(5, 1) * 0.8 + 0.1
    answer = attempt(z0=z0, z1=z1, t=t)
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Mistake("Return two tensors, `z_t, velocity`.")
    point, velocity = answer
    right_point, right_velocity = beyond.flow_target(z0, z1, t)
    for name, tensor in {"z_t": point, "velocity": velocity}.items():
        try:
            expect_tensor(tensor, (5, 3))
        except Mistake as mistake:
            raise Mistake(f"`{name}`: {mistake}") from None
    if same(point, right_velocity) and same(velocity, right_point):
        raise Mistake("The two are in another order: return `z_t, velocity`.")
    points, velocities = _targets(z0, z1, t)
    compare(
        point, right_point, lambda: points, "`z_t` should be z0 at t = 0, z1 at t = 1, and their mean at 1/2."
    )
    compare(
        velocity,
        right_velocity,
        lambda: velocities,
        "`z_t` is right. Its velocity is the derivative with respect to t: which terms of z_t contain t?",
    )
    return "The road is straight, and who walks it moves at the same velocity at every t."


def _field(z: Tensor, t: Tensor) -> Tensor:
    """A velocity that depends on place and time, so that every mistake shows."""
    return 0.5 * z.roll(1, 1) - z + 3 * t


def _euler(z: Tensor, times: list[float], width: float) -> Tensor:
    for t in times:
        z = z + width * _field(z, torch.full((len(z), 1), t))
    return z


def _walks(z: Tensor, steps: int) -> dict[str, Tensor]:
    """Where each mistake ends; with one step, several end in the right place."""
    times, width = [step / steps for step in range(steps)], 1 / steps
    return {
        "Each step is one whole unit of time: divide the velocity by `steps`.": _euler(z, times, 1.0),
        "Your time stands still at 0: step i happens at t = i / steps.": _euler(z, [0.0] * steps, width),
        "Your times are those at the ends of the steps: begin at t = 0.": (
            _euler(z, [t + width for t in times], width)
        ),
        "You hand over the number of the step as the time: divide it by `steps`.": (
            _euler(z, [float(step) for step in range(steps)], width)
        ),
        "Your velocity is always the one at the start: ask for it anew where z is now.": (
            z + sum(width * _field(z, torch.full((len(z), 1), t)) for t in times)
        ),
        "You take one step too few: `steps` of them lead from t = 0 to t = 1.": _euler(z, times[:-1], width),
        "You take one step too many: the last one begins at t = 1 - 1 / steps.": (
            _euler(z, [*times, 1.0], width)
        ),
        "You walk backwards: add the velocity.": _euler(z, times, -width),
        "The time runs from 1 to 0: noise is at t = 0.": _euler(z, [1 - t for t in times], width),
        "`torch.linspace(0, 1, steps)` contains t = 1, where no step begins.": (
            _euler(z, torch.linspace(0, 1, steps).tolist(), width)
        ),
    }


@check
def follow_flow(attempt: Attempt) -> str:
    """Check `(velocity, z, steps) -> z`: Euler's rule from t = 0 to t = 1 in equal steps."""
    z, seen = torch.randn(4, 3), []

    def velocity(z: Tensor, t: Tensor) -> Tensor:
        if not isinstance(t, Tensor) or t.shape != (len(z), 1):
            came = f"shape {tuple(t.shape)}" if isinstance(t, Tensor) else f"a {type(t).__name__}"
            raise Mistake(
                f"`velocity` gets t as a tensor of shape (B, 1), one time for each row: yours gives {came}; "
                "`torch.full((len(z), 1), ...)` makes one."
            )
        seen.append(t[0].item())
        return _field(z, t)

    for steps in (5, 1):
        seen.clear()
        answer = attempt(velocity=velocity, z=z, steps=steps)
        hint = "You keep all the points on the way: return the last one."
        expect_tensor(answer, (4, 3), {(steps, 4, 3): hint, (steps + 1, 4, 3): hint})
        if not seen:
            raise Mistake("`velocity` is never asked: call the argument, `velocity(z, t)`.")
        compare(
            answer,
            beyond.follow_flow(_field, z, steps),
            partial(_walks, z, steps),
            f"With {steps} steps, step i should add velocity(z, t) / {steps} at t = i / {steps}, for i from "
            f"0 to {steps - 1}; yours asks at t = {', '.join(f'{t:.2f}' for t in seen[:6])}.",
        )
    return "Equal steps from noise at t = 0 to codes at t = 1, each with the velocity of where it starts."
