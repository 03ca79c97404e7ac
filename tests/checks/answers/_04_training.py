"""Answers to notebook 04."""

import torch
import torch.nn.functional as F
from torch.distributions import Normal
from torch.distributions import kl_divergence as their_kl
from torch.nn.utils import clip_grad_norm_

from answers._02_reparameterization_trick import seeded, sigma
from answers._03_kl_term import SLIPS as KL_SLIPS
from answers._03_kl_term import kl_by_loop
from vae_helpers import kl_divergence, reconstruction_loss, vae_loss


def my_vae_loss(logits, x, mu, logvar, beta=1.0):
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    kl = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum() / len(x)
    return reconstruction + beta * kl, reconstruction, kl


def my_training_step(vae, optimizer, x):
    optimizer.zero_grad()
    logits, mu, logvar = vae(x)
    loss = vae_loss(logits, x, mu, logvar).total
    loss.backward()
    optimizer.step()
    return loss.item()


def loss_by_hand(logits, x, mu, logvar, beta=1.0):
    p = torch.sigmoid(logits)
    recon = -(x * torch.log(p + 1e-12) + (1 - x) * torch.log(1 - p + 1e-12)).sum(dim=(1, 2, 3)).mean()
    kl = kl_by_loop(mu, logvar).mean()
    return [recon + beta * kl, recon, kl]


def loss_of_probabilities(logits, x, mu, logvar, beta=1.0):
    recon = F.binary_cross_entropy(torch.sigmoid(logits), x, reduction="none").flatten(1).sum(1).mean()
    kl = kl_divergence(mu, logvar).mean()
    return recon + beta * kl, recon, kl


def nats(logits, x):
    return reconstruction_loss(logits, x).mean()


def nats_of_rounded_probabilities(logits, x):
    p = logits.sigmoid()
    return -(x * p.log() + (1 - x) * (1 - p).log()).sum() / len(x)


def kl(mu, logvar):
    return kl_divergence(mu, logvar).mean()


def mean_of(kl_of_each):
    """A KL for the batch of one for each image."""
    return lambda mu, logvar: kl_of_each(mu, logvar).mean()


def loss_from(pixels=nats, kl=kl):
    """A loss with another reconstruction, or another KL."""

    def loss(logits, x, mu, logvar, beta=1.0):
        reconstruction, divergence = pixels(logits, x), kl(mu, logvar)
        return reconstruction + beta * divergence, reconstruction, divergence

    return loss


def parts(change):
    """A loss whose three values are made of the right ones."""

    def loss(logits, x, mu, logvar, beta=1.0):
        return change(*my_vae_loss(logits, x, mu, logvar, beta), beta)

    return loss


def step_with_zero_grad_last(vae, optimizer, x):
    logits, mu, logvar = vae(x)
    loss = vae_loss(logits, x, mu, logvar).total
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


def step_by_hand(vae, optimizer, x):
    mu, logvar = vae.encode(x)
    z = Normal(mu, sigma(logvar)).rsample()
    total, *_ = my_vae_loss(vae.decode_logits(z), x, mu, logvar)
    vae.zero_grad(set_to_none=False)
    total.backward()
    optimizer.step()
    return total.detach().numpy().item()


def step_with_closure(vae, optimizer, x):
    def closure():
        optimizer.zero_grad()
        logits, mu, logvar = vae(x)
        loss = vae_loss(logits, x, mu, logvar).total
        loss.backward()
        return loss

    return optimizer.step(closure).item()


def step_from(
    order="zero backward step", returns=lambda loss: loss.total.item(), loss_of=lambda loss: loss.total
):
    """Some of the calls of a step, in this order, after the forward pass."""

    def step(vae, optimizer, x):
        logits, mu, logvar = vae(x)
        loss = vae_loss(logits, x, mu, logvar)
        for call in order.split():
            {"zero": optimizer.zero_grad, "backward": loss_of(loss).backward, "step": optimizer.step}[call]()
        return returns(loss)

    return step


def step_that_clears_the_model_too_late(vae, optimizer, x):
    logits, mu, logvar = vae(x)
    loss = vae_loss(logits, x, mu, logvar).total
    loss.backward()
    vae.zero_grad()
    optimizer.step()
    return loss.item()


def step_with_clipping(vae, optimizer, x):
    optimizer.zero_grad()
    logits, mu, logvar = vae(x)
    loss = vae_loss(logits, x, mu, logvar).total
    loss.backward()
    clip_grad_norm_(vae.parameters(), max_norm=1.0)
    optimizer.step()
    return loss.item()


def loss_after(vae, optimizer, x):
    my_training_step(vae, optimizer, x)
    logits, mu, logvar = vae(x)
    return vae_loss(logits, x, mu, logvar).total.item()


IMAGES = torch.rand(4, 1, 28, 28)  # of a cell above


RIGHT = {
    "vae_loss": [my_vae_loss, loss_by_hand, loss_of_probabilities, lambda *case: tuple(vae_loss(*case))],
    "training_step": [my_training_step, step_with_zero_grad_last, step_by_hand, step_with_closure],
}
WRONG = {
    "vae_loss": [
        ("4 positional arguments but 5 were given", lambda logits, x, mu, logvar: None),
        ("if `beta` is left out", lambda logits, x, mu, logvar, beta=1.0: my_vae_loss(logits, x, mu, logvar)),
        (
            "missing 1 required positional argument",
            lambda logits, x, mu, logvar, beta: my_vae_loss(logits, x, mu, logvar, beta),
        ),
        ("as by a mean for a sum", loss_from(F.binary_cross_entropy_with_logits)),
        ("multiplied by the number of rows", loss_from(lambda logits, x: len(x) * nats(logits, x))),
        ("is taken to have 128 rows", loss_from(lambda logits, x: len(x) * nats(logits, x) / 128)),
        ("a pixel costs inf nats", loss_from(nats_of_rounded_probabilities)),
        ("Its mean over dimension 0 is right", loss_from(reconstruction_loss)),
        ("no gradient of `total` reaches `mu`", loss_from(kl=lambda mu, logvar: kl(mu, logvar).detach())),
        ("asked for are total, reconstruction, kl", lambda *case: my_vae_loss(*case)[0]),
        ("a value of type float", lambda *case: tuple(part.item() for part in my_vae_loss(*case))),
    ],
    "training_step": [
        ("if `zero_grad` is left out", step_from("backward step")),
        ("The first gradient has the right length", step_from("backward step")),
        ("if gradients are clipped to length 1.", step_with_clipping),
        ("backward, zero_grad, step. The weights did not move", step_from("backward zero step")),
        ("saw backward, zero_grad, step, backward, zero_grad, step.", step_that_clears_the_model_too_late),
        ("saw zero_grad, step, zero_grad, step. No gradient reached the weights", step_from("zero step")),
        ("took no step", step_from("zero backward")),
        (
            "took no step",
            lambda vae, optimizer, x: my_training_step(vae, torch.optim.Adam(vae.parameters()), x),
        ),
        ("The first gradient has length", step_from(loss_of=lambda loss: loss.reconstruction + 3 * loss.kl)),
        (
            "does not depend on `x`",
            lambda vae, optimizer, x: my_training_step(vae, optimizer, IMAGES),
        ),
        ("take 20 steps", lambda *case: [my_training_step(*case) for _ in range(10)][-1]),
        ("a tensor is returned", step_from(returns=lambda loss: loss.total)),
        ("a tensor is returned", step_from(returns=lambda loss: loss.total[None])),
        ("if the loss is taken after the step", loss_after),
        ("z has no fresh noise", seeded(my_training_step)),
        ("does not require grad", torch.no_grad()(my_training_step)),
    ],
}
SLIPS = {
    "vae_loss": {
        "reconstruction": {
            "a sigmoid is applied twice": loss_from(lambda logits, x: nats(logits.sigmoid(), x)),
            "(1 - x) ln(1 - p) is left out": loss_from(
                lambda logits, x: -(x * logits.sigmoid().log()).sum() / len(x)
            ),
            "the squared error is taken": loss_from(
                lambda logits, x: (logits.sigmoid() - x).pow(2).sum() / len(x)
            ),
            "the squared error of the logits is taken": loss_from(
                lambda logits, x: (logits - x).pow(2).sum() / len(x)
            ),
            "a sigmoid is applied twice, and averaged": loss_from(
                lambda logits, x: F.binary_cross_entropy_with_logits(logits.sigmoid(), x)
            ),
            "(1 - x) ln(1 - p) is left out, and averaged": loss_from(
                lambda logits, x: -(x * F.logsigmoid(logits)).mean()
            ),
            "the squared error is taken, and averaged": loss_from(
                lambda logits, x: F.mse_loss(logits.sigmoid(), x)
            ),
            "the squared error of the logits is taken, and averaged": loss_from(F.mse_loss),
            "the KL stands in its place": parts(lambda total, recon, kl, beta: (total, kl, kl)),
            "the total stands in its place": parts(lambda total, recon, kl, beta: (total, total, kl)),
        },
        "kl": {words: loss_from(kl=mean_of(slip)) for words, slip in KL_SLIPS["kl_divergence"].items()}
        | {
            "the latent dimensions are averaged": loss_from(
                kl=lambda mu, logvar: their_kl(Normal(mu, sigma(logvar)), Normal(0.0, 1.0)).mean()
            ),
            "the total stands in its place": parts(lambda total, recon, kl, beta: (total, recon, total)),
            "beta multiplies it": parts(lambda total, recon, kl, beta: (total, recon, beta * kl)),
        },
        "total": {
            "the KL is left out": parts(lambda total, recon, kl, beta: (recon, recon, kl)),
            "the reconstruction is left out": parts(lambda total, recon, kl, beta: (beta * kl, recon, kl)),
            "beta multiplies the reconstruction": parts(
                lambda total, recon, kl, beta: (beta * recon + kl, recon, kl)
            ),
            "beta multiplies both": parts(lambda total, recon, kl, beta: (beta * (recon + kl), recon, kl)),
            "the KL is subtracted": parts(lambda total, recon, kl, beta: (recon - beta * kl, recon, kl)),
        },
    },
}
