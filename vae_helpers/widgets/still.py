"""What a saved page shows of a widget: a still picture of it, and a sentence."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from vae_helpers._notebook import img, small
from vae_helpers.plotting import figure_png, in_style

VIEW = "application/vnd.jupyter.widget-view+json"
ADVICE = "run this cell in JupyterLab to move it"
IF_NOT = "If nothing moves there, the JupyterLab server lacks ipywidgets or anywidget."


class WithStill(widgets.Widget):
    """Beside the live widget, its cell's output keeps a picture for GitHub, nbviewer, HTML and print."""

    def __repr__(self) -> str:
        """What is shown where there are no pictures either."""
        return f"{type(self).__name__}: {ADVICE}. {IF_NOT}"

    def still(self) -> Figure:
        """The widget as it is now, with room for a sentence at the bottom."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **_kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        figure = in_style(self.still)()
        figure.text(0.5, 0.01, f"A still picture: {ADVICE}.\n{IF_NOT}", ha="center", color="0.35")
        still = small(figure_png(figure))
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        pictures = {"text/html": img(figure, still), "image/png": b64encode(still).decode()}
        return {"text/plain": repr(self), VIEW: view, **pictures}, {}


def blank(height: float) -> Figure:
    """A figure with room at the bottom for the sentence."""
    bottom = 0.5 / height
    layout = ConstrainedLayoutEngine(rect=(0, bottom, 1, 1 - bottom), h_pad=0.1)  # a title clear of the next
    return Figure(figsize=(8, height), layout=layout)


def draw_sliders(axes: Axes, sliders: Sequence[widgets.FloatSlider]) -> None:
    """Name, track, handle and number of each, from top to bottom."""
    axes.set(xlim=(0, 1), ylim=(len(sliders) - 0.5, -0.5))
    axes.set_axis_off()
    axes.set_label(f"{len(sliders)} sliders.")  # for the alternative text
    for row, slider in enumerate(sliders):
        share = (slider.value - slider.min) / (slider.max - slider.min)
        axes.text(0.36, row, slider.description, ha="right", va="center")
        axes.plot([0.4, 0.85], [row, row], color="0.75", linewidth=3, solid_capstyle="round")
        axes.plot(0.4 + 0.45 * share, row, "o", color="#0072B2", markersize=9)
        axes.text(1, row, f"{slider.value:.2f}".replace("-", "−"), ha="right", va="center")


def draw_picture(axes: Axes, pixels: np.ndarray, shows: str = "A decoded digit") -> None:
    """Grey levels or colours, each pixel as it is; `shows` is for the alternative text."""
    axes.imshow(pixels, vmin=0, vmax=255, interpolation="nearest", label=shows)
    axes.set_axis_off()
