"""What happens in class, one row per accident: each ends in one clear sentence, or in working."""

import io
import math
import os
import pickle
import resource
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import torch
from kernels import X, load_and_count, save_many, small, together, train_and_save
from told import assert_told
from torch import Tensor, nn
from torch.utils.data import DataLoader

import vae_helpers
from vae_helpers import (
    VAE,
    History,
    LatentExplorer,
    LatentSliders,
    batches,
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
from vae_helpers.plotting import plot_architecture, plot_digits, plot_latent_plane, plot_losses, plot_manifold

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
RAW = NOTEBOOKS / "data" / "MNIST" / "raw"
IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"

DIGITS = torch.arange(8)
CODE, CODES, LOGITS = torch.zeros(3), torch.zeros(8, 3), torch.zeros(8, 1, 28, 28)
GRID = quantile_grid(2)
META = {"device": "meta"}  # a device that is not the model's, on any machine


def weights(vae: VAE) -> Tensor:
    return torch.cat([weight.detach().flatten() for weight in vae.parameters()]).clone()


def filled(vae: VAE, value: float) -> VAE:
    nn.init.constant_(vae.to_mu.weight, value)
    return vae


def judge() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


def other_layers() -> VAE:
    vae = small()
    vae.decoder = judge()
    return vae


# Data files


def data(folder: Path, name: str, damage: Callable[[bytes], bytes] | None) -> Path:
    """A `root` with the test images and labels in it, the one called `name` damaged, or missing."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in (RAW / IMAGES, RAW / LABELS):
        if path.name != name:
            (raw / path.name).symlink_to(path)
        elif damage is not None:
            (raw / name).write_bytes(damage(path.read_bytes()))
    return folder


def load_test(root: Path) -> None:
    load_mnist(train=False, root=root)


def folder_for_file(folder: Path) -> None:
    (data(folder, LABELS, None) / "MNIST" / "raw" / LABELS).mkdir()
    load_test(folder)


# Checkpoints


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


# Disks


@contextmanager
def full_disk(_: Path) -> Iterator[None]:
    """No file can grow beyond 1000 bytes; a write that tries stops half-way, with the kernel's own error."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@contextmanager
def guest() -> Iterator[None]:
    """Somebody without special rights: to root, no folder is read-only."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    folder.chmod(0o555)
    with guest():
        yield
    folder.chmod(0o755)


@contextmanager
def nothing_lost(folder: Path) -> Iterator[None]:
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    try:
        yield
    finally:
        assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
        assert not list(folder.glob(".saving-*"))


def save(accident: Callable, write: Callable[[Path], None]) -> None:
    """Write over an old file while `accident` happens; the folder can be reached by a guest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "old").write_bytes(b"old" * 1000)
        with nothing_lost(folder), accident(folder):
            write(folder / "old")


def save_small(path: object) -> None:
    save_vae(small(), path)


def save_page(path: object) -> None:
    export_page(small(), X, DIGITS, path)


def page_refused(folder: Path, *arguments: object) -> None:
    with nothing_lost(folder):
        export_page(*arguments, folder / "page.html")


def save_over_a_folder(folder: Path) -> None:
    (folder / "vae.pt").mkdir()
    save_small(folder / "vae.pt")


def load_as_guest(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "vae.pt"
        save_small(path)
        path.chmod(0)
        with read_only(path.parent):
            load_vae(path)


# Training


def refused(vae: object = None, images: object = X, **arguments: object) -> None:
    """Train; whatever comes of it, the weights are the ones from before."""
    vae = small() if vae is None else vae
    before = weights(vae) if isinstance(vae, VAE) else None
    try:
        train(vae, images, **arguments)
    finally:
        assert before is None or torch.equal(before.nan_to_num(), weights(vae).nan_to_num())


def poisoned(_: Path) -> None:
    """The second epoch meets nan, and the weights from after the first one come back."""
    vae, saved = small(), []

    def poison(rows: History) -> None:
        saved.append(weights(vae))
        vae.to_logvar.bias.register_hook(lambda gradient: gradient + math.nan)

    try:
        train(vae, X, epochs=3, batch_size=4, on_epoch=poison)
    finally:
        assert torch.equal(weights(vae), saved[0])


def stopped_between_epochs(_: Path) -> None:
    def stop(rows: History) -> None:
        if len(rows) == 2:
            raise KeyboardInterrupt

    vae, said = small(), io.StringIO()
    before = weights(vae)
    with redirect_stdout(said):
        history = train(vae, X, epochs=5, on_epoch=stop)
    assert len(history) == 2
    assert not torch.equal(weights(vae), before)
    assert "Stopped after 2 of 5 epochs; what was learned is kept." in said.getvalue()
    assert train(vae, X, epochs=1).loss[0] < history.loss[0]


def stopped_within_an_epoch(_: Path) -> None:
    vae, seen = small(), []

    def stop(*_: object) -> None:
        seen.append(weights(vae))
        if len(seen) == 3:
            raise KeyboardInterrupt

    handle = vae.register_forward_hook(stop)
    history = train(vae, X, epochs=2, batch_size=2)
    assert len(history) == 0
    assert torch.equal(weights(vae), seen[2])
    assert not torch.equal(seen[2], seen[0])
    assert plot_losses(history).axes
    handle.remove()
    assert len(train(vae, X, epochs=1)) == 1


def saved_by_numpys_numbers(folder: Path) -> None:
    for latent_dim in np.arange(2, 4):
        save_vae(VAE(latent_dim, np.int64(5)), folder / "vae.pt")
        assert load_vae(folder / "vae.pt").latent_dim == latent_dim


def saved_in_the_format_of_old_torch(folder: Path) -> None:
    vae = small()
    contents = {"latent_dim": 3, "hidden_dim": 16, "weights": vae.state_dict()}
    torch.save(contents, folder / "vae.pt", _use_new_zipfile_serialization=False)
    assert torch.equal(weights(load_vae(folder / "vae.pt")), weights(vae))


def drawing_a_huge_code(_: Path) -> None:
    assert VAE().decode(torch.full((1, 20), 1e30)).isfinite().all()


def a_batch_larger_than_the_set(_: Path) -> None:
    assert [len(batch) for batch in batches(X, batch_size=1000)] == [8]
    assert len(train(small(), X, batch_size=1000, epochs=1)) == 1


def one_image_left_over(_: Path) -> None:
    assert [len(batch) for batch in batches(X, batch_size=7)] == [7, 1]
    assert len(train(small(), X, batch_size=7, epochs=1)) == 1


def without_gradients_around(_: Path) -> None:
    vae = small()
    before = weights(vae)
    with torch.no_grad():
        train(vae, X, epochs=1)
    assert not torch.equal(weights(vae), before)


def two_saves_of_one_file(folder: Path) -> None:
    together(2, save_many, folder / "vae.pt")
    assert torch.equal(weights(load_vae(folder / "vae.pt")), weights(small()))
    assert [path.name for path in folder.iterdir()] == ["vae.pt"]


def two_trainings(folder: Path) -> None:
    """Both end with the weights of one that runs alone."""
    together(2, train_and_save, folder)
    alone = small()
    train(alone, X, epochs=5)
    files = list(folder.iterdir())
    assert len(files) == 2
    for path in files:
        torch.testing.assert_close(weights(load_vae(path)), weights(alone))


def forty_loads(_: Path) -> None:
    together(40, load_and_count, load_mnist(train=False)[1].bincount().tolist())


# Widgets


def sliders() -> LatentSliders:
    return LatentSliders(small(), X)


def explorer() -> LatentExplorer:
    return LatentExplorer(small(), X, DIGITS)


def set_to(widget: object, name: str, value: object) -> None:
    """Set a trait; whatever comes of it, it is the one from before."""
    before = getattr(widget, name)
    try:
        setattr(widget, name, value)
    finally:
        after = getattr(widget, name)
        assert after is before or torch.equal(after, before)


FAULTS = [  # the accident, what is done (with an empty folder at hand), the error and its sentence
    # 1. Data
    (
        "a data file is cut",
        lambda folder: load_test(data(folder, IMAGES, lambda whole: whole[:1000])),
        ValueError,
        rf"{IMAGES} is damaged or is not the original one; restore it with `git checkout",
    ),
    (
        "a data file is empty",
        lambda folder: load_test(data(folder, LABELS, lambda whole: b"")),
        ValueError,
        f"{LABELS} is damaged",
    ),
    (
        "one bit of a data file has flipped",
        lambda folder: load_test(data(folder, LABELS, lambda whole: whole[:-1] + bytes([whole[-1] ^ 1]))),
        ValueError,
        f"{LABELS} is damaged",
    ),
    (
        "a data file is missing",
        lambda folder: load_test(data(folder, LABELS, None)),
        FileNotFoundError,
        f"{LABELS} is missing; restore it with `git checkout",
    ),
    (
        "two data files are swapped",
        lambda folder: load_test(data(folder, LABELS, lambda whole: (RAW / IMAGES).read_bytes())),
        ValueError,
        f"{LABELS} is damaged or is not the original one",
    ),
    (
        "a data file is a foreign one",
        lambda folder: load_test(data(folder, IMAGES, lambda whole: b"<html>404</html>")),
        ValueError,
        f"{IMAGES} is damaged or is not the original one",
    ),
    ("a folder in place of a data file", folder_for_file, OSError, "cannot be read .Is a directory"),
    ("the folder where torchvision wants it", lambda _: load_mnist("data"), TypeError, "given as root="),
    ("a number as data folder", lambda _: load_mnist(root=7), TypeError, "root must be a path, .* got 7"),
    ("no images", lambda _: batches(X[:0]), TypeError, r"at least one image, got shape \(0, 1, 28, 28\)"),
    ("a list of images", lambda _: batches([1, 2]), TypeError, "images must be a tensor .* got list"),
    ("batches of none", lambda _: batches(X, 0), ValueError, "batch_size must be at least 1, got 0"),
    ("batches of 2.5", lambda _: batches(X, 2.5), TypeError, "batch_size must be a whole number, got 2.5"),
    ("a seed as generator", lambda _: batches(X, generator=3), TypeError, "generator must be .* got 3"),
    # 2. The model
    ("latent_dim=0", lambda _: VAE(0), ValueError, "latent_dim must be at least 1, got 0"),
    ("latent_dim=True", lambda _: VAE(True), TypeError, "latent_dim must be a whole number, got True"),
    ("hidden_dim=2.0", lambda _: VAE(2, 2.0), TypeError, "hidden_dim must be a whole number, got 2.0"),
    ("a slip of the keyboard", lambda _: VAE(2, 10**12), ValueError, "hidden_dim must be at most 10000"),
    ("raw bytes", lambda _: small()(X.byte()), TypeError, "x must hold floats .* raw bytes; divide"),
    ("pixels up to 255", lambda _: small()(255 * X), ValueError, "max 25.*; divide raw bytes by 255"),
    ("standardised pixels", lambda _: small()((X - 0.5) / 0.3), ValueError, "min -1.* standardising"),
    ("nan pixels", lambda _: small()(X * math.nan), ValueError, r"x must lie in \[0, 1\], got min nan"),
    ("rows of pixels", lambda _: small()(X.flatten(1)), ValueError, r"\(B, 1, 28, 28\), got \(8, 784\)"),
    ("no channel", lambda _: small()(X[:, 0]), ValueError, r"\(B, 1, 28, 28\), got \(8, 28, 28\)"),
    ("one image alone", lambda _: small()(X[0]), ValueError, r"\(B, 1, 28, 28\), got \(1, 28, 28\)"),
    ("an empty batch", lambda _: small()(X[:0]), ValueError, "x must hold at least one image"),
    ("a numpy array", lambda _: small()(X.numpy()), TypeError, "x must be a torch tensor, got ndarray"),
    ("images in 64 bits", lambda _: small()(X.double()), TypeError, "x must be torch.float32 like"),
    ("images in 16 bits", lambda _: small()(X.half()), TypeError, "32 or 64 bits, got torch.float16"),
    ("wrong device", lambda _: small().to(**META)(X), ValueError, "on the model's device meta, got cpu"),
    ("images without values", lambda _: small()(X.to(**META)), ValueError, "x must hold numbers, .* meta"),
    ("a pixel of 1.1", lambda _: small()(1.1 * torch.ones_like(X)), ValueError, "x must lie .* max 1.10"),
    ("a code as a list", lambda _: small().decode_logits([0.0]), TypeError, "z must be a torch tensor, got"),
    ("a code of wrong length", lambda _: small().decode(GRID), ValueError, r"z must have shape \(B, 3\)"),
    ("one code alone", lambda _: small().decode(CODE), ValueError, r"shape \(B, 3\), got \(3,\)"),
    ("a nan code", lambda _: small().decode(CODES * math.nan), ValueError, "z must hold finite numbers"),
    ("an infinite code", lambda _: small().decode(CODES + math.inf), ValueError, "z must hold finite"),
    ("a code too huge", lambda _: small().decode(CODES + 3e38), ValueError, r"decode\(z\) must hold finite"),
    ("a code of integers", lambda _: small().decode(CODES.long()), TypeError, "z must hold floats"),
    ("a code in 64 bits", lambda _: small().decode(CODES.double()), TypeError, "z must be torch.float32"),
    (
        "a code elsewhere",
        lambda _: small().to(**META).decode_logits(CODES),
        ValueError,
        "model's device meta",
    ),
    ("mu, logvar of two shapes", lambda _: reparameterize(CODES, CODE), ValueError, "must have one shape"),
    ("logvar a number", lambda _: reparameterize(CODES, 0.0), TypeError, "logvar must be a torch tensor"),
    ("mu, logvar of two dtypes", lambda _: reparameterize(CODE, CODE.double()), TypeError, "have one dtype"),
    # 3. Losses
    (
        "x in the loss up to 3",
        lambda _: reconstruction_loss(LOGITS, 3 * X),
        ValueError,
        r"in \[0, 1\], got max",
    ),
    (
        "one logit too few",
        lambda _: reconstruction_loss(LOGITS[1:], X),
        ValueError,
        "logits and x .* one shape",
    ),
    ("no logits", lambda _: reconstruction_loss(None, X), TypeError, "logits must be .* got NoneType"),
    ("codes without batch", lambda _: kl_divergence(CODE, CODE), ValueError, r"mu must have shape \(B, D\)"),
    ("logvar transposed", lambda _: kl_divergence(CODES, CODES.T), ValueError, r"got \(8, 3\) and \(3, 8\)"),
    ("mu of integers", lambda _: kl_divergence(CODES.long(), CODES), TypeError, "mu must hold floats"),
    ("two batches", lambda _: vae_loss(LOGITS, X, GRID, GRID), ValueError, "one shape, got .8,. and .4,."),
    (
        "beta=-1",
        lambda _: vae_loss(LOGITS, X, CODES, CODES, -1),
        ValueError,
        "beta must .* at least 0, got -1",
    ),
    ("beta=nan", lambda _: vae_loss(LOGITS, X, CODES, CODES, math.nan), ValueError, "beta must be a finite"),
    (
        "beta='1'",
        lambda _: vae_loss(LOGITS, X, CODES, CODES, "1"),
        TypeError,
        "beta must be a number, got '1'",
    ),
    ("weights of one draw", lambda _: log_mean_exp_bound(CODE), ValueError, r"shape \(k, B\) .* got \(3,\)"),
    ("weights of no draw", lambda _: log_mean_exp_bound(CODES[:0]), ValueError, r"at least 1, got \(0, 3\)"),
    ("weights of integers", lambda _: log_mean_exp_bound(CODES.long()), TypeError, "log_w must hold floats"),
    ("weights in a list", lambda _: log_mean_exp_bound([[0.0]]), TypeError, "log_w must be a torch tensor"),
    # 4. Training
    ("the class, not a model", lambda _: refused(VAE), TypeError, "vae must be a model such as VAE"),
    ("a model of no weights", lambda _: refused(nn.Flatten()), TypeError, "vae must be a model such as VAE"),
    ("another network", lambda _: refused(judge()), TypeError, "return logits, mu and logvar, got Tensor"),
    ("frozen weights", lambda _: refused(small().requires_grad_(False)), ValueError, "got frozen ones"),
    (
        "nan weights",
        lambda _: refused(filled(small(), math.nan)),
        ValueError,
        "vae.to_mu.weight must hold finite",
    ),
    ("a model in 16 bits", lambda _: refused(small().half()), TypeError, "32 or 64 bits, got torch.float16"),
    ("a model in 64 bits", lambda _: refused(small().double()), TypeError, "x must be torch.float64 like"),
    ("images and labels", lambda _: refused(images=(X, DIGITS)), TypeError, "images must be .* got tuple"),
    ("labels as images", lambda _: refused(images=DIGITS), TypeError, "images must hold floats"),
    ("a DataLoader", lambda _: refused(images=DataLoader(X)), TypeError, "images must be .* got DataLoader"),
    ("raw bytes to train on", lambda _: refused(images=X.byte()), TypeError, "got raw bytes; divide them"),
    ("no channel to train on", lambda _: refused(images=X[:, 0]), ValueError, "images must have shape"),
    ("standardised training", lambda _: refused(images=X - 0.42), ValueError, "min -0.42; divide raw bytes"),
    ("no images to train on", lambda _: refused(images=X[:0]), ValueError, "at least one image, got none"),
    ("images elsewhere", lambda _: refused(images=X.to(**META)), ValueError, "images must hold numbers"),
    ("rows as test images", lambda _: refused(test_images=X.flatten(1)), ValueError, "test_images must have"),
    ("epochs=0", lambda _: refused(epochs=0), ValueError, "epochs must be at least 1, got 0"),
    ("epochs=1.5", lambda _: refused(epochs=1.5), TypeError, "epochs must be a whole number, got 1.5"),
    ("batch_size=0", lambda _: refused(batch_size=0), ValueError, "batch_size must be at least 1, got 0"),
    (
        "lr negative",
        lambda _: refused(lr=-1e-3),
        ValueError,
        "lr must be a finite number above 0, got -0.001",
    ),
    ("lr=0", lambda _: refused(lr=0), ValueError, "lr must be a finite number above 0, got 0"),
    ("lr without end", lambda _: refused(lr=10**400), ValueError, "lr must be a finite number above 0"),
    ("lr=1e6", lambda _: refused(lr=1e6), FloatingPointError, "epoch 1, batch 1: .* smaller lr than 1e.06"),
    (
        "lr=1e300",
        lambda _: refused(lr=1e300, epochs=1),
        FloatingPointError,
        "from before this epoch are back",
    ),
    ("lr=1e6, small batches", lambda _: refused(lr=1e6, batch_size=2), FloatingPointError, "the loss became"),
    (
        "the loss turns into nan",
        poisoned,
        FloatingPointError,
        "epoch 2, batch 2: the loss became nan; the weights",
    ),
    ("beta negative", lambda _: refused(beta=-1), ValueError, "beta must .* at least 0, got -1"),
    ("beta=1e300", lambda _: refused(beta=1e300), FloatingPointError, "or a smaller beta than 1e.300"),
    ("seed='a'", lambda _: refused(seed="a"), TypeError, "seed must be a whole number, got 'a'"),
    ("seed=2**70", lambda _: refused(seed=2**70), ValueError, "seed must be at most"),
    (
        "on_epoch=3",
        lambda _: refused(on_epoch=3),
        TypeError,
        "on_epoch must be a function of the history, got 3",
    ),
    (
        "judging rows of pixels",
        lambda _: evaluate(small(), X.flatten(1)),
        ValueError,
        "images must have shape",
    ),
    # Saving and loading
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
        "float32 weights",
    ),
    (
        "saving other layers",
        lambda folder: save_vae(other_layers(), folder / "a"),
        ValueError,
        "layers of a VAE",
    ),
    ("saving to no path", lambda _: save_small(None), TypeError, "path must be a path, .* got None"),
    (
        "saving to no folder",
        lambda folder: save_small(folder / "no" / "a"),
        FileNotFoundError,
        "existing folder",
    ),
    (
        "saving over a folder",
        save_over_a_folder,
        OSError,
        "cannot be written, so nothing has changed: Is a dir",
    ),
    (
        "saving into a file",
        lambda _: save_small(RAW / IMAGES / "a"),
        OSError,
        "nothing has changed: Not a dir",
    ),
    (
        "saving to a full disk",
        lambda _: save(full_disk, save_small),
        OSError,
        "nothing has changed: File too l",
    ),
    ("saving, read-only", lambda _: save(read_only, save_small), OSError, "nothing has changed: Permission"),
    (
        "a page to a full disk",
        lambda _: save(full_disk, save_page),
        OSError,
        "nothing has changed: File too l",
    ),
    ("a page, read-only", lambda _: save(read_only, save_page), OSError, "nothing has changed: Permission"),
    (
        "a page to no folder",
        lambda folder: save_page(folder / "no" / "a"),
        FileNotFoundError,
        "existing folder",
    ),
    (
        "no checkpoint",
        lambda folder: load_vae(folder / "a"),
        FileNotFoundError,
        "there is no checkpoint .*a; write",
    ),
    ("a folder as checkpoint", lambda folder: load_vae(folder), OSError, "cannot be read: Is a directory"),
    ("someone else's checkpoint", load_as_guest, OSError, "vae.pt cannot be read: Permission denied"),
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
            "of words": lambda path, _: path.write_text("not a model"),
            "of another zip": zip_of_others,
            "of a whole model": lambda path, _: torch.save(small(), path),
            "of weights only": lambda path, contents: torch.save(contents["weights"], path),
            "of one tensor": lambda path, _: torch.save(X, path),
            "of another model": lambda path, _: torch.save(nn.Linear(2, 2).state_dict(), path),
            "of an older version": lambda path, contents: torch.save(
                {"state_dict": contents["weights"]}, path
            ),
            "of other sizes": lambda path, contents: torch.save({**contents, "latent_dim": 4}, path),
            "of huge sizes": lambda path, contents: torch.save({**contents, "hidden_dim": 10**12}, path),
            "in 64 bits": lambda path, contents: torch.save(
                {**contents, "weights": small().double().state_dict()}, path
            ),
            "that runs code": lambda path, _: path.write_bytes(pickle.dumps(RunsCode(path.parent))),
            "that runs code, zipped": lambda path, contents: torch.save(
                {**contents, "latent_dim": RunsCode(path.parent)}, path
            ),
        }.items()
    ),
    # 5. Codes, figures and widgets
    (
        "a walk of one step",
        lambda _: interpolate(CODE, CODE, 1),
        ValueError,
        "steps must be at least 2, got 1",
    ),
    ("a walk of 2.5 steps", lambda _: interpolate(CODE, CODE, 2.5), TypeError, "whole number, got 2.5"),
    (
        "codes of two lengths",
        lambda _: interpolate(CODE, torch.zeros(4), 5),
        ValueError,
        r"\(3,\) and \(4,\)",
    ),
    ("a walk of batches", lambda _: interpolate(CODES, CODES, 5), ValueError, r"shape \(D,\), got \(8, 3\)"),
    ("a walk from a list", lambda _: interpolate([0.0], CODE, 5), TypeError, "z_a must be .* got list"),
    ("a walk from nan", lambda _: interpolate(CODE * math.nan, CODE, 5), ValueError, "z_a must hold finite"),
    ("a walk too far", lambda _: interpolate(CODE - 3e38, CODE + 3e38, 5), ValueError, "z_b - z_a must hold"),
    ("a mean of one code", lambda _: mean_code(CODE, DIGITS, 0), ValueError, r"mu must have shape \(N, D\)"),
    (
        "a label too few",
        lambda _: mean_code(CODES, DIGITS[1:], 0),
        ValueError,
        r"shape \(8,\), .* got \(7,\)",
    ),
    (
        "labels of floats",
        lambda _: mean_code(CODES, CODES[:, 0], 0),
        TypeError,
        "whole numbers, got torch.fl",
    ),
    (
        "a label of 10",
        lambda _: mean_code(CODES, DIGITS + 3, 0),
        ValueError,
        "labels must lie in 0 to 9, got 3 to 10",
    ),
    (
        "labels without values",
        lambda _: mean_code(CODES, DIGITS.to(**META), 0),
        ValueError,
        "labels must hold numbers, .* meta",
    ),
    (
        "a digit without image",
        lambda _: mean_code(CODES, DIGITS, 9),
        ValueError,
        r"digit must be one of \[0, .* got 9",
    ),
    ("a digit of 10", lambda _: mean_code(CODES, DIGITS, 10), ValueError, "digit must be at most 9, got 10"),
    ("a digit in words", lambda _: mean_code(CODES, DIGITS, "one"), TypeError, "digit must be .* got 'one'"),
    ("KL of two shapes", lambda _: kl_per_dimension(CODES, GRID), ValueError, "must have one shape"),
    ("KL of no codes", lambda _: kl_per_dimension(CODES[:0], CODES[:0]), ValueError, "at least one code"),
    ("a grid of no code", lambda _: quantile_grid(0), ValueError, "steps must be at least 1, got 0"),
    ("figure of no channel", lambda _: plot_digits(X[:, 0]), ValueError, "images must have shape"),
    (
        "figure of all images",
        lambda _: plot_digits(X[:1].expand(60_000, 1, 28, 28)),
        ValueError,
        r"at most 400 .* got 60000; use images\[:100\]",
    ),
    ("columns=0", lambda _: plot_digits(X, 0), ValueError, "columns must be at least 1, got 0"),
    ("a label for another row", lambda _: plot_digits(X, 4, ["a"]), ValueError, "each of the 2 rows, got 1"),
    (
        "row_labels=None",
        lambda _: plot_digits(X, 4, None),
        TypeError,
        "row_labels must be a list, got NoneType",
    ),
    (
        "figure of another model",
        lambda _: plot_architecture(nn.Linear(1, 1)),
        TypeError,
        "must be a VAE, got Lin",
    ),
    (
        "figure of a list",
        lambda _: plot_losses([1.0]),
        TypeError,
        "history must be what train returns, got list",
    ),
    (
        "plane of three",
        lambda _: plot_latent_plane(CODES, DIGITS),
        ValueError,
        r"mu must have shape \(B, 2\)",
    ),
    ("plane of few labels", lambda _: plot_latent_plane(GRID, DIGITS[:3]), ValueError, r"shape \(4,\)"),
    (
        "plane of nan",
        lambda _: plot_latent_plane(GRID * math.nan, DIGITS[:4]),
        ValueError,
        "mu must hold finite",
    ),
    ("plane of none", lambda _: plot_latent_plane(GRID[:0], DIGITS[:0]), ValueError, "at least one code"),
    (
        "manifold, not square",
        lambda _: plot_manifold(X[:3], GRID[:3]),
        ValueError,
        "square grid, got 3 and 3",
    ),
    ("manifold, few images", lambda _: plot_manifold(X[:1], GRID), ValueError, "square grid, got 1 and 4"),
    (
        "manifold of bytes",
        lambda _: plot_manifold(2 * X[:4] + 1, GRID),
        ValueError,
        r"images must lie in \[0, 1\]",
    ),
    (
        "manifold of three",
        lambda _: plot_manifold(X[:4], CODES[:4]),
        ValueError,
        r"z must have shape \(B, 2\)",
    ),
    ("sliders of a word", lambda _: LatentSliders("model"), TypeError, "vae must be a VAE, got str"),
    ("sliders, no channel", lambda _: LatentSliders(small(), X[:, 0]), ValueError, "images must have shape"),
    ("sliders of no image", lambda _: LatentSliders(small(), X[:0]), ValueError, "at least one image"),
    ("dims=0", lambda _: LatentSliders(small(), X, 0), ValueError, "dims must be at least 1, got 0"),
    ("dims=2.5", lambda _: LatentSliders(small(), X, 2.5), TypeError, "dims must be a whole number, got 2.5"),
    (
        "sliders of nan",
        lambda _: LatentSliders(filled(small(), math.nan), X),
        ValueError,
        r"vae\.encode\(images\)",
    ),
    *(
        (
            f"{widget.__name__} set to {accident}",
            lambda _, widget=widget, z=z: set_to(widget(), "z", z),
            (TypeError, ValueError),
            sentence,
        )
        for widget in (sliders, explorer)
        for accident, z, sentence in [
            ("a short code", torch.zeros(2), r"z must have shape \(3,\), got \(2,\)"),
            ("a batch", torch.zeros(1, 3), r"z must have shape \(3,\), got \(1, 3\)"),
            ("nan", CODE * math.nan, "z must hold finite numbers"),
            ("a list", [0.0] * 3, "z must be a torch tensor, got list"),
        ]
    ),
    *(
        (
            f"explorer draws {accident}",
            lambda _, drawing=drawing: set_to(explorer(), "drawing", drawing),
            ValueError,
            sentence,
        )
        for accident, drawing, sentence in [
            ("two images", X[:2], "drawing must be one image, got 2"),
            ("bytes", 255 * X[:1], r"drawing must lie in \[0, 1\], got max 25"),
            ("no channel", X[0, 0], r"drawing must have shape \(B, 1, 28, 28\), got \(28, 28\)"),
        ]
    ),
    *(
        (
            f"{what} of {accident}",
            lambda folder, show=show, given=given: show(folder, *given),
            error,
            sentence,
        )
        for what, show in {
            "explorer": lambda _, *given: LatentExplorer(*given),
            "page": lambda folder, *given: page_refused(folder, *given),
        }.items()
        for accident, given, error, sentence in [
            ("a word", ("vae", X, DIGITS), TypeError, "vae must be a VAE, got str"),
            ("one dimension", (small(1), X, DIGITS), ValueError, "vae must have a latent_dim of at least 2"),
            (
                "nan",
                (filled(small(), math.nan), X, DIGITS),
                ValueError,
                "the weights of vae must hold finite",
            ),
            ("bytes", (small(), 255 * X, DIGITS), ValueError, r"images must lie in \[0, 1\]"),
            ("few labels", (small(), X, DIGITS[1:]), ValueError, r"labels must have shape \(8,\)"),
            ("false labels", (small(), X, DIGITS + 6), ValueError, "labels must lie in 0 to 9, got 6 to 13"),
            ("floats", (small(), X, CODES[:, 0]), TypeError, "labels must be a tensor of whole numbers"),
        ]
    ),
    (
        "page of weights beyond 16 bits",
        lambda folder: page_refused(folder, filled(small(), 1e6), X, DIGITS),
        ValueError,
        "the weights of vae must hold finite numbers",
    ),
    (
        "page of codes beyond 16 bits",
        lambda folder: page_refused(folder, filled(small(), 6e4), X, DIGITS),
        ValueError,
        "the codes of images must hold finite numbers",
    ),
]


@pytest.mark.parametrize(
    ("do", "error", "sentence"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_ends_in_one_sentence(do: Callable, error: type, sentence: str, tmp_path: Path):
    with pytest.raises(error, match=sentence) as caught:
        do(tmp_path)
    assert_told(caught.value)
    assert not (tmp_path / "it_ran").exists()


@pytest.mark.parametrize(
    "do",
    [
        saved_by_numpys_numbers,
        saved_in_the_format_of_old_torch,
        drawing_a_huge_code,
        a_batch_larger_than_the_set,
        one_image_left_over,
        without_gradients_around,
        stopped_between_epochs,
        stopped_within_an_epoch,
        two_saves_of_one_file,
        two_trainings,
        forty_loads,
    ],
)
def test_ends_in_working(do: Callable, tmp_path: Path):
    do(tmp_path)


# These train for minutes. Here they see few images, so that the asserts on their numbers are left out.
SHORTENED = ("03_kl_term", "04_training", "06_evaluation")
CHEAPER = {"range(300)": "range(30)", "repeat=3": "repeat=1"}  # steps on one batch; a measurement


def cheaper(source: str) -> str:
    for costly, cheap in CHEAPER.items():
        source = source.replace(costly, cheap)
    return source


def remembered(names: dict) -> tuple:
    """What a second run of a cell must not carry on: claims noted, a model trained already."""
    starts = [names[losses][0] > 200 for losses in ("one_batch",) if names.get(losses)]
    return len(names.get("claims", ())), "history" in names and names["history"].loss[0] > 200, starts


def load_some(train: bool = True) -> list[Tensor]:
    return [part[: 500 if train else 2000] for part in load_mnist(train)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as in a notebook
@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_cells_run_out_of_order_and_twice(path: Path, monkeypatch: pytest.MonkeyPatch):
    """The last cell first, as after a restart of the kernel; then from the top, every cell two times."""
    shortened = path.stem in SHORTENED
    if shortened:
        monkeypatch.setattr(vae_helpers, "load_mnist", load_some)
    monkeypatch.chdir(NOTEBOOKS)
    monkeypatch.setattr(plt, "show", plt.close)
    cells = nbformat.read(path, as_version=4).cells
    sources = [cheaper(cell.source) for cell in cells if cell.cell_type == "code"]
    names = {"display": print}
    with plt.rc_context(), torch.enable_grad(), torch.random.fork_rng():
        with pytest.raises(NameError):  # Python's own words, which name what is missing
            exec(sources[-1], names)
        for source in sources:
            cell = compile(source, path.name, "exec", optimize=int(shortened))  # 1: without asserts
            exec(cell, names)
            once = remembered(names)
            exec(cell, names)
            assert remembered(names) == once
