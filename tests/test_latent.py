"""Walks, mean codes and grids against hand-computed cases and torch.distributions."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from vae_helpers import interpolate, mean_code
from vae_helpers.latent import kl_per_dimension, quantile_grid


def test_walk_by_hand():
    points = interpolate(torch.tensor([0.0, 4.0]), torch.tensor([8.0, 0.0]), steps=5)
    assert points.tolist() == [[0, 4], [2, 3], [4, 2], [6, 1], [8, 0]]


@pytest.mark.parametrize("steps", [2, 3, 50])
def test_walk_has_both_ends_exactly(steps: int):
    z_a, z_b = torch.randn(2, 20)
    points = interpolate(z_a, z_b, steps)
    assert points.shape == (steps, 20)
    assert torch.equal(points[0], z_a)
    assert torch.equal(points[-1], z_b)


def test_mean_code_by_hand():
    mu = torch.tensor([[1.0, 2.0], [30.0, 40.0], [3.0, 8.0]])
    assert mean_code(mu, torch.tensor([4, 9, 4]), 4).tolist() == [2, 5]
    assert mean_code(mu, torch.tensor([4, 9, 4]), 9).tolist() == [30, 40]


def test_kl_per_dimension():
    mu, logvar = torch.randn(7, 3), torch.randn(7, 3)
    expected = kl_divergence(Normal(mu, logvar.div(2).exp()), Normal(0.0, 1.0)).mean(0)
    torch.testing.assert_close(kl_per_dimension(mu, logvar), expected)


def test_grid_cells_are_equally_probable_and_in_reading_order():
    z = quantile_grid(4)
    share = torch.tensor([1, 3, 5, 7]) / 8
    torch.testing.assert_close(Normal(0.0, 1.0).cdf(z[:4, 0]), share)  # a row runs from left to right
    torch.testing.assert_close(Normal(0.0, 1.0).cdf(z[::4, 1]), share.flip(0))  # and the rows downwards
    assert (z[:4, 1] == z[0, 1]).all()


A, Z = torch.zeros(3), torch.zeros(4, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: interpolate(A, A, 1), "steps must be at least 2, got 1"),
        (lambda: interpolate(A, A, 2.5), r"steps must be a whole number, got 2\.5"),
        (lambda: interpolate(A, torch.zeros(4), 5), r"one shape, got \(3,\) and \(4,\)"),
        (lambda: interpolate(Z, Z, 5), r"z_a must have shape \(D,\), got \(4, 3\)"),
        (lambda: interpolate([0.0], A, 5), "z_a must be a torch tensor, got list"),
        (lambda: mean_code(A, torch.zeros(3).long(), 0), r"mu must have shape \(N, D\), got \(3,\)"),
        (lambda: mean_code(Z, torch.zeros(5).long(), 0), r"labels must have shape \(4,\).* got \(5,\)"),
        (
            lambda: mean_code(Z, torch.zeros(4), 0),
            "labels must be a tensor of whole numbers, got torch.float32",
        ),
        (lambda: mean_code(Z, torch.full((4,), 12), 0), "labels must lie in 0 to 9, got 12 to 12"),
        (lambda: mean_code(Z, torch.tensor([1, 1, 7, 7]), 4), r"digit must be one of \[1, 7\], got 4"),
        (lambda: kl_per_dimension(Z, A), r"mu and logvar must have one shape"),
        (lambda: kl_per_dimension(A, A), r"mu must have shape \(B, D\), got \(3,\)"),
        (lambda: quantile_grid(0), "steps must be at least 1, got 0"),
    ],
)
def test_bad_input_gets_a_sentence(call, message: str):
    with pytest.raises((TypeError, ValueError), match=message):
        call()
