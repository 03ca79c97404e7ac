"""Train the two models that come with the notebooks again: `python -m vae_helpers.pretrain`."""

import torch

from vae_helpers.checkpoints import PRETRAINED, save_vae
from vae_helpers.data import load_mnist
from vae_helpers.model import VAE
from vae_helpers.training import train

images, _ = load_mnist()
test_images, _ = load_mnist(train=False)
for latent_dim in (20, 2):
    torch.manual_seed(0)
    vae = VAE(latent_dim)
    train(vae, images, test_images=test_images)
    save_vae(vae, PRETRAINED / f"vae_{latent_dim}d.pt")
