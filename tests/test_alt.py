"""What a figure shows in words: each kind against a sentence written by hand; and its place in an output."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from html import unescape
from io import BytesIO
from types import SimpleNamespace

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from nbclient import NotebookClient
from nbconvert import HTMLExporter, LatexExporter
from PIL import Image
from told import told

from vae_helpers import VAE, Epoch, History, KLDemo, LatentExplorer, LatentSliders, quantile_grid
from vae_helpers._alt import WORDS, describe, number, numbers
from vae_helpers._notebook import as_html, img, small
from vae_helpers.plotting import (
    figure_html,
    figure_png,
    plot_architecture,
    plot_digits,
    plot_latent_plane,
    plot_losses,
    plot_manifold,
)

BLACK = torch.zeros(20, 1, 28, 28)


def drawn(draw: Callable[[Axes], object]) -> str:
    figure, axes = plt.subplots()
    draw(axes)
    plt.close(figure)
    return describe(figure)


# ---- numbers


@pytest.mark.parametrize(
    ("value", "largest", "words"),
    [
        (164.374, 0, "164.4"),
        (0.35512, 0, "0.355"),
        (13_500.7, 0, "13,500.7"),
        (60_000, 0, "60,000"),
        (-3, 0, "−3"),
        (-1.2345, 0, "−1.23"),
        (-0.0004, 0.399, "0.000"),
        (1e-9, 0.399, "0"),
        (0.123, 550, "0.1"),
        (0.0000123, 0, "1.23e-05"),
        (0, 0, "0"),
    ],
)
def test_a_number_is_short_and_has_a_point_unless_it_is_whole(value: float, largest: float, words: str):
    assert number(value, largest) == words


def test_numbers_side_by_side_are_equally_exact():
    assert numbers((164.37, 20, 0.04)) == ["164.4", "20.0", "0.0"]
    assert numbers((3, 0, 1000)) == ["3", "0", "1,000"]
    assert numbers((0.82, 0.00442), "log") == ["0.820", "0.00442"]


# ---- the figures of the package


def test_digits():
    assert describe(plot_digits(BLACK, 10, ["original", "copy"])) == (
        "Picture. Images in rows of 10, 20 in all. Rows: original, copy."
    )
    assert describe(plot_digits(BLACK[:7])) == "Picture. Images in rows of 7, 7 in all."


def test_manifold():
    assert describe(plot_manifold(BLACK[:4], quantile_grid(2))) == (
        "Picture. Images in rows of 2, 4 in all. Columns: z[0], −0.7, 0.7. Rows: z[1], 0.7, −0.7."
    )
    many = describe(plot_manifold(torch.zeros(225, 1, 28, 28), quantile_grid(15)))
    assert many.endswith("Columns: z[0], −1.8 to 1.8. Rows: z[1], 1.8 to −1.8.")


def test_losses_and_what_a_cell_adds():
    history = History(Epoch(164.37 - i, 140.1 - i, 20.25, 120.5 - i, 2.0) for i in range(3))
    figure = plot_losses(history)
    figure.axes[0].plot([1, 2, 3], [164.4, 121.3, 114.5], "kx", label="lab sheet")
    assert describe(figure) == (
        "Plot 1. x axis: epoch, 1 to 3. y axis: nats per image, 114.5 to 164.4. "
        'Line "training": first 164.4, last 162.4, lowest 162.4, highest 164.4. '
        'Line "test": first 120.5, last 118.5, lowest 118.5, highest 120.5. '
        'Points "lab sheet": first 164.4, last 114.5, lowest 114.5, highest 164.4. '
        "Plot 2. x axis: epoch, 1 to 3. y axis: nats per image, 20.2 to 140.1. "
        'Line "reconstruction": first 140.1, last 138.1, lowest 138.1, highest 140.1. '
        'Line "KL": first 20.2, last 20.2, lowest 20.2, highest 20.2.'
    )


def test_architecture():
    assert describe(plot_architecture(VAE(latent_dim=2, hidden_dim=3))) == (
        "Boxes joined by arrows: image x 1 x 28 x 28 to hidden 3 with 2,355 parameters; "
        "hidden 3 to mu 2 with 8 parameters; hidden 3 to logvar 2 with 8 parameters; "
        "mu 2 to z 2; logvar 2 to z 2; z 2 to hidden 3 with 9 parameters; "
        "hidden 3 to logits 1 x 28 x 28 with 3,136 parameters."
    )


def test_plane():
    mu = torch.tensor([[0.0, 1.5], [1.0, 2.5], [-2.0, 0.25], [-4.0, 0.75]])
    assert describe(plot_latent_plane(mu, torch.tensor([3, 3, 7, 7]))) == (
        "Plot. x axis: z[0], −4 to 1. y axis: z[1], 0.25 to 2.50. "
        'Points "digit 3": 2 around (0.50, 2). Points "digit 7": 2 around (−3, 0.50).'
    )


def test_stills_of_the_widgets():
    vae, few = VAE(latent_dim=3, hidden_dim=8), torch.rand(12, 1, 28, 28)
    stills = {
        "2 sliders. Picture: KL = 1.309 nats": KLDemo(),
        "Picture. A decoded digit. 3 sliders.": LatentSliders(vae, few),
        "A map of 12 codes in the colours of their digits.": LatentExplorer(vae, few, torch.arange(12) % 10),
    }
    for words, widget in stills.items():
        bundle, _ = widget._repr_mimebundle_()
        text = alt(bundle["text/html"])
        assert text.startswith(words)
        assert "A still picture: run this cell in JupyterLab to move it." in text
        assert f"data:image/png;base64,{bundle['image/png']}" in bundle["text/html"]


# ---- what a cell draws


def test_a_curve_is_where_it_is_seen():
    x = np.linspace(-4, 4, 17)

    def draw(axes: Axes) -> None:
        axes.plot(x, (x - 0.5) ** 2, label=r"$\mathrm{KL}$ of $\sigma^{2}$")
        axes.set(xlim=(-1, 2), xlabel="z", ylabel="nats", title="A parabola")

    assert drawn(draw) == (
        "Plot: A parabola. x axis: z, −1 to 2. y axis: nats, 0.0 to 20.2. "
        'Line "KL of sigma^2": first 2.25, last 2.25, lowest 0.00 at 0.50, highest 2.25 at −1.'
    )


def test_gaps_in_a_curve_are_left_out():
    words = drawn(lambda axes: axes.plot([1, 2, 3], [np.nan, 5.5, 4.5]))
    assert words.endswith("Line: first 5.50, last 4.50, lowest 4.50, highest 5.50.")


def test_a_curve_that_turns_back():
    words = drawn(lambda axes: axes.plot([0, 2, 1], [0, 1, 3], label="a walk"))
    assert words.endswith('Line "a walk" from (0, 0) to (1, 3).')


def test_helping_lines():
    def draw(axes: Axes) -> None:
        axes.axhline(0.25, label="goal")
        axes.axvline(3)
        axes.axline((0, 0), slope=1, label="equal")

    assert drawn(draw).endswith('Horizontal line "goal" at 0.250. Vertical line at 3. Straight line "equal".')


def test_many_lines_without_a_name():
    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [[0, 1, 2], [3.5, 4, 5]])
        axes.plot([0, 1], [7, 7], label="one with")

    words = drawn(draw)
    assert "3 lines without a name, their highest values from 3.50 to 5.00." in words
    assert 'Line "one with": first 7' in words


def test_two_lines_without_a_name_are_told_and_an_empty_one_is_none():
    words = drawn(lambda axes: axes.plot([0, 1], [0, 1], [0, 1], [2, 3], [], []))
    assert words.endswith(
        "Line: first 0, last 1, lowest 0, highest 1. Line: first 2, last 3, lowest 2, highest 3. "
        "Points: none."
    )


def test_points():
    def draw(axes: Axes) -> None:
        axes.scatter([1, 2, 3], [2.5, 4.5, 6.5])
        axes.plot([2], [3], "o", label="here")

    assert drawn(draw).endswith(
        'Points "here": one at (2, 3). Points: 3 around (2, 4.50). Their correlation is 1.00.'
    )


def test_points_that_fall():
    """From their means, x is -1, 0, 1 and y is 2, -2, 0: r is -2 over the root of 2 x 8."""
    words = drawn(lambda axes: axes.scatter([1, 2, 3], [6.5, 2.5, 4.5]))
    assert words.endswith("Their correlation is −0.50.")


def test_a_correlation_is_told_of_one_cloud_of_three_points_or_more():
    assert "correlation" not in drawn(lambda axes: axes.scatter([1, 2], [3, 4]))
    two = drawn(lambda axes: [axes.scatter([1, 2, 3], [1, 2, place]) for place in (3, 4)])
    assert "correlation" not in two


def test_points_with_error_bars():
    words = drawn(lambda axes: axes.errorbar([1, 2], [0.5, 0.25], [0.1, 0.1], fmt="o", label="marks"))
    assert words.endswith(
        'Points "marks" with error bars: first 0.500, last 0.250, lowest 0.250, highest 0.500.'
    )


def test_few_bars_one_by_one():
    assert drawn(lambda axes: axes.bar(["prior", "codes"], [47.5, 90], label="sure")) == (
        'Plot. y axis: 0 to 90. Bars "sure", prior: 47.5; codes: 90.0.'
    )
    assert drawn(lambda axes: axes.barh([0, 1], [3, 4])) == "Plot. x axis: 0 to 4. Bars, 0: 3; 1: 4."


def test_numbers_on_bars_are_told_once():
    def draw(axes: Axes) -> None:
        axes.bar_label(axes.bar([0, 1], [3, 4], yerr=[1, 1]))

    assert drawn(draw) == "Plot. y axis: 0 to 5. Error bars. Bars, 0: 3; 1: 4."


def test_bars_side_by_side_have_the_names_of_their_ticks():
    def draw(axes: Axes) -> None:
        axes.barh([-0.2, 0.8], [10, 20], 0.4, label="a")
        axes.barh([0.2, 1.2], [30, 40], 0.4, label="b")
        axes.set(yticks=[0, 1], yticklabels=["dense", "conv"])

    assert drawn(draw).endswith('Bars "a", dense: 10; conv: 20. Bars "b", dense: 30; conv: 40.')


def test_many_bars_on_a_logarithmic_axis():
    def draw(axes: Axes) -> None:
        axes.bar(range(1, 21), [2.0**-i for i in range(20)])
        axes.set(yscale="log", ylabel="share")

    assert drawn(draw) == (
        "Plot. y axis (log): share, 1.91e-06 to 1. "
        "20 bars from 1 to 20: first 1, last 1.91e-06, lowest 1.91e-06, highest 1."
    )


def test_histograms():
    values = np.arange(0, 4, 0.01)  # equally many everywhere
    told = "4 bars from 0 to 4, the highest 100; half of it between 1 and 3."
    assert drawn(lambda axes: axes.hist(values, bins=4, range=(0, 4), label="all")).endswith(
        f'Histogram "all": {told}'
    )
    assert drawn(lambda axes: axes.stairs([100] * 4, range(5))).endswith(f"Histogram: {told}")


def test_a_wide_bar_of_a_histogram_counts_by_its_area():
    words = drawn(lambda axes: axes.stairs([3, 1], [0, 1, 4]))  # areas of 3 and 3
    assert words.endswith("2 bars from 0.00 to 4.00, the highest 3; half of it between 0.50 and 2.50.")


def test_areas_arrows_contours_shapes_and_words():
    def draw(axes: Axes) -> None:
        axes.fill_between([0, 1, 2], [1, 2, 1], label="cloud")
        axes.quiver([0, 1], [0, 1], [1, 1], [1, 1], label="flow")
        axes.contour(np.add.outer(np.arange(3), np.arange(3)), [1.5, 2.5])
        axes.add_patch(Ellipse((1, 1), 1, 2))
        axes.add_patch(Ellipse((1, 1), 2, 1))
        axes.add_patch(Ellipse((1, 1), 1, 1, label="circle"))
        axes.text(1, 1, "here it is")

    assert drawn(draw).endswith(
        'Area "cloud": x from 0 to 2, y from 0 to 2. Arrows "flow": 2. Contour lines at 1.50, 2.50. '
        'Shapes: 2 x Ellipse. Shapes: 1 x Ellipse "circle". Written in it: here it is.'
    )


def test_squares_with_a_scale_of_colours():
    figure, axes = plt.subplots()
    figure.colorbar(axes.imshow([[0, 25.5], [50, 100]]), label="% of those asked for")
    axes.set(xlabel="read", ylabel="asked for")
    plt.close(figure)
    assert describe(figure) == (
        "Picture. 2 rows and 2 columns of values from 0 to 100. Columns: read. Rows: asked for. "
        "Colours stand for % of those asked for."
    )


def test_a_scale_of_colours_that_lies():
    figure, axes = plt.subplots()
    figure.colorbar(axes.imshow([[0, 1]]), orientation="horizontal", label="nats")
    plt.close(figure)
    assert describe(figure).endswith("Colours stand for nats.")


def test_a_picture_in_colour():
    assert drawn(lambda axes: (axes.imshow(np.zeros((5, 7, 3))), axes.axis("off"))) == (
        "Picture. 5 x 7 pixels in colour."
    )


def test_titles_and_what_is_not_known():
    figure, (left, right) = plt.subplots(1, 2)
    figure.suptitle("Two views")
    left.pcolormesh(np.zeros((2, 2)))
    left.set_title("first")
    right.set_visible(False)
    plt.close(figure)
    assert describe(figure) == (
        "Two views. Plot: first. x axis: 0 to 2. y axis: 0 to 2. Also drawn: QuadMesh."
    )
    assert describe(Figure()) == "An empty figure."


def test_nobody_has_to_listen_to_more_than_can_be_remembered():
    def draw(axes: Axes) -> None:
        for i in range(40):
            axes.plot([1, 2], [i, i + 1], label=f"line {i}")

    words = drawn(draw)
    assert len(words.split()) <= WORDS + 6
    assert words.endswith(f"{40 - words.count('Line')} more sentences are left out.")


@pytest.mark.parametrize("scale", [1.001, 0.999])
def test_the_words_stay_where_a_number_moves_a_little(scale: float):
    """What a test of a measured cell needs: other numbers, and the same words in the same order."""
    history = [Epoch(164.37, 140.1, 20.25, 127.35, 2.0), Epoch(121.3, 100.2, 21.1, 115.5, 2.0)]
    before = describe(plot_losses(History(history)))
    after = describe(plot_losses(History(Epoch(*(scale * part for part in epoch)) for epoch in history)))
    assert before != after
    assert re.sub(r"\d+\.\d+", "#", before) == re.sub(r"\d+\.\d+", "#", after)


# ---- in an output


def alt(html: str) -> str:
    return unescape(re.search('<img alt="([^"]*)"', html)[1])


def test_the_text_survives_quotes_and_angles():
    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, 1], label='"<b>" & co')
    plt.close(figure)
    html = img(figure, figure_png(figure))
    assert alt(html) == describe(figure)
    assert '"&lt;b&gt;" &amp; co'.replace('"', "&quot;") in html


def test_a_live_figure_is_the_picture_with_its_text():
    html = figure_html(plot_digits(BLACK))
    assert alt(html) == "Picture. Images in rows of 10, 20 in all."
    assert html == img(plot_digits(BLACK), small(figure_png(plot_digits(BLACK))))
    with told(TypeError, "figure must be a matplotlib Figure"):
        figure_html(BLACK)


def test_a_figure_without_words_is_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("vae_helpers._notebook.describe", lambda _: 1 / 0)
    assert alt(img(Figure(), b"")) == "A figure for which there are no words."


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"), int)


def test_the_picture_is_smaller_and_looks_the_same():
    greys = figure_png(plot_digits(torch.linspace(0, 1, 784).view(1, 1, 28, 28).expand(4, 1, 28, 28)))
    assert (pixels(small(greys)) == pixels(greys)).all()
    colours = figure_png(plot_latent_plane(torch.randn(500, 2), torch.arange(500) % 10))
    assert len(small(colours)) < len(colours) / 2
    assert abs(pixels(small(colours)) - pixels(colours)).mean() < 0.2


def answers(monkeypatch: pytest.MonkeyPatch, drawn: object) -> None:
    """An IPython whose formatter of `image/png` answers this."""
    shell = SimpleNamespace(display_formatter=SimpleNamespace(formatters={"image/png": lambda _: drawn}))
    monkeypatch.setitem(__import__("sys").modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def test_the_format_that_a_reader_has_chosen(monkeypatch: pytest.MonkeyPatch):
    figure = plot_digits(BLACK)
    png = b64encode(figure_png(figure)).decode()
    answers(monkeypatch, png)
    assert 'width="' not in as_html(figure)
    answers(monkeypatch, (png, {"width": 400, "height": 80}))  # "retina"
    assert ' width="400" height="80" ' in as_html(figure)
    answers(monkeypatch, None)  # SVG alone
    assert as_html(figure) is None


CELLS = [
    "%matplotlib inline\nfrom vae_helpers import VAE",  # nothing that draws
    "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2, 3])\nplt.show()",
    "from vae_helpers.plotting import plot_architecture\nplot_architecture(VAE())",
    "from vae_helpers import KLDemo\nKLDemo()",
]


@pytest.fixture(scope="module")
def run() -> nbformat.NotebookNode:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    return NotebookClient(notebook, kernel_name="python3", timeout=120, store_widget_state=False).execute()


@pytest.mark.slow
def test_a_kernel_gives_every_figure_its_text(run: nbformat.NotebookNode):
    show, last, widget = [cell.outputs[0].data for cell in run.cells[1:]]
    assert alt(show["text/html"]) == (
        "Plot. x axis: 0 to 2. y axis: 1 to 3. Line: first 1, last 3, lowest 1, highest 3."
    )
    assert alt(last["text/html"]).startswith("Boxes joined by arrows: image x")
    assert alt(widget["text/html"]).startswith("2 sliders.")
    for bundle in (show, last, widget):
        pictures = bundle["image/png"], bundle["text/html"].split("base64,")[1].split('"')[0]
        sizes = [Image.open(BytesIO(b64decode(picture))).size for picture in pictures]
        assert sizes[0] == sizes[1]


@pytest.mark.slow
def test_a_saved_page_has_the_text_and_latex_the_picture(run: nbformat.NotebookNode):
    page, _ = HTMLExporter().from_notebook_node(run)
    outputs = re.findall("<img [^>]*>", page)
    assert len(outputs) == 3
    assert all(alt(html) for html in outputs)
    latex, resources = LatexExporter().from_notebook_node(run)
    assert latex.count(r"\adjustimage") == len(resources["outputs"]) == 3
