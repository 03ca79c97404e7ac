"""The latent explorer, which decodes in the browser: a widget, and one page for people without Python."""

import zlib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers._inputs import check_finite, check_images, check_labels, shown
from vae_helpers.model import VAE, check_vae
from vae_helpers.plotting import DIGIT_COLOURS, in_style
from vae_helpers.widgets.page import code_trait, is_plain, pack, script, style, weights_of, write_page
from vae_helpers.widgets.still import WithStill, blank, draw_picture

SCRIPT, STYLE = script("vae.js", "view.js", "pad.js", "explorer.js"), style("explorer.css")


@dataclass
class Snapshot:
    """A model as it was, and what it made of the images."""

    name: str
    vae: VAE
    codes: Tensor  # (N, D)

    @classmethod
    @torch.no_grad()
    def of(cls, name: str, vae: VAE, images: Tensor) -> "Snapshot":
        """Take one.

        Raises:
            TypeError, ValueError: vae.js cannot compute what the model does, or in no plane.
        """
        if not isinstance(name, str):
            raise TypeError(f"name must be a string, got {shown(name)}")
        check_vae(vae)
        if vae.latent_dim < 2:
            raise ValueError("vae must have a latent_dim of at least 2, to fill a plane, got 1")
        check_finite(weights_of(vae).half().float(), "the weights of vae")
        if not is_plain(vae):
            raise ValueError("vae must have the layers of a VAE, which the page computes; its own differ")
        codes = vae.encode(images.to(vae.to_mu.weight))[0].cpu()
        check_finite(codes.half().float(), "the codes of images")
        return cls(name, deepcopy(vae), codes)

    def packed(self) -> dict[str, Any]:
        """What the page gets."""
        return {
            "name": self.name,
            "weights": pack(weights_of(self.vae), "the weights of vae"),
            "codes": pack(self.codes, "the codes of images"),
        }


class LatentExplorer(WithStill, anywidget.AnyWidget):
    """A map of the latent space, the digit at any point of it, and a pad to draw on.

    `explorer.js` has the weights and does the matrix products, so moving about sends nothing to
    Python; a moment after the last move, `z` and `drawing` arrive. Both can be set, too.

    Args:
        vae: the model, with a `latent_dim` of at least 2, or several of one shape, `{name: model}`:
            a slider moves through them. Each is shown as it is now.
        images: float32 `(N, 1, 28, 28)` in [0, 1]; each becomes a point, the mean of its code.
        labels: int64 `(N,)`, the digit 0 to 9 of each image.

    Attributes:
        z: the chosen point, float32 `(D,)`; set it as a whole.
        drawing: what the model sees of the drawing, or of the picked digit: float32
            `(1, 1, 28, 28)` in [0, 1]; None before there is one.
        drawings: those that were kept, with "Keep", `(K, 1, 28, 28)`.
        shown: which model is shown, counted from 0; None for the newest one.

    Raises:
        TypeError, ValueError: a bad argument; a `z` or `drawing` of the wrong shape or range.
    """

    _esm = SCRIPT
    _css = STYLE

    latent_dim = traitlets.Int().tag(sync=True)
    hidden_dim = traitlets.Int().tag(sync=True)
    snapshots: Any = traitlets.List().tag(sync=True, **widgets.widget_serialization)
    shown = traitlets.Int(None, allow_none=True).tag(sync=True)
    images = traitlets.Bytes().tag(sync=True)
    labels = traitlets.Bytes().tag(sync=True)
    order = traitlets.List(traitlets.Int()).tag(sync=True)
    z = code_trait()
    drawing = traitlets.Any().tag(
        sync=True,
        to_json=lambda drawing, _: None if drawing is None else _to_bytes(drawing),
        from_json=lambda greys, _: None if greys is None else _from_bytes(greys),
    )
    drawings = traitlets.Any(torch.empty(0, 1, 28, 28, dtype=torch.float32, device="cpu")).tag(
        sync=True,
        to_json=lambda drawings, _: _to_bytes(drawings),
        from_json=lambda greys, _: _from_bytes(greys),
    )

    def __init__(self, vae: VAE | Mapping[str, VAE], images: Tensor, labels: Tensor) -> None:
        taken = _snapshots_of(vae, images, labels)
        self._images, self._taken = images, list[Snapshot]()
        super().__init__(**_state(taken, images, labels), z=taken[0].codes.new_zeros(taken[0].vae.latent_dim))
        for snapshot in taken:
            self._append(snapshot)

    def add(self, name: str, vae: VAE) -> None:
        """Take a snapshot of a model, to be shown beside the others; only this one is sent to the page.

        With a name that is there already, the story is told again from there: that snapshot and the
        later ones go, and this one comes in their place.

        Raises:
            TypeError, ValueError: `name` is not a string, or `vae` not a VAE of the shape of the others.
        """
        snapshot = Snapshot.of(name, vae, self._images)
        _check_shape(snapshot.vae, self._taken[0].vae)
        names = [there.name for there in self._taken]
        kept = names.index(name) if name in names else len(names)
        if kept < len(names):
            self._taken, self.shown = self._taken[:kept], None
            self.snapshots = self.snapshots[:kept]
        self._append(snapshot)

    def _append(self, snapshot: Snapshot) -> None:
        self._taken.append(snapshot)
        self.snapshots = [*self.snapshots, _Sent(**snapshot.packed())]

    @traitlets.validate("z")
    def _check_z(self, proposal: dict[str, Any]) -> Tensor:
        z = proposal["value"]
        check_finite(z, "z")
        if z.shape != (self.latent_dim,):
            raise ValueError(f"z must have shape ({self.latent_dim},), got {tuple(z.shape)}")
        return z.detach().cpu().float().clone()

    @traitlets.validate("drawing")
    def _check_drawing(self, proposal: dict[str, Any]) -> Tensor | None:
        drawing = proposal["value"]
        if drawing is None:
            return None
        check_images(drawing, "drawing")
        if len(drawing) != 1:
            raise ValueError(f"drawing must be one image, got {len(drawing)}")
        return drawing.detach().cpu().float()

    @traitlets.validate("drawings")
    def _check_drawings(self, proposal: dict[str, Any]) -> Tensor:
        drawings = proposal["value"]
        if not isinstance(drawings, Tensor) or len(drawings):
            check_images(drawings, "drawings")
        return drawings.detach().cpu().float()

    def still(self) -> Figure:
        """The plane on the left, the digit at its chosen point on the right."""
        chosen = self._taken[-1 if self.shown is None else self.shown]
        return _still(chosen, np.frombuffer(self.labels, np.uint8), self.order, self.z)


@in_style
@torch.no_grad()
def _still(chosen: Snapshot, labels: np.ndarray, order: list[int], z: Tensor) -> Figure:
    across, up = sorted(order[:2])
    figure = blank(height=4.2)
    plane, view = figure.subplots(1, 2)
    for digit in np.unique(labels):
        x, y = chosen.codes[torch.from_numpy(labels == digit)].T[[across, up]]
        plane.scatter(x, y, s=6, color=DIGIT_COLOURS[digit], label=str(digit))
    plane.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2, handletextpad=0)
    plane.plot(z[across], z[up], "o", markersize=12, markerfacecolor="none", color="black")
    plane.set(xlabel=f"z[{across}]", ylabel=f"z[{up}]")
    plane.set_label(f"A map of {len(labels):,} codes in the colours of their digits.")
    picture = chosen.vae.decode(z[None].to(chosen.vae.to_mu.weight))
    draw_picture(view, 255 * picture[0, 0].cpu().numpy())
    return figure


class _Sent(widgets.Widget):
    """A snapshot in the page: bytes that `explorer.js` unpacks."""

    name = traitlets.Unicode().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)
    codes = traitlets.Bytes().tag(sync=True)


def export_page(vae: VAE | Mapping[str, VAE], images: Tensor, labels: Tensor, path: str | Path) -> None:
    """Write the explorer as one HTML file, which opens from disk and asks nothing of the network.

    The weights are in it in 16 bits each. The file is written as a whole or not at all.

    Args:
        vae, images, labels: as for `LatentExplorer`.
        path: where to write; an existing file is replaced.

    Raises:
        TypeError, ValueError: a bad argument.
        OSError: the file cannot be written; what was there before is still there.
    """
    taken = _snapshots_of(vae, images, labels)
    newest = taken[-1]
    latent_dim, hidden_dim = newest.vae.latent_dim, newest.vae.hidden_dim
    state = _state(taken, images, labels)
    here = {
        "z": [0.0] * latent_dim,
        "snapshots": [str(number) for number in range(len(taken))],
        "models": [snapshot.packed() for snapshot in taken],
    }
    write_page(
        path,
        title="The latent space of handwritten digits",
        lead=f"A variational autoencoder has learned to write a digit as {latent_dim} numbers, "
        "and to draw it again.",
        about=f"The model (784–{hidden_dim}–{latent_dim}–{hidden_dim}–784, 16 bits for each weight) and "
        f"the codes of {len(images):,} digits of MNIST (LeCun, Cortes and Burges), in one file.",
        js=SCRIPT,
        css=STYLE,
        state=state | here,
        still=_still(newest, labels.cpu().numpy(), state["order"], newest.codes.new_zeros(latent_dim)),
    )


def _snapshots_of(vae: VAE | Mapping[str, VAE], images: Tensor, labels: Tensor) -> list[Snapshot]:
    """Snapshots of one model, or of several that have one shape."""
    vaes = vae if isinstance(vae, Mapping) else {"first": vae}
    if not vaes:
        raise ValueError("vae must be a VAE or hold at least one, got none")
    for one in vaes.values():
        check_vae(one)
        _check_shape(one, next(iter(vaes.values())))
    check_images(images)
    check_labels(labels, len(images))
    return [Snapshot.of(name, one, images) for name, one in vaes.items()]


def _check_shape(vae: VAE, first: VAE) -> None:
    sizes, expected = (f"latent_dim={one.latent_dim}, hidden_dim={one.hidden_dim}" for one in (vae, first))
    if sizes != expected:
        raise ValueError(f"vae must have the shape of the first model, {expected}, got {sizes}")


def _state(taken: list[Snapshot], images: Tensor, labels: Tensor) -> dict[str, Any]:
    """What all models of an explorer share, and which dimensions tell the newest one's digits apart best."""
    newest = taken[-1]
    labels = labels.cpu()
    means = torch.stack([newest.codes[labels == digit].mean(0) for digit in labels.unique()])
    return {
        "latent_dim": newest.vae.latent_dim,
        "hidden_dim": newest.vae.hidden_dim,
        "images": zlib.compress(_to_bytes(images)),
        "labels": labels.byte().numpy().tobytes(),
        "order": means.var(0, correction=0).argsort(descending=True).tolist(),
    }


def _to_bytes(images: Tensor) -> bytes:
    return (255 * images).round().byte().cpu().numpy().tobytes()


def _from_bytes(greys: Any) -> Tensor:
    return torch.tensor(np.frombuffer(greys, np.uint8), device="cpu").reshape(-1, 1, 28, 28) / 255
