"""What to do with codes: walk between two, average a digit's, cover the plane."""

import torch
from torch import Tensor

from vae_helpers._inputs import check_ends, check_labelled_codes, count, shown


def interpolate(z_a: Tensor, z_b: Tensor, steps: int) -> Tensor:
    """z(t) = z_a + t (z_b - z_a): points at equal distances on the straight line, both ends included.

    >>> interpolate(torch.tensor([0.0, 4.0]), torch.tensor([8.0, 0.0]), steps=3)
    tensor([[0., 4.],
            [4., 2.],
            [8., 0.]])

    Args:
        z_a, z_b: two codes, both `(D,)`.
        steps: how many points, at least 2.

    Returns:
        z: `(steps, D)`; the first row is `z_a`, the last one `z_b`.

    Raises:
        TypeError, ValueError: the codes are not finite floats of one shape `(D,)`, dtype and device, or
            `steps` is not a whole number of at least 2.
    """
    check_ends(z_a, z_b)
    steps = count(steps, "steps", minimum=2)
    t = torch.linspace(0, 1, steps, dtype=z_a.dtype, device=z_a.device)[:, None]  # (steps, 1)
    return torch.lerp(z_a, z_b, t)  # z_a + t (z_b - z_a), with both ends exact


def mean_code(mu: Tensor, labels: Tensor, digit: int | Tensor) -> Tensor:
    """The average of the codes of one digit.

    >>> mean_code(torch.tensor([[1.0, 2.0], [9.0, 9.0], [3.0, 8.0]]), torch.tensor([0, 7, 0]), digit=0)
    tensor([2., 5.])

    Args:
        mu: the codes, `(N, D)`.
        labels: the digit 0 to 9 of each image, `(N,)`.
        digit: the one to average (one of `labels` will do).

    Returns:
        z: `(D,)`.

    Raises:
        TypeError, ValueError: `mu` and `labels` do not belong together, `digit` is not a whole number from
            0 to 9, or no image shows it.
    """
    check_labelled_codes(mu, labels)
    digit = count(digit, "digit", minimum=0, maximum=9)
    chosen = mu[labels.to(mu.device) == digit]
    if len(chosen) == 0:
        raise ValueError(f"digit must be one of {labels.unique().tolist()}, got {shown(digit)}")
    return chosen.mean(0)


def quantile_grid(steps: int) -> Tensor:
    """Codes of a 2-D model on a square grid on which each cell is equally probable under the prior.

    Each coordinate takes the `steps` standard normal quantiles in the middle of equal shares of
    the probability (Kingma & Welling 2014, arXiv:1312.6114, figure 4). The rows come as they lie
    on paper: z[1] from high to low, and in each row z[0] from low to high.

    >>> quantile_grid(2)
    tensor([[-0.6745,  0.6745],
            [ 0.6745,  0.6745],
            [-0.6745, -0.6745],
            [ 0.6745, -0.6745]])

    Args:
        steps: codes per side, from 1 to 1,000.

    Returns:
        z: `(steps * steps, 2)`.

    Raises:
        TypeError, ValueError: `steps` is not a whole number from 1 to 1,000.
    """
    steps = count(steps, "steps", maximum=1000)
    quantiles = torch.special.ndtri((torch.arange(steps, dtype=torch.float32, device="cpu") + 0.5) / steps)
    vertical, horizontal = torch.meshgrid(quantiles.flip(0), quantiles, indexing="ij")
    return torch.stack([horizontal, vertical], dim=-1).flatten(0, 1)
