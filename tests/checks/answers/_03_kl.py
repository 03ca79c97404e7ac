"""Answers to notebook 03: the KL term by its formula and by draws."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from solutions import my_gaussian_loss, my_hidden_beta, my_kl_divergence, my_monte_carlo_kl, my_reparameterize
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


def left_in(mu, logvar):
    var = logvar.exp()
    return_value = 0.5 * (mu**2 + var - 1 - logvar)
    raise NotImplementedError
    return return_value.sum(1)


def below(mu, logvar):
    raise NotImplementedError
    var = logvar.exp()
    return 0.5 * (mu**2 + var - 1 - logvar).sum(1)


def calls_a_stub(mu, logvar, n):
    def my_log_density(z):
        raise NotImplementedError

    return my_log_density(mu)


Q = Normal(torch.tensor([[0.3, -1.0]]), torch.tensor([[0.5, 2.0]]))  # of a cell above


def draw_means(mu, logvar, n, average):
    """An estimate from the n log ratios of whole codes, (n, B), by another average."""
    return average(sampled_kl(mu, logvar, n).sum(2))


def squares(recon, x):
    return (x - recon).square().flatten(1).sum(1)


def gaussian_by_loop(recon, x, sigma):
    rows = []
    for image, mean in zip(x, recon, strict=True):
        p = MultivariateNormal(mean.flatten(), sigma**2 * torch.eye(784))
        rows.append(-p.log_prob(image.flatten()))
    return torch.stack(rows)


def by_torch(recon, x, variance, full=True):
    return F.gaussian_nll_loss(recon, x, torch.full_like(x, variance), full=full, reduction="none").sum(
        (1, 2, 3)
    )


def gaussian(half=1, log_sigma=1, log_circle=1, pixels=784):
    """The loss with other factors of its three terms."""

    def loss(recon, x, sigma):
        constant = log_sigma * math.log(sigma) + log_circle * 0.5 * math.log(2 * math.pi)
        return half * squares(recon, x) / (2 * sigma**2) + pixels * constant

    return loss


def spread_out(mu, logvar, n):
    """Draws of a shape that `sample` would have added by itself."""
    return Normal(mu, sigma(logvar)).sample((n, *mu.shape))


def minus_log_prior(mu, logvar, n):
    z = Normal(mu, sigma(logvar)).sample((n,))
    return -Normal(0.0, 1.0).log_prob(z).sum(2).mean(0)


def absolute(recon, x, sigma):
    return gaussian(half=0)(recon, x, sigma) + (x - recon).abs().flatten(1).sum(1) / (2 * sigma**2)


RIGHT = {
    "kl_divergence": [
        my_kl_divergence,
        kl_divergence,
        kl_by_loop,
        full_gaussian_kl,
        lambda mu, logvar: their_kl(Normal(mu, sigma(logvar)), Normal(0.0, 1.0)).sum(1),
        lambda mu, logvar: 0.5 * torch.einsum("bd->b", mu.square() + logvar.expm1() - logvar),
        lambda mu, logvar: (0.5 * (mu**2 + logvar.exp() - 1 - torch.log(logvar.exp()))).sum(-1),
        lambda mu, logvar: kl_divergence(mu.double(), logvar.double()),
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
        lambda mu, logvar, n: my_monte_carlo_kl(mu.double(), logvar.double(), n),
    ],
    "gaussian_loss": [
        my_gaussian_loss,
        gaussian(),
        gaussian_by_loop,
        lambda recon, x, sigma: by_torch(recon, x, sigma**2),
        lambda recon, x, sigma: -Normal(recon, sigma).log_prob(x).flatten(1).sum(1),
        lambda recon, x, sigma: -Normal(recon.double(), sigma).log_prob(x).sum((1, 2, 3)),
    ],
    "hidden_beta": [
        my_hidden_beta,
        lambda weight, sigma: 392 * weight / sigma / sigma,
        lambda weight, sigma: torch.tensor(weight) * 28 * 28 * 0.5 / torch.tensor(sigma) ** 2,
        lambda weight, sigma: np.float64(weight) / (2 * np.square(sigma) / 784),
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
        ("type float", lambda mu, logvar: kl_divergence(mu, logvar).sum().item()),
        ("type list", lambda mu, logvar: kl_divergence(mu, logvar).tolist()),
        ("number of images", lambda mu, logvar: kl_divergence(mu, logvar) / len(mu)),
        ("t.sum(1)", lambda mu, logvar: np.sum(0.5 * (mu**2 + logvar.exp() - 1 - logvar), axis=1)),
        ("numpy cuts", lambda mu, logvar: 0.5 * (mu**2 + np.exp(logvar) - 1 - logvar).sum(1)),
        ("still stands below", left_in),
        ("stand below `raise", below),
        ("`torch.stack` makes one", lambda mu, logvar: list(kl_divergence(mu, logvar))),
        ("spelled as in", lambda mu, logvar: 0.5 * (mu**2 + logvar.expp() - 1 - logvar).sum(1)),
        ("spelled otherwise", lambda mu, logvar: kl_divergence(mu, log_var)),  # noqa: F821
        ("nan or infinity", lambda mu, logvar: (kl_divergence(mu, logvar) - 99).log()),
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
        ("same whatever `n` is", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, 1)),
        (
            "same whatever `n` is",
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
        ("error of about", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, 3 * n + 1)),
        ("set no seed", seeded(my_monte_carlo_kl)),
        ("keep one number per image", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n).mean()),
        ("Average over the samples", lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum(2)),
        ("takes sigma", lambda mu, logvar, n: Normal(mu, logvar).sample((n,)).mean(0)),
        ("same whatever `n` is", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, 10_000)),
        ("same whatever `n` is", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, 12)),
        ("same whatever `n` is", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, len(mu))),
        ("error of about 1", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, 10 * n)),
        ("error of about 6", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, (n + 1) // 2)),
        ("one sample", lambda mu, logvar, n: draw_means(mu, logvar, n, lambda t: t[-1])),
        (
            "same whatever `mu` and `logvar` are",
            lambda mu, logvar, n: (lambda z: (Q.log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(-1).mean(0))(
                Q.sample((n,))
            ),
        ),
        ("same whatever `mu` is", lambda mu, logvar, n: my_monte_carlo_kl(torch.zeros_like(mu), logvar, n)),
        ("by itself", lambda mu, logvar, n: spread_out(mu, logvar, n).sum(-1).mean(0)),
        ("by itself", lambda mu, logvar, n: spread_out(mu, logvar, n).sum(2).mean(0)),
        ("by itself", lambda mu, logvar, n: spread_out(mu, logvar, n).mean(0)),
        ("log q(z) is missing", lambda mu, logvar, n: minus_log_prior(mu, logvar, n)),
        ("log q(z) is missing, and", lambda mu, logvar, n: -minus_log_prior(mu, logvar, n)),
        ("None of your estimates", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n).clamp(min=0)),
        ("None of your estimates", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n).abs()),
        (
            "None of your estimates",
            lambda mu, logvar, n: draw_means(mu, logvar, n, lambda t: t.relu().mean(0)),
        ),
        (
            "their mean that you take",
            lambda mu, logvar, n: draw_means(mu, logvar, n, lambda t: t.median(0).values),
        ),
        ("the largest", lambda mu, logvar, n: draw_means(mu, logvar, n, lambda t: t.amax(0))),
        ("too small", lambda mu, logvar, n: draw_means(mu, logvar, n, lambda t: t.amin(0))),
        ("too large", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n) + 0.1),
        ("leave that out", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n) / len(mu)),
        ("divide by n", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n) * n / len(mu)),
        ("still to be written", calls_a_stub),
    ],
    "gaussian_loss": [
        ("constant is missing", gaussian(log_sigma=0, log_circle=0)),
        ("log(2 pi) / 2 is missing", gaussian(log_circle=0)),
        ("log(2 pi) / 2 is missing", lambda recon, x, sigma: by_torch(recon, x, sigma**2, full=False)),
        ("log(sigma) is missing", gaussian(log_sigma=0)),
        ("once per image", gaussian(pixels=1)),
        ("constant has the wrong sign", gaussian(pixels=-784)),
        ("log(sigma) has the wrong sign", gaussian(log_sigma=-1)),
        ("log(2 pi) has the wrong sign", gaussian(log_circle=-1)),
        ("where log(sigma) belongs", gaussian(log_sigma=2)),
        ("where log(2 pi) / 2 belongs", gaussian(log_circle=2)),
        ("is not halved", gaussian(log_sigma=2, log_circle=2)),
        ("it is 2 sigma^2", gaussian(half=2)),
        ("by 2 sigma; it", lambda recon, x, sigma: gaussian(half=sigma)(recon, x, sigma)),
        ("not divided by", lambda recon, x, sigma: gaussian(half=2 * sigma**2)(recon, x, sigma)),
        ("multiplied by 2 sigma^2", lambda recon, x, sigma: gaussian(half=4 * sigma**4)(recon, x, sigma)),
        ("sigma for the variance; that", lambda recon, x, sigma: by_torch(recon, x, sigma)),
        ("sigma for the variance, which", lambda recon, x, sigma: by_torch(recon, x, sigma, full=False)),
        (
            "sigma^2 for the standard",
            lambda recon, x, sigma: -Normal(recon, sigma**2).log_prob(x).sum((1, 2, 3)),
        ),
        ("squares are averaged", gaussian(half=1 / 784)),
        ("All is averaged", lambda recon, x, sigma: my_gaussian_loss(recon, x, sigma) / 784),
        ("squared error alone", lambda recon, x, sigma: squares(recon, x)),
        ("half the squared error", lambda recon, x, sigma: squares(recon, x) / 2),
        ("this is log p", lambda recon, x, sigma: -my_gaussian_loss(recon, x, sigma)),
        ("error's size", lambda recon, x, sigma: absolute(recon, x, sigma)),
        ("bits", lambda recon, x, sigma: my_gaussian_loss(recon, x, sigma) / math.log(2)),
        (
            "average over the batch",
            lambda recon, x, sigma: my_gaussian_loss(recon, x, sigma).mean().expand(4),
        ),
        ("sum over the batch", lambda recon, x, sigma: my_gaussian_loss(recon, x, sigma).sum().expand(4)),
        ("number of images", lambda recon, x, sigma: my_gaussian_loss(recon, x, sigma) / len(x)),
        ("keep one number per image", lambda recon, x, sigma: my_gaussian_loss(recon, x, sigma).mean()),
        ("keep one number per image", lambda recon, x, sigma: -Normal(recon, sigma).log_prob(x)),
        ("keep one number per image", lambda recon, x, sigma: -Normal(recon, sigma).log_prob(x).sum(0)),
        ("same whatever `sigma` is", lambda recon, x, sigma: my_gaussian_loss(recon, x, 1.0)),
        ("same whatever `sigma` is", lambda recon, x, sigma: F.mse_loss(recon, x)),
        ("same whatever `sigma` is", lambda recon, x, sigma: F.binary_cross_entropy(recon, x)),
        ("No gradient reaches `recon`", lambda recon, x, sigma: my_gaussian_loss(recon, x, sigma).detach()),
        ("for one plain number use `math`", lambda recon, x, sigma: squares(recon, x) + torch.log(sigma)),
        ("t.sum(1)", lambda recon, x, sigma: np.sum((x - recon) ** 2, axis=(1, 2, 3))),
        ("numpy cuts", lambda recon, x, sigma: squares(recon.numpy(), x)),
        ("Try one pixel", lambda recon, x, sigma: my_gaussian_loss(recon, x, sigma) + 5),
    ],
    "hidden_beta": [
        ("weight itself", lambda weight, sigma: weight),
        ("pixels are lost", lambda weight, sigma: weight / (2 * sigma**2)),
        ("sigma is lost", lambda weight, sigma: weight * 784),
        ("The 2 is lost", lambda weight, sigma: weight * 784 / sigma**2),
        ("not squared", lambda weight, sigma: weight * 784 / (2 * sigma)),
        ("squared again", lambda weight, sigma: weight * 784 / (2 * sigma**4)),
        ("its place is below", lambda weight, sigma: weight * 784 * 2 * sigma**2),
        ("multiply all by it", lambda weight, sigma: weight * 2 * sigma**2 / 784),
        ("Upside down", lambda weight, sigma: 2 * sigma**2 / (784 * weight)),
        ("28 * 28", lambda weight, sigma: weight * 28 / (2 * sigma**2)),
        ("pixels twice", lambda weight, sigma: weight * 784**2 / (2 * sigma**2)),
        ("count the images", lambda weight, sigma: weight * 784 * 128 / (2 * sigma**2)),
        ("divide by the images", lambda weight, sigma: weight * 784 / 128 / (2 * sigma**2)),
        ("sign", lambda weight, sigma: -weight * 784 / (2 * sigma**2)),
        ("same whatever `sigma` is", lambda weight, sigma: weight * 392),
        ("same whatever `weight` and `sigma` are", lambda weight, sigma: 784),
        ("beta is 392", lambda weight, sigma: weight + 784 / (2 * sigma**2)),
        ("type bool", lambda weight, sigma: weight > sigma),
        ("type str", lambda weight, sigma: "784 * weight"),
        ("type list", lambda weight, sigma: [my_hidden_beta(weight, sigma)]),
    ],
}
