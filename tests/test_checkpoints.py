"""Saved models come back as they were, shipped ones are trained, and a spoilt file gets one sentence."""

import pickle
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from samples import X, small, weights
from told import refusals, told
from torch import Tensor, nn

from vae_helpers import VAE, Autoencoder, ConditionalVAE, evaluate, load_vae, pretrained, save_vae, train


@pytest.mark.parametrize(("latent_dim", "nats"), [(20, 105.7), (2, 153.5)])
def test_pretrained_models_are_trained(latent_dim: int, nats: float, mnist_test: tuple[Tensor, Tensor]):
    vae = pretrained(latent_dim)
    assert vae.latent_dim == latent_dim
    assert evaluate(vae, mnist_test[0]).total.item() == pytest.approx(nats, abs=1.5)


def test_saved_and_loaded_models_are_equal(vae: VAE, tmp_path: Path):
    save_vae(vae, tmp_path / "vae.pt")
    state = torch.get_rng_state()
    loaded = load_vae(str(tmp_path / "vae.pt"))
    assert torch.equal(torch.get_rng_state(), state)
    assert (loaded.latent_dim, loaded.hidden_dim) == (3, 16)
    assert torch.equal(weights(loaded), weights(vae))
    z = torch.randn(4, 3)
    assert torch.equal(loaded.decode(z), vae.decode(z))
    assert [path.name for path in tmp_path.iterdir()] == ["vae.pt"]


def test_a_loaded_model_can_be_trained_further(vae: VAE, few: Tensor, tmp_path: Path):
    save_vae(vae, tmp_path / "vae.pt")
    loaded = load_vae(tmp_path / "vae.pt")
    assert train(loaded, few, epochs=1).loss == train(vae, few, epochs=1).loss


def test_16_bits_take_half_the_room_and_come_back_as_32(vae: VAE, tmp_path: Path):
    save_vae(vae, tmp_path / "whole.pt")
    before = weights(vae)
    save_vae(vae.half(), tmp_path / "half.pt")
    whole, half = ((tmp_path / name).stat().st_size for name in ("whole.pt", "half.pt"))
    assert half - 4000 < 0.55 * (whole - 4000)  # the zip's own part is about 4 kB
    assert load_vae(tmp_path / "half.pt").to_mu.weight.dtype == torch.float32
    assert torch.allclose(weights(load_vae(tmp_path / "half.pt")), before, rtol=1e-3, atol=1e-6)


def test_saves_sizes_that_are_numpys_numbers(tmp_path: Path):
    for latent_dim in np.arange(2, 4):
        save_vae(VAE(latent_dim, np.int64(5)), tmp_path / "vae.pt")
        assert load_vae(tmp_path / "vae.pt").latent_dim == latent_dim


def test_loads_the_format_of_old_torch(tmp_path: Path):
    vae = small()
    contents = {"latent_dim": 3, "hidden_dim": 16, "weights": vae.state_dict()}
    torch.save(contents, tmp_path / "vae.pt", _use_new_zipfile_serialization=False)
    assert torch.equal(weights(load_vae(tmp_path / "vae.pt")), weights(vae))


def checkpoint(folder: Path, damage: Callable[[Path, dict], object]) -> None:
    """Load what `damage` has made of a saved file and of its contents."""
    path = folder / "vae.pt"
    save_vae(small(), path)
    damage(path, torch.load(path, weights_only=True))
    load_vae(path)


def zip_of_others(path: Path, _: dict) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "b")


class RunsCode:
    """Makes a file as soon as it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "it_ran"

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def double_the_last(part: nn.Module) -> None:
    if part.__class__ is nn.Linear and part.out_features == 784:
        part.double()


def of_old(contents: dict) -> dict:
    """What the first two editions wrote: no class, no layers."""
    return {name: contents[name] for name in ("latent_dim", "hidden_dim", "weights")}


class TanhVAE(VAE):
    """Layers of the same shapes, and another function."""

    def __init__(self) -> None:
        super().__init__(latent_dim=3, hidden_dim=16)
        self.encoder[2] = nn.Tanh()


class Negative(VAE):
    """The same layers, and another forward."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return super().forward(1 - x)


def changed_in_place() -> VAE:
    vae = small()
    vae.encoder[2] = nn.Tanh()
    return vae


def put_in(method: str) -> VAE:
    vae = small()
    setattr(vae, method, lambda given: getattr(VAE, method)(vae, 1 - given))
    return vae


OWN = {  # how to make one, and how its class is named
    "a plain autoencoder": (lambda: Autoencoder(3, 16), "Autoencoder"),
    "a conditional VAE": (lambda: ConditionalVAE(3, 16), "ConditionalVAE"),
    "another activation": (TanhVAE, "TanhVAE"),
    "another forward": (lambda: Negative(3, 16), "Negative"),
    "a layer replaced": (changed_in_place, "VAE"),
    **{
        f"its {method} replaced": (partial(put_in, method), f"VAE with its own {method}")
        for method in ("encode", "decode", "decode_logits", "forward")
    },
    "a class of the same name": (lambda: type("VAE", (VAE,), {})(3, 16), r".*\.VAE"),
}


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
def test_a_model_of_ones_own_comes_back_through_into_alone(own: tuple, tmp_path: Path):
    make, name = own
    saved, path = make(), tmp_path / "my_vae.pt"
    nn.init.normal_(saved.to_mu.weight)
    save_vae(saved, path)
    with told(
        ValueError, f"my_vae.pt holds a model of class {name} with .* load it with load_vae.path, into="
    ):
        load_vae(path)
    with told(ValueError, f"into must be like the saved model, a model of class {name} .* got VAE"):
        load_vae(path, into=small())
    into = make()
    assert load_vae(path, into=into) is into
    assert torch.equal(weights(into), weights(saved))


def test_a_plain_vae_does_not_come_back_as_something_else(vae: VAE, tmp_path: Path):
    save_vae(vae, tmp_path / "vae.pt")
    with told(ValueError, r"into must be like the saved model, a plain VAE\(3, 16\), got TanhVAE"):
        load_vae(tmp_path / "vae.pt", into=TanhVAE())
    with told(TypeError, "into must be a VAE, got Linear"):
        load_vae(tmp_path / "vae.pt", into=nn.Linear(1, 1))
    assert load_vae(tmp_path / "vae.pt", into=small(3)).latent_dim == 3


def test_loads_the_files_of_earlier_editions(vae: VAE, tmp_path: Path):
    save_vae(vae, tmp_path / "vae.pt")
    torch.save(of_old(torch.load(tmp_path / "vae.pt", weights_only=True)), tmp_path / "vae.pt")
    assert torch.equal(weights(load_vae(tmp_path / "vae.pt")), weights(vae))


@refusals(
    (
        "saving something else",
        lambda folder: save_vae(nn.Linear(1, 1), folder / "a"),
        TypeError,
        "got Linear",
    ),
    (
        "saving 64 bits",
        lambda folder: save_vae(small().double(), folder / "a"),
        ValueError,
        "weights of 32 or 16 bits",
    ),
    (
        "saving a layer of 64 bits",
        lambda folder: save_vae(small().apply(double_the_last), folder / "a"),
        ValueError,
        "weights of 32 or 16 bits",
    ),
    ("saving to no path", lambda _: save_vae(small(), None), TypeError, "path must be a path, .* got None"),
    (
        "saving to no folder",
        lambda folder: save_vae(small(), folder / "no" / "a"),
        FileNotFoundError,
        "existing folder",
    ),
    (
        "no checkpoint",
        lambda folder: load_vae(folder / "a"),
        FileNotFoundError,
        "there is no checkpoint .*a; write",
    ),
    ("a model as path", lambda _: load_vae(VAE), TypeError, "path must be a path"),
    ("no such pretrained model", lambda _: pretrained(3), ValueError, "latent_dim must be 20 or 2, got 3"),
    (
        "pretrained(20.0)",
        lambda _: pretrained(20.0),
        TypeError,
        "latent_dim must be a whole number, got 20.0",
    ),
    *(
        (
            f"a checkpoint {accident}",
            lambda folder, damage=damage: checkpoint(folder, damage),
            ValueError,
            "vae.pt is cut, or is not a checkpoint that save_vae wrote",
        )
        for accident, damage in {
            "cut at its end": lambda path, _: path.write_bytes(path.read_bytes()[:-1000]),
            "cut in its middle": lambda path, _: path.write_bytes(path.read_bytes()[:2000]),
            "without a byte": lambda path, _: path.write_bytes(b""),
            "of words": lambda path, _: path.write_text("not a model", encoding="utf-8"),
            "of another zip": zip_of_others,
            "of a whole model": lambda path, _: torch.save(small(), path),
            "of weights only": lambda path, contents: torch.save(contents["weights"], path),
            "of one tensor": lambda path, _: torch.save(X, path),
            "of another model": lambda path, _: torch.save(nn.Linear(2, 2).state_dict(), path),
            "of an older version": lambda path, contents: torch.save(
                {"state_dict": contents["weights"]}, path
            ),
            "of other sizes": lambda path, contents: torch.save(of_old(contents) | {"latent_dim": 4}, path),
            "of huge sizes": lambda path, contents: torch.save({**contents, "hidden_dim": 10**12}, path),
            "in 64 bits": lambda path, contents: torch.save(
                {**contents, "weights": small().double().state_dict()}, path
            ),
            "with a weight in 64 bits": lambda path, contents: torch.save(
                {**contents, "weights": small().apply(double_the_last).state_dict()}, path
            ),
            "that runs code": lambda path, _: path.write_bytes(pickle.dumps(RunsCode(path.parent))),
            "that runs code, zipped": lambda path, contents: torch.save(
                {**contents, "latent_dim": RunsCode(path.parent)}, path
            ),
        }.items()
    ),
)
def test_refuses(call: Callable, error: type, sentence: str, tmp_path: Path):
    with told(error, sentence):
        call(tmp_path)
    assert not (tmp_path / "it_ran").exists()
