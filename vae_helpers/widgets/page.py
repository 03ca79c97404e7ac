"""What goes to the page: its scripts, and the numbers of a model in few bytes."""

import zlib
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vae_helpers._inputs import check_finite
from vae_helpers.model import VAE

STEP = 2.0**-12  # of the numbers in a page: no pixel becomes another by more than half a grey level
HERE = Path(__file__).parent


def script(name: str) -> str:
    """A view's JavaScript as one module: the VAE in JavaScript, then the view that uses it."""
    return _join("vae.js", name)


def style(name: str) -> str:
    """A view's look: colours, buttons and canvases as in every view, then its own layout."""
    return _join("vae.css", name)


def _join(*names: str) -> str:
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


def pack(numbers: Tensor, what: str, before: Tensor | None = None) -> bytes:
    """Write numbers as whole steps, for `unpack` in vae.js: a third of what they take in 32 bits.

    Where a page has similar numbers already, such as the weights of an epoch ago, only the differences go
    into the bytes. Most are small, so their first bytes are 0: all first bytes are laid side by side, then
    all second ones, and what repeats is deflated away.

    Raises:
        ValueError: the numbers, named `what`, are not finite, or beyond what 16 bits can hold.
    """
    check_finite(numbers.half().float(), what)
    steps = _steps(numbers) - (0 if before is None else _steps(before))
    unsigned = (steps << 1) ^ (steps >> 31)  # 0, -1, 1, -2 ... become 0, 1, 2, 3 ...
    planes = unsigned.astype("<u4").view("u1").reshape(-1, 4).T
    return zlib.compress(planes.tobytes(), level=6)


def _steps(numbers: Tensor) -> np.ndarray:
    return (numbers.detach().cpu().double() / STEP).round().flatten().numpy().astype(np.int32)


def weights_of(module: torch.nn.Module) -> Tensor:
    """Each layer's weight and bias, one after the other, in the order of the state dict."""
    return torch.cat([weight.flatten() for weight in module.state_dict().values()])


@torch.no_grad()
def is_plain(vae: VAE) -> bool:
    """Whether vae.js computes what `vae` does: a VAE's layers, its numbers, none too large."""
    weights = deepcopy(vae.state_dict())  # of what was made in inference mode, too
    with torch.device("meta"):  # shapes alone: no draw of weights
        plain = VAE(vae.latent_dim, vae.hidden_dim)
    shapes = {name: weight.shape for name, weight in plain.state_dict().items()}
    if {name: weight.shape for name, weight in weights.items()} != shapes:
        return False
    if not weights_of(vae).half().isfinite().all():
        return False
    plain.load_state_dict(weights, assign=True)
    z = torch.linspace(-2, 2, 3 * vae.latent_dim, device="cpu").reshape(3, -1).to(vae.to_mu.weight)
    x = torch.linspace(0, 1, 3 * 784, device="cpu").reshape(3, 1, 28, 28).to(vae.to_mu.weight)
    pairs = zip((vae.decode(z), *vae.encode(x)), (plain.decode(z), *plain.encode(x)), strict=True)
    return all(torch.allclose(theirs, ours) for theirs, ours in pairs)
