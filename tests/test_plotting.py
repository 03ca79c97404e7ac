"""Figures show the data they were given, with labelled axes, to every reader."""

import math
from collections.abc import Callable
from itertools import combinations

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.colors import same_color
from matplotlib.text import Text
from samples import CODES, DIGITS, GRID, X, small
from told import refusals, told
from torch import Tensor, nn

from vae_helpers import (
    VAE,
    Epoch,
    History,
    KLDemo,
    LatentSliders,
    ReparameterizationDemo,
    quantile_grid,
)
from vae_helpers.plotting import (
    DIGIT_COLOURS,
    figure_png,
    plot_architecture,
    plot_digits,
    plot_latent_plane,
    plot_losses,
    plot_manifold,
)

FIGURES = {
    "digits": lambda _: plot_digits(torch.zeros(4, 1, 28, 28), columns=2, row_labels=["first", "second"]),
    "architecture": lambda _: plot_architecture(VAE()),
    "losses": plot_losses,
    "plane": lambda _: plot_latent_plane(X[0, 0, :10, :2], torch.arange(10)),
    "manifold": lambda _: plot_manifold(torch.zeros(4, 1, 28, 28), quantile_grid(2)),
}

# Machado et al. (2009): linear RGB as it appears with full protanopia, deuteranopia and tritanopia.
VISION = {
    "normal": torch.eye(3),
    "protanopia": torch.tensor(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": torch.tensor(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": torch.tensor(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


@pytest.fixture
def history() -> History:
    return History(Epoch(160.0 - i, 140.0 - i, 20.0, 120.0 - i, 2.0) for i in range(3))


def test_digits_stand_in_rows(mnist_test: tuple[Tensor, Tensor]):
    images = mnist_test[0][:7]
    figure = plot_digits(images, columns=3, row_labels=["a", "b", "c"])
    grid = figure.axes[0].images[0].get_array()
    assert grid.shape == (3 * 30, 3 * 30)
    assert torch.equal(torch.from_numpy(grid.data[31:59, 1:29]), images[3, 0])  # second row, first column
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["a", "b", "c"]


def test_fewer_images_than_columns():
    figure = plot_digits(torch.rand(2, 1, 28, 28), columns=10)
    assert figure.axes[0].images[0].get_array().shape == (30, 60)


def test_images_may_have_gradients():
    assert plot_digits(X.clone().requires_grad_()).axes


def test_0_is_black_and_1_is_white_whatever_else_is_in_the_picture():
    (image,) = plot_digits(torch.full((1, 1, 28, 28), 0.2)).axes[0].images
    red, green, blue, _ = image.to_rgba([0.0, 0.2, 1.0]).T
    assert red.tolist() == green.tolist() == blue.tolist() == pytest.approx([0, 0.2, 1], abs=0.01)


def test_loss_curves(history: History):
    total, halves = plot_losses(history).axes
    curves = {line.get_label(): list(line.get_ydata()) for axes in (total, halves) for line in axes.lines}
    assert curves == {
        "training": [160, 159, 158],
        "test": [120, 119, 118],
        "reconstruction": [140, 139, 138],
        "KL": [20, 20, 20],
    }
    assert {axes.get_ylabel() for axes in (total, halves)} == {"nats per image"}
    assert {axes.get_xlabel() for axes in (total, halves)} == {"epoch"}


def test_epochs_without_test_images_hide_no_others():
    """As where a run goes on with test images, and its rows are put behind the first ones."""
    untested, tested = Epoch(160.0, 140.0, 20.0, math.nan, 1.0), Epoch(150.0, 130.0, 20.0, 119.0, 1.0)
    total, _ = plot_losses(History([untested, tested])).axes
    curves = {line.get_label(): line.get_ydata().tolist() for line in total.lines}
    assert curves == {"training": [160, 150], "test": pytest.approx([math.nan, 119], nan_ok=True)}


def test_no_test_images_have_no_curve():
    total, _ = plot_losses(History([Epoch(160.0, 140.0, 20.0, math.nan, 1.0)])).axes
    assert [line.get_label() for line in total.lines] == ["training"]


def test_architecture_counts_every_parameter():
    vae = VAE(latent_dim=5, hidden_dim=30)
    texts = [text.get_text().replace(",", "") for text in plot_architecture(vae).axes[0].texts]
    counts = [int(text) for text in texts if text.isdigit()]
    assert sum(counts) == sum(weight.numel() for weight in vae.parameters())
    assert "mu\n5" in texts
    assert "hidden\n30" in texts


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_closed_have_one_size_of_type_and_leave_the_callers_style(name: str, history: History):
    before = plt.get_fignums()
    with plt.rc_context({"font.size": 7}):
        figure = FIGURES[name](history)
        assert plt.rcParams["font.size"] == 7
        figure.canvas.draw()
    assert plt.get_fignums() == before
    assert {text.get_fontsize() for text in figure.findobj(Text) if text.get_text()} == {12}


ODD = {"image.origin": "lower", "axes.grid": True, "lines.marker": "s", "savefig.facecolor": "red"}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_the_same_on_a_dark_style_and_whatever_else_a_reader_has_set(name: str, history: History):
    before = figure_png(FIGURES[name](history))
    with plt.style.context(["dark_background", ODD]):
        assert figure_png(FIGURES[name](history)) == before


@pytest.mark.parametrize("make", [KLDemo, ReparameterizationDemo, lambda: LatentSliders(small(), X)])
def test_so_are_the_stills_of_widgets(make: Callable):
    before, _ = make()._repr_mimebundle_()
    with plt.style.context(["dark_background", ODD]):
        bundle, _ = make()._repr_mimebundle_()
    assert bundle["text/html"] == before["text/html"]


def test_the_notebooks_style_is_black_on_white_after_a_dark_one():
    def draw() -> bytes:
        figure, (left, right) = plt.subplots(1, 2)
        left.plot([1, 2], [3, 4], color="black", label="line")
        left.fill_between([1, 2], [3, 4], edgecolor="black")
        left.legend()
        left.grid()
        right.hist([1, 2, 2], edgecolor="black")
        right.set(xlabel="value", ylabel="how many", title="bars")
        plt.close(figure)
        return figure_png(figure)

    with plt.style.context("vae_helpers.style"):
        before = draw()
    with plt.style.context(["dark_background", "vae_helpers.style"]):
        assert draw() == before


def test_png(history: History):
    assert figure_png(plot_losses(history)).startswith(b"\x89PNG")


def seen(colour: str, vision: Tensor) -> Tensor:
    """The colour as lightness, a and b of CIELAB (white point D65)."""
    srgb = torch.tensor([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    to_xyz = torch.tensor([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ (vision @ linear).clamp(0, 1) / to_xyz.sum(1)
    x, y, z = torch.where(xyz > 0.008856, xyz ** (1 / 3), 7.787 * xyz + 16 / 116)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
def test_ten_colours_can_be_told_apart(vision: str):
    """A difference of 2.3 is about the least that an eye notices side by side; far apart, it takes more."""
    assert len(set(DIGIT_COLOURS)) == 10
    pairs = combinations([seen(colour, VISION[vision]) for colour in DIGIT_COLOURS], 2)
    assert min((first - second).norm() for first, second in pairs) > 20


@pytest.mark.parametrize("page", ["#FFFFFF", "#14171C"])
def test_colours_stand_out_from_white_paper_and_from_a_dark_page(page: str):
    """Contrast as in WCAG 2: the larger luminance over the smaller one, 0.05 added to both."""

    def luminance(colour: str) -> float:
        lightness = seen(colour, VISION["normal"])[0].item()  # 116 y^(1/3) - 16
        return ((lightness + 16) / 116) ** 3 if lightness > 8 else lightness / 903.3

    for colour in DIGIT_COLOURS:
        darker, lighter = sorted([luminance(colour), luminance(page)])
        assert (lighter + 0.05) / (darker + 0.05) > 1.95


def test_plane_has_every_code_in_its_digits_colour():
    mu, labels = torch.randn(50, 2), torch.arange(50) % 10
    (axes,) = plot_latent_plane(mu, labels).axes
    assert len(axes.collections) == 10
    for digit, points in enumerate(axes.collections):
        torch.testing.assert_close(torch.tensor(points.get_offsets().data), mu[labels == digit].double())
        assert same_color(points.get_facecolor(), DIGIT_COLOURS[digit])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [f"digit {i}" for i in range(10)]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z[0]", "z[1]")


def test_plane_marks_are_ten_different_shapes():
    (axes,) = plot_latent_plane(torch.randn(10, 2), torch.arange(10)).axes
    shapes = {points.get_paths()[0].vertices.tobytes() for points in axes.collections}
    assert len(shapes) == 10


def test_plane_of_some_digits_only():
    (axes,) = plot_latent_plane(torch.randn(4, 2), torch.tensor([9, 3, 9, 3])).axes
    assert [points.get_label() for points in axes.collections] == ["digit 3", "digit 9"]
    for points, digit in zip(axes.collections, (3, 9), strict=True):
        assert same_color(points.get_facecolor(), DIGIT_COLOURS[digit])


def test_manifold_puts_each_image_at_its_code():
    z = quantile_grid(3)
    images = torch.arange(9).view(9, 1, 1, 1).expand(9, 1, 28, 28) / 9
    (axes,) = plot_manifold(images, z).axes
    grid = torch.tensor(axes.images[0].get_array().data)
    for x, x_label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True):
        for y, y_label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True):
            place = torch.tensor([float(x_label.get_text()), float(y_label.get_text())])
            index = (z - place).norm(dim=1).argmin()
            assert grid[int(y), int(x)] == images[index, 0, 0, 0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z[0]", "z[1]")


def test_the_largest_manifold_is_of_400_images():
    (axes,) = plot_manifold(torch.zeros(400, 1, 28, 28), quantile_grid(20)).axes
    assert axes.images[0].get_array().shape == (600, 600)


@refusals(
    ("figure of no channel", lambda: plot_digits(X[:, 0]), ValueError, "images must have shape"),
    (
        "figure of all images",
        lambda: plot_digits(X[:1].expand(60_000, 1, 28, 28)),
        ValueError,
        r"at most 400 .* got 60000; use images\[:100\]",
    ),
    ("columns=0", lambda: plot_digits(X, 0), ValueError, "columns must be at least 1, got 0"),
    ("a label for another row", lambda: plot_digits(X, 4, ["a"]), ValueError, "each of the 2 rows, got 1"),
    (
        "row_labels=None",
        lambda: plot_digits(X, 4, None),
        TypeError,
        "row_labels must be a list, got NoneType",
    ),
    (
        "figure of another model",
        lambda: plot_architecture(nn.Linear(1, 1)),
        TypeError,
        "must be a VAE, got Lin",
    ),
    (
        "figure of a list",
        lambda: plot_losses([1.0]),
        TypeError,
        "history must be what train returns, got list",
    ),
    ("plane of three", lambda: plot_latent_plane(CODES, DIGITS), ValueError, r"mu must have shape \(B, 2\)"),
    ("plane of few labels", lambda: plot_latent_plane(GRID, DIGITS[:3]), ValueError, r"shape \(4,\)"),
    (
        "plane of nan",
        lambda: plot_latent_plane(GRID * math.nan, DIGITS[:4]),
        ValueError,
        "mu must hold finite",
    ),
    ("plane of none", lambda: plot_latent_plane(GRID[:0], DIGITS[:0]), ValueError, "at least one code"),
    ("manifold, not square", lambda: plot_manifold(X[:3], GRID[:3]), ValueError, "square grid, got 3 and 3"),
    (
        "a manifold of 21 x 21",
        lambda: plot_manifold(torch.zeros(441, 1, 28, 28), quantile_grid(21)),
        ValueError,
        r"z must be at most quantile_grid\(20\) for one figure, got 21 x 21",
    ),
    ("manifold, few images", lambda: plot_manifold(X[:1], GRID), ValueError, "square grid, got 1 and 4"),
    (
        "manifold of bytes",
        lambda: plot_manifold(2 * X[:4] + 1, GRID),
        ValueError,
        r"images must lie in \[0, 1\]",
    ),
    ("manifold of three", lambda: plot_manifold(X[:4], CODES[:4]), ValueError, r"z must have shape \(B, 2\)"),
)
def test_refuses(call: Callable, error: type, sentence: str):
    with told(error, sentence):
        call()
