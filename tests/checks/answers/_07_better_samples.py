"""Answers to notebook 07: one E-step, the target of flow matching, and a walk along the flow."""

import torch
from solutions import my_flow_target, my_follow_flow, my_responsibilities

from vae_helpers import flow_target, follow_flow, responsibilities


def walk(velocity, z, times, width):
    """Euler's rule at other times, or with other steps."""
    for t in times:
        z = z + width * velocity(z, torch.full((len(z), 1), float(t)))
    return z


def shares(shift):
    """The E-step after subtracting `shift(log_joint)`, which is not the largest logarithm of each row."""

    def answer(log_joint):
        joint = torch.exp(log_joint - shift(log_joint))
        return joint / joint.sum(1, keepdim=True)

    return answer


def responsibilities_by_loop(log_joint):
    rows = []
    for row in log_joint:
        joint = [torch.exp(one - row.max()) for one in row]
        rows.append(torch.stack([one / sum(joint) for one in joint]))
    return torch.stack(rows)


def frozen(velocity, z, steps):
    start = z
    for step in range(steps):
        z = z + velocity(start, torch.full((len(z), 1), step / steps)) / steps
    return z


def whole_road(velocity, z, steps):
    points = [z]
    for step in range(steps):
        points.append(points[-1] + velocity(points[-1], torch.full((len(z), 1), step / steps)) / steps)
    return torch.stack(points)


def in_place(velocity, z, steps):
    for step in range(steps):
        z += velocity(z, torch.full((len(z), 1), step / steps)) / steps
    return z


RIGHT = {
    "responsibilities": [
        my_responsibilities,
        responsibilities,
        lambda log_joint: log_joint.softmax(1),
        lambda log_joint: log_joint.log_softmax(dim=-1).exp(),
        responsibilities_by_loop,
    ],
    "flow_target": [
        my_flow_target,
        flow_target,
        lambda z0, z1, t: (torch.lerp(z0, z1, t), z1 - z0),
        lambda z0, z1, t: [z1 - (1 - t) * (z1 - z0), -(z0 - z1)],
    ],
    "follow_flow": [
        my_follow_flow,
        follow_flow,
        lambda velocity, z, steps: walk(velocity, z, torch.arange(steps) / steps, 1 / steps),
        lambda velocity, z, steps: walk(velocity, z, torch.linspace(0, 1, steps + 1)[:-1], 1 / steps),
    ],
}


WRONG = {
    "responsibilities": [
        ("near -1000", shares(lambda log_joint: 0)),
        ("near -1000", lambda log_joint: log_joint.exp() / (log_joint.exp().sum(1, keepdim=True) + 1e-12)),
        ("rows lie far apart", shares(lambda log_joint: log_joint.max())),
        ("columns add up to 1", lambda log_joint: log_joint.softmax(0)),
        ("All entries together", lambda log_joint: log_joint.flatten().softmax(0).view(log_joint.shape)),
        ("joint densities", lambda log_joint: log_joint.exp()),
        ("largest density of the row", lambda log_joint: (log_joint - log_joint.amax(1, keepdim=True)).exp()),
        ("divide the logarithms", lambda log_joint: log_joint / log_joint.sum(1, keepdim=True)),
        ("logarithms of the shares", lambda log_joint: log_joint.log_softmax(1)),
        ("k-means", lambda log_joint: torch.eye(4)[log_joint.argmax(1)]),
        ("One number per code", lambda log_joint: log_joint.logsumexp(1)),
        ("sign of `log_joint`", lambda log_joint: (-log_joint).softmax(1)),
    ],
    "flow_target": [
        ("At t = 0 your point is the code", lambda z0, z1, t: (t * z0 + (1 - t) * z1, z1 - z0)),
        ("the noise needs the weight", lambda z0, z1, t: (z0 + t * z1, z1 - z0)),
        ("the code needs the weight", lambda z0, z1, t: ((1 - t) * z0 + z1, z1 - z0)),
        ("road of a diffusion", lambda z0, z1, t: ((1 - t**2).sqrt() * z0 + t * z1, z1 - z0)),
        ("does not depend on t", lambda z0, z1, t: ((z0 + z1) / 2, z1 - z0)),
        ("from the code to the noise", lambda z0, z1, t: (z0 + t * (z1 - z0), z0 - z1)),
        ("the way that is left", lambda z0, z1, t: (z0 + t * (z1 - z0), (1 - t) * (z1 - z0))),
        ("the way so far", lambda z0, z1, t: (z0 + t * (z1 - z0), t * (z1 - z0))),
        ("where the road ends", lambda z0, z1, t: (z0 + t * (z1 - z0), z1)),
        ("predicts the noise", lambda z0, z1, t: (z0 + t * (z1 - z0), z0)),
        ("another order", lambda z0, z1, t: (z1 - z0, z0 + t * (z1 - z0))),
        ("Return two tensors", lambda z0, z1, t: z0 + t * (z1 - z0)),
        ("divided by t", lambda z0, z1, t: (z0 + t * (z1 - z0), (z1 - z0) / t)),
    ],
    "follow_flow": [
        ("one whole unit", lambda velocity, z, steps: walk(velocity, z, torch.arange(steps) / steps, 1.0)),
        ("stands still", lambda velocity, z, steps: walk(velocity, z, torch.zeros(steps), 1 / steps)),
        (
            "ends of the steps",
            lambda velocity, z, steps: walk(velocity, z, torch.arange(1, steps + 1) / steps, 1 / steps),
        ),
        ("number of the step", lambda velocity, z, steps: walk(velocity, z, torch.arange(steps), 1 / steps)),
        (
            "contains t = 1",
            lambda velocity, z, steps: walk(velocity, z, torch.linspace(0, 1, steps), 1 / steps),
        ),
        (
            "one step too few",
            lambda velocity, z, steps: walk(velocity, z, torch.arange(steps - 1) / steps, 1 / steps),
        ),
        (
            "one step too many",
            lambda velocity, z, steps: walk(velocity, z, torch.arange(steps + 1) / steps, 1 / steps),
        ),
        ("backwards", lambda velocity, z, steps: walk(velocity, z, torch.arange(steps) / steps, -1 / steps)),
        (
            "from 1 to 0",
            lambda velocity, z, steps: walk(velocity, z, 1 - torch.arange(steps) / steps, 1 / steps),
        ),
        ("one at the start", frozen),
        ("all the points on the way", whole_road),
        ("changes its input `z`", in_place),
        ("one time for each row", lambda velocity, z, steps: z + velocity(z, 0.0)),
        ("never asked", lambda velocity, z, steps: z + 0),
    ],
}
