"""Sliders for the dimensions of a code, and the digit that it decodes to."""

from collections.abc import Callable
from itertools import cycle
from math import ceil

import ipywidgets as widgets
import torch
from torch import Tensor
from traitlets import Bunch, CFloat

from vae_helpers._inputs import check_finite, check_images, count
from vae_helpers.data import load_mnist
from vae_helpers.latent import interpolate
from vae_helpers.losses import kl_per_dimension
from vae_helpers.model import VAE, check_vae
from vae_helpers.widgets.picture import PictureBox, png

SIDE = 336  # of the picture on the page: 12 for each of its 28 pixels
STEPS = 51  # of a morph
STEP = 0.01  # of a slider
CRISP = "<style>.vae-crisp { image-rendering: pixelated }</style>"


class LatentSliders(PictureBox):
    """Move the dimensions of a code, and see at once what it decodes to.

    The sliders are ordered by what their dimensions carry: the KL in their labels, in nats,
    averaged over `images`. A dimension without a slider stays where "zero", "random", "next
    digit" or `z = ...` put it. "morph" walks from the code before the last of these to the one
    after it.

    Args:
        vae: encodes `images` once, and decodes; unchanged.
        images: what "next digit" goes through, `(N, 1, 28, 28)` in [0, 1]; by default the test images.
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
        codes, logvar = vae.encode(images.to(vae.to_mu.weight))  # (N, D) each
        check_finite(codes, "vae.encode(images)")
        top = kl_per_dimension(codes, logvar).topk(min(dims, vae.latent_dim))
        kl, order = top.values.tolist(), top.indices.tolist()
        limit = max(3, ceil(codes.abs().quantile(0.999)))
        names = [f"z[{d}] · {nats:.1f} nats" for d, nats in zip(order, kl, strict=True)]

        self._vae, self._order, self._z = vae, order, torch.zeros_like(codes[0])
        self.sliders = [_Slider(name, limit) for name in names]
        self.morph = widgets.IntSlider(
            max=STEPS - 1,
            description="morph",
            readout=False,
            style={"description_width": "initial"},
            layout={"width": "180px"},
        )
        self.morph.observe(self._walk, "value")
        self.play = widgets.Play(max=STEPS - 1, interval=80)
        widgets.link((self.play, "value"), (self.morph, "value"))
        digits = cycle(codes)
        self.buttons = [
            self._button("zero", lambda: torch.zeros_like(self._z)),
            self._button("random", lambda: torch.randn_like(self._z)),
            self._button("next digit", lambda: next(digits)),
        ]
        super().__init__(self.sliders, SIDE, SIDE)
        self._arrange()
        self.z = codes[-1]
        self.z = next(digits)  # "morph" has two digits from the start

    @property
    def z(self) -> Tensor:
        """The code shown, `(D,)`. Set it to show another; a slider's range grows where it must."""
        return self._z.clone()

    @z.setter
    def z(self, z: Tensor) -> None:
        check_finite(z, "z")
        if z.shape != self._z.shape:
            raise ValueError(f"z must have shape {tuple(self._z.shape)}, got {tuple(z.shape)}")
        z = z.detach().to(self._z)
        self._path = interpolate(self.z, z, STEPS)
        with self.one_redraw():
            self.morph.value = STEPS - 1
            self._place(z)

    def draw(self) -> tuple[bytes, str]:
        """The decoded digit, 28 by 28; the browser magnifies it without smoothing."""
        with torch.no_grad():
            image = self._vae.decode(self._z[None])[0, 0].cpu().numpy()
        return png((255 * image).round().astype("uint8")), ""

    def _redraw(self, change: Bunch | None = None) -> None:
        """Follow a slider. The page sends back what it is told: less than half a step is no move."""
        if change and not self._redrawing:
            if abs(change.new - change.old) < STEP / 2:
                return
            self._z[self._order[self.sliders.index(change.owner)]] = change.new
        super()._redraw()

    def _place(self, z: Tensor) -> None:
        """Move the sliders to `z`, each to the step nearest to it, where the page would move it anyway."""
        self._z = z.clone()
        for slider, number in zip(self.sliders, z[self._order].tolist(), strict=True):
            value = STEP * round(number / STEP)
            slider.min, slider.max = min(slider.min, value), max(slider.max, value)
            slider.value = value

    def _walk(self, change: dict[str, int]) -> None:
        if not self._redrawing:
            with self.one_redraw():
                self._place(self._path[change["new"]])

    def _button(self, name: str, code: Callable[[], Tensor]) -> widgets.Button:
        def press(_button: widgets.Button) -> None:
            self.z = code()

        button = widgets.Button(description=name, layout={"width": f"{SIDE // 3 - 4}px"})
        button.on_click(press)
        return button

    def _arrange(self) -> None:
        """The picture and its buttons on the left, the sliders on the right, words below."""
        self.image.add_class("vae-crisp")
        style = widgets.HTML(CRISP, layout={"display": "none"})
        left = widgets.VBox([self.image, widgets.HBox(self.buttons), widgets.HBox([self.play, self.morph])])
        right = widgets.VBox(self.sliders, layout={"max_height": "420px", "overflow": "hidden auto"})
        self.message.layout.width = "800px"
        self.children = [style, widgets.HBox([left, right]), self.message]


class _Slider(widgets.FloatSlider):
    """One dimension of the code."""

    value = CFloat(0.0).tag(
        sync=True,
        echo_update=False,  # a fifth of a move's time, for a page that has made the move already
    )

    def __init__(self, name: str, limit: float) -> None:
        super().__init__(
            min=-limit,
            max=limit,
            step=STEP,
            description=name,
            tooltip=name,
            style={"description_width": "110px"},
            layout={"width": "410px", "min_height": "28px"},
        )
