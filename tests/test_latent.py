"""Walks, mean codes and grids against hand-computed cases and torch.distributions."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from vae_helpers import interpolate, kl_per_dimension, mean_code, quantile_grid


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
    labels = torch.tensor([0, 9, 0])
    assert mean_code(mu, labels, 0).tolist() == [2, 5]
    assert mean_code(mu, labels, 9).tolist() == [30, 40]
    assert mean_code(mu, labels, labels[1]).tolist() == [30, 40]


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
