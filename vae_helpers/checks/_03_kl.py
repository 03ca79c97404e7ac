"""Checks of notebook 03: the KL term in closed form and by Monte Carlo."""

from math import log, pi

import torch
from torch import Tensor
from torch.distributions import Normal

from vae_helpers import losses
from vae_helpers.checks._core import (
    Attempt,
    Mistake,
    check,
    compare,
    compare_samples,
    expect_finite,
    expect_gradients,
    expect_tensor,
    same,
)


def closed_forms(mu: Tensor, logvar: Tensor) -> dict[str, Tensor]:
    """The KL of each image as each mistake gives it, `(B,)`."""
    right, dims, square, var = losses.kl_divergence(mu, logvar), mu.shape[1], mu**2, logvar.exp()

    def halved(terms: Tensor) -> Tensor:
        return 0.5 * terms.sum(1)

    return {
        "Twice the right number: the factor 1/2 is missing.": 2 * right,
        "Half the right number: the factor 1/2 is there twice.": right / 2,
        "The sign is turned: a KL divergence is never negative.": -right,
        "The sign is turned and the factor 1/2 is missing.": -2 * right,
        "You average over the latent dimensions: sum them, or the KL counts D times too little.": (
            right / dims
        ),
        "You average over the latent dimensions, and the factor 1/2 is missing.": 2 * right / dims,
        "These are bits, from a logarithm of base 2: nats use the natural one.": right / log(2),
        "You read `logvar` as sigma; sigma^2 is exp(logvar), and its logarithm is `logvar`.": (
            halved(square + logvar**2 - 1 - (logvar**2).log())
        ),
        "You read `logvar` as sigma, so its logarithm is nan in places; sigma^2 is exp(logvar).": (
            halved(square + logvar**2 - 1 - 2 * logvar.log())
        ),
        "You read `logvar` as the variance; that is exp(logvar), and its logarithm is `logvar`.": (
            halved(square + logvar - 1 - logvar.log())
        ),
        "You read exp(logvar) as sigma; it is sigma^2, so do not square it again.": (
            halved(square + var**2 - 1 - 2 * logvar)
        ),
        "You square exp(logvar), which is sigma^2 already.": halved(square + var**2 - 1 - logvar),
        "Sigma stands where sigma^2 belongs: exp(logvar), not exp(logvar / 2).": (
            halved(square + var.sqrt() - 1 - logvar)
        ),
        "Log sigma stands where log sigma^2 belongs: subtract `logvar`, not half of it.": (
            halved(square + var - 1 - logvar / 2)
        ),
        "`logvar` stands where sigma^2 belongs: take its `exp`.": halved(square + logvar - 1 - logvar),
        "This is the KL in the other direction, from N(0, I) to q: the expectation belongs to q.": (
            halved((1 + square) / var - 1 + logvar)
        ),
        "The -1 of each dimension is missing: at mu = 0, logvar = 0 the KL must be 0.": (
            halved(square + var - logvar)
        ),
        "The -1 is subtracted once per image; it belongs to each dimension, inside the sum.": (
            halved(square + var - logvar) - 0.5
        ),
        "The 1 has the wrong sign: subtract it.": halved(square + var + 1 - logvar),
        "`logvar` has the wrong sign: subtract it.": halved(square + var - 1 + logvar),
        "exp(logvar) has the wrong sign: add it.": halved(square - var - 1 - logvar),
        "The square of `mu` has the wrong sign: add it.": halved(-square + var - 1 - logvar),
        "The square of `mu` is missing.": halved(var - 1 - logvar),
        "`mu` is not squared.": halved(mu + var - 1 - logvar),
        "You average over the batch; one number per image is asked.": right.mean().expand_as(right),
    }


@check
def kl_divergence(attempt: Attempt) -> str:
    """Check `(mu, logvar) -> (B,)`: KL(N(mu, exp(logvar)) || N(0, I)) of each image, in nats."""
    mu = torch.randn(4, 3, requires_grad=True)
    logvar = torch.cat(
        [torch.rand(1, 3) + 0.1, torch.randn(3, 3)]
    ).requires_grad_()  # one row has a logarithm
    nats = attempt(mu=mu, logvar=logvar)
    right = losses.kl_divergence(mu, logvar)
    expect_tensor(nats, (4,), _per_image_hints(4, 3))
    compare(
        nats,
        right,
        lambda: closed_forms(mu, logvar),
        "Try one dimension by hand: mu = 1, logvar = 0 give 1/2 nat; mu = 0, logvar = 1 give (e - 2) / 2, "
        "or 0.3591. Then sum over the dimensions.",
    )
    expect_gradients(
        nats.sum(),
        right.sum(),
        "Look for `.detach()`, `.item()`, numpy or `torch.no_grad()`: the KL is a part of the loss.",
        mu=mu,
        logvar=logvar,
    )

    mu, logvar = torch.zeros(2, 20), torch.tensor([[-60.0], [60.0]]).repeat(1, 20)
    if not same(attempt(mu=mu, logvar=logvar), losses.kl_divergence(mu, logvar)):
        raise Mistake(
            "Right for ordinary inputs, but a number overflows when logvar is -60 or 60 in 20 dimensions. "
            "Look for a product over dimensions or a square of exp(logvar): use sums, and `logvar` itself."
        )
    praise = "Nats for each image, summed over the latent dimensions, and gradients reach both."
    if attempt(mu=torch.zeros(1, 1), logvar=torch.tensor([[-120.0]])).isfinite().all():
        return praise
    return (
        f"{praise} One remark: at logvar = -120, exp(logvar) rounds to 0 and your logarithm of it is "
        "infinite. `logvar` itself, without exp and log, is safe."
    )


def _per_image_hints(batch: int, dims: int) -> dict[tuple[int, ...], str]:
    return {
        (): "Sum over the latent dimension only, the last one, `.sum(-1)`, and keep one number per image.",
        (dims,): "You sum over the batch: sum over the latent dimension, the last one, `.sum(-1)`.",
        (batch, dims): "Sum over the latent dimension, the last one, `.sum(-1)`.",
        (batch, 1): "Leave out `keepdim=True`.",
    }


def _right_estimates(mu: Tensor, logvar: Tensor, n: int) -> Tensor:
    q, p = Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0)
    z = q.sample((n,))
    return (q.log_prob(z) - p.log_prob(z)).sum(2).mean(0)


def _wrong_estimates(mu: Tensor, logvar: Tensor, n: int) -> dict[str, Tensor]:
    """Monte Carlo estimates of the KL as each mistake gives them, `(B,)`."""
    sigma, eps = (logvar / 2).exp(), torch.randn(n, *mu.shape)
    var, constant = sigma**2, mu.shape[1] * log(2 * pi) / 2

    q, p = Normal(mu, sigma).log_prob(mu + sigma * eps), Normal(0.0, 1.0).log_prob(mu + sigma * eps)

    def terms(z: Tensor, sigma: Tensor = sigma) -> Tensor:
        return ((z**2 - ((z - mu) / sigma) ** 2) / 2 - sigma.log()).sum(2)  # log q(z) - log p(z), (n, B)

    right = terms(mu + sigma * eps)
    nats = right.mean(0)
    return {
        "Your samples come from p: draw z from q, mu + sigma * eps.": terms(eps).mean(0),
        "The sign is turned: average log q(z) - log p(z).": -nats,
        "You average over the latent dimensions: sum them, and average over the samples.": nats / mu.shape[1],
        "You sum over the samples: average over them.": n * nats,
        "Sum and average are swapped: sum over the latent dimensions, average over the samples.": (
            n * nats / mu.shape[1]
        ),
        "Average log q(z) - log p(z), the logarithms, not the densities.": (q.exp() - p.exp()).sum(2).mean(0),
        "Average log q(z) - log p(z), the logarithms, not the densities of whole codes.": (
            (q.sum(2).exp() - p.sum(2).exp()).mean(0)
        ),
        "A term of log q is missing: its normalising constant holds log sigma, which is `logvar / 2`.": (
            nats + (logvar / 2).sum(1)
        ),
        "The constant log(2 pi) / 2 is in log q only: put it in both or in none.": nats - constant,
        "The constant log(2 pi) / 2 is in log p only: put it in both or in none.": nats + constant,
        "Right on average, but as noisy as one sample. Draw n, each with its own eps.": right[0],
        "Right on average, but all latent dimensions share one noise number: draw eps of shape (n, B, D).": (
            terms(mu + sigma * eps[..., :1]).mean(0)
        ),
        "You take the logarithm of the average of q(z) / p(z): average the logarithms.": (
            right.exp().mean(0).log()
        ),
        "You average q(z) / p(z) itself: average its logarithm.": right.exp().mean(0),
        "Twice the right number: check the 1/2 in the log densities.": 2 * nats,
        "These are bits, from a logarithm of base 2: nats use the natural one.": nats / log(2),
        "Your samples are spread by exp(logvar), the variance; sigma is exp(logvar / 2).": (
            terms(mu + var * eps).mean(0)
        ),
        "You take exp(logvar) for sigma, in the samples and in log q; sigma is exp(logvar / 2).": (
            terms(mu + var * eps, var).mean(0)
        ),
        "Your log q takes exp(logvar) for sigma; sigma is exp(logvar / 2).": (
            terms(mu + sigma * eps, var).mean(0)
        ),
        "Your noise is uniform; use the normal one, `torch.randn`.": (
            terms(mu + sigma * torch.rand_like(eps)).mean(0)
        ),
        "log p(z) is missing: subtract it.": (
            nats - constant - (mu + sigma * eps).square().sum(2).mean(0) / 2
        ),
    }


@check
def monte_carlo_kl(attempt: Attempt) -> str:
    """Check `(mu, logvar, n) -> (B,)`: the average of log q(z) - log p(z) over n samples z ~ q, in nats."""
    mu, logvar = torch.full((50, 3), 0.8), torch.full((50, 3), -1.0)
    nats = attempt(mu=mu, logvar=logvar, n=4)
    expect_tensor(
        nats, (50,), _per_image_hints(50, 3) | {(4, 50): "Average over the samples.", (4,): "Keep the batch."}
    )
    expect_finite(nats)
    if same(nats, losses.kl_divergence(mu, logvar)):
        raise Mistake("No randomness in it: this is the closed form. Draw n samples from q and average.")
    if same(nats, nats[:1].expand(50)):
        raise Mistake(
            "All images get the same noise, or the average runs over the batch too. Draw eps of shape "
            "(n, B, D), and keep one number per image."
        )
    if same(nats, attempt(mu=mu, logvar=logvar, n=4)):
        raise Mistake(
            "Two calls give the same samples: draw them inside the function, and set no seed in it."
        )

    mu, logvar = torch.randn(1000, 4) / 2 + 1.5, torch.randn(1000, 4) / 2 - 1
    n = 12  # n / D = 3: no other mistake's factor
    sigma = (logvar / 2).exp()
    nats = attempt(mu=mu, logvar=logvar, n=n)
    right = losses.kl_divergence(mu, logvar)
    error = ((mu * sigma) ** 2 + (sigma**2 - 1) ** 2 / 2).sum(1).div(n).sqrt()  # the exact standard error
    compare_samples(
        (nats - right) / error,
        lambda: (_right_estimates(mu, logvar, n) - right) / error,
        lambda: {
            mistake: (nats - right) / error for mistake, nats in _wrong_estimates(mu, logvar, n).items()
        },
        f"For n = {n} the average of log q(z) - log p(z) is off the closed form by {error.mean():.2f} nats, "
        f"and yours by {(nats - right).square().mean().sqrt():.2f}. Check the samples first, then each term.",
    )
    return "An average over n samples of q: right on average, with an error that shrinks as 1 / sqrt(n)."
