"""Save a VAE, load it again, and find the ones that come with the notebooks."""

from io import BytesIO
from pathlib import Path

import torch
from torch import nn

from vae_helpers._files import read_whole, write_whole
from vae_helpers._inputs import count, shown
from vae_helpers.data import SHIPPED
from vae_helpers.model import VAE, check_vae

PRETRAINED = SHIPPED / "pretrained"
STORED = (torch.float16, torch.float32)


def save_vae(vae: VAE, path: str | Path) -> None:
    """Write the model's two sizes and its weights to one file, all of it or nothing.

    `save_vae(vae.half(), path)` takes half the room; `load_vae` gives 32 bits again, of three digits each.

    >>> save_vae(VAE(), "my_vae.pt")

    Raises: TypeError: `vae` is not a VAE, or `path` not a path. ValueError: `load_vae` could not read it:
        other layers than a VAE's, or not in 32 or 16 bits. OSError: the file cannot be written; what
        was there before is still there.
    """
    check_vae(vae)
    checkpoint = {"latent_dim": vae.latent_dim, "hidden_dim": vae.hidden_dim, "weights": vae.state_dict()}
    file = BytesIO()
    torch.save(checkpoint, file)
    try:
        _read_vae(file.getvalue())
    except Exception:
        raise ValueError("vae must have the layers of a VAE, with weights of 32 or 16 bits") from None
    write_whole(path, file.getvalue())


def load_vae(path: str | Path) -> VAE:
    """Read a model that `save_vae` wrote, onto the CPU. No code from the file is run.

    >>> save_vae(VAE(latent_dim=2), "my_vae.pt")
    >>> load_vae("my_vae.pt").latent_dim
    2

    Raises: TypeError: `path` is not a path. OSError: there is no such file (FileNotFoundError), or it
        cannot be read. ValueError: the file is cut, or not one of `save_vae`'s.
    """
    data = read_whole(path, f"there is no checkpoint {path}; write one with save_vae(vae, path)")
    try:
        return _read_vae(data)
    except Exception:
        raise ValueError(f"{path} is cut, or is not a checkpoint that save_vae wrote") from None


def pretrained(latent_dim: int = 20, seed: int = 0) -> VAE:
    """A VAE that comes with the notebooks: the lab sheet's recipe, ten epochs.

    Five of 20 dimensions, so that a claim about VAEs need not rest on one run; one of 2 dimensions.

    >>> pretrained(latent_dim=20).decode(torch.zeros(1, 20)).shape
    torch.Size([1, 1, 28, 28])

    Raises: TypeError, ValueError: `latent_dim` or `seed` is none of these. OSError, ValueError: as
        `load_vae`, if its file is missing or damaged.
    """
    latent_dim = count(latent_dim, "latent_dim")
    if latent_dim not in (20, 2):
        raise ValueError(f"latent_dim must be 20 or 2, got {shown(latent_dim)}; train another one with train")
    seed = count(seed, "seed", minimum=0)
    if seed > (4 if latent_dim == 20 else 0):
        raise ValueError(f"seed must be 0 to 4 for 20 dimensions and 0 for 2, got {shown(seed)}")
    return load_vae(PRETRAINED / f"vae_{latent_dim}d{f'_seed{seed}' if seed else ''}.pt")


def load_weights(model: nn.Module, path: Path) -> None:
    """Put the weights of a shipped file into a model of another class than VAE.

    Raises: ValueError: the file is missing or damaged.
    """
    try:
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception:
        raise ValueError(
            f"{path} is missing or damaged; copy it from another copy of this course, or get the course again"
        ) from None


def _read_vae(data: bytes) -> VAE:
    """The model in a checkpoint's bytes, or any error at all."""
    checkpoint = torch.load(BytesIO(data), map_location="cpu", weights_only=True)
    with torch.device("meta"):  # shapes without memory, so that a foreign file cannot ask for much
        vae = VAE(checkpoint["latent_dim"], checkpoint["hidden_dim"])
    vae.load_state_dict(checkpoint["weights"], assign=True)
    if any(weight.dtype not in STORED or weight.is_meta for weight in vae.parameters()):
        raise ValueError("weights are of another kind, or have only a shape")
    return vae.float()
