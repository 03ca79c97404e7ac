"""The two halves of the loss, in nats per image, their sum, and a tighter bound to judge it by."""

from math import log
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_helpers._inputs import check_alike, check_floats, check_images, check_number


class Loss(NamedTuple):
    """Scalar tensors, in nats per image, averaged over the batch."""

    total: Tensor
    reconstruction: Tensor
    kl: Tensor


def reconstruction_loss(logits: Tensor, x: Tensor) -> Tensor:
    """Binary cross-entropy -log p(x|z), summed over the pixels of each image.

    Kingma & Welling (2014, arXiv:1312.6114, appendix C.1), computed from log-odds, which
    neither overflow nor take the logarithm of 0.

    Args:
        logits: the decoder's log-odds, `(B, 1, 28, 28)`.
        x: the images, the same shape, in [0, 1].

    Returns:
        nats per image, `(B,)`.

    Raises:
        TypeError, ValueError: wrong shape, dtype or device, or `x` outside [0, 1].
    """
    check_floats(logits, "logits")
    check_images(x, "x")
    check_alike(logits, "logits", x, "x")
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)


def kl_divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, exp(logvar)) || N(0, I)) of each image, summed over the latent dimensions.

    The closed form of Kingma & Welling (2014, arXiv:1312.6114, appendix B).

    Args:
        mu, logvar: mean and log-variance, both `(B, D)`.

    Returns:
        nats per image, `(B,)`.

    Raises:
        TypeError, ValueError: not floating-point tensors of one shape `(B, D)`, dtype and device.
    """
    check_floats(mu, "mu")
    check_floats(logvar, "logvar")
    check_alike(mu, "mu", logvar, "logvar")
    if mu.ndim != 2:
        raise ValueError(f"mu must have shape (B, D), got {tuple(mu.shape)}")
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar).sum(1)


def kl_per_dimension(mu: Tensor, logvar: Tensor) -> Tensor:
    """What each latent dimension carries: its share of `kl_divergence`, averaged over the images.

    Args:
        mu, logvar: mean and log-variance of each image's code, both `(N, D)`.

    Returns:
        nats per image, `(D,)`; they add up to the mean of `kl_divergence(mu, logvar)`.

    Raises:
        TypeError, ValueError: as `kl_divergence`, or there are no codes.
    """
    kl_divergence(mu, logvar)  # refuses bad input
    if mu.numel() == 0:
        raise ValueError(f"mu must hold at least one code, got shape {tuple(mu.shape)}")
    columns = zip(mu.split(1, dim=1), logvar.split(1, dim=1), strict=True)
    return torch.stack([kl_divergence(*column).mean() for column in columns])


def vae_loss(logits: Tensor, x: Tensor, mu: Tensor, logvar: Tensor, beta: float = 1.0) -> Loss:
    """Reconstruction + beta * KL, averaged over the batch.

    With beta = 1 this is minus the ELBO (Kingma & Welling 2014, equation 10); other values
    are the beta-VAE of Higgins et al. (ICLR 2017, equation 4).

    Args:
        logits: the decoder's log-odds, `(B, 1, 28, 28)`.
        x: the images, the same shape, in [0, 1].
        mu, logvar: the code of each image, both `(B, D)`.
        beta: the weight of the KL term, 0 or more.

    Returns:
        total, reconstruction and kl: scalars, in nats per image.

    Raises:
        TypeError, ValueError: wrong shape, dtype, device or range; batches of two sizes.
    """
    check_number(beta, "beta", zero=True)
    per_image = reconstruction_loss(logits, x), kl_divergence(mu, logvar)
    check_alike(per_image[0], "the losses of logits", per_image[1], "of mu")
    reconstruction, kl = (nats.mean() for nats in per_image)
    return Loss(reconstruction + float(beta) * kl, reconstruction, kl)


def log_mean_exp_bound(log_w: Tensor) -> Tensor:
    """The importance-weighted bound log (1/k) sum_i w_i on log p(x) of each image.

    Burda et al. (2016, arXiv:1509.00519, section 3). With k = 1 it is a one-sample ELBO; on
    average it rises with k towards log p(x). The largest weight of an image is taken out
    before the exponential, so that nothing overflows.

    Args:
        log_w: log p(x, z) - log q(z|x) for k draws z ~ q(z|x) of each image, `(k, B)`.

    Returns:
        nats per image, `(B,)`.

    Raises:
        TypeError, ValueError: not a floating-point tensor `(k, B)` with at least one draw.
    """
    check_floats(log_w, "log_w")
    if log_w.ndim != 2 or len(log_w) == 0:
        raise ValueError(f"log_w must have shape (k, B) with k of at least 1, got {tuple(log_w.shape)}")
    return log_w.logsumexp(0) - log(len(log_w))
