"""What to do with codes: walk between two, average a digit's, cover the plane, find an image's best cloud."""

import torch
from torch import Tensor

from vae_helpers._inputs import check_alike, check_count, check_finite, check_floats, check_labels, shown
from vae_helpers.losses import kl_divergence, reconstruction_loss
from vae_helpers.model import VAE, check_vae, reparameterize


def interpolate(z_a: Tensor, z_b: Tensor, steps: int) -> Tensor:
    """Points at equal distances on the straight line from `z_a` to `z_b`, both ends included.

    Args:
        z_a, z_b: two codes, both `(D,)`.
        steps: how many points, at least 2.

    Returns:
        z: `(steps, D)`; the first row is `z_a`, the last one `z_b`.

    Raises:
        TypeError, ValueError: the codes are not finite floating-point tensors of one shape `(D,)`,
            dtype and device, or `steps` is not a whole number of at least 2.
    """
    check_finite(z_a, "z_a")
    check_finite(z_b, "z_b")
    check_alike(z_a, "z_a", z_b, "z_b")
    if z_a.ndim != 1:
        raise ValueError(f"z_a must have shape (D,), got {tuple(z_a.shape)}")
    check_finite(z_b - z_a, "z_b - z_a")  # two huge codes may be too far apart
    check_count(steps, "steps", minimum=2)
    t = torch.linspace(0, 1, steps, dtype=z_a.dtype, device=z_a.device)[:, None]  # (steps, 1)
    return torch.lerp(z_a, z_b, t)


def mean_code(mu: Tensor, labels: Tensor, digit: int) -> Tensor:
    """The average of the codes of one digit.

    Args:
        mu: means of the codes, `(N, D)`.
        labels: the digit of each image, 0 to 9, `(N,)`.
        digit: the one to average.

    Returns:
        `(D,)`.

    Raises:
        TypeError, ValueError: `mu` and `labels` do not belong together, `digit` is not a whole number
            from 0 to 9, or no image shows it.
    """
    check_floats(mu, "mu")
    if mu.ndim != 2:
        raise ValueError(f"mu must have shape (N, D), got {tuple(mu.shape)}")
    check_labels(labels, len(mu))
    digit = digit.item() if isinstance(digit, Tensor) and digit.ndim == 0 else digit
    check_count(digit, "digit", minimum=0, maximum=9)
    chosen = mu[labels.to(mu.device) == digit]
    if len(chosen) == 0:
        raise ValueError(f"digit must be one of {labels.unique().tolist()}, got {shown(digit)}")
    return chosen.mean(0)


def quantile_grid(steps: int) -> Tensor:
    """Codes of a 2-D model on a square grid on which each cell is equally probable under the prior.

    Each coordinate takes the `steps` standard normal quantiles in the middle of equal shares of
    the probability (Kingma & Welling 2014, arXiv:1312.6114, figure 4). The rows come as they lie
    on paper: z[1] from high to low, and in each row z[0] from low to high.

    Args:
        steps: codes per side, from 1 to 1,000.

    Returns:
        z: `(steps * steps, 2)`.

    Raises:
        TypeError, ValueError: `steps` is not a whole number from 1 to 1,000.
    """
    check_count(steps, "steps", maximum=1000)
    quantiles = torch.special.ndtri((torch.arange(steps) + 0.5) / steps)
    vertical, horizontal = torch.meshgrid(quantiles.flip(0), quantiles, indexing="ij")
    return torch.stack([horizontal, vertical], dim=-1).flatten(0, 1)


@torch.enable_grad()
def optimise_code(vae: VAE, x: Tensor, steps: int = 400) -> tuple[Tensor, Tensor]:
    """The cloud N(mu, exp(logvar)) of each image whose ELBO is highest; the model stays as it is.

    The encoder gives one quick answer, with weights that all images share. This starts there and follows
    the gradient of each image's own loss, with Adam, whose step falls from 0.05 to 0. What it gains is the
    amortisation gap of Cremer et al. (2018, arXiv:1801.03558).

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
    check_count(steps, "steps")
    mu, logvar = (part.detach().clone().requires_grad_() for part in vae.encode(x))
    optimizer = torch.optim.Adam([mu, logvar], lr=0.05)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, int(steps))
    for _ in range(steps):
        logits = vae.decode_logits(reparameterize(mu, logvar))
        nats = reconstruction_loss(logits, x) + kl_divergence(mu, logvar)  # (B,)
        optimizer.zero_grad()
        nats.sum().backward(inputs=[mu, logvar])
        optimizer.step()
        schedule.step()
    return mu.detach(), logvar.detach()
