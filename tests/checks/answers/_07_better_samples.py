"""Answers to notebook 07."""

import torch
import torch.nn.functional as F


def my_responsibilities(log_joint):
    joint = torch.exp(log_joint - log_joint.amax(1, keepdim=True))
    return joint / joint.sum(1, keepdim=True)


def my_mean_velocity(z, t, codes):
    z0 = (z[:, None] - t[:, :, None] * codes) / (1 - t[:, :, None])
    shares = my_responsibilities(-z0.square().sum(2) / 2)
    return (shares[:, :, None] * (codes - z0)).sum(1)


def velocity_by_loop(z, t, codes):
    rows = []
    for place, time in zip(z, t, strict=True):
        z0 = (place - time * codes) / (1 - time)
        shares = torch.exp(-(z0.norm(dim=1) ** 2) / 2)
        rows.append(shares / shares.sum() @ (codes - z0))
    return torch.stack(rows)


def velocity_of_mean(z, t, codes):
    """All walks are at z, so that only the mean of their aims is needed."""
    z0 = (z[:, None] - t[:, :, None] * codes) / (1 - t[:, :, None])
    aim = my_responsibilities(-z0.square().sum(2) / 2) @ codes
    return (aim - z) / (1 - t)


def responsibilities_by_loop(log_joint):
    rows = []
    for row in log_joint:
        joint = [torch.exp(one - row.max()) for one in row]
        rows.append(torch.stack([one / sum(joint) for one in joint]))
    return torch.stack(rows)


def less_the_mean(log_joint):
    joint = (log_joint - log_joint.mean(1, True)).exp()
    return joint / joint.sum(1, True)


def velocity(shares=lambda z0: (-z0.square().sum(1) / 2).softmax(0), of_a_walk=lambda z0, codes: codes - z0):
    """The mean velocity with other shares of the walks, or another velocity of each."""

    def answer(z, t, codes):
        rows = []
        for place, time in zip(z, t, strict=True):
            z0 = (place - time * codes) / (1 - time)
            rows.append(shares(z0) @ of_a_walk(z0, codes))
        return torch.stack(rows)

    return answer


RIGHT = {
    "responsibilities": [
        my_responsibilities,
        responsibilities_by_loop,
        lambda log_joint: log_joint.softmax(1),
        lambda log_joint: torch.exp(log_joint - log_joint.logsumexp(-1, keepdim=True)),
    ],
    "mean_velocity": [my_mean_velocity, velocity_by_loop, velocity_of_mean],
}
WRONG = {
    "responsibilities": [
        ("returns nan in place [0, 0]; right is 1.", less_the_mean),
        ("[[0, 0], [0, 0]]", lambda log_joint: log_joint.exp() / (log_joint.exp().sum(1, True) + 1e-12)),
        ("if a last `exp` is missing", lambda log_joint: log_joint.log_softmax(1)),
        ("shape (6,); (6, 4) is asked for", lambda log_joint: log_joint.logsumexp(1)),
    ],
    "mean_velocity": [
        ("if `t` is left out", lambda z, t, codes: codes.mean(0) - z),
        (
            "shape (4, 5, 3); (4, 3) is asked for",
            lambda z, t, codes: my_mean_velocity(z, t, codes)[:, None] + 0 * codes,
        ),
    ],
}
SLIPS = {
    "responsibilities": {
        "`exp` is taken of the logarithms as they are": lambda log_joint: (
            log_joint.exp() / log_joint.exp().sum(1, True)
        ),
        "one largest logarithm is subtracted from all rows": lambda log_joint: F.normalize(
            (log_joint - log_joint.max()).exp(), p=1, eps=0
        ),
        "the columns add up to 1": lambda log_joint: log_joint.softmax(0),
        "nothing is divided by the sum of a row": lambda log_joint: torch.exp(log_joint),
        "the largest entry of a row divides it": lambda log_joint: torch.exp(
            log_joint - log_joint.amax(1, True)
        ),
        "the logarithms are divided by their sum": lambda log_joint: log_joint / log_joint.sum(1, True),
        "each code belongs to one part": lambda log_joint: F.one_hot(
            log_joint.argmax(1), log_joint.shape[1]
        ).float(),
        "the sign of the logarithms is turned": lambda log_joint: F.softmin(log_joint, 1),
    },
    "mean_velocity": {
        "all walks have the same share": lambda z, t, codes: (codes.mean(0) - z) / (1 - t),
        "the log density of a beginning lacks its 1/2": velocity(lambda z0: (-z0.square().sum(1)).softmax(0)),
        "the sign of the log density of a beginning is turned": velocity(
            lambda z0: (z0.square().sum(1) / 2).softmax(0)
        ),
        "the velocity is c - z, the way that is left": lambda z, t, codes: (
            (1 - t) * my_mean_velocity(z, t, codes)
        ),
        "the velocity is minus the beginning": velocity(of_a_walk=lambda z0, codes: -z0),
        "the shares are those of the distances of z from the codes": lambda z, t, codes: (
            (torch.softmax(-(torch.cdist(z, codes) ** 2) / 2, 1) @ codes - z) / (1 - t)
        ),
        "the most probable walk is taken alone": velocity(
            lambda z0: F.one_hot(z0.norm(dim=1).argmin(), len(z0)).float()
        ),
    },
}
