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


def squares(recon, x):
    """Their sum in each image."""
    return F.mse_loss(recon, x, reduction="none").sum((1, 2, 3))


def constants(sigma):
    """Of all pixels of an image."""
    return -784 * Normal(0.0, sigma).log_prob(torch.tensor(0.0))


def plus(constants):
    """The loss with other constants."""
    return lambda recon, x, sigma: squares(recon, x) / (2 * sigma**2) + constants(sigma)


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
        ("if the root of `sigma` stands in its place", nll(lambda sigma: sigma)),
        ("if `sigma` is squared once more", nll(lambda sigma: sigma**4)),
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
        ("a value of type bool; a number is asked for", lambda weight, sigma: weight > sigma),
        ("a value of type str; a number is asked for", lambda weight, sigma: "784 * weight"),
    ],
    "best_sigma": [
        ("if a last root is missing", lambda x, x_hat: F.mse_loss(x_hat, x)),
        ("shape (6,); () is asked for", lambda x, x_hat: (x - x_hat).square().mean((1, 2, 3)).sqrt()),
        ("a value of type float; a torch tensor", lambda x, x_hat: my_best_sigma(x, x_hat).item()),
        ("no gradient reaches `x_hat`", lambda x, x_hat: my_best_sigma(x, x_hat).detach()),
    ],
}
SLIPS = {
    "gaussian_loss": {
        "both constants are left out": lambda recon, x, sigma: squares(recon, x) / (2 * sigma**2),
        "ln(2 pi) / 2 is left out": nll(lambda sigma: sigma**2, full=False),
        "ln sigma is left out": plus(lambda sigma: 784 * math.log(2 * math.pi) / 2),
        "ln sigma is subtracted": plus(lambda sigma: 784 * (math.log(2 * math.pi) / 2 - math.log(sigma))),
        "both constants are subtracted": plus(lambda sigma: -392 * math.log(2 * math.pi * sigma**2)),
        "the constants are there once per image": plus(lambda sigma: math.log(2 * math.pi * sigma**2) / 2),
        "ln(2 pi sigma²) is not halved": plus(lambda sigma: 784 * math.log(2 * math.pi * sigma**2)),
        "sigma² divides the squares, without the 2": lambda recon, x, sigma: (
            squares(recon, x) / sigma**2 + constants(sigma)
        ),
        "2 sigma divides the squares": lambda recon, x, sigma: (
            squares(recon, x) / (2 * sigma) + constants(sigma)
        ),
        "the squares are averaged": lambda recon, x, sigma: (
            squares(recon, x) / 784 / (2 * sigma**2) + constants(sigma)
        ),
        "it is the sum of squares": lambda recon, x, sigma: squares(recon, x),
        "it is half the sum of squares": lambda recon, x, sigma: squares(recon, x) / 2,
    },
    "hidden_beta": {
        "it is the weight itself": lambda weight, sigma: weight,
        "the 784 pixels are left out": lambda weight, sigma: weight / sigma**2 / 2,
        "2 sigma² is left out": lambda weight, sigma: 28 * 28 * weight,
        "2 sigma² multiplies": lambda weight, sigma: weight * 784 * 2 * sigma**2,
        "784 / (2 sigma²) divides": lambda weight, sigma: weight / (784 / (2 * sigma**2)),
        "there are 28 pixels": lambda weight, sigma: 14 * weight / sigma**2,
        "it is multiplied by a batch of 128": lambda weight, sigma: 128 * my_hidden_beta(weight, sigma),
    },
    "best_sigma": {
        "the squares are added up": lambda x, x_hat: torch.dist(x, x_hat),
        "the squares of each image are added up": lambda x, x_hat: squares(x_hat, x).mean().sqrt(),
        "the mean difference is taken off first, as by `std`": lambda x, x_hat: (x - x_hat).std(),
        "distances are averaged, not squares": lambda x, x_hat: F.l1_loss(x_hat, x),
        "the root of each image comes before the mean": lambda x, x_hat: (
            (squares(x_hat, x) / 784).sqrt().mean()
        ),
        "the squares are halved": lambda x, x_hat: (F.mse_loss(x_hat, x) / 2).sqrt(),
        "the squares are doubled": lambda x, x_hat: (2 * F.mse_loss(x_hat, x)).sqrt(),
    },
}
