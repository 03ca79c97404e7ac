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


RIGHT = {"score_function_gradient": [my_score_function_gradient, score_by_autograd, score_by_loop, from_eps]}
WRONG = {
    "score_function_gradient": [
        ("if the slope of f is taken", pathwise),
        ("return the same, [0, 0, 0]", score_of_a_moving_draw),
        ("The mean fits, the spread does not", many),
        ("shape (); (5,) is asked for", lambda *case: my_score_function_gradient(*case).mean()),
        ("does not depend on `f`", lambda f, *case: my_score_function_gradient(torch.square, *case)),
        ("'int' object is not iterable", lambda f, mu, sigma, n: Normal(mu, sigma).sample(n)),
    ],
}
