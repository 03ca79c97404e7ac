"""The plain autoencoder, a VAE's rival."""

from torch import Tensor

from vae_helpers._inputs import count
from vae_helpers._state import usual_defaults
from vae_helpers.checkpoints import PRETRAINED, load_vae
from vae_helpers.model import VAE


class Autoencoder(VAE):
    """The same layers as a VAE, but its code is the point mu, without noise.

    Trained with `beta=0` it minimises the reconstruction loss alone; `to_logvar` is then never used.

    >>> autoencoder = Autoencoder(latent_dim=2)
    >>> history = train(autoencoder, torch.rand(8, 1, 28, 28), epochs=1, beta=0)  # doctest: +ELLIPSIS
    Epoch [1/1] Loss: ...
    """

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode and decode mu: `x` -> `(logits, mu, logvar)`, in the shapes of a VAE."""
        mu, logvar = self.encode(x)
        return self.decode_logits(mu), mu, logvar


def pretrained_autoencoder(seed: int = 0) -> Autoencoder:
    """A plain autoencoder that comes with the notebooks: as `pretrained(20, seed)`, without noise and KL.

    >>> pretrained_autoencoder(seed=4).latent_dim
    20

    Raises:
        TypeError, ValueError: `seed` is not a whole number from 0 to 4.
        OSError, ValueError: its file is missing or damaged.
    """
    seed = count(seed, "seed", minimum=0, maximum=4)
    with usual_defaults():
        autoencoder = Autoencoder(latent_dim=20)
    load_vae(PRETRAINED / f"autoencoder_20d_seed{seed}.pt", into=autoencoder)
    return autoencoder
