"""The models that come with the notebooks are of their recipe, and replaced only by who asks for it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from samples import DIGITS, X
from torch import Tensor, nn

from vae_helpers import (
    VAE,
    Autoencoder,
    ConditionalVAE,
    History,
    Judge,
    evaluate,
    load_vae,
    pretrained,
    pretrained_autoencoder,
    pretrained_conditional,
    save_vae,
    train,
    train_judge,
)
from vae_helpers.beyond.conditional import train_conditional
from vae_helpers.checkpoints import PRETRAINED
from vae_helpers.course import pretrain

SEEDS = range(5)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the models are written, by a training that takes no time."""
    monkeypatch.setattr(pretrain, "PRETRAINED", tmp_path)
    monkeypatch.setattr(pretrain, "train", lambda vae, images, **_: History())
    monkeypatch.setattr(pretrain, "train_judge", lambda images, labels, *, build, seed: Judge(build))
    monkeypatch.setattr(pretrain, "train_conditional", lambda images, labels, seed: ConditionalVAE())
    return tmp_path


def test_names_what_is_there_and_leaves_it(folder: Path, capsys: pytest.CaptureFixture):
    save_vae(VAE(2, 5), folder / "vae_2d.pt")
    with pytest.raises(SystemExit, match="1"):
        pretrain.main([])
    said = capsys.readouterr()
    assert f"will overwrite {folder / 'vae_2d.pt'}" in said.out
    assert f"will write {folder / 'vae_20d.pt'}" in said.out
    assert "add --overwrite" in said.err
    assert [path.name for path in folder.iterdir()] == ["vae_2d.pt"]
    assert load_vae(folder / "vae_2d.pt").hidden_dim == 5


def test_overwrites_when_told_to(folder: Path):
    save_vae(VAE(2, 5), folder / "vae_2d.pt")
    pretrain.main(["--overwrite"])
    assert load_vae(folder / "vae_2d.pt").hidden_dim == 400


def test_a_folder_that_cannot_be_written_is_told_before_any_training(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setattr(pretrain.os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(SystemExit, match="1"):
        pretrain.main([])
    assert capsys.readouterr().err == f"nothing was trained, since nothing can be written to {folder}\n"
    assert not list(folder.iterdir())


def test_an_empty_folder_needs_no_permission_and_gets_what_is_shipped(folder: Path):
    pretrain.main([])
    made = {path.name: path.stat().st_size for path in folder.iterdir()}
    shipped = {path.name: path.stat().st_size for path in PRETRAINED.glob("*.pt")}
    assert made == {  # torch 2.6 writes some 400 bytes less
        name: pytest.approx(size, rel=0.01, abs=400) for name, size in shipped.items()
    }


def test_the_files_are_small():
    assert sum(path.stat().st_size for path in PRETRAINED.iterdir()) < 25e6


def at_first(model: type[VAE], seed: int) -> VAE:
    torch.manual_seed(seed)
    return model(latent_dim=20)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_model_began_from_its_seed(seed: int):
    """The first pixel is black in every image, so nothing moves the weights that read it."""
    for shipped, model in ((pretrained(20, seed), VAE), (pretrained_autoencoder(seed), Autoencoder)):
        first, last = at_first(model, seed).encoder[1].weight, shipped.encoder[1].weight
        assert torch.allclose(last[:, 0], first[:, 0], atol=1e-4)
        assert not torch.allclose(last[:, 400], first[:, 400], atol=1e-2)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_model_is_trained_as_long_as_its_rivals(seed: int, mnist_test: tuple[Tensor, Tensor]):
    """Ten epochs end at 105.7 nats with noise and KL, and at 67.8 without."""
    images, _ = mnist_test
    assert evaluate(pretrained(20, seed), images).total.item() == pytest.approx(105.7, abs=0.7)
    plain = pretrained_autoencoder(seed)
    assert evaluate(plain, images, beta=0).total.item() == pytest.approx(67.8, abs=0.4)
    untrained = at_first(Autoencoder, seed).to_logvar.weight
    assert torch.allclose(plain.to_logvar.weight, untrained, atol=1e-4)  # neither noise nor KL came to it


def trained(model: type[VAE], seed: int, latent_dim: int = 20, beta: float = 1) -> VAE:
    torch.manual_seed(seed)
    vae = model(latent_dim)
    train(vae, X, seed=seed, beta=beta)
    return vae


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        ("vae_2d.pt", lambda: trained(VAE, 0, latent_dim=2)),
        ("vae_20d_seed3.pt", lambda: trained(VAE, 3)),
        ("autoencoder_20d_seed3.pt", lambda: trained(Autoencoder, 3, beta=0)),
        ("conditional_20d_seed3.pt", lambda: train_conditional(X, DIGITS, seed=3)),
        ("judge_seed1.pt", lambda: train_judge(X, DIGITS, build=1, seed=1)),
    ],
)
def test_each_recipe_is_that_of_its_name(name: str, by_hand: Callable[[], nn.Module], tmp_path: Path):
    """Its seed, its size, and no KL where there is no noise: all weights agree to the digits of 16 bits."""
    pretrain.RECIPES[name](tmp_path / name, X, DIGITS)
    stored = torch.load(tmp_path / name, weights_only=True)
    weights = stored.get("weights", stored)
    for layer, expected in by_hand().state_dict().items():
        torch.testing.assert_close(weights[layer].float(), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.slow
def test_an_autoencoder_can_be_trained_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mnist: tuple[Tensor, Tensor],
    mnist_test: tuple[Tensor, Tensor],
):
    """One epoch of the recipe, on a fifth of the images, is an epoch by hand."""
    monkeypatch.setattr(pretrain, "train", lambda vae, images, **how: train(vae, images, epochs=1, **how))
    images, path = mnist[0][:12_000], tmp_path / "again.pt"
    pretrain.RECIPES["autoencoder_20d_seed3.pt"](path, images, mnist[1][:12_000])
    again = load_vae(path, into=Autoencoder(20))

    by_hand = at_first(Autoencoder, 3)
    optimizer = torch.optim.Adam(by_hand.parameters(), lr=1e-3)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(3))
    for rows in order.split(128):
        x = images[rows]
        logits = by_hand.decode_logits(by_hand.encode(x)[0])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    one, other = (evaluate(model, mnist_test[0], beta=0).total.item() for model in (again, by_hand))
    assert one == pytest.approx(other, abs=0.1)


@pytest.mark.parametrize(
    ("load", "sentence"),
    [
        (lambda: pretrained(20, 5), "seed must be 0 to 4 for 20 dimensions and 0 for 2, got 5"),
        (lambda: pretrained(2, 1), "seed must be 0 to 4 for 20 dimensions and 0 for 2, got 1"),
        (lambda: pretrained(20, -1), "seed must be at least 0, got -1"),
        (lambda: pretrained_autoencoder(5), "seed must be at most 4, got 5"),
        (lambda: pretrained_conditional(5), "seed must be at most 4, got 5"),
    ],
)
def test_a_seed_that_is_not_shipped(load, sentence: str):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        load()
