"""Checks of notebook 08: the importance-weighted bound, and the best cloud of an image."""

from collections.abc import Callable
from math import log

import torch
from torch import Tensor
from torch.nn.utils import parameters_to_vector

from vae_helpers import losses
from vae_helpers.checks.common import Attempt, Mistake, check, compare, expect_finite, expect_tensor, same
from vae_helpers.model import VAE

Nats = Callable[[Tensor, Tensor], Tensor]  # a loss of mu and logvar, for each image

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


def _small_model() -> tuple[VAE, Tensor]:
    """A model whose encoder errs, and three images that its decoder can draw; they leave z[1] vague."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.default_generator.manual_seed(0)  # one model for all, with room between right and wrong
        vae = VAE(latent_dim=2, hidden_dim=16)
        next(vae.decoder.parameters()).mul_(torch.tensor([1.8, 0.4]))
        vae.to_mu.bias.copy_(torch.tensor([-0.3, 1.0]))
        vae.to_logvar.bias.fill_(-2.5)
        places = torch.tensor([[1.5, -1.0], [-1.0, 1.2], [0.3, -1.6]])
        return vae, torch.bernoulli(vae.decode(places))


def _halves(vae: VAE, x: Tensor, mu: Tensor, logvar: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
    """Reconstruction and KL of each image, `(B,)` in nats, for noise `eps` that is given, `(n, B, D)`."""
    logits = vae.decode_logits((mu + torch.exp(0.5 * logvar) * eps).flatten(0, 1))
    nats = losses.reconstruction_loss(logits, x.repeat(len(eps), 1, 1, 1))
    return nats.view(len(eps), -1).mean(0), losses.kl_divergence(mu, logvar)


def _lowest(nats: Nats, start: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """The mu and logvar that make a loss without random numbers small, as far as 100 steps lead."""
    mu, logvar = (part.clone().requires_grad_() for part in start)
    optimizer = torch.optim.Adam([mu, logvar], lr=0.1)
    for _ in range(100):
        optimizer.zero_grad()
        nats(mu, logvar).sum().backward(inputs=[mu, logvar])
        optimizer.step()
    return mu.detach(), logvar.detach()


def _expect_moved(answer: tuple[Tensor, Tensor], start: tuple[Tensor, Tensor]) -> None:
    stays = [torch.equal(now, before) for now, before in zip(answer, start, strict=True)]
    if all(stays):
        raise Mistake(
            "This is the encoder's own answer. Do mu and logvar ask for gradients, "
            "`.detach().clone().requires_grad_()`, does the optimizer hold these two, and are these two "
            "what you return?"
        )
    for name, still in zip(("mu", "logvar"), stays, strict=True):
        if still:
            raise Mistake(f"`{name}` is still the encoder's: the optimizer has to hold both, [mu, logvar].")


@check
def optimise_code(attempt: Attempt) -> str:
    """Check `(vae, x, steps) -> (mu, logvar)`: the cloud of each image with the highest ELBO."""
    vae, x = _small_model()
    weights = parameters_to_vector(vae.parameters()).detach().clone()
    mu, logvar = vae.encode(x)
    start = mu.detach(), logvar.detach()
    answer = attempt(vae=vae, x=x, steps=300)
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        count = f"{len(answer)} values" if isinstance(answer, tuple | list) else f"a {type(answer).__name__}"
        raise Mistake(f"Return two tensors, `mu, logvar`; yours returns {count}.")
    for part in answer:
        own = "Each image of x has a cloud of its own."
        expect_tensor(part, (3, 2), {(2,): own, (1, 2): own})
    if not torch.equal(parameters_to_vector(vae.parameters()), weights):
        raise Mistake(
            "The model's weights have changed. The decoder stays as it is: give the optimizer [mu, logvar], "
            "and not `vae.parameters()`."
        )
    found = answer[0].detach(), answer[1].detach()
    _expect_moved(found, start)
    expect_finite(torch.stack(found))

    eps = torch.randn(32, 3, 2)
    eps = torch.cat([eps, -eps])  # in pairs, which steadies the means

    def nats_of(mu: Tensor, logvar: Tensor) -> Tensor:
        return torch.stack(_halves(vae, x, mu, logvar, eps)).sum(0)

    best = _lowest(nats_of, start)
    with torch.no_grad():
        before, reached, possible = (nats_of(*cloud) for cloud in (start, found, best))
    gain, most = (float((before - after).mean()) for after in (reached, possible))
    if most - gain < 0.5 and _distance(found, best) < 1:
        return "The ELBO of each image rises as far as a cloud can lift it, and the model is as it was."
    for sentence, nats in _wrong_losses(vae, x, eps).items():
        if _distance(found, _lowest(nats, start)) < 0.8:
            raise Mistake(sentence)
    if (found[1] < best[1] - 0.7).all():
        raise Mistake("The clouds are too narrow. Is the KL added to the loss, with its sign?")
    if gain < 0:
        raise Mistake(
            f"The ELBO falls by {-gain:.0f} nats. The loss to make small is minus the ELBO, reconstruction "
            "plus KL; and `zero_grad` comes before each `backward`."
        )
    raise Mistake(
        f"The ELBO rises by {gain:.1f} nats, and could by {most:.1f}. Are there `steps` steps, with fresh "
        "noise and `zero_grad` in each? Adam with a step of 0.05 gets there."
    )


def _distance(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> float:
    return float((torch.stack(one) - torch.stack(other)).abs().max())


def _wrong_losses(vae: VAE, x: Tensor, eps: Tensor) -> dict[str, Nats]:
    """The loss that each mistake makes small."""

    def loss(spread: float = 1.0, pixels: int = 1, noise: Tensor = eps) -> Nats:
        def nats(mu: Tensor, logvar: Tensor) -> Tensor:
            reconstruction, _ = _halves(vae, x, mu, spread * logvar, noise)
            return reconstruction / pixels + losses.kl_divergence(mu, logvar)

        return nats

    return {
        "sigma is `exp(logvar / 2)`; yours looks like `exp(logvar)`.": loss(spread=2),
        "z has no noise, so nothing says how wide the cloud may be: draw z with `reparameterize` in every "
        "step.": loss(noise=0 * eps[:1]),
        "The clouds shrink to the prior. Is the reconstruction in the loss, summed over the pixels?": loss(
            pixels=784
        ),
    }
