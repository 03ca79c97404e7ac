"""Exercise of notebook 12: the estimator that needs no derivative of the loss."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Normal

from vae_helpers.checks._exercise import exercise


def _square(z: Tensor) -> Tensor:
    return (z + 3) ** 2


def _wave(z: Tensor) -> Tensor:
    return 2 + torch.sin(2 * z)


def _estimate(score: Callable, spread: float = 1) -> Callable:
    """What is made of f, z, mu and sigma, where z has a spread of sigma, or a power of it."""
    return lambda f, mu, sigma, n: score(f, mu + sigma**spread * torch.randn(n), mu, sigma)


def _right(f: Callable, z: Tensor, mu: float, sigma: float) -> Tensor:
    return f(z) * (z - mu) / sigma**2


def _slope(f: Callable, z: Tensor) -> Tensor:
    z = z.detach().requires_grad_()
    return torch.autograd.grad(f(z).sum(), z)[0]


def _log_density(z: Tensor, mu: float, sigma: float) -> Tensor:
    return Normal(mu, sigma).log_prob(z)


@exercise(
    inputs=lambda: [(_square, 1.0, 3.0, 6000), (_wave, -0.5, 0.7, 6000)],
    mistakes={
        "sigma divides, not sigma²": _estimate(lambda f, z, mu, sigma: f(z) * (z - mu) / sigma),
        "nothing divides": _estimate(lambda f, z, mu, sigma: f(z) * (z - mu)),
        "brackets are missing in z - mu / sigma²": _estimate(
            lambda f, z, mu, sigma: f(z) * (z - mu / sigma**2)
        ),
        "the slope of f is taken": _estimate(lambda f, z, mu, sigma: _slope(f, z)),
        "f is left out": _estimate(lambda f, z, mu, sigma: (z - mu) / sigma**2),
        "the slope of ln q is left out": _estimate(lambda f, z, mu, sigma: f(z)),
        "ln q stands for its slope": _estimate(lambda f, z, mu, sigma: f(z) * _log_density(z, mu, sigma)),
        "ln q stands for its slope, and the slope of f for f": (
            _estimate(lambda f, z, mu, sigma: _slope(f, z) * _log_density(z, mu, sigma))
        ),
        "the slope of ln q is that for sigma": (
            _estimate(lambda f, z, mu, sigma: f(z) * ((z - mu) ** 2 / sigma**2 - 1) / sigma)
        ),
        "f and the slope get draws of their own": (
            _estimate(lambda f, z, mu, sigma: f(z) * torch.randn_like(z) / sigma)
        ),
        "f gets eps": _estimate(lambda f, z, mu, sigma: f((z - mu) / sigma) * (z - mu) / sigma**2),
        "the draws have a spread of sigma²": _estimate(_right, spread=2),
        "each estimate is divided by n": _estimate(lambda f, z, mu, sigma: _right(f, z, mu, sigma) / len(z)),
    },
    small=(_square, 1.0, 3.0, 5),
    standard=lambda estimates, *_: estimates,
    means="what comes",
    praise="Each is f(z) times the slope of ln q: right on average, and no derivative of f is needed.",
    hint="Draw `z = mu + sigma * torch.randn(n)`. The logarithm of the normal density holds "
    "-(z - mu)² / (2 sigma²): differentiate it for mu, not for z, and multiply f(z) by that.",
)
def score_function_gradient(f: Callable, mu: float, sigma: float, n: int) -> Tensor:
    """Estimate d/dmu E[f(z)], z ~ N(mu, sigma²), n times from one draw each: `(n,)` (Williams 1992)."""
    return _estimate(_right)(f, mu, sigma, n)
