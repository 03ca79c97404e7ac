"""Other places to draw z from than N(0, I): the E-step of a mixture, and a flow."""

from collections.abc import Callable

import torch
from torch import Tensor

from vae_helpers._inputs import check_alike, check_floats, check_latents, count, shown


def responsibilities(log_joint: Tensor) -> Tensor:
    """The E-step of a mixture: r[n, k] = w_k N(z_n; m_k, C_k) / sum_j w_j N(z_n; m_j, C_j).

    The probability that part k made code n, by Bayes' rule (Bishop 2006, equation 9.23). Densities in 20
    dimensions are too small for `exp`, so that each row is shifted by its largest logarithm first.

    >>> responsibilities(torch.tensor([[1.0, 3.0]]).log() - 1000)
    tensor([[0.2500, 0.7500]])

    Args:
        log_joint: ln w_k + ln N(z_n; m_k, C_k), `(N, K)`.

    Returns:
        `(N, K)`; every row adds up to 1.

    Raises:
        TypeError, ValueError: not a floating-point tensor `(N, K)`.
    """
    check_floats(log_joint, "log_joint")
    if log_joint.ndim != 2:
        raise ValueError(f"log_joint must have shape (N, K), got {tuple(log_joint.shape)}")
    return torch.exp(log_joint - log_joint.logsumexp(1, keepdim=True))


def flow_target(z0: Tensor, z1: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """A point of the straight road from noise to code, and the velocity there.

    z_t = (1 - t) z0 + t z1, with dz_t/dt = z1 - z0 (Lipman et al. 2023, arXiv:2210.02747, section 4.1,
    with their sigma_min = 0; Liu et al. 2023, arXiv:2209.03003, equation 1).

    >>> flow_target(torch.zeros(1, 2), torch.ones(1, 2), torch.tensor([[0.25]]))
    (tensor([[0.2500, 0.2500]]), tensor([[1., 1.]]))

    Args:
        z0, z1: noise and codes, both `(B, D)`.
        t: times in [0, 1], `(B, 1)`.

    Returns:
        z_t and the velocity, both `(B, D)`.

    Raises:
        TypeError, ValueError: `z0` and `z1` are not alike, or `t` is not one time for each row.
    """
    check_floats(z0, "z0")
    check_alike(z0, "z0", z1, "z1")
    check_latents(t, 1, "t")
    if z0.ndim != 2 or len(t) != len(z0):
        raise ValueError(
            f"z0 and t must have shapes (B, D) and (B, 1), got {tuple(z0.shape)}, {tuple(t.shape)}"
        )
    return (1 - t) * z0 + t * z1, z1 - z0


def follow_flow(velocity: Callable[[Tensor, Tensor], Tensor], z: Tensor, steps: int) -> Tensor:
    """Carry noise to codes by Euler's rule: z <- z + v(z, t) / steps at t = 0, 1/steps, ... below 1.

    >>> follow_flow(lambda z, t: 2 * t, torch.zeros(1, 1), steps=2)  # 0 + 1/2 at t = 1/2
    tensor([[0.5000]])

    Args:
        velocity: v(z, t) with z `(B, D)` and t `(B, 1)`; returns `(B, D)`.
        z: noise from N(0, I), `(B, D)`; it is not changed.
        steps: how many steps, at least 1.

    Returns:
        `(B, D)`, at t = 1.

    Raises:
        TypeError, ValueError: `velocity` is no function, `z` no floating-point tensor, or `steps` no
            whole number of at least 1.
    """
    if not callable(velocity):
        raise TypeError(f"velocity must be a function of z and t, got {shown(velocity)}")
    check_floats(z, "z")
    steps = count(steps, "steps")
    for step in range(steps):
        z = z + velocity(z, z.new_full((len(z), 1), step / steps)) / steps
    return z
