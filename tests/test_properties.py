"""Every public function over shapes, dtypes and values: its documented result, or its documented error.

Arguments are drawn in two ways. *Good* ones are right by construction, of either float type, and to
refuse them is a fault. *Wild* ones are anything at all, and may be refused, in one sentence.
"""

import math
import tempfile
from collections.abc import Callable
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from samples import X, classifier, small
from told import assert_told
from torch import Tensor, nn
from torch.distributions import Bernoulli, Normal
from torch.distributions import kl_divergence as their_kl

import vae_helpers
from vae_helpers import (
    VAE,
    Autoencoder,
    Claim,
    ConditionalVAE,
    Epoch,
    History,
    Judge,
    KLDemo,
    LatentExplorer,
    LatentSliders,
    Loss,
    ReparameterizationDemo,
    batches,
    checks,
    evaluate,
    expect,
    export_page,
    flow_target,
    follow_flow,
    interpolate,
    kl_divergence,
    kl_per_dimension,
    load_fashion,
    load_mnist,
    load_vae,
    log_mean_exp_bound,
    mean_code,
    optimise_code,
    plotting,
    prediction,
    prepare_digit,
    pretrained,
    pretrained_autoencoder,
    pretrained_conditional,
    pretrained_judge,
    quantile_grid,
    reconstruction_loss,
    reparameterize,
    responsibilities,
    save_vae,
    table,
    train,
    train_epoch,
    train_judge,
    vae_loss,
    with_error,
)
from vae_helpers.plotting import (
    figure_png,
    plot_architecture,
    plot_digits,
    plot_latent_plane,
    plot_losses,
    plot_manifold,
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

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
PNG = b"\x89PNG"
FLOATS = [torch.float32, torch.float64]
INTEGERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
DTYPES = [
    *FLOATS,
    *FLOATS,
    torch.float16,
    torch.bfloat16,
    torch.complex64,
    torch.int64,
    torch.uint8,
    torch.bool,
]
VALUES = [0.0, 1.0, 0.3, -0.7, 2.0, 40.0, -40.0, 255.0, 1e-30, 1e30, -3e38, math.nan, math.inf, -math.inf]
OTHERS = [None, "3", "", 0, 1, 7, -1, 0.5, 2.0, True, 10**30, math.nan, math.inf, [0.0], (1, 2), {}, object()]
OTHERS += [np.zeros((2, 3), np.float32), np.int64(2), np.float32(0.1), torch.device("cpu"), VAE, small()]


# Wild arguments


@st.composite
def tensors(draw: Callable, *shapes: tuple[int, ...]) -> Tensor:
    """A tensor, mostly of one of `shapes`; of one or two values, which are all in [0, 1] half of the time."""
    shape = draw(st.sampled_from(shapes) | st.lists(st.integers(0, 4), max_size=4).map(tuple))
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
    elsewhere = tensors(*shapes).map(lambda tensor: tensor.detach().to("meta"))
    wild = [tensors(*shapes), tensors(*shapes), elsewhere, st.sampled_from(OTHERS)]
    return st.one_of(*[good] * 12, *wild)


def mostly(*likely: object) -> st.SearchStrategy:
    return st.one_of(*[st.sampled_from(likely)] * 6, st.sampled_from(OTHERS))


IMAGES = anything((2, 1, 28, 28), (1, 1, 28, 28), (4, 1, 28, 28))
CODES = anything((2, 3), (4, 3), (2, 2))
LABELS = st.one_of(*[st.just(torch.tensor([1, 7]))] * 6, anything((2,), (4,)))
SPOILT = [small().double(), small().half(), small().to("meta"), nn.Flatten(), "vae", VAE, classifier()]
MODELS = st.one_of(
    *[st.integers(2, 3).map(small)] * 8,
    st.sampled_from([*SPOILT, small().requires_grad_(False), VAE(2, 1)]),
)


# Good arguments


class Good(tuple):
    """Arguments that no function may refuse."""


def given_good_or(good: st.SearchStrategy, *wild: st.SearchStrategy, examples: int = 120) -> Callable:
    """Give a property the arguments of one call: half of the time good ones, else wild ones."""

    def decorate(test: Callable) -> Callable:
        property_of = given(good.map(Good) | st.tuples(*wild))
        return pytest.mark.slow(settings(max_examples=examples)(property_of(test)))

    return decorate


@st.composite
def filled_with(draw: Callable, low: float, high: float, *shape: int, dtype: torch.dtype) -> Tensor:
    """Between two numbers that are both in it, with or without gradients, in any order in memory."""
    ends = draw(st.tuples(*[st.floats(low, high)] * 2))
    tensor = torch.linspace(*ends, math.prod(shape), dtype=dtype).clamp(low, high)
    tensor = draw(
        st.sampled_from([tensor.view(shape), tensor.view(shape[::-1]).permute(*range(len(shape))[::-1])])
    )
    return tensor.requires_grad_(draw(st.booleans()))


floats, sizes = st.sampled_from(FLOATS), st.integers(1, 5)


def images_of(count: int, dtype: torch.dtype) -> st.SearchStrategy:
    return filled_with(0, 1, count, 1, 28, 28, dtype=dtype)


def pair_of(count: int, width: int, dtype: torch.dtype) -> st.SearchStrategy:
    """Good mu and logvar: standard deviations from e^-10 to e^10."""
    mu = filled_with(-100, 100, count, width, dtype=dtype)
    return st.tuples(mu, filled_with(-20, 20, count, width, dtype=dtype))


def labels_of(count: int) -> st.SearchStrategy:
    digits = st.lists(st.integers(0, 9), min_size=count, max_size=count)
    return st.builds(
        lambda values, dtype: torch.tensor(values, dtype=dtype), digits, st.sampled_from(INTEGERS)
    )


def count_from(low: int, high: int) -> st.SearchStrategy:
    """A whole number, Python's or numpy's."""
    return st.integers(low, high) | st.integers(low, high).map(np.int64)


def number_from(low: float, high: float) -> st.SearchStrategy:
    """A number of any kind."""
    numbers = st.floats(low, high)
    return numbers | numbers.map(np.float64) | numbers.map(Fraction) | st.integers(ceil(low), int(high))


good_images = st.builds(images_of, sizes, floats).flatmap(lambda images: images)
good_pairs = st.builds(pair_of, sizes, sizes, floats).flatmap(lambda pair: pair)


@st.composite
def good_models(draw: Callable, low: int = 1) -> VAE:
    """A small model of either float type, its images and labels."""
    dtype, count = draw(floats), draw(sizes)
    vae = small(draw(st.integers(low, 3))).to(dtype)
    return vae, draw(images_of(count, dtype)), draw(labels_of(count))


def outcome(call: Callable, arguments: tuple, errors: tuple = (), **named: object) -> object:
    """The result; None if the arguments were wild, and were refused as documented."""
    try:
        with torch.random.fork_rng():
            return call(*arguments, **named)
    except (TypeError, ValueError, *errors) as error:
        if isinstance(arguments, Good):
            pytest.fail(f"refused good arguments: {error}")
        assert_told(error)
        return None


def like(arguments: tuple, *chosen: object) -> tuple:
    """Some of the arguments, as good as all."""
    return type(arguments)(chosen)


def same(ours: Tensor, theirs: Tensor) -> None:
    """Equal to 32 bits, where the oracle, in 64 bits, stays within them."""
    theirs = theirs.to(torch.float64)
    bounded = theirs.abs() < 1e37
    torch.testing.assert_close(ours.double()[bounded], theirs[bounded], rtol=1e-4, atol=1e-3, equal_nan=True)


# Data


@given_good_or(
    st.tuples(st.booleans(), st.none() | st.sampled_from([NOTEBOOKS / "data", str(NOTEBOOKS / "data")])),
    st.booleans() | st.sampled_from(OTHERS),
    st.none() | st.sampled_from([Path("no"), *OTHERS]),
    examples=30,
)
def test_load_mnist(arguments: tuple):
    loaded = outcome(load_mnist, arguments, errors=(OSError,))
    if loaded is not None:
        assert loaded[0].shape == (60_000 if arguments[0] else 10_000, 1, 28, 28)
        assert len(loaded[1]) == len(loaded[0])


@given_good_or(st.tuples(st.booleans()), st.sampled_from(OTHERS), examples=30)
def test_load_fashion(arguments: tuple):
    loaded = outcome(load_fashion, arguments)
    if loaded is not None:
        assert loaded[0].shape == (10_000 if arguments[0] else 2000, 1, 28, 28)
        assert loaded[1].unique().tolist() == list(range(10))


@st.composite
def bars(draw: Callable) -> tuple[Tensor]:
    """A bar on paper, of any contrast that the eye sees, or on a blackboard."""
    height, width = draw(st.integers(24, 90)), draw(st.integers(24, 90))
    picture = torch.full((height, width), draw(st.floats(0.6, 1)), dtype=draw(floats))
    top, left = draw(st.integers(0, 8)), draw(st.integers(0, 8))
    picture[top : top + draw(st.integers(4, 12)), left : left + draw(st.integers(4, 12))] = draw(
        st.floats(0, 0.4)
    )
    return (1 - picture if draw(st.booleans()) else picture,)


@given_good_or(bars(), anything((28, 28), (1, 28, 28), (28, 28, 3)))
def test_prepare_digit(arguments: tuple):
    image = outcome(prepare_digit, arguments, errors=(OSError,))
    if image is not None:
        assert image.shape == (1, 1, 28, 28)
        assert (image.min(), image.max()) == (0, 1)
        assert (image[0, 0] > 0.3).any(0).sum() <= 21


@given_good_or(
    st.tuples(good_images, count_from(1, 7), st.booleans(), st.none() | st.just(torch.Generator())),
    IMAGES | CODES,
    mostly(1, 2, 3, 100),
    st.booleans(),
    st.none() | st.sampled_from([torch.Generator(), *OTHERS]),
)
def test_batches(arguments: tuple):
    parts = outcome(batches, arguments)
    if parts is not None:
        images, batch_size, shuffle, _ = arguments
        parts = list(parts)
        assert all(len(part) == batch_size for part in parts[:-1])
        assert sum(map(len, parts)) == len(images)
        if not shuffle and not images.is_meta:
            assert torch.equal(torch.cat(parts).nan_to_num(), images.nan_to_num())


# Model


@given_good_or(
    st.tuples(count_from(1, 5), count_from(1, 5)).flatmap(
        lambda sizes: st.tuples(
            *map(st.just, sizes),
            images_of(3, torch.float32),
            filled_with(-100, 100, 2, int(sizes[0]), dtype=torch.float32),
        )
    ),
    mostly(1, 2, 5),
    mostly(1, 3),
    IMAGES,
    CODES,
)
def test_vae(arguments: tuple):
    latent_dim, hidden_dim, x, z = arguments
    vae = outcome(VAE, like(arguments, latent_dim, hidden_dim))
    if vae is None:
        return
    encoded, forward = (outcome(call, like(arguments, x)) for call in (vae.encode, vae))
    decoded, logits = (outcome(call, like(arguments, z)) for call in (vae.decode, vae.decode_logits))
    assert (encoded is None) == (forward is None)
    if encoded is not None:
        assert encoded[0].shape == encoded[1].shape == (len(x), latent_dim)
        assert forward[0].shape == x.shape
        assert torch.equal(encoded[0], forward[1])
        assert all(part.isfinite().all() for part in (*encoded, *forward))
    if decoded is not None:
        assert decoded.shape == (len(z), 1, 28, 28)
        assert ((decoded >= 0) & (decoded <= 1)).all()
    assert logits is None or logits.shape == (len(z), 1, 28, 28)


@given_good_or(good_models().map(lambda given: given[:2]), MODELS, IMAGES)
def test_autoencoder(arguments: tuple):
    vae, x = arguments
    if isinstance(vae, VAE):
        autoencoder = Autoencoder(vae.latent_dim, vae.hidden_dim).to(vae.to_mu.weight)
        parts = outcome(autoencoder, like(arguments, x))
        if parts is not None:
            logits, mu, _ = parts
            assert torch.equal(logits, autoencoder.decode_logits(mu))  # no noise


@given_good_or(good_pairs, CODES, CODES)
def test_reparameterize(arguments: tuple):
    torch.manual_seed(3)
    z = outcome(reparameterize, arguments)
    if z is not None:
        mu, logvar = arguments
        eps = torch.randn_like(mu)  # the same draw, unless its dtype or shape differs
        same(z, mu.double() + (logvar.double() / 2).exp() * eps.double())


# Losses


@st.composite
def good_losses(draw: Callable) -> tuple:
    """logits, x, mu, logvar and beta."""
    dtype, count, width = draw(floats), draw(sizes), draw(sizes)
    logits = draw(filled_with(-1e3, 1e3, count, 1, 28, 28, dtype=dtype))
    return logits, draw(images_of(count, dtype)), *draw(pair_of(count, width, dtype)), draw(number_from(0, 9))


LOGITS = st.one_of(
    st.floats(-1e3, 1e3).map(lambda logit: torch.full((2, 1, 28, 28), logit)),
    st.floats(-1e3, 1e3).map(lambda logit: torch.full((4, 1, 28, 28), logit).double()),
    IMAGES,
)


@given_good_or(good_losses().map(lambda given: given[:2]), LOGITS, IMAGES)
def test_reconstruction_loss(arguments: tuple):
    nats = outcome(reconstruction_loss, arguments)
    if nats is not None:
        logits, x = arguments
        assert nats.shape == (len(x),)
        theirs = -Bernoulli(logits=logits.double(), validate_args=False).log_prob(x.double())
        same(nats, theirs.flatten(1).sum(1))


@given_good_or(good_pairs, CODES, CODES)
def test_kl_divergence(arguments: tuple):
    nats = outcome(kl_divergence, arguments)
    shares = outcome(kl_per_dimension, arguments)
    if nats is None:
        assert shares is None
        return
    mu, logvar = arguments
    q = Normal(mu.double(), (logvar.double() / 2).exp(), validate_args=False)
    theirs = their_kl(q, Normal(0.0, 1.0))
    tame = (mu.abs() < 1e15) & (logvar.abs() < 80)  # elsewhere 32 bits end in infinity, and so may we
    if tame.all():
        same(nats, theirs.sum(1))
        assert (nats > -1e-3).all()
        if shares is not None:
            same(shares, theirs.mean(0))
    assert shares is None or shares.shape == mu.shape[1:]


@given_good_or(
    good_losses(), LOGITS, IMAGES, CODES, CODES, st.floats(0, 1e30) | st.sampled_from([0, 1e300, *OTHERS])
)
def test_vae_loss(arguments: tuple):
    loss = outcome(vae_loss, arguments)
    if loss is not None:
        assert isinstance(loss, Loss)
        same(loss.total, loss.reconstruction.double() + float(arguments[-1]) * loss.kl.double())


@given_good_or(
    st.tuples(
        st.tuples(sizes, sizes, floats).flatmap(lambda g: filled_with(-1e4, 1e4, g[0], g[1], dtype=g[2]))
    ),
    anything((1, 2), (3, 2), (4, 4)),
)
def test_log_mean_exp_bound(arguments: tuple):
    bound = outcome(log_mean_exp_bound, arguments)
    if bound is not None:
        (log_w,) = arguments
        with np.errstate(all="ignore"):
            theirs = np.logaddexp.reduce(log_w.detach().double().numpy(), axis=0) - math.log(len(log_w))
        same(bound, torch.from_numpy(np.asarray(theirs)))


# Codes


@st.composite
def good_walks(draw: Callable) -> tuple:
    dtype, width = draw(floats), draw(sizes)
    ends = (draw(filled_with(-1e3, 1e3, width, dtype=dtype)) for _ in range(2))
    return *ends, draw(count_from(2, 9))


@given_good_or(good_walks(), anything((3,), (2,)), anything((3,), (2,)), mostly(2, 3, 10))
def test_interpolate(arguments: tuple):
    z_a, z_b, steps = arguments
    for other in (z_a, z_b):
        points = outcome(interpolate, like(arguments, z_a, other, steps))
        if points is not None:
            assert points.shape == (steps, len(z_a))
            assert torch.equal(points[0], z_a)
            assert torch.equal(points[-1], other)
            assert points.isfinite().all()


@st.composite
def good_classes(draw: Callable) -> tuple:
    """mu, labels, and a digit that is among them."""
    labels = draw(sizes.flatmap(labels_of))
    mu = draw(filled_with(-1e3, 1e3, len(labels), draw(sizes), dtype=draw(floats)))
    return mu, labels, draw(st.sampled_from([labels[0], labels[0].item(), np.int64(labels[0])]))


@given_good_or(good_classes(), CODES, LABELS, mostly(1, 7, 9))
def test_mean_code(arguments: tuple):
    mean = outcome(mean_code, arguments)
    if mean is not None:
        mu, labels, digit = arguments
        rows = mu.detach().double().numpy()[labels.numpy() == int(digit)]
        with np.errstate(all="ignore"):
            same(mean, torch.from_numpy(np.asarray(rows.sum(0) / len(rows))))


@given_good_or(st.tuples(count_from(1, 12)), mostly(1, 2, 9))
def test_quantile_grid(arguments: tuple):
    z = outcome(quantile_grid, arguments)
    if z is not None:
        (steps,) = arguments
        assert z.shape == (steps**2, 2)
        shares = Normal(0.0, 1.0).cdf(z[:steps, 0]) * int(steps) - 0.5
        torch.testing.assert_close(shares, torch.arange(float(steps)), atol=1e-4, rtol=0)


# Training


@st.composite
def good_training(draw: Callable) -> tuple:
    """A model, images, and named arguments, any of which may be left out."""
    vae, images, _ = draw(good_models())
    named = {
        "test_images": st.none() | images_of(2, images.dtype),
        "batch_size": count_from(1, 7),
        "lr": st.floats(1e-5, 1e-3) | st.fractions(1e-5, 1e-3),
        "beta": number_from(0, 9),
        "seed": count_from(0, 2**32 - 1),
        "on_epoch": st.none() | st.just(len),
    }
    epochs = {"epochs": count_from(1, 2)}
    return vae, images, draw(st.fixed_dictionaries(epochs, optional=named))


TRAINING = {
    "test_images": st.none() | IMAGES,
    "epochs": mostly(1, 1, 2),
    "batch_size": mostly(1, 2, 100),
    "lr": st.floats(1e-5, 1) | st.sampled_from([1e6, 1e300, *OTHERS]),
    "beta": st.floats(0, 9) | st.sampled_from([1e300, *OTHERS]),
    "seed": mostly(0, 5),
    "on_epoch": st.just(len) | st.sampled_from(OTHERS),
}


@given_good_or(good_training(), MODELS, IMAGES | st.just(X), st.fixed_dictionaries({}, optional=TRAINING))
def test_train(arguments: tuple):
    vae, images, named = arguments
    finite = isinstance(vae, VAE) and not vae.to_mu.weight.is_meta
    history = outcome(train, like(arguments, vae, images), errors=(FloatingPointError,), **named)
    if history is not None:
        assert isinstance(history, History)
        assert len(history) == named.get("epochs", 10)
        assert all(map(math.isfinite, history.loss))
    if finite:
        assert all(weight.isfinite().all() for weight in vae.parameters())


@given_good_or(good_training(), MODELS, IMAGES | st.just(X), st.fixed_dictionaries({}, optional=TRAINING))
def test_train_epoch(arguments: tuple):
    vae, images, named = arguments
    named = {name: named[name] for name in ("batch_size", "beta") if name in named}
    weights = vae.parameters() if isinstance(vae, VAE) else [torch.zeros(1, requires_grad=True)]
    optimizer = torch.optim.Adam(weights)
    losses = outcome(train_epoch, like(arguments, vae, images, optimizer), **named)
    if losses is not None:
        beta = float(named.get("beta", 1))
        same(losses.total, losses.reconstruction.double() + beta * losses.kl.double())


@given_good_or(
    st.tuples(good_models(), number_from(0, 9), count_from(0, 2**32 - 1)).map(lambda g: (*g[0][:2], *g[1:])),
    MODELS,
    IMAGES,
    st.floats(0, 9) | st.sampled_from(OTHERS),
    mostly(0, 5),
)
def test_evaluate(arguments: tuple):
    vae, images, beta, seed = arguments
    loss = outcome(evaluate, like(arguments, vae, images), beta=beta, seed=seed)
    if loss is not None:
        same(loss.total, loss.reconstruction.double() + float(beta) * loss.kl.double())
        assert loss.reconstruction >= 0
        assert loss.kl > -1e-3


@pytest.mark.slow
@given(st.lists(st.tuples(*[st.floats(-1e30, 1e30)] * 5).map(lambda row: Epoch(*row)), max_size=3))
@settings(max_examples=10)
def test_history(rows: list):
    history = History(rows)
    assert list(zip(history.loss, history.reconstruction, history.kl, strict=True)) == [
        row[:3] for row in rows
    ]
    assert list(zip(history.test_loss, history.seconds, strict=True)) == [row[3:] for row in rows]
    assert figure_png(plot_losses(history)).startswith(PNG)


# Evidence


@given_good_or(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5).flatmap(
        lambda values: st.tuples(st.just(values), st.just([value + 0.5 for value in values]), st.floats(1, 9))
    ),
    CODES | st.sampled_from(OTHERS),
    CODES | st.sampled_from(OTHERS),
    st.none() | st.floats(0, 9),
)
def test_expect(arguments: tuple):
    value, expected, within = arguments
    result = outcome(expect, like(arguments, "what", value, expected), within=within)
    assert result is None or result.status in ("passed", "failed")
    assert not isinstance(arguments, Good) or result.passed


@pytest.mark.slow
@given(CODES | st.floats() | st.sampled_from(OTHERS), st.floats(-1e6, 1e6))
def test_prediction(guess: object, value: float):
    """Whatever was guessed, the notebook goes on."""
    result = prediction(guess, "what", value, "nats")
    assert result.status in ("passed", "not attempted")
    assert "\n" not in result.message


@pytest.mark.slow
@given(st.lists(st.lists(st.text("abc %.") | st.floats(), min_size=2, max_size=2), min_size=1, max_size=4))
def test_table(rows: list):
    lines = table(*rows).data.splitlines()
    assert len(lines) == len(rows) + 1
    assert {line.count("|") for line in lines} == {3}


measurements = st.tuples(sizes, sizes, floats).flatmap(lambda g: filled_with(-9, 9, g[0], g[1], dtype=g[2]))


@given_good_or(st.tuples(measurements | measurements.map(lambda values: values[0])), CODES)
def test_with_error(arguments: tuple):
    text = outcome(with_error, arguments)
    if text is not None:
        (values,) = arguments
        mean, *errors = text.split(" ± ")
        assert float(mean) == pytest.approx(values.mean().item(), abs=0.06)
        assert len(errors) == values.ndim


@given_good_or(st.tuples(measurements, measurements, number_from(-9, 9)), CODES, CODES, st.floats(-9, 9))
def test_claim(arguments: tuple):
    ours, rival, threshold = arguments
    row = outcome(Claim("claim", "rival", "measure", float(threshold)).judge, like(arguments, ours, rival))
    if row is not None:
        assert row[:3] == ["claim", "rival", "measure"]
        assert row[-1].removesuffix(", narrowly") in ("holds", "fails", "open")


@given_good_or(
    st.tuples(st.sampled_from([0, 1, np.int64(1)]), images_of(3, torch.float32)),
    mostly(0, 1),
    IMAGES,
    examples=40,
)
def test_judge(arguments: tuple):
    build, pictures = arguments
    for make in (Judge, pretrained_judge):
        judge = outcome(make, like(arguments, build))
        if judge is not None:
            sure = outcome(judge.sure, like(arguments, pictures))
            information = outcome(judge.information, like(arguments, pictures))
            assert sure is None or set(sure.tolist()) <= {0, 1}
            assert information is None or -1e-3 < information.mean() < math.log(10) + 1e-3


@given_good_or(
    sizes.flatmap(
        lambda n: st.tuples(images_of(n, torch.float32), labels_of(n), count_from(1, 2), count_from(0, 9))
    ),
    IMAGES,
    LABELS,
    mostly(1, 2),
    mostly(0, 5),
    examples=40,
)
def test_train_judge(arguments: tuple):
    images, labels, epochs, seed = arguments
    judge = outcome(train_judge, like(arguments, images, labels), epochs=epochs, seed=seed)
    assert judge is None or judge(X).shape == (8, 10)


# Where z comes from


@given_good_or(
    st.tuples(sizes, sizes, floats).flatmap(
        lambda s: st.tuples(filled_with(-1e4, 1e4, s[0], s[1], dtype=s[2])),
    ),
    CODES,
)
def test_responsibilities(arguments: tuple):
    shares = outcome(responsibilities, arguments)
    if isinstance(arguments, Good):
        same(shares.sum(1), torch.ones(len(shares)))
        same(shares, arguments[0].double().softmax(1))


@given_good_or(
    st.tuples(good_models(), count_from(1, 3)).map(lambda given: (*given[0][:2], given[1])),
    MODELS,
    IMAGES,
    mostly(1, 2),
    examples=40,
)
def test_optimise_code(arguments: tuple):
    vae, x, _ = arguments
    cloud = outcome(optimise_code, arguments)
    if cloud is not None:
        assert all(part.shape == (len(x), vae.latent_dim) and not part.requires_grad for part in cloud)


@st.composite
def good_roads(draw: Callable) -> tuple:
    dtype, count, width = draw(floats), draw(sizes), draw(sizes)
    ends = (draw(filled_with(-1e3, 1e3, count, width, dtype=dtype)) for _ in range(2))
    return *ends, draw(filled_with(0, 1, count, 1, dtype=dtype))


@given_good_or(good_roads(), CODES, CODES, anything((2, 1), (4, 1)))
def test_flow_target(arguments: tuple):
    road = outcome(flow_target, arguments)
    if isinstance(arguments, Good):
        (point, velocity), (z0, z1, t) = road, (part.double() for part in arguments)
        same(point, torch.lerp(z0, z1, t))
        same(z1, z0 + velocity.double())


@given_good_or(
    st.tuples(good_pairs, count_from(1, 9)).map(lambda given: (torch.neg, given[0][0], given[1])),
    st.sampled_from([torch.neg, *(other for other in OTHERS if not callable(other))]),
    CODES,
    mostly(1, 2, 10),
)
def test_follow_flow(arguments: tuple):
    velocity, z, steps = arguments
    shrink = (lambda z, t: velocity(z)) if velocity is torch.neg else velocity
    end = outcome(follow_flow, like(arguments, shrink, z, steps))
    if isinstance(arguments, Good):
        same(end, z.double() * (1 - 1 / steps) ** int(steps))


@given_good_or(
    st.tuples(count_from(1, 5), count_from(1, 5), images_of(2, torch.float32), labels_of(2)),
    mostly(1, 2, 5),
    mostly(1, 3),
    IMAGES,
    LABELS,
)
def test_conditional_vae(arguments: tuple):
    latent_dim, hidden_dim, x, labels = arguments
    vae = outcome(ConditionalVAE, like(arguments, latent_dim, hidden_dim))
    for model in (vae, outcome(pretrained_conditional, Good())):
        parts = model and outcome(model, like(arguments, x, labels))
        if parts is not None:
            logits, mu, _ = parts
            assert logits.shape == x.shape
            picture = outcome(model.decode, like(arguments, mu, labels))
            assert ((picture >= 0) & (picture <= 1)).all()


# Files


@given_good_or(
    st.tuples(count_from(1, 4), count_from(1, 4)).map(lambda sizes: (VAE(*sizes), "a.pt")),
    MODELS,
    st.just("a.pt") | st.sampled_from(["no/a.pt", "", ".", *OTHERS]),
)
def test_save_and_load(arguments: tuple):
    vae, path = arguments
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / path if isinstance(path, str) else path
        outcome(save_vae, like(arguments, vae, where), errors=(OSError,))
        loaded = outcome(load_vae, like(arguments, where), errors=(OSError,))
        if loaded is not None:
            ours, theirs = vae.state_dict(), loaded.state_dict()
            assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.slow
@given(st.binary(max_size=200), st.integers(0, 60_000))
def test_load_vae_of_spoilt_bytes(noise: bytes, place: int):
    """A checkpoint with other bytes written over it: refused, or still a model of the same shape."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vae.pt"
        save_vae(small(), path)
        whole = path.read_bytes()
        place = place % len(whole)
        path.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
        loaded = outcome(load_vae, (path,))
        assert loaded is None or (loaded.latent_dim, loaded.hidden_dim) == (3, 16)


@given_good_or(st.tuples(st.sampled_from([2, 20, np.int64(2)])), mostly(2, 20), examples=20)
def test_pretrained(arguments: tuple):
    vae = outcome(pretrained, arguments)
    assert vae is None or vae.latent_dim == arguments[0]


@given_good_or(st.tuples(count_from(0, 4)), mostly(0, 4), examples=20)
def test_pretrained_by_seed(arguments: tuple):
    for make in (pretrained_autoencoder, lambda seed: pretrained(20, seed)):
        vae = outcome(make, arguments)
        assert vae is None or vae.latent_dim == 20


# Figures


@given_good_or(
    st.tuples(good_images, count_from(1, 5), st.just(())),
    IMAGES,
    mostly(1, 2, 10),
    st.just(()) | st.sampled_from([["a"], ["a", "b"], *OTHERS]),
)
def test_plot_digits(arguments: tuple):
    figure = outcome(plot_digits, arguments)
    assert figure is None or figure_png(figure).startswith(PNG)


@st.composite
def good_planes(draw: Callable) -> tuple:
    """Four codes in the plane, their labels and images, and a model."""
    vae, *_ = draw(good_models())
    codes = draw(filled_with(-100, 100, 4, 2, dtype=draw(floats)))
    return codes, draw(labels_of(4)), draw(images_of(4, draw(floats))), vae


@given_good_or(
    good_planes(),
    anything((4, 2)),
    st.just(torch.arange(4)) | anything((4,)),
    anything((4, 1, 28, 28)),
    MODELS,
    examples=12,
)
def test_other_figures(arguments: tuple):
    codes, labels, images, vae = arguments
    figures = [
        outcome(plot_latent_plane, like(arguments, codes, labels)),
        outcome(plot_manifold, like(arguments, images, quantile_grid(2))),
        outcome(plot_manifold, (images, codes)),
        outcome(plot_architecture, like(arguments, vae)),
        outcome(plot_losses, (labels,)),
    ]
    assert all(figure_png(figure).startswith(PNG) for figure in figures if figure is not None)
    assert outcome(figure_png, (labels,)) is None


# Widgets and the page


@given_good_or(
    st.tuples(good_models(), count_from(1, 4)).flatmap(
        lambda g: st.tuples(
            *map(st.just, (*g[0][:2], g[1])),
            filled_with(-100, 100, g[0][0].latent_dim, dtype=torch.float32),
        )
    ),
    MODELS,
    IMAGES.filter(lambda images: images is not None),  # None asks for the test images
    mostly(1, 3),
    anything((3,), (2,)),
)
def test_latent_sliders(arguments: tuple):
    vae, images, dims, z = arguments
    sliders = outcome(LatentSliders, like(arguments, vae, images, dims))
    if sliders is not None:
        outcome(setattr, like(arguments, sliders, "z", z))
        assert sliders.z.isfinite().all()
        assert "image/png" in sliders._repr_mimebundle_()[0]


@given_good_or(
    good_models(2).flatmap(
        lambda g: st.tuples(*map(st.just, g), filled_with(-100, 100, g[0].latent_dim, dtype=torch.float32))
    ),
    MODELS,
    IMAGES,
    LABELS,
    anything((3,), (2,)),
)
def test_explorer_and_page(arguments: tuple):
    vae, images, labels, z = arguments
    explorer = outcome(LatentExplorer, like(arguments, vae, images, labels))
    with tempfile.TemporaryDirectory() as folder:
        outcome(export_page, like(arguments, vae, images, labels, Path(folder) / "page.html"))
        for page in Path(folder).iterdir():
            assert explorer is not None
            assert "NaN" not in page.read_text(encoding="utf-8").split('id="state">')[1].split("</script>")[0]
    if explorer is not None:
        outcome(setattr, like(arguments, explorer, "z", z))
        outcome(setattr, (explorer, "drawing", images))
        if isinstance(arguments, Good):
            outcome(setattr, like(arguments, explorer, "drawing", images[:1]))
        assert explorer.z.shape == (vae.latent_dim,)
        assert explorer.z.isfinite().all()


@pytest.mark.slow
@given(st.sampled_from([KLDemo, ReparameterizationDemo]), st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
@settings(max_examples=10)
def test_demos(demo: type, mu: float, logvar: float):
    shown = demo()
    shown.mu.value, shown.logvar.value = mu, logvar
    assert bytes(shown.image.value).startswith(PNG)
    theirs = their_kl(Normal(shown.mu.value, math.exp(shown.logvar.value / 2)), Normal(0.0, 1.0)).item()
    assert demo is not KLDemo or f"KL = {theirs:.3f} nats" in shown.message.value


@pytest.mark.slow
@given(st.sampled_from([name for name in checks.__all__ if name != "CheckResult"]), CODES | LABELS)
@settings(max_examples=40)
def test_checks(name: str, answer: object):
    """A learner's function that always gives the same answer is never right, and never an error."""
    result = getattr(checks, name)(lambda *_: answer)
    assert isinstance(result, checks.CheckResult)
    assert result.status == "failed"
    assert result.message


# Every public name


TESTED = {
    "Autoencoder": test_autoencoder,
    "Claim": test_claim,
    "ConditionalVAE": test_conditional_vae,
    "Judge": test_judge,
    "pretrained_autoencoder": test_pretrained_by_seed,
    "pretrained_conditional": test_conditional_vae,
    "pretrained_judge": test_judge,
    "KLDemo": test_demos,
    "ReparameterizationDemo": test_demos,
    "LatentExplorer": test_explorer_and_page,
    "export_page": test_explorer_and_page,
    "LatentSliders": test_latent_sliders,
    "Loss": test_vae_loss,
    "VAE": test_vae,
    "Epoch": test_history,
    "History": test_history,
    "kl_per_dimension": test_kl_divergence,
    "load_vae": test_save_and_load,
    "save_vae": test_save_and_load,
    "plot_architecture": test_other_figures,
    "plot_latent_plane": test_other_figures,
    "plot_losses": test_other_figures,
    "plot_manifold": test_other_figures,
}


FIGURES = [name for name in vars(plotting) if name.startswith("plot_")]


@pytest.mark.parametrize("name", [*sorted({*vae_helpers.__all__} - {"DATA"}), *FIGURES])
def test_every_public_name_has_its_property(name: str):
    test = TESTED.get(name) or globals().get(f"test_{name}")
    assert hasattr(test, "hypothesis"), f"write test_{name} here, or name its test in TESTED"
