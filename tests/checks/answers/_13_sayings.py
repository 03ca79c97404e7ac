"""Answers to notebook 13."""

import torch


def my_rotate_latent_space(z, weight, rotation):
    return z @ rotation.T, weight @ rotation.T


def turn_by_rows(z, weight, rotation):
    return torch.stack([rotation @ code for code in z]), torch.stack([rotation @ row for row in weight])


def fitted(z, weight, rotation):
    """A weight that gives the same numbers for the first code, and for no other."""
    turned = z @ rotation.T
    return turned, (torch.linalg.pinv(turned[:1]) @ (z @ weight.T)[:1]).T


RIGHT = {
    "rotate_latent_space": [
        my_rotate_latent_space,
        turn_by_rows,
        lambda z, weight, rotation: ((rotation @ z.T).T, weight @ torch.linalg.inv(rotation)),
        lambda z, weight, rotation: [torch.einsum("ij,bj->bi", rotation, layer) for layer in (z, weight)],
    ],
}
WRONG = {
    "rotate_latent_space": [
        ("`turned_weight` is", fitted),
        ("of type torch.float64", lambda z, weight, rotation: (z.double() @ rotation.double().T, weight)),
        ("rows and columns swapped", lambda z, weight, rotation: (rotation @ z.T, weight @ rotation.T)),
        ("shapes cannot be multiplied", lambda z, weight, rotation: (z @ rotation.T, rotation @ weight)),
        ("asked for are turned_z, turned_weight", lambda z, weight, rotation: z @ rotation.T),
        ("does not depend on `rotation`", lambda z, weight, rotation: (3 * z, weight / 3)),
    ],
}
SLIPS = {
    "rotate_latent_space": {
        "turned_z": {
            "`z @ rotation` turns the codes the other way": lambda z, weight, rotation: (
                z @ rotation,
                weight @ rotation,
            ),
            "the codes are not turned": lambda z, weight, rotation: (z, weight @ rotation.T),
        },
        "turned_weight": {
            "the weight is turned the other way, so that the two turns add up": lambda z, weight, rotation: (
                z @ rotation.T,
                weight @ rotation,
            ),
            "the weight is not turned": lambda z, weight, rotation: (z @ rotation.T, weight),
        },
    },
}
