"""Answers to notebook 05: walks and mean codes."""

import numpy as np
import torch
from solutions import my_interpolate, my_mean_code, my_rotate_latent_space

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


CODE = torch.tensor([0.3, -1.2, 2.0])  # of a cell above


def refusing(refused, z_a, z_b, steps):
    if refused:
        raise ValueError("too few steps")
    return my_interpolate(z_a, z_b, steps)


def walk_left_in(z_a, z_b, steps):
    t = torch.linspace(0, 1, steps)[:, None]
    raise NotImplementedError
    return torch.lerp(z_a, z_b, t)


def mean_left_in(mu, labels, digit):
    chosen = mu[labels == digit]
    raise NotImplementedError
    return chosen.mean(0)


def mean_below(mu, labels, digit):
    raise NotImplementedError
    chosen = mu[labels == digit]
    return chosen.mean(0)


def running_halves(mu, labels, digit):
    """An average taken image by image, in which the last ones weigh most."""
    first, *others = mu[labels == digit]
    for code in others:
        first = (first + code) / 2
    return first


def midrange(codes):
    return (codes.amin(0) + codes.amax(0)) / 2


def turn_by_rows(z, weight, rotation):
    return torch.stack([rotation @ code for code in z]), torch.stack([rotation @ row for row in weight])


def fitted(turned, before):
    """A weight that gives the same numbers for these codes, and for no others."""
    return (torch.linalg.pinv(turned[:1]) @ before[:1]).T


RIGHT = {
    "interpolate": [
        my_interpolate,
        interpolate,
        walk_by_loop,
        walk_by_numpy,
        lambda z_a, z_b, steps: my_interpolate(z_a.double(), z_b.double(), steps),
    ],
    "mean_code": [
        my_mean_code,
        mean_code,
        mean_by_loop,
        lambda mu, labels, digit: (
            torch.einsum("nd,n->d", mu, (labels == digit).float()) / (labels == digit).sum()
        ),
        lambda mu, labels, digit: mu[torch.where(labels == digit)[0]].sum(0) / (labels == digit).sum(),
        lambda mu, labels, digit: torch.tensor(mu.numpy()[labels.numpy() == digit].mean(axis=0)),
        lambda mu, labels, digit: mu.double()[labels == digit].mean(0),
        lambda mu, labels, digit: mu[np.where(labels == digit)].mean(0),
    ],
    "rotate_latent_space": [
        my_rotate_latent_space,
        turn_by_rows,
        lambda z, weight, rotation: ((rotation @ z.T).T, weight @ torch.linalg.inv(rotation)),
        lambda z, weight, rotation: [torch.einsum("ij,bj->bi", rotation, layer) for layer in (z, weight)],
        lambda z, weight, rotation: (z.double() @ rotation.double().T, weight @ rotation.T),
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
        ("number 1 should lie 1/4 of the way", walk_at(lambda steps: ends(steps) ** 2)),
        (
            "number 1 should lie 1/4 of the way",
            walk_at(lambda steps: (1 - torch.cos(torch.pi * ends(steps))) / 2),
        ),
        ("not the gaps", walk_at(lambda steps: ends(steps + 1))),
        ("both ends included", walk_at(lambda steps: ends(steps)[:-1])),
        ("both ends included", walk_at(lambda steps: ends(steps)[1:-1])),
        ("each point a row", lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps).T),
        ("not (1, d)", lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps).unsqueeze(1)),
        ("torch.cat", lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps).flatten()),
        ("same whatever `steps` is", lambda z_a, z_b, steps: (z_a + z_b) / 2),
        ("a value of type list", lambda z_a, z_b, steps: list(my_interpolate(z_a, z_b, steps))),
        ("torch.stack", lambda z_a, z_b, steps: torch.tensor(list(my_interpolate(z_a, z_b, steps)))),
        ("a column", lambda z_a, z_b, steps: z_a + ends(steps) * (z_b - z_a)),
        ("returns something", for_few_steps(lambda z_a, steps: z_a.expand(steps, -1))),
        ("returns something", for_few_steps(lambda z_a, steps: None)),
        ("stops with ZeroDivisionError", for_few_steps(lambda z_a, steps: 1 / 0)),
        ("if steps < 2", lambda z_a, z_b, steps: torch.lerp(z_a, z_b, ends(steps)[:, None])),
        ("changes its input `z_a`", lambda z_a, z_b, steps: my_interpolate(z_a.mul_(2), z_b, steps)),
        ("refuses 2 steps", lambda z_a, z_b, steps: refusing(steps <= 2, z_a, z_b, steps)),
        ("refuses 2 steps", lambda z_a, z_b, steps: refusing(steps < 3, z_a, z_b, steps)),
        ("same whatever `z_a` is", lambda z_a, z_b, steps: my_interpolate(torch.ones(3), z_b, steps)),
        ("same whatever `z_a` and `z_b` are", lambda z_a, z_b, steps: my_interpolate(CODE, -CODE, steps)),
        ("same whatever `steps` is", lambda z_a, z_b, steps: my_interpolate(z_a, z_b, 10)),
        ("do not mix", lambda z_a, z_b, steps: z_a + np.linspace(0, 1, steps)[:, None] * (z_b - z_a)),
        ("numpy array", lambda z_a, z_b, steps: np.linspace(z_a.numpy(), z_b.numpy(), steps)),
        ("D is a size", lambda z_a, z_b, steps: torch.zeros(steps, D)),  # noqa: F821
        ("still stands below", walk_left_in),
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
        ("same whatever `labels` and `digit` are", lambda mu, labels, digit: mu.mean(1)),
        ("keepdim", lambda mu, labels, digit: mu[labels == digit].mean(0, keepdim=True)),
        ("average them", lambda mu, labels, digit: mu[labels == digit]),
        ("Which rows do you average", lambda mu, labels, digit: mu[labels == digit].std(0)),
        ("Which rows do you average", lambda mu, labels, digit: mu[labels == digit][1:].mean(0)),
        ("changes its input `mu`", lambda mu, labels, digit: mu.mul_(2)[labels == digit].mean(0)),
        ("`nonzero()` brings one", lambda mu, labels, digit: mu[(labels == digit).nonzero()].mean(0)),
        ("`nonzero()` brings one", lambda mu, labels, digit: mu[torch.argwhere(labels == digit)].mean(0)),
        ("index with `labels == digit` itself", lambda mu, labels, digit: mu[(labels == digit).nonzero()]),
        (
            "halfway between",
            lambda mu, labels, digit: (lambda t: (t.amin(0) + t.amax(0)) / 2)(mu[labels == digit]),
        ),
        ("the largest", lambda mu, labels, digit: mu[labels == digit].amax(0)),
        ("halve the sum", running_halves),
        ("root of the mean square", lambda mu, labels, digit: mu[labels == digit].square().mean(0).sqrt()),
        ("there are twice", lambda mu, labels, digit: mu[labels == digit].mean(0) / (labels == digit).sum()),
        ("by 10", lambda mu, labels, digit: mu[labels == digit].sum(0) / 10),
        ("`labels` multiplies", lambda mu, labels, digit: (mu * labels[:, None]).mean(0)),
        ("t.mean(0)", lambda mu, labels, digit: np.mean(mu[labels == digit], axis=0)),
        ("parentheses of a call", lambda mu, labels, digit: mu[labels == digit].mean),
        ("`torch.stack` makes one", lambda mu, labels, digit: list(mu[labels == digit].mean(0))),
        ("same whatever `labels` is", lambda mu, labels, digit: mu[:digit].sum(0)),
        ("same whatever `mu` and `labels` are", lambda mu, labels, digit: digit * CODE),
        ("spelled otherwise", lambda mu, labels, digit: mu[label == digit].mean(0)),  # noqa: F821
        ("still stands below", mean_left_in),
        ("stand below `raise", mean_below),
    ],
    "rotate_latent_space": [
        ("turned backwards: row", lambda z, weight, rotation: (z @ rotation, weight @ rotation)),
        ("weight is not", lambda z, weight, rotation: (z @ rotation.T, weight)),
        ("codes are not", lambda z, weight, rotation: (z, weight @ rotation.T)),
        ("Nothing is turned", lambda z, weight, rotation: (z, weight)),
        ("the wrong way", lambda z, weight, rotation: (z @ rotation.T, weight @ rotation)),
        ("does not undo it", lambda z, weight, rotation: (z @ rotation, weight @ rotation.T)),
        ("`.T` swaps", lambda z, weight, rotation: (z @ rotation.T, rotation @ weight)),
        ("order right", lambda z, weight, rotation: (weight @ rotation.T, z @ rotation.T)),
        ("transposed", lambda z, weight, rotation: (rotation @ z.T, weight @ rotation.T)),
        ("two tensors", lambda z, weight, rotation: z @ rotation.T),
        ("two tensors", lambda z, weight, rotation: weight @ rotation.T),
        ("which product", lambda z, weight, rotation: (-z @ rotation.T, -weight @ rotation.T)),
        ("which product", lambda z, weight, rotation: (2 * z @ rotation.T, weight @ rotation.T / 2)),
        ("to undo that", lambda z, weight, rotation: (z @ rotation.T, 2 * weight @ rotation.T)),
        ("to undo that", lambda z, weight, rotation: (z @ rotation.T, fitted(z @ rotation.T, z @ weight.T))),
        ("same whatever `z` is", lambda z, weight, rotation: (torch.ones_like(z), weight @ rotation.T)),
        ("same whatever `rotation` is", lambda z, weight, rotation: (2 * z, weight / 2)),
        ("changes its input `z`", lambda z, weight, rotation: (z.copy_(z @ rotation.T), weight @ rotation.T)),
    ],
}
