"""The mathematics over made-up shapes, dtypes and values, against 64-bit oracles; and what may never fail.

What a function refuses is in its own file, in `@refusals`.
"""

import math
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from samples import small
from told import assert_told
from torch import Tensor
from torch.distributions import Bernoulli, Normal
from torch.distributions import kl_divergence as their_kl

from vae_helpers import (
    batches,
    checks,
    flow_target,
    follow_flow,
    interpolate,
    kl_divergence,
    kl_per_dimension,
    load_vae,
    log_mean_exp_bound,
    mean_code,
    prediction,
    quantile_grid,
    reconstruction_loss,
    reparameterize,
    responsibilities,
    save_vae,
    vae_loss,
    with_error,
)

settings.register_profile(
    "same everywhere",
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a failing example is small from the start
)
settings.load_profile("same everywhere")

pytestmark = pytest.mark.slow

FLOATS = st.sampled_from([torch.float32, torch.float64])
INTEGERS = st.sampled_from([torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64])
SIZES = st.integers(1, 5)


@st.composite
def filled(draw: Callable, low: float, high: float, *shape: int, dtype: torch.dtype) -> Tensor:
    """Between two numbers that are both in it, with or without gradients, in any order in memory."""
    ends = draw(st.tuples(st.floats(low, high), st.floats(low, high)))
    tensor = torch.linspace(*ends, math.prod(shape), dtype=dtype).clamp(low, high)
    if draw(st.booleans()):
        tensor = tensor.view(shape)
    else:
        tensor = tensor.view(shape[::-1]).permute(*range(len(shape))[::-1])
    return tensor.requires_grad_(draw(st.booleans()))


@st.composite
def clouds(draw: Callable) -> tuple[Tensor, Tensor]:
    """mu and logvar: standard deviations from e^-10 to e^10."""
    shape, dtype = draw(st.tuples(SIZES, SIZES)), draw(FLOATS)
    mu = draw(filled(-100, 100, *shape, dtype=dtype))
    return mu, draw(filled(-20, 20, *shape, dtype=dtype))


@st.composite
def pictures(draw: Callable) -> tuple[Tensor, Tensor]:
    """logits and x."""
    n, dtype = draw(SIZES), draw(FLOATS)
    logits = draw(filled(-1e3, 1e3, n, 1, 28, 28, dtype=dtype))
    return logits, draw(filled(0, 1, n, 1, 28, 28, dtype=dtype))


@st.composite
def matrices(draw: Callable) -> Tensor:
    return draw(filled(-1e4, 1e4, draw(SIZES), draw(SIZES), dtype=draw(FLOATS)))


def same(ours: Tensor, theirs: Tensor, atol: float = 1e-3) -> None:
    """Equal to 32 bits, where the oracle, in 64 bits, stays within them."""
    torch.testing.assert_close(ours.double(), theirs.double(), rtol=1e-4, atol=atol)


@given(st.integers(1, 30), st.integers(1, 7), st.booleans())
def test_batches(n: int, batch_size: int, shuffle: bool):
    parts = list(batches(torch.arange(n), batch_size, shuffle))
    assert all(len(part) == batch_size for part in parts[:-1])
    assert sorted(torch.cat(parts).tolist()) == list(range(n))
    assert shuffle or torch.cat(parts).tolist() == list(range(n))


@given(clouds())
def test_reparameterize(cloud: tuple[Tensor, Tensor]):
    mu, logvar = cloud
    with torch.random.fork_rng():
        torch.manual_seed(3)
        z = reparameterize(mu, logvar)
        torch.manual_seed(3)
        eps = torch.randn_like(mu)
    same(z, mu.double() + (logvar.double() / 2).exp() * eps.double())


@given(pictures())
def test_reconstruction_loss(given_pictures: tuple[Tensor, Tensor]):
    logits, x = given_pictures
    theirs = -Bernoulli(logits=logits.double(), validate_args=False).log_prob(x.double())
    rounded = 784 * logits.abs().max().item() * torch.finfo(logits.dtype).eps / 2  # (1 - x) * logits
    same(reconstruction_loss(logits, x), theirs.flatten(1).sum(1), atol=1e-3 + rounded)


@given(clouds())
def test_kl_divergence(cloud: tuple[Tensor, Tensor]):
    mu, logvar = cloud
    theirs = their_kl(Normal(mu.double(), (logvar.double() / 2).exp()), Normal(0.0, 1.0))
    same(kl_divergence(mu, logvar), theirs.sum(1))
    same(kl_per_dimension(mu, logvar), theirs.mean(0))
    assert (kl_divergence(mu, logvar) > -1e-3).all()


@given(pictures(), st.floats(0, 9))
def test_vae_loss(given_pictures: tuple[Tensor, Tensor], beta: float):
    logits, x = given_pictures
    mu = x.flatten(1)[:, :3]
    loss = vae_loss(logits, x, mu, mu, beta)
    same(loss.total, reconstruction_loss(logits, x).mean() + beta * kl_divergence(mu, mu).mean())


@given(matrices())
def test_log_mean_exp_bound(log_w: Tensor):
    theirs = np.logaddexp.reduce(log_w.detach().double().numpy(), axis=0) - math.log(len(log_w))
    same(log_mean_exp_bound(log_w), torch.from_numpy(theirs))


@given(matrices(), st.integers(2, 9))
def test_interpolate(ends: Tensor, steps: int):
    z_a, z_b = ends[0], ends[-1]
    z = interpolate(z_a, z_b, steps)
    assert torch.equal(z[0], z_a)
    assert torch.equal(z[-1], z_b)
    same(z[1] - z[0], (z_b - z_a) / (steps - 1))


@given(matrices(), st.data(), INTEGERS)
def test_mean_code(mu: Tensor, data: st.DataObject, dtype: torch.dtype):
    digits = data.draw(st.lists(st.integers(0, 9), min_size=len(mu), max_size=len(mu)))
    labels = torch.tensor(digits, dtype=dtype)
    chosen = [row for row, digit in zip(mu.detach().double(), digits, strict=True) if digit == digits[0]]
    for digit in (digits[0], labels[0], np.int64(digits[0])):
        same(mean_code(mu, labels, digit), torch.stack(chosen).mean(0))


@given(st.integers(1, 12))
def test_quantile_grid(steps: int):
    z = quantile_grid(steps)
    assert z.shape == (steps**2, 2)
    shares = Normal(0.0, 1.0).cdf(z[:steps, 0]) * steps - 0.5
    torch.testing.assert_close(shares, torch.arange(float(steps)), atol=1e-4, rtol=0)


@given(matrices())
def test_responsibilities(log_joint: Tensor):
    same(responsibilities(log_joint), log_joint.double().softmax(1))


@given(clouds(), st.floats(0, 1))
def test_flow_target(ends: tuple[Tensor, Tensor], t: float):
    z0, z1 = ends
    times = torch.full((len(z0), 1), t, dtype=z0.dtype)
    z, velocity = flow_target(z0, z1, times)
    same(z + (1 - times) * velocity, z1)
    same(z - times * velocity, z0)


@given(matrices(), st.integers(1, 9))
def test_follow_flow(z: Tensor, steps: int):
    end = follow_flow(lambda z, t: -z, z, steps)
    same(end, z.double() * (1 - 1 / steps) ** steps)


@given(matrices())
def test_with_error(values: Tensor):
    mean, *errors = with_error(values).split(" ± ")
    assert float(mean) == pytest.approx(values.mean().item(), rel=1e-3, abs=0.06)
    assert len(errors) == 2


GUESSES = (
    st.floats() | st.text() | st.none() | st.tuples(st.integers(), st.integers()) | st.just(torch.ones(2))
)


@given(GUESSES, st.floats(-1e6, 1e6))
def test_whatever_is_guessed_the_notebook_goes_on(guess: object, value: float):
    assert "\n" not in prediction(guess, "what", value, "nats").message


ANSWERS = [None, "3", 0.5, [0.0], {}, np.zeros((2, 3)), torch.zeros(2, 3), torch.ones(8, dtype=torch.int64)]


@pytest.mark.parametrize("name", [name for name in checks.__all__ if name != "CheckResult"])
@pytest.mark.parametrize(
    "answer", ANSWERS, ids=[type(answer).__name__ + str(i) for i, answer in enumerate(ANSWERS)]
)
def test_one_answer_to_everything_is_never_right_and_never_an_error(name: str, answer: object):
    result = getattr(checks, name)(lambda *_: answer)
    assert result.status == "failed"
    assert result.message


@given(st.binary(max_size=200), st.integers(0, 60_000))
def test_load_vae_of_spoilt_bytes(noise: bytes, place: int):
    """A checkpoint with other bytes written over it: refused in one sentence, or a model of its shape."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vae.pt"
        save_vae(small(), path)
        whole = path.read_bytes()
        place = place % len(whole)
        path.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
        try:
            vae = load_vae(path)
        except ValueError as error:
            assert_told(error)
        else:
            assert (vae.latent_dim, vae.hidden_dim) == (3, 16)
