"""The losses against torch.distributions, a Monte Carlo estimate and cases worked out by hand."""

import math
from collections.abc import Callable

import pytest
import torch
from samples import CODE, CODES, GRID, X
from told import refusals, told
from torch.distributions import Bernoulli, Independent, Normal
from torch.distributions import kl_divergence as their_kl

from vae_helpers import kl_divergence, kl_per_dimension, log_mean_exp_bound, reconstruction_loss, vae_loss

LOGITS = torch.zeros(8, 1, 28, 28)


def test_reconstruction_is_the_bernoullis_log_probability():
    torch.manual_seed(0)
    logits = 4 * torch.randn(6, 1, 28, 28, dtype=torch.float64)
    x = (torch.rand(6, 1, 28, 28, dtype=torch.float64) < 0.3).double()
    theirs = -Independent(Bernoulli(logits=logits), 3).log_prob(x)
    torch.testing.assert_close(reconstruction_loss(logits, x), theirs)


def test_a_grey_pixel_costs_the_average_of_its_tosses():
    """x = 0.3 is white in 30 % of all tosses: 0.3 * -ln p + 0.7 * -ln(1 - p) with p = 0.8, in 784 pixels."""
    logits = torch.full((1, 1, 28, 28), math.log(0.8 / 0.2))
    loss = reconstruction_loss(logits, torch.full((1, 1, 28, 28), 0.3))
    assert loss.item() == pytest.approx(784 * 1.19355, rel=1e-4)


def test_untrained_decoder_costs_784_ln_2():
    loss = reconstruction_loss(torch.zeros(1, 1, 28, 28), torch.rand(1, 1, 28, 28))
    assert loss.item() == pytest.approx(543.4, abs=0.05)


def test_the_average_digit_costs_26_hundredths_per_pixel(mnist, mnist_test):
    """What a model reads that ignores its latent space, says notebook 04, if it averages over pixels."""
    pixels = torch.distributions.Bernoulli(mnist[0].mean(0).clamp(1e-4, 1 - 1e-4), validate_args=False)
    assert -pixels.log_prob(mnist_test[0]).mean().item() == pytest.approx(0.26, abs=0.005)


def test_standardised_pixels_would_have_a_negative_loss():
    """Notebook 01 says -2.1 nats for x = 2 and p = 0.9: no lower limit, hence refused."""
    theirs = torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor(9.0).log(), torch.tensor(2.0))
    assert theirs.item() == pytest.approx(-2.1, abs=0.01)


def test_extreme_logits_stay_finite():
    logits = torch.tensor([-1e4, 1e4]).repeat(392).view(1, 1, 28, 28)
    x = torch.tensor([1.0, 1.0]).repeat(392).view(1, 1, 28, 28)
    assert reconstruction_loss(logits, x).item() == pytest.approx(392 * 1e4)


def test_kl_is_that_of_torch_distributions():
    torch.manual_seed(0)
    mu, logvar = torch.randn(2, 50, 7, dtype=torch.float64)
    theirs = their_kl(Normal(mu, logvar.exp().sqrt()), Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(kl_divergence(mu, logvar), theirs)


def test_kl_is_the_mean_of_log_q_minus_log_p():
    """Monte Carlo with 200,000 draws; 4 standard errors."""
    torch.manual_seed(0)
    mu, logvar = torch.tensor([[0.7, -1.2]]), torch.tensor([[-0.5, 0.4]])
    q, p = Normal(mu, logvar.exp().sqrt()), Normal(torch.zeros(2), torch.ones(2))
    z = q.sample((200_000,))
    draws = (q.log_prob(z) - p.log_prob(z)).sum((1, 2))
    error = draws.std() / len(draws) ** 0.5
    assert abs(kl_divergence(mu, logvar) - draws.mean()) < 4 * error


@pytest.mark.parametrize(
    ("mu", "logvar", "nats"),
    [(0.0, 0.0, 0.0), (1.0, 0.0, 0.5), (0.0, math.log(4), 1.5 - math.log(2)), (2.0, -1.0, 2 + 0.5 / math.e)],
)
def test_kl_by_hand(mu: float, logvar: float, nats: float):
    three_dimensions = torch.full((1, 3), mu), torch.full((1, 3), logvar)
    assert kl_divergence(*three_dimensions).item() == pytest.approx(3 * nats, abs=1e-5)


def test_a_tiny_kl_keeps_its_digits():
    """(e^v - 1 - v) / 2 is v^2 / 4 for small v."""
    mu, logvar, nats = torch.zeros(1, 20), torch.full((1, 20), 7e-5), 7e-5**2 / 4
    assert kl_divergence(mu, logvar).item() == pytest.approx(20 * nats, rel=0.01)
    assert kl_per_dimension(mu, logvar).tolist() == pytest.approx(20 * [nats], rel=0.01)


def test_kl_of_each_dimension_is_its_mean_over_the_images():
    mu, logvar = torch.randn(7, 3), torch.randn(7, 3)
    expected = their_kl(Normal(mu, logvar.div(2).exp()), Normal(0.0, 1.0)).mean(0)
    torch.testing.assert_close(kl_per_dimension(mu, logvar), expected)


def test_total_is_reconstruction_plus_beta_kl_averaged_over_the_batch():
    logits = torch.zeros(2, 1, 28, 28)
    mu = torch.tensor([[1.0, 0.0], [3.0, 0.0]])  # KL 0.5 and 4.5 nats
    loss = vae_loss(logits, torch.rand(2, 1, 28, 28), mu, torch.zeros(2, 2), beta=4.0)
    assert loss.reconstruction.item() == pytest.approx(543.43, abs=0.01)
    assert loss.kl.item() == pytest.approx(2.5)
    assert loss.total.item() == pytest.approx(543.43 + 4 * 2.5, abs=0.01)


def test_the_bound_of_weights_averaged_by_hand():
    log_w = torch.tensor([[1.0, 2.0, 8.0], [3.0, 10.0, 8.0]]).log()
    torch.testing.assert_close(log_mean_exp_bound(log_w), torch.tensor([2.0, 6.0, 8.0]).log())


@pytest.mark.parametrize("shift", [-10_000.0, 10_000.0])
def test_the_bound_neither_overflows_nor_vanishes(shift):
    log_w = shift + torch.tensor([[1.0], [3.0]], dtype=torch.float64).log()
    assert log_mean_exp_bound(log_w).item() == pytest.approx(shift + math.log(2), abs=1e-9)


def test_the_bound_is_exact_with_the_exact_posterior_and_rises_to_it_from_below():
    """z ~ N(0, 1), x ~ N(z, 1): p(x) = N(0, 2), and the posterior is N(x/2, 1/2)."""
    x = torch.tensor([-1.0, 0.5, 2.0], dtype=torch.float64)
    log_p = Normal(0.0, math.sqrt(2)).log_prob(x)

    def log_w(q, k):
        z = q.sample((k,))
        return Normal(0.0, 1.0).log_prob(z) + Normal(z, 1.0).log_prob(x) - q.log_prob(z)

    torch.manual_seed(0)
    torch.testing.assert_close(log_mean_exp_bound(log_w(Normal(x / 2, math.sqrt(0.5)), 7)), log_p)
    prior = Normal(torch.zeros_like(x), 1.0)
    torch.testing.assert_close(log_mean_exp_bound(log_w(prior, 100_000)), log_p, atol=0.02, rtol=0)
    one_draw = torch.stack([log_mean_exp_bound(log_w(prior, 1)) for _ in range(1000)]).mean(0)
    assert (one_draw < log_p - 0.1).all()


@refusals(
    (
        "x in the loss up to 3",
        lambda: reconstruction_loss(LOGITS, 3 * X),
        ValueError,
        r"in \[0, 1\], got max",
    ),
    (
        "one logit too few",
        lambda: reconstruction_loss(LOGITS[1:], X),
        ValueError,
        "logits and x .* one shape",
    ),
    ("no logits", lambda: reconstruction_loss(None, X), TypeError, "logits must be .* got NoneType"),
    ("codes without batch", lambda: kl_divergence(CODE, CODE), ValueError, r"mu must have shape \(B, D\)"),
    ("logvar transposed", lambda: kl_divergence(CODES, CODES.T), ValueError, r"got \(8, 3\) and \(3, 8\)"),
    ("mu of integers", lambda: kl_divergence(CODES.long(), CODES), TypeError, "mu must hold floats"),
    ("two batches", lambda: vae_loss(LOGITS, X, GRID, GRID), ValueError, r"one batch, got .* and \(4, 2\)"),
    ("images in a list", lambda: vae_loss(LOGITS, [X], CODES, CODES), TypeError, "x must be a torch tensor"),
    ("mu in a list", lambda: vae_loss(LOGITS, X, [CODE], CODES), TypeError, "mu must be a torch tensor"),
    ("beta=-1", lambda: vae_loss(LOGITS, X, CODES, CODES, -1), ValueError, "beta must .* at least 0, got -1"),
    ("beta=nan", lambda: vae_loss(LOGITS, X, CODES, CODES, math.nan), ValueError, "beta must be a finite"),
    ("beta='1'", lambda: vae_loss(LOGITS, X, CODES, CODES, "1"), TypeError, "beta must be a number, got '1'"),
    ("weights of one draw", lambda: log_mean_exp_bound(CODE), ValueError, r"shape \(k, B\) .* got \(3,\)"),
    ("weights of no draw", lambda: log_mean_exp_bound(CODES[:0]), ValueError, r"at least 1, got \(0, 3\)"),
    ("weights of integers", lambda: log_mean_exp_bound(CODES.long()), TypeError, "log_w must hold floats"),
    ("weights in a list", lambda: log_mean_exp_bound([[0.0]]), TypeError, "log_w must be a torch tensor"),
    ("KL of two shapes", lambda: kl_per_dimension(CODES, GRID), ValueError, "must have one shape"),
    ("codes of no length", lambda: kl_divergence(CODES[:, :0], CODES[:, :0]), ValueError, "got shape .8, 0."),
    ("KL of no codes", lambda: kl_per_dimension(CODES[:0], CODES[:0]), ValueError, "at least one code"),
)
def test_refuses(call: Callable, error: type, sentence: str):
    with told(error, sentence):
        call()
