"""Answers to notebook 08."""

import math

import torch
import torch.nn.functional as F

from vae_helpers import kl_divergence, reconstruction_loss, reparameterize


def my_prior_gain(z, log_prior):
    return log_prior - torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)


def gain_by_matrix(z, log_prior):
    normal = torch.distributions.MultivariateNormal(torch.zeros(z.shape[1]), torch.eye(z.shape[1]))
    return log_prior - normal.log_prob(z)


def my_optimise_code(vae, x, steps):
    mu, logvar = (part.detach().clone().requires_grad_() for part in vae.encode(x))
    optimizer = torch.optim.Adam([mu, logvar], lr=0.05)
    for _ in range(steps):
        z = mu + torch.exp(logvar / 2) * torch.randn_like(mu)
        pixels = F.binary_cross_entropy_with_logits(vae.decode_logits(z), x, reduction="sum")
        kl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum()
        optimizer.zero_grad()
        (pixels + kl).backward()
        optimizer.step()
    return mu.detach(), logvar.detach()


def search(
    loss=lambda pixels, kl: (pixels + kl).mean(),
    draw=reparameterize,
    start=lambda vae, x: vae.encode(x),
    learns=lambda vae, mu, logvar: [mu, logvar],
    lr=0.05,
    returns=lambda mu, logvar: (mu, logvar),
):
    """A search for the best cloud, right unless something is put in the place of one of its parts."""

    def answer(vae, x, steps):
        mu, logvar = (part.detach().clone().requires_grad_() for part in start(vae, x))
        optimizer = torch.optim.Adam(learns(vae, mu, logvar), lr=lr)
        for _ in range(steps):
            pixels = reconstruction_loss(vae.decode_logits(draw(mu, logvar)), x)
            optimizer.zero_grad()
            loss(pixels, kl_divergence(mu, logvar)).backward()
            optimizer.step()
        return returns(mu, logvar)

    return answer


def with_two_optimizers(vae, x, steps):
    mu, logvar = (part.detach().clone().requires_grad_() for part in vae.encode(x))
    optimizers = [torch.optim.Adam([part], lr=0.05) for part in (mu, logvar)]
    for _ in range(steps):
        pixels = reconstruction_loss(vae.decode_logits(reparameterize(mu, logvar)), x)
        mu.grad = logvar.grad = None
        (pixels + kl_divergence(mu, logvar)).sum().backward()
        for optimizer in optimizers:
            optimizer.step()
    return mu, logvar


def descent_by_hand(vae, x, steps):
    """Without an optimizer, on a model whose weights ask for no gradient."""
    mu, logvar = vae.requires_grad_(False).encode(x)
    for _ in range(steps):
        mu, logvar = mu.detach().requires_grad_(), logvar.detach().requires_grad_()
        pixels = reconstruction_loss(vae.decode_logits(reparameterize(mu, logvar)), x)
        slopes = torch.autograd.grad((pixels + kl_divergence(mu, logvar)).sum(), [mu, logvar])
        mu, logvar = mu - 0.02 * slopes[0], logvar - 0.02 * slopes[1]
    return mu, logvar


def briefly(answer):
    """In three steps, where the check stops before it looks how good the clouds are."""
    return lambda vae, x, steps: answer(vae, x, 3)


RIGHT = {
    "prior_gain": [
        my_prior_gain,
        gain_by_matrix,
        lambda z, log_prior: log_prior + (z**2 / 2).sum(1) + z.shape[1] * math.log(math.sqrt(2 * math.pi)),
    ],
    "optimise_code": [
        my_optimise_code,
        with_two_optimizers,
        search(start=lambda vae, x: torch.zeros(2, len(x), vae.latent_dim)),
        descent_by_hand,
    ],
}
WRONG = {
    "prior_gain": [
        ("[0]; right is [-1.162]", lambda *case: my_prior_gain(*case).clamp(min=0)),
        ("if the sign is turned", lambda z, log_prior: -my_prior_gain(z, log_prior)),
        ("(4,) is asked for", lambda z, log_prior: my_prior_gain(z, log_prior).mean()),
        (
            "The size of tensor a (4)",
            lambda z, log_prior: log_prior - torch.distributions.Normal(0.0, 1.0).log_prob(z),
        ),
    ],
    "optimise_code": [
        ("The `mu` that comes is the encoder's own", lambda vae, x, steps: vae.encode(x)),
        ("The `logvar` that comes is", briefly(search(learns=lambda vae, mu, logvar: [mu]))),
        ("nan or infinity", briefly(search(returns=lambda mu, logvar: (mu, logvar / 0)))),
        ("weights of `vae` have changed", briefly(search(learns=lambda vae, mu, logvar: vae.parameters()))),
        ("Your sigmas are 0.0", search(loss=lambda pixels, kl: pixels.mean())),
        ("averaged over the pixels, or left out", search(loss=lambda pixels, kl: (pixels / 784 + kl).mean())),
        ("if z is mu, without noise", search(draw=lambda mu, logvar: mu)),
        ("if exp(logvar), the variance", search(draw=lambda mu, logvar: reparameterize(mu, 2 * logvar))),
        ("with the encoder's clouds", search(lr=1e-3)),
        ("an optimizer took 299 steps", lambda vae, x, steps: search()(vae, x, steps - 1)),
        ("an optimizer took 400 steps", lambda vae, x, steps: search()(vae, x, 400)),
        (
            "(2,); (3, 2) is asked for",
            briefly(search(returns=lambda mu, logvar: (mu.mean(0), logvar.mean(0)))),
        ),
        ("(3,); (3, 2) is asked for", briefly(search(returns=lambda mu, logvar: (mu, logvar.mean(1))))),
        ("asked for are mu, logvar", briefly(search(returns=reparameterize))),
        (
            "ValueError: can't optimize a non-leaf Tensor",
            lambda vae, x, steps: torch.optim.Adam([*vae.encode(x)]),
        ),
    ],
}
SLIPS = {
    "prior_gain": {
        "ln p(z) under N(0, I) is left out": lambda z, log_prior: log_prior,
        "ln(2 pi) / 2 is left out": lambda z, log_prior: log_prior + (z * z).sum(1) / 2,
        "ln(2 pi) / 2 is there once, not for each dimension": lambda z, log_prior: (
            log_prior + z.norm(dim=1) ** 2 / 2 + math.log(2 * math.pi) / 2
        ),
        "ln p(z) under N(0, I) is added": lambda z, log_prior: (
            log_prior + torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)
        ),
        "z² is not halved": lambda z, log_prior: log_prior + (z**2 + math.log(2 * math.pi) / 2).sum(1),
        "the dimensions are averaged": lambda z, log_prior: (
            log_prior - torch.distributions.Normal(0.0, 1.0).log_prob(z).mean(1)
        ),
    },
}
