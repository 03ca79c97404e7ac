"""Several processes that begin the same work at the same moment, as the kernels of a class do."""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

import torch

from vae_helpers import VAE, load_mnist, save_vae, train

X = torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def small(latent_dim: int = 3) -> VAE:
    torch.manual_seed(0)
    return VAE(latent_dim, hidden_dim=16)


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
        save_vae(small(), path)
