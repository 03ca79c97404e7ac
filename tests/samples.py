"""Small models, images and codes, good ones and spoilt ones, for any test to take."""

import torch
from torch import Tensor, nn

from vae_helpers import VAE, quantile_grid

X = torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(0))
DIGITS = torch.arange(8)
CODE, CODES = torch.zeros(3), torch.zeros(8, 3)
GRID = quantile_grid(2)  # four codes in the plane
META = {"device": "meta"}  # a device that is not the model's, on any machine


def small(latent_dim: int = 3) -> VAE:
    torch.manual_seed(0)
    return VAE(latent_dim, hidden_dim=16)


def filled(vae: VAE, value: float) -> VAE:
    nn.init.constant_(vae.to_mu.weight, value)
    return vae


def classifier() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


def weights(vae: VAE) -> Tensor:
    return torch.cat([weight.detach().flatten() for weight in vae.parameters()]).clone()
