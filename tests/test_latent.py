"""Walks, mean codes and grids against hand-computed cases and torch.distributions."""

import math
from collections.abc import Callable

import pytest
import torch
from numpy.polynomial.hermite_e import hermegauss
from samples import CODE, CODES, DIGITS, META, X, classifier, small, weights
from told import refusals, told
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_helpers import interpolate, mean_code, optimise_code, quantile_grid


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


def test_grid_cells_are_equally_probable_and_in_reading_order():
    z = quantile_grid(4)
    share = torch.tensor([1, 3, 5, 7]) / 8
    torch.testing.assert_close(Normal(0.0, 1.0).cdf(z[:4, 0]), share)  # a row runs from left to right
    torch.testing.assert_close(Normal(0.0, 1.0).cdf(z[::4, 1]), share.flip(0))  # and the rows downwards
    assert (z[:4, 1] == z[0, 1]).all()


def test_best_cloud_against_a_grid_of_clouds():
    """One latent dimension, so that every Gaussian can be tried, its ELBO by quadrature."""
    vae = small(latent_dim=1)
    with torch.no_grad():
        vae.decoder[0].weight.mul_(2)
    x = torch.bernoulli(vae.decode(torch.tensor([[1.2]])), generator=torch.Generator().manual_seed(0))
    nodes, weights_of_nodes = (torch.from_numpy(part).float() for part in hermegauss(20))
    centres, widths = torch.meshgrid(torch.linspace(-3, 3, 121), torch.logspace(-2, 0.3, 60), indexing="ij")

    def elbo(mu: Tensor, sigma: Tensor) -> Tensor:
        z = (mu.flatten()[:, None] + sigma.flatten()[:, None] * nodes).flatten()
        pixels = Bernoulli(logits=vae.decode_logits(z[:, None])).log_prob(x).flatten(1).sum(1)
        expected = (pixels.view(-1, 20) * weights_of_nodes).sum(1) / weights_of_nodes.sum()
        return expected - kl_divergence(Normal(mu.flatten(), sigma.flatten()), Normal(0.0, 1.0))

    before = weights(vae)
    mu, logvar = optimise_code(vae, x)
    with torch.no_grad():
        most = elbo(centres, widths).max()
        assert elbo(*vae.encode(x)).item() < most - 0.5
        assert elbo(mu, torch.exp(logvar / 2)).item() == pytest.approx(most.item(), abs=0.05)
    assert torch.equal(weights(vae), before)
    assert all(weight.grad is None for weight in vae.parameters())


def test_best_cloud_of_a_frozen_model_where_gradients_are_off():
    vae = small().requires_grad_(False)
    with torch.no_grad():
        mu, logvar = optimise_code(vae, X, steps=3)
    assert mu.shape == logvar.shape == (8, 3)
    assert not mu.requires_grad


@refusals(
    ("a walk of one step", lambda: interpolate(CODE, CODE, 1), ValueError, "steps must be at least 2, got 1"),
    ("a walk of 2.5 steps", lambda: interpolate(CODE, CODE, 2.5), TypeError, "whole number, got 2.5"),
    ("codes of two lengths", lambda: interpolate(CODE, torch.zeros(4), 5), ValueError, r"\(3,\) and \(4,\)"),
    ("a walk of batches", lambda: interpolate(CODES, CODES, 5), ValueError, r"shape \(D,\), got \(8, 3\)"),
    ("a walk from a list", lambda: interpolate([0.0], CODE, 5), TypeError, "z_a must be .* got list"),
    ("a walk from nan", lambda: interpolate(CODE * math.nan, CODE, 5), ValueError, "z_a must hold finite"),
    ("a walk too far", lambda: interpolate(CODE - 3e38, CODE + 3e38, 5), ValueError, "z_b - z_a must hold"),
    ("a mean of one code", lambda: mean_code(CODE, DIGITS, 0), ValueError, r"mu must have shape \(N, D\)"),
    ("a label too few", lambda: mean_code(CODES, DIGITS[1:], 0), ValueError, r"shape \(8,\), .* got \(7,\)"),
    ("labels of floats", lambda: mean_code(CODES, CODES[:, 0], 0), TypeError, "whole numbers, got torch.fl"),
    (
        "a label of 10",
        lambda: mean_code(CODES, DIGITS + 3, 0),
        ValueError,
        "labels must lie in 0 to 9, got 3 to 10",
    ),
    (
        "labels without values",
        lambda: mean_code(CODES, DIGITS.to(**META), 0),
        ValueError,
        "labels must hold numbers, .* meta",
    ),
    (
        "a digit without image",
        lambda: mean_code(CODES, DIGITS, 9),
        ValueError,
        r"digit must be one of \[0, .* got 9",
    ),
    ("a digit of 10", lambda: mean_code(CODES, DIGITS, 10), ValueError, "digit must be at most 9, got 10"),
    ("a digit in words", lambda: mean_code(CODES, DIGITS, "one"), TypeError, "digit must be .* got 'one'"),
    ("a cloud of a classifier", lambda: optimise_code(classifier(), X), TypeError, "vae must be a VAE"),
    ("a cloud of a digit of bytes", lambda: optimise_code(small(), X.byte()), TypeError, "raw bytes"),
    ("a cloud after no step", lambda: optimise_code(small(), X, 0), ValueError, "steps must be at least 1"),
    ("a grid of no code", lambda: quantile_grid(0), ValueError, "steps must be at least 1, got 0"),
)
def test_refuses(call: Callable, error: type, sentence: str):
    with told(error, sentence):
        call()
