"""The best cloud of one image, in place of the encoder's quick answer."""

import torch
from torch import Tensor

from vae_helpers._inputs import check_gradients, count
from vae_helpers._stop import stop_waits
from vae_helpers.losses import kl_divergence, reconstruction_loss
from vae_helpers.model import VAE, check_vae, reparameterize


@torch.enable_grad()
def optimise_code(vae: VAE, x: Tensor, steps: int = 400) -> tuple[Tensor, Tensor]:
    """The cloud N(mu, exp(logvar)) of each image whose ELBO is highest; the model stays as it is.

    The encoder gives one quick answer, with weights that all images share. This starts there and follows
    the gradient of each image's own loss, with Adam, whose step falls from 0.05 to 0. What it gains is the
    amortisation gap of Cremer et al. (2018, arXiv:1801.03558).

    >>> mu, logvar = optimise_code(pretrained(2), torch.zeros(1, 1, 28, 28), steps=2)

    Args:
        vae: the model; its weights and their gradients are not touched.
        x: images, `(B, 1, 28, 28)` in [0, 1].
        steps: of Adam, at least 1, each with fresh noise.

    Returns:
        mu, logvar: both `(B, D)`.

    Raises:
        TypeError, ValueError: `vae` is not a VAE, `x` is not images for it, or `steps` not a whole number
            of at least 1.
    """
    check_vae(vae)
    check_gradients(vae)
    steps = count(steps, "steps")
    mu, logvar = (part.detach().clone().requires_grad_() for part in vae.encode(x))
    with stop_waits():
        optimizer = torch.optim.Adam([mu, logvar], lr=0.05, fused=True)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, steps)
    for _ in range(steps):
        logits = vae.decode_logits(reparameterize(mu, logvar))
        nats = reconstruction_loss(logits, x) + kl_divergence(mu, logvar)  # (B,)
        optimizer.zero_grad()
        nats.sum().backward(inputs=[mu, logvar])
        optimizer.step()
        schedule.step()
    return mu.detach(), logvar.detach()
