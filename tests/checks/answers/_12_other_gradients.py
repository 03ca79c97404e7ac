"""Answers to notebook 12."""

import torch
from torch.distributions import Normal


def my_score_function_gradient(f, mu, sigma, n):
    z = mu + sigma * torch.randn(n)
    return f(z) * (z - mu) / sigma**2


def score_by_autograd(f, mu, sigma, n):
    means = torch.full((n,), mu, requires_grad=True)
    z = Normal(means, sigma).sample()
    (score,) = torch.autograd.grad(Normal(means, sigma).log_prob(z).sum(), means)
    return f(z) * score


def score_by_loop(f, mu, sigma, n):
    estimates = []
    for _ in range(n):
        z = torch.normal(mu, sigma, (1,))
        estimates.append(f(z) * (z - mu) / sigma**2)
    return torch.cat(estimates)


def from_eps(f, mu, sigma, n):
    eps = torch.randn(n)
    return (f(mu - sigma * eps) * -eps / sigma).double()


def score_of_a_moving_draw(f, mu, sigma, n):
    means = torch.full((n,), mu, requires_grad=True)
    z = means + sigma * torch.randn(n)
    log_q = -((z - means) ** 2) / (2 * sigma**2)
    return f(z.detach()) * torch.autograd.grad(log_q.sum(), means)[0]


def pathwise(f, mu, sigma, n):
    z = (mu + sigma * torch.randn(n)).requires_grad_()
    return torch.autograd.grad(f(z).sum(), z)[0]


def many(f, mu, sigma, n):
    return my_score_function_gradient(f, mu, sigma, 10 * n).view(10, n).mean(0)


def slope_of(f):
    def slope(z):
        z = z.requires_grad_()
        return torch.autograd.grad(f(z).sum(), z)[0]

    return slope


def log_q(z, mu, sigma):
    return Normal(mu, sigma).log_prob(z)


def product(
    w=lambda z, mu, sigma: (z - mu) / sigma**2, draw=lambda mu, sigma, n: Normal(mu, sigma).sample((n,))
):
    """f(z) * w(z), with another w, or other draws z."""

    def answer(f, mu, sigma, n):
        z = draw(mu, sigma, n)
        return f(z) * w(z, mu, sigma)

    return answer


RIGHT = {"score_function_gradient": [my_score_function_gradient, score_by_autograd, score_by_loop, from_eps]}
WRONG = {
    "score_function_gradient": [
        ("return the same, [0, 0, 0]", score_of_a_moving_draw),
        ("The mean fits, the spread does not", many),
        ("shape (); (5,) is asked for", lambda *case: my_score_function_gradient(*case).mean()),
        ("does not depend on `f`", lambda f, *case: my_score_function_gradient(torch.square, *case)),
        ("'int' object is not iterable", lambda f, mu, sigma, n: Normal(mu, sigma).sample(n)),
    ],
}
SLIPS = {
    "score_function_gradient": {
        "sigma divides, not sigma²": product(lambda z, mu, sigma: (z - mu) / sigma),
        "nothing divides": product(lambda z, mu, sigma: z - mu),
        "brackets are missing in z - mu / sigma²": product(lambda z, mu, sigma: z - mu / sigma**2),
        "the slope of f is taken": pathwise,
        "f is left out": lambda f, *case: my_score_function_gradient(torch.ones_like, *case),
        "the slope of ln q is left out": lambda f, mu, sigma, n: f(Normal(mu, sigma).sample((n,))),
        "ln q stands for its slope": product(log_q),
        "ln q stands for its slope, and the slope of f for f": lambda f, *case: product(log_q)(
            slope_of(f), *case
        ),
        "the slope of ln q is that for sigma": product(
            lambda z, mu, sigma: ((z - mu) ** 2 - sigma**2) / sigma**3
        ),
        "f and the slope get draws of their own": lambda f, mu, sigma, n: (
            f(Normal(mu, sigma).sample((n,))) * torch.randn(n) / sigma
        ),
        "f gets eps": lambda f, mu, sigma, n: product()(lambda z: f((z - mu) / sigma), mu, sigma, n),
        "the draws have a spread of sigma²": product(
            draw=lambda mu, sigma, n: torch.normal(mu, sigma**2, (n,))
        ),
        "each estimate is divided by n": lambda *case: my_score_function_gradient(*case) / case[-1],
    },
}
