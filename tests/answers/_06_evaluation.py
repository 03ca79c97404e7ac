"""Answers to notebook 06: the importance-weighted bound."""

import math

import torch
from solutions import my_log_mean_exp_bound

from vae_helpers import log_mean_exp_bound


def bound_by_loop(log_w):
    total = log_w[0]
    for draw in log_w[1:]:
        total = torch.logaddexp(total, draw)
    return total - math.log(len(log_w))


def bound_without(shift):
    """The bound after taking out `shift(log_w)`, which is not the largest log weight of each image."""
    return lambda log_w: (log_w - shift(log_w)).exp().mean(0).log() + shift(log_w)


RIGHT = {
    "log_mean_exp_bound": [
        my_log_mean_exp_bound,
        log_mean_exp_bound,
        lambda log_w: log_w.amax(0) + (log_w - log_w.amax(0)).exp().mean(0).log(),
        bound_by_loop,
    ],
}


WRONG = {
    "log_mean_exp_bound": [
        ("exp(1000) overflows", lambda log_w: log_w.exp().mean(0).log()),
        ("exp(1000) overflows", lambda log_w: log_w.double().exp().mean(0).log().float()),
        ("exp(-1000) rounds to 0", bound_without(lambda log_w: log_w.amax(0).clamp(min=0))),
        ("each image's own", bound_without(lambda log_w: log_w.max())),
        ("dwarfs the others", bound_without(lambda log_w: log_w.mean(0))),
        ("dwarfs the others", bound_without(lambda log_w: log_w[0])),
        ("You average the logarithms", lambda log_w: log_w.mean(0)),
        ("sum the weights", lambda log_w: log_w.logsumexp(0)),
        ("wrong sign", lambda log_w: log_w.logsumexp(0) + math.log(len(log_w))),
        ("divide the logarithm", lambda log_w: log_w.logsumexp(0) / len(log_w)),
        ("average weight itself", lambda log_w: log_w.exp().mean(0)),
        ("sum of the weights", lambda log_w: log_w.exp().sum(0)),
        ("largest term alone", lambda log_w: log_w.amax(0)),
        ("use `amax(0)`", lambda log_w: log_w.max(0) + (log_w - log_w.max(0)).exp().mean(0).log()),
        ("not add it back", lambda log_w: (log_w - log_w.amax(0)).exp().mean(0).log()),
        ("sign is turned", lambda log_w: -my_log_mean_exp_bound(log_w)),
        ("bits", lambda log_w: my_log_mean_exp_bound(log_w) / math.log(2)),
        ("over the batch", lambda log_w: my_log_mean_exp_bound(log_w).mean().expand(log_w.shape[1])),
        ("over all the images", lambda log_w: log_w.exp().mean().log().expand(log_w.shape[1])),
        ("Dimension 0 counts the k draws", lambda log_w: log_w.logsumexp(1) - math.log(log_w.shape[1])),
        ("Dimension 0 counts the k draws", lambda log_w: my_log_mean_exp_bound(log_w.view(-1, 1))[0]),
        ("Leave out", lambda log_w: log_w.logsumexp(0, keepdim=True) - math.log(len(log_w))),
        ("weights 1 and 3", lambda log_w: log_w.logsumexp(0) - math.log(log_w.shape[1])),
        ("k = 1", lambda log_w: my_log_mean_exp_bound(log_w) if len(log_w) > 1 else 0 * log_w[0]),
        ("changes its input", lambda log_w: my_log_mean_exp_bound(log_w.sub_(1))),
    ],
}
