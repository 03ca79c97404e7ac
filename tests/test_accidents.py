"""What happens in class: full disks, read-only folders, kernels at the same moment, the stop button."""

import io
import multiprocessing
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
import torch
from benchmarks.stop import Kernel
from samples import DIGITS, X, small, weights
from told import refusals, told

from vae_helpers import (
    VAE,
    History,
    Loss,
    export_page,
    load_mnist,
    load_vae,
    optimise_code,
    save_vae,
    train,
    train_judge,
    training,
)
from vae_helpers._stop import stop_waits
from vae_helpers.beyond.conditional import train_conditional
from vae_helpers.plotting import plot_losses

RAW = Path(__file__).parent.parent / "notebooks" / "data" / "MNIST" / "raw"

posix = pytest.mark.skipif(os.name != "posix", reason="needs the limits, rights and errors of Linux or macOS")
fork = pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(),
    reason="needs processes that start in no time",
)


# Disks and rights


@contextmanager
def full_disk(_: Path) -> Iterator[None]:
    """No file can grow beyond 1000 bytes; a write that tries stops half-way, with the kernel's own error."""
    import resource  # not on Windows

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


def save_model(path: Path) -> None:
    save_vae(small(), path)


def save_page(path: Path) -> None:
    export_page(small(), X, DIGITS, path)


def save_over_a_folder(folder: Path) -> None:
    (folder / "vae.pt").mkdir()
    save_model(folder / "vae.pt")


def load_as_guest(_: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "vae.pt"
        save_model(path)
        path.chmod(0)
        with read_only(path.parent):
            load_vae(path)


def load_a_folder_as_data(folder: Path) -> None:
    raw = folder / "MNIST" / "raw"
    (raw / "t10k-labels-idx1-ubyte").mkdir(parents=True)
    shutil.copy(RAW / "t10k-images-idx3-ubyte", raw)
    load_mnist(train=False, root=folder)


@posix
@refusals(
    (
        "a model to a full disk",
        lambda _: save(full_disk, save_model),
        OSError,
        "nothing has changed: File too l",
    ),
    ("a model, read-only", lambda _: save(read_only, save_model), OSError, "nothing has changed: Permission"),
    (
        "a page to a full disk",
        lambda _: save(full_disk, save_page),
        OSError,
        "nothing has changed: File too l",
    ),
    ("a page, read-only", lambda _: save(read_only, save_page), OSError, "nothing has changed: Permission"),
    ("over a folder", save_over_a_folder, OSError, "cannot be written, so nothing has changed: Is a dir"),
    ("into a file", lambda _: save_model(Path(__file__) / "a"), OSError, "nothing has changed: Not a dir"),
    ("a folder as checkpoint", lambda folder: load_vae(folder), OSError, "cannot be read: Is a directory"),
    ("someone else's checkpoint", load_as_guest, OSError, "vae.pt cannot be read: Permission denied"),
    ("a folder as data file", load_a_folder_as_data, OSError, "cannot be read .Is a directory"),
)
def test_the_system_refuses(call: Callable, error: type, sentence: str, tmp_path: Path):
    with told(error, sentence):
        call(tmp_path)


# The stop button


def test_stopped_between_epochs():
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


def test_stopped_within_an_epoch():
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


def press() -> None:
    """As Jupyter's stop button and Ctrl-C do."""
    signal.raise_signal(signal.SIGINT)


def goes_on(vae: VAE) -> None:
    """The next run is the one that it would be if nobody had pressed anything."""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert len(train(vae, X, epochs=2)) == 2


@pytest.mark.parametrize("what", ["Adam", "tqdm"])
def test_stopped_while_the_run_is_prepared(
    what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    """Torch's first optimizer imports for seconds, and half a progress bar breaks every later one."""
    make = getattr(training, what)

    def pressed_twice(*args: object, **kwargs: object) -> object:
        press()
        made = make(*args, **kwargs)
        press()
        return made

    vae = small()
    with monkeypatch.context() as patch:
        patch.setattr(training, what, pressed_twice)
        assert len(train(vae, X, epochs=5)) == 0
    assert "Stopped after 0 of 5 epochs" in capsys.readouterr().out
    goes_on(vae)


def test_one_press_ends_the_batch_and_another_breaks_off():
    def endless(*_: object) -> Loss:
        press()
        calls.append(None)
        press()
        raise AssertionError("the second press was not heard")

    vae, calls = small(), []
    assert len(train(vae, X, loss=endless)) == 0
    assert len(calls) == 1
    goes_on(vae)


def test_a_press_while_the_stop_is_told_is_too_late(monkeypatch: pytest.MonkeyPatch):
    class Bar(training.tqdm):
        @classmethod
        def write(cls, *args: object, **kwargs: object) -> None:
            press()
            super().write(*args, **kwargs)

    vae = small()
    vae.register_forward_hook(lambda *_: press())
    monkeypatch.setattr(training, "tqdm", Bar)
    assert len(train(vae, X)) == 0


def test_a_press_at_the_very_end_loses_nothing():
    """There is no batch left that could ask for it."""
    vae = small()
    history = train(vae, X, epochs=2, on_epoch=lambda rows: press() if len(rows) == 2 else None)
    assert len(history) == 2
    goes_on(vae)


def test_a_run_in_a_thread_of_its_own():
    """Python hears a press in the main thread alone, and lets no other one ask for it."""
    with ThreadPoolExecutor(1) as thread:
        assert len(thread.submit(train, small(), X, epochs=1).result()) == 1


def test_a_stop_waits_for_imports_and_optimizers():
    done = []

    def work() -> None:
        with stop_waits():
            press()
            press()
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_own_handler_of_a_press_comes_back():
    """A kernel may have one."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stop_waits():
            pass
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def optimise() -> None:
    optimise_code(small(), X, steps=1)


@pytest.mark.parametrize(
    "work",
    [optimise, lambda: train_judge(X, DIGITS, epochs=1), lambda: train_conditional(X, DIGITS, epochs=1)],
)
def test_no_other_optimizer_is_left_half_made(work: Callable, monkeypatch: pytest.MonkeyPatch):
    made, make = [], torch.optim.Adam

    def pressed(*args: object, **kwargs: object) -> object:
        press()
        made.append(make(*args, **kwargs))
        return made[0]

    monkeypatch.setattr(torch.optim, "Adam", pressed)
    with pytest.raises(KeyboardInterrupt):
        work()
    assert len(made) == 1


@pytest.mark.slow
@posix  # Windows stops a kernel by an event, not by a signal
def test_stopped_at_six_moments_in_a_kernel():
    """`tests/benchmarks/stop.py` tries every 50 ms of three seconds."""
    cold = Kernel("")
    cell = "from vae_helpers import *\nprint(VAE(2).latent_dim)"
    for seconds in (0.3, 0.9):  # torch is being imported
        cold.run(cell, stop_after=seconds)
    assert cold.run(cell) == "2"
    cell = "history = train(VAE(2), load_mnist(train=False)[0], epochs=10)\nprint(len(history))"
    for seconds in (0.4, 1.0, 0.05, 0.6):  # torch makes its first optimizer; the bar; the loop
        said = cold.run(cell, stop_after=seconds)
        assert "Error" not in said
    assert cold.run(cell).endswith("\n10")
    cold.end()


# Several processes that begin the same work at the same moment, as the kernels of a class do


def together(count: int, work: Callable, argument: object) -> None:
    """Call `work(argument)` in `count` processes at once; all must end well, and within a minute."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["vae_helpers", "pytest"])  # imported once, for all of them
    barrier = context.Barrier(count)
    processes = [context.Process(target=begin, args=(barrier, work, argument)) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0] * count


def begin(barrier: Barrier, work: Callable, argument: object) -> None:
    barrier.wait(timeout=60)
    work(argument)


def load_and_count(expected: list[int]) -> None:
    images, labels = load_mnist(train=False)
    assert images.shape == (10_000, 1, 28, 28)
    assert labels.bincount().tolist() == expected


def train_and_save(folder: Path) -> None:
    vae = small()
    train(vae, X, epochs=5)
    save_vae(vae, folder / f"{os.getpid()}.pt")


def save_many(path: Path) -> None:
    for _ in range(20):
        save_model(path)


@fork
@pytest.mark.slow
def test_two_saves_of_one_file(tmp_path: Path):
    together(2, save_many, tmp_path / "vae.pt")
    assert torch.equal(weights(load_vae(tmp_path / "vae.pt")), weights(small()))
    assert [path.name for path in tmp_path.iterdir()] == ["vae.pt"]


@fork
@pytest.mark.slow
def test_two_trainings(tmp_path: Path):
    """Both end with the weights of one that runs alone."""
    together(2, train_and_save, tmp_path)
    alone = small()
    train(alone, X, epochs=5)
    files = list(tmp_path.iterdir())
    assert len(files) == 2
    for path in files:
        torch.testing.assert_close(weights(load_vae(path)), weights(alone))


@fork
@pytest.mark.slow
def test_twenty_loads():
    together(20, load_and_count, load_mnist(train=False)[1].bincount().tolist())
