"""Checks of notebook 04: the loss, and the order of the five calls that make a training step."""

from collections.abc import Callable
from numbers import Real
from operator import attrgetter

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from vae_helpers import losses
from vae_helpers.checks._03_kl import closed_forms
from vae_helpers.checks._core import Attempt, Mistake, check, compare, expect_gradients, expect_tensor, same
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
    """Check `(logits, x, mu, logvar) -> (total, reconstruction, kl)`: scalars in nats per image."""
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
        f"The reconstruction should be {right.reconstruction:.2f} nats on the check's images; yours is "
        f"{reconstruction:.2f}. Cross-entropy with logits, summed over pixels, averaged over the batch.",
    )
    compare(
        kl,
        right.kl,
        lambda: (
            {
                order: right.total,
                "The KL is summed over the batch: divide by the number of images.": 3 * right.kl,
                f"The KL: {FIXED}": 3 * right.kl / 128,
            }
            | {f"In the KL: {kind}": nats.mean() for kind, nats in closed_forms(mu, logvar).items()}
        ),
        f"The KL should be {right.kl:.4f} nats on the check's codes; yours is {kl:.4f}. "
        "`checks.kl_divergence` of notebook 03 can tell more.",
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
        f"Both halves are right, but the total is {total:.2f} instead of their sum, {right.total:.2f}.",
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
            expect_tensor(value, (), {(3,): hint, (1,): "Make it a scalar, with `.mean()`."})
        except Mistake as mistake:
            raise Mistake(f"`{name}`: {mistake}") from None
    return tuple(answer)


Step = Callable[[VAE, torch.optim.Optimizer, Tensor], Tensor]
LossOf = Callable[[losses.Loss], Tensor]
SIZES = {"latent_dim": 2, "hidden_dim": 8}


def _step_on(loss_of: LossOf = attrgetter("total"), returns: str = "total", *, clear: bool = True) -> Step:
    """A training step on some function of the losses; without `clear` it leaves out zero_grad."""

    def step(vae: VAE, optimizer: torch.optim.Optimizer, x: Tensor) -> Tensor:
        logits, mu, logvar = vae(x)
        parts = losses.vae_loss(logits, x, mu, logvar)
        loss = loss_of(parts)
        if clear:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
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
}


@check
def training_step(attempt: Attempt) -> str:
    """Check `(vae, optimizer, x) -> loss`: zero_grad, forward, loss, backward, step; nats per image."""

    def step(vae: VAE, optimizer: torch.optim.Optimizer, x: Tensor) -> Tensor:
        return _number(attempt(vae=vae, optimizer=optimizer, x=x))

    x = torch.rand(2, 4, 1, 28, 28)
    vae = VAE(**SIZES)
    start = parameters_to_vector(vae.parameters())
    with torch.no_grad():  # sigma = exp(-15): the noise has no say, so the right weights are known
        vae.to_logvar.weight.zero_()
        vae.to_logvar.bias.fill_(-30)
    silent = parameters_to_vector(vae.parameters())
    moves, nats, calls = _run(step, silent, x)
    right_moves, right_nats, _ = _run(_step_on(), silent, x)
    if "step" not in calls or not same(moves, right_moves):
        _check_order(moves, calls)
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
        ),
        f"The step is right, but you return {nats[0]:.2f} and its loss is {right_nats[0]:.2f}.",
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


def _number(answer: object) -> Tensor:
    """The loss as a scalar tensor, whether it came as one or as a Python number."""
    if isinstance(answer, Tensor) and answer.numel() == 1:
        return answer.detach().reshape(())
    if isinstance(answer, Real):
        return torch.tensor(float(answer))
    raise Mistake(f"Return the loss as one number; yours is of type {type(answer).__name__}.")


def _check_order(moves: Tensor, calls: list[str]) -> None:
    if "backward" not in calls:
        raise Mistake(
            "No gradient reaches the model's weights: `loss.backward()` is missing, or you train another "
            "model than the one given."
        )
    if "step" not in calls:
        raise Mistake(
            "The `optimizer` takes no step: `optimizer.step()` is missing, or you step another optimizer "
            "than the one given."
        )
    if calls.index("step") < calls.index("backward"):
        raise Mistake(
            "`optimizer.step()` comes before `loss.backward()`, without a fresh gradient: swap them."
        )
    if not moves.any():
        raise Mistake(
            "The weights do not move: `zero_grad` between backward and step clears the gradients. "
            "It comes before backward."
        )
