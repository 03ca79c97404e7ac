"""Sliders for the dimensions of a code, and the digit that it decodes to."""

from copy import deepcopy
from math import ceil, floor
from typing import Any

import anywidget
import ipywidgets as widgets
import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vae_helpers._inputs import check_finite, check_images, count
from vae_helpers.data import load_mnist
from vae_helpers.losses import kl_per_dimension
from vae_helpers.model import VAE, check_vae
from vae_helpers.widgets.page import code_trait, is_plain, pack, script, style, weights_of
from vae_helpers.widgets.still import WithStill, blank, draw_picture, draw_sliders

STEP = 0.01  # of a slider
MORPH = 50  # steps
PICKABLE = 1000  # images for "next digit"


class LatentSliders(WithStill, widgets.Box):
    """Move the dimensions of a code, and see at once what it decodes to.

    The sliders are ordered by what their dimensions carry: the KL in their labels, in nats,
    averaged over `images`. A dimension without a slider stays where "zero", "random", "next
    digit" or `z = ...` put it. "morph" walks from the code before the last of these to the one
    after it.

    `sliders.js` has the decoder as it is now, and draws without asking Python: the picture follows a
    slider while the kernel is busy, and `z` follows when it is free again. A network of other layers,
    in a subclass of `VAE`, is decoded in Python.

    Args:
        vae: encodes `images`, and decodes; unchanged.
        images: what "next digit" goes through (the first 1,000), `(N, 1, 28, 28)` in [0, 1]; by
            default the test images.
        dims: show at most this many sliders.

    Raises:
        TypeError, ValueError: a bad argument.
    """

    @torch.no_grad()
    def __init__(self, vae: VAE, images: Tensor | None = None, dims: int = 10) -> None:
        check_vae(vae)
        if images is None:
            images, _ = load_mnist(train=False)
        check_images(images)
        dims = count(dims, "dims")
        self._vae = deepcopy(vae).eval()
        self._weight = next(self._vae.parameters())
        codes, logvar = self._vae.encode(images.to(self._weight))  # (N, D) each
        check_finite(codes, "vae.encode(images)")
        top = kl_per_dimension(codes, logvar).topk(min(dims, vae.latent_dim))
        kl, self._order = top.values.tolist(), top.indices.tolist()
        limit = max(3, ceil(codes.abs().quantile(0.999)))
        names = [f"z[{d}] · {nats:.1f} nats" for d, nats in zip(self._order, kl, strict=True)]

        self.sliders = [_slider(name, limit) for name in names]
        self.picture = _Picture(
            sliders=self.sliders,
            order=self._order,
            decoder=pack(weights_of(self._vae.decoder), "the weights of vae") if is_plain(self._vae) else b"",
            hidden_dim=vae.hidden_dim,
            codes=pack(codes[:PICKABLE], "vae.encode(images)"),
            z=codes[-1],
        )
        self.picture.on_msg(self._answer)
        super().__init__([self.picture, widgets.VBox(self.sliders)])
        self.add_class("vae-sliders").add_class("vae-latent")
        self.z = codes[-1]
        self.z = codes[0]  # "morph" has two digits from the start

    @property
    def z(self) -> Tensor:
        """A copy of the code shown, `(D,)`. Set it to go there; a slider's range grows where it must."""
        z = self.picture.z.to(self._weight, copy=True)
        for dim, slider in zip(self._order, self.sliders, strict=True):
            if _in_steps(slider.value) != _in_steps(z[dim].item()):  # else it shows z as well as it can
                z[dim] = slider.value
        return z

    @z.setter
    def z(self, z: Tensor) -> None:
        check_finite(z, "z")
        if z.shape != (self._vae.latent_dim,):
            raise ValueError(f"z must have shape ({self._vae.latent_dim},), got {tuple(z.shape)}")
        self._decode(z)  # refuses a z of which no picture can be made, before anything moves
        with self.picture.hold_sync():
            self.picture.path = [self.z.tolist(), z.tolist()]
            self.picture.morph = MORPH
            self.picture.z = z.detach().clone()
        for slider, number in zip(self.sliders, z[self._order].tolist(), strict=True):
            value = STEP * _in_steps(number)
            slider.min, slider.max = min(slider.min, value), max(slider.max, value)
            slider.value = value

    @torch.no_grad()
    def _decode(self, z: Tensor) -> np.ndarray:
        """The digit in grey levels 0 to 255, bytes `(28, 28)`."""
        image = self._vae.decode(z.to(self._weight)[None])[0, 0].cpu().numpy()
        return (255 * image).round().astype("uint8")

    def _answer(self, _picture: object, question: dict[str, list[float]], _buffers: object) -> None:
        """Decode what the page cannot."""
        try:
            z = torch.tensor(question["z"], device="cpu")
            pixels, words = [self._decode(z).tobytes()], ""
        except Exception as error:  # a callback has no other place to tell it
            pixels, words = [], f"The picture is out of date. {type(error).__name__}: {error}"
        self.picture.send({"words": words}, buffers=pixels)

    def still(self) -> Figure:
        """The digit on the left, its sliders on the right."""
        figure = blank(height=4)
        left, right = figure.subplots(1, 2, width_ratios=[0.8, 1])
        draw_picture(left, self._decode(self.z))
        draw_sliders(right, self.sliders)
        return figure


class _Picture(anywidget.AnyWidget):
    """The digit, its buttons and its morph, in the page."""

    _esm = script("vae.js", "view.js", "sliders.js")
    _css = style("sliders.css")

    sliders: Any = traitlets.List().tag(sync=True, **widgets.widget_serialization)
    order = traitlets.List(traitlets.Int()).tag(sync=True)
    decoder = traitlets.Bytes().tag(sync=True)  # nothing if only Python can decode
    hidden_dim = traitlets.Int().tag(sync=True)
    codes = traitlets.Bytes().tag(sync=True)
    digit = traitlets.Int(0).tag(sync=True)  # which of the codes "next digit" took last
    path: Any = traitlets.List().tag(sync=True)
    last = traitlets.Int(MORPH).tag(sync=True)
    morph = traitlets.Int(MORPH).tag(sync=True)
    z = code_trait()


def _in_steps(value: float) -> int:
    """The nearest stop of a slider, counted from 0: as in sliders.js, halves go up."""
    return floor(value / STEP + 0.5)


def _slider(name: str, limit: float) -> widgets.FloatSlider:
    """One dimension of the code."""
    return widgets.FloatSlider(
        min=-limit,
        max=limit,
        step=STEP,
        description=name,
        tooltip=name,
        style={"description_width": "110px"},
        layout={"width": "auto", "min_height": "28px"},
    )
