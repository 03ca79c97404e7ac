"""Figures show the data they were given, with labelled axes."""

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.text import Text
from torch import Tensor

from vae_helpers import VAE, Epoch, History, quantile_grid
from vae_helpers.plotting import (
    plot_architecture,
    plot_digits,
    plot_latent_plane,
    plot_losses,
    plot_manifold,
    png,
)

FIGURES = {
    "digits": lambda _: plot_digits(torch.zeros(4, 1, 28, 28), columns=2, row_labels=["first", "second"]),
    "architecture": lambda _: plot_architecture(VAE()),
    "losses": plot_losses,
    "plane": lambda _: plot_latent_plane(torch.rand(10, 2), torch.arange(10)),
    "manifold": lambda _: plot_manifold(torch.zeros(4, 1, 28, 28), quantile_grid(2)),
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


def test_png(history: History):
    assert png(plot_losses(history)).startswith(b"\x89PNG")
