"""Exercises of notebook 04: the loss, and one step of training on it."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils import clip_grad_norm_, parameters_to_vector, vector_to_parameters

from vae_helpers import losses
from vae_helpers.checks._03_kl_term import KL_MISTAKES
from vae_helpers.checks._attempt import Attempt, Case, Wrong, expect_numbers, same
from vae_helpers.checks._exercise import check, exercise
from vae_helpers.checks.common import because
from vae_helpers.checks.result import plain, told_apart
from vae_helpers.model import VAE


def _cross_entropy(logits: Tensor, x: Tensor) -> Tensor:
    """Nats of each image, (B,), also for what is no image."""
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)


PIXELS = {
    "a sigmoid is applied twice": lambda logits, x: _cross_entropy(logits.sigmoid(), x),
    "(1 - x) ln(1 - p) is left out": lambda logits, x: -(x * F.logsigmoid(logits)).flatten(1).sum(1),
    "the squared error is taken": lambda logits, x: (logits.sigmoid() - x).square().flatten(1).sum(1),
    "the squared error of the logits is taken": lambda logits, x: (logits - x).square().flatten(1).sum(1),
}


def _reconstruction(nats: Callable, pixels: int = 1) -> Callable:
    """The mean over the batch of such nats, and perhaps over the pixels."""
    return lambda logits, x, mu, logvar, beta: nats(logits, x).mean() / pixels


def _kl(nats: Callable) -> Callable:
    return lambda logits, x, mu, logvar, beta: nats(mu, logvar).mean()


def _part(name: str, factor: float = 1) -> Callable:
    """One of the three losses of these logits, x, mu, logvar, and perhaps beta."""
    return lambda *case: factor * getattr(losses.vae_loss(*case), name)


def _batches() -> list[Case]:
    logits, x = torch.randn(3, 1, 28, 28), torch.rand(3, 1, 28, 28)
    mu, logvar = torch.randn(3, 5), torch.rand(3, 5) - 0.3
    small = 0 * logits[:1], x[:1], 0 * mu[:1] + 1, 0 * logvar[:1]
    return [(*small, 1.0), (*small, 3.0), (logits, x, mu, logvar, 2.5)]


def _far_off(attempt: Attempt) -> str:
    """A black pixel whose log-odds are 50 costs 50 nats: or nearly so, or infinitely many."""
    logits, black, code = torch.full((1, 1, 28, 28), 50.0), torch.zeros(1, 1, 28, 28), torch.zeros(1, 5)
    nats = attempt(logits, black, code, code)[1].item() / 784
    if not nats < 1000:
        raise Wrong(
            f"Right for ordinary logits. Where they are 50 and x is black, a pixel costs {nats} nats; 50 is "
            "right.",
            "In 32 bits the sigmoid of 50 is 1, and ln(1 - 1) is infinite. "
            "`F.binary_cross_entropy_with_logits` takes the logits themselves.",
        )
    exact = abs(nats - 50) < 0.1
    return "" if exact else f"(Where logits are 50 and x is black, 50 nats are exact; yours are {nats:.0f}.)"


@exercise(
    package=losses.vae_loss,
    inputs=_batches,
    returns=("total", "reconstruction", "kl"),
    mistakes={
        "reconstruction": {
            **{words: _reconstruction(nats) for words, nats in PIXELS.items()},
            **{f"{words}, and averaged": _reconstruction(nats, pixels=784) for words, nats in PIXELS.items()},
            "the KL stands in its place": _part("kl"),
            "the total stands in its place": _part("total"),
        },
        "kl": {
            **{words: _kl(nats) for words, nats in KL_MISTAKES.items()},
            "the latent dimensions are averaged": _kl(
                lambda mu, logvar: losses.kl_divergence(mu, logvar) / mu.shape[1]
            ),
            "the total stands in its place": _part("total"),
            "beta multiplies it": lambda *case: case[-1] * _part("kl")(*case),
        },
        "total": {
            "the KL is left out": _part("reconstruction"),
            "the reconstruction is left out": lambda *case: case[-1] * _part("kl")(*case),
            "beta multiplies the reconstruction": (
                lambda *case: case[-1] * _part("reconstruction")(*case) + _part("kl")(*case)
            ),
            "beta multiplies both": lambda *case: case[-1] * _part("total")(*case[:-1]),
            "the KL is subtracted": lambda *case: 2 * _part("reconstruction")(*case) - _part("total")(*case),
        },
    },
    gradients=("logits", "mu", "logvar"),
    after=_far_off,
    praise="Nats per image: summed over pixels and latent dimensions, averaged over the batch.",
    hint="The reconstruction is `F.binary_cross_entropy_with_logits(logits, x, reduction='sum') / len(x)`. "
    "The KL is that of notebook 3, averaged over the batch, and the total is reconstruction + beta * kl.",
)
def vae_loss(
    logits: Tensor, x: Tensor, mu: Tensor, logvar: Tensor, beta: float = 1.0
) -> tuple[Tensor, Tensor, Tensor]:
    """Total, reconstruction and KL: scalars in nats per image; beta is the weight of the KL in the total."""
    reconstruction, kl = _cross_entropy(logits, x).mean(), losses.kl_divergence(mu, logvar).mean()
    return reconstruction + beta * kl, reconstruction, kl


TOTAL = _part("total")


def _step(
    loss: Callable = TOTAL, returned: Callable = TOTAL, clear: bool = True, longest: float = torch.inf
) -> Callable:
    """A step on a loss, that returns one, clears old gradients or not, and shortens new ones or not."""

    def step(vae: VAE, optimizer: torch.optim.Optimizer, x: Tensor) -> float:
        logits, mu, logvar = vae(x)
        if clear:
            optimizer.zero_grad()
        loss(logits, x, mu, logvar).backward()
        clip_grad_norm_(vae.parameters(), longest)
        optimizer.step()
        return returned(logits, x, mu, logvar).item()

    return step


def _right_step(vae: VAE, optimizer: torch.optim.Optimizer, x: Tensor) -> float:
    """One step of training on a mini-batch; the loss before it, in nats per image."""
    logits, mu, logvar = vae(x)
    loss = losses.vae_loss(logits, x, mu, logvar)
    optimizer.zero_grad()
    loss.total.backward()
    optimizer.step()
    return loss.total.item()


def _loss_after(vae: VAE, optimizer: torch.optim.Optimizer, x: Tensor) -> float:
    _right_step(vae, optimizer, x)
    logits, mu, logvar = vae(x)
    return losses.vae_loss(logits, x, mu, logvar).total.item()


BATCH = 4  # images

LOSSES = {
    "the sign of the loss is turned": _part("total", -1),
    "the loss is summed over the batch": _part("total", BATCH),
    "the loss is divided by the number of images once more": _part("total", 1 / BATCH),
    "the loss is averaged over the pixels": _part("total", 1 / 784),
    "the loss counts twice": _part("total", 2),
    "the KL is left out": _part("reconstruction"),
    "the reconstruction is left out": _part("kl"),
    "mu and logvar are swapped": lambda logits, x, mu, logvar: TOTAL(logits, x, logvar, mu),
    "a sigmoid is applied to the logits": lambda logits, *rest: TOTAL(logits.sigmoid(), *rest),
}


class Run(NamedTuple):
    """What two steps on two batches did."""

    moved: Tensor  # how far each weight went, by the step size: minus the sum of its gradients
    nats: Tensor  # that were returned
    returned: object  # by the first step, as it came
    calls: list[str]  # of zero_grad, backward and step, in order
    length: float  # of the first step's gradient


def _run(step: Callable, start: Tensor, batches: Tensor) -> Run:
    """Two steps from these weights, watched; one more gradient at any weight tells of one more backward."""
    vae = VAE(latent_dim=2, hidden_dim=8)
    vector_to_parameters(start.clone(), vae.parameters())
    lr = 0.01
    optimizer = torch.optim.SGD(vae.parameters(), lr=lr)
    calls: list[str] = []
    lengths: list[float] = []
    gradients = [0 for _ in vae.parameters()]  # that have reached each weight: one for each backward

    def clear(zero_grad: Callable, *given: bool, **named: bool) -> None:
        calls.append("zero_grad")
        zero_grad(*given, **named)

    def reached(place: int, _: Tensor) -> None:
        gradients[place] += 1
        if gradients[place] > calls.count("backward"):
            calls.append("backward")

    def before_a_step(*_: object) -> None:
        calls.append("step")
        slopes = [weight.grad.flatten() for weight in vae.parameters() if weight.grad is not None]
        lengths.append(torch.cat(slopes).norm().item() if slopes else 0.0)

    for owner in (optimizer, vae):
        owner.zero_grad = partial(clear, owner.zero_grad)  # type: ignore[method-assign]
    for place, weight in enumerate(vae.parameters()):
        weight.register_hook(partial(reached, place))
    optimizer.register_step_pre_hook(before_a_step)
    returned = [step(vae, optimizer, x) for x in batches]
    nats = torch.stack([expect_numbers(loss, 0.0).detach().double().squeeze() for loss in returned])
    moved = (parameters_to_vector(vae.parameters()).detach() - start) / lr
    return Run(moved, nats, returned[0], calls, lengths[0] if lengths else 0.0)


@check(
    package=_right_step,
    hint="In this order: `optimizer.zero_grad()`, `logits, mu, logvar = vae(x)`, the loss, "
    "`loss.total.backward()`, `optimizer.step()`, and `return loss.total.item()`.",
)
def training_step(attempt: Attempt) -> str:
    """`(vae, optimizer, x) -> loss`: gradients cleared, computed and used; the loss is a float, in nats."""
    x = torch.rand(2, BATCH, 1, 28, 28)
    vae = VAE(latent_dim=2, hidden_dim=8)
    noisy_weights = parameters_to_vector(vae.parameters()).detach()
    with torch.no_grad():  # sigma = exp(-15): the noise has no say, so the right weights are known
        vae.to_logvar.weight.zero_()
        vae.to_logvar.bias.fill_(-30)
    weights = parameters_to_vector(vae.parameters()).detach()
    came, right = _run(attempt, weights, x), _run(_right_step, weights, x)
    if not same(came.moved, right.moved):
        _expect_calls(came)
        steps = {words: _step(loss) for words, loss in LOSSES.items()}
        steps["`zero_grad` is left out, so that gradients add up"] = _step(clear=False)
        steps[f"gradients are clipped to length {plain(came.length)}"] = _step(longest=came.length)
        reason = because(
            [words for words, step in steps.items() if same(_run(step, weights, x).moved, came.moved)]
        )
        if same(_run(attempt, weights, x[:1]).nats, _run(attempt, weights, 1 - x[:1]).nats):
            reason = "What comes does not depend on `x`."
        lengths = f"has length {plain(came.length)}; right is {plain(right.length)}"
        if same(torch.tensor(came.length), torch.tensor(right.length)):
            lengths = f"has the right length, {plain(right.length)}"
        raise Wrong(f"{_seen(came)} The first gradient {lengths}. {reason}".strip())
    if not same(came.nats, right.nats):
        ours, asked = told_apart(came.nats[0].item(), right.nats[0].item())
        steps = {words: _step(returned=loss) for words, loss in LOSSES.items()}
        steps["the loss is taken after the step"] = _loss_after
        reason = because(
            [words for words, step in steps.items() if same(_run(step, weights, x).nats, came.nats)]
        )
        message = f"The weights move as they should, but {ours} is returned; the loss is {asked}. {reason}"
        raise Wrong(message.strip())
    if isinstance(came.returned, Tensor):
        raise Wrong(
            "The weights move as they should, but a tensor is returned, and a float is asked for.",
            "`.item()` makes a float. A tensor that has a gradient keeps the whole computation in memory.",
        )
    if same(_run(attempt, noisy_weights, x[:1]).nats, _run(attempt, noisy_weights, x[:1]).nats):
        raise Wrong(
            "With the same weights and images, the loss is the same every time: z has no fresh noise.",
            "`vae(x)` draws z by itself. A seed inside the function, or mu in the place of z, stops that.",
        )
    return "Gradients are cleared, computed and used in the right order; the loss is in nats per image."


def _seen(came: Run) -> str:
    return f"In two calls of your function, `vae` and `optimizer` saw {', '.join(came.calls) or 'nothing'}."


def _expect_calls(came: Run) -> None:
    """Accept two steps of the given optimizer on gradients of the given model."""
    if "backward" not in came.calls:
        raise Wrong(f"{_seen(came)} No gradient reached the weights of `vae`, the model that was given.")
    if "step" not in came.calls:
        raise Wrong(f"{_seen(came)} `optimizer`, the one that was given, took no step.")
    steps = came.calls.count("step")
    if steps != 2:
        raise Wrong(f"Two calls of your function take {steps} steps; each should take one, on its batch.")
    if not came.moved.any():
        raise Wrong(f"{_seen(came)} The weights did not move.")
