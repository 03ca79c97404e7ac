"""Checks of notebook 02: a draw that lets gradients through, and the estimator that needs none."""

from math import exp

import torch
from torch import Tensor
from torch.distributions import Normal

from vae_helpers.checks._core import (
    Attempt,
    Mistake,
    check,
    compare_samples,
    expect_finite,
    expect_gradients,
    expect_tensor,
    same,
)


def _draws(mu: Tensor, logvar: Tensor) -> dict[str, Tensor]:
    """Codes z as each mistake draws them."""
    sigma, eps, uniform = (logvar / 2).exp(), torch.randn_like(mu), torch.rand_like(mu)
    return {
        "sigma is `exp(logvar / 2)`; yours looks like `exp(logvar)`, which is the variance. Check the 0.5.": (
            mu + sigma**2 * eps
        ),
        "You use `logvar` itself as sigma; sigma is `exp(logvar / 2)`.": mu + logvar * eps,
        "`logvar` belongs inside the exp: sigma is `exp(logvar / 2)`, not `exp(1 / 2)` times `logvar`.": (
            mu + exp(0.5) * logvar * eps
        ),
        "You use `logvar / 2` as sigma; that is log sigma, so take its `exp`.": mu + logvar / 2 * eps,
        "sigma is `exp(logvar / 2)`; yours looks like `exp(logvar / 4)`. Halve or take the root, not both.": (
            mu + sigma**0.5 * eps
        ),
        "sigma is `exp(logvar / 2)`; yours looks like `exp(-logvar / 2)`. Check its sign.": mu + eps / sigma,
        "Your noise has standard deviation 1 whatever `logvar` is: multiply eps by sigma.": mu + eps,
        "The noise is there but `mu` is not: add it.": sigma * eps,
        "`mu` and `logvar` are swapped.": logvar + (mu / 2).exp() * eps,
        "Your noise is uniform between 0 and 1, as from `torch.rand`. Use the normal one, `torch.randn`.": (
            mu + sigma * uniform
        ),
        "Your noise is uniform between -1 and 1. Use the normal one, `torch.randn`.": (
            mu + sigma * (2 * uniform - 1)
        ),
        "Your noise has variance 1 but is uniform. Use the normal one, `torch.randn`.": (
            mu + sigma * 12**0.5 * (uniform - 0.5)
        ),
    }


@check
def reparameterize(attempt: Attempt) -> str:
    """Check `(mu, logvar) -> z`, all `(B, D)`: z ~ N(mu, exp(logvar)), with gradients to both."""
    mu, logvar = torch.full((50, 4), 0.5, requires_grad=True), torch.full((50, 4), 1.0, requires_grad=True)
    z = attempt(mu=mu, logvar=logvar)
    expect_tensor(z, mu.shape)
    expect_finite(z)
    if same(z, attempt(mu=mu, logvar=logvar)):
        if same(z, z[:1, :1].expand_as(z)):
            raise Mistake("There is no noise in z: draw eps with `torch.randn_like(mu)` and add sigma * eps.")
        raise Mistake("Two calls give the same noise. Draw eps inside the function, and set no seed in it.")
    if same(z, z[:1].expand_as(z)):
        raise Mistake("One noise vector is shared by the whole batch. Draw eps of the shape of `mu`, (B, D).")
    if same(z, z[:, :1].expand_as(z)):
        raise Mistake("All latent dimensions share one noise number. Draw eps of the shape of `mu`, (B, D).")

    mu, logvar = ((torch.randn(2000, 3) + centre).requires_grad_() for centre in (2, -5))
    sigma = (logvar / 2).exp()
    z = attempt(mu=mu, logvar=logvar)
    compare_samples(
        (z - mu) / sigma,
        lambda: torch.randn_like(mu),
        lambda: {mistake: (draw - mu) / sigma for mistake, draw in _draws(mu, logvar).items()},
        "(z - mu) / sigma should be standard normal, and yours is not. Compare with "
        "`z = mu + exp(logvar / 2) * eps`, term by term.",
    )

    weight, eps = torch.randn_like(mu), ((z - mu) / sigma).detach()
    expect_gradients(
        (weight * z).sum(),
        (weight * (mu + sigma * eps)).sum(),
        "`.detach()`, `.item()`, numpy, `torch.no_grad()`, `torch.normal(mu, sigma)` and `Normal.sample()` "
        "cut it: compute z from `mu`, `logvar` and eps with plain torch operations.",
        mu=mu,
        logvar=logvar,
    )
    return "z follows N(mu, exp(logvar)), the noise is fresh for every element, and gradients reach both."


def _f(z: Tensor) -> Tensor:
    return (z + 3) ** 2


def _right_estimates(mu: float, sigma: float, n: int) -> Tensor:
    z = mu + sigma * torch.randn(n)
    return _f(z) * (z - mu) / sigma**2


def _wrong_estimates(mu: float, sigma: float, n: int) -> dict[str, Tensor]:
    """Estimates of d/dmu E[f(z)] as each mistake gives them, all `(n,)`."""
    eps, other = torch.randn(2, n)
    z, wide, narrow = mu + sigma * eps, mu + sigma**2 * eps, mu + sigma**0.5 * eps
    score = eps / sigma  # (z - mu) / sigma^2
    right = _f(z) * score
    return {
        "The sign is turned. The derivative for mu is f(z) (z - mu) / sigma^2; the one for z would be its "
        "negative.": -right,
        "You divide by sigma; the score is (z - mu) / sigma^2.": right * sigma,
        "The division by sigma^2 is missing; the score is (z - mu) / sigma^2.": right * sigma**2,
        "You multiply by sigma^2: divide by it, (z - mu) / sigma^2.": right * sigma**4,
        "Brackets are missing: the score is (z - mu) / sigma^2, not z - mu / sigma^2.": (
            _f(z) * (z - mu / sigma**2)
        ),
        "Brackets are missing: f(z) * (z - mu) / sigma^2, not f(z) * z - mu / sigma^2.": (
            _f(z) * z - mu / sigma**2
        ),
        "This is the pathwise gradient, the derivative of f. Take f(z) as it is, times the derivative of "
        "log N(z; mu, sigma).": 2 * (z + 3),
        "f is missing, and this is the score alone: multiply it by f(z).": score,
        "You take the logarithm of f. Only the density has one: f(z) times the score.": _f(z).log() * score,
        "You multiply f(z) by log N(z; mu, sigma); take its derivative for mu.": (
            _f(z) * Normal(mu, sigma).log_prob(z)
        ),
        "This is f(z) alone: multiply it by the score, (z - mu) / sigma^2.": _f(z),
        "f and the score see different samples: draw z once and use it in both.": _f(z) * other / sigma,
        "You write z^2 where f(z) belongs: `f` is an argument, and any function.": z**2 * score,
        "f sees mu; it should see z = mu + sigma * eps.": _f(torch.tensor(mu)) * score,
        "f sees eps; it should see z = mu + sigma * eps.": _f(eps) * score,
        "This is the derivative for sigma; the one for mu is asked.": _f(z) * (eps**2 - 1) / sigma,
        "Your samples are spread by sigma^2; `torch.normal` and `Normal` take sigma.": (
            _f(wide) * (wide - mu) / sigma**2
        ),
        "Your samples are spread by the root of sigma; `torch.normal` and `Normal` take sigma.": (
            _f(narrow) * (narrow - mu) / sigma**2
        ),
    }


@check
def score_function_gradient(attempt: Attempt) -> str:
    """Check `(f, mu, sigma, n) -> (n,)`: n one-sample estimates of d/dmu E[f(z)], z ~ N(mu, sigma^2).

    Each is f(z) (z - mu) / sigma^2: the likelihood-ratio or REINFORCE estimator (Williams 1992).
    """
    mu, sigma, n = 1.0, 3.0, 2000
    estimates = attempt(f=_f, mu=mu, sigma=sigma, n=n)
    if isinstance(estimates, float) or (isinstance(estimates, Tensor) and estimates.numel() == 1):
        raise Mistake(
            "You return one number: the mean is already taken, or only one z was drawn. Return the n "
            "estimates, shape (n,)."
        )
    expect_tensor(estimates, (n,), {(n, 1): "Draw z of shape (n,).", (1, n): "Draw z of shape (n,)."})
    expect_finite(estimates)
    if same(estimates, estimates[:1].expand_as(estimates)):
        raise Mistake("All n estimates are equal. Draw n samples, and return one estimate for each.")
    if same(estimates, attempt(f=_f, mu=mu, sigma=sigma, n=n)):
        raise Mistake(
            "Two calls give the same samples: draw them inside the function, and set no seed in it."
        )
    compare_samples(
        estimates,
        lambda: _right_estimates(mu, sigma, n),
        lambda: _wrong_estimates(mu, sigma, n),
        "The estimates are not distributed as f(z) (z - mu) / sigma^2 with z ~ N(mu, sigma^2). "
        "Check the samples first, then each factor.",
    )
    return "Each estimate is f(z) (z - mu) / sigma^2: right on average, and no derivative of f is needed."
