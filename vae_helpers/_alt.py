"""What a figure shows, in words: the alternative text of its picture, for those who listen.

A sentence for each axis and each series, made from what has been drawn. The words stay the same when the
numbers change, and a number that is not whole keeps its decimal point: so a test can compare them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from math import floor, log10
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.category import StrCategoryFormatter
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import AxLine, Line2D
from matplotlib.patches import StepPatch
from matplotlib.quiver import Quiver
from matplotlib.ticker import FixedFormatter, FuncFormatter

WORDS = 120  # who listens hears all of them
MANY = 12  # more than these are not read out one by one
COLOURS = "<colorbar>"  # matplotlib's own label for the axes of a scale of colours


def describe(figure: Figure) -> str:
    """Its title, its plots one after another, and what else is written on it."""
    title = spoken(figure.get_suptitle())
    sentences = [f"{title}."] if title else []
    plots = [axes for axes in figure.axes if axes.get_visible()]
    numbered = sum(not axes.get_label() for axes in plots) > 1
    for place, axes in enumerate(plots, 1):
        sentences += about_plot(axes, f" {place}" if numbered else "")
    texts = [spoken(text.get_text()) for text in figure.texts]
    sentences += [text for text in texts if text != title]
    return shortened(sentences) or "An empty figure."


def shortened(sentences: Sequence[str]) -> str:
    """As many sentences as can be listened to."""
    words = np.cumsum([len(told.split()) for told in sentences])
    kept = [told for told, so_far in zip(sentences, words, strict=True) if so_far <= WORDS]
    if len(kept) < len(sentences):
        kept.append(f"{len(sentences) - len(kept)} more sentences are left out.")
    return " ".join(kept)


# ---- numbers and names


def numbers(values: Iterable[float], scale: str = "linear", largest: float = 0) -> list[str]:
    """Whole numbers where all are whole.

    Else decimals for all: three digits of the largest, be it `largest` or one of them.
    On a logarithmic scale each is on its own.
    """
    values = [float(value) for value in values]
    if scale != "linear":
        return [number(value) for value in values]
    largest = max(largest, *map(abs, values))
    if all(abs(value - round(value)) <= 1e-6 * largest for value in values):
        return [signed(value, f"{abs(round(value)):,}") for value in values]
    return [signed(value, digits(abs(value), largest)) for value in values]


def number(value: float, largest: float = 0) -> str:
    """As exact as the largest beside it."""
    return numbers([value], largest=largest)[0]


def digits(value: float, largest: float) -> str:
    """With a decimal point, as exact as three digits of the largest."""
    if largest < 1e-4:
        return f"{value:.2e}"
    decimals = max(1, 2 - floor(log10(largest)))
    return f"{value:,.{decimals}f}"


def signed(value: float, text: str) -> str:
    """With its minus, but not before a zero."""
    return f"−{text}" if value < 0 and re.search("[1-9]", text) else text


def spoken(text: str) -> str:
    """A text as it is spoken: in one line, without the marks of a formula, and a minus that is no dash."""
    text = re.sub(r"\\(math|text)[a-z]+|[$\\{}]", "", text)
    return re.sub(r"(?<!\S)-(?=\d)", "−", " ".join(text.split()))


def label_of(drawn: Any) -> str:
    """The label of a series after a blank, or nothing."""
    label = spoken(str(drawn.get_label()))
    return f' "{label}"' if label and not label.startswith("_") else ""


def listed(words: Sequence[str]) -> str:
    """One by one, or the first and the last of many."""
    return ", ".join(words) if len(words) <= MANY else f"{words[0]} to {words[-1]}"


def finite(*columns: Any) -> np.ndarray:
    """The columns without the places at which one of them has no number."""
    table = np.array([np.ma.filled(np.ma.asarray(column, dtype=float), np.nan) for column in columns])
    return table[:, np.isfinite(table).all(axis=0)]


# ---- a plot


def about_plot(axes: Axes, place: str) -> Iterator[str]:
    """Its sentences. Who gives axes a label has described them by it."""
    if axes.get_label() == COLOURS:
        yield f"Colours stand for {spoken(axes.get_ylabel() or axes.get_xlabel())}."
    elif axes.get_label():
        yield str(axes.get_label())
    else:
        kind, title = "Picture" if axes.images else "Plot", spoken(axes.get_title())
        yield f"{kind}{place}: {title}." if title else f"{kind}{place}."
        for image in axes.images:
            yield sentence(image, axes)
        if axes.axison:
            yield from about_axis(axes.xaxis)
            yield from about_axis(axes.yaxis)
        yield from about_series(axes)
        yield from about_texts(axes)


def about_axis(axis: Axis) -> Iterator[str]:
    """Its label, and the names of its ticks or the range of the data in view."""
    axes, names = axis.axes, list(ticks(axis).values())
    low, high = in_view(axis.get_data_interval(), axis)
    if axis.get_scale() == "log":
        low = max(low, axis.get_minpos())
    words = [spoken(axis.get_label_text())]
    if names and axis not in under_bars(axes):
        words.append(listed(names))
    elif low < high and not axes.images and axis not in under_bars(axes):
        words.append(" to ".join(numbers((low, high), axis.get_scale())))
    if any(words):
        upright, flat = ("Rows", "Columns") if axes.images else ("y axis", "x axis")
        called = upright if axis is axes.yaxis else flat
        scale = "" if axis.get_scale() == "linear" else f" ({axis.get_scale()})"
        yield f"{called}{scale}: {', '.join(filter(None, words))}."


def in_view(places: Any, axis: Axis) -> np.ndarray:
    """Those outside are moved to the edge."""
    start, end = sorted(axis.get_view_interval())
    return np.clip(places, start, end)


def ticks(axis: Axis) -> dict[float, str]:
    """The places on an axis that have names."""
    formatter, places = axis.get_major_formatter(), list(axis.get_ticklocs())
    if not isinstance(formatter, FixedFormatter | FuncFormatter | StrCategoryFormatter):
        return {}
    names = [spoken(str(text)) for text in formatter.format_ticks(places)]
    return {place: name for place, name in zip(places, names, strict=True) if name}


def under_bars(axes: Axes) -> list[Axis]:
    """The axes on which bars stand; the sentences about these say where."""
    bars = [series for series in axes.containers if isinstance(series, BarContainer)]
    return [axes.xaxis if series.orientation == "vertical" else axes.yaxis for series in bars]


def about_series(axes: Axes) -> Iterator[str]:
    """A sentence for each; more than two lines without a name share one, and shapes of one kind."""
    elsewhere = [part for container in axes.containers for part in container.get_children()]
    lines = [line for line in axes.lines if line not in elsewhere]
    nameless = [line for line in lines if not label_of(line) and np.size(line.get_xdata())]
    if len(nameless) > 2:
        peaks = numbers(sorted(finite(line.get_ydata(orig=False)).max() for line in nameless))
        yield f"{len(nameless)} lines without a name, their highest values from {peaks[0]} to {peaks[-1]}."
        elsewhere += nameless
    steps = [patch for patch in axes.patches if isinstance(patch, StepPatch)]
    for part in [*axes.containers, *lines, *axes.collections, *steps]:
        if part not in elsewhere:
            yield sentence(part, axes)
    shapes = [patch for patch in axes.patches if patch not in [*elsewhere, *steps]]
    for kind, count in Counter(f"{type(shape).__name__}{label_of(shape)}" for shape in shapes).items():
        yield f"Shapes: {count} x {kind}."


def about_texts(axes: Axes) -> Iterator[str]:
    """What is written in the plot; the numbers on bars and contour lines are told with these."""
    texts = [spoken(text.get_text()) for text in axes.texts]
    if under_bars(axes) or any(isinstance(part, ContourSet) for part in axes.collections):
        texts = [text for text in texts if any(map(str.isalpha, text))]
    if any(texts):
        yield f"Written in it: {listed([text for text in texts if text])}."


# ---- a series


@singledispatch
def sentence(drawn: Any, axes: Axes) -> str:
    """A sentence about it; only its kind where nothing below knows it."""
    return f"Also drawn{label_of(drawn)}: {type(drawn).__name__}."


@sentence.register
def about_line(line: Line2D, axes: Axes, called: str = "") -> str:
    """The values of a curve; else from where to where it goes, or where its points are."""
    called = called or label_of(line)
    x, y = finite(line.get_xdata(orig=False), line.get_ydata(orig=False))
    # `axhline` has y in units of the data, and x in widths of the plot; `axvline` the other way round
    in_x, in_y = line.get_transform().contains_branch_seperately(axes.transData)
    alone = line.get_linestyle() == "None"
    if in_y and not in_x:
        return f"Horizontal line{called} at {number(y[0])}."
    if in_x and not in_y:
        return f"Vertical line{called} at {number(x[0])}."
    if len(x) > 1 and (np.diff(x) > 0).all():
        seen = in_view(x, axes.xaxis) == x
        return f"{'Points' if alone else 'Line'}{called}: {about_values(x[seen], y[seen], axes.yaxis)}."
    if alone or len(x) < 2:
        return points(called, x, y, axes)
    return f"Line{called} from {point(x[0], y[0], axes)} to {point(x[-1], y[-1], axes)}."


def about_values(x: np.ndarray, y: np.ndarray, axis: Axis) -> str:
    """First to highest; where these two are, unless x counts steps: then chance may say which it is."""
    first, last, lowest, highest = numbers((y[0], y[-1], y.min(), y.max()), axis.get_scale())
    if (x % 1).any():
        lowest += f" at {number(x[y.argmin()], abs(x).max())}"
        highest += f" at {number(x[y.argmax()], abs(x).max())}"
    return f"first {first}, last {last}, lowest {lowest}, highest {highest}"


def points(called: str, x: np.ndarray, y: np.ndarray, axes: Axes) -> str:
    if len(x) == 0:
        return f"Points{called}: none."
    around = "one at" if len(x) == 1 else f"{len(x):,} around"
    return f"Points{called}: {around} {point(np.median(x), np.median(y), axes)}."


def point(x: float, y: float, axes: Axes) -> str:
    """Its two numbers, as exact as the axes."""
    across, up = abs(axes.dataLim.intervalx).max(), abs(axes.dataLim.intervaly).max()
    return f"({number(x, across)}, {number(y, up)})"


@sentence.register
def about_straight_line(line: AxLine, axes: Axes) -> str:
    return f"Straight line{label_of(line)}."


@sentence.register
def about_error_bars(series: ErrorbarContainer, axes: Axes) -> str:
    line, *_ = series
    if line is None:  # around bars, say
        return f"Error bars{label_of(series)}."
    return about_line(line, axes, f"{label_of(series)} with error bars")


@sentence.register
def about_scatter(drawn: PathCollection, axes: Axes) -> str:
    x, y = finite(*np.ma.asarray(drawn.get_offsets()).T)
    told = points(label_of(drawn), x, y, axes)
    if len(axes.collections) > 1 or len(x) < 3:
        return told
    correlation = np.corrcoef(x, y)[0, 1]
    return f"{told} Their correlation is {signed(correlation, f'{abs(correlation):.2f}')}."


@sentence.register
def about_area(area: PolyCollection, axes: Axes) -> str:
    box = area.get_datalim(axes.transData)
    left, right = numbers(in_view(box.intervalx, axes.xaxis))
    low, high = numbers(in_view(box.intervaly, axes.yaxis))
    return f"Area{label_of(area)}: x from {left} to {right}, y from {low} to {high}."


@sentence.register
def about_contours(lines: ContourSet, axes: Axes) -> str:
    return f"Contour lines at {listed(numbers(lines.levels))}."


@sentence.register
def about_arrows(arrows: Quiver, axes: Axes) -> str:
    return f"Arrows{label_of(arrows)}: {arrows.N:,}."


@sentence.register
def about_image(image: AxesImage, axes: Axes) -> str:
    """Its label, where it has one; else its size and its grey values or numbers."""
    if label_of(image):
        return f"{image.get_label()}."
    pixels: np.ma.MaskedArray = np.ma.asarray(image.get_array())
    height, width, *channels = pixels.shape
    if channels:
        return f"{height} x {width} pixels in colour."
    (values,) = finite(pixels.ravel())
    low, high = numbers((values.min(), values.max()))
    return f"{height} rows and {width} columns of values from {low} to {high}."


@sentence.register
def about_bars(bars: BarContainer, axes: Axes) -> str:
    """Few bars one by one, many as a curve, or as a histogram where they touch each other."""
    upright = bars.orientation == "vertical"
    along, across = (axes.xaxis, axes.yaxis) if upright else (axes.yaxis, axes.xaxis)
    boxes = [bar.get_bbox() for bar in bars.patches]
    sizes = np.array([box.height if upright else box.width for box in boxes])
    ends = np.array([box.intervalx if upright else box.intervaly for box in boxes])
    called = label_of(bars) or label_of(bars.patches[0])
    if len(boxes) > 2 and np.allclose(ends[1:, 0], ends[:-1, 1]):
        return histogram(called, sizes, np.append(ends[:, 0], ends[-1, 1]))
    middles = ends.mean(axis=1)
    places = [nearest(ticks(along), middle) for middle in middles]
    if len(boxes) > MANY:
        span = f"{len(boxes)} bars{called} from {places[0]} to {places[-1]}"
        return f"{span}: {about_values(middles, sizes, across)}."
    told = zip(places, numbers(sizes, across.get_scale()), strict=True)
    return f"Bars{called}, {'; '.join(f'{place}: {size}' for place, size in told)}."


def nearest(names: dict[float, str], place: float) -> str:
    """The name of the tick at a place, or its number."""
    near = [name for tick, name in names.items() if abs(tick - place) < 0.5]
    return near[0] if near else number(place)


@sentence.register
def about_steps(steps: StepPatch, axes: Axes) -> str:
    heights, edges, _ = steps.get_data()
    return histogram(label_of(steps), heights, edges)


def histogram(called: str, heights: np.ndarray, edges: np.ndarray) -> str:
    """Where it begins and ends, its highest bar, and between which places half of its area lies."""
    area = np.append(0, np.cumsum(heights * np.diff(edges)))
    places = np.interp([0.25, 0.75], area / area[-1], edges)
    start, end, left, right = numbers((edges[0], edges[-1], *places))
    bars = f"{len(heights)} bars from {start} to {end}, the highest {number(heights.max())}"
    return f"Histogram{called}: {bars}; half of it between {left} and {right}."
