"""A photo or a drawing of a digit, prepared as MNIST's digits were."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor

from vae_helpers._inputs import shown
from vae_helpers._state import usual_defaults

SIDE, BOX, MIDDLE = 28, 20, 14  # as in view.js and pad.js
WORKING_SIZE = 400  # pixels on the longer side: far more than 28, and quick
LARGEST = 50_000_000  # pixels
CHANNELS = 1, 3, 4  # grey, colours, colours and how opaque they are


@usual_defaults()
def prepare_digit(picture: Any) -> Tensor:
    """Make an image such as MNIST's from a photo or a drawing of one digit.

    As LeCun et al. (1998, section III.A) describe it: the digit is fitted into 20 x 20 pixels, its
    proportions kept, and placed with its centre of mass at pixel (14, 14). Before that it is taken off
    its background: paper that is darker on one side, light on dark or dark on light, grey or in colour.

    >>> paper = torch.full((100, 80), 0.8)
    >>> paper[20:80, 37:43] = 0.1  # a 1, written with a dark pen
    >>> prepare_digit(paper)[0, 0, 3:26, 14]  # 20 pixels tall
    tensor([0.0000, 0.5000, 1.0000, 1.0000, 1.0000, 1.0000, 1.0000, 1.0000, 1.0000,
            1.0000, 1.0000, 1.0000, 1.0000, 1.0000, 1.0000, 1.0000, 1.0000, 1.0000,
            1.0000, 1.0000, 1.0000, 0.5000, 0.0000])

    Args:
        picture: the path of a file, a PIL image, or an array or tensor of shape `(H, W)`, `(H, W, 3)`
            or `(3, H, W)`: bytes from 0 to 255, or floats in [0, 1]. Transparent parts count as white.

    Returns:
        float32 `(1, 1, 28, 28)`, 0 where paper was and 1 where ink was.

    Raises:
        TypeError, ValueError: not a picture, one of a wrong shape or range, too small or too large,
            or one that shows nothing.
        OSError: the file is missing (FileNotFoundError), or cannot be read as a picture.
    """
    ink, smallest = _ink(_grey(_opened(picture)))
    rows, columns = ((ink > smallest).any(axis).nonzero() for axis in (1, 0))
    extents = [(int(places.min()), int(places.max()) + 1) for places in (rows, columns)]
    scale = BOX / max(end - start for start, end in extents)
    across, down = (_area_of_pixels(ink.sum(axis), scale) for axis in (0, 1))
    image = down @ ink @ across.T  # (28, 28)
    return (image / image.max())[None, None]


def _area_of_pixels(mass: Tensor, scale: float) -> Tensor:
    """How much of each of the 28 pixels every source pixel covers along one axis, `(28, n)`.

    Source pixels become `scale` wide, and their centre of mass comes to rest on MIDDLE.
    """
    edges = torch.arange(len(mass) + 1) * scale
    centre = ((edges[1:] + edges[:-1]) / 2 * mass).sum() / mass.sum()
    edges = edges + MIDDLE - centre
    left = torch.arange(SIDE)[:, None] - 0.5
    overlap = torch.minimum(edges[1:], left + 1) - torch.maximum(edges[:-1], left)
    return overlap.clamp(min=0)


def _ink(grey: Tensor) -> tuple[Tensor, float]:
    """How much ink is where, 0 to 1, `(H, W)`; and the least of it that is more than noise."""
    ink = grey - grey.median()  # most of a picture is paper
    if ink.pow(3).sum() < 0:  # what is far from paper is below it
        ink = -ink  # dark on light
    for _ in range(2):  # once more, since only on even paper does one see what is ink
        ink = ink - _plane_through(ink, ink < _threshold(ink))
    written = ink >= _threshold(ink)
    strength = float(ink[written].median())
    noise = 1.4826 * float(ink[~written].abs().median().nan_to_num())  # a bell's sigma; 0 on a blank page
    if strength < max(0.1, 4 * noise):
        contrast = f"its contrast is {100 * strength:.0f} %, and {100 * noise:.0f} % are noise"
        raise ValueError(f"picture must show a digit that stands out from its background; {contrast}")
    near = F.max_pool2d(written[None].float(), 5, stride=1, padding=2)[0]  # with its soft edges
    return (ink / strength).clamp(0, 1) * near, max(0.1, 3 * noise / strength)


def _threshold(values: Tensor) -> float:
    """The value that parts dark from light best, most variance between them (Otsu 1979, IEEE SMC-9:62)."""
    low, high = float(values.min()), float(values.max())
    counts = torch.histc(values, 256, low, high).double()
    centres = torch.linspace(low, high, 513, dtype=torch.float64)[1::2]  # of the 256 bins
    below, all_below = counts.cumsum(0)[:-1], (counts * centres).cumsum(0)
    gap = all_below[-1] * below / len(values.flatten()) - all_below[:-1]
    variance = gap.square() / (below * (len(values.flatten()) - below))
    return float(centres[1:][variance.argmax()])


def _plane_through(values: Tensor, where: Tensor) -> Tensor:
    """The plane closest to the values there: paper under a lamp is darker on one side."""
    height, width = values.shape
    y, x = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    axes = torch.stack([torch.ones_like(x), x, y], dim=-1)
    return axes @ torch.linalg.lstsq(axes[where], values[where][:, None]).solution[:, 0]


def _grey(image: Image.Image) -> Tensor:
    """Grey levels in [0, 1], `(H, W)`, with at most WORKING_SIZE pixels on a side."""
    width, height = image.size
    if min(width, height) < 10:
        raise ValueError(f"picture must have at least 10 x 10 pixels, got {width} x {height}")
    if width * height > LARGEST:
        raise ValueError(f"picture must have at most {LARGEST:,} pixels, got {width} x {height}; shrink it")
    if image.mode.startswith(("I", "F")):
        raise ValueError(f"picture must have 8 bits for each colour, got mode {image.mode}; save it as PNG")
    try:
        image = ImageOps.exif_transpose(image).convert("RGBA")  # upright, as the camera was held
    except Exception:  # a file that is cut shows that only now
        raise OSError("picture cannot be read to its end; save it again as PNG or JPEG") from None
    image = image.reduce(-(-max(image.size) // WORKING_SIZE))
    paper = Image.new("RGBA", image.size, "white")
    image = Image.alpha_composite(paper, image).convert("L")
    if min(image.size) >= 100:
        image = image.filter(ImageFilter.MedianFilter(3))  # takes away single grains
    return torch.from_numpy(np.asarray(image, dtype=np.float32) / 255)


def _opened(picture: Any) -> Image.Image:
    if isinstance(picture, Image.Image):
        return picture
    if isinstance(picture, Tensor) and not picture.is_meta:
        picture = picture.detach().cpu().numpy()
    if isinstance(picture, np.ndarray):
        return _from_array(picture)
    if not isinstance(picture, str | Path):
        kinds = "a path, a PIL image, or an array or tensor of greys"
        raise TypeError(f"picture must be {kinds}, got {shown(picture)}")
    try:
        return Image.open(BytesIO(Path(picture).read_bytes()))
    except FileNotFoundError:
        raise FileNotFoundError(
            f"picture file {picture} is missing; the path starts at {Path.cwd()}"
        ) from None
    except Exception:  # no picture, a folder, a bomb
        raise OSError(f"picture file {picture} cannot be read; save it as PNG or JPEG") from None


def _from_array(array: np.ndarray) -> Image.Image:
    given = array.shape
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[0] in CHANNELS and array.shape[2] not in CHANNELS:
        array = array.transpose(1, 2, 0)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in CHANNELS:
        raise ValueError(f"picture must have shape (H, W) or (H, W, 3), got {given}")
    if array.dtype.kind not in "buif":
        raise TypeError(f"picture must hold bytes or floats, got {array.dtype}")
    largest = 1 if array.dtype.kind in "bf" else 255
    if array.size and not 0 <= array.min() <= array.max() <= largest:
        limits = "floats in [0, 1]" if largest == 1 else "whole numbers from 0 to 255"
        raise ValueError(f"picture must hold {limits}, got {array.min():g} to {array.max():g}")
    greys = np.rint(array.astype(np.float64) * (255 / largest)).astype(np.uint8)
    return Image.fromarray(greys.squeeze(2) if greys.shape[2] == 1 else greys)
