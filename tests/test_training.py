"""The real run against the lab sheet, what a run does and keeps, and what it refuses with nothing changed."""

import math
import re
from collections.abc import Callable
from inspect import signature

import pytest
import torch
from samples import DIGITS, META, X, classifier, filled, small, weights
from told import refusals, told
from torch import Tensor, nn
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.utils.data import DataLoader

from vae_helpers import VAE, History, Loss, evaluate, pretrained, train, vae_loss

LAB_SHEET = [164.37, 121.28, 114.52, 111.61, 109.83, 108.68, 107.82, 107.16, 106.69, 106.22]


def test_every_epoch_is_the_lab_sheets(lab_run: tuple[VAE, History]):
    _, history = lab_run
    assert history.loss[0] == pytest.approx(LAB_SHEET[0], abs=3.0)
    assert history.loss[1:] == pytest.approx(LAB_SHEET[1:], abs=1.0)
    assert history.test_loss[-1] == pytest.approx(105.7, abs=0.7)
    assert history.reconstruction[-1] == pytest.approx(81.1, abs=1.0)
    assert history.kl[-1] == pytest.approx(25.2, abs=0.7)


def test_the_defaults_are_the_lab_sheets():
    """Ten epochs of Adam with a step of 0.001, batches of 128, and a KL that counts once."""
    defaults = {name: given.default for name, given in signature(train).parameters.items()}
    recipe = {"epochs": 10, "batch_size": 128, "lr": 1e-3, "beta": 1}
    assert {name: defaults[name] for name in recipe} == recipe
    for judge in (evaluate, vae_loss):
        assert signature(judge).parameters["beta"].default == 1


def test_a_short_last_batch_counts_by_its_images(mnist_test: tuple[Tensor, Tensor]):
    """With next to no step, the training loss of 300 images in batches of 128 is their test loss."""
    vae, images = pretrained(2), mnist_test[0][:300]
    (loss,) = train(vae, images, epochs=1, lr=1e-12).loss
    assert loss == pytest.approx(evaluate(vae, images).total.item(), rel=0.01)


def test_evaluate_is_the_mean_elbo_over_many_draws(mnist_test: tuple[Tensor, Tensor]):
    """Minus E_q[log p(x|z)] + KL from torch.distributions; their mean over 20 draws, within 0.5 nats."""
    vae, x = pretrained(20), mnist_test[0][:1000]
    loss = evaluate(vae, x)
    with torch.no_grad():
        q = Normal(vae.to_mu(vae.encoder(x)), vae.to_logvar(vae.encoder(x)).exp().sqrt())
        kl = kl_divergence(q, Normal(0.0, 1.0)).sum(1).mean()
        probabilities = (vae.decode(q.sample()).clamp(1e-7, 1 - 1e-7) for _ in range(20))
        tosses = [
            Bernoulli(p, validate_args=False).log_prob(x).flatten(1).sum(1).mean() for p in probabilities
        ]
    assert loss.kl.item() == pytest.approx(kl.item(), rel=1e-4)
    assert loss.reconstruction.item() == pytest.approx(-torch.stack(tosses).mean().item(), abs=0.5)
    assert loss.total.item() == pytest.approx((loss.reconstruction + loss.kl).item(), rel=1e-6)


def test_evaluate_weighs_images_not_batches(vae: VAE, few: Tensor):
    """1,001 images fall into batches of 1,000 and 1; the odd one must not count for half."""
    black = torch.zeros(1001, 1, 28, 28)
    one_white = torch.cat([black[:1000], torch.ones(1, 1, 28, 28)])
    assert evaluate(vae, one_white).total.item() == pytest.approx(evaluate(vae, black).total.item(), abs=2)


def test_evaluate_weighs_kl_by_beta(vae: VAE, few: Tensor):
    plain, heavy = evaluate(vae, few), evaluate(vae, few, beta=3.0)
    assert isinstance(heavy, Loss)
    assert (heavy.total - plain.total).item() == pytest.approx(2 * plain.kl.item(), rel=1e-3)


def test_log_line_and_history(vae: VAE, few: Tensor, capsys: pytest.CaptureFixture):
    seen = []
    history = train(vae, few, test_images=few[:50], epochs=2, on_epoch=lambda rows: seen.append(len(rows)))
    number = r"\d+\.\d+"
    line = rf"Epoch \[1/2\] Loss: \d+\.\d{{4}}  reconstruction {number}  KL {number}  test {number}"
    assert re.search(line, capsys.readouterr().out)
    assert seen == [1, 2]
    assert len(history) == 2
    for column in ("loss", "reconstruction", "kl", "test_loss", "seconds"):
        assert getattr(history, column) == [getattr(history[0], column), getattr(history[1], column)]
        assert all(isinstance(value, float) for value in getattr(history, column))
    assert history[1].loss < history[0].loss
    assert history[0].loss == pytest.approx(history[0].reconstruction + history[0].kl)
    assert history.test_loss[-1] == pytest.approx(evaluate(vae, few[:50]).total.item(), rel=1e-6)


def test_without_test_images_the_column_is_nan(vae: VAE, few: Tensor, capsys: pytest.CaptureFixture):
    history = train(vae, few, epochs=1)
    assert math.isnan(history.test_loss[0])
    assert "test" not in capsys.readouterr().out


def test_beta_weighs_the_kl_term(few: Tensor):
    kls = []
    for beta in (0.0, 100.0):
        torch.manual_seed(0)
        kls.append(train(VAE(3, 16), few, epochs=15, beta=beta).kl[-1])
    assert kls[0] > 10 * kls[1]


def test_same_seed_same_run_and_the_global_random_state_stays(few: Tensor):
    runs = []
    for seed in (5, 5, 6):
        torch.manual_seed(0)
        vae = VAE(3, 16)
        state = torch.get_rng_state()
        runs.append((train(vae, few, epochs=2, seed=seed).loss, weights(vae)))
        evaluate(vae, few)
        assert torch.equal(torch.get_rng_state(), state)
    assert runs[0][0] == runs[1][0]
    assert torch.equal(runs[0][1], runs[1][1])
    assert runs[0][0] != runs[2][0]


@pytest.mark.parametrize("batch_size", [7, 1000])
def test_a_batch_of_one_image_and_one_larger_than_the_set(batch_size: int):
    assert len(train(small(), X, batch_size=batch_size, epochs=1)) == 1


def test_trains_without_gradients_around():
    vae = small()
    before = weights(vae)
    with torch.no_grad():
        train(vae, X, epochs=1)
    assert not torch.equal(weights(vae), before)


def refuse(vae: object = None, images: object = X, **arguments: object) -> None:
    """Train; whatever comes of it, the weights are the ones from before."""
    vae = small() if vae is None else vae
    before = weights(vae) if isinstance(vae, VAE) else None
    try:
        train(vae, images, **arguments)
    finally:
        assert before is None or torch.equal(before.nan_to_num(), weights(vae).nan_to_num())


def poisoned() -> None:
    """The second epoch meets nan, and the weights from after the first one come back."""
    vae, saved = small(), []

    def poison(rows: History) -> None:
        saved.append(weights(vae))
        vae.to_logvar.bias.register_hook(lambda gradient: gradient + math.nan)

    try:
        train(vae, X, epochs=3, batch_size=4, on_epoch=poison)
    finally:
        assert torch.equal(weights(vae), saved[0])


@refusals(
    ("the class, not a model", lambda: refuse(VAE), TypeError, "vae must be a model such as VAE"),
    ("a model of no weights", lambda: refuse(nn.Flatten()), TypeError, "vae must be a model such as VAE"),
    ("another network", lambda: refuse(classifier()), TypeError, "return logits, mu and logvar, got Tensor"),
    ("frozen weights", lambda: refuse(small().requires_grad_(False)), ValueError, "got frozen ones"),
    (
        "nan weights",
        lambda: refuse(filled(small(), math.nan)),
        ValueError,
        "vae.to_mu.weight must hold finite",
    ),
    ("a model in 16 bits", lambda: refuse(small().half()), TypeError, "32 or 64 bits, got torch.float16"),
    ("a model in 64 bits", lambda: refuse(small().double()), TypeError, "x must be torch.float64 like"),
    ("images and labels", lambda: refuse(images=(X, DIGITS)), TypeError, "images must be .* got tuple"),
    ("labels as images", lambda: refuse(images=DIGITS), TypeError, "images must hold floats"),
    ("a DataLoader", lambda: refuse(images=DataLoader(X)), TypeError, "images must be .* got DataLoader"),
    ("raw bytes to train on", lambda: refuse(images=X.byte()), TypeError, "got raw bytes; divide them"),
    ("no channel to train on", lambda: refuse(images=X[:, 0]), ValueError, "images must have shape"),
    ("standardised training", lambda: refuse(images=X - 0.42), ValueError, "min -0.42; divide raw bytes"),
    ("no images to train on", lambda: refuse(images=X[:0]), ValueError, "at least one image, got none"),
    ("images elsewhere", lambda: refuse(images=X.to(**META)), ValueError, "images must hold numbers"),
    ("rows as test images", lambda: refuse(test_images=X.flatten(1)), ValueError, "test_images must have"),
    ("epochs=0", lambda: refuse(epochs=0), ValueError, "epochs must be at least 1, got 0"),
    ("epochs=1.5", lambda: refuse(epochs=1.5), TypeError, "epochs must be a whole number, got 1.5"),
    ("batch_size=0", lambda: refuse(batch_size=0), ValueError, "batch_size must be at least 1, got 0"),
    ("lr negative", lambda: refuse(lr=-1e-3), ValueError, "lr must be a finite number above 0, got -0.001"),
    ("lr=0", lambda: refuse(lr=0), ValueError, "lr must be a finite number above 0, got 0"),
    ("lr without end", lambda: refuse(lr=10**400), ValueError, "lr must be a finite number above 0"),
    ("lr=1e6", lambda: refuse(lr=1e6), FloatingPointError, "epoch 1, batch 1: .* smaller lr than 1e.06"),
    ("lr=1e300", lambda: refuse(lr=1e300, epochs=1), FloatingPointError, "from before this epoch are back"),
    ("lr=1e6, small batches", lambda: refuse(lr=1e6, batch_size=2), FloatingPointError, "the loss became"),
    (
        "the loss turns into nan",
        poisoned,
        FloatingPointError,
        "epoch 2, batch 2: the loss became nan; the weights",
    ),
    ("beta negative", lambda: refuse(beta=-1), ValueError, "beta must .* at least 0, got -1"),
    ("beta=1e300", lambda: refuse(beta=1e300), FloatingPointError, "or a smaller beta than 1e.300"),
    ("seed='a'", lambda: refuse(seed="a"), TypeError, "seed must be a whole number, got 'a'"),
    ("seed=2**70", lambda: refuse(seed=2**70), ValueError, "seed must be at most"),
    (
        "on_epoch=3",
        lambda: refuse(on_epoch=3),
        TypeError,
        "on_epoch must be a function of the history, got 3",
    ),
    ("judging rows of pixels", lambda: evaluate(small(), X.flatten(1)), ValueError, "images must have shape"),
)
def test_refuses(call: Callable, error: type, sentence: str):
    with told(error, sentence):
        call()
