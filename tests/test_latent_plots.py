"""The latent plane and the manifold grid show the codes they were given, to every reader."""

from itertools import combinations

import pytest
import torch
from torch import Tensor

from vae_helpers import quantile_grid
from vae_helpers.plotting import DIGIT_COLOURS, plot_latent_plane, plot_manifold

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
    assert min((first - second).norm() for first, second in pairs) > 15


def test_colours_stand_out_from_white_paper():
    assert max(seen(colour, VISION["normal"])[0] for colour in DIGIT_COLOURS) < 75


def test_plane_has_every_code_in_its_digits_colour():
    mu, labels = torch.randn(50, 2), torch.arange(50) % 10
    (axes,) = plot_latent_plane(mu, labels).axes
    assert len(axes.collections) == 10
    for digit, points in enumerate(axes.collections):
        torch.testing.assert_close(torch.tensor(points.get_offsets().data), mu[labels == digit].double())
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [f"digit {i}" for i in range(10)]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z[0]", "z[1]")


def test_plane_marks_are_ten_different_shapes():
    (axes,) = plot_latent_plane(torch.randn(10, 2), torch.arange(10)).axes
    shapes = {points.get_paths()[0].vertices.tobytes() for points in axes.collections}
    assert len(shapes) == 10


def test_plane_of_some_digits_only():
    (axes,) = plot_latent_plane(torch.randn(4, 2), torch.tensor([9, 3, 9, 3])).axes
    assert [points.get_label() for points in axes.collections] == ["digit 3", "digit 9"]


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
