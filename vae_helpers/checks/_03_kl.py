"""Checks of notebook 03: the KL term in closed form and by Monte Carlo; the Gaussian decoder."""

from functools import partial
from math import log, pi

import torch
from torch import Tensor
from torch.distributions import Normal

from vae_helpers import losses
from vae_helpers.checks.common import (
    Attempt,
    Doubt,
    Mistake,
    check,
    compare,
    compare_samples,
    expect_finite,
    expect_gradients,
    expect_number,
    expect_tensor,
    same,
)
from vae_helpers.checks.result import plain, told_apart


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
        "You divide by the number of images: each image has a number of its own, so nothing is averaged.": (
            right / len(right)
        ),
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
        "log q(z) is missing: average log q(z) - log p(z).": -p.sum(2).mean(0),
        "log q(z) is missing, and the sign turned: average log q(z) - log p(z).": p.sum(2).mean(0),
        "You take the largest of the n draws: take the mean.": right.amax(0),
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
    mu, logvar = torch.full((5, 3), 2.5), torch.full((5, 3), -1.0)
    nats = attempt(mu=mu, logvar=logvar, n=4)
    draws = {(4, 5): "Average over the samples.", (4,): "Keep the batch.", (4, 5, 3): "Sum and average."}
    doubled = [(4, 5, 3, 5, 3), (5, 3, 5, 3), (4, 5, 3, 5), (5, 3, 5), (5, 5, 3), (3, 5, 3), (4, 5, 5, 3)]
    draws |= dict.fromkeys(doubled, "`q.sample((n,))` adds the dimensions of q, B and D, by itself.")
    expect_tensor(nats, (5,), _per_image_hints(5, 3) | draws)
    expect_finite(nats)
    right = losses.kl_divergence(mu, logvar)
    if same(nats, right):
        raise Mistake("No randomness in it: this is the closed form. Draw n samples from q and average.")
    if same(nats, nats[:1].expand(5)):
        raise Mistake(
            "All images get the same noise, or the average runs over the batch too. Draw eps of shape "
            "(n, B, D), and keep one number per image."
        )
    if same(nats, attempt(mu=mu, logvar=logvar, n=4)):
        raise Mistake(
            "Two calls give the same samples: draw them inside the function, and set no seed in it."
        )
    if attempt.ignored("n"):
        raise Mistake("Your answer is the same whatever `n` is. Draw n samples, and average over n of them.")
    share = (attempt(mu=mu, logvar=logvar, n=400) / right).mean()  # 1 but for a few percent
    for wrong, advice in {
        1 / 5: "leave that out, one number per image is asked",
        400 / 5: "divide by n",
    }.items():
        if abs(share / wrong - 1) < 0.1:
            raise Mistake(f"You divide by the number of images: {advice}.")

    mu, logvar = torch.full((60, 3), 0.1), torch.full((60, 3), -0.2)  # near N(0, I) half of them are negative
    never_negative = bool((attempt(mu=mu, logvar=logvar, n=4) >= 0).all())
    mu, logvar = torch.randn(2000, 4) / 2 + 1.5, torch.randn(2000, 4) / 2 - 1
    n = 12  # n / D = 3: no other mistake's factor
    sigma = (logvar / 2).exp()
    right = losses.kl_divergence(mu, logvar)
    error = ((mu * sigma) ** 2 + (sigma**2 - 1) ** 2 / 2).sum(1).div(n).sqrt()  # the exact standard error
    errors = (attempt(mu=mu, logvar=logvar, n=n) - right) / error
    otherwise = (
        "None of your estimates is negative, even where the KL is close to 0. An average of n draws may be: "
        "leave out `clamp`, `abs` and the like, which make it too large on average."
        if never_negative
        else _describe_errors(errors, n)
    )
    compare_samples(
        errors,
        lambda: (_right_estimates(mu, logvar, n) - right) / error,
        lambda: {
            mistake: (nats - right) / error for mistake, nats in _wrong_estimates(mu, logvar, n).items()
        },
        otherwise,
    )
    if never_negative or abs(errors.mean()) > 6 / len(mu) ** 0.5:
        raise Doubt(otherwise)
    return "An average over n samples of q: right on average, with an error that shrinks as 1 / sqrt(n)."


def _describe_errors(errors: Tensor, n: int) -> str:
    """How far estimates are from the closed form, in units of the error that n draws should have."""
    bias, spread = errors.mean().item(), errors.std().item()
    begin = f"Held against the closed form, with n = {n}, your estimates are"
    if abs(bias) > 0.13:
        side = "too large" if bias > 0 else "too small"
        return f"{begin} {side}. Is a term missing, doubled, or of the wrong sign? Is their average a mean?"
    if abs(spread - 1) > 0.1:
        draws = plain(max(n / spread**2, 1), 1)
        begin += f" right on average, with the error of about {draws} draws."
        return f"{begin} Is it n that you draw, and their mean that you take?"
    return f"{begin} right on average, but not distributed as they should. Are the draws of z normal?"


def _gaussian_losses(recon: Tensor, x: Tensor, sigma: float) -> dict[str, Tensor]:
    """-log N(x; recon, sigma^2 I) of each image as each mistake gives it, `(B,)`."""
    pixels, square = x[0].numel(), (x - recon).square().flatten(1).sum(1)
    spread, circle = pixels * log(sigma), pixels * log(2 * pi) / 2
    half = square / (2 * sigma**2)
    right = half + spread + circle
    return {
        "The constant is missing: -log of 1 / (sigma sqrt(2 pi)), once for each pixel.": half,
        "log(2 pi) / 2 is missing: each pixel brings it.": half + spread,
        "log(sigma) is missing: each pixel brings it.": half + circle,
        "The constant is there once per image; each pixel brings it.": half + (spread + circle) / pixels,
        "The constant has the wrong sign: a smaller sigma makes a density higher, and its -log lower.": (
            half - spread - circle
        ),
        "log(sigma) has the wrong sign: it is -log(1 / sigma).": half - spread + circle,
        "log(2 pi) has the wrong sign: it is -log(1 / sqrt(2 pi)).": half + spread - circle,
        "log(sigma^2) stands where log(sigma) belongs: the root halves it.": right + spread,
        "log(2 pi) stands where log(2 pi) / 2 belongs: the root halves it.": right + circle,
        "log(2 pi sigma^2) is not halved: it comes from a root.": right + spread + circle,
        "The squares are divided by sigma^2; it is 2 sigma^2.": right + half,
        "The squares are divided by 2 sigma; it is 2 sigma^2.": right - half + square / (2 * sigma),
        "The squares are not divided by 2 sigma^2.": right - half + square,
        "The squares are multiplied by 2 sigma^2: divide.": right - half + square * 2 * sigma**2,
        "You take sigma for the variance; that is sigma^2.": square / (2 * sigma) + spread / 2 + circle,
        "You take sigma for the variance, which is sigma^2, and log(2 pi) / 2 is missing.": (
            square / (2 * sigma) + spread / 2
        ),
        "You take sigma^2 for the standard deviation.": square / (2 * sigma**4) + 2 * spread + circle,
        "The squares are averaged over the pixels: sum them.": half / pixels + spread + circle,
        "All is averaged over the pixels: sum over them.": right / pixels,
        "This is the squared error alone: divide it by 2 sigma^2, and add the constant.": square,
        "This is half the squared error, so sigma = 1: use `sigma`, and add the constant.": square / 2,
        "The sign is turned: this is log p(x|z).": -right,
        "This is the error's size, not its square.": (
            (x - recon).abs().flatten(1).sum(1) / (2 * sigma**2) + spread + circle
        ),
        "These are bits, from a logarithm of base 2: nats use the natural one.": right / log(2),
        "You average over the batch; one number per image is asked.": right.mean().expand_as(right),
        "You sum over the batch; one number per image is asked.": right.sum().expand_as(right),
        "You divide by the number of images: each image has a number of its own.": right / len(right),
    }


@check
def gaussian_loss(attempt: Attempt) -> str:
    """Check `(recon, x, sigma) -> (B,)`: -log N(x; recon, sigma^2 I) of each image, in nats.

    `recon` and `x` are `(B, 1, 28, 28)`, `sigma` one number above 0: the spread of every pixel round
    its mean in `recon`. The constants belong to it, and gradients reach `recon`.
    """
    for sigma in (0.1 + 0.2 * torch.rand(()).item(), 2 + torch.rand(()).item()):
        recon, x = torch.rand(4, 1, 28, 28, requires_grad=True), torch.rand(4, 1, 28, 28)
        nats = attempt(recon=recon, x=x, sigma=sigma)
        pixels = "Sum over the pixels of each image, `.flatten(1).sum(1)`, and keep one number per image."
        shapes = ((), (4, 1, 28, 28), (4, 784), (784,), (1, 28, 28), (4, 1, 28), (4, 28, 28), (4, 28))
        expect_tensor(nats, (4,), dict.fromkeys(shapes, pixels) | {(4, 1): "Sum over the channel, too."})
        right = -Normal(recon.double(), sigma).log_prob(x.double()).flatten(1).sum(1)
        asked, yours = told_apart(right[0].item(), nats[0].item())
        compare(
            nats,
            right,
            partial(_gaussian_losses, recon, x, sigma),
            f"With sigma = {plain(sigma)}, an image should have {asked} nats, and has {yours}. Try one pixel "
            "by hand: recon = x and sigma = 1 give log(2 pi) / 2, or 0.9189; at a distance of 1, 1.4189.",
        )
        expect_gradients(
            nats.sum(),
            right.sum(),
            "Look for `.detach()`, `.item()`, numpy or `torch.no_grad()`: training follows this gradient.",
            recon=recon,
        )
    return "Nats for each image, with all constants: two values of sigma can be compared by it."


def _hidden_betas(weight: float, sigma: float) -> dict[str, Tensor]:
    """Beta as each mistake gives it."""
    pixels, twice = 784, 2 * sigma**2
    right = weight * pixels / twice
    betas = {
        "This is the weight itself. What must the program's loss be multiplied by, to become nats?": weight,
        "The pixels are lost: `mse_loss` divides the sum of squares by 784.": weight / twice,
        "sigma is lost: nats are the sum of squares over 2 sigma^2.": weight * pixels,
        "The 2 is lost: nats are the sum of squares over 2 sigma^2.": 2 * right,
        "sigma is not squared: nats are the sum of squares over 2 sigma^2.": right * sigma,
        "sigma^2 is squared again.": right / sigma**2,
        "You multiply by 2 sigma^2: its place is below.": weight * pixels * twice,
        "You divide the weight by the factor of the squares. To turn these into nats multiply all by it, the "
        "KL too.": weight * twice / pixels,
        "Upside down: this is 1 / beta.": 1 / right,
        "You multiply by 28: an image has 28 * 28 pixels.": right / 28,
        "You count the pixels twice.": right * pixels,
        "You count the images of a batch. Both halves are averaged over them, so their number cancels.": 128
        * right,
        "You divide by the images of a batch. Both halves are averaged over them, so their number cancels.": (
            right / 128
        ),
        "The sign is turned: both terms are minimised.": -right,
    }
    return {sentence: torch.tensor(beta, dtype=torch.float64) for sentence, beta in betas.items()}


@check
def hidden_beta(attempt: Attempt) -> str:
    """Check `(weight, sigma) -> beta`: the beta that a mean squared error hides, one number.

    A program minimises `F.mse_loss(recon, x) + weight * kl`, with the squares averaged over the 784 pixels
    and the batch, and `kl` in nats per image, averaged over the batch. Read as the loss of a Gaussian
    decoder, -log N(x; recon, sigma^2 I) + beta * kl but for a factor and a constant, which beta is it?
    """
    for _ in range(3):
        weight, sigma = 0.001 + 0.01 * torch.rand(()).item(), 0.1 + 0.4 * torch.rand(()).item()
        beta = expect_number(attempt(weight=weight, sigma=sigma))
        right = torch.tensor(weight * 784 / (2 * sigma**2), dtype=torch.float64)
        compare(
            beta,
            right,
            partial(_hidden_betas, weight, sigma),
            "Multiply the program's loss by the number that makes nats of its first half, as in -log N: what "
            "stands before the KL then? Try weight = 1 and sigma = 1: beta is 392.",
        )
    return "The beta of a program is what its sum or mean, its sigma and its weight make together."
