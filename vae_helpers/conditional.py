"""A VAE that is told the digit: p(x|z, y) and q(z|x, y) in place of p(x|z) and q(z|x)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_helpers._inputs import IMAGE_SHAPE, check_images, check_labels, check_latents
from vae_helpers.model import reparameterize


class ConditionalVAE(nn.Module):
    """The lab sheet's VAE with the label y, as ten numbers of which one is 1, beside each input.

    Sohn et al. (NeurIPS 2015, "Learning Structured Output Representation using Deep Conditional
    Generative Models"), with the prior p(z|y) = N(0, I). In the shapes below, B is the batch and
    D is `latent_dim`; `labels` are the digits 0 to 9, `(B,)`.
    """

    def __init__(self, latent_dim: int = 20, hidden_dim: int = 400) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(nn.Linear(784 + 10, hidden_dim), nn.ReLU())
        self.to_mu = nn.Linear(hidden_dim, latent_dim)
        self.to_logvar = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + 10, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, 784),
            nn.Unflatten(1, IMAGE_SHAPE),
        )

    def encode(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """`(B, 1, 28, 28)`, `(B,)` -> mean and log-variance of q(z|x, y), `(B, D)` each.

        Raises:
            TypeError, ValueError: `x` is not images in [0, 1], or `labels` not a digit for each.
        """
        check_images(x, "x")
        check_labels(labels, len(x))
        h = self.encoder(torch.cat([x.flatten(1), one_hot(labels)], dim=1))
        return self.to_mu(h), self.to_logvar(h)

    def decode_logits(self, z: Tensor, labels: Tensor) -> Tensor:
        """Log-odds of each pixel being white: `(B, D)`, `(B,)` -> `(B, 1, 28, 28)`.

        Raises:
            TypeError, ValueError: `z` is not `(B, D)`, or `labels` not a digit for each.
        """
        check_latents(z, self.latent_dim)
        check_labels(labels, len(z))
        return self.decoder(torch.cat([z, one_hot(labels)], dim=1))

    def decode(self, z: Tensor, labels: Tensor) -> Tensor:
        """Probability of each pixel being white; shapes and errors as `decode_logits`."""
        return torch.sigmoid(self.decode_logits(z, labels))

    def forward(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode, draw one z per image, decode: `x, labels` -> `(logits, mu, logvar)`.

        Raises:
            TypeError, ValueError: as `encode`.
        """
        mu, logvar = self.encode(x, labels)
        return self.decode_logits(reparameterize(mu, logvar), labels), mu, logvar


def one_hot(labels: Tensor) -> Tensor:
    """Ten numbers for each digit, 1 at its place and 0 elsewhere: `(B,)` -> float32 `(B, 10)`."""
    return F.one_hot(labels.long(), 10).float()
