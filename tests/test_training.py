"""What a run does and keeps, and what it refuses with nothing changed.

Ten epochs beside the lab sheet are notebook 4, which nbval runs, with its anchors.
"""

import math
import random
import re
from collections.abc import Callable
from inspect import signature
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from samples import DIGITS, X, classifier, filled, small, weights
from told import refusals, told
from torch import Tensor, nn
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.utils.data import DataLoader

from vae_helpers import VAE, History, Loss, evaluate, pretrained, train, train_epoch, training, vae_loss


def test_the_defaults_are_the_lab_sheets():
    """Ten epochs of Adam with a step of 0.001, batches of 128, and a KL that counts once."""
    defaults = {name: given.default for name, given in signature(train).parameters.items()}
    recipe = {"epochs": 10, "batch_size": 128, "lr": 1e-3, "beta": 1}
    assert {name: defaults[name] for name in recipe} == recipe
    for judge in (evaluate, vae_loss):
        assert signature(judge).parameters["beta"].default == 1


def test_the_bar_changes_twice_a_second_at_most(few: Tensor, monkeypatch: pytest.MonkeyPatch):
    """On a slow machine ten epochs would else send more messages than nbval holds: it loses their end."""
    bars = []

    class Bar(training.tqdm):
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)
            bars.append(self)

    monkeypatch.setattr(training, "tqdm", Bar)
    train(small(), few, epochs=1)
    assert [bar.mininterval for bar in bars] == [0.5]


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


def states() -> list:
    """Where torch, numpy and Python would draw on."""
    return [torch.get_rng_state().tolist(), str(np.random.get_state()), random.getstate()]  # noqa: NPY002


def test_every_random_state_stays_also_where_a_run_fails(vae: VAE):
    before = states()
    evaluate(vae, X)
    assert states() == before
    with pytest.raises(ZeroDivisionError):
        evaluate(vae, X, loss=lambda logits, x, mu, logvar, beta: 1 / 0)
    assert states() == before


def test_the_seed_decides_the_noise_of_evaluate(vae: VAE, few: Tensor):
    first, again, other = (evaluate(vae, few, seed=seed).reconstruction for seed in (5, 5, 6))
    assert first == again != other


def test_the_seed_decides_what_a_learners_loss_draws_from_python_and_numpy():
    draws = []

    def drawing(*given: object) -> tuple[Tensor, ...]:
        draws.append((random.random(), np.random.rand()))  # noqa: NPY002
        return own_loss(*given)

    for seed in (5, 5, 6):
        train(small(), X, epochs=1, seed=seed, loss=drawing)
    first, again, other = draws
    assert first == again
    assert first[0] != other[0]
    assert first[1] != other[1]


@pytest.mark.parametrize("batch_size", [7, 1000])
def test_a_batch_of_one_image_and_one_larger_than_the_set(batch_size: int):
    assert len(train(small(), X, batch_size=batch_size, epochs=1)) == 1


def test_trains_without_gradients_around():
    vae = small()
    before = weights(vae)
    with torch.no_grad():
        train(vae, X, epochs=1)
    assert not torch.equal(weights(vae), before)


def own_loss(logits: Tensor, x: Tensor, mu: Tensor, logvar: Tensor, beta: float) -> tuple[Tensor, ...]:
    """The loss as a student writes it: no guard, and a plain tuple."""
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum() / len(x)
    return reconstruction + beta * kl, reconstruction, kl


def bare_epoch(vae: nn.Module, images: Tensor, beta: float) -> float:
    """The lab sheet's loop, without anything of the package but the model's layers."""
    optimizer, total = torch.optim.Adam(vae.parameters(), lr=1e-3), 0.0
    for rows in torch.randperm(len(images)).split(128):
        x = images[rows]
        mu, logvar = vae.to_mu(vae.encoder(x)), vae.to_logvar(vae.encoder(x))
        logits = vae.decoder(mu + torch.exp(0.5 * logvar) * torch.randn_like(mu))
        loss, _, _ = own_loss(logits, x, mu, logvar, beta)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += len(x) * loss.item()
    return total / len(images)


def test_an_epoch_is_the_bare_loop(few: Tensor):
    ours, theirs = small(), small()
    optimizer = torch.optim.Adam(ours.parameters(), lr=1e-3)
    torch.manual_seed(7)
    losses = train_epoch(ours, few, optimizer, batch_size=128, beta=2.0)
    torch.manual_seed(7)
    assert losses.total.item() == pytest.approx(bare_epoch(theirs, few, 2.0), rel=1e-5)
    torch.testing.assert_close(weights(ours), weights(theirs), rtol=1e-3, atol=1e-5)


def test_train_is_its_epochs(few: Tensor):
    ours, theirs = small(), small()
    history = train(ours, few, epochs=2, lr=2e-3, beta=0.5, seed=7)
    optimizer = torch.optim.Adam(theirs.parameters(), lr=2e-3, fused=True)
    torch.manual_seed(7)
    losses = [train_epoch(theirs, few, optimizer, beta=0.5) for _ in range(2)]
    assert history.kl == [row.kl.item() for row in losses]
    assert torch.equal(weights(ours), weights(theirs))


def test_own_loss_of_a_plain_tuple(few: Tensor):
    own, packages = small(), small()
    ours = train(own, few, test_images=few[:50], epochs=2, beta=3.0, loss=own_loss)
    theirs = train(packages, few, test_images=few[:50], epochs=2, beta=3.0)
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-5)
    assert ours.test_loss == pytest.approx(theirs.test_loss, rel=1e-5)
    torch.testing.assert_close(weights(own), weights(packages), rtol=1e-3, atol=1e-5)
    assert evaluate(own, few, beta=3.0, loss=own_loss).kl.item() == pytest.approx(
        evaluate(own, few, beta=3.0).kl.item(), rel=1e-5
    )


def twice(*given: object) -> tuple[Tensor, ...]:
    return tuple(2 * nats for nats in own_loss(*given))


def test_the_test_loss_is_the_own_one(few: Tensor):
    vae = small()
    history = train(vae, few, test_images=few, epochs=1, loss=twice)
    assert history.test_loss[0] == pytest.approx(2 * evaluate(vae, few).total.item(), rel=1e-5)
    assert history.loss[0] == pytest.approx(history.reconstruction[0] + history.kl[0])


def test_the_test_loss_weighs_kl_as_the_training_loss_does(few: Tensor):
    vae = small()
    history = train(vae, few, test_images=few, epochs=1, beta=3.0)
    after = evaluate(vae, few)
    assert history.test_loss[0] == pytest.approx((after.reconstruction + 3 * after.kl).item(), rel=1e-5)


def test_seconds_are_those_of_training_alone(monkeypatch: pytest.MonkeyPatch):
    """By a clock on which a batch of training takes 3 seconds, and one of the test images 100."""
    now = [0.0]

    def slow(*given: object) -> tuple[Tensor, ...]:
        now[0] += 3 if torch.is_grad_enabled() else 100
        return own_loss(*given)

    monkeypatch.setattr(training, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    assert train(small(), X, test_images=X, epochs=2, batch_size=4, loss=slow).seconds == [6, 6]


class Forgetful(VAE):
    """A VAE that loses nine pixels of ten while it trains, beside a part that its owner keeps frozen."""

    def __init__(self, lost: float) -> None:
        super().__init__(3, 16)
        self.encoder.insert(0, nn.Dropout(lost))
        self.frozen = nn.Dropout(0.5).eval()


def test_dropout_is_on_in_training_and_off_in_the_test_loss(few: Tensor):
    torch.manual_seed(0)
    forgetful, plain = Forgetful(0.9), Forgetful(0.0)
    plain.load_state_dict(forgetful.state_dict())
    assert torch.equal(evaluate(forgetful, few).total, evaluate(plain, few).total)
    ours, theirs = (train(vae.eval(), few, test_images=few, epochs=1, lr=1e-12) for vae in (forgetful, plain))
    assert ours.test_loss == pytest.approx(theirs.test_loss, rel=1e-6)
    assert ours.kl[0] > 2 * theirs.kl[0]  # what is kept of the pixels is made ten times brighter


@pytest.mark.parametrize("training", [True, False])
def test_every_part_of_the_model_keeps_its_mode(training: bool, few: Tensor):
    vae = Forgetful(0.5).train(training)
    vae.frozen.eval()

    def modes(_: object = None) -> None:
        assert {name: part.training for name, part in vae.named_modules()} == {
            name: training and name != "frozen" for name, _ in vae.named_modules()
        }

    train(vae, few, test_images=few, epochs=1, on_epoch=modes)
    modes()
    evaluate(vae, few)
    modes()
    with pytest.raises(FloatingPointError):
        train(vae, few, lr=1e6)
    modes()


@pytest.mark.parametrize("test_images", [None, X])
def test_an_own_loss_is_called_for_batches_and_test_images_alone(test_images: Tensor | None):
    """A warm-up that counts its calls would run too fast otherwise."""
    calls = []

    def counting(logits: Tensor, x: Tensor, *rest: object) -> tuple[Tensor, ...]:
        calls.append((len(x), torch.is_grad_enabled()))
        return own_loss(logits, x, *rest)

    train(small(), X, test_images=test_images, epochs=2, batch_size=3, loss=counting)
    epoch = [(3, True), (3, True), (2, True)]
    evaluation = [] if test_images is None else [(8, False)]
    assert calls == 2 * (epoch + evaluation)


def test_on_batch_gets_the_losses_of_each_batch():
    vae, seen = small(), []
    optimizer = torch.optim.SGD(vae.parameters(), lr=1e-12)
    losses = train_epoch(vae, X, optimizer, batch_size=4, on_batch=seen.append)
    assert [type(batch) for batch in seen] == [Loss, Loss]
    assert not any(value.requires_grad for batch in seen for value in batch)  # kept, they hold no batch
    assert losses.kl.item() == pytest.approx((seen[0].kl + seen[1].kl).item() / 2, rel=1e-6)
    assert losses.kl.dtype == evaluate(vae, X).kl.dtype == torch.float32


def test_on_batch_comes_after_the_step():
    vae, seen = small(), []
    optimizer = torch.optim.SGD(vae.parameters(), lr=1e-3)
    before = weights(vae)
    train_epoch(vae, X, optimizer, batch_size=8, on_batch=lambda _: seen.append(weights(vae)))
    assert not torch.equal(seen[0], before)
    assert torch.equal(seen[0], weights(vae))


def test_an_optimizer_may_move_a_part_of_the_model():
    vae, untouched = small(), small()
    train_epoch(vae, X, torch.optim.SGD(vae.decoder.parameters(), lr=1e-3))
    assert torch.equal(vae.to_mu.weight, untouched.to_mu.weight)
    assert not torch.equal(vae.decoder[0].weight, untouched.decoder[0].weight)


def test_an_optimizer_may_move_another_model_too():
    vae, other = small(), small()
    train_epoch(vae, X, torch.optim.SGD([{"params": model.parameters()} for model in (other, vae)], lr=1e-3))
    assert not torch.equal(weights(vae), weights(other))


def test_a_part_of_the_model_may_be_frozen():
    vae, untouched = small(), small()
    vae.decoder.requires_grad_(False)
    train(vae, X, epochs=1)
    assert torch.equal(vae.decoder[0].weight, untouched.decoder[0].weight)
    assert not torch.equal(vae.to_mu.weight, untouched.to_mu.weight)


def test_the_largest_seed_is_torchs():
    assert len(train(small(), X, epochs=1, seed=2**64 - 1)) == 1
    with pytest.raises((ValueError, RuntimeError), match="Overflow"):
        torch.manual_seed(2**64)
    with told(ValueError, "seed must be at most 18446744073709551615"):
        evaluate(small(), X, seed=2**64)


class Returns(nn.Module):
    """A network that returns what the test says."""

    def __init__(self, outputs: Callable) -> None:
        super().__init__()
        self.weight, self.outputs = nn.Parameter(torch.zeros(1)), outputs

    def forward(self, x: Tensor) -> object:
        return self.outputs(x * self.weight, x.flatten(1)[:, :2] * self.weight)


@pytest.mark.parametrize("run", [train, evaluate])
@pytest.mark.parametrize(
    ("outputs", "got"),
    [
        (lambda x, code: (x, code), r"\(Tensor of shape \(8, 1, 28, 28\), Tensor of shape \(8, 2\)\)"),
        (lambda x, code: (x, code, code, code), r"\(.*, Tensor .*, Tensor .*, Tensor .*\)"),
        (lambda x, code: [x, code, code], "list"),
        (lambda x, code: code[:3], r"Tensor of shape \(3, 2\)"),
        (lambda x, code: (x, code, None), r"\(.*, NoneType\)"),
    ],
    ids=["a pair", "four", "a list", "a tensor of three rows", "one is None"],
)
def test_refuses_a_network_of_other_outputs(run: Callable, outputs: Callable, got: str):
    with told(TypeError, rf"vae\(x\) must return logits, mu and logvar, got {got}"):
        run(Returns(outputs), X)


def test_any_network_of_three_outputs_trains():
    network = Returns(lambda x, code: (x, code, code))
    assert len(train(network, X, epochs=1)) == 1
    assert network.weight != 0


@pytest.mark.parametrize(
    ("loss", "error", "sentence"),
    [
        (None, TypeError, r"a function of \(logits, x, mu, logvar, beta\), got None"),
        (
            lambda logits, x, mu, logvar: own_loss(logits, x, mu, logvar, 1),
            TypeError,
            r"\(logits, x, mu, logvar\)",
        ),
        (lambda *given: own_loss(*given)[0], TypeError, r"three scalar .* got Tensor of shape \(\)"),
        (lambda *given: own_loss(*given)[:2], TypeError, r"three scalar tensors, .* got \(Tensor of"),
        (lambda *given: (1.0, 1.0, 1.0), TypeError, r"scalar tensors, .* got \(float, float, float\)"),
        (lambda *given: (given[2], given[2], given[2]), TypeError, r"shape \(8, 3\)"),
        (
            lambda *given: (*own_loss(*given)[:2], given[2]),
            TypeError,
            r"shape \(\), Tensor of shape \(8, 3\)\)",
        ),
        (lambda *given: [*own_loss(*given)], TypeError, "got list"),
        (lambda *given: tuple(nats.detach() for nats in own_loss(*given)), ValueError, "with gradients"),
    ],
    ids=[
        "no function",
        "without beta",
        "one number",
        "two",
        "floats",
        "per image",
        "a part per image",
        "a list",
        "detached",
    ],
)
def test_refuses_a_loss(loss: object, error: type, sentence: str):
    with told(error, sentence):
        refuse(loss=loss)


def test_an_epoch_refuses_before_it_begins():
    vae, sgd = small(), torch.optim.SGD
    with told(ValueError, "images must have shape"):
        train_epoch(vae, DIGITS, sgd(vae.parameters()))
    with told(TypeError, "optimizer must be a torch optimizer, got 0.001"):
        train_epoch(vae, X, 1e-3)
    with told(ValueError, "optimizer must hold the weights of vae"):
        train_epoch(vae, X, sgd(small().parameters()))
    with told(ValueError, "batch_size must be at least 1, got 0"):
        train_epoch(vae, X, sgd(vae.parameters()), batch_size=0)
    with told(ValueError, "images must hold at least one image"):
        train_epoch(vae, X[:0], sgd(vae.parameters()))
    with told(TypeError, "images must hold floats"):
        train_epoch(vae, X.byte(), sgd(vae.parameters()))
    with told(ValueError, "x must lie in"):
        train_epoch(vae, X.index_fill(0, torch.tensor(3), 2.0), sgd(vae.parameters()))
    assert torch.equal(weights(vae), weights(small()))


def refuse(vae: object = None, images: object = X, **arguments: object) -> None:
    """Train; whatever comes of it, the weights are the ones from before."""
    vae = small() if vae is None else vae
    before = weights(vae) if isinstance(vae, VAE) else None
    try:
        train(vae, images, **arguments)
    finally:
        assert before is None or torch.equal(before.nan_to_num(), weights(vae).nan_to_num())


def infinite(*given: object) -> tuple[Tensor, ...]:
    """Its gradients are finite, and so are the weights after each step."""
    total, reconstruction, kl = own_loss(*given)
    return total + math.inf, reconstruction, kl


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
    ("a model of no weights", lambda: refuse(nn.Flatten()), TypeError, "64 bits, got none"),
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
    ("labels as images", lambda: refuse(images=DIGITS), ValueError, r"images must have shape .* got \(8,\)"),
    ("a DataLoader", lambda: refuse(images=DataLoader(X)), TypeError, "images must be .* got DataLoader"),
    (
        "raw bytes to train on",
        lambda: refuse(images=X.byte()),
        TypeError,
        "got torch.uint8; divide raw",
    ),
    ("no channel to train on", lambda: refuse(images=X[:, 0]), ValueError, "images must have shape"),
    ("standardised training", lambda: refuse(images=X - 0.42), ValueError, "min -0.41.*; divide raw bytes"),
    ("no images to train on", lambda: refuse(images=X[:0]), ValueError, "at least one image, got none"),
    ("rows as test images", lambda: refuse(test_images=X.flatten(1)), ValueError, "test_images must have"),
    ("epochs=0", lambda: refuse(epochs=0), ValueError, "epochs must be at least 1, got 0"),
    ("epochs=1.5", lambda: refuse(epochs=1.5), TypeError, "epochs must be a whole number, got 1.5"),
    ("batch_size=0", lambda: refuse(batch_size=0), ValueError, "batch_size must be at least 1, got 0"),
    ("a batch too large", lambda: refuse(batch_size=10**9), ValueError, "batch_size must be at most 1000000"),
    ("lr negative", lambda: refuse(lr=-1e-3), ValueError, "lr must be a finite number above 0, got -0.001"),
    ("lr=0", lambda: refuse(lr=0), ValueError, "lr must be a finite number above 0, got 0"),
    ("lr without end", lambda: refuse(lr=10**400), ValueError, "lr must be a finite number above 0"),
    ("lr=1e6", lambda: refuse(lr=1e6, batch_size=2), FloatingPointError, "epoch 1: .* smaller lr than 1e.06"),
    (
        "lr=1e300",
        lambda: refuse(lr=1e300, epochs=1),
        FloatingPointError,
        "a weight became nan or infinite; the",
    ),
    ("lr=1e6, small batches", lambda: refuse(lr=1e6, batch_size=2), FloatingPointError, "the loss became"),
    ("an infinite loss", lambda: refuse(loss=infinite), FloatingPointError, "epoch 1: the loss became inf"),
    (
        "the loss turns into nan",
        poisoned,
        FloatingPointError,
        "epoch 2: the loss became nan; the weights",
    ),
    ("beta negative", lambda: refuse(beta=-1), ValueError, "beta must .* at least 0, got -1"),
    (
        "beta negative in an own loss",
        lambda: refuse(beta=-1, loss=own_loss),
        ValueError,
        "beta must .* at least 0, got -1",
    ),
    ("beta=True", lambda: refuse(beta=True), TypeError, "beta must be a number, got True"),
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


@pytest.mark.parametrize(("beta", "advice"), [(1, "a smaller lr than 1e.06$"), (4, "a smaller beta than 4$")])
def test_a_diverged_run_blames_beta_only_where_it_is_large(beta: float, advice: str):
    with told(FloatingPointError, advice):
        train(small(), X, lr=1e6, batch_size=2, beta=beta)
