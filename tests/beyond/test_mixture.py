"""The mixture against torch.distributions, a round of EM in numpy, and codes whose parts are known."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from vae_helpers import Mixture

WEIGHTS = torch.tensor([0.2, 0.5, 0.3])
MEANS = torch.tensor([[0.0, 0.0], [6.0, 1.0], [-4.0, 3.0]])
COVARIANCES = torch.tensor([[[1.0, 0.5], [0.5, 2.0]], [[0.5, 0.0], [0.0, 0.5]], [[2.0, -1.0], [-1.0, 1.0]]])


def known() -> MixtureSameFamily:
    return MixtureSameFamily(Categorical(WEIGHTS), MultivariateNormal(MEANS, COVARIANCES))


def drawn(count: int) -> Tensor:
    torch.manual_seed(0)
    return known().sample((count,))


def test_its_density_is_that_of_torch():
    z = drawn(100)
    assert torch.allclose(Mixture(WEIGHTS, MEANS, COVARIANCES).log_prob(z), known().log_prob(z), atol=1e-5)


def test_its_draws_have_the_mean_the_covariance_and_the_density_of_the_real_one():
    z = Mixture(WEIGHTS, MEANS, COVARIANCES).sample(200_000, torch.Generator().manual_seed(0))
    real = drawn(200_000)
    assert torch.allclose(z.mean(0), known().mean, atol=0.05)
    assert torch.allclose(z.T.cov(), real.T.cov(), atol=0.15)
    assert known().log_prob(z).mean().item() == pytest.approx(known().log_prob(real).mean().item(), abs=0.01)


def test_draws_of_a_generator_come_again_and_leave_torch_alone():
    mixture, before = Mixture(WEIGHTS, MEANS, COVARIANCES), torch.get_rng_state()
    first, second = (mixture.sample(5, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(mixture.sample(5), mixture.sample(5))


def test_one_part_is_the_gaussian_of_all_codes():
    z = drawn(1000).double()
    mixture = Mixture.fit(z, parts=1, rounds=1)
    assert torch.allclose(mixture.means[0], z.mean(0), atol=1e-6)
    covariance = torch.from_numpy(np.cov(z.numpy().T, bias=True)) + 1e-3 * torch.eye(2)
    assert torch.allclose(mixture.covariances[0], covariance, atol=1e-6)


def test_a_round_in_numpy():
    """E-step and M-step with densities by hand, from where the round before has ended."""
    z = drawn(400).double()
    before, after = (Mixture.fit(z, parts=3, rounds=rounds) for rounds in (4, 5))
    x, joint = z.numpy(), []
    for w, m, c in zip(before.weights.numpy(), before.means.numpy(), before.covariances.numpy(), strict=True):
        square = np.einsum("ni,ij,nj->n", x - m, np.linalg.inv(c), x - m)
        joint.append(w * np.exp(-square / 2) / (2 * np.pi * np.linalg.det(c) ** 0.5))
    shares = np.array(joint) / np.sum(joint, axis=0)  # (K, N)
    for part, share in enumerate(shares):
        mean = np.average(x, axis=0, weights=share)
        covariance = np.cov(x.T, aweights=share, bias=True) + 1e-3 * np.eye(2)
        assert after.weights[part].item() == pytest.approx(share.mean(), rel=1e-5)
        assert np.allclose(after.means[part].numpy(), mean, atol=1e-5)
        assert np.allclose(after.covariances[part].numpy(), covariance, atol=1e-4)


def test_finds_the_parts_that_made_the_codes():
    mixture = Mixture.fit(drawn(20_000), parts=3, rounds=50)
    for weight, mean, covariance in zip(WEIGHTS, MEANS, COVARIANCES, strict=True):
        part = (mixture.means - mean).norm(dim=1).argmin()
        assert mixture.weights[part].item() == pytest.approx(weight.item(), abs=0.02)
        assert torch.allclose(mixture.means[part], mean, atol=0.1)
        assert torch.allclose(mixture.covariances[part], covariance, atol=0.15)


def test_more_rounds_find_the_codes_more_probable():
    z = drawn(1000)
    means = [Mixture.fit(z, parts=5, rounds=rounds).log_prob(z).mean().item() for rounds in (1, 3, 10, 30)]
    assert means == sorted(means)


def test_a_fit_is_that_of_its_seed_alone():
    z, before = drawn(500), torch.get_rng_state()
    one, again, other = (Mixture.fit(z, parts=4, seed=seed, rounds=2) for seed in (1, 1, 2))
    assert torch.equal(one.means, again.means)
    assert not torch.equal(one.means, other.means)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_densities_far_from_all_codes_and_codes_that_are_one(dtype: torch.dtype):
    same = torch.full((50, 2), 3.0, dtype=dtype)
    mixture = Mixture.fit(same, parts=5)
    assert mixture.log_prob(1e3 * same).isfinite().all()
    assert mixture.sample(9).dtype == dtype


@pytest.mark.parametrize(
    ("do", "error", "sentence"),
    [
        (lambda: Mixture.fit(MEANS[0], 2), ValueError, r"codes must have shape \(N, D\)"),
        (lambda: Mixture.fit(MEANS[:1], 1), ValueError, r"codes must have .* at least 2, got \(1, 2\)"),
        (lambda: Mixture.fit(MEANS.long(), 2), TypeError, "codes must hold floats"),
        (lambda: Mixture.fit(MEANS / 0, 2), ValueError, "codes must hold finite numbers"),
        (lambda: Mixture.fit(MEANS, 4), ValueError, "parts must be at most 3, got 4"),
        (lambda: Mixture.fit(MEANS, 2.5), TypeError, "parts must be a whole number"),
        (lambda: Mixture.fit(MEANS, 2, rounds=0), ValueError, "rounds must be at least 1"),
        (lambda: Mixture.fit(MEANS, 2, seed=-1), ValueError, "seed must be at least 0"),
        (lambda: Mixture.fit(MEANS, 2).log_prob(MEANS.T), ValueError, r"z must have shape \(B, 2\)"),
        (lambda: Mixture.fit(MEANS, 2).log_prob(MEANS.double()), TypeError, "z must be torch.float32"),
        (lambda: Mixture.fit(MEANS, 2).sample(0), ValueError, "n must be at least 1"),
    ],
)
def test_bad_input_is_told(do: Callable, error: type, sentence: str):
    with pytest.raises(error, match=f"^{sentence}"):
        do()
