"""The variational autoencoder: image -> (mu, logvar) -> z -> image."""

from typing import Any

import torch
from torch import Tensor, nn

from vae_helpers._inputs import (
    IMAGE_SHAPE,
    check_decoded,
    check_images,
    check_latents,
    check_normal,
    check_weights,
    count,
)


def reparameterize(mu: Tensor, logvar: Tensor) -> Tensor:
    """Draw z = μ + σ ε with σ = exp(logvar / 2) and ε ~ N(0, I), so that gradients reach mu and logvar.

    This is a draw from N(μ, σ²) (Kingma & Welling 2014, arXiv:1312.6114, section 2.4).

    >>> reparameterize(torch.tensor([[3.0, 4.0]]), torch.tensor([[-99.0, -99.0]]))  # almost no noise
    tensor([[3., 4.]])

    Args:
        mu, logvar: mean and log-variance, both of one shape, usually `(B, D)`.

    Returns:
        z: the same shape, with fresh noise for every element.

    Raises:
        TypeError, ValueError: not floats, or not of one shape, dtype and device.
    """
    check_normal(mu, logvar)
    sigma = torch.exp(0.5 * logvar)
    eps = torch.randn_like(mu)
    return mu + sigma * eps


class VAE(nn.Module):
    """A VAE of fully connected layers, 784 - hidden_dim - latent_dim - hidden_dim - 784.

    The architecture of Kingma & Welling (2014, arXiv:1312.6114, appendix C) with ReLU in
    place of tanh. In the shapes below, B is the batch and D is `latent_dim`.

    >>> logits, mu, logvar = VAE(latent_dim=20)(torch.zeros(8, 1, 28, 28))
    >>> logits.shape, mu.shape
    (torch.Size([8, 1, 28, 28]), torch.Size([8, 20]))

    Raises:
        TypeError, ValueError: a size is not a whole number from 1 to 10,000.
    """

    def __init__(self, latent_dim: int = 20, hidden_dim: int = 400) -> None:
        super().__init__()
        latent_dim = count(latent_dim, "latent_dim", maximum=10_000)
        hidden_dim = count(hidden_dim, "hidden_dim", maximum=10_000)
        self.latent_dim = latent_dim
        self.hidden_dim = hidden_dim
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, hidden_dim), nn.ReLU())
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_logvar = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, 784),
            nn.Unflatten(1, IMAGE_SHAPE),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The cloud q(z|x) = N(mu, exp(logvar)) of each image: `(B, 1, 28, 28)` -> two `(B, D)`.

        Raises:
            TypeError, ValueError: `x` is not float images in [0, 1] on the model's device.
        """
        check_images(x, "x", self.to_mu.weight)
        h = self.encoder(x)  # (B, hidden_dim)
        return self.to_mu(h), self.to_logvar(h)

    def decode_logits(self, z: Tensor) -> Tensor:
        """Log-odds of each pixel being white: `(B, D)` -> `(B, 1, 28, 28)`.

        Raises:
            TypeError, ValueError: `z` is not `(B, D)` on the model's device.
        """
        check_latents(z, self.latent_dim, "z", self.to_mu.weight)
        return self.decoder(z)

    def decode(self, z: Tensor) -> Tensor:
        """Probability of each pixel being white: `(B, D)` -> `(B, 1, 28, 28)` in [0, 1].

        Raises:
            TypeError, ValueError: as `decode_logits`, or `z` or the picture is not finite.
        """
        image = torch.sigmoid(self.decode_logits(z))
        check_decoded(z, image)
        return image

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode, draw one z per image, decode: `x` -> `(logits, mu, logvar)`.

        Shapes: `(B, 1, 28, 28)` -> `(B, 1, 28, 28)`, `(B, D)`, `(B, D)`.

        Raises:
            TypeError, ValueError: as `encode`.
        """
        mu, logvar = self.encode(x)
        z = reparameterize(mu, logvar)
        return self.decode_logits(z), mu, logvar


def check_vae(vae: Any) -> None:
    """Accept a VAE, or a model of a class made from it, with weights to compute with."""
    if not isinstance(vae, VAE):
        raise TypeError(f"vae must be a VAE, got {type(vae).__name__}")
    check_weights(vae)
