"""The two halves of the loss, in nats per image, their sum, and a tighter bound to judge it by."""

from collections.abc import Callable
from math import log
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_helpers._inputs import check_codes, check_log_weights, check_logits_like, check_one_batch, number


class Loss(NamedTuple):
    """Scalar tensors, in nats per image, averaged over the batch."""

    total: Tensor
    reconstruction: Tensor
    kl: Tensor


LossFunction = Callable[[Tensor, Tensor, Tensor, Tensor, float], tuple[Tensor, Tensor, Tensor]]


def reconstruction_loss(logits: Tensor, x: Tensor) -> Tensor:
    """-ln p(x|z) = -Σ [x ln p + (1 - x) ln(1 - p)] with p = sigmoid(logits), over the pixels of each image.

    The binary cross-entropy (Kingma & Welling 2014, arXiv:1312.6114, appendix C.1), computed from
    log-odds, which neither overflow nor take the logarithm of 0.

    >>> reconstruction_loss(torch.zeros(1, 1, 28, 28), torch.zeros(1, 1, 28, 28)).round()  # 784 ln 2
    tensor([543.])

    Args:
        logits: the decoder's log-odds, `(B, 1, 28, 28)`.
        x: the images in [0, 1], `(B, 1, 28, 28)`.

    Returns:
        Nats per image, `(B,)`.

    Raises:
        TypeError, ValueError: wrong shape, dtype or device, or `x` outside [0, 1].
    """
    check_logits_like(logits, x)
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)


def kl_divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)) = ½ Σ (μ² + σ² - 1 - ln σ²), over the latent dimensions of each image.

    Kingma & Welling (2014, arXiv:1312.6114, appendix B), with σ² = exp(logvar).

    >>> kl_divergence(torch.tensor([[1.0, 2.0]]), torch.zeros(1, 2))  # (1 + 4) / 2
    tensor([2.5000])

    Args:
        mu, logvar: the mean and log-variance of each image's cloud, both `(B, D)`.

    Returns:
        Nats per image, `(B,)`.

    Raises:
        TypeError, ValueError: not floats of one shape `(B, D)`, dtype and device, or no codes.
    """
    check_codes(mu, logvar)
    variance_minus_1 = torch.expm1(logvar)  # exp(logvar) - 1, with all its digits where logvar is small
    return 0.5 * (mu.square() + variance_minus_1 - logvar).sum(1)


def kl_per_dimension(mu: Tensor, logvar: Tensor) -> Tensor:
    """What each latent dimension carries: its share of `kl_divergence`, averaged over the images.

    >>> kl_per_dimension(torch.tensor([[1.0, 2.0], [1.0, 0.0]]), torch.zeros(2, 2))
    tensor([0.5000, 1.0000])

    Args:
        mu, logvar: as for `kl_divergence`, `(N, D)`.

    Returns:
        Nats per image, `(D,)`; they add up to the mean of `kl_divergence(mu, logvar)`.

    Raises:
        TypeError, ValueError: as `kl_divergence`.
    """
    check_codes(mu, logvar)
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar).mean(0)


def vae_loss(logits: Tensor, x: Tensor, mu: Tensor, logvar: Tensor, beta: float = 1.0) -> Loss:
    """Total = reconstruction + beta * KL, averaged over the batch.

    With beta = 1 this is minus the ELBO (Kingma & Welling 2014, equation 10); other values
    are the beta-VAE of Higgins et al. (ICLR 2017, equation 4).

    >>> code, black = torch.full((1, 2), 2.0), torch.zeros(1, 1, 28, 28)  # 4 nats, 784 ln 2 nats
    >>> vae_loss(black, black, code, 0 * code, beta=0.25).total.round()
    tensor(544.)

    Args:
        logits, x: as for `reconstruction_loss`.
        mu, logvar: as for `kl_divergence`.
        beta: the weight of the KL term, 0 or more.

    Returns:
        total, reconstruction and kl: scalars, in nats per image.

    Raises:
        TypeError, ValueError: wrong shape, dtype, device or range; batches of two sizes.
    """
    check_one_batch(x, mu)
    beta = number(beta, "beta")
    check_logits_like(logits, x)
    # the mean of reconstruction_loss; one sum over the whole batch takes less time
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    kl = kl_divergence(mu, logvar).mean()
    return Loss(reconstruction + beta * kl, reconstruction, kl)


def log_mean_exp_bound(log_w: Tensor) -> Tensor:
    """The importance-weighted bound on ln p(x): ln (1/k) Σ w over the k draws of each image.

    Burda et al. (2016, arXiv:1509.00519, section 3). With k = 1 it is a one-sample ELBO; on
    average it rises with k towards ln p(x). `logsumexp` takes the largest weight out before the
    exponential, so that nothing overflows.

    >>> log_mean_exp_bound(torch.tensor([[1000.0], [1000.0]]))
    tensor([1000.])

    Args:
        log_w: ln w = ln p(x, z) - ln q(z|x) for k draws z ~ q(z|x) of each image, `(k, B)`.

    Returns:
        Nats per image, `(B,)`.

    Raises:
        TypeError, ValueError: not floats of shape `(k, B)` with at least one draw.
    """
    check_log_weights(log_w)
    return log_w.logsumexp(0) - log(len(log_w))
