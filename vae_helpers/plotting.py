"""Figures: grids of digits and loss curves. Each function takes data and returns the figure."""

from collections.abc import Callable, Sequence
from functools import wraps
from io import BytesIO
from typing import ParamSpec

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor
from torchvision.utils import make_grid

from vae_helpers._inputs import check_count, check_images
from vae_helpers.training import History

P = ParamSpec("P")


def in_style(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the notebooks' style, and close the figure, so that a cell shows it once."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with plt.style.context("vae_helpers.style"):
            figure = draw(*args, **kwargs)
        plt.close(figure)
        return figure

    return drawn


@in_style
def plot_digits(images: Tensor, columns: int = 10, row_labels: Sequence[object] = ()) -> Figure:
    """Show images `(N, 1, 28, 28)` in rows of `columns`, black 0 to white 1.

    Raises:
        TypeError, ValueError: `images` or `columns` is not what it should be, or there are
            labels for another number of rows.
    """
    check_images(images)
    check_count(columns, "columns")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    if len(row_labels) not in (0, rows):
        raise ValueError(f"row_labels must hold one label for each of the {rows} rows, got {len(row_labels)}")
    grid = make_grid(images.detach().cpu(), nrow=columns, padding=2, pad_value=0.5)[0]
    figure, axes = plt.subplots(figsize=(0.8 * columns + (1.4 if row_labels else 0), 0.8 * rows))
    axes.imshow(grid, vmin=0, vmax=1)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([30 * row + 15 for row in range(len(row_labels))], [str(label) for label in row_labels])
    axes.tick_params(length=0)
    return figure


@in_style
def plot_losses(history: History) -> Figure:
    """Draw the losses of each epoch: training and test on the left, the two halves on the right."""
    figure, (total, halves) = plt.subplots(1, 2)
    epochs = range(1, len(history) + 1)
    total.plot(epochs, history.loss, "o-", label="training")
    total.plot(epochs, history.test_loss, "s--", label="test")
    halves.plot(epochs, history.reconstruction, "o-", color="#009E73", label="reconstruction")
    halves.plot(epochs, history.kl, "s--", color="#CC79A7", label="KL")
    halves.set_ylim(bottom=0)
    for axes in (total, halves):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set(xlabel="epoch", ylabel="nats per image")
        axes.legend()
    return figure


def png(figure: Figure) -> bytes:
    """Draw the figure off-screen: what an `ipywidgets.Image` shows."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
