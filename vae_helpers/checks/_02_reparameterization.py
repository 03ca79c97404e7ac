"""Checks of notebook 02: a draw that lets gradients through, and the estimator that needs none."""

from collections.abc import Callable
from functools import partial
from math import exp, log
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal
from torch.overrides import TorchFunctionMode

from vae_helpers.checks.common import (
    Attempt,
    Mistake,
    check,
    compare_samples,
    expect_finite,
    expect_gradients,
    expect_tensor,
    same,
)
from vae_helpers.checks.result import plain


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
        "Your noise is never negative. Use the normal one, `torch.randn`, as it is.": mu + sigma * eps.abs(),
    }


@check
def reparameterize(attempt: Attempt) -> str:
    """Check `(mu, logvar) -> z`, all `(B, D)`: z ~ N(mu, exp(logvar)), with gradients to both."""
    mu, logvar = torch.full((50, 4), 0.5, requires_grad=True), torch.full((50, 4), 1.0, requires_grad=True)
    z = attempt(mu=mu, logvar=logvar)
    expect_tensor(z, mu.shape)
    expect_finite(z)
    _expect_fresh_noise(z, attempt(mu=mu, logvar=logvar), "eps", "`mu`")

    mu, logvar = ((torch.randn(2000, 3) + centre).requires_grad_() for centre in (2, -5))
    sigma = (logvar / 2).exp()
    z = attempt(mu=mu, logvar=logvar)
    noise = (z - mu) / sigma
    compare_samples(
        noise,
        lambda: torch.randn_like(mu),
        lambda: {mistake: (draw - mu) / sigma for mistake, draw in _draws(mu, logvar).items()},
        f"(z - mu) / sigma should be standard normal, with mean 0 and standard deviation 1; yours has "
        f"{plain(noise.mean().item(), 2)} and {plain(noise.std().item(), 2)}. {_spread_hint(noise, 'eps')}",
    )

    weight, eps = torch.randn_like(mu), noise.detach()
    expect_gradients(
        (weight * z).sum(),
        (weight * (mu + sigma * eps)).sum(),
        "`.detach()`, `.item()`, numpy, `torch.no_grad()`, `torch.normal(mu, sigma)` and `Normal.sample()` "
        "cut it: compute z from `mu`, `logvar` and eps with plain torch operations.",
        mu=mu,
        logvar=logvar,
    )
    return "z follows N(mu, exp(logvar)), the noise is fresh for every element, and gradients reach both."


def _spread_hint(noise: Tensor, name: str) -> str:
    if noise.std() < 0.9:
        return f"Do you average several draws, or scale the noise down? One draw of {name} is asked for."
    if noise.std() > 1.1:
        return f"Do you add several draws, or scale the noise up? One draw of {name} is asked for."
    return f"Where does {name} come from, and what is done with it?"


def _exponential(rate: Tensor) -> Tensor:
    return -torch.log1p(-torch.rand_like(rate)) / rate


@partial(check, ours=_exponential)
def reparameterize_exponential(attempt: Attempt) -> str:
    """Check `(rate) -> z`, both `(B, D)`: z exponential with this rate (mean 1 / rate), gradients to rate.

    Any road is right on which z depends on `rate` by a formula, and its randomness does not: turn a
    uniform u into z by the inverse of the distribution function 1 - exp(-rate z).
    """
    rate = torch.full((50, 4), 2.0, requires_grad=True)
    z = attempt(rate=rate)
    expect_tensor(z, rate.shape)
    _expect_fresh_noise(z, attempt(rate=rate), "u", "`rate`")
    if z.isnan().any():
        raise Mistake(
            "z is nan in places, as the logarithm of something negative is. A uniform u, from `torch.rand`, "
            "lies between 0 and 1; half of what `torch.randn` draws is negative."
        )
    if (z < 0).all():
        raise Mistake("z is negative: the logarithm of a number between 0 and 1 is, so turn its sign.")

    rate = (torch.randn(2000, 3) + 0.7).exp().requires_grad_()
    z = attempt(rate=rate)
    compare_samples(
        z * rate,
        lambda: _exponential(rate) * rate,
        lambda: {mistake: draw * rate for mistake, draw in _exponential_mistakes(rate).items()},
        "rate * z should be exponential with mean 1, whatever the rate; yours has mean "
        f"{plain((z * rate).mean().item(), 2)}, and a share of "
        f"{plain((z * rate > 1).float().mean().item(), 2)} lies above 1, where exp(-1) = 0.37 should. "
        f"{_spread_hint(z * rate, 'u')}",
    )
    weight = torch.randn_like(rate)
    expect_gradients(
        (weight * z).sum(),
        (weight * (z * rate).detach() / rate).sum(),
        "`.detach()`, `.item()`, numpy, `torch.no_grad()` and a `sample()` cut it: draw u, which knows "
        "nothing of `rate`, and compute z from the two with torch's operations.",
        rate=rate,
    )
    praise = (
        "z is exponential with the rate asked for, fresh for every element, and gradients reach the rate."
    )
    with _UnluckyDraw():
        if attempt(rate=torch.ones(2, 2)).isfinite().all():
            return praise
    return (
        f"{praise} One remark: `torch.rand` gives exactly 0 once in 17 million draws, and its logarithm is "
        "infinite. 1 - u is as uniform as u, and never 0."
    )


class _UnluckyDraw(TorchFunctionMode):
    """Whatever is drawn uniformly inside holds a 0, the smallest number that `torch.rand` can give."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        drawn = func(*args, **(kwargs or {}))
        if getattr(func, "__name__", "") in ("rand", "rand_like", "uniform_") and drawn.numel():
            drawn.detach()[(0,) * drawn.ndim] = 0
        return drawn


def _exponential_mistakes(rate: Tensor) -> dict[str, Tensor]:
    """Values of z as each mistake draws them."""
    u, eps, right = torch.rand_like(rate), torch.randn_like(rate), _exponential(rate)
    return {
        "You multiply by the rate: a high rate means a short wait, so divide.": right * rate**2,
        "You divide by the rate twice.": right / rate,
        "The rate has no say: every z has mean 1. Its mean should be 1 / rate.": right * rate,
        "You take the root of the rate: z is proportional to 1 / rate.": right * rate.sqrt(),
        "You add the rate: it stretches z and does not move it.": right * rate + rate,
        "This is u / rate, which ends at 1 / rate; an exponential has no end. Take a logarithm of u.": u
        / rate,
        "Your noise is normal, as from `torch.randn`. Begin with a uniform u, from `torch.rand`.": (
            1 / rate + eps / rate
        ),
        "Your noise is the size of a normal number. Begin with a uniform u, from `torch.rand`.": eps.abs()
        / rate,
        "You take the logarithm of a normal number: u is uniform between 0 and 1, from `torch.rand`.": (
            -eps.abs().log() / rate
        ),
        "This is a logarithm of base 2: the natural one belongs to exp.": right / log(2),
        "This is a logarithm of base 10: the natural one belongs to exp.": right / log(10),
        "You put u in the place of z. z solves u = 1 - exp(-rate z): solve for z.": (-rate * u).exp(),
        "This is the density at u. z solves u = 1 - exp(-rate z): solve for z.": rate * (-rate * u).exp(),
        "This is the distribution function at u. z solves u = 1 - exp(-rate z): solve for z.": (
            1 - (-rate * u).exp()
        ),
        "The sign is turned: the logarithm of a number between 0 and 1 is negative.": -right,
        "This is exp(-u) / rate: exp undoes a logarithm, and a logarithm is what undoes exp.": (-u).exp()
        / rate,
    }


def _expect_fresh_noise(z: Tensor, again: Tensor, noise: str, like: str) -> None:
    """Accept one number of noise per element and call."""
    if same(z, again):
        if same(z, z[:1, :1].expand_as(z)):
            raise Mistake(f"There is no noise in z: draw {noise} of the shape of {like} inside the function.")
        raise Mistake(
            f"Two calls give the same noise. Draw {noise} inside the function, and set no seed in it."
        )
    if same(z, z[:1].expand_as(z)):
        raise Mistake(
            f"One noise vector is shared by the whole batch. Draw {noise} of the shape of {like}, (B, D)."
        )
    if same(z, z[:, :1].expand_as(z)):
        raise Mistake(
            f"All latent dimensions share one noise number. Draw {noise} of the shape of {like}, (B, D)."
        )


def _f(z: Tensor) -> Tensor:
    return (z + 3) ** 2


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
        "The derivative went through f, since z moves along with mu. Draw z with `sample`, or detach it: "
        "only log q depends on mu.": 2 * (z + 3) * Normal(mu, sigma).log_prob(z),
        "You divide each estimate by n: they are averaged later.": right / n,
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


def _estimates(f: Callable[[Tensor], Tensor], mu: float, sigma: float, n: int) -> Tensor:
    z = mu + sigma * torch.randn(n)
    return f(z) * (z - mu) / sigma**2


@partial(check, ours=_estimates)
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
    if not estimates.any():
        raise Mistake(
            "All your estimates are 0. If z came from `rsample`, or from mu + sigma * eps, it moves along "
            "with mu, and log q(z) does not change: its two slopes cancel. Draw z with `sample`, or detach "
            "it."
        )
    if same(estimates, estimates[:1].expand_as(estimates)):
        raise Mistake("All n estimates are equal. Draw n samples, and return one estimate for each.")
    if same(estimates, attempt(f=_f, mu=mu, sigma=sigma, n=n)):
        raise Mistake(
            "Two calls give the same samples: draw them inside the function, and set no seed in it."
        )
    compare_samples(
        estimates,
        lambda: _estimates(_f, mu, sigma, n),
        lambda: _wrong_estimates(mu, sigma, n),
        _describe_estimates(estimates, mu, sigma),
    )
    return "Each estimate is f(z) (z - mu) / sigma^2: right on average, and no derivative of f is needed."


def _describe_estimates(estimates: Tensor, mu: float, sigma: float) -> str:
    """How far the estimates are from the right ones, in mean and spread."""
    m = mu + 3  # f(z) = (z + 3)^2 is z^2 moved by 3, whose variance notebook 02 derives
    right_spread = (m**4 / sigma**2 + 14 * m**2 + 15 * sigma**2) ** 0.5
    mean, spread = estimates.mean().item(), estimates.std().item()
    begin = (
        "The estimates are not distributed as they should. With the check's f their mean is "
        f"{plain(mean, 3)} (the true derivative: {plain(2 * m, 3)}), their standard deviation "
        f"{plain(spread, 3)} (asked: about {plain(right_spread, 2)})."
    )
    if abs(mean - 2 * m) < 3:
        return f"{begin} Do you average several draws for each, or subtract a baseline? Neither is asked for."
    return f"{begin} Check the draws of z first, then each factor."
