"""A picture that follows its controls, and what draws it fast."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from traitlets import Bunch

from vae_helpers.widgets.page import script, style
from vae_helpers.widgets.still import WithStill, blank, draw_picture, draw_sliders


class PictureBox(WithStill, widgets.VBox):
    """Controls above a picture of fixed size and a line of words, both redrawn when a control changes.

    A subclass says in `draw` what to show. When that fails, `message` says why, and the
    picture stays as it was.

    Args:
        controls: the widgets to show and to watch, from top to bottom.
        width, height: of the picture on the page, in pixels.
    """

    def __init__(self, controls: Sequence[widgets.ValueWidget], width: int, height: int) -> None:
        self.image = _Picture(
            alt=(type(self).__doc__ or "").split("\n")[0], width=width, height=height, controls=list(controls)
        )
        self.message = widgets.Label()
        self._redrawing = False
        for control in controls:
            control.observe(self._redraw, "value")
        super().__init__([*controls, self.image, self.message])
        self.add_class("vae-sliders").add_class("vae-demo")
        self._redraw()

    def draw(self) -> tuple[bytes, str]:
        """The picture (PNG) and the line of words for the controls as they are now."""
        raise NotImplementedError

    def still(self) -> Figure:
        """The sliders, the picture, and the line of words."""
        sliders = [child for child in self.children if isinstance(child, widgets.FloatSlider)]
        figure = blank(height=5.5)
        above, below = figure.subplots(2, 1, height_ratios=[1, 5])
        draw_sliders(above, sliders)
        draw_picture(below, np.asarray(Image.open(BytesIO(self.image.value))), self.image.alt.rstrip("."))
        below.set_title(self.message.value, y=-0.1)
        return figure

    @contextmanager
    def one_redraw(self) -> Iterator[None]:
        """Change any number of controls inside; one redraw follows, and an error is told in words."""
        self._redrawing = True
        try:
            yield
            self.image.value, self.message.value = self.draw()
        except Exception as error:  # a callback has no other place to tell it
            self.message.value = f"The picture is out of date. {type(error).__name__}: {error}"
        finally:
            self.image.redraws += 1
            self._redrawing = False

    def _redraw(self, change: Bunch | None = None) -> None:
        if not self._redrawing:
            with self.one_redraw():
                pass


class _Picture(anywidget.AnyWidget):
    """What `draw` has drawn, in the page: as wide as the page allows, in its own shape."""

    _esm = script("view.js", "demo.js")
    _css = style("demo.css")

    value = traitlets.Bytes().tag(sync=True)
    redraws = traitlets.Int().tag(sync=True)  # sent after the picture, also where that has not changed
    controls: Any = traitlets.List().tag(sync=True, **widgets.widget_serialization)
    alt = traitlets.Unicode().tag(sync=True)
    width = traitlets.Int().tag(sync=True)
    height = traitlets.Int().tag(sync=True)


class Animation:
    """A figure of which a few artists move. The rest is drawn once: ten times faster than `savefig`."""

    def __init__(self, figure: Figure, moving: Sequence[Artist]) -> None:
        self._canvas, self._moving = FigureCanvasAgg(figure), moving
        for artist in moving:
            artist.set_animated(True)
        self._canvas.draw()
        self._rest = self._canvas.copy_from_bbox(figure.bbox)

    def png(self) -> bytes:
        """The figure with its moving artists where they are now."""
        self._canvas.restore_region(self._rest)
        for artist in self._moving:
            self._canvas.figure.draw_artist(artist)
        return png(np.asarray(self._canvas.buffer_rgba())[..., :3])


def png(pixels: np.ndarray) -> bytes:
    """Encode bytes `(height, width, 3)`."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, format="png", compress_level=1)
    return buffer.getvalue()
