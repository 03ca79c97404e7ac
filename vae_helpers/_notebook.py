"""In a notebook, every figure is an <img> with an alternative text, also after `plt.show()`.

JupyterLab, exported pages and a screen reader take the `text/html` of an output before its `image/png`, which
stays for LaTeX and PDF.
"""

import sys
from base64 import b64decode, b64encode
from html import escape
from io import BytesIO

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from vae_helpers._alt import describe


def speak_of_figures() -> None:
    """Where IPython runs, give the figures of matplotlib a `text/html`."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if shell:
        shell.display_formatter.formatters["text/html"].for_type(Figure, as_html)


def as_html(figure: Figure) -> str | None:
    """The picture as IPython draws it; nothing where it draws none, or in another format such as SVG."""
    shell = sys.modules["IPython"].get_ipython()
    drawn = shell.display_formatter.formatters["image/png"](figure)
    if drawn is None:
        return None
    png, size = drawn if isinstance(drawn, tuple) else (drawn, {})  # with its size if it is "retina"
    return img(figure, small(b64decode(png)), **size)


def img(figure: Figure, png: bytes, **size: int) -> str:
    """An element of HTML: a picture of the figure, and what it shows in words."""
    try:
        with np.errstate(all="ignore"):
            words = describe(figure)
    except Exception:  # whatever a student draws is shown
        words = "A figure for which there are no words."
    sides = "".join(f' {side}="{pixels}"' for side, pixels in size.items())
    source = f"data:image/png;base64,{b64encode(png).decode()}"
    return f'<img alt="{escape(words)}" src="{source}"{sides} style="max-width: 100%; height: auto">'


def small(png: bytes) -> bytes:
    """The picture in 256 colours: as many as there are greys, and a third of its bytes."""
    smaller = BytesIO()
    Image.open(BytesIO(png)).convert("RGB").quantize(256).save(smaller, "png", optimize=True)
    return smaller.getvalue()
