"""Save a VAE, load it again, and find the ones that come with the notebooks."""

from io import BytesIO
from pathlib import Path

import torch

from vae_helpers._files import read_whole, write_whole
from vae_helpers._inputs import check_type, count, shown
from vae_helpers._paths import SHIPPED
from vae_helpers.model import VAE

PRETRAINED = SHIPPED / "pretrained"
STORED = (torch.float16, torch.float32)


def save_vae(vae: VAE, path: str | Path) -> None:
    """Write weights, sizes and the names of class and layers to one file, all of it or nothing.

    No code goes into the file. So a model with a class, layers or a forward of its own comes back only
    through `load_vae(path, into=MyVAE())`. `save_vae(vae.half(), path)` takes half the room; `load_vae`
    gives 32 bits again, of three digits each.

    >>> save_vae(VAE(), "my_vae.pt")

    Raises:
        TypeError: `vae` is not a VAE, or `path` not a path.
        ValueError: its weights have neither 32 nor 16 bits.
        OSError: the file cannot be written; what was there before is still there.
    """
    check_type(vae, VAE, "vae must be a VAE")
    weights = list(vae.parameters())
    if not weights or any(weight.dtype not in STORED for weight in weights):
        raise ValueError("vae must have weights of 32 or 16 bits, and must not be quantized; use vae.float()")
    checkpoint = {
        "class": _class_of(vae),
        "layers": repr(vae),
        "latent_dim": vae.latent_dim,
        "hidden_dim": vae.hidden_dim,
        "weights": vae.state_dict(),
    }
    file = BytesIO()
    torch.save(checkpoint, file)
    write_whole(path, file.getvalue())


def load_vae(path: str | Path, into: VAE | None = None) -> VAE:
    """Read a model that `save_vae` wrote, onto the CPU. No code from the file is run.

    >>> save_vae(VAE(latent_dim=2), "my_vae.pt")
    >>> load_vae("my_vae.pt").latent_dim
    2

    Args:
        path: the file.
        into: a model as the saved one was, of your own class: its weights are replaced, and it is returned.

    Raises:
        TypeError: `path` is not a path, or `into` not a VAE.
        OSError: there is no such file (FileNotFoundError), or it cannot be read.
        ValueError: the file is cut, or not one of `save_vae`'s, or holds another model than a plain VAE or
            than `into`.
    """
    data = read_whole(path, f"there is no checkpoint {path}; write one with save_vae(vae, path)")
    try:
        checkpoint = torch.load(BytesIO(data), map_location="cpu", weights_only=True)
        weights = checkpoint["weights"]
        with torch.device("meta"):  # shapes without memory, so that a foreign file cannot ask for much
            plain = VAE(checkpoint["latent_dim"], checkpoint["hidden_dim"])
        saved = checkpoint.get("class", "VAE"), checkpoint.get("layers", repr(plain))  # new in version 3
        is_plain = saved == ("VAE", repr(plain))
        if is_plain:
            plain.load_state_dict(weights, assign=True)
        if any(weight.dtype not in STORED for weight in weights.values()):
            raise ValueError("not a file of save_vae")
    except Exception:
        raise ValueError(f"{path} is cut, or is not a checkpoint that save_vae wrote") from None
    if into is None and is_plain:
        return plain.float()
    kind = f"a model of class {saved[0]} with layers or a forward of its own"
    if is_plain:
        kind = f"a plain VAE({plain.latent_dim}, {plain.hidden_dim})"
    if into is None:
        raise ValueError(
            f"{path} holds {kind}; load it with load_vae(path, into=...) and a new model like it"
        )
    check_type(into, VAE, "into must be a VAE")
    if saved != (_class_of(into), repr(into)):
        raise ValueError(f"into must be like the saved model, {kind}, got {_class_of(into)}")
    into.load_state_dict(weights)
    return into


def pretrained(latent_dim: int = 20, seed: int = 0) -> VAE:
    """A VAE that comes with the notebooks: the lab sheet's recipe, ten epochs.

    Five of 20 dimensions, so that a claim about VAEs need not rest on one run; one of 2 dimensions.

    >>> pretrained(latent_dim=20).decode(torch.zeros(1, 20)).shape
    torch.Size([1, 1, 28, 28])

    Raises:
        TypeError, ValueError: `latent_dim` or `seed` is none of these.
        OSError, ValueError: its file is missing or damaged.
    """
    latent_dim = count(latent_dim, "latent_dim")
    if latent_dim not in (20, 2):
        raise ValueError(f"latent_dim must be 20 or 2, got {shown(latent_dim)}; train another one with train")
    seed = count(seed, "seed", minimum=0)
    last = 4 if latent_dim == 20 else 0
    if seed > last:
        raise ValueError(f"seed must be 0 to 4 for 20 dimensions and 0 for 2, got {shown(seed)}")
    name = f"vae_{latent_dim}d_seed{seed}.pt" if seed else f"vae_{latent_dim}d.pt"
    return load_vae(PRETRAINED / name)


def _class_of(vae: VAE) -> str:
    """The name of its class; "VAE" alone is the package's own, with nothing replaced in the object."""
    name = type(vae).__name__
    if name == "VAE" and type(vae) is not VAE:
        name = f"{type(vae).__module__}.VAE"
    replaced = [method for method in ("encode", "decode", "decode_logits", "forward") if method in vars(vae)]
    return f"{name} with its own {' and '.join(replaced)}" if replaced else name
