"""Answers to notebook 02."""

import math

import numpy as np
import torch
from torch.distributions import Exponential, HalfNormal, Normal, Uniform


def my_reparameterize(mu, logvar):
    return mu + torch.exp(logvar / 2) * torch.randn_like(mu)


def my_reparameterize_exponential(rate):
    u = 1 - torch.rand_like(rate)  # never 0
    return -torch.log(u) / rate


def sigma(logvar):
    return torch.exp(logvar / 2)


def seeded(function):
    """The same function with a seed set inside, so that its noise never changes."""

    def answer(*given):
        torch.manual_seed(0)
        return function(*given)

    return answer


def exponential_by_loop(rate):
    return torch.stack([-torch.log(1 - torch.rand(len(row))) / row for row in rate])


def noisy(eps=torch.randn_like, sigma=sigma):
    """A draw with other noise, or another sigma."""
    return lambda mu, logvar: mu + sigma(logvar) * eps(mu)


RIGHT = {
    "reparameterize": [
        my_reparameterize,
        lambda mu, logvar: mu - torch.sqrt(torch.exp(logvar)) * torch.randn(mu.shape),
        lambda mu, logvar: Normal(mu, (0.5 * logvar).exp()).rsample(),
    ],
    "reparameterize_exponential": [
        my_reparameterize_exponential,
        exponential_by_loop,
        lambda rate: -torch.log(torch.rand(rate.shape)) / rate,
        lambda rate: Exponential(rate).rsample(),
        lambda rate: (torch.randn(2, *rate.shape).square().sum(0) / 2 / rate).double(),
    ],
}
WRONG = {
    "reparameterize": [
        ("the variance, exp(logvar), is taken", lambda mu, logvar: Normal(mu, logvar.exp()).rsample()),
        ("if logvar itself is taken", lambda mu, logvar: mu - logvar * torch.randn_like(mu)),
        ("of type torch.float64", lambda mu, logvar: my_reparameterize(mu.double(), logvar)),
        ("if the sign of logvar is turned", lambda mu, logvar: my_reparameterize(mu, -logvar)),
        ("The spread fits, the mean does not", lambda mu, logvar: my_reparameterize(mu + 0.3, logvar)),
        ("(z - mu) / sigma has mean", lambda mu, logvar: my_reparameterize(mu, logvar.clamp(max=1.5))),
        ("Both fit, but", lambda mu, logvar: mu + sigma(logvar) * torch.randn_like(mu).sign()),
        ("All rows that come are alike", lambda mu, logvar: mu + sigma(logvar) * torch.randn(mu.shape[1])),
        ("All columns that come", lambda mu, logvar: mu + sigma(logvar) * torch.randn(len(mu), 1)),
        ("no noise is fresh", lambda mu, logvar: mu + sigma(logvar)),
        ("no noise is fresh", seeded(my_reparameterize)),
        ("are nan or infinite", lambda mu, logvar: mu + (logvar - 2).sqrt() * torch.randn_like(mu)),
        ("no gradient reaches `mu`", lambda mu, logvar: torch.normal(mu, sigma(logvar))),
        ("no gradient reaches `logvar`", lambda mu, logvar: my_reparameterize(mu, logvar.detach())),
        (
            "gradient for `logvar` is not",
            lambda mu, logvar: my_reparameterize(mu, (logvar + logvar.detach()) / 2),
        ),
        (
            "Can't call numpy()",
            lambda mu, logvar: mu + torch.randn_like(mu) * torch.tensor(np.exp(logvar.numpy() / 2)),
        ),
        ("changes its input `mu`", lambda mu, logvar: mu.add_(sigma(logvar) * torch.randn_like(mu))),
        ("changes its input `logvar`", lambda mu, logvar: mu + logvar.div_(2).exp() * torch.randn_like(mu)),
        ("positional argument", lambda mu: mu),
    ],
    "reparameterize_exponential": [
        ("if the sign is turned", lambda rate: torch.log(torch.rand_like(rate)) / rate),
        ("if the logarithm is that of base 2", lambda rate: -torch.log2(torch.rand_like(rate)) / rate),
        ("if `rate` stands below where", lambda rate: -torch.log(torch.rand_like(rate)) * rate),
        ("if `rate` is left out, as if it were 1", lambda rate: -torch.log(torch.rand_like(rate))),
        ("The mean fits, the spread does not", lambda rate: -torch.rand(rate.shape).clamp(0.05).log() / rate),
        ("are nan or infinite", lambda rate: -torch.log(torch.randn_like(rate)) / rate),
        ("no gradient reaches `rate`", lambda rate: Exponential(rate).sample()),
    ],
}
SLIPS = {
    "reparameterize": {
        "logvar / 2 is taken for sigma": noisy(sigma=lambda logvar: logvar / 2),
        "logvar stands outside of `exp`": noisy(sigma=lambda logvar: math.exp(0.5) * logvar),
        "mu multiplies eps, and sigma is added": lambda mu, logvar: (
            mu * torch.randn(mu.shape) + sigma(logvar)
        ),
        "sigma multiplies mu, too": lambda mu, logvar: sigma(logvar) * Normal(mu, 1.0).rsample(),
        "eps is uniform between 0 and 1": noisy(torch.rand_like),
        "eps is uniform between -1 and 1": noisy(lambda mu: Uniform(-1.0, 1.0).sample(mu.shape)),
        "eps has lost its sign": lambda mu, logvar: mu + HalfNormal(sigma(logvar)).rsample(),
    },
    "reparameterize_exponential": {
        "z = u / rate is computed": lambda rate: torch.rand_like(rate) / rate,
        "u and z have changed places": lambda rate: torch.exp(-rate * torch.rand_like(rate)),
        "z = 1 - exp(-rate * u) is computed": lambda rate: -torch.expm1(-rate * torch.rand_like(rate)),
        "z = exp(-u) / rate is computed": lambda rate: torch.exp(-torch.rand_like(rate)) / rate,
        "the rate stands inside the logarithm": lambda rate: -torch.log(torch.rand_like(rate) / rate),
        "z is a normal number without its sign, over the rate": lambda rate: HalfNormal(1 / rate).rsample(),
        "u is a normal number without its sign": lambda rate: -torch.randn_like(rate).abs().log() / rate,
    },
}
