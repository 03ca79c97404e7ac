"""Figures: digits, losses, the latent plane. Each function takes data and returns the figure."""

from collections.abc import Callable, Sequence
from functools import wraps
from io import BytesIO
from math import ceil, isnan, isqrt
from typing import ParamSpec

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from vae_helpers._inputs import check_digits, check_grid, check_plane, check_type, count
from vae_helpers._notebook import img, small
from vae_helpers._state import usual_defaults
from vae_helpers.history import History
from vae_helpers.model import VAE

P = ParamSpec("P")

# One colour for each digit, 0 to 9, in figures and widgets: Petroff's ten (2021, arXiv:2107.02270), moved a
# little. Each stands out from white and from a dark page, and no two look alike to any kind of colour vision.
DIGIT_COLOURS = ["#4C78FF", "#FFA300", "#B5110B", "#80B88A", "#91339E"]
DIGIT_COLOURS += ["#A45245", "#DE610E", "#D1B45F", "#6B6F80", "#B8AED8"]


STYLE = ["default", "vae_helpers.style"]  # whatever a reader's own settings are


def in_style(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the notebooks' style, and close the figure, so that a cell shows it once."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with plt.style.context(STYLE), usual_defaults():
            figure = draw(*args, **kwargs)
        plt.close(figure)
        return figure

    return drawn


@in_style
def plot_digits(images: Tensor, columns: int = 10, row_labels: Sequence[object] = ()) -> Figure:
    """Show images in rows, black 0 to white 1.

    >>> figure = plot_digits(torch.rand(20, 1, 28, 28), columns=10, row_labels=["first", "second"])

    Args:
        images: `(N, 1, 28, 28)` in [0, 1], at most 400.
        columns: how many stand in a row.
        row_labels: what stands before each row; who listens to the figure hears these words.

    Raises:
        TypeError, ValueError: `images` or `columns` is not what it should be, there are too many images for
            one figure, or labels for another number of rows.
    """
    columns = count(columns, "columns")
    check_digits(images, columns, row_labels)
    columns = min(columns, len(images))
    rows = ceil(len(images) / columns)
    frames = torch.full((rows * columns, 30, 30), 0.5)
    frames[: len(images), 1:-1, 1:-1] = images[:, 0].detach()
    grid = frames.view(rows, columns, 30, 30).transpose(1, 2).reshape(30 * rows, 30 * columns).numpy()
    figure, axes = plt.subplots(figsize=(0.8 * columns + (1.4 if row_labels else 0), 0.8 * rows))
    shown = f"Images in rows of {columns}, {len(images)} in all"  # for the alternative text
    axes.imshow(grid, vmin=0, vmax=1, label=shown)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([30 * row + 14.5 for row in range(len(row_labels))], [str(label) for label in row_labels])
    axes.tick_params(length=0)
    return figure


@in_style
def plot_architecture(vae: VAE) -> Figure:
    """Draw the layers: boxes with the width of each, arrows with their number of parameters.

    Raises:
        TypeError: `vae` is not a VAE.
    """
    check_type(vae, VAE, "vae must be a VAE")
    hidden, latent = f"hidden\n{vae.hidden_dim}", vae.latent_dim
    boxes = [  # text, x, y
        ("image x\n1 x 28 x 28", 0, 0),
        (hidden, 2, 0),
        (f"mu\n{latent}", 4, 0.8),
        (f"logvar\n{latent}", 4, -0.8),
        (f"z\n{latent}", 5.7, 0),
        (hidden, 7.7, 0),
        ("logits\n1 x 28 x 28", 9.7, 0),
    ]
    arrows = [  # from, to, layer
        (0, 1, vae.encoder[1]),
        (1, 2, vae.to_mu),
        (1, 3, vae.to_logvar),
        (2, 4, None),
        (3, 4, None),
        (4, 5, vae.decoder[0]),
        (5, 6, vae.decoder[2]),
    ]
    figure, axes = plt.subplots(figsize=(11, 3))
    axes.set(xlim=(-0.8, 10.5), ylim=(-1.4, 1.4))
    axes.axis("off")
    frame = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": "black"}
    texts = [
        axes.text(x, y, text, ha="center", va="center", color="black", bbox=frame) for text, x, y in boxes
    ]
    steps = []
    for start, end, layer in arrows:
        (before, x0, y0), (after, x1, y1) = boxes[start], boxes[end]
        ends = {"patchA": texts[start].get_bbox_patch(), "patchB": texts[end].get_bbox_patch()}
        axes.annotate("", (x1, y1), (x0, y0), arrowprops={"arrowstyle": "->", **ends})
        steps.append(f"{before} to {after}".replace("\n", " "))
        if layer is not None:
            parameters = sum(weight.numel() for weight in layer.parameters())
            axes.text((x0 + x1) / 2, (y0 + y1) / 2 + 0.25, f"{parameters:,}", ha="center")
            steps[-1] += f" with {parameters:,} parameters"
    axes.set_label(f"Boxes joined by arrows: {'; '.join(steps)}.")  # for the alternative text
    return figure


@in_style
def plot_losses(history: History) -> Figure:
    """Draw the losses of each epoch: training and test on the left, the two halves on the right.

    Raises:
        TypeError: `history` is not a History.
    """
    check_type(history, History, "history must be what train returns")
    figure, (total, halves) = plt.subplots(1, 2)
    epochs = range(1, len(history) + 1)
    total.plot(epochs, history.loss, "o-", label="training")
    if not all(map(isnan, history.test_loss)):
        total.plot(epochs, history.test_loss, "s--", label="test")
    halves.plot(epochs, history.reconstruction, "o-", color="#009E73", label="reconstruction")
    halves.plot(epochs, history.kl, "s--", color="#CC79A7", label="KL")
    halves.set_ylim(bottom=0)
    for axes in (total, halves):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set(xlabel="epoch", ylabel="nats per image")
        axes.legend()
    return figure


@in_style
def plot_latent_plane(mu: Tensor, labels: Tensor) -> Figure:
    """Write each image's digit where the encoder of a 2-D model has put it.

    >>> figure = plot_latent_plane(torch.randn(100, 2), labels=torch.arange(100) % 10)

    Args:
        mu: the codes, `(N, 2)`.
        labels: the digit 0 to 9 of each image, `(N,)`.

    Raises:
        TypeError, ValueError: wrong shape or dtype, not finite, no code, or a label that is no digit.
    """
    check_plane(mu, labels)
    mu, labels = mu.detach().cpu().float(), labels.cpu()
    figure, axes = plt.subplots(figsize=(8, 7))
    for digit in labels.unique().tolist():
        x, y = mu[labels == digit].T
        axes.scatter(
            x, y, s=30, c=DIGIT_COLOURS[digit], marker=f"${digit}$", linewidth=0, label=f"digit {digit}"
        )
    axes.set(xlabel="z[0]", ylabel="z[1]", aspect="equal")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2)
    return figure


@in_style
def plot_manifold(images: Tensor, z: Tensor) -> Figure:
    """Show the decoded `images` of a `quantile_grid` in its order, with the codes `z` along the axes.

    Args:
        images: `(steps * steps, 1, 28, 28)` in [0, 1].
        z: `(steps * steps, 2)`.

    Raises:
        TypeError, ValueError: wrong shape or dtype, not as many images as codes, or more than 20 steps.
    """
    check_grid(images, z)
    steps = isqrt(len(z))
    figure = plot_digits(images, steps, [f"{value:.1f}" for value in z[::steps, 1]])
    figure.set_size_inches(8, 8)
    (axes,) = figure.axes
    axes.set_xticks(axes.get_yticks(), [f"{value:.1f}" for value in z[:steps, 0]])
    axes.set(xlabel="z[0]", ylabel="z[1]")
    return figure


def figure_png(figure: Figure) -> bytes:
    """Draw the figure off-screen: what an `ipywidgets.Image` shows.

    Raises:
        TypeError: `figure` is not a figure of matplotlib.
    """
    check_type(figure, Figure, "figure must be a matplotlib Figure")
    buffer = BytesIO()
    figure.savefig(buffer, format="png", facecolor="auto")
    return buffer.getvalue()


def figure_html(figure: Figure) -> str:
    """The figure with its alternative text: what an `ipywidgets.HTML` shows, again and again if need be.

    >>> live = figure_html(plot_architecture(VAE()))

    Raises:
        TypeError: `figure` is not a figure of matplotlib.
    """
    return img(figure, small(figure_png(figure)))
