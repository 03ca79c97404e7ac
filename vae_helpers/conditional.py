"""A VAE that is told the digit: p(x|z, y) and q(z|x, y) in place of p(x|z) and q(z|x)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_helpers._inputs import IMAGE_SHAPE, check_images, check_labels, check_latents, count
from vae_helpers.checkpoints import PRETRAINED, load_weights
from vae_helpers.data import batches
from vae_helpers.losses import vae_loss
from vae_helpers.model import reparameterize


class ConditionalVAE(nn.Module):
    """The lab sheet's VAE with the label y, as ten numbers of which one is 1, beside each input.

    Sohn et al. (NeurIPS 2015, "Learning Structured Output Representation using Deep Conditional
    Generative Models"), with the prior p(z|y) = N(0, I). In the shapes below, B is the batch and
    D is `latent_dim`; `labels` are the digits 0 to 9, `(B,)`.

    >>> ConditionalVAE(latent_dim=2).decode(torch.zeros(1, 2), torch.tensor([3])).shape
    torch.Size([1, 1, 28, 28])

    Raises:
        TypeError, ValueError: a size is not a whole number from 1 to 10,000.
    """

    def __init__(self, latent_dim: int = 20, hidden_dim: int = 400) -> None:
        latent_dim = count(latent_dim, "latent_dim", maximum=10_000)
        hidden_dim = count(hidden_dim, "hidden_dim", maximum=10_000)
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
        check_images(x, "x", self.to_mu.weight)
        check_labels(labels, len(x))
        h = self.encoder(torch.cat([x.flatten(1), one_hot(labels, x)], dim=1))
        return self.to_mu(h), self.to_logvar(h)

    def decode_logits(self, z: Tensor, labels: Tensor) -> Tensor:
        """Log-odds of each pixel being white: `(B, D)`, `(B,)` -> `(B, 1, 28, 28)`.

        Raises:
            TypeError, ValueError: `z` is not `(B, D)`, or `labels` not a digit for each.
        """
        check_latents(z, self.latent_dim, "z", self.to_mu.weight)
        check_labels(labels, len(z))
        return self.decoder(torch.cat([z, one_hot(labels, z)], dim=1))

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


@torch.enable_grad()
def train_conditional(images: Tensor, labels: Tensor, *, epochs: int = 10, seed: int = 0) -> ConditionalVAE:
    """A conditional VAE trained by the lab sheet's recipe: Adam, 0.001, batches of 128.

    Args:
        images, labels: float32 `(N, 1, 28, 28)` in [0, 1], and the digit of each, `(N,)`.
        epochs: how many passes.
        seed: for the first weights, the order and the noise; the global random state stays as it was.

    Raises:
        TypeError, ValueError: a bad argument, before any work is done.
    """
    check_images(images)
    check_labels(labels, len(images))
    epochs = count(epochs, "epochs")
    seed = count(seed, "seed", minimum=0)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        vae = ConditionalVAE()
        optimizer = torch.optim.Adam(vae.parameters(), lr=1e-3, fused=True)
        for _ in range(epochs):
            for rows in batches(torch.arange(len(images)), 128):
                x = images[rows]
                logits, mu, logvar = vae(x, labels[rows])
                loss = vae_loss(logits, x, mu, logvar).total
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    return vae


def pretrained_conditional(seed: int = 0) -> ConditionalVAE:
    """One of the five conditional VAEs that come with the notebooks: ten epochs, seeds 0 to 4.

    >>> pretrained_conditional().decode(torch.zeros(10, 20), torch.arange(10)).shape
    torch.Size([10, 1, 28, 28])

    Raises:
        TypeError, ValueError: `seed` is not one of 0 to 4.
        ValueError: its file is missing or damaged.
    """
    seed = count(seed, "seed", minimum=0, maximum=4)
    vae = ConditionalVAE()
    load_weights(vae, PRETRAINED / f"conditional_20d_seed{seed}.pt")
    return vae


def one_hot(labels: Tensor, inputs: Tensor) -> Tensor:
    """Ten numbers for each digit, 1 at its place and 0 elsewhere: `(B,)` -> `(B, 10)`, as `inputs` are."""
    return F.one_hot(labels.long(), 10).to(inputs)
