"""Walks, mean codes and grids against hand-computed cases and torch.distributions."""

import math
from collections.abc import Callable

import pytest
import torch
from samples import CODE, CODES, DIGITS
from told import refusals, told
from torch.distributions import Normal

from vae_helpers import interpolate, mean_code, quantile_grid


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


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64])
def test_mean_code_by_hand(dtype: torch.dtype):
    mu = torch.tensor([[1.0, 2.0], [30.0, 40.0], [3.0, 8.0]])
    labels = torch.tensor([0, 9, 0], dtype=dtype)
    assert mean_code(mu, labels, 0).tolist() == [2, 5]
    assert mean_code(mu, labels, 9).tolist() == [30, 40]
    assert mean_code(mu, labels, labels[1]).tolist() == [30, 40]


def test_grid_cells_are_equally_probable_and_in_reading_order():
    z = quantile_grid(4)
    share = torch.tensor([1, 3, 5, 7]) / 8
    torch.testing.assert_close(Normal(0.0, 1.0).cdf(z[:4, 0]), share)  # a row runs from left to right
    torch.testing.assert_close(Normal(0.0, 1.0).cdf(z[::4, 1]), share.flip(0))  # and the rows downwards
    assert (z[:4, 1] == z[0, 1]).all()


@refusals(
    ("a walk of one step", lambda: interpolate(CODE, CODE, 1), ValueError, "steps must be at least 2, got 1"),
    ("a walk of 2.5 steps", lambda: interpolate(CODE, CODE, 2.5), TypeError, "whole number, got 2.5"),
    ("codes of two lengths", lambda: interpolate(CODE, torch.zeros(4), 5), ValueError, r"\(3,\) and \(4,\)"),
    ("a walk of batches", lambda: interpolate(CODES, CODES, 5), ValueError, r"shape \(D,\), got \(8, 3\)"),
    ("a walk from a list", lambda: interpolate([0.0], CODE, 5), TypeError, "z_a must be .* got list"),
    ("a walk from nan", lambda: interpolate(CODE * math.nan, CODE, 5), ValueError, "z_a must hold finite"),
    ("a walk to nan", lambda: interpolate(CODE, CODE * math.nan, 5), ValueError, "z_b must hold finite"),
    ("a mean of one code", lambda: mean_code(CODE, DIGITS, 0), ValueError, r"mu must have shape \(N, D\)"),
    ("a label too few", lambda: mean_code(CODES, DIGITS[1:], 0), ValueError, r"shape \(8,\), .* got \(7,\)"),
    ("labels of floats", lambda: mean_code(CODES, CODES[:, 0], 0), TypeError, "whole numbers, got torch.fl"),
    (
        "a label of 10",
        lambda: mean_code(CODES, DIGITS + 3, 0),
        ValueError,
        "labels must lie in 0 to 9, got 3 to 10",
    ),
    ("a label of -1", lambda: mean_code(CODES, DIGITS - 1, 0), ValueError, "lie in 0 to 9, got -1 to 6"),
    (
        "a digit without image",
        lambda: mean_code(CODES, DIGITS, 9),
        ValueError,
        r"digit must be one of \[0, 1, 2, 3, 4, 5, 6, 7\], got 9",
    ),
    ("a digit of 10", lambda: mean_code(CODES, DIGITS, 10), ValueError, "digit must be at most 9, got 10"),
    ("a digit in words", lambda: mean_code(CODES, DIGITS, "one"), TypeError, "digit must be .* got 'one'"),
    ("a grid of no code", lambda: quantile_grid(0), ValueError, "steps must be at least 1, got 0"),
    ("a grid too fine", lambda: quantile_grid(1001), ValueError, "steps must be at most 1000, got 1001"),
)
def test_refuses(call: Callable, error: type, sentence: str):
    with told(error, sentence):
        call()
