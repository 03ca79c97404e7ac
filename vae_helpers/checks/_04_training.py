"""Checks of notebook 04: the loss, the bias of a good start, the calls of a step, and the clinic."""

from collections.abc import Callable, Sequence
from functools import partial
from math import log
from numbers import Integral, Real
from operator import attrgetter
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from vae_helpers import losses
from vae_helpers._inputs import shown
from vae_helpers.beyond.evidence import table
from vae_helpers.checks._03_kl import closed_forms
from vae_helpers.checks.common import (
    Attempt,
    Mistake,
    check,
    compare,
    expect_gradients,
    expect_number,
    expect_tensor,
    same,
)
from vae_helpers.checks.result import plain, told_apart
from vae_helpers.model import VAE

FIXED = "you divide by 128; this batch is smaller: use `len(x)`."


def _nats(logits: Tensor, x: Tensor) -> Tensor:
    """The reconstruction loss summed over pixels and averaged over the batch."""
    return losses.reconstruction_loss(logits, x).mean()


def _reconstructions(logits: Tensor, x: Tensor) -> dict[str, Tensor]:
    """The reconstruction loss as each mistake gives it."""
    right, pixels, images, p = _nats(logits, x), x[0].numel(), len(x), logits.sigmoid()
    sums = {
        "The reconstruction is averaged over the pixels, the default of `binary_cross_entropy`: sum them.": (
            right / pixels
        ),
        "The reconstruction is summed over the batch: divide by the number of images.": images * right,
        f"The reconstruction: {FIXED}": images * right / 128,
        "The reconstruction is divided by the number of images twice.": right / images,
        "The reconstruction is the median of the batch: take the mean.": (
            losses.reconstruction_loss(logits, x).median()
        ),
        "The reconstruction is the largest of the batch: take the mean.": (
            losses.reconstruction_loss(logits, x).max()
        ),
        "The sign of the reconstruction is turned: it is -log p(x|z).": -right,
        "A sigmoid is applied twice: `binary_cross_entropy_with_logits` has one inside, so give it logits.": (
            _nats(p, x)
        ),
        "A sigmoid is applied twice, and the result averaged over the pixels: give "
        "`binary_cross_entropy_with_logits` the logits, and sum.": _nats(p, x) / pixels,
        "Logits and x are swapped in the cross-entropy: prediction first, then image.": (
            F.binary_cross_entropy_with_logits(x, logits, reduction="sum") / images
        ),
        "Probabilities and x are swapped in the cross-entropy: prediction first, then image.": (
            F.binary_cross_entropy(x, p, reduction="sum") / images
        ),
        "Only half of the cross-entropy is there: add (1 - x) log(1 - p).": -(x * p.log()).sum() / images,
        "This is the absolute error: use the binary cross-entropy.": (p - x).abs().sum() / images,
    }
    for kind, error in {"": (p - x).square(), " of the logits": (logits - x).square()}.items():
        sums[f"This is the squared error{kind}: use the binary cross-entropy."] = error.sum() / images
        sums[f"This is the squared error{kind}, averaged: use the binary cross-entropy, summed."] = (
            error.mean()
        )
    return sums


@check
def vae_loss(attempt: Attempt) -> str:
    """Check `(logits, x, mu, logvar, beta=1.0) -> (total, reconstruction, kl)`: scalars in nats per image."""
    logits, x = torch.randn(3, 1, 28, 28).requires_grad_(), torch.rand(3, 1, 28, 28)
    mu, logvar = torch.randn(3, 5).requires_grad_(), (torch.rand(3, 5) + 0.1).requires_grad_()
    total, reconstruction, kl = _three(attempt(logits=logits, x=x, mu=mu, logvar=logvar))
    right = losses.vae_loss(logits, x, mu, logvar)
    order = "The three are in another order: return total, reconstruction, kl."
    compare(
        reconstruction,
        right.reconstruction,
        lambda: (
            _reconstructions(logits, x) | {order: right.kl if same(reconstruction, right.kl) else right.total}
        ),
        "The reconstruction should be {} nats on the check's images; yours is {}. Cross-entropy with logits, "
        "summed over pixels, averaged over the batch.".format(
            *told_apart(right.reconstruction.item(), reconstruction.item())
        ),
    )
    compare(
        kl,
        right.kl,
        lambda: (
            {
                order: right.total,
                "The KL is summed over the batch: divide by the number of images.": 3 * right.kl,
                f"The KL: {FIXED}": 3 * right.kl / 128,
                "The KL is divided by the number of images twice.": right.kl / 3,
                "The KL is the median of the batch: take the mean.": (
                    losses.kl_divergence(mu, logvar).median()
                ),
            }
            | {f"In the KL: {kind}": nats.mean() for kind, nats in closed_forms(mu, logvar).items()}
        ),
        "The KL should be {} nats on the check's codes; yours is {}. `checks.kl_divergence` of notebook 03 "
        "can tell more.".format(*told_apart(right.kl.item(), kl.item())),
    )
    compare(
        total,
        right.total,
        lambda: {
            "The KL is forgotten in the total: it is reconstruction + kl.": right.reconstruction,
            "The reconstruction is forgotten in the total: it is reconstruction + kl.": right.kl,
            "The total is the ELBO; the loss is minus that, reconstruction + kl.": -right.total,
            "The KL is subtracted in the total: add it.": right.reconstruction - right.kl,
            "The total is half the sum: it is reconstruction + kl.": right.total / 2,
            "The total is summed over the batch: divide by the number of images.": 3 * right.total,
        },
        "Both halves are right, but the total is {} instead of their sum, {}.".format(
            *told_apart(total.item(), right.total.item())
        ),
    )
    expect_gradients(
        total,
        right.total,
        "Look for `.detach()`, `.item()`, numpy or `torch.no_grad()`: training follows this gradient.",
        logits=logits,
        mu=mu,
        logvar=logvar,
    )

    sure, wrong = torch.full((1, 1, 28, 28), 50.0), torch.zeros(1, 1, 28, 28)
    nats = _three(attempt(logits=sure, x=wrong, mu=torch.zeros(1, 5), logvar=torch.zeros(1, 5)))[1]
    if not nats.isfinite():
        raise Mistake(
            "Right for ordinary logits, but at a logit of 50 the sigmoid rounds to 1 and log(1 - p) is "
            "infinite. Use `binary_cross_entropy_with_logits`."
        )
    heavy = _three(attempt(logits=logits, x=x, mu=mu, logvar=logvar, beta=2.0))
    compare(
        heavy[0],
        right.reconstruction + 2 * right.kl,
        lambda: {
            "With beta = 2 the total is the one of beta = 1: it is reconstruction + beta * kl.": right.total,
            "`beta` multiplies the reconstruction: it weighs the KL.": 2 * right.reconstruction + right.kl,
            "`beta` multiplies both halves: it weighs the KL alone.": 2 * right.total,
        },
        "Right for beta = 1; with beta = 2 the total is {} instead of {}.".format(
            *told_apart(heavy[0].item(), (right.reconstruction + 2 * right.kl).item())
        ),
    )
    if not same(heavy[2], right.kl):
        raise Mistake(
            "`kl` is returned as it is, before it is multiplied by `beta`; only the total has both."
        )
    praise = "Nats per image: summed over pixels and latent dimensions, averaged over the batch."
    if same(nats, _nats(sure, wrong)):
        return praise
    return (
        f"{praise} One remark: at a logit of 50 a wrong pixel costs 50 nats, and {nats / 784:.0f} in yours, "
        "since the sigmoid rounds to 1. `binary_cross_entropy_with_logits` is exact."
    )


def _three(answer: object) -> tuple[Tensor, Tensor, Tensor]:
    if not isinstance(answer, tuple | list) or len(answer) != 3:
        count = f"{len(answer)} values" if isinstance(answer, tuple | list) else f"a {type(answer).__name__}"
        raise Mistake(f"Return three scalars, `total, reconstruction, kl`; yours returns {count}.")
    for name, value in zip(("total", "reconstruction", "kl"), answer, strict=True):
        if isinstance(value, Real):
            raise Mistake(f"`{name}` is a Python number, without gradient: leave out `.item()`.")
        hint = "It is one number per image: average over the batch with `.mean()`."
        try:
            pixels = "Sum over the pixels of each image, then average over the batch."
            shapes = {(3,): hint, (1,): "Make it a scalar, with `.mean()`.", (3, 1, 28, 28): pixels}
            expect_tensor(value, (), shapes)
        except Mistake as mistake:
            raise Mistake(f"`{name}`: {mistake}") from None
    return tuple(answer)


BLACK, WHITE = slice(0, 9), slice(9, 12)  # pixels that are 0, or 1, in all images of the check
NEAR = 0.011  # how far sigmoid(bias) may be from the mean image: a clamp at 0.01 passes


def _biases(images: Tensor) -> dict[str, Tensor]:
    """The bias as each mistake gives it, `(784,)`."""
    pixels = images.flatten(1).double()
    mean, sure = pixels.mean(0), pixels.clamp(0.001, 0.999)
    bias = mean.logit(0.001)
    return {
        "This is the mean image, a probability for each pixel. A bias is added to logits, which are "
        "log-odds.": mean,
        "You average the log-odds of the images: average the images, and take the log-odds of that.": (
            sure.logit().mean(0)
        ),
        "The sign is turned: log-odds are the logarithm of p / (1 - p), not of (1 - p) / p.": -bias,
        "This is the logarithm of p; log-odds are that of p / (1 - p).": mean.clamp(0.001).log(),
        "These are the odds, p / (1 - p): take their logarithm.": mean.clamp(0.001, 0.999)
        / (1 - sure.mean(0)),
        "A sigmoid leads from log-odds to probabilities; the way back is asked for.": mean.sigmoid(),
        "This is a logarithm of base 2: a sigmoid undoes the natural one.": bias / log(2),
        "This is a logarithm of base 10: a sigmoid undoes the natural one.": bias / log(10),
        "All pixels get one number, that of the average pixel: average over the images, `.mean(0)`.": (
            mean.mean().logit().expand_as(mean)
        ),
        "This is the median of the images: take the mean.": pixels.median(0).values.logit(0.001),
        "These are the log-odds of one image: average all of them.": pixels[0].logit(0.001),
        "You divide by the number of images twice.": (mean / len(images)).logit(0.001),
        "You add the images up: average them. (Log-odds of a number above 1 are nan.)": pixels.sum(0).logit(),
        "You divide by 255, but pixels lie in [0, 1] already.": (mean / 255).logit(0.001),
        "You subtract 1/2 from the mean image. A sigmoid leads from logits to probabilities: undo it.": mean
        - 0.5,
    }


@check
def output_bias(attempt: Attempt) -> str:
    """Check `(images) -> bias`: `(N, 1, 28, 28)` to `(784,)`, the bias of an untrained decoder's last layer.

    An untrained decoder's logits are close to its last bias. The right one makes it draw the mean image:
    the sigmoid of `bias` is the mean of `images`, to 0.01, and no entry is infinite.
    """
    pixels = torch.linspace(0.2, 0.8, 784) + 0.38 * (torch.rand(200, 784) - 0.5)
    pixels[:, BLACK], pixels[:, WHITE] = 0, 1
    images = pixels.view(200, 1, 28, 28)
    bias = attempt(images=images)
    row, average = "Lay the pixels out in one row of 784.", "Average over the images, `.mean(0)`."
    flat = dict.fromkeys([(28, 28), (1, 28, 28), (1, 784), (784, 1), (1, 1, 28, 28)], row)
    expect_tensor(
        bias, (784,), flat | dict.fromkeys([(), (200,), (200, 1), (200, 784), (200, 1, 28, 28)], average)
    )
    mean, share = pixels.mean(0), bias.detach().sigmoid()
    certain = torch.zeros(784, dtype=torch.bool)
    certain[BLACK] = certain[WHITE] = True
    off = (share - mean).abs()
    if not bias.isfinite().all() and bias[~certain].isfinite().all() and (off[~certain] < NEAR).all():
        raise Mistake(
            "Infinite, or nan, where a pixel is black or white in all images: log-odds of 0 and 1 are. Keep "
            "the mean image a little away from both, with `clamp` (closer than 1e-7 to 1, 32 bits see no "
            "distance)."
        )
    if bias.isfinite().all() and (off < NEAR).all():
        return "An untrained decoder with this bias draws the mean image, and no pixel is infinitely sure."
    if (off[~certain] < NEAR).all():
        p = plain(share[BLACK].max().item(), 2)
        raise Mistake(
            f"Right between the ends, but a pixel that is black in all images gets p = {p}, and there are "
            "hundreds of them. Clamp the mean closer to 0 and 1."
        )
    worst = off[~certain].argmax()
    compare(
        bias[~certain],
        mean[~certain].logit(),
        lambda: {mistake: wrong[~certain] for mistake, wrong in _biases(images).items()},
        f"Where the mean image has {plain(mean[~certain][worst].item(), 3)}, the sigmoid of your bias is "
        f"{plain(share[~certain][worst].item(), 3)}. Which number becomes p in a sigmoid?",
    )
    return ""


Step = Callable[[VAE, torch.optim.Optimizer, Tensor], Tensor]
LossOf = Callable[[losses.Loss], Tensor]
SIZES = {"latent_dim": 2, "hidden_dim": 8}


def _step_on(
    loss_of: LossOf = attrgetter("total"), returns: str = "total", *, clear: bool = True, again: bool = False
) -> Step:
    """A step on some function of the losses, without zero_grad or with the loss taken again after it."""

    def step(vae: VAE, optimizer: torch.optim.Optimizer, x: Tensor) -> Tensor:
        logits, mu, logvar = vae(x)
        parts = losses.vae_loss(logits, x, mu, logvar)
        loss = loss_of(parts)
        if clear:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if again:
            logits, mu, logvar = vae(x)
            parts = losses.vae_loss(logits, x, mu, logvar)
        return getattr(parts, returns).detach()

    return step


STEPS = {
    "Gradients of earlier steps add up: `optimizer.zero_grad()` is missing.": _step_on(clear=False),
    "The step goes uphill: the sign of the loss is turned.": _step_on(lambda loss: -loss.total),
    "The loss is summed over the batch, so the step grows with it: average over the batch.": _step_on(
        lambda loss: 4 * loss.total
    ),
    "The KL is forgotten: call backward on the total.": _step_on(lambda loss: loss.reconstruction),
    "The reconstruction is forgotten: call backward on the total.": _step_on(lambda loss: loss.kl),
    "The loss is averaged over the pixels: sum over them, and average over the batch.": _step_on(
        lambda loss: loss.total / 784
    ),
    "The loss is divided by the number of images, and `vae_loss` has averaged over them already.": _step_on(
        lambda loss: loss.total / 4
    ),
    "The step follows twice the gradient: `backward` is called twice.": _step_on(lambda loss: 2 * loss.total),
}


def package_step(vae: VAE, optimizer: torch.optim.Optimizer, x: Tensor) -> float:
    """One step of `train_epoch`, on one batch; the loss before it, in nats per image."""
    logits, mu, logvar = vae(x)
    loss = losses.vae_loss(logits, x, mu, logvar)
    optimizer.zero_grad()
    loss.total.backward()
    optimizer.step()
    return loss.total.item()


@partial(check, ours=package_step)
def training_step(attempt: Attempt) -> str:
    """Check `(vae, optimizer, x) -> loss`: zero_grad, forward, loss, backward, step; a float, in nats."""
    returned: list[object] = []

    def step(vae: VAE, optimizer: torch.optim.Optimizer, x: Tensor) -> Tensor:
        returned.append(attempt(vae=vae, optimizer=optimizer, x=x))
        if isinstance(returned[-1], losses.Loss):
            raise Mistake("You return all three losses: return the total as a number, `loss.total.item()`.")
        return expect_number(returned[-1]).float()

    x = torch.rand(2, 4, 1, 28, 28)
    vae = VAE(**SIZES)
    start = parameters_to_vector(vae.parameters())
    with torch.no_grad():  # sigma = exp(-15): the noise has no say, so the right weights are known
        vae.to_logvar.weight.zero_()
        vae.to_logvar.bias.fill_(-30)
    silent = parameters_to_vector(vae.parameters())
    moves, nats, calls = _run(step, silent, x)
    right_moves, right_nats, _ = _run(_step_on(), silent, x)
    if calls.count("step") > len(x):
        raise Mistake(
            f"One call takes {calls.count('step') // len(x)} steps: take one, on the whole batch that is "
            "given. The loop over batches or epochs stands outside, round the calls."
        )
    if "step" not in calls or not same(moves, right_moves):
        _check_order(moves, calls)
        if same(_run(step, silent, x[:1])[1], _run(step, silent, 1 - x[:1])[1]):
            raise Mistake(
                "Your step is the same whatever `x` is. Use the argument: a name of a cell above may stand "
                "in its place."
            )
    compare(
        moves,
        right_moves,
        lambda: {sentence: _run(wrong, silent, x)[0] for sentence, wrong in STEPS.items()},
        "The weights move, but not as they should. If the order is zero_grad, forward, loss, backward, step, "
        "then the loss is not the total of `vae_loss(logits, x, mu, logvar)`: check the order of its "
        "arguments, and that no sigmoid is applied.",
    )
    compare(
        nats,
        right_nats,
        lambda: (
            {
                "The step is right, but the loss you return is summed over the batch.": 4 * right_nats,
                "The step is right, but the loss you return is averaged over the pixels.": right_nats / 784,
            }
            | {
                f"You return the {part}: return the total.": _run(_step_on(returns=part), silent, x)[1]
                for part in ("reconstruction", "kl")
            }
            | {
                "The step is right, but the loss you return is taken after it: return the one before.": (
                    _run(_step_on(again=True), silent, x)[1]
                ),
                "The step is right, but the loss you return is divided by the number of images twice.": (
                    right_nats / 4
                ),
            }
        ),
        "The step is right, but you return {} and its loss is {}.".format(
            *told_apart(nats[0].item(), right_nats[0].item())
        ),
    )
    if isinstance(returned[0], Tensor):
        raise Mistake(
            "The step is right, but you return a tensor, and a float is asked for: `.item()` makes one. A "
            "tensor that has a gradient keeps the whole computation in memory."
        )
    if same(_run(step, start, x[:1])[1], _run(step, start, x[:1])[1]):
        raise Mistake(
            "The loss is the same every time, so z has no fresh noise. Call `vae(x)`, which draws z, instead "
            "of decoding mu; and set no seed in the function."
        )
    return "Gradients are cleared, computed and used in the right order; the loss is in nats per image."


def _run(step: Step, start: Tensor, batches: Tensor) -> tuple[Tensor, Tensor, list[str]]:
    """Take one step per batch: how far the weights moved, the losses, and the calls that were seen."""
    vae, calls = VAE(**SIZES), []
    vector_to_parameters(start.clone(), vae.parameters())
    optimizer = torch.optim.SGD(vae.parameters(), lr=0.01)
    optimizer.register_step_pre_hook(lambda *_: calls.append("step"))
    for weight in vae.parameters():
        weight.register_hook(lambda _: calls.append("backward"))
    nats = torch.stack([step(vae, optimizer, x) for x in batches])
    return parameters_to_vector(vae.parameters()) - start, nats, calls


def _check_order(moves: Tensor, calls: list[str]) -> None:
    if "backward" not in calls:
        raise Mistake(
            "No gradient reaches the model's weights: `loss.total.backward()` is missing, or you train "
            "another model than the one given, `vae`."
        )
    if "step" not in calls:
        raise Mistake(
            "The `optimizer` takes no step: `optimizer.step()` is missing, or you step another optimizer "
            "than the one given."
        )
    if calls.index("step") < calls.index("backward"):
        raise Mistake(
            "`optimizer.step()` comes before `loss.total.backward()`, without a fresh gradient: swap them."
        )
    if not moves.any():
        raise Mistake(
            "The weights do not move: `zero_grad` between backward and step clears the gradients. "
            "It comes before backward."
        )


class Case(NamedTuple):
    """One log of the clinic; the causes are numbered as in the notebook's table."""

    cause: int
    lines: Sequence[int]  # epochs whose line tells this cause from all others; the first is the one to name
    reason: str
    test: str  # the cheapest of the notebook's five that shows it before a run
    hint: str  # where to look, for who has named another cause


CAUSES, EPOCHS = 12, 5
BEFORE, AVERAGE, BY_HEART, HALVES, DRAWN = (
    "the loss before training",
    "the loss of the average image",
    "one batch by heart",
    "the two halves apart, before training",
    "a test loss that draws z, before training",
)
CASES = {
    "A": Case(
        5,
        range(6),
        "0.70 is the healthy 550.26 divided by 784. The KL then weighs 784 times too much, and the model "
        "collapses: 0.26 is the average image's 206 divided by 784.",
        BEFORE,
        "Divide the healthy reconstruction by this one, in the same line.",
    ),
    "B": Case(
        2,
        range(1),
        "Infinite before the first step, so no step and no gradient is to blame. Pixels that are 255 times "
        "too large make `logvar` too large for `exp`.",
        BEFORE,
        "Line 0 is written before any step. Which causes can show themselves there?",
    ),
    "C": Case(
        1,
        range(1, 6),
        "A reconstruction below 0. For x between 0 and 1, -x ln p - (1 - x) ln(1 - p) is never negative; for "
        "other x nothing stops its fall.",
        f"{BY_HEART}, which falls below its floor",
        "One column holds numbers that cannot be. Which, and what makes them possible?",
    ),
    "D": Case(
        4,
        range(1, 6),
        "The KL is 0.00 while loss = reconstruction + KL, and 208 is the average image's loss: collapse. The "
        "encoder feels only the KL, and empties its codes.",
        f"{BY_HEART}, which stays near 200",
        "Compare the loss that it ends with to the average image's. Is the loss the reconstruction plus KL?",
    ),
    "E": Case(
        8,
        range(6),
        "553.23 - 550.26 = 2.97, and that is 30 times 0.10. So large a price empties the codes: collapse.",
        HALVES,
        "Subtract the reconstruction from the loss, and compare with the KL.",
    ),
    "F": Case(
        10,
        range(1, 6),
        "Line 0 is healthy, and one epoch later the KL is 81,343: the first steps have thrown the codes far "
        "away, and four more epochs do not bring them back.",
        f"{BY_HEART}, which stays above 200",
        "Line 0 is healthy, and line 1 is not: the steps did it. How far have they thrown the codes?",
    ),
    "G": Case(
        3,
        (2, 3, 4, 5, 0),
        "282 nats, while the average image costs 206, and a KL of nearly 0: what is to be drawn has nothing "
        "to do with what the encoder sees. (Line 0 tells, too: its KL is the healthy one, its reconstruction "
        "is not.)",
        f"{AVERAGE}, which comes out above 500",
        "It ends far above the average image's loss. What does its KL say about the codes? And its line 0?",
    ),
    "H": Case(
        9,
        range(2, 6),
        "Still above the average image's 206 after two epochs and after five, and yet the codes say more and "
        "more: it moves, but along all gradients since the start instead of the latest.",
        f"{BY_HEART}, which stays above 200",
        "Its codes say more and more, and still the average image is better. What do its steps follow?",
    ),
    "I": Case(
        12,
        range(6),
        "544.07 on the test images, 550.36 in training. Nothing has been learned yet, so they should agree, "
        "as in the healthy log. Later the test loss reads up to 9 nats too little.",
        DRAWN,
        "Three columns are healthy. Compare the fourth with the healthy log's, line by line, from line 0.",
    ),
}


@check
def diagnosis(attempt: Attempt) -> str:
    """Check `() -> {"A": (cause, epoch), ...}`: what is wrong in each log, and a line that decides."""
    answer = attempt()
    if not isinstance(answer, dict):
        kind = type(answer).__name__
        raise Mistake(f'Return a dict such as `{{"B": (6, 3)}}`; your function returns one of type {kind}.')
    for name in answer:
        if name not in CASES:
            raise Mistake(f"There is no log {_shown(name)}: they are called A to I, in capital letters.")
    verdicts = [_verdict(name, case, answer.get(name)) for name, case in CASES.items()]
    shown_verdicts = table(["log", "verdict", "why, or where to look"], *map(list, verdicts)).data
    right = sum(verdict == "right" for _, verdict, _ in verdicts)
    if right < len(CASES):
        raise Mistake(f"Right so far: {right} of {len(CASES)} logs.\n\n{shown_verdicts}")
    return f"All {right} logs are diagnosed.\n\n{shown_verdicts}"


def _verdict(name: str, case: Case, given: Any) -> tuple[str, str, str]:
    """The row of one log: its name, a verdict in a word or two, and a reason or a hint."""
    if given is None:
        return name, "open", "Not diagnosed yet."
    cause, line = _two_numbers(name, given)
    if cause != case.cause:
        return name, "another cause", case.hint
    if line not in case.lines:
        return name, "another line", "The cause is right. In that line, another cause could look the same."
    decides = f"Line {case.lines[0]} decides. {case.reason}"
    return name, "right", f"{decides} *Shown before a run by* {case.test}."


def _two_numbers(name: str, given: Any) -> tuple[int, int]:
    """The cause and the epoch of one log, which exist."""
    whole = isinstance(given, tuple | list) and len(given) == 2
    if not whole or not all(isinstance(n, Integral) and not isinstance(n, bool) for n in given):
        raise Mistake(
            f"Give log {name} two whole numbers, the cause and an epoch, as in `(6, 3)`; yours is "
            f"{_shown(given)}."
        )
    cause, line = map(int, given)
    if not 1 <= cause <= CAUSES:
        raise Mistake(f"You give log {name} the cause {cause}: they are numbered from 1 to {CAUSES}.")
    if not 0 <= line <= EPOCHS:
        raise Mistake(f"You give log {name} the epoch {line}: its lines are those of epochs 0 to {EPOCHS}.")
    return cause, line


def _shown(value: Any) -> str:
    return shown(value).replace("`", "'")  # in a message, ` is Markdown
