"""Other places to draw z from than N(0, I): a mixture of Gaussians, and a flow."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from vae_helpers._inputs import check_alike, check_finite, check_floats, check_latents, count, shown
from vae_helpers._state import LARGEST_SEED


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


@dataclass(frozen=True)
class Mixture:
    """p(z) = sum_k w_k N(z; m_k, C_k): pick one of K parts, then draw from its Gaussian.

    >>> mixture = Mixture.fit(torch.randn(1000, 2), parts=3)
    >>> mixture.log_prob(torch.zeros(5, 2)).shape, mixture.sample(7).shape
    (torch.Size([5]), torch.Size([7, 2]))

    Args:
        weights: w, `(K,)`, which add up to 1.
        means: m, `(K, D)`.
        covariances: C, `(K, D, D)`.
    """

    weights: Tensor
    means: Tensor
    covariances: Tensor

    @classmethod
    def fit(cls, codes: Tensor, parts: int, seed: int = 0, rounds: int = 20) -> "Mixture":
        """The mixture that makes `codes` probable, by the EM algorithm (Bishop 2006, section 9.2.2).

        The parts begin at codes drawn by chance, each with the covariance of all. In each round, the E-step
        shares every code among the parts, and the M-step fits each part to its shares. The 0.001 on the
        diagonal keeps a part that holds few codes from shrinking to a point.

        Args:
            codes: `(N, D)`.
            parts: K, at most N.
            seed: which codes the parts begin at.
            rounds: of E-step and M-step, at least 1.

        Raises:
            TypeError, ValueError: `codes` are not at least two rows of finite floats, or a number is no
                whole number in its range.
        """
        check_finite(codes, "codes")
        if codes.ndim != 2 or len(codes) < 2:
            raise ValueError(f"codes must have shape (N, D) with N of at least 2, got {tuple(codes.shape)}")
        parts = count(parts, "parts", maximum=len(codes))
        rounds = count(rounds, "rounds")
        seed = count(seed, "seed", minimum=0, maximum=LARGEST_SEED)
        chance = torch.Generator("cpu").manual_seed(seed)
        order = torch.randperm(len(codes), generator=chance, device="cpu")
        means = codes[order[:parts]]
        weights = codes.new_full((parts,), 1 / parts)
        narrow = 1e-3 * torch.eye(codes.shape[1], dtype=codes.dtype, device=codes.device)
        covariances = (codes.T.cov() + narrow).expand(parts, -1, -1)
        for _ in range(rounds):
            shares = responsibilities(cls(weights, means, covariances).log_joint(codes))  # (N, K)
            held = shares.sum(0) + 1e-6  # how many codes each part holds
            weights = held / held.sum()
            means = shares.T @ codes / held[:, None]
            spreads = []
            for part in range(parts):
                off = codes - means[part]
                spreads.append((shares[:, part] * off.T) @ off / held[part] + narrow)
            covariances = torch.stack(spreads)
        return cls(weights, means, covariances)

    def log_joint(self, z: Tensor) -> Tensor:
        """How likely each part made each code, ln w_k + ln N(z; m_k, C_k): `(N, D)` -> `(N, K)`.

        Raises:
            TypeError, ValueError: `z` are not floats of this shape.
        """
        check_latents(z, self.means.shape[1], weight=self.means)
        columns = []
        for mean, covariance in zip(self.means, self.covariances, strict=True):
            columns.append(MultivariateNormal(mean, covariance).log_prob(z))
        return torch.stack(columns, dim=1) + self.weights.log()

    def log_prob(self, z: Tensor) -> Tensor:
        """The density, ln p(z) in nats: `(N, D)` -> `(N,)`.

        Raises:
            TypeError, ValueError: as `log_joint`.
        """
        return self.log_joint(z).logsumexp(1)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw n codes, `(n, D)`, from torch's random numbers or those of a `generator`.

        Raises:
            TypeError, ValueError: `n` is no whole number of at least 1.
        """
        n = count(n, "n")
        part = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        eps = self.means.new_empty(n, self.means.shape[1], 1).normal_(generator=generator)
        roots = torch.linalg.cholesky(self.covariances)  # C = L L^T, as sigma^2 = sigma sigma
        return self.means[part] + (roots[part] @ eps)[:, :, 0]


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
