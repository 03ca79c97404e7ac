"""Check of notebook 06: the importance-weighted bound."""

from math import log

import torch
from torch import Tensor

from vae_helpers import losses
from vae_helpers.checks._core import Attempt, Mistake, check, compare, expect_tensor, same

TAKE_OUT = (
    "Take out each image's largest log weight before `exp` and add it back after `log`, or use "
    "`torch.logsumexp`."
)


def _wrong_bounds(log_w: Tensor) -> dict[str, Tensor]:
    """The bound of each image as each mistake gives it, `(B,)`."""
    right, k = losses.log_mean_exp_bound(log_w), len(log_w)
    return {
        "You average the logarithms, which gives the ELBO again: average the weights, exp(log_w), and "
        "take the logarithm of that.": log_w.mean(0),
        "You sum the weights: the bound averages them, so subtract log k.": right + log(k),
        "log k has the wrong sign: a mean is a sum divided by k, so subtract log k.": right + 2 * log(k),
        "You divide the logarithm of the sum by k: divide inside the logarithm, or subtract log k.": (
            (right + log(k)) / k
        ),
        "This is the average weight itself: take its logarithm.": right.exp(),
        "This is the sum of the weights: average them, and take the logarithm.": k * right.exp(),
        "This is the largest term alone: the others count too.": log_w.amax(0),
        "You took out the largest term and did not add it back.": right - log_w.amax(0),
        "The sign is turned: the bound is on log p(x), not on -log p(x).": -right,
        "These are bits, from a logarithm of base 2: nats use the natural one.": right / log(2),
        "You average over the batch; one number per image is asked.": right.mean().expand_as(right),
        "You divide by the number of images: divide by the number of draws, k.": right
        + log(k)
        - log(len(right)),
        "You divide by the number of images as well: each has a bound of its own.": right / len(right),
        "You take the median weight: take the mean.": log_w.median(0).values,
        "You average the squares of the weights: average the weights.": losses.log_mean_exp_bound(2 * log_w),
        "You average the weights over all the images: average over the k draws, dimension 0.": (
            log_w.exp().mean().log().expand_as(right)
        ),
    }


@check
def log_mean_exp_bound(attempt: Attempt) -> str:
    """Check `(log_w) -> (B,)`: log (1/k) sum_i w_i of each image, from the log weights `(k, B)`."""
    log_w = torch.randn(5, 4)
    bound = attempt(log_w=log_w)
    draws = "Dimension 0 counts the k draws: average over that one, and keep one number per image."
    keepdim = "Leave out `keepdim=True`."
    expect_tensor(bound, (4,), {(5,): draws, (): draws, (5, 4): draws, (5, 1): draws, (1, 4): keepdim})
    compare(
        bound,
        losses.log_mean_exp_bound(log_w),
        lambda: _wrong_bounds(log_w),
        "Try one image by hand: weights 1 and 3 have log weights 0 and 1.0986; their mean is 2, so the bound "
        "is 0.6931.",
    )
    for when, hard in {
        f"when log_w is -200: exp(-200) rounds to 0 in 32 bits, and log 0 is infinite. {TAKE_OUT}": log_w
        - 200,
        f"when log_w is -1000: exp(-1000) rounds to 0 even in 64 bits. {TAKE_OUT}": log_w - 1000,
        f"when log_w is 1000: exp(1000) overflows. {TAKE_OUT}": log_w + 1000,
        "when the images lie far apart: take out each image's own largest log weight, not that of all "
        "images.": log_w + torch.tensor([-500.0, 0.0, 500.0, 1000.0]),
        "when one weight dwarfs the others: take out the largest log weight, not another one or the "
        "mean.": torch.cat([log_w, log_w[:1] + 500]),
        "with a single draw, k = 1: there the bound is the log weight.": log_w[:1],
    }.items():
        if not same(attempt(log_w=hard), losses.log_mean_exp_bound(hard)):
            raise Mistake(f"Right for small numbers, but not {when}")
    return "The logarithm of the average weight of each image, and no log weight is too large or too small."
