"""Answers to notebook 03: the KL term by its formula and by draws."""

import math

import torch
from solutions import my_kl_divergence, my_monte_carlo_kl, my_reparameterize
from torch.distributions import Independent, MultivariateNormal, Normal
from torch.distributions import kl_divergence as their_kl

from answers._02_reparameterization import seeded, sigma
from vae_helpers import kl_divergence


def sampled_kl(mu, logvar, n, spread=sigma, eps=None):
    """log q(z) - log p(z), (n, B, D), for answers that differ in the noise or in what follows."""
    z = mu + spread(logvar) * (torch.randn(n, *mu.shape) if eps is None else eps)
    return Normal(mu, sigma(logvar)).log_prob(z) - Normal(0.0, 1.0).log_prob(z)


def monte_carlo_by_loop(mu, logvar, n):
    total = torch.zeros(len(mu))
    for _ in range(n):
        eps = torch.randn(mu.shape)
        z = mu + torch.exp(0.5 * logvar) * eps
        total += (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(dim=1)
    return total / n


def kl_by_loop(mu, logvar):
    rows = []
    for m, v in zip(mu, logvar, strict=True):
        rows.append(sum(0.5 * (m[d] ** 2 + v[d].exp() - 1 - v[d]) for d in range(len(m))))
    return torch.stack(rows)


def full_gaussian_kl(mu, logvar):
    prior = MultivariateNormal(torch.zeros_like(mu), torch.eye(mu.shape[1]))
    return their_kl(MultivariateNormal(mu, scale_tril=torch.diag_embed(sigma(logvar))), prior)


def in_place(change):
    """A right answer to `kl_divergence` that changes its input on the way."""

    def answer(mu, logvar):
        change(mu, logvar)
        return kl_divergence(mu, logvar)

    return answer


def density_gap(mu, logvar, n, density):
    """The average of q(z) - p(z), with densities in place of their logarithms."""
    q, p = Normal(mu, sigma(logvar)), Normal(0.0, 1.0)
    z = q.sample((n,))
    return (density(q.log_prob(z)) - density(p.log_prob(z))).mean(0)


def log_ratio_at(z, mu, logvar):
    return (Normal(mu, sigma(logvar)).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(2).mean(0)


RIGHT = {
    "kl_divergence": [
        my_kl_divergence,
        kl_divergence,
        kl_by_loop,
        full_gaussian_kl,
        lambda mu, logvar: their_kl(Normal(mu, sigma(logvar)), Normal(0.0, 1.0)).sum(1),
        lambda mu, logvar: 0.5 * torch.einsum("bd->b", mu.square() + logvar.expm1() - logvar),
        lambda mu, logvar: (0.5 * (mu**2 + logvar.exp() - 1 - torch.log(logvar.exp()))).sum(-1),
    ],
    "monte_carlo_kl": [
        my_monte_carlo_kl,
        monte_carlo_by_loop,
        lambda mu, logvar, n: sampled_kl(mu, logvar, n).mean(0).sum(1),
        lambda mu, logvar, n: torch.stack(
            [sampled_kl(mu[:, [d]], logvar[:, [d]], n).mean((0, 2)) for d in range(mu.shape[1])]
        ).sum(0),
        lambda mu, logvar, n: (
            lambda q, p: (lambda z: (q.log_prob(z) - p.log_prob(z)).mean(0))(q.rsample((n,)))
        )(
            Independent(Normal(mu, sigma(logvar)), 1),
            MultivariateNormal(torch.zeros(mu.shape[1]), torch.eye(mu.shape[1])),
        ),
    ],
}


WRONG = {
    "kl_divergence": [
        ("1/2 is missing", lambda mu, logvar: 2 * kl_divergence(mu, logvar)),
        ("logvar` as sigma", lambda mu, logvar: 0.5 * (mu**2 + logvar**2 - 1 - (logvar**2).log()).sum(1)),
        ("logvar` as sigma", lambda mu, logvar: (0.5 * (mu**2 + logvar**2 - 1) - logvar.log()).sum(1)),
        ("as the variance", lambda mu, logvar: 0.5 * (mu**2 + logvar - 1 - logvar.log()).sum(1)),
        ("exp(logvar) as sigma", lambda mu, logvar: kl_divergence(mu, 2 * logvar)),
        ("Sigma stands", lambda mu, logvar: 0.5 * (mu**2 + sigma(logvar) - 1 - logvar).sum(1)),
        ("Log sigma stands", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar / 2).sum(1)),
        ("square exp(logvar)", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() ** 2 - 1 - logvar).sum(1)),
        ("take its `exp`", lambda mu, logvar: 0.5 * (mu**2 + logvar - 1 - logvar).sum(1)),
        ("sign is turned", lambda mu, logvar: -kl_divergence(mu, logvar)),
        ("sign is turned and", lambda mu, logvar: (1 + logvar - mu**2 - logvar.exp()).sum(1)),
        ("average over the latent", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(1)),
        ("missing", lambda mu, logvar: (mu**2 + logvar.exp() - 1 - logvar).mean(1)),
        ("average over the batch", lambda mu, logvar: kl_divergence(mu, logvar).mean().expand(len(mu))),
        ("keep one number per image", lambda mu, logvar: kl_divergence(mu, logvar).mean()),
        ("sum over the batch", lambda mu, logvar: kl_divergence(mu.T, logvar.T)),
        ("other direction", lambda mu, logvar: their_kl(Normal(0.0, 1.0), Normal(mu, sigma(logvar))).sum(1)),
        ("-1 of each dimension", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - logvar).sum(1)),
        ("once per image", lambda mu, logvar: 0.5 * ((mu**2 + logvar.exp() - logvar).sum(1) - 1)),
        ("1 has the wrong sign", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() + 1 - logvar).sum(1)),
        ("`logvar` has the wrong sign", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 + logvar).sum(1)),
        ("not squared", lambda mu, logvar: 0.5 * (mu + logvar.exp() - 1 - logvar).sum(1)),
        ("`mu` is missing", lambda mu, logvar: kl_divergence(0 * mu, logvar)),
        ("bits", lambda mu, logvar: kl_divergence(mu, logvar) / math.log(2)),
        (
            "overflows",
            lambda mu, logvar: 0.5 * ((mu**2 + logvar.exp() - 1).sum(1) - logvar.exp().prod(1).log()),
        ),
        ("Try one dimension", lambda mu, logvar: kl_divergence(mu, logvar) + 0.1),
        ("Try one dimension", lambda mu, logvar: 0.5 * (mu**2 + logvar.expm1() - logvar)[:, :2].sum(1)),
        ("`mu` or `logvar`", lambda mu, logvar: kl_divergence(mu, logvar).detach()),
        ("reaches `mu`.", lambda mu, logvar: kl_divergence(mu.detach(), logvar)),
        (
            "part of the gradient",
            lambda mu, logvar: 0.5 * (mu**2 + logvar.exp().detach() - 1 - logvar).sum(1),
        ),
        ("use `torch.exp`", lambda mu, logvar: 0.5 * (mu**2 + math.exp(logvar) - 1 - logvar).sum(1)),
        ("the last one, `.sum(-1)`", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar)),
        ("keepdim", lambda mu, logvar: kl_divergence(mu, logvar)[:, None]),
        ("changes its input `logvar`", in_place(lambda mu, logvar: logvar.mul_(0.5))),
        ("changes its input `mu`", in_place(lambda mu, logvar: mu.zero_())),
        ("float64", lambda mu, logvar: kl_divergence(mu.double(), logvar.double())),
        ("type float", lambda mu, logvar: kl_divergence(mu, logvar).sum().item()),
        ("type list", lambda mu, logvar: kl_divergence(mu, logvar).tolist()),
    ],
    "monte_carlo_kl": [
        ("come from p", lambda mu, logvar, n: log_ratio_at(torch.randn(n, *mu.shape), mu, logvar)),
        ("sign is turned", lambda mu, logvar, n: -my_monte_carlo_kl(mu, logvar, n)),
        ("average over the latent", lambda mu, logvar, n: sampled_kl(mu, logvar, n).mean((0, 2))),
        ("swapped", lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum(0).mean(-1)),
        (
            "not the densities",
            lambda mu, logvar, n: density_gap(mu, logvar, n, lambda log: log.exp().sum(2)),
        ),
        (
            "not the densities",
            lambda mu, logvar, n: density_gap(mu, logvar, n, lambda log: log.sum(2).exp()),
        ),
        ("q.sample((n,))", lambda mu, logvar, n: Normal(mu, sigma(logvar)).sample(n).sum(-1)),
        ("the last one, `.sum(-1)`", lambda mu, logvar, n: sampled_kl(mu, logvar, n).mean()),
        ("the last one, `.sum(-1)`", lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum(1).mean(0)),
        ("sum over the samples", lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum((0, 2))),
        ("term of log q", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n) + 0.5 * logvar.sum(1)),
        (
            "in log q only",
            lambda mu, logvar, n: (sampled_kl(mu, logvar, n) - 0.5 * math.log(2 * math.pi)).mean(0).sum(1),
        ),
        (
            "in log p only",
            lambda mu, logvar, n: (sampled_kl(mu, logvar, n) + 0.5 * math.log(2 * math.pi)).mean(0).sum(1),
        ),
        ("one sample", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, 1)),
        (
            "one sample",
            lambda mu, logvar, n: (
                sampled_kl(mu, logvar, n, eps=torch.randn(mu.shape).expand(n, -1, -1)).mean(0).sum(1)
            ),
        ),
        (
            "latent dimensions share",
            lambda mu, logvar, n: sampled_kl(mu, logvar, n, eps=torch.randn(n, len(mu), 1)).mean(0).sum(1),
        ),
        (
            "same noise",
            lambda mu, logvar, n: (
                sampled_kl(mu, logvar, n, eps=torch.randn(n, 1, mu.shape[1])).mean(0).sum(1)
            ),
        ),
        ("same noise", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n).mean().expand(len(mu))),
        (
            "logarithm of the average",
            lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum(2).exp().mean(0).log(),
        ),
        ("average its logarithm", lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum(2).exp().mean(0)),
        ("closed form", lambda mu, logvar, n: kl_divergence(mu, logvar)),
        ("Twice", lambda mu, logvar, n: 2 * my_monte_carlo_kl(mu, logvar, n)),
        ("bits", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n) / math.log(2)),
        (
            "spread by exp(logvar)",
            lambda mu, logvar, n: sampled_kl(mu, logvar, n, spread=torch.exp).mean(0).sum(1),
        ),
        ("exp(logvar) for sigma, in", lambda mu, logvar, n: my_monte_carlo_kl(mu, 2 * logvar, n)),
        (
            "Your log q takes",
            lambda mu, logvar, n: log_ratio_at(
                my_reparameterize(mu.expand(n, -1, -1), logvar), mu, 2 * logvar
            ),
        ),
        (
            "uniform",
            lambda mu, logvar, n: sampled_kl(mu, logvar, n, eps=torch.rand(n, *mu.shape)).mean(0).sum(1),
        ),
        (
            "log p(z) is missing",
            lambda mu, logvar, n: (
                Normal(mu, sigma(logvar))
                .log_prob(my_reparameterize(mu.expand(n, -1, -1), logvar.expand(n, -1, -1)))
                .mean(0)
                .sum(1)
            ),
        ),
        ("nats, and yours by", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, 1000 if n < 5 else 100)),
        ("set no seed", seeded(my_monte_carlo_kl)),
        ("keep one number per image", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n).mean()),
        ("Average over the samples", lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum(2)),
        ("takes sigma", lambda mu, logvar, n: Normal(mu, logvar).sample((n,)).mean(0)),
    ],
}
