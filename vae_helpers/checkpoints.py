"""Save a VAE, load it again, and find the ones that come with the notebooks."""

from io import BytesIO
from pathlib import Path

import torch

from vae_helpers._files import write_whole
from vae_helpers._inputs import check_path, count, shown
from vae_helpers.data import NOTEBOOKS
from vae_helpers.model import VAE, check_vae

PRETRAINED = NOTEBOOKS / "pretrained"


def save_vae(vae: VAE, path: str | Path) -> None:
    """Write the model's two sizes and its weights to one file, all of it or nothing.

    >>> save_vae(VAE(), "my_vae.pt")

    Raises:
        TypeError: `vae` is not a VAE, or `path` not a path.
        ValueError: `load_vae` could not read it: other layers than a VAE's, or not in float32.
        OSError: the file cannot be written; what was there before is still there.
    """
    check_vae(vae)
    checkpoint = {"latent_dim": vae.latent_dim, "hidden_dim": vae.hidden_dim, "weights": vae.state_dict()}
    file = BytesIO()
    torch.save(checkpoint, file)
    try:
        _read_vae(file.getvalue())
    except Exception:
        raise ValueError("vae must have float32 weights in the layers of a VAE, to be loaded again") from None
    write_whole(path, file.getvalue())


def load_vae(path: str | Path) -> VAE:
    """Read a model that `save_vae` wrote, onto the CPU. No code from the file is run.

    >>> save_vae(VAE(latent_dim=2), "my_vae.pt")
    >>> load_vae("my_vae.pt").latent_dim
    2

    Raises:
        TypeError: `path` is not a path.
        OSError: there is no such file (FileNotFoundError), or it cannot be read.
        ValueError: the file is cut, or not one of `save_vae`'s.
    """
    check_path(path, "path")
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"there is no checkpoint {path}; write one with save_vae(vae, path)"
        ) from None
    except OSError as error:
        raise type(error)(f"{path} cannot be read: {error.strerror}") from None
    try:
        return _read_vae(data)
    except Exception:
        raise ValueError(f"{path} is cut, or is not a checkpoint that save_vae wrote") from None


def pretrained(latent_dim: int = 20) -> VAE:
    """The VAE that comes with the notebooks: the lab sheet's recipe, ten epochs, seed 0.

    >>> pretrained(latent_dim=20).decode(torch.zeros(1, 20)).shape
    torch.Size([1, 1, 28, 28])

    Raises:
        TypeError, ValueError: `latent_dim` is neither 20 nor 2.
        OSError, ValueError: as `load_vae`, if its file is missing or damaged.
    """
    latent_dim = count(latent_dim, "latent_dim")
    if latent_dim not in (20, 2):
        raise ValueError(f"latent_dim must be 20 or 2, got {shown(latent_dim)}; train another one with train")
    return load_vae(PRETRAINED / f"vae_{latent_dim}d.pt")


def _read_vae(data: bytes) -> VAE:
    """The model in a checkpoint's bytes, or any error at all."""
    checkpoint = torch.load(BytesIO(data), map_location="cpu", weights_only=True)
    with torch.device("meta"):  # shapes without memory, so that a foreign file cannot ask for much
        vae = VAE(checkpoint["latent_dim"], checkpoint["hidden_dim"])
    vae.load_state_dict(checkpoint["weights"], assign=True)
    if any(weight.dtype != torch.float32 or weight.is_meta for weight in vae.parameters()):
        raise ValueError("weights are not float32, or have only a shape")
    return vae
