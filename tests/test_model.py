"""The VAE's shapes and its one random draw."""

import pytest
import torch
from torch.distributions import Normal

from vae_helpers import VAE, reparameterize


@pytest.mark.parametrize(("latent_dim", "hidden_dim", "batch"), [(20, 400, 7), (1, 3, 1), (2, 256, 130)])
def test_shapes(latent_dim: int, hidden_dim: int, batch: int):
    vae = VAE(latent_dim, hidden_dim)
    x = torch.rand(batch, 1, 28, 28)
    logits, mu, logvar = vae(x)
    assert logits.shape == x.shape
    assert mu.shape == logvar.shape == (batch, latent_dim)
    assert (vae.latent_dim, vae.hidden_dim) == (latent_dim, hidden_dim)


def test_parameter_count_of_the_lab_sheets_architecture():
    assert sum(weight.numel() for weight in VAE().parameters()) == 652_824


def test_forward_by_hand():
    """Every weight 0, so that the biases alone decide: mu = 3, logvar = -2, logits = 0.5."""
    vae = VAE(latent_dim=4)
    for weight in vae.parameters():
        torch.nn.init.zeros_(weight)
    torch.nn.init.constant_(vae.to_mu.bias, 3)
    torch.nn.init.constant_(vae.to_logvar.bias, -2)
    torch.nn.init.constant_(vae.decoder[2].bias, 0.5)
    logits, mu, logvar = vae(torch.rand(2, 1, 28, 28))
    assert torch.equal(mu, torch.full((2, 4), 3.0))
    assert torch.equal(logvar, torch.full((2, 4), -2.0))
    assert torch.equal(logits, torch.full((2, 1, 28, 28), 0.5))
    assert vae.decode(mu)[0, 0, 0, 0].item() == pytest.approx(0.62246, abs=1e-5)  # 1 / (1 + e^-0.5)


def test_images_do_not_influence_each_other():
    vae = VAE()
    x = torch.rand(5, 1, 28, 28)
    together = vae.encode(x)[0]
    alone = torch.cat([vae.encode(x[[i]])[0] for i in range(5)])
    torch.testing.assert_close(together, alone)


def test_reparameterize_draws_from_the_right_normal():
    """The share of draws below five quantiles of N(mu, sigma^2); 5 standard errors of a share."""
    torch.manual_seed(0)
    mu, logvar = torch.tensor([-3.0, 0.0, 2.0]), torch.tensor([-4.0, 0.0, 1.5])
    n = 100_000
    z = reparameterize(mu.expand(n, 3), logvar.expand(n, 3))
    normal = Normal(mu, torch.exp(logvar).sqrt())
    for share in (0.05, 0.25, 0.5, 0.75, 0.95):
        below = (z < normal.icdf(torch.tensor(share))).float().mean(0)
        assert (below - share).abs().max() < 5 * (share * (1 - share) / n) ** 0.5
    correlation = torch.corrcoef(z.T) - torch.eye(3)
    assert correlation.abs().max() < 5 / n**0.5


def test_reparameterize_gradients_are_those_of_rsample():
    mu = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    logvar = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    torch.manual_seed(0)
    ours = torch.autograd.grad(reparameterize(mu, logvar).pow(3).sum(), (mu, logvar))
    torch.manual_seed(0)
    theirs = torch.autograd.grad(Normal(mu, logvar.exp().sqrt()).rsample().pow(3).sum(), (mu, logvar))
    torch.testing.assert_close(ours, theirs)
