"""The three steps of notebook 07 against draws from torch.distributions, and roads known in advance."""

import math
from collections.abc import Callable

import pytest
import torch
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from vae_helpers import flow_target, follow_flow, responsibilities


def mixture() -> MixtureSameFamily:
    means = torch.tensor([[0.0, 0.0], [3.0, 1.0], [-2.0, 2.0]])
    return MixtureSameFamily(
        Categorical(torch.tensor([0.2, 0.5, 0.3])), MultivariateNormal(means, torch.eye(2))
    )


def test_responsibilities_are_the_parts_frequencies_among_draws_nearby():
    """Monte Carlo for Bayes' rule: of the draws that fall near a point, each part made its share."""
    torch.manual_seed(0)
    parts = mixture().mixture_distribution.sample((2_000_000,))
    z = mixture().component_distribution.mean[parts] + torch.randn(2_000_000, 2)
    near = parts[(z - torch.tensor([1.5, 0.5])).norm(dim=1) < 0.15]
    log_joint = mixture().mixture_distribution.logits + mixture().component_distribution.log_prob(
        torch.tensor([[[1.5, 0.5]]])
    )
    counted = near.bincount(minlength=3) / len(near)
    assert torch.allclose(responsibilities(log_joint)[0], counted, atol=0.03)


@pytest.mark.parametrize("shift", [-1e4, 0.0, 1e4])
def test_responsibilities_of_densities_that_exp_cannot_hold(shift: float):
    joint = torch.tensor([[1.0, 3.0], [4.0, 4.0]])
    shares = responsibilities(joint.double().log() + shift)
    assert torch.allclose(shares, torch.tensor([[0.25, 0.75], [0.5, 0.5]]).double())


def test_the_road_begins_and_ends_where_it_should_and_its_slope_is_its_velocity():
    z0, z1 = torch.randn(2, 5, 3, dtype=torch.float64)
    t = torch.rand(5, 1, dtype=torch.float64)
    assert torch.equal(flow_target(z0, z1, torch.zeros_like(t))[0], z0)
    assert torch.equal(flow_target(z0, z1, torch.ones_like(t))[0], z1)
    slope = (flow_target(z0, z1, t + 1e-4)[0] - flow_target(z0, z1, t - 1e-4)[0]) / 2e-4
    assert torch.allclose(flow_target(z0, z1, t)[1], slope)


def test_one_step_suffices_at_constant_velocity_and_many_steps_reach_e():
    z = torch.randn(4, 2)
    assert torch.allclose(follow_flow(lambda z, t: torch.ones_like(z), z, 1), z + 1)
    grown = follow_flow(lambda z, t: z, torch.ones(1, 1), 10_000)
    assert grown.item() == pytest.approx(math.e, rel=1e-3)
    assert follow_flow(lambda z, t: 2 * t.expand_as(z), torch.zeros(1, 1), 10_000).item() == pytest.approx(
        1, rel=1e-3
    )


def test_the_start_is_left_as_it_was():
    z = torch.ones(3, 2)
    follow_flow(lambda z, t: z, z, 3)
    assert torch.equal(z, torch.ones(3, 2))


CODES, TIMES = torch.zeros(2, 3), torch.zeros(2, 1)


@pytest.mark.parametrize(
    ("do", "error", "sentence"),
    [
        (lambda: responsibilities(CODES[0]), ValueError, r"log_joint must have shape \(N, K\), got \(3,\)"),
        (lambda: responsibilities([[0.0]]), TypeError, "log_joint must be a torch tensor, got list"),
        (lambda: flow_target(CODES, CODES.T, TIMES), ValueError, "z0 and z1 must have one shape"),
        (lambda: flow_target(CODES, CODES, TIMES[:, 0]), ValueError, "t must have shape"),
        (lambda: flow_target(CODES, CODES, torch.zeros(3, 1)), ValueError, "z0 and t must have shapes"),
        (lambda: follow_flow(torch.add, CODES, 0), ValueError, "steps must be at least 1, got 0"),
        (lambda: follow_flow(3, CODES, 1), TypeError, "velocity must be a function"),
    ],
)
def test_bad_input_is_told(do: Callable, error: type, sentence: str):
    with pytest.raises(error, match=f"^{sentence}"):
        do()
