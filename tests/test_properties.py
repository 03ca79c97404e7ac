"""Every public function over shapes, dtypes and values: its documented result, or its documented error."""

import math
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from kernels import X, small
from told import assert_told
from torch import Tensor, nn
from torch.distributions import Bernoulli, Normal
from torch.distributions import kl_divergence as their_kl

import vae_helpers
from vae_helpers import (
    VAE,
    Epoch,
    History,
    KLDemo,
    LatentExplorer,
    LatentSliders,
    Loss,
    ReparameterizationDemo,
    batches,
    checks,
    evaluate,
    export_page,
    interpolate,
    kl_divergence,
    kl_per_dimension,
    load_mnist,
    load_vae,
    log_mean_exp_bound,
    mean_code,
    pretrained,
    quantile_grid,
    reconstruction_loss,
    reparameterize,
    save_vae,
    train,
    vae_loss,
)
from vae_helpers.plotting import (
    plot_architecture,
    plot_digits,
    plot_latent_plane,
    plot_losses,
    plot_manifold,
    png,
)

settings.register_profile(
    "same everywhere",
    max_examples=120,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a failing example is small from the start
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("same everywhere")

PNG = b"\x89PNG"
DTYPES = [torch.float32] * 4 + [torch.float64] * 2 + [torch.float16, torch.bfloat16, torch.complex64]
DTYPES += [torch.int64, torch.uint8, torch.bool]
VALUES = [0.0, 1.0, 0.3, -0.7, 2.0, 40.0, -40.0, 255.0, 1e-30, 1e30, -3e38, math.nan, math.inf, -math.inf]
OTHERS = [None, "3", "", 0, 1, 7, -1, 0.5, 2.0, True, 10**30, math.nan, math.inf, [0.0], (1, 2), {}, object()]
OTHERS += [np.zeros((2, 3), np.float32), np.int64(2), np.float32(0.1), torch.device("cpu"), VAE, small()]
NETWORK = nn.Linear(784, 2)
LENGTHS = st.integers(0, 4)


@st.composite
def tensors(draw: Callable, *shapes: tuple[int, ...]) -> Tensor:
    """A tensor, mostly of one of `shapes`; of one or two values, which are all in [0, 1] half of the time."""
    shape = draw(st.sampled_from(shapes) | st.lists(LENGTHS, max_size=4).map(tuple))
    first, second = draw(st.tuples(*[st.sampled_from(VALUES)] * 2) | st.tuples(*[st.floats(0, 1)] * 2))
    tensor = torch.full(shape, first, dtype=torch.float64)
    tensor.view(-1)[::2] = second
    dtype = draw(st.sampled_from(DTYPES))
    if not dtype.is_floating_point and not dtype.is_complex:
        tensor = tensor.nan_to_num(0, 9, 0).clamp(0, 255)
    tensor = tensor.to(dtype)
    return tensor.requires_grad_() if dtype.is_floating_point and draw(st.booleans()) else tensor


def anything(*shapes: tuple[int, ...]) -> st.SearchStrategy:
    """Mostly a tensor of the first shape that nobody refuses, so that other arguments get their turn."""
    good = st.floats(0, 1).map(lambda value: torch.linspace(0, value, math.prod(shapes[0])).view(shapes[0]))
    wild = [tensors(*shapes), tensors(*shapes), tensors(*shapes).map(meta), st.sampled_from(OTHERS)]
    return st.one_of(*[good] * 12, *wild)


def meta(tensor: Tensor) -> Tensor:
    return tensor.detach().to("meta")


def counts(*likely: int) -> st.SearchStrategy:
    return st.one_of(*[st.sampled_from(likely)] * 6, st.sampled_from(OTHERS))


IMAGES = anything((2, 1, 28, 28), (1, 1, 28, 28), (4, 1, 28, 28))
CODES = anything((2, 3), (4, 3), (2, 2))
LABELS = st.one_of(*[st.just(torch.tensor([1, 7]))] * 6, anything((2,), (4,)))
MODELS = st.one_of(
    *[st.integers(2, 3).map(small)] * 8,
    st.sampled_from([small().double(), small().half(), small().to("meta"), nn.Flatten(), "vae", VAE]),
    st.sampled_from(
        [small().requires_grad_(False), VAE(2, 1), nn.Sequential(nn.Flatten(), nn.Linear(784, 2))]
    ),
)


def outcome(call: Callable, *arguments: object, errors: tuple = (), **named: object) -> object:
    """The result; None if it was refused as documented."""
    try:
        with torch.random.fork_rng():
            return call(*arguments, **named)
    except (TypeError, ValueError, *errors) as error:
        assert_told(error)
        return None


def same(ours: Tensor, theirs: Tensor) -> None:
    """Equal to 32 bits, where the oracle, in 64 bits, stays within them."""
    theirs = theirs.to(torch.float64)
    bounded = theirs.abs() < 1e37
    torch.testing.assert_close(ours.double()[bounded], theirs[bounded], rtol=1e-4, atol=1e-3, equal_nan=True)


@given(st.booleans() | st.sampled_from(OTHERS), st.none() | st.sampled_from([Path("no"), *OTHERS]))
@settings(max_examples=30)
def test_load_mnist(train: object, root: object):
    loaded = outcome(load_mnist, train, root, errors=(OSError,))
    if loaded is not None:
        assert loaded[0].shape == (60_000 if train else 10_000, 1, 28, 28)
        assert len(loaded[1]) == len(loaded[0])


@given(
    IMAGES | CODES,
    counts(1, 2, 3, 100),
    st.booleans(),
    st.none() | st.sampled_from([torch.Generator(), *OTHERS]),
)
def test_batches(images: object, batch_size: object, shuffle: bool, generator: object):
    parts = outcome(batches, images, batch_size, shuffle, generator)
    if parts is not None:
        parts = list(parts)
        assert all(len(part) == batch_size for part in parts[:-1])
        assert sum(map(len, parts)) == len(images)
        if not shuffle and not images.is_meta:
            assert torch.equal(torch.cat(parts).nan_to_num(), images.nan_to_num())


@given(counts(1, 2, 5), counts(1, 3), IMAGES, CODES)
def test_vae(latent_dim: object, hidden_dim: object, x: object, z: object):
    vae = outcome(VAE, latent_dim, hidden_dim)
    if vae is None:
        return
    encoded, forward, decoded = (outcome(f, a) for f, a in [(vae.encode, x), (vae, x), (vae.decode, z)])
    assert (encoded is None) == (forward is None)
    if encoded is not None:
        assert encoded[0].shape == encoded[1].shape == (len(x), latent_dim)
        assert forward[0].shape == x.shape
        assert torch.equal(encoded[0], forward[1])
        assert all(part.isfinite().all() for part in (*encoded, *forward))
    if decoded is not None:
        assert decoded.shape == (len(z), 1, 28, 28)
        assert ((decoded >= 0) & (decoded <= 1)).all()
    logits = outcome(vae.decode_logits, z)
    assert logits is None or logits.shape == (len(z), 1, 28, 28)


@given(CODES, CODES)
def test_reparameterize(mu: object, logvar: object):
    torch.manual_seed(3)
    z = outcome(reparameterize, mu, logvar)
    if z is not None:
        eps = torch.randn_like(mu)  # the same draw, unless its dtype or shape differs
        same(z, mu.double() + (logvar.double() / 2).exp() * eps.double())


@given(st.floats(-1e3, 1e3), IMAGES)
def test_reconstruction_loss(logit: float, x: object):
    for logits in (torch.full((2, 1, 28, 28), logit), torch.full((4, 1, 28, 28), logit).double(), x):
        nats = outcome(reconstruction_loss, logits, x)
        if nats is not None:
            assert nats.shape == (len(x),)
            theirs = -Bernoulli(logits=logits.double(), validate_args=False).log_prob(x.double())
            same(nats, theirs.flatten(1).sum(1))


@given(CODES, CODES)
def test_kl_divergence(mu: object, logvar: object):
    nats = outcome(kl_divergence, mu, logvar)
    shares = outcome(kl_per_dimension, mu, logvar)
    if nats is None:
        assert shares is None
        return
    q = Normal(mu.double(), (logvar.double() / 2).exp(), validate_args=False)
    theirs = their_kl(q, Normal(0.0, 1.0))
    tame = (mu.abs() < 1e15) & (logvar.abs() < 80)  # elsewhere 32 bits end in infinity, and so may we
    if tame.all():
        same(nats, theirs.sum(1))
        assert (nats > -1e-3).all()
        assert shares is None or torch.allclose(shares.sum(), nats.mean(), rtol=1e-3, atol=1e-3)
    assert shares is None or shares.shape == mu.shape[1:]


@given(IMAGES, CODES, CODES, st.floats(0, 1e30) | st.sampled_from([0, 1e300, *OTHERS]))
def test_vae_loss(x: object, mu: object, logvar: object, beta: object):
    for logits in (torch.zeros(2, 1, 28, 28), x):
        loss = outcome(vae_loss, logits, x, mu, logvar, beta)
        if loss is not None:
            assert isinstance(loss, Loss)
            same(loss.total, loss.reconstruction.double() + float(beta) * loss.kl.double())


@given(anything((1, 2), (3, 2), (4, 4)))
def test_log_mean_exp_bound(log_w: object):
    bound = outcome(log_mean_exp_bound, log_w)
    if bound is not None:
        with np.errstate(all="ignore"):
            theirs = np.logaddexp.reduce(log_w.detach().double().numpy(), axis=0) - math.log(len(log_w))
        same(bound, torch.from_numpy(np.asarray(theirs)))


@given(anything((3,), (2,)), anything((3,), (2,)), counts(2, 3, 10))
def test_interpolate(z_a: object, z_b: object, steps: object):
    for other in (z_a, z_b):
        points = outcome(interpolate, z_a, other, steps)
        if points is not None:
            assert points.shape == (steps, len(z_a))
            assert torch.equal(points[0], z_a)
            assert torch.equal(points[-1], other)
            assert points.isfinite().all()


@given(CODES, LABELS, counts(1, 7, 9))
def test_mean_code(mu: object, labels: object, digit: object):
    mean = outcome(mean_code, mu, labels, digit)
    if mean is not None:
        rows = mu.detach().double().numpy()[labels.numpy() == digit]
        with np.errstate(all="ignore"):
            same(mean, torch.from_numpy(np.asarray(rows.sum(0) / len(rows))))


@given(counts(1, 2, 9))
def test_quantile_grid(steps: object):
    z = outcome(quantile_grid, steps)
    if z is not None:
        assert z.shape == (steps**2, 2)
        shares = Normal(0.0, 1.0).cdf(z[:steps, 0]) * steps - 0.5
        torch.testing.assert_close(shares, torch.arange(float(steps)), atol=1e-4, rtol=0)


TRAINING = {
    "epochs": counts(1, 1, 2),
    "batch_size": counts(1, 2, 100),
    "lr": st.floats(1e-5, 1) | st.sampled_from([1e6, 1e300, *OTHERS]),
    "beta": st.floats(0, 9) | st.sampled_from([1e300, *OTHERS]),
    "seed": counts(0, 5),
    "on_epoch": st.just(len) | st.sampled_from(OTHERS),
}


@given(MODELS, IMAGES | st.just(X), st.none() | IMAGES, st.fixed_dictionaries({}, optional=TRAINING))
def test_train(vae: object, images: object, test_images: object, arguments: dict):
    finite = isinstance(vae, VAE) and not vae.to_mu.weight.is_meta
    history = outcome(train, vae, images, test_images=test_images, **arguments, errors=(FloatingPointError,))
    if history is not None:
        assert isinstance(history, History)
        assert len(history) == arguments.get("epochs", 10)
        assert all(map(math.isfinite, history.loss))
    if finite:
        assert all(weight.isfinite().all() for weight in vae.parameters())


@given(MODELS, IMAGES, st.floats(0, 9) | st.sampled_from(OTHERS), counts(0, 5))
def test_evaluate(vae: object, images: object, beta: object, seed: object):
    loss = outcome(evaluate, vae, images, beta=beta, seed=seed)
    if loss is not None:
        same(loss.total, loss.reconstruction.double() + float(beta) * loss.kl.double())
        assert loss.reconstruction >= 0
        assert loss.kl > -1e-3


@given(st.lists(st.tuples(*[st.floats(-1e30, 1e30)] * 5).map(lambda row: Epoch(*row)), max_size=3))
@settings(max_examples=10)
def test_history(rows: list):
    history = History(rows)
    assert list(zip(history.loss, history.reconstruction, history.kl, strict=True)) == [
        row[:3] for row in rows
    ]
    assert list(zip(history.test_loss, history.seconds, strict=True)) == [row[3:] for row in rows]
    assert png(plot_losses(history)).startswith(PNG)


@given(MODELS, st.just("a.pt") | st.sampled_from(["no/a.pt", "", ".", *OTHERS]))
def test_save_and_load(vae: object, path: object):
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / path if isinstance(path, str) else path
        outcome(save_vae, vae, where, errors=(OSError,))
        loaded = outcome(load_vae, where, errors=(OSError,))
        if loaded is not None:
            ours, theirs = vae.state_dict(), loaded.state_dict()
            assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@given(st.binary(max_size=200), st.integers(0, 60_000))
def test_load_vae_of_spoilt_bytes(noise: bytes, place: int):
    """A checkpoint with other bytes written over it: refused, or still a model of the same shape."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vae.pt"
        save_vae(small(), path)
        whole = path.read_bytes()
        place = place % len(whole)
        path.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
        loaded = outcome(load_vae, path)
        assert loaded is None or (loaded.latent_dim, loaded.hidden_dim) == (3, 16)


@given(counts(2, 20))
@settings(max_examples=20)
def test_pretrained(latent_dim: object):
    vae = outcome(pretrained, latent_dim)
    assert vae is None or vae.latent_dim == latent_dim


@given(IMAGES, counts(1, 2, 10), st.just(()) | st.sampled_from([["a"], ["a", "b"], *OTHERS]))
def test_plot_digits(images: object, columns: object, row_labels: object):
    figure = outcome(plot_digits, images, columns, row_labels)
    assert figure is None or png(figure).startswith(PNG)


@given(anything((4, 2)), st.just(torch.arange(4)) | anything((4,)), anything((4, 1, 28, 28)), MODELS)
@settings(max_examples=12)
def test_other_figures(codes: object, labels: object, images: object, vae: object):
    figures = [
        outcome(plot_latent_plane, codes, labels),
        outcome(plot_manifold, images, codes),
        outcome(plot_architecture, vae),
        outcome(plot_losses, labels),
    ]
    assert all(png(figure).startswith(PNG) for figure in figures if figure is not None)
    assert outcome(png, labels) is None


@given(MODELS, IMAGES, counts(1, 3), anything((3,), (2,)))
def test_latent_sliders(vae: object, images: object, dims: object, z: object):
    if images is None:
        images = X
    sliders = outcome(LatentSliders, vae, images, dims)
    if sliders is not None:
        outcome(setattr, sliders, "z", z)
        assert sliders.z.isfinite().all()
        assert "image/png" in sliders._repr_mimebundle_()[0]


@given(MODELS, IMAGES, LABELS, anything((3,), (2,)))
def test_explorer_and_page(vae: object, images: object, labels: object, z: object):
    explorer = outcome(LatentExplorer, vae, images, labels)
    with tempfile.TemporaryDirectory() as folder:
        outcome(export_page, vae, images, labels, Path(folder) / "page.html")
        for page in Path(folder).iterdir():
            assert explorer is not None
            assert "NaN" not in page.read_text(encoding="utf-8").split('id="state">')[1].split("</script>")[0]
    if explorer is not None:
        outcome(setattr, explorer, "z", z)
        outcome(setattr, explorer, "drawing", images)
        assert explorer.z.shape == (vae.latent_dim,)
        assert explorer.z.isfinite().all()


@given(st.sampled_from([KLDemo, ReparameterizationDemo]), st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
@settings(max_examples=10)
def test_demos(demo: type, mu: float, logvar: float):
    shown = demo()
    shown.mu.value, shown.logvar.value = mu, logvar
    assert bytes(shown.image.value).startswith(PNG)
    theirs = their_kl(Normal(shown.mu.value, math.exp(shown.logvar.value / 2)), Normal(0.0, 1.0)).item()
    assert demo is not KLDemo or f"KL = {theirs:.3f} nats" in shown.message.value


@given(st.sampled_from([name for name in checks.__all__ if name != "CheckResult"]), CODES | LABELS)
@settings(max_examples=40)
def test_checks(name: str, answer: object):
    """A learner's function that always gives the same answer is never right, and never an error."""
    result = getattr(checks, name)(lambda *_: answer)
    assert isinstance(result, checks.CheckResult)
    assert result.status == "failed"
    assert result.message


TESTED = {
    "KLDemo": test_demos,
    "ReparameterizationDemo": test_demos,
    "LatentExplorer": test_explorer_and_page,
    "export_page": test_explorer_and_page,
    "LatentSliders": test_latent_sliders,
    "Loss": test_vae_loss,
    "VAE": test_vae,
    "History": test_history,
    "load_vae": test_save_and_load,
    "save_vae": test_save_and_load,
}


@pytest.mark.parametrize("name", vae_helpers.__all__)
def test_every_public_name_has_its_property(name: str):
    test = TESTED.get(name) or globals()[f"test_{name}"]
    assert hasattr(test, "hypothesis")
