"""Train the models that come with the notebooks again: `python -m vae_helpers.pretrain --overwrite`."""

from argparse import ArgumentParser
from collections.abc import Sequence

import torch

from vae_helpers.checkpoints import PRETRAINED, save_vae
from vae_helpers.data import load_mnist
from vae_helpers.model import VAE
from vae_helpers.training import train


def main(arguments: Sequence[str] | None = None) -> None:
    """Say which files will be replaced; with `--overwrite`, train each model and write it there."""
    parser = ArgumentParser("python -m vae_helpers.pretrain", description=__doc__)
    parser.add_argument("--overwrite", action="store_true", help="replace the models that are there")
    overwrite = parser.parse_args(arguments).overwrite

    paths = {latent_dim: PRETRAINED / f"vae_{latent_dim}d.pt" for latent_dim in (20, 2)}
    for path in paths.values():
        print(f"will {'overwrite' if path.exists() else 'write'} {path}")
    if not overwrite and any(path.exists() for path in paths.values()):
        parser.exit(1, "nothing was written; to replace what is there, add --overwrite\n")

    images, _ = load_mnist()
    test_images, _ = load_mnist(train=False)
    for latent_dim, path in paths.items():
        torch.manual_seed(0)
        vae = VAE(latent_dim)
        train(vae, images, test_images=test_images)
        save_vae(vae, path)


if __name__ == "__main__":
    main()
