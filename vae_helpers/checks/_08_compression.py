"""Exercises of notebook 08: what another prior gains, and the best cloud of an image."""

from collections.abc import Callable
from math import log, pi

import torch
from torch import Tensor
from torch.nn.utils import parameters_to_vector
from torch.optim.optimizer import register_optimizer_step_post_hook

from vae_helpers import beyond, losses
from vae_helpers.checks._attempt import Attempt, Case, Wrong, expect_numbers, expect_shape, values
from vae_helpers.checks._exercise import check, exercise
from vae_helpers.checks.common import because
from vae_helpers.model import VAE

Nats = Callable[[Tensor, Tensor], Tensor]  # a loss of mu and logvar, for each image


def _draws() -> list[Case]:
    z = torch.randn(4, 3)
    return [(torch.zeros(1, 1), torch.zeros(1)), (torch.ones(1, 2), torch.zeros(1) - 4), (z, z[:, 0] - 2)]


@exercise(
    inputs=_draws,
    mistakes={
        "ln p(z) under N(0, I) is left out": lambda z, log_prior: log_prior,
        "ln(2 pi) / 2 is left out": lambda z, log_prior: log_prior + 0.5 * z.square().sum(1),
        "ln(2 pi) / 2 is there once, not for each dimension": (
            lambda z, log_prior: log_prior + 0.5 * z.square().sum(1) + 0.5 * log(2 * pi)
        ),
        "ln p(z) under N(0, I) is added": lambda z, log_prior: (
            log_prior - 0.5 * (z.square() + log(2 * pi)).sum(1)
        ),
        "z² is not halved": lambda z, log_prior: (
            log_prior + z.square().sum(1) + 0.5 * z.shape[1] * log(2 * pi)
        ),
        "the dimensions are averaged": lambda z, log_prior: (
            log_prior + 0.5 * (z.square() + log(2 * pi)).mean(1)
        ),
    },
    praise="Of the three parts of the loss, ln p(z) alone is another.",
    hint="`torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)` is ln p(z) under N(0, I). The loss holds "
    "-ln p(z), so it falls by as much as ln p(z) rises.",
)
def prior_gain(z: Tensor, log_prior: Tensor) -> Tensor:
    """Nats by which the loss of each image falls if another prior takes the place of N(0, I): `(B,)`."""
    return log_prior + 0.5 * (z.square() + log(2 * pi)).sum(1)


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


def _loss(vae: VAE, x: Tensor, eps: Tensor, pixels: float = 1, spread: float = 1) -> Nats:
    """The loss of each image for noise that is given, `(n, B, D)`, with other weights or another sigma."""

    def nats(mu: Tensor, logvar: Tensor) -> Tensor:
        logits = vae.decode_logits((mu + torch.exp(spread * logvar / 2) * eps).flatten(0, 1))
        reconstruction = losses.reconstruction_loss(logits, x.repeat(len(eps), 1, 1, 1))
        return pixels * reconstruction.view(len(eps), -1).mean(0) + losses.kl_divergence(mu, logvar)

    return nats


def _lowest(nats: Nats, start: Tensor) -> Tensor:
    """The mu and logvar, stacked, that make a loss without random numbers small, as far as 150 steps lead."""
    cloud = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([cloud], lr=0.1)
    for _ in range(150):
        optimizer.zero_grad()
        nats(*cloud).sum().backward(inputs=[cloud])
        optimizer.step()
    return cloud.detach()


@check(
    package=beyond.optimise_code,
    hint="Start with `mu, logvar = (part.detach().clone().requires_grad_() for part in vae.encode(x))`, and "
    "give `torch.optim.Adam([mu, logvar], lr=0.05)` these two. In each step: fresh noise through "
    "`reparameterize`, the loss of training, zero_grad, backward, "
    "step.",
)
def optimise_code(attempt: Attempt) -> str:
    """`(vae, x, steps) -> (mu, logvar)`: the cloud of each image with the highest ELBO."""
    vae, x = _small_model()
    weights = parameters_to_vector(vae.parameters()).detach().clone()
    start = torch.stack(vae.encode(x)).detach()
    taken: list[int] = []
    with register_optimizer_step_post_hook(lambda *_: taken.append(1)):
        given = values(attempt(vae, x, 300), ("mu", "logvar"))
    for part in given:
        expect_shape(attempt, expect_numbers(part, start), start[0], (vae, x, 300))
    found = torch.stack(list(given)).detach()
    if not torch.equal(parameters_to_vector(vae.parameters()), weights):
        raise Wrong("The weights of `vae` have changed; they should stay as they are.")
    for name, now, before in zip(("mu", "logvar"), found, start, strict=True):
        if torch.equal(now, before):
            raise Wrong(f"The `{name}` that comes is the encoder's own: nothing has moved it.")
    if not found.isfinite().all():
        raise Wrong("What comes holds nan or infinity.")

    eps = torch.randn(32, 3, 2)
    eps = torch.cat([eps, -eps])  # in pairs, which steadies the means
    nats = _loss(vae, x, eps)
    best = _lowest(nats, start)
    with torch.no_grad():
        before, reached, possible = (nats(*cloud).mean().item() for cloud in (start, found, best))
    if reached - possible < 0.5 and _distance(found, best) < 1:
        if len(taken) % 300:  # 0 are taken by hand, and twice as many by an optimizer for each part
            raise Wrong(
                f"The clouds are good, but for `steps` = 300 an optimizer took {len(taken)} steps.",
                "`for _ in range(steps)` runs its body `steps` times, with one `optimizer.step()` in it.",
            )
        return "The ELBO of each image rises as far as a cloud can lift it, and the model is as it was."
    others = {
        "the reconstruction is averaged over the pixels, or left out": _loss(vae, x, eps, pixels=1 / 784),
        "z is mu, without noise": _loss(vae, x, 0 * eps[:1]),
        "exp(logvar), the variance, is taken for sigma": _loss(vae, x, eps, spread=2),
    }
    near = [words for words, other in others.items() if _distance(found, _lowest(other, start)) < 0.5]
    sigma, right_sigma = (torch.exp(cloud[1] / 2).mean().item() for cloud in (found, best))
    raise Wrong(
        f"The loss of the three images is {before:.1f} nats with the encoder's clouds, {reached:.1f} with "
        f"yours, and {possible:.1f} can be reached. Your sigmas are {sigma:.2g} on average, the best ones "
        f"{right_sigma:.2g}. {because(near, 'Your clouds lie about where the loss is smallest')}".strip()
    )


def _distance(one: Tensor, other: Tensor) -> float:
    return (one - other).abs().max().item()
