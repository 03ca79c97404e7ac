"""Answers to notebook 09."""

import math

import torch
import torch.nn.functional as F
from torch.distributions import MultivariateNormal, Normal


def my_gaussian_loss(recon, x, sigma):
    squares = (x - recon).flatten(1).square().sum(1)
    return squares / (2 * sigma**2) + 784 * math.log(sigma * math.sqrt(2 * math.pi))


def my_hidden_beta(weight, sigma):
    return weight * 784 / (2 * sigma**2)


def my_best_sigma(x, x_hat):
    return (x - x_hat).square().mean().sqrt()


def gaussian_by_loop(recon, x, sigma):
    rows = []
    for image, mean in zip(x, recon, strict=True):
        p = MultivariateNormal(mean.flatten(), sigma**2 * torch.eye(784))
        rows.append(-p.log_prob(image.flatten()))
    return torch.stack(rows)


def nll(variance, full=True):
    def loss(recon, x, sigma):
        spread = torch.full_like(x, variance(sigma))
        return F.gaussian_nll_loss(recon, x, spread, full=full, reduction="none").sum((1, 2, 3))

    return loss


def by_a_product(recon, x, sigma):
    return -Normal(recon, sigma).log_prob(x).exp().flatten(1).prod(1).log()


def by_densities(recon, x, sigma):
    density = torch.exp(-((x - recon) ** 2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))
    return -density.log().flatten(1).sum(1)


RIGHT = {
    "gaussian_loss": [
        my_gaussian_loss,
        gaussian_by_loop,
        nll(lambda sigma: sigma**2),
        lambda recon, x, sigma: -Normal(recon, sigma).log_prob(x).flatten(1).sum(1),
    ],
    "hidden_beta": [
        my_hidden_beta,
        lambda weight, sigma: 392 * weight / sigma / sigma,
        lambda weight, sigma: torch.tensor(weight) * 28 * 28 * 0.5 / torch.tensor(sigma) ** 2,
    ],
    "best_sigma": [
        my_best_sigma,
        lambda x, x_hat: F.mse_loss(x_hat, x).sqrt(),
        lambda x, x_hat: torch.exp(0.5 * torch.log(torch.mean((x_hat - x).pow(2)))),
    ],
}
WRONG = {
    "gaussian_loss": [
        ("if ln(2 pi) / 2 is left out", nll(lambda sigma: sigma**2, full=False)),
        ("if the root of `sigma` stands in its place", nll(lambda sigma: sigma)),
        ("is what is right plus 720.4", lambda *case: my_gaussian_loss(*case) + 392 * math.log(2 * math.pi)),
        ("It is the sum of the right numbers", lambda *case: my_gaussian_loss(*case).sum()),
        ("does not depend on `sigma`", lambda recon, x, sigma: my_gaussian_loss(recon, x, 0.1)),
        ("[inf]; right is [720.4]", by_a_product),
        ("`sigma` = 0.05, your function returns [inf]", by_densities),
        ("no gradient reaches `recon`", lambda *case: my_gaussian_loss(*case).detach()),
    ],
    "hidden_beta": [
        ("if the root of `sigma` stands in its place", lambda weight, sigma: weight * 784 / (2 * sigma)),
        ("what is right times 784", lambda weight, sigma: weight * 784**2 / (2 * sigma**2)),
        ("does not depend on `weight` or `sigma`", lambda weight, sigma: 784),
        ("(1,); () is asked for", lambda weight, sigma: my_hidden_beta(torch.tensor([weight]), sigma)),
        ("a value of type str; a number is asked for", lambda weight, sigma: "784 * weight"),
    ],
    "best_sigma": [
        ("if a last root is missing", lambda x, x_hat: F.mse_loss(x_hat, x)),
        ("shape (6,); () is asked for", lambda x, x_hat: (x - x_hat).square().mean((1, 2, 3)).sqrt()),
        ("a value of type float; a torch tensor", lambda x, x_hat: my_best_sigma(x, x_hat).item()),
        ("no gradient reaches `x_hat`", lambda x, x_hat: my_best_sigma(x, x_hat).detach()),
    ],
}
