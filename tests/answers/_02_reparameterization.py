"""Answers to notebook 02: draws, and gradients through and around them."""

import math

import numpy as np
import torch
from solutions import my_reparameterize, my_score_function_gradient
from torch.distributions import Normal

from vae_helpers import reparameterize


def sigma(logvar):
    return torch.exp(logvar / 2)


def score_by_autograd(f, mu, sigma, n):
    means = torch.full((n,), mu, requires_grad=True)
    z = Normal(means, sigma).sample()
    (score,) = torch.autograd.grad(Normal(means, sigma).log_prob(z).sum(), means)
    return f(z) * score


def score_by_loop(f, mu, sigma, n):
    estimates = []
    for _ in range(n):
        z = torch.normal(mu, sigma, (1,))
        estimates.append(f(z) * (z - mu) / sigma**2)
    return torch.cat(estimates)


def seeded(function):
    """The same function with a seed set inside, so that its noise never changes."""

    def answer(*given):
        torch.manual_seed(0)
        return function(*given)

    return answer


def moved_in_place(mu, logvar):
    mu += sigma(logvar) * torch.randn_like(mu)
    return mu


def pathwise(f, z):
    return torch.autograd.grad(f(z.requires_grad_()).sum(), z)[0]


def times_log_density(f, density, n):
    z = density.sample((n,))
    return f(z) * density.log_prob(z)


def score_at(f, mu, sigma, z):
    return f(z) * (z - mu) / sigma**2


def score_for_sigma(f, mu, sigma, eps):
    return f(mu + sigma * eps) * (eps**2 - 1) / sigma


RIGHT = {
    "reparameterize": [
        my_reparameterize,
        reparameterize,
        lambda mu, logvar: mu - torch.sqrt(torch.exp(logvar)) * torch.randn(mu.shape),
        lambda mu, logvar: Normal(mu, (0.5 * logvar).exp()).rsample(),
        lambda mu, logvar: torch.addcmul(mu, logvar.exp() ** 0.5, mu.new_empty(mu.shape).normal_()),
        lambda mu, logvar: (mu.double() + sigma(logvar.double()) * torch.randn_like(mu).double()).float(),
        lambda mu, logvar: mu + sigma(logvar) * torch.tensor(np.random.randn(*mu.shape)).float(),  # noqa: NPY002
        lambda mu, logvar: torch.stack(
            [m + sigma(v) * torch.randn(len(m)) for m, v in zip(mu, logvar, strict=True)]
        ),
        lambda mu, logvar: mu + torch.einsum("bd,bd->bd", sigma(logvar), torch.randn_like(logvar)),
    ],
    "score_function_gradient": [
        my_score_function_gradient,
        score_by_autograd,
        score_by_loop,
        lambda f, mu, sigma, n: (lambda eps: f(mu - sigma * eps) * -eps / sigma)(torch.randn(n)),
        lambda f, mu, sigma, n: (lambda z: f(z).mul(z.sub(mu).div(sigma).div(sigma)))(
            Normal(mu, sigma).sample((n,))
        ),
    ],
}


WRONG = {
    "reparameterize": [
        ("0.5", lambda mu, logvar: mu + logvar.exp() * torch.randn_like(mu)),
        ("inside the exp", lambda mu, logvar: mu + math.exp(0.5) * logvar * torch.randn_like(mu)),
        ("use `torch.exp`", lambda mu, logvar: mu + math.exp(logvar / 2) * torch.randn_like(mu)),
        ("`logvar` itself as sigma", lambda mu, logvar: mu + logvar * torch.randn_like(mu)),
        ("log sigma", lambda mu, logvar: mu + 0.5 * logvar * torch.randn_like(mu)),
        ("exp(logvar / 4)", lambda mu, logvar: mu + sigma(logvar).sqrt() * torch.randn_like(mu)),
        ("sign", lambda mu, logvar: mu + sigma(-logvar) * torch.randn_like(mu)),
        ("multiply eps by sigma", lambda mu, logvar: mu + torch.randn_like(mu)),
        ("`mu` is not", lambda mu, logvar: sigma(logvar) * torch.randn_like(mu)),
        ("swapped", lambda mu, logvar: logvar + sigma(mu) * torch.randn_like(mu)),
        ("uniform between 0 and 1", lambda mu, logvar: mu + sigma(logvar) * torch.rand_like(mu)),
        ("uniform between -1 and 1", lambda mu, logvar: mu + sigma(logvar) * (2 * torch.rand_like(mu) - 1)),
        ("is uniform", lambda mu, logvar: mu + sigma(logvar) * 12**0.5 * (torch.rand_like(mu) - 0.5)),
        ("standard normal", lambda mu, logvar: mu + sigma(logvar) * torch.randn_like(mu).sign()),
        ("shared by the whole batch", lambda mu, logvar: mu + sigma(logvar) * torch.randn(mu.shape[1])),
        ("shared by the whole batch", lambda mu, logvar: mu + sigma(logvar) * torch.randn(())),
        ("share one noise number", lambda mu, logvar: mu + sigma(logvar) * torch.randn(len(mu), 1)),
        ("set no seed", seeded(my_reparameterize)),
        ("no noise", lambda mu, logvar: mu + sigma(logvar)),
        ("no noise", lambda mu, logvar: mu),
        ("reaches `mu` or `logvar`", lambda mu, logvar: torch.normal(mu, sigma(logvar))),
        ("reaches `mu` or `logvar`", lambda mu, logvar: Normal(mu, sigma(logvar)).sample()),
        ("reaches `mu` or `logvar`", torch.no_grad()(my_reparameterize)),
        ("reaches `logvar`.", lambda mu, logvar: mu + sigma(logvar).detach() * torch.randn_like(mu)),
        ("reaches `mu`.", lambda mu, logvar: mu.detach() + sigma(logvar) * torch.randn_like(mu)),
        (
            "part of the gradient for `logvar`",
            lambda mu, logvar: mu + logvar.exp() / sigma(logvar).detach() * torch.randn_like(mu),
        ),
        (
            "reaches `logvar`.",
            lambda mu, logvar: (
                mu + torch.from_numpy(np.exp(logvar.detach().numpy() / 2)) * torch.randn_like(mu)
            ),
        ),
        (
            "numpy cuts",
            lambda mu, logvar: mu + torch.from_numpy(np.exp(logvar.numpy() / 2)) * torch.randn_like(mu),
        ),
        ("takes sigma", lambda mu, logvar: torch.normal(mu, logvar - 1.5)),
        ("takes sigma", lambda mu, logvar: Normal(mu, logvar - 1.5).rsample()),
        ("nan", lambda mu, logvar: mu + (logvar - 2).sqrt() * torch.randn_like(mu)),
        ("changes its input `mu`", moved_in_place),
        ("float64", lambda mu, logvar: mu + sigma(logvar) * torch.randn_like(mu).double()),
        ("shape", lambda mu, logvar: my_reparameterize(mu, logvar).sum(1)),
    ],
    "score_function_gradient": [
        ("sign is turned", lambda f, mu, sigma, n: -my_score_function_gradient(f, mu, sigma, n)),
        ("for z", lambda f, mu, sigma, n: -my_score_function_gradient(f, mu, sigma, n)),
        ("divide by sigma;", lambda f, mu, sigma, n: sigma * my_score_function_gradient(f, mu, sigma, n)),
        (
            "sigma^2 is missing",
            lambda f, mu, sigma, n: sigma**2 * my_score_function_gradient(f, mu, sigma, n),
        ),
        ("already taken", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, n).mean()),
        ("already taken", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, n).mean().item()),
        ("only one z was drawn", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, 1)),
        (
            "all n estimates are equal",
            lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, 1).expand(n),
        ),
        ("pathwise", lambda f, mu, sigma, n: pathwise(f, mu + sigma * torch.randn(n))),
        ("f is missing", lambda f, mu, sigma, n: torch.randn(n) / sigma),
        (
            "logarithm of f",
            lambda f, mu, sigma, n: my_score_function_gradient(lambda z: f(z).log(), mu, sigma, n),
        ),
        ("take its derivative", lambda f, mu, sigma, n: times_log_density(f, Normal(mu, sigma), n)),
        (
            "different samples",
            lambda f, mu, sigma, n: f(mu + sigma * torch.randn(n)) * torch.randn(n) / sigma,
        ),
        ("f(z) alone", lambda f, mu, sigma, n: f(mu + sigma * torch.randn(n))),
        ("z^2 where f(z)", lambda f, mu, sigma, n: my_score_function_gradient(torch.square, mu, sigma, n)),
        ("f sees mu", lambda f, mu, sigma, n: f(torch.tensor(mu)) * torch.randn(n) / sigma),
        (
            "multiply by sigma^2",
            lambda f, mu, sigma, n: sigma**4 * my_score_function_gradient(f, mu, sigma, n),
        ),
        (
            "brackets",
            lambda f, mu, sigma, n: (lambda z: f(z) * (z - mu / sigma**2))(mu + sigma * torch.randn(n)),
        ),
        (
            "brackets",
            lambda f, mu, sigma, n: (lambda z: f(z) * z - mu / sigma**2)(mu + sigma * torch.randn(n)),
        ),
        ("q.sample((n,))", lambda f, mu, sigma, n: score_at(f, mu, sigma, Normal(mu, sigma).sample(n))),
        ("f sees eps", lambda f, mu, sigma, n: (lambda eps: f(eps) * eps / sigma)(torch.randn(n))),
        ("spread by sigma^2", lambda f, mu, sigma, n: score_at(f, mu, sigma, mu + sigma**2 * torch.randn(n))),
        ("root of sigma", lambda f, mu, sigma, n: score_at(f, mu, sigma, mu + sigma**0.5 * torch.randn(n))),
        ("derivative for sigma", lambda f, mu, sigma, n: score_for_sigma(f, mu, sigma, torch.randn(n))),
        ("not distributed", lambda f, mu, sigma, n: score_at(f, mu, sigma, mu + sigma * torch.rand(n))),
        ("set no seed", seeded(my_score_function_gradient)),
        ("shape (n,)", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, n)[:, None]),
        ("asked for here", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, 1000)),
    ],
}
