"""A VAE that is told the digit: p(x|z, y) and q(z|x, y) in place of p(x|z) and q(z|x)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_helpers._inputs import check_images, check_labels, check_latents, count
from vae_helpers._state import LARGEST_SEED, seeded, usual_defaults
from vae_helpers._stop import stop_waits
from vae_helpers.beyond._fit import fit
from vae_helpers.checkpoints import PRETRAINED, load_vae
from vae_helpers.losses import vae_loss
from vae_helpers.model import VAE, reparameterize


class ConditionalVAE(VAE):
    """The VAE with the label y, as ten numbers of which one is 1, beside each input.

    Sohn et al. (NeurIPS 2015, "Learning Structured Output Representation using Deep Conditional Generative
    Models"), with the prior p(z|y) = N(0, I). In the shapes below, B is the batch and D is `latent_dim`;
    `labels` are the digits 0 to 9, `(B,)`.

    >>> ConditionalVAE(latent_dim=2).decode(torch.zeros(1, 2), torch.tensor([3])).shape
    torch.Size([1, 1, 28, 28])

    Raises:
        TypeError, ValueError: a size is not a whole number from 1 to 10,000.
    """

    def __init__(self, latent_dim: int = 20, hidden_dim: int = 400) -> None:
        super().__init__(latent_dim, hidden_dim)
        self.encoder[1] = nn.Linear(784 + 10, self.hidden_dim)
        self.decoder[0] = nn.Linear(self.latent_dim + 10, self.hidden_dim)

    def encode(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """The cloud q(z|x, y) of each image: `(B, 1, 28, 28)`, `(B,)` -> mu and logvar, `(B, D)` each.

        Raises:
            TypeError, ValueError: `x` is not images in [0, 1], or `labels` not a digit for each.
        """
        check_images(x, "x", self.to_mu.weight)
        check_labels(labels, len(x))
        h = self.encoder(torch.cat([x.flatten(1), one_hot(labels, x)], dim=1))
        return self.to_mu(h), self.to_logvar(h)

    def decode_logits(self, z: Tensor, labels: Tensor) -> Tensor:  # type: ignore[override]
        """Log-odds of each pixel being white: `(B, D)`, `(B,)` -> `(B, 1, 28, 28)`.

        Raises:
            TypeError, ValueError: `z` is not `(B, D)`, or `labels` not a digit for each.
        """
        check_latents(z, self.latent_dim, "z", self.to_mu.weight)
        check_labels(labels, len(z))
        return self.decoder(torch.cat([z, one_hot(labels, z)], dim=1))

    def decode(self, z: Tensor, labels: Tensor) -> Tensor:  # type: ignore[override]
        """Probability of each pixel being white; shapes and errors as `decode_logits`."""
        return torch.sigmoid(self.decode_logits(z, labels))

    def forward(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # type: ignore[override]
        """Encode, draw one z per image, decode: `x, labels` -> `(logits, mu, logvar)`.

        Raises:
            TypeError, ValueError: as `encode`.
        """
        mu, logvar = self.encode(x, labels)
        z = reparameterize(mu, logvar)
        return self.decode_logits(z, labels), mu, logvar


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
    seed = count(seed, "seed", minimum=0, maximum=LARGEST_SEED)
    with seeded(seed):
        with usual_defaults():
            vae = ConditionalVAE()
        with stop_waits():
            optimizer = torch.optim.Adam(vae.parameters(), lr=1e-3, fused=True)

        def nats(x: Tensor, digits: Tensor) -> Tensor:
            logits, mu, logvar = vae(x, digits)
            return vae_loss(logits, x, mu, logvar).total

        fit(nats, images, labels, optimizer, epochs, batch_size=128)
    return vae


def pretrained_conditional(seed: int = 0) -> ConditionalVAE:
    """One of the five conditional VAEs that come with the notebooks: ten epochs, seeds 0 to 4.

    >>> pretrained_conditional().decode(torch.zeros(10, 20), torch.arange(10)).shape
    torch.Size([10, 1, 28, 28])

    Raises:
        TypeError, ValueError: `seed` is not one of 0 to 4.
        OSError, ValueError: its file is missing or damaged.
    """
    seed = count(seed, "seed", minimum=0, maximum=4)
    with usual_defaults():
        vae = ConditionalVAE(latent_dim=20)
    load_vae(PRETRAINED / f"conditional_20d_seed{seed}.pt", into=vae)
    return vae


def one_hot(labels: Tensor, inputs: Tensor) -> Tensor:
    """Ten numbers for each digit, 1 at its place and 0 elsewhere: `(B,)` -> `(B, 10)`, as `inputs` are."""
    return F.one_hot(labels.long(), 10).to(inputs)
