"""Answers to notebook 05: walks and mean codes."""

import numpy as np
import torch
from solutions import my_interpolate, my_mean_code

from vae_helpers import interpolate, mean_code


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


def walk_at(t, walk=torch.lerp):
    """A walk with these weights t, which refuses fewer than two steps."""

    def answer(z_a, z_b, steps):
        if steps < 2:
            raise ValueError
        return walk(z_a, z_b, t(steps).unsqueeze(1))

    return answer


def along_sphere(z_a, z_b, t):
    omega = torch.acos(z_a @ z_b / (z_a.norm() * z_b.norm()))
    return (torch.sin((1 - t) * omega) * z_a + torch.sin(t * omega) * z_b) / torch.sin(omega)


def ends(steps):
    return torch.linspace(0, 1, steps)


def for_few_steps(reply):
    """A right walk, but for what it does with fewer than two steps."""
    return lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps) if steps > 1 else reply(z_a, steps)


RIGHT = {
    "interpolate": [my_interpolate, interpolate, walk_by_loop, walk_by_numpy],
    "mean_code": [
        my_mean_code,
        mean_code,
        mean_by_loop,
        lambda mu, labels, digit: (
            torch.einsum("nd,n->d", mu, (labels == digit).float()) / (labels == digit).sum()
        ),
        lambda mu, labels, digit: mu[torch.where(labels == digit)[0]].sum(0) / (labels == digit).sum(),
        lambda mu, labels, digit: torch.tensor(mu.numpy()[labels.numpy() == digit].mean(axis=0)),
    ],
}


WRONG = {
    "interpolate": [
        ("before `z_b`", walk_at(lambda steps: torch.arange(steps) / steps)),
        ("after `z_a`", walk_at(lambda steps: torch.arange(1, steps + 1) / steps)),
        ("both ends are missing", walk_at(lambda steps: torch.linspace(0, 1, steps + 2)[1:-1])),
        ("from `z_b` to `z_a`", walk_at(lambda steps: ends(steps).flip(0))),
        ("walk away", walk_at(ends, lambda z_a, z_b, t: z_a + t * (z_a - z_b))),
        ("`z_a` needs the weight", walk_at(ends, lambda z_a, z_b, t: z_a + t * z_b)),
        ("`z_b` needs the weight", walk_at(ends, lambda z_a, z_b, t: (1 - t) * z_a + z_b)),
        ("starts at 0", walk_at(ends, lambda z_a, z_b, t: t * (z_b - z_a))),
        ("sphere", walk_at(ends, along_sphere)),
        ("same one", walk_at(lambda steps: torch.full((steps,), 0.5))),
        ("t = i / 4", walk_at(lambda steps: ends(steps) ** 2)),
        ("t = i / 4", walk_at(lambda steps: (1 - torch.cos(torch.pi * ends(steps))) / 2)),
        ("not the gaps", walk_at(lambda steps: ends(steps + 1))),
        ("both ends included", walk_at(lambda steps: ends(steps)[:-1])),
        ("both ends included", walk_at(lambda steps: ends(steps)[1:-1])),
        ("each point a row", lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps).T),
        ("not (1, d)", lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps).unsqueeze(1)),
        ("torch.cat", lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps).flatten()),
        ("one point", lambda z_a, z_b, steps: (z_a + z_b) / 2),
        ("float64", lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps).double()),
        ("a value of type list", lambda z_a, z_b, steps: list(my_interpolate(z_a, z_b, steps))),
        ("torch.stack", lambda z_a, z_b, steps: torch.tensor(list(my_interpolate(z_a, z_b, steps)))),
        ("a column", lambda z_a, z_b, steps: z_a + ends(steps) * (z_b - z_a)),
        ("returns something", for_few_steps(lambda z_a, steps: z_a.expand(steps, -1))),
        ("returns something", for_few_steps(lambda z_a, steps: None)),
        ("stops with ZeroDivisionError", for_few_steps(lambda z_a, steps: 1 / 0)),
        ("if steps < 2", lambda z_a, z_b, steps: torch.lerp(z_a, z_b, ends(steps)[:, None])),
        ("changes its input `z_a`", lambda z_a, z_b, steps: my_interpolate(z_a.mul_(2), z_b, steps)),
    ],
    "mean_code": [
        ("all images: choose", lambda mu, labels, digit: mu.mean(0)),
        ("add the codes up", lambda mu, labels, digit: mu[labels == digit].sum(0)),
        ("number of all", lambda mu, labels, digit: mu[labels == digit].sum(0) / len(mu)),
        ("number of all", lambda mu, labels, digit: (mu * (labels == digit)[:, None]).mean(0)),
        ("do not show", lambda mu, labels, digit: mu[labels != digit].mean(0)),
        ("image number", lambda mu, labels, digit: mu[digit]),
        ("row numbers", lambda mu, labels, digit: mu[labels].mean(0)),
        ("one image only", lambda mu, labels, digit: mu[labels == digit][0]),
        ("same digit", lambda mu, labels, digit: mu[labels == 7].mean(0)),
        ("median", lambda mu, labels, digit: mu[labels == digit].median(0).values),
        ("are equal", lambda mu, labels, digit: mu[labels == digit].mean().expand(3)),
        ("dimension 0", lambda mu, labels, digit: mu[labels == digit].mean()),
        ("over the latent dimensions", lambda mu, labels, digit: mu[labels == digit].mean(1)),
        ("over the latent dimensions", lambda mu, labels, digit: mu.mean(1)),
        ("keepdim", lambda mu, labels, digit: mu[labels == digit].mean(0, keepdim=True)),
        ("average them", lambda mu, labels, digit: mu[labels == digit]),
        ("choose the rows", lambda mu, labels, digit: mu[labels == digit].std(0)),
        ("choose the rows", lambda mu, labels, digit: mu[labels == digit + 1].sum(0)),
        ("float64", lambda mu, labels, digit: mu.double()[labels == digit].mean(0)),
        ("changes its input `mu`", lambda mu, labels, digit: mu.mul_(2)[labels == digit].mean(0)),
    ],
}
