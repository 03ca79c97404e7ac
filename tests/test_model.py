"""The VAE's shapes, its one random draw, and what it refuses."""

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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: VAE(latent_dim=0), "latent_dim must be at least 1, got 0"),
        (lambda: VAE(hidden_dim=2.0), "hidden_dim must be a whole number, got 2.0"),
        (lambda: VAE(latent_dim=True), "latent_dim must be a whole number, got True"),
        (lambda: VAE()(torch.rand(3, 784)), r"x must have shape \(B, 1, 28, 28\), got \(3, 784\)"),
        (lambda: VAE()(torch.rand(0, 1, 28, 28)), "x must hold at least one image"),
        (lambda: VAE()(torch.full((1, 1, 28, 28), -0.42)), r"x must lie in \[0, 1\], got min -0.42; divide"),
        (lambda: VAE()(torch.full((1, 1, 28, 28), 255.0)), "got max 255.00; divide raw bytes by 255"),
        (lambda: VAE()(torch.full((1, 1, 28, 28), torch.nan)), "x must lie in .* got min nan"),
        (lambda: VAE()(torch.zeros(1, 1, 28, 28, dtype=torch.uint8)), "got raw bytes; divide them by 255"),
        (
            lambda: VAE()(torch.zeros(1, 1, 28, 28).double()),
            "x must be torch.float32 like",
        ),
        (lambda: VAE()([[0.0]]), "x must be a torch tensor, got list"),
        (lambda: VAE().decode(torch.zeros(1, 2)), r"z must have shape \(B, 20\), got \(1, 2\)"),
        (lambda: VAE().decode(torch.zeros(20)), r"z must have shape \(B, 20\), got \(20,\)"),
        (lambda: VAE().decode(torch.full((1, 20), torch.inf)), "z must hold finite numbers"),
        (lambda: VAE().decode(torch.zeros(1, 20, dtype=torch.int64)), "z must hold floating-point numbers"),
        (lambda: VAE().decode(torch.zeros(1, 20, dtype=torch.float64)), "z must be torch.float32 like the"),
        (
            lambda: VAE().decode_logits(torch.zeros(1, 20, device="meta")),
            "on the model's device cpu",
        ),
        (lambda: reparameterize(torch.zeros(3, 2), torch.zeros(3, 1)), "mu and logvar must have one shape"),
        (lambda: reparameterize(torch.zeros(2), 0.0), "logvar must be a torch tensor, got float"),
    ],
)
def test_bad_input_gets_a_sentence(call, message: str):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_a_huge_latent_vector_still_decodes():
    picture = VAE().decode(torch.full((1, 20), 1e30))
    assert picture.isfinite().all()
