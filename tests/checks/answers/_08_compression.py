"""Answers to notebook 08: the importance-weighted bound, and the best cloud of an image."""

import math

import numpy as np
import torch
from solutions import my_log_mean_exp_bound, my_optimise_code

from vae_helpers import (
    kl_divergence,
    log_mean_exp_bound,
    optimise_code,
    reconstruction_loss,
    reparameterize,
)


def bound_by_loop(log_w):
    total = log_w[0]
    for draw in log_w[1:]:
        total = torch.logaddexp(total, draw)
    return total - math.log(len(log_w))


def bound_without(shift):
    """The bound after taking out `shift(log_w)`, which is not the largest log weight of each image."""
    return lambda log_w: (log_w - shift(log_w)).exp().mean(0).log() + shift(log_w)


def search(
    *,
    loss=lambda pixels, kl: (pixels + kl).mean(),
    draw=reparameterize,
    start=lambda vae, x: vae.encode(x),
    learns=lambda vae, mu, logvar: [mu, logvar],
    optimizer=lambda tensors: torch.optim.Adam(tensors, lr=0.05),
    clear=True,
    returns=lambda mu, logvar: (mu, logvar),
):
    """A search for the best cloud, right unless something is put in the place of one of its parts."""

    def answer(vae, x, steps):
        mu, logvar = (part.detach().clone().requires_grad_() for part in start(vae, x))
        taken = optimizer(learns(vae, mu, logvar))
        for _ in range(steps):
            pixels = reconstruction_loss(vae.decode_logits(draw(mu, logvar)), x)
            if clear:
                taken.zero_grad()
            loss(pixels, kl_divergence(mu, logvar)).backward()
            taken.step()
        return returns(mu, logvar)

    return answer


def search_by_hand(vae, x, steps):
    """Gradient descent without an optimizer, on a model whose weights ask for no gradient."""
    mu, logvar = vae.requires_grad_(False).encode(x)
    for _ in range(steps):
        mu, logvar = mu.detach().requires_grad_(), logvar.detach().requires_grad_()
        pixels = reconstruction_loss(vae.decode_logits(reparameterize(mu, logvar)), x)
        slopes = torch.autograd.grad((pixels + kl_divergence(mu, logvar)).sum(), [mu, logvar])
        mu, logvar = mu - 0.02 * slopes[0], logvar - 0.02 * slopes[1]
    return mu, logvar


def from_the_prior(vae, x):
    return torch.zeros(2, len(x), vae.latent_dim)


RIGHT = {
    "log_mean_exp_bound": [
        my_log_mean_exp_bound,
        log_mean_exp_bound,
        lambda log_w: log_w.amax(0) + (log_w - log_w.amax(0)).exp().mean(0).log(),
        bound_by_loop,
        lambda log_w: my_log_mean_exp_bound(log_w.double()),
    ],
    "optimise_code": [
        my_optimise_code,
        optimise_code,
        search(),
        search(start=from_the_prior),
        search(optimizer=lambda tensors: torch.optim.Adam(tensors, lr=0.02)),
        search_by_hand,
    ],
}


WRONG = {
    "log_mean_exp_bound": [
        ("exp(-200) rounds to 0 in 32 bits", lambda log_w: log_w.exp().mean(0).log()),
        ("rounds to 0 even in 64 bits", lambda log_w: log_w.double().exp().mean(0).log().float()),
        ("exp(-200) rounds to 0", bound_without(lambda log_w: log_w.amax(0).clamp(min=0))),
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
        ("weights 1 and 3", lambda log_w: my_log_mean_exp_bound(log_w) + 0.1),
        ("k = 1", lambda log_w: my_log_mean_exp_bound(log_w) if len(log_w) > 1 else 0 * log_w[0]),
        ("changes its input", lambda log_w: my_log_mean_exp_bound(log_w.sub_(1))),
        ("exp(1000) overflows", bound_without(lambda log_w: log_w.amax(0).clamp(max=0))),
        ("number of draws, k", lambda log_w: log_w.logsumexp(0) - math.log(log_w.shape[1])),
        ("bound of its own", lambda log_w: my_log_mean_exp_bound(log_w) / log_w.shape[1]),
        ("median weight", lambda log_w: log_w.median(0).values),
        ("squares of the weights", lambda log_w: my_log_mean_exp_bound(2 * log_w)),
        ("t.mean(0)", lambda log_w: np.mean(log_w, axis=0)),
        ("Over which dimension", lambda log_w: torch.logsumexp(log_w) - math.log(len(log_w))),
        ("nan or infinity", lambda log_w: torch.log(-log_w.exp().mean(0))),
        ("same whatever `log_w` is", lambda log_w: torch.zeros(4)),
    ],
    "optimise_code": [
        ("encoder's own answer", lambda vae, x, steps: vae.encode(x)),
        ("`logvar` is still the encoder's", search(learns=lambda vae, mu, logvar: [mu])),
        ("`mu` is still the encoder's", search(learns=lambda vae, mu, logvar: [logvar])),
        ("weights have changed", search(learns=lambda vae, mu, logvar: vae.parameters())),
        ("weights have changed", search(learns=lambda vae, *cloud: [*cloud, *vae.decoder.parameters()])),
        ("too narrow", search(loss=lambda pixels, kl: pixels.mean())),
        ("too narrow", search(loss=lambda pixels, kl: (pixels - kl).mean())),
        ("shrink to the prior", search(loss=lambda pixels, kl: kl.mean())),
        ("shrink to the prior", search(loss=lambda pixels, kl: (pixels / 784 + kl).mean())),
        ("ELBO falls", search(loss=lambda pixels, kl: -(pixels + kl).mean())),
        ("`zero_grad`", search(clear=False)),
        ("z has no noise", search(draw=lambda mu, logvar: mu)),
        ("looks like `exp(logvar)`", search(draw=lambda mu, logvar: reparameterize(mu, 2 * logvar))),
        ("Adam with a step of 0.05", search(optimizer=lambda tensors: torch.optim.Adam(tensors, lr=1e-3))),
        ("Return two tensors", search(returns=reparameterize)),
        ("cloud of its own", search(returns=lambda *cloud: tuple(part.mean(0) for part in cloud))),
        ("new tensor that can learn", lambda vae, x, steps: torch.optim.Adam([*vae.encode(x)])),
    ],
}
