"""Answers to notebook 02: draws, and gradients through and around them."""

import math

import numpy as np
import torch
from solutions import my_reparameterize, my_reparameterize_exponential, my_score_function_gradient
from torch.distributions import Exponential, Normal

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


def left_in(mu, logvar):
    sigma = torch.exp(logvar / 2)
    z = mu + sigma * torch.randn_like(mu)
    raise NotImplementedError
    return z


def score_along_the_path(f, mu, sigma, n, detach=True):
    """f times the slope of log q for mu, with a z that moves along with mu."""
    means = torch.full((n,), mu, requires_grad=True)
    q = Normal(means, sigma)
    z = q.rsample()
    return torch.autograd.grad(((f(z).detach() if detach else f(z)) * q.log_prob(z)).sum(), means)[0]


def score_of_a_moving_draw(f, mu, sigma, n):
    means = torch.full((n,), mu, requires_grad=True)
    z = means + sigma * torch.randn(n)
    log_q = -((z - means) ** 2) / (2 * sigma**2)
    return f(z.detach()) * torch.autograd.grad(log_q.sum(), means)[0]


def gradient_of_a_number(f, mu, sigma, n):
    z = torch.normal(mu, sigma, (n,))
    f(z).sum().backward()
    return mu.grad


def exponential_by_loop(rate):
    z = torch.empty(rate.shape)
    for i in range(len(rate)):
        for j in range(rate.shape[1]):
            z[i, j] = -math.log(1 - torch.rand(()).item()) / rate[i, j]
    return z


def exponential(u):
    """An answer from its uniform numbers, which are never 0."""
    return lambda rate: -torch.log(1 - u(rate)) / rate


MU, SIGMA = 1.5, 0.5


def running_mean(estimates):
    return estimates.cumsum(0) / torch.arange(1, len(estimates) + 1)


def with_baseline(f, mu, sigma, z):
    return (f(z) - f(z).mean()) * (z - mu) / sigma**2


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
        lambda mu, logvar: mu + sigma(logvar) * torch.randn_like(mu).double(),
        lambda mu, logvar: mu + sigma(logvar) * torch.from_numpy(np.random.randn(*mu.shape)),  # noqa: NPY002
    ],
    "score_function_gradient": [
        my_score_function_gradient,
        score_by_autograd,
        score_by_loop,
        lambda f, mu, sigma, n: (lambda eps: f(mu - sigma * eps) * -eps / sigma)(torch.randn(n)),
        lambda f, mu, sigma, n: (lambda z: f(z).mul(z.sub(mu).div(sigma).div(sigma)))(
            Normal(mu, sigma).sample((n,))
        ),
        lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, n).double(),
    ],
    "reparameterize_exponential": [
        my_reparameterize_exponential,
        exponential(torch.rand_like),
        exponential(lambda rate: 1 - torch.rand(rate.shape)),
        exponential_by_loop,
        lambda rate: Exponential(rate).rsample(),
        lambda rate: torch.empty_like(rate).exponential_() / rate,
        lambda rate: (torch.randn(2, *rate.shape).square().sum(0) / 2 / rate).double(),
        lambda rate: torch.from_numpy(np.random.exponential(size=rate.shape)) / rate,  # noqa: NPY002
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
        ("shape", lambda mu, logvar: my_reparameterize(mu, logvar).sum(1)),
        ("several draws", lambda mu, logvar: mu + sigma(logvar) * torch.randn(9, *mu.shape).mean(0)),
        ("several draws", lambda mu, logvar: mu + sigma(logvar) * torch.randn(9, *mu.shape).sum(0)),
        ("never negative", lambda mu, logvar: mu + sigma(logvar) * torch.randn_like(mu).abs()),
        ("B is a size in the text", lambda mu, logvar: mu + sigma(logvar) * torch.randn(B, D)),  # noqa: F821
        ("`torch.randn_like(t)`", lambda mu, logvar: mu + sigma(logvar) * torch.randn(mu)),
        ("takes the tensor itself", lambda mu, logvar: mu + sigma(logvar) * torch.randn_like(mu.shape)),
        ("parentheses are missing", lambda mu, logvar: mu + 0.5 * logvar.exp * torch.randn_like(mu)),
        ("spelled otherwise", lambda mu, logvar: mu + sigma(log_var) * torch.randn_like(mu)),  # noqa: F821
        ("spelled as in", lambda mu, logvar: mu + sigma(logvar) * torch.randn_lke(mu)),
        ("still stands below", left_in),
        ("keep the first line of the stub", lambda mu: mu),
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
        ("same whatever `n` is", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, 1000)),
        ("two slopes cancel", score_along_the_path),
        ("two slopes cancel", score_of_a_moving_draw),
        ("went through f", lambda f, mu, sigma, n: score_along_the_path(f, mu, sigma, n, detach=False)),
        ("a plain number, which has no gradient", gradient_of_a_number),
        ("A Python number has no gradient", lambda f, mu, sigma, n: mu.grad),
        (
            "same whatever `mu` and `sigma` are",
            lambda f, mu, sigma, n: my_score_function_gradient(f, MU, SIGMA, n),
        ),
        ("same whatever `sigma` is", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, SIGMA, n)),
        (
            "several draws for each",
            lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, 10 * n).view(10, n).mean(0),
        ),
        (
            "several draws for each",
            lambda f, mu, sigma, n: running_mean(my_score_function_gradient(f, mu, sigma, n)),
        ),
        ("each estimate by n", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, n) / n),
        (
            "subtract a baseline",
            lambda f, mu, sigma, n: with_baseline(f, mu, sigma, mu + sigma * torch.randn(n)),
        ),
        (
            "`torch.stack` makes one",
            lambda f, mu, sigma, n: list(my_score_function_gradient(f, mu, sigma, n)),
        ),
    ],
    "reparameterize_exponential": [
        ("u in the place of z", lambda rate: torch.exp(-rate * torch.rand_like(rate))),
        ("multiply by the rate", lambda rate: -torch.log(1 - torch.rand_like(rate)) * rate),
        ("every z has mean 1", lambda rate: -torch.log(1 - torch.rand_like(rate)) + 0 * rate),
        ("rate twice", lambda rate: my_reparameterize_exponential(rate) / rate),
        ("root of the rate", lambda rate: -torch.log(1 - torch.rand_like(rate)) / rate.sqrt()),
        ("turn its sign", lambda rate: torch.log(1 - torch.rand_like(rate)) / rate),
        ("has no end", lambda rate: torch.rand_like(rate) / rate),
        ("z is nan in places", lambda rate: -torch.log(torch.randn_like(rate)) / rate),
        ("noise is normal", lambda rate: (1 + torch.randn_like(rate)) / rate),
        ("size of a normal", lambda rate: torch.randn_like(rate).abs() / rate),
        ("logarithm of a normal", lambda rate: -torch.log(torch.randn_like(rate).abs()) / rate),
        ("base 2", lambda rate: -torch.log2(1 - torch.rand_like(rate)) / rate),
        ("base 10", lambda rate: -torch.log10(1 - torch.rand_like(rate)) / rate),
        ("density at u", lambda rate: rate * torch.exp(-rate * torch.rand_like(rate))),
        ("distribution function at u", lambda rate: 1 - torch.exp(-rate * torch.rand_like(rate))),
        ("exp undoes", lambda rate: torch.exp(-torch.rand_like(rate)) / rate),
        ("add the rate", lambda rate: rate - torch.log(1 - torch.rand_like(rate))),
        ("several draws", lambda rate: -torch.log(1 - torch.rand(9, *rate.shape)).mean(0) / rate),
        ("no noise", lambda rate: 1 / rate),
        ("shared by the whole batch", exponential(lambda rate: torch.rand(rate.shape[1]))),
        ("shared by the whole batch", exponential(lambda rate: torch.rand(()))),
        ("share one noise number", exponential(lambda rate: torch.rand(len(rate), 1))),
        ("set no seed", seeded(my_reparameterize_exponential)),
        ("No gradient reaches `rate`", lambda rate: Exponential(rate).sample()),
        ("No gradient reaches `rate`", torch.no_grad()(my_reparameterize_exponential)),
        ("No gradient reaches `rate`", lambda rate: my_reparameterize_exponential(rate).detach()),
        ("numpy cuts", lambda rate: np.random.exponential(1 / rate)),  # noqa: NPY002
        ("with mean 1, whatever the rate", lambda rate: my_reparameterize_exponential(rate) ** 2),
    ],
}
