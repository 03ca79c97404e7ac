"""The conditional VAE against the plain one, whose parts it has."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from vae_helpers import VAE, ConditionalVAE, pretrained_conditional, train_judge, vae_loss
from vae_helpers.beyond.conditional import train_conditional

X, LABELS = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0)), torch.tensor([3, 0, 9, 3])


def test_without_its_label_weights_it_is_a_vae():
    """With the ten extra columns at 0, every output is that of a VAE of the other weights."""
    conditional, plain = ConditionalVAE(3, 16), VAE(3, 16)
    with torch.no_grad():
        conditional.encoder[1].weight[:, 784:] = 0
        conditional.decoder[0].weight[:, 3:] = 0
        weights = conditional.state_dict()
        weights["encoder.1.weight"] = weights["encoder.1.weight"][:, :784]
        weights["decoder.0.weight"] = weights["decoder.0.weight"][:, :3]
    plain.load_state_dict(weights)
    for mine, its in zip(conditional.encode(X, LABELS), plain.encode(X), strict=True):
        assert torch.allclose(mine, its, atol=1e-6)
    z = torch.randn(4, 3)
    assert torch.allclose(conditional.decode(z, LABELS), plain.decode(z), atol=1e-6)


def test_each_label_reads_its_own_column():
    conditional = ConditionalVAE(3, 16)
    z = torch.zeros(10, 3)
    hidden = F.relu(conditional.decoder[0].weight[:, 3:].T + conditional.decoder[0].bias)  # (10, 16)
    by_hand = torch.sigmoid(F.linear(hidden, conditional.decoder[2].weight, conditional.decoder[2].bias))
    assert torch.allclose(conditional.decode(z, torch.arange(10)).flatten(1), by_hand, atol=1e-6)


@pytest.mark.parametrize(
    ("x", "labels", "sentence"),
    [
        (255 * X, LABELS, "x must lie in"),
        (X.double(), LABELS, "x must be torch.float32 like the model's weights"),
        (X, LABELS[:3], "labels must have shape"),
        (X, LABELS.float(), "labels must be a tensor of whole numbers"),
        (X, LABELS + 1, "labels must lie in 0 to 9"),
    ],
)
def test_bad_input_is_told(x: Tensor, labels: Tensor, sentence: str):
    with pytest.raises((TypeError, ValueError), match=f"^{sentence}"):
        ConditionalVAE(3, 16)(x, labels)


@pytest.mark.parametrize("seed", range(5))
def test_the_shipped_ones_are_better_than_the_plain_one(seed: int, mnist_test: tuple[Tensor, Tensor]):
    """And each began from its seed: the first pixel is always black, so that its weights have not moved."""
    images, labels = mnist_test
    shipped = pretrained_conditional(seed)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        logits, mu, logvar = shipped(images, labels)
        torch.manual_seed(seed)
        untrained = ConditionalVAE()
    assert vae_loss(logits, images, mu, logvar).total.item() == pytest.approx(101.9, abs=0.7)
    black, seen = ([vae.encoder[1].weight[:, pixel] for vae in (shipped, untrained)] for pixel in (0, 400))
    assert torch.allclose(*black, atol=1e-4)
    assert not torch.allclose(*seen, atol=1e-2)


def test_training_is_the_bare_loop():
    """Two epochs of one batch: weights, order and noise of the seed, and minus the ELBO by hand."""
    with torch.no_grad():
        ours = train_conditional(X, LABELS, epochs=2, seed=3)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        theirs = ConditionalVAE()
        adam = torch.optim.Adam(theirs.parameters(), lr=1e-3)
        for _ in range(2):
            rows = torch.randperm(4)
            logits, mu, logvar = theirs(X[rows], LABELS[rows])
            nats = F.binary_cross_entropy_with_logits(logits, X[rows], reduction="sum")
            nats = nats + 0.5 * (mu.square() + logvar.exp() - 1 - logvar).sum()
            adam.zero_grad()
            (nats / 4).backward()
            adam.step()
    for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, its, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32])
def test_labels_of_any_whole_numbers(dtype: torch.dtype):
    conditional = ConditionalVAE(3, 16)
    assert torch.equal(conditional.encode(X, LABELS.to(dtype))[0], conditional.encode(X, LABELS)[0])
    first, again = (train_judge(X, labels, epochs=1) for labels in (LABELS, LABELS.to(dtype)))
    assert torch.equal(first(X), again(X))


@pytest.mark.parametrize(
    ("z", "labels", "sentence"),
    [
        (torch.zeros(4, 2), LABELS, r"z must have shape \(B, 3\), got \(4, 2\)"),
        (torch.zeros(4, 3), LABELS[:3], r"labels must have shape \(4,\)"),
        (torch.zeros(4, 3), LABELS + 1, "labels must lie in 0 to 9"),
    ],
)
def test_bad_codes_are_told(z: Tensor, labels: Tensor, sentence: str):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        ConditionalVAE(3, 16).decode(z, labels)


@pytest.mark.parametrize("train", [train_conditional, train_judge])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"images": 255 * X}, "images must lie in"),
        ({"labels": LABELS[:3]}, "labels must have shape"),
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"seed": -1}, "seed must be at least 0"),
    ],
)
def test_a_training_is_refused_before_its_first_batch(train: Callable, change: dict, sentence: str):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        train(**{"images": X, "labels": LABELS} | change)


def test_training_follows_its_seed_and_leaves_the_random_state():
    before = torch.get_rng_state()
    first, again, other = (train_conditional(X, LABELS, epochs=2, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.to_mu.weight, again.to_mu.weight)
    assert not torch.equal(first.to_mu.weight, other.to_mu.weight)
