"""Answers to notebook 07."""

import torch


def my_responsibilities(log_joint):
    joint = torch.exp(log_joint - log_joint.amax(1, keepdim=True))
    return joint / joint.sum(1, keepdim=True)


def my_flow_target(z0, z1, t):
    return z0 + t * (z1 - z0), z1 - z0


def my_follow_flow(velocity, z, steps):
    for step in range(steps):
        t = torch.full((len(z), 1), step / steps)
        z = z + velocity(z, t) / steps
    return z


def responsibilities_by_loop(log_joint):
    rows = []
    for row in log_joint:
        joint = [torch.exp(one - row.max()) for one in row]
        rows.append(torch.stack([one / sum(joint) for one in joint]))
    return torch.stack(rows)


def walk_at(times):
    """A walk whose steps begin at other times."""

    def walk(velocity, z, steps):
        for t in times(steps):
            z = z + velocity(z, t * torch.ones(len(z), 1)) / steps
        return z

    return walk


def whole_road(velocity, z, steps):
    points = [z]
    for step in range(steps):
        points.append(points[-1] + velocity(points[-1], torch.full((len(z), 1), step / steps)) / steps)
    return torch.stack(points)


RIGHT = {
    "responsibilities": [
        my_responsibilities,
        responsibilities_by_loop,
        lambda log_joint: log_joint.softmax(1),
        lambda log_joint: torch.exp(log_joint - log_joint.logsumexp(-1, keepdim=True)),
    ],
    "flow_target": [
        my_flow_target,
        lambda z0, z1, t: (torch.lerp(z0, z1, t), z1 - z0),
    ],
    "follow_flow": [my_follow_flow, walk_at(lambda steps: torch.linspace(0, 1, steps + 1)[:-1])],
}
WRONG = {
    "responsibilities": [
        (
            "taken of the logarithms as they are",
            lambda log_joint: log_joint.exp() / log_joint.exp().sum(1, True),
        ),
        ("[[0, 0], [0, 0]]", lambda log_joint: log_joint.exp() / (log_joint.exp().sum(1, True) + 1e-12)),
        ("if a last `exp` is missing", lambda log_joint: log_joint.log_softmax(1)),
        ("shape (6,); (6, 4) is asked for", lambda log_joint: log_joint.logsumexp(1)),
    ],
    "flow_target": [
        ("if `z0` and `z1` are swapped", lambda z0, z1, t: (t * z0 + (1 - t) * z1, z1 - z0)),
        ("`z_t` is [[2, 2.5]]; right is [[1, 2.25]]", lambda z0, z1, t: ((z0 + z1) / 2, z1 - z0)),
        ("stays the same when `z1` changes", lambda z0, z1, t: (z0 + t * (z1 - z0), z0)),
        ("asked for are z_t, velocity", lambda z0, z1, t: z0 + t * (z1 - z0)),
    ],
    "follow_flow": [
        ("if t is `torch.linspace(0, 1, steps)`", walk_at(lambda steps: torch.linspace(0, 1, steps))),
        ("called with a t of type float", lambda velocity, z, steps: z + velocity(z, 0.0)),
        ("shape (6, 4, 3); (4, 3) is asked for", whole_road),
        ("stays the same when `velocity`", lambda velocity, z, steps: z + 0),
    ],
}
