"""Answers to notebook 03."""

import math

import numpy as np
import torch
from torch.distributions import Independent, MultivariateNormal, Normal
from torch.distributions import kl_divergence as their_kl

from answers._02_reparameterization_trick import sigma


def my_monte_carlo_kl(mu, logvar, n):
    q, p = Normal(mu, torch.exp(logvar / 2)), Normal(0.0, 1.0)
    z = q.sample((n,))  # (n, B, D)
    return (q.log_prob(z) - p.log_prob(z)).sum(2).mean(0)


def my_kl_divergence(mu, logvar):
    return -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1)


def kl_by_loop(mu, logvar):
    rows = []
    for m, v in zip(mu, logvar, strict=True):
        rows.append(sum(0.5 * (m[d] ** 2 + v[d].exp() - 1 - v[d]) for d in range(len(m))))
    return torch.stack(rows)


def full_gaussian_kl(mu, logvar):
    prior = MultivariateNormal(torch.zeros_like(mu).double(), torch.eye(mu.shape[1]).double())
    return their_kl(MultivariateNormal(mu.double(), torch.diag_embed(logvar.double().exp())), prior)


def monte_carlo_by_loop(mu, logvar, n):
    total = torch.zeros(len(mu))
    for _ in range(n):
        eps = torch.randn(mu.shape)
        z = mu + torch.exp(0.5 * logvar) * eps
        total += (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(dim=1)
    return total / n


def monte_carlo_of_codes(mu, logvar, n):
    q = Independent(Normal(mu, sigma(logvar)), 1)
    p = MultivariateNormal(torch.zeros(mu.shape[1]), torch.eye(mu.shape[1]))
    z = q.rsample((n,))
    return (q.log_prob(z) - p.log_prob(z)).mean(0)


def terms(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


def kl_from(mu, var):
    return 0.5 * (mu**2 + var - 1 - var.log()).sum(1)


def kl_by_a_determinant(mu, logvar):
    return 0.5 * ((mu**2 + logvar.exp() - 1).sum(1) - logvar.exp().prod(1).log())


def batch_gradient(mu, logvar):
    """Of each row the right number, but with the gradient of the mean."""
    kl = my_kl_divergence(mu, logvar)
    return kl.detach() + (kl.mean() - kl.mean().detach())


def log_ratios(mu, logvar, n):
    q = Normal(mu, sigma(logvar))
    z = q.sample((n,))
    return q.log_prob(z) - Normal(0.0, 1.0).log_prob(z)


def calls_a_stub(mu, logvar, n):
    def my_log_density(z):
        raise NotImplementedError

    return my_log_density(mu)


def estimate(
    of=lambda log_q, log_p: log_q - log_p, draw=lambda mu, logvar, n: Normal(mu, sigma(logvar)).sample((n,))
):
    """The average of something else than ln q(z) - ln p(z), or of other draws z."""

    def answer(mu, logvar, n):
        z = draw(mu, logvar, n)
        log_q, log_p = Normal(mu, sigma(logvar)).log_prob(z), Normal(0.0, 1.0).log_prob(z)
        return of(log_q, log_p).sum(2).mean(0)

    return answer


RIGHT = {
    "kl_divergence": [
        my_kl_divergence,
        kl_by_loop,
        full_gaussian_kl,
        lambda mu, logvar: their_kl(Normal(mu, sigma(logvar)), Normal(0.0, 1.0)).sum(1),
        lambda mu, logvar: (0.5 * (mu**2 + logvar.exp() - 1 - torch.log(logvar.exp()))).sum(-1),
    ],
    "monte_carlo_kl": [
        my_monte_carlo_kl,
        monte_carlo_by_loop,
        monte_carlo_of_codes,
        lambda mu, logvar, n: log_ratios(mu.double(), logvar.double(), n).mean(0).sum(1),
    ],
}
WRONG = {
    "kl_divergence": [
        ("if all is doubled", lambda mu, logvar: (mu**2 + logvar.exp() - 1 - logvar).sum(1)),
        ("if all is halved once more", lambda mu, logvar: my_kl_divergence(mu, logvar) / 2),
        ("if all rows are averaged", lambda *case: my_kl_divergence(*case).mean().expand(len(case[0]))),
        ("if all is divided by the number of rows", lambda *case: my_kl_divergence(*case) / len(case[0])),
        ("as by a sum for a mean", lambda mu, logvar: mu.shape[1] * my_kl_divergence(mu, logvar)),
        ("sigma for sigma squared", lambda mu, logvar: kl_from(mu, sigma(logvar))),
        ("if logvar itself is taken for the variance", lambda mu, logvar: kl_from(mu, logvar)),
        ("Its sum over dimension 1 is right", terms),
        ("Its numbers are right, in another shape", lambda *case: my_kl_divergence(*case)[:, None]),
        ("[0.01]; right is [0]", lambda mu, logvar: terms(mu, logvar).clamp(min=0.01).sum(1)),
        ("It is the sum of the right numbers", lambda mu, logvar: terms(mu, logvar).sum()),
        ("returns a tensor of shape (); (5,) is asked for.", lambda mu, logvar: terms(mu, logvar).mean()),
        ("shape (3,); (5,) is asked for", lambda mu, logvar: terms(mu, logvar).sum(0)),
        ("For `mu` = 0 everywhere", kl_by_a_determinant),
        ("a tensor of torch.complex64", lambda *case: my_kl_divergence(*case).to(torch.complex64)),
        ("on meta", lambda *case: my_kl_divergence(*case).to("meta")),
        ("torch.sparse_coo; an ordinary one", lambda *case: my_kl_divergence(*case).to_sparse()),
        ("the gradient for `mu` is not", batch_gradient),
        ("no gradient reaches `logvar`", lambda mu, logvar: kl_from(mu, logvar.exp().detach())),
        ("only one element tensors", lambda mu, logvar: mu**2 + math.exp(logvar)),
        ("`TypeError: sum() ", lambda mu, logvar: np.sum(terms(mu, logvar), axis=1)),
    ],
    "monte_carlo_kl": [
        ("does not depend on `n`", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, 10_000)),
        ("of type torch.float16", lambda *case: my_monte_carlo_kl(*case).half()),
        ("mean fits, the spread does not", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, 3 * n)),
        ("All rows that come are alike", lambda *case: my_monte_carlo_kl(*case).mean().expand(len(case[0]))),
        ("no noise is fresh", lambda mu, logvar, n: my_kl_divergence(mu, logvar)),
        ("shape (4, 5); (5,) is asked for", lambda *case: log_ratios(*case).sum(2)),
        ("Expected parameter scale", lambda mu, logvar, n: Normal(mu, logvar).sample((n,)).mean(0)),
        ("calls `my_log_density`, whose body", calls_a_stub),
    ],
}
SLIPS = {
    "kl_divergence": {
        "the factor -1/2 is left out": lambda mu, logvar: (1 + logvar - mu**2 - logvar.exp()).sum(1),
        "the 1 is left out": lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - logvar).sum(1),
        "the sign of the 1 is turned": lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() + 1 - logvar).sum(1),
        "the sign of logvar is turned": lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 + logvar).sum(1),
        "the sign of mu² is turned": lambda mu, logvar: 0.5 * (-(mu**2) + logvar.exp() - 1 - logvar).sum(1),
        "mu is not squared": lambda mu, logvar: 0.5 * (mu + logvar.exp() - 1 - logvar).sum(1),
        "the `exp` is left out": lambda mu, logvar: 0.5 * (mu**2 + logvar - 1 - logvar).sum(1),
        "exp(logvar), the variance, is squared": lambda mu, logvar: (
            0.5 * (mu**2 + logvar.exp() ** 2 - 1 - logvar).sum(1)
        ),
        "ln sigma stands for ln sigma²": lambda mu, logvar: (
            0.5 * (mu**2 + logvar.exp() - 1 - sigma(logvar).log()).sum(1)
        ),
        "sigma stands for sigma²": lambda mu, logvar: 0.5 * (mu**2 + sigma(logvar) - 1 - logvar).sum(1),
        "it is the KL from N(0, I) to q": lambda mu, logvar: their_kl(
            Normal(0.0, 1.0), Normal(mu, sigma(logvar))
        ).sum(1),
    },
    "monte_carlo_kl": {
        "the draws come from p": estimate(draw=lambda mu, logvar, n: torch.randn(n, *mu.shape)),
        "exp(logvar) is taken for sigma in the draws": estimate(
            draw=lambda mu, logvar, n: Normal(mu, logvar.exp()).sample((n,))
        ),
        "eps is uniform between 0 and 1": estimate(
            draw=lambda mu, logvar, n: mu + sigma(logvar) * torch.rand(n, *mu.shape)
        ),
        "all dimensions share one eps": estimate(
            draw=lambda mu, logvar, n: mu + sigma(logvar) * torch.randn(n, len(mu), 1)
        ),
        "the draws are added up": lambda *case: log_ratios(*case).sum((0, 2)),
        "each number is made positive": lambda *case: log_ratios(*case).abs().sum(-1).mean(0),
        "each draw is made positive": lambda *case: log_ratios(*case).sum(-1).abs().mean(0),
        "each average is made positive": lambda *case: my_monte_carlo_kl(*case).abs(),
        "averages below 0 become 0": lambda *case: my_monte_carlo_kl(*case).clamp(min=0),
        "densities are subtracted, number by number": estimate(
            lambda log_q, log_p: log_q.exp() - log_p.exp()
        ),
        "q(z) / p(z) of each draw is averaged": lambda *case: log_ratios(*case).sum(2).exp().mean(0),
        "q(z) / p(z) of each draw is averaged, and the logarithm comes last": lambda *case: (
            log_ratios(*case).sum(2).exp().sum(0) / case[-1]
        ).log(),
        "ln q(z) is left out": estimate(lambda log_q, log_p: -log_p),
        "ln p(z) is left out": estimate(lambda log_q, log_p: log_q),
        "ln sigma is left out of ln q(z)": lambda mu, logvar, n: (
            my_monte_carlo_kl(mu, logvar, n) + logvar.sum(1) / 2
        ),
    },
}
