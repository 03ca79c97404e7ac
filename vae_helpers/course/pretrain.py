"""Train the models that come with the notebooks again: `python -m vae_helpers pretrain --overwrite`.

Six VAEs, five plain autoencoders, five conditional VAEs and two judges; twenty minutes. The files of
seed 0's VAEs hold 32 bits per weight, as they always have; all others 16.
"""

import os
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path

import torch
from torch import Tensor

from vae_helpers._files import write_whole
from vae_helpers.beyond import Autoencoder, train_judge
from vae_helpers.beyond.conditional import train_conditional
from vae_helpers.checkpoints import PRETRAINED, save_vae
from vae_helpers.data import load_mnist
from vae_helpers.model import VAE
from vae_helpers.training import train


def make_vae(path: Path, images: Tensor, labels: Tensor, *, latent_dim: int = 20, seed: int) -> None:
    """The lab sheet's recipe."""
    torch.manual_seed(seed)
    vae = VAE(latent_dim)
    train(vae, images, seed=seed)
    save_vae(vae.half() if seed else vae, path)


def make_autoencoder(path: Path, images: Tensor, labels: Tensor, *, seed: int) -> None:
    """The same recipe without noise and KL."""
    torch.manual_seed(seed)
    autoencoder = Autoencoder(latent_dim=20)
    train(autoencoder, images, seed=seed, beta=0)
    save_vae(autoencoder.half(), path)


def make_judge(path: Path, images: Tensor, labels: Tensor, *, seed: int) -> None:
    """A classifier of its own build for each seed."""
    judge = train_judge(images, labels, build=seed, seed=seed)
    file = BytesIO()
    torch.save(judge.half().state_dict(), file)
    write_whole(path, file.getvalue())


def make_conditional(path: Path, images: Tensor, labels: Tensor, *, seed: int) -> None:
    """The lab sheet's recipe for a model that is told the digit."""
    vae = train_conditional(images, labels, seed=seed)
    save_vae(vae.half(), path)


RECIPES: dict[str, Callable[[Path, Tensor, Tensor], None]] = {
    "vae_20d.pt": partial(make_vae, seed=0),
    "vae_2d.pt": partial(make_vae, latent_dim=2, seed=0),
    **{f"vae_20d_seed{seed}.pt": partial(make_vae, seed=seed) for seed in range(1, 5)},
    **{f"autoencoder_20d_seed{seed}.pt": partial(make_autoencoder, seed=seed) for seed in range(5)},
    **{f"conditional_20d_seed{seed}.pt": partial(make_conditional, seed=seed) for seed in range(5)},
    **{f"judge_seed{seed}.pt": partial(make_judge, seed=seed) for seed in range(2)},
}


def main(arguments: Sequence[str]) -> None:
    """Say which files will be written; if none is replaced, or with `--overwrite`, train and write them."""
    parser = ArgumentParser("python -m vae_helpers pretrain", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--overwrite", action="store_true", help="replace the models that are there")
    overwrite = parser.parse_args(arguments).overwrite

    paths = [PRETRAINED / name for name in RECIPES]
    for path in paths:
        print(f"will {'overwrite' if path.exists() else 'write'} {path}")
    if not overwrite and any(path.exists() for path in paths):
        parser.exit(1, "nothing was written; to replace what is there, add --overwrite\n")

    if not os.access(PRETRAINED, os.W_OK):
        parser.exit(1, f"nothing was trained, since nothing can be written to {PRETRAINED}\n")

    images, labels = load_mnist()
    for path in paths:
        RECIPES[path.name](path, images, labels)
