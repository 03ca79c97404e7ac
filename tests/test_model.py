"""The VAE's shapes, its one random draw, and what it refuses."""

import math
from collections.abc import Callable

import pytest
import torch
from samples import CODE, CODES, GRID, META, X, small
from told import refusals, told
from torch.distributions import Normal

from vae_helpers import VAE, Autoencoder, reparameterize


@pytest.mark.parametrize(("latent_dim", "hidden_dim", "batch"), [(20, 400, 7), (1, 3, 1), (2, 256, 130)])
def test_shapes(latent_dim: int, hidden_dim: int, batch: int):
    vae = VAE(latent_dim, hidden_dim)
    x = torch.rand(batch, 1, 28, 28)
    logits, mu, logvar = vae(x)
    assert logits.shape == x.shape
    assert mu.shape == logvar.shape == (batch, latent_dim)
    assert (vae.latent_dim, vae.hidden_dim) == (latent_dim, hidden_dim)


def test_an_autoencoder_has_a_vaes_layers_and_no_noise():
    torch.manual_seed(0)
    vae = VAE(3, 16)
    torch.manual_seed(0)
    plain = Autoencoder(3, 16)
    assert all(
        torch.equal(one, other) for one, other in zip(vae.parameters(), plain.parameters(), strict=True)
    )
    logits, mu, logvar = plain(X)
    assert torch.equal(logits, vae.decode_logits(vae.encode(X)[0]))
    assert torch.equal(torch.stack([mu, logvar]), torch.stack(vae.encode(X)))
    assert not torch.equal(logits, vae(X)[0])


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


def test_decodes_a_huge_code():
    assert VAE().decode(torch.full((1, 20), 1e30)).isfinite().all()


@refusals(
    ("latent_dim=0", lambda: VAE(0), ValueError, "latent_dim must be at least 1, got 0"),
    ("latent_dim=True", lambda: VAE(True), TypeError, "latent_dim must be a whole number, got True"),
    ("hidden_dim=2.0", lambda: VAE(2, 2.0), TypeError, "hidden_dim must be a whole number, got 2.0"),
    (
        "a size of many lines",
        lambda: VAE(torch.eye(99)),
        TypeError,
        r"latent_dim must be a whole number, got tensor\(.{,50} \.\.\.$",
    ),
    ("a slip of the keyboard", lambda: VAE(2, 10**12), ValueError, "hidden_dim must be at most 10000, got"),
    ("latent_dim=10,001", lambda: VAE(10_001, 3), ValueError, "latent_dim must be at most 10000, got 10001"),
    (
        "raw bytes",
        lambda: small()(X.byte()),
        TypeError,
        "x must hold floats .* torch.uint8; divide raw",
    ),
    ("pixels up to 255", lambda: small()(255 * X), ValueError, "max 25.*; divide raw bytes by 255"),
    ("standardised pixels", lambda: small()((X - 0.5) / 0.3), ValueError, "min -1.* standardising"),
    ("nan pixels", lambda: small()(X * math.nan), ValueError, r"x must lie in \[0, 1\], got min nan"),
    ("rows of pixels", lambda: small()(X.flatten(1)), ValueError, r"\(B, 1, 28, 28\), got \(8, 784\)"),
    ("no channel", lambda: small()(X[:, 0]), ValueError, r"\(B, 1, 28, 28\), got \(8, 28, 28\)"),
    ("one image alone", lambda: small()(X[0]), ValueError, r"\(B, 1, 28, 28\), got \(1, 28, 28\)"),
    ("an empty batch", lambda: small()(X[:0]), ValueError, "x must hold at least one image"),
    ("a numpy array", lambda: small()(X.numpy()), TypeError, "x must be a torch tensor, got ndarray"),
    ("images in 64 bits", lambda: small()(X.double()), TypeError, "x must be torch.float32 like"),
    ("images in 16 bits", lambda: small()(X.half()), TypeError, "32 or 64 bits, got torch.float16"),
    ("wrong device", lambda: small().to(**META)(X), ValueError, "on the model's device meta, got cpu"),
    ("images elsewhere", lambda: small()(X.to(**META)), ValueError, "model's device cpu, got meta; use x.to"),
    ("a pixel of 1.001", lambda: small()(1.001 * torch.ones_like(X)), ValueError, "x must lie .* max 1.001"),
    ("a code as a list", lambda: small().decode_logits([0.0]), TypeError, "z must be a torch tensor, got"),
    ("a code of wrong length", lambda: small().decode(GRID), ValueError, r"z must have shape \(B, 3\)"),
    ("one code alone", lambda: small().decode(CODE), ValueError, r"shape \(B, 3\), got \(3,\)"),
    ("a nan code", lambda: small().decode(CODES * math.nan), ValueError, "z must hold finite numbers"),
    ("an infinite code", lambda: small().decode(CODES + math.inf), ValueError, "z must hold finite"),
    ("a code too huge", lambda: small().decode(CODES + 3e38), ValueError, r"decode\(z\) must hold finite"),
    ("a code of integers", lambda: small().decode(CODES.long()), TypeError, "z must hold floats"),
    ("a code in 64 bits", lambda: small().decode(CODES.double()), TypeError, "z must be torch.float32"),
    ("a code elsewhere", lambda: small().to(**META).decode_logits(CODES), ValueError, "model's device meta"),
    ("mu, logvar of two shapes", lambda: reparameterize(CODES, CODE), ValueError, "must have one shape"),
    ("logvar a number", lambda: reparameterize(CODES, 0.0), TypeError, "logvar must be a torch tensor"),
    (
        "logvar elsewhere",
        lambda: reparameterize(CODE, CODE.to(**META)),
        ValueError,
        "have one device, got cpu",
    ),
    ("mu, logvar of two dtypes", lambda: reparameterize(CODE, CODE.double()), TypeError, "have one dtype"),
)
def test_refuses(call: Callable, error: type, sentence: str):
    with told(error, sentence):
        call()
