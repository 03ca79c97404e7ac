"""What goes to the page: its scripts, the numbers of a model in few bytes, and a page of its own."""

import json
import zlib
from base64 import b64encode
from collections.abc import Mapping
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers._files import write_whole
from vae_helpers._inputs import check_finite
from vae_helpers.model import VAE
from vae_helpers.plotting import DIGIT_COLOURS, figure_html

STEP = 2.0**-12  # of the numbers in a page: no pixel of a shipped model's draws is off by a grey level
LARGEST = 2**15 - 1  # steps
HERE = Path(__file__).parent


def script(*names: str) -> str:
    """Files of JavaScript as one module, which has the colours of the digits, too."""
    return "\n".join([f"const DIGIT_COLOURS = {json.dumps(DIGIT_COLOURS)};", *map(_read, names)])


def style(name: str) -> str:
    """A view's look: colours, buttons and canvases as in every view, then its own layout."""
    return f"{_read('vae.css')}\n{_read(name)}"


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def pack(numbers: Tensor, what: str) -> bytes:
    """Write numbers as whole steps of 1/4096 in 16 bits each, for `unpack` in view.js.

    Where one is 8 or more, the steps of all are larger, as large as they must be. First comes the size of a
    step. All low bytes are laid side by side, then all high ones, of which most are alike: so zlib takes a
    third of what the numbers take in 32 bits.

    Raises:
        ValueError: the numbers, named `what`, are not finite.
    """
    check_finite(numbers, what)
    values = numbers.detach().cpu().double().flatten().numpy()
    step = np.float32(max(STEP, np.abs(values).max() / LARGEST))
    steps = (values / step).round().clip(-LARGEST, LARGEST).astype("<i2")
    planes = steps.view("u1").reshape(-1, 2).T
    return zlib.compress(step.tobytes() + planes.tobytes(), level=6)


def code_trait() -> traitlets.Any:
    """A code `(D,)`, which the page has as a list."""
    return traitlets.Any().tag(
        sync=True,
        to_json=lambda z, _: z.tolist(),
        from_json=lambda numbers, _: torch.tensor(numbers, dtype=torch.float32, device="cpu"),
    )


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
    if not weights_of(vae).half().isfinite().all():  # far too large for the steps of `pack`
        return False
    plain.load_state_dict(weights, assign=True)
    z = torch.linspace(-2, 2, 3 * vae.latent_dim, device="cpu").reshape(3, -1).to(vae.to_mu.weight)
    x = torch.linspace(0, 1, 3 * 784, device="cpu").reshape(3, 1, 28, 28).to(vae.to_mu.weight)
    pairs = zip((vae.decode(z), *vae.encode(x)), (plain.decode(z), *plain.encode(x)), strict=True)
    return all(torch.allclose(theirs, ours) for theirs, ours in pairs)


def write_page(
    path: str | Path,
    *,
    title: str,
    lead: str,
    about: str,
    js: str,
    css: str,
    state: Mapping[str, Any],
    still: Figure,
) -> None:
    """Write a widget as one HTML file, which opens from disk and asks nothing of the network.

    Until its script has run, and where that cannot run, the page shows a sentence and the still picture.

    Args:
        path: where to write; an existing file is replaced.
        title, lead, about: HTML for the heading, the line below it, and the last lines.
        js, css: of the widget, as `script` and `style` read them.
        state: the values of the widget's traits; bytes are written in base64.
        still: the picture; its alternative text is made from what it contains.

    Raises:
        OSError: the file cannot be written; what was there before is still there.
    """
    text = json.dumps(state, default=lambda data: {"bytes": b64encode(data).decode()})
    page = Template(_read("page.html")).substitute(
        title=title,
        lead=lead,
        about=f"{about} It computes in your browser and asks nothing of the network.",
        version=version("vae-helpers"),
        script=js,
        style=css,
        state=text.replace("<", "\\u003c"),
        still=figure_html(still),
    )
    write_whole(path, page.encode())
