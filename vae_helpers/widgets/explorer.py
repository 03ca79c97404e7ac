"""The latent explorer, which decodes in the browser: a widget, and one page for people without Python."""

import json
from base64 import b64encode
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import Any

import anywidget
import torch
import traitlets
from torch import Tensor

from vae_helpers._files import write_whole
from vae_helpers._inputs import check_finite, check_images, check_labels
from vae_helpers.model import VAE, check_vae

SCRIPT = Path(__file__).with_name("explorer.js")
STYLE = Path(__file__).with_name("explorer.css")
PAGE = Path(__file__).with_name("explorer.html")
PICKABLE = 100  # this many images, the first ones, come along to be picked


class LatentExplorer(anywidget.AnyWidget):
    """A map of the latent space, the digit at any point of it, and a pad to draw on.

    `explorer.js` has the weights and does the matrix products, so moving about sends nothing to
    Python; a moment after the last move, `z` and `drawing` arrive. Both can be set, too.

    Args:
        vae: the model, with a `latent_dim` of at least 2.
        images: float32 `(N, 1, 28, 28)` in [0, 1]; each becomes a point, the mean of its code.
        labels: int64 `(N,)`, the digit 0 to 9 of each image.

    Attributes:
        z: the chosen point, float32 `(D,)`.
        drawing: what the model sees of the drawing, or of the picked digit: float32
            `(1, 1, 28, 28)` in [0, 1]; None before there is one.

    Raises:
        TypeError, ValueError: a bad argument; a `z` or `drawing` of the wrong shape or range.
    """

    _esm = SCRIPT
    _css = STYLE

    latent_dim = traitlets.Int().tag(sync=True)
    hidden_dim = traitlets.Int().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)
    codes = traitlets.Bytes().tag(sync=True)
    labels = traitlets.Bytes().tag(sync=True)
    digits = traitlets.Bytes().tag(sync=True)
    means = traitlets.Dict().tag(sync=True)
    order = traitlets.List(traitlets.Int()).tag(sync=True)
    z = traitlets.Any().tag(
        sync=True,
        to_json=lambda z, _: z.tolist(),
        from_json=lambda numbers, _: torch.tensor(numbers),
    )
    drawing = traitlets.Any().tag(
        sync=True,
        to_json=lambda drawing, _: None if drawing is None else _to_bytes(drawing),
        from_json=lambda greys, _: None if greys is None else _from_bytes(greys),
        echo_update=False,  # a late echo would wipe the next stroke
    )

    def __init__(self, vae: VAE, images: Tensor, labels: Tensor) -> None:
        super().__init__(**_state(vae, images, labels, torch.float32), z=torch.zeros(vae.latent_dim))

    def __repr__(self) -> str:
        """Without an address in memory, which would differ from run to run."""
        return f"LatentExplorer(latent_dim={self.latent_dim})"

    @traitlets.validate("z")
    def _check_z(self, proposal: dict[str, Any]) -> Tensor:
        z = proposal["value"]
        check_finite(z, "z")
        if z.shape != (self.latent_dim,):
            raise ValueError(f"z must have shape ({self.latent_dim},), got {tuple(z.shape)}")
        return z.detach().cpu().float()

    @traitlets.validate("drawing")
    def _check_drawing(self, proposal: dict[str, Any]) -> Tensor | None:
        drawing = proposal["value"]
        if drawing is None:
            return None
        check_images(drawing, "drawing")
        if len(drawing) != 1:
            raise ValueError(f"drawing must be one image, got {len(drawing)}")
        return drawing.detach().cpu().float()


def export_page(vae: VAE, images: Tensor, labels: Tensor, path: str | Path) -> None:
    """Write the explorer as one HTML file, which opens from disk and asks nothing of the network.

    The weights are in it as 16-bit floats, so that the pixels differ by about 0.001. The file is
    written as a whole or not at all.

    Args:
        vae, images, labels: as for `LatentExplorer`.
        path: where to write; an existing file is replaced.

    Raises:
        TypeError, ValueError: a bad argument.
        OSError: the file cannot be written; what was there before is still there.
    """
    state = _state(vae, images, labels, torch.float16) | {"z": [0.0] * vae.latent_dim}
    page = Template(PAGE.read_text(encoding="utf-8")).substitute(
        script=SCRIPT.read_text(encoding="utf-8"),
        style=STYLE.read_text(encoding="utf-8"),
        state=json.dumps(state, default=lambda data: b64encode(data).decode()),
        layers=f"784–{vae.hidden_dim}–{vae.latent_dim}–{vae.hidden_dim}–784",
        latent_dim=vae.latent_dim,
        points=f"{len(images):,}",
        version=version("vae-helpers"),
    )
    write_whole(path, page.encode())


@torch.no_grad()
def _state(vae: VAE, images: Tensor, labels: Tensor, dtype: torch.dtype) -> dict[str, Any]:
    """What explorer.js gets: the model, the code of each image, and the first images themselves."""
    check_vae(vae)
    if vae.latent_dim < 2:
        raise ValueError("vae must have a latent_dim of at least 2, to fill a plane, got 1")
    check_images(images)
    check_labels(labels, len(images))
    weights = torch.cat([weight.flatten() for weight in vae.state_dict().values()]).to(dtype)
    check_finite(weights.float(), "the weights of vae")
    codes = vae.encode(images.to(vae.to_mu.weight))[0].cpu()
    check_finite(codes.to(dtype).float(), "the codes of images")
    labels = labels.cpu()
    means = {int(digit): codes[labels == digit].mean(0) for digit in labels.unique()}
    spread = torch.stack(list(means.values())).var(0, correction=0)
    return {
        "latent_dim": vae.latent_dim,
        "hidden_dim": vae.hidden_dim,
        "weights": weights.cpu().numpy().tobytes(),
        "codes": codes.to(dtype).numpy().tobytes(),
        "labels": labels.byte().numpy().tobytes(),
        "digits": _to_bytes(images[:PICKABLE]),
        "means": {digit: mean.tolist() for digit, mean in means.items()},
        "order": spread.argsort(descending=True).tolist(),
    }


def _to_bytes(images: Tensor) -> bytes:
    return (255 * images).round().byte().cpu().numpy().tobytes()


def _from_bytes(greys: Any) -> Tensor:
    return torch.frombuffer(bytearray(greys), dtype=torch.uint8).reshape(-1, 1, 28, 28) / 255
