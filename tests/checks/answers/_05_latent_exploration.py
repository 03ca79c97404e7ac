"""Answers to notebook 05."""

import numpy as np
import torch


def my_interpolate(z_a, z_b, steps):
    if steps < 2:
        raise ValueError("a walk needs two ends")
    t = torch.linspace(0, 1, steps).unsqueeze(1)  # (steps, 1)
    return (1 - t) * z_a + t * z_b


def my_mean_code(mu, labels, digit):
    return mu[labels == digit].mean(0)


def walk_by_loop(z_a, z_b, steps):
    if steps < 2:
        raise ValueError
    return torch.stack([z_a + i / (steps - 1) * (z_b - z_a) for i in range(steps)])


def walk_by_numpy(z_a, z_b, steps):
    if steps <= 1:
        raise ValueError(f"steps must be at least 2, got {steps}")
    return torch.from_numpy(np.linspace(z_a.numpy(), z_b.numpy(), steps))


def mean_by_loop(mu, labels, digit):
    chosen = [z for z, label in zip(mu, labels, strict=True) if label == digit]
    return sum(chosen) / len(chosen)


def walk_at(times):
    """A walk at other times."""
    return lambda z_a, z_b, steps: torch.lerp(z_a, z_b, times(steps)[:, None])


def walk_of_three_or_more(z_a, z_b, steps):
    if steps < 3:
        raise ValueError("too few")
    return my_interpolate(z_a, z_b, steps)


def walk_that_refuses_one_step_alone(z_a, z_b, steps):
    if steps == 1:
        raise ValueError("a walk needs two ends")
    t = torch.linspace(0, 1, steps).unsqueeze(1)
    return (1 - t) * z_a + t * z_b


def for_few_steps(reply):
    """A right walk, but for what it does with fewer than two steps."""
    return lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps) if steps > 1 else reply()


def weighted(of_a, of_b):
    """A walk on which the two ends have other weights."""

    def answer(z_a, z_b, steps):
        return torch.stack([of_a(t) * z_a + of_b(t) * z_b for t in torch.linspace(0, 1, steps)])

    return answer


def walk_on_the_sphere(z_a, z_b, steps):
    angle = torch.acos(torch.cosine_similarity(z_a, z_b, dim=0))

    def arc(t):
        return torch.sin(t * angle) / torch.sin(angle)

    return weighted(lambda t: arc(1 - t), arc)(z_a, z_b, steps)


RIGHT = {
    "interpolate": [my_interpolate, walk_by_loop, walk_by_numpy],
    "mean_code": [
        my_mean_code,
        mean_by_loop,
        lambda mu, labels, digit: (mu.T @ (labels == digit).float()) / (labels == digit).sum(),
        lambda mu, labels, digit: torch.tensor(mu.numpy()[labels.numpy() == digit].mean(axis=0)),
    ],
}
WRONG = {
    "interpolate": [
        ("if `z_a` and `z_b` are swapped", walk_at(lambda steps: torch.linspace(1, 0, steps))),
        ("[1, 0.5], [4, -1]]; right is", walk_at(lambda steps: torch.linspace(0, 1, steps) ** 2)),
        ("shape (7, 4); (6, 4) is asked for", walk_at(lambda steps: torch.linspace(0, 1, steps + 1))),
        ("and `steps` = 2, your function stops in line", walk_of_three_or_more),
        ("of type torch.float64", lambda *case: my_interpolate(*case).double()),
        ("rows and columns swapped", lambda *case: my_interpolate(*case).T),
        ("returns a value of type list", lambda *case: list(my_interpolate(*case))),
        ("steps = 1 your function returns something", walk_at(lambda steps: torch.linspace(0, 1, steps))),
        ("steps = 1 your function stops with ZeroDivisionError", for_few_steps(lambda: 1 / 0)),
        ("steps = 1 your function returns None", for_few_steps(lambda: None)),
        ("steps = 0 your function returns something", walk_that_refuses_one_step_alone),
    ],
    "mean_code": [
        ("does not depend on `digit`", lambda mu, labels, digit: mu[labels == 7].mean(0)),
        ("It is the mean of the right numbers", lambda mu, labels, digit: mu[labels == digit].mean()),
        ("of type torch.float64", lambda *case: my_mean_code(*case).double()),
        (
            "`digit` = 0, your function returns [nan, nan, nan]",
            lambda mu, labels, digit: mu[(labels == digit) & (labels > 0)].mean(0),
        ),
        ("Its mean over dimension 0 is right", lambda mu, labels, digit: mu[labels == digit]),
    ],
}
SLIPS = {
    "interpolate": {
        "t begins at 0 and ends before 1": walk_at(lambda steps: torch.arange(steps) / steps),
        "t begins after 0 and ends at 1": walk_at(lambda steps: torch.arange(1, steps + 1) / steps),
        "t begins after 0 and ends before 1": walk_at(lambda steps: torch.linspace(0, 1, steps + 2)[1:-1]),
        "the walk leads away from `z_b`": weighted(lambda t: 1 + t, lambda t: -t),
        "`z_a` has the weight 1": weighted(torch.ones_like, lambda t: t),
        "`z_b` has the weight 1": weighted(lambda t: 1 - t, torch.ones_like),
        "`z_a` is not added": lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps) - z_a,
        "the walk follows the sphere": walk_on_the_sphere,
    },
    "mean_code": {
        "all codes are averaged": lambda mu, labels, digit: mu.mean(0),
        "the codes are added up": lambda mu, labels, digit: (labels == digit).float() @ mu,
        "the number of all codes divides": lambda mu, labels, digit: mu[labels == digit].sum(0) / len(labels),
        "10 divides": lambda mu, labels, digit: mu[labels == digit].sum(0) / 10,
        "all codes but those are averaged": lambda mu, labels, digit: mu[labels != digit].mean(0),
        "row number `digit` is taken": lambda mu, labels, digit: mu[digit],
        "labels are used as row numbers": lambda mu, labels, digit: mu[labels].mean(0),
        "the first such code is taken": lambda mu, labels, digit: mu[labels.tolist().index(digit)],
        "the median is taken": lambda mu, labels, digit: mu[labels == digit].median(0).values,
    },
}
