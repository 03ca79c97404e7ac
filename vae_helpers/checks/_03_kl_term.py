"""Exercises of notebook 03: the KL term by an average over draws, and by its formula."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Normal

from vae_helpers import losses
from vae_helpers.checks._attempt import Case
from vae_helpers.checks._exercise import exercise


def _kl(mu: Tensor, logvar: Tensor) -> Tensor:
    return 0.5 * (mu**2 + torch.exp(logvar) - 1 - logvar).sum(1)


def _half_sum(terms: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """The KL with these terms in the place of mu² + exp(logvar) - 1 - logvar."""
    return lambda mu, logvar: 0.5 * terms(mu, logvar).sum(1)


KL_MISTAKES = {  # of `kl_divergence`, and of the KL in `vae_loss`
    "the factor -1/2 is left out": lambda mu, logvar: -2 * _kl(mu, logvar),
    "the 1 is left out": _half_sum(lambda mu, logvar: mu**2 + logvar.exp() - logvar),
    "the sign of the 1 is turned": _half_sum(lambda mu, logvar: mu**2 + logvar.exp() + 1 - logvar),
    "the sign of logvar is turned": _half_sum(lambda mu, logvar: mu**2 + logvar.exp() - 1 + logvar),
    "the sign of mu² is turned": _half_sum(lambda mu, logvar: -(mu**2) + logvar.exp() - 1 - logvar),
    "mu is not squared": _half_sum(lambda mu, logvar: mu + logvar.exp() - 1 - logvar),
    "the `exp` is left out": _half_sum(lambda mu, logvar: mu**2 + logvar - 1 - logvar),
    "exp(logvar), the variance, is squared": _half_sum(
        lambda mu, logvar: mu**2 + logvar.exp() ** 2 - 1 - logvar
    ),
    "ln sigma stands for ln sigma²": _half_sum(lambda mu, logvar: mu**2 + logvar.exp() - 1 - logvar / 2),
    "sigma stands for sigma²": _half_sum(lambda mu, logvar: mu**2 + (logvar / 2).exp() - 1 - logvar),
    "it is the KL from N(0, I) to q": _half_sum(lambda mu, logvar: (1 + mu**2) / logvar.exp() - 1 + logvar),
}


def _codes() -> list[Case]:
    one, zero = torch.ones(1, 1), torch.zeros(1, 1)
    mu = torch.tensor(
        [[1.5, -0.5, 2.0], [0.3, 1.0, -1.0], [-2.0, 0.4, 0.6], [0.9, -1.2, 0.2], [0.1, 2.5, -0.7]]
    )
    logvar = torch.tensor(
        [[0.5, 1.2, 0.8], [0.4, -1, 0.3], [-0.6, 0.7, -2], [1.1, -0.2, 0.9], [-3, 0.2, -0.5]]
    )
    far = torch.tensor([[-60.0], [60.0]]).repeat(1, 20)
    small = [(zero, zero), (one, zero), (zero, one), (mu[:1, :2], logvar[:1, :2])]
    return [*small, (0 * far, far), (mu, logvar)]


@exercise(
    package=losses.kl_divergence,
    inputs=_codes,
    mistakes=KL_MISTAKES,
    gradients=("mu", "logvar"),
    praise="Nats for each image, summed over the latent dimensions, and gradients reach both.",
    hint="In each dimension it is 1/2 (mu² + sigma² - 1 - ln sigma²), where sigma² is `torch.exp(logvar)` "
    "and ln sigma² is `logvar`. Dimension 1, the latent one, is summed: `.sum(1)`.",
)
def kl_divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, exp(logvar)) || N(0, I)) of each image, in nats, `(B,)`."""
    return _kl(mu, logvar)


def _average(log_q: Tensor, log_p: Tensor) -> Tensor:
    return (log_q - log_p).sum(2).mean(0)


def _normal_draws(mu: Tensor, sigma: Tensor, n: int) -> Tensor:
    return mu + sigma * torch.randn(n, *mu.shape)


def _estimate(average: Callable = _average, draw: Callable = _normal_draws) -> Callable:
    """The estimator that takes this average of ln q(z) and ln p(z), (n, B, D), at these draws."""

    def estimate(mu: Tensor, logvar: Tensor, n: int) -> Tensor:
        sigma = torch.exp(logvar / 2)
        z = draw(mu, sigma, n)
        return average(Normal(mu, sigma).log_prob(z), Normal(0.0, 1.0).log_prob(z))

    return estimate


def _draws() -> list[Case]:
    ones = torch.ones(6000, 3)
    varied = 1 + torch.randn(6000, 5) / 2, torch.randn(6000, 5) / 2 - 1
    return [(2.5 * ones, -ones, 4), (0.1 * ones, -0.2 * ones, 4), (*varied, 12)]


def _in_errors(nats: Tensor, mu: Tensor, logvar: Tensor, n: int) -> Tensor:
    """The distance from the KL, in units of the standard error of an average of n draws, which is known."""
    var = torch.exp(logvar)
    error = (mu**2 * var + (var - 1) ** 2 / 2).sum(1).div(n).sqrt()
    return (nats - _kl(mu, logvar)) / error


@exercise(
    inputs=_draws,
    mistakes={
        "the draws come from p": _estimate(draw=lambda mu, sigma, n: torch.randn(n, *mu.shape)),
        "exp(logvar) is taken for sigma in the draws": (
            _estimate(draw=lambda mu, sigma, n: _normal_draws(mu, sigma**2, n))
        ),
        "eps is uniform between 0 and 1": (
            _estimate(draw=lambda mu, sigma, n: mu + sigma * torch.rand(n, *mu.shape))
        ),
        "all dimensions share one eps": (
            _estimate(draw=lambda mu, sigma, n: mu + sigma * torch.randn(n, len(mu), 1))
        ),
        "the draws are added up": _estimate(lambda log_q, log_p: (log_q - log_p).sum((0, 2))),
        "each number is made positive": _estimate(lambda log_q, log_p: (log_q - log_p).abs().sum(2).mean(0)),
        "each draw is made positive": _estimate(lambda log_q, log_p: (log_q - log_p).sum(2).abs().mean(0)),
        "each average is made positive": _estimate(lambda log_q, log_p: _average(log_q, log_p).abs()),
        "averages below 0 become 0": _estimate(lambda log_q, log_p: _average(log_q, log_p).relu()),
        "densities are subtracted, number by number": _estimate(
            lambda log_q, log_p: _average(log_q.exp(), log_p.exp())
        ),
        "q(z) / p(z) of each draw is averaged": _estimate(
            lambda log_q, log_p: (log_q - log_p).sum(2).exp().mean(0)
        ),
        "q(z) / p(z) of each draw is averaged, and the logarithm comes last": (
            _estimate(lambda log_q, log_p: (log_q - log_p).sum(2).exp().mean(0).log())
        ),
        "ln q(z) is left out": _estimate(lambda log_q, log_p: _average(0 * log_q, log_p)),
        "ln p(z) is left out": _estimate(lambda log_q, log_p: _average(log_q, 0 * log_p)),
        "ln sigma is left out of ln q(z)": (
            lambda mu, logvar, n: _estimate()(mu, logvar, n) + (logvar / 2).sum(1)
        ),
    },
    small=(torch.full((5, 3), 2.5), torch.full((5, 3), -1.0), 4),
    standard=_in_errors,
    means="(estimate - KL) / standard error",
    praise="An average over n draws of q: right on average, with an error that shrinks as 1 / sqrt(n).",
    hint="With `q = Normal(mu, torch.exp(logvar / 2))` and `p = Normal(0.0, 1.0)`, draw `z = "
    "q.sample((n,))`, (n, B, D). Each has a `log_prob(z)`; the dimensions are summed, the draws averaged.",
)
def monte_carlo_kl(mu: Tensor, logvar: Tensor, n: int) -> Tensor:
    """The average of ln q(z) - ln p(z) over n draws z ~ q, in nats for each image, `(B,)`."""
    return _estimate()(mu, logvar, n)
