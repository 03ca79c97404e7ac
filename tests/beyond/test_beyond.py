"""Against draws from torch.distributions, roads known in advance, and the steps that an optimizer takes."""

import math
from collections.abc import Callable

import pytest
import torch
from numpy.polynomial.hermite_e import hermegauss
from samples import X, classifier, small, weights
from torch import Tensor
from torch.distributions import (
    Bernoulli,
    Categorical,
    MixtureSameFamily,
    MultivariateNormal,
    Normal,
    kl_divergence,
)
from torch.optim import Adam, Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook

from vae_helpers import VAE, flow_target, follow_flow, optimise_code, responsibilities, train_judge
from vae_helpers.beyond.conditional import train_conditional


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
    mu, logvar = optimise_code(vae, x, steps=1000)
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
    assert not logvar.requires_grad


def test_the_steps_towards_the_best_cloud_become_shorter():
    """The decoder ignores z, so the KL is left, whose slope at a far mu hardly changes: four whole steps."""
    vae = VAE(1, 1)
    with torch.no_grad():
        for weight in vae.parameters():
            weight.zero_()
        vae.to_mu.bias.fill_(100)
    mu, _ = optimise_code(vae, torch.zeros(1, 1, 28, 28), steps=4)
    assert mu.item() == pytest.approx(100 - 0.05 * (1 + 3 / 4 + 2 / 4 + 1 / 4), abs=1e-3)


def step_sizes(train: Callable, images: int) -> list[float]:
    """How far Adam may move a weight at each of its steps."""
    sizes = []

    def note(optimizer: Optimizer, *_: object) -> None:
        assert isinstance(optimizer, Adam)
        sizes.append(optimizer.param_groups[0]["lr"])

    with register_optimizer_step_post_hook(note):
        train(torch.rand(images, 1, 28, 28), torch.arange(images) % 10)
    return sizes


def test_a_conditional_vae_takes_the_lab_sheets_steps():
    """Ten epochs with a step of 0.001; 128 images are one batch, one more are two."""
    assert step_sizes(train_conditional, images=128) == [0.001] * 10
    assert step_sizes(train_conditional, images=129) == [0.001] * 20


def test_a_judges_steps_rise_to_0_006_and_fall_again():
    """Five epochs; 256 images are one batch, one more are two."""
    assert len(step_sizes(train_judge, images=256)) == 5
    sizes = step_sizes(train_judge, images=257)
    assert len(sizes) == 10
    top = sizes.index(max(sizes))
    assert sizes[top] == pytest.approx(0.006)
    assert sizes == sorted(sizes[:top]) + sorted(sizes[top:], reverse=True)
    assert max(sizes[0], sizes[-1]) < 0.001


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
        (lambda: follow_flow(torch.add, [0.0], 1), TypeError, "z must be a torch tensor, got list"),
        (lambda: follow_flow(3, CODES, 1), TypeError, "velocity must be a function"),
        (lambda: optimise_code(classifier(), X), TypeError, "vae must be a VAE"),
        (lambda: optimise_code(small(), X.byte()), TypeError, "x must hold floats"),
        (lambda: optimise_code(small(), X, 0), ValueError, "steps must be at least 1"),
    ],
)
def test_bad_input_is_told(do: Callable, error: type, sentence: str):
    with pytest.raises(error, match=f"^{sentence}"):
        do()
