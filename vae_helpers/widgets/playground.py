"""The playground: a VAE that trains in the page, as a widget and as a page of its own."""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import torch
import torch.nn.functional as F
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from torch import Tensor, nn

from vae_helpers._inputs import number, shown
from vae_helpers._state import seeded
from vae_helpers.data import mnist_bytes
from vae_helpers.losses import Loss, kl_divergence
from vae_helpers.plotting import DIGIT_COLOURS, in_style
from vae_helpers.widgets.page import script, style, write_page
from vae_helpers.widgets.still import WithStill, blank, draw_picture

IMAGES = 4096  # an epoch is 64 batches of 64
CLOUDS = 300  # on the map, as in playground_views.js
STEPS = 300  # of training, for a still picture

SCRIPT, STYLE = script("view.js", "playground_views.js", "playground.js"), style("playground.css")

# The mistakes: the name of each, what is computed then, and the notebook that explains it.
MISTAKES = {
    "mean for sum": (
        "The reconstruction is the mean over the 196 pixels, not their sum; the KL stays a sum.",
        "Notebook 10, “The wrong price”.",
    ),
    "plain draw": (
        "z is a random number and nothing else: no derivative passes through it to mu and sigma.",
        "Notebook 02, “What is wrong with a plain draw?”",
    ),
    "sigma read as logvar": (
        "The network answers with sigma (a softplus), z is drawn with it, and the KL takes it for logvar.",
        "Notebook 03, “Two traps”.",
    ),
}


class Playground(WithStill, anywidget.AnyWidget):
    """A VAE (196-64-2-64-196) that trains in the page, while beta, step size and mistakes are changed.

    It learns 4,096 training images of MNIST, shrunk to 14 x 14 pixels, in batches of 64, with Adam.
    `vae.js` has the mathematics; nothing is sent to Python.

    Args:
        beta: the weight of the KL at first, 0 to 100.
        lr: the step size at first, above 0, at most 1.
        mistakes: those that are switched on at first, of "mean for sum", "plain draw" and
            "sigma read as logvar".

    Raises:
        TypeError, ValueError: a bad argument.
    """

    _esm = SCRIPT
    _css = STYLE

    images = traitlets.Bytes().tag(sync=True)
    labels = traitlets.Bytes().tag(sync=True)
    worker = traitlets.Unicode().tag(sync=True)
    known: Any = traitlets.List().tag(sync=True)
    beta = traitlets.Float().tag(sync=True)
    lr = traitlets.Float().tag(sync=True)
    mistakes = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, beta: float = 1.0, lr: float = 0.003, mistakes: Sequence[str] = ()) -> None:
        super().__init__(**_state(beta, lr, mistakes))

    def still(self) -> Figure:
        """What one sees after 300 steps with these settings, trained here and now."""
        return _still(self.beta, self.lr, self.mistakes)


def export_playground(
    path: str | Path, beta: float = 1.0, lr: float = 0.003, mistakes: Sequence[str] = ()
) -> None:
    """Write the playground as one HTML file, which opens from disk and asks nothing of the network.

    Args:
        path: where to write; an existing file is replaced.
        beta, lr, mistakes: as for `Playground`.

    Raises:
        TypeError, ValueError: a bad argument.
        OSError: the file cannot be written; what was there before is still there.
    """
    state = _state(beta, lr, mistakes)
    write_page(
        path,
        title="A variational autoencoder that trains here",
        lead="It learns to write a digit as two numbers, and to draw it again. "
        "Press Play, turn β, and see what the clouds do.",
        about="The network (196–64–2–64–196), its training (Adam, batches of 64) and 4,096 digits of MNIST "
        "(LeCun, Cortes and Burges), shrunk to 14 × 14 pixels, in one file.",
        js=SCRIPT,
        css=STYLE,
        state=state,
        still=_still(beta, lr, mistakes),
    )


def _state(beta: float, lr: float, mistakes: Sequence[str]) -> dict[str, Any]:
    """All that the page needs."""
    beta, lr = number(beta, "beta"), number(lr, "lr", zero=False)
    if beta > 100:
        raise ValueError(f"beta must be at most 100, got {shown(beta)}")
    if lr > 1:
        raise ValueError(f"lr must be at most 1, got {shown(lr)}")
    if not isinstance(mistakes, (list, tuple)):
        raise TypeError(f"mistakes must be a list of names, got {shown(mistakes)}")
    for name in mistakes:
        if name not in list(MISTAKES):
            raise ValueError(f"mistakes may be {', '.join(MISTAKES)}; got {shown(name)}")
    greys, labels = _digits()
    return {
        "images": zlib.compress(greys.numpy().tobytes(), level=9),
        "labels": labels.byte().numpy().tobytes(),
        "worker": script("vae.js", "playground_worker.js"),
        "known": [{"name": name, "what": what, "where": where} for name, (what, where) in MISTAKES.items()],
        "beta": beta,
        "lr": lr,
        "mistakes": list(mistakes),
    }


@cache
def _digits() -> tuple[Tensor, Tensor]:
    """The first training images: grey levels `(4096, 196)`, each the mean of four; labels `(4096,)`."""
    greys, labels = mnist_bytes("train")
    images = greys[:IMAGES].float().div_(255)
    return (255 * F.avg_pool2d(images, 2)).round().byte().flatten(1), labels[:IMAGES].long()


# ---- the same network and loss in torch, for still pictures and for the test


class SmallVAE(nn.Module):
    """The playground's network."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(196, 64)
        self.to_mu, self.to_logvar = nn.Linear(64, 2), nn.Linear(64, 2)
        self.decoder, self.to_logits = nn.Linear(2, 64), nn.Linear(64, 196)

    def cloud(self, x: Tensor, mistakes: Sequence[str] = ()) -> tuple[Tensor, Tensor, Tensor]:
        """Mu and sigma of each image, and what the KL gets as logvar: three `(B, 2)`."""
        h = self.encoder(x).relu()
        mu, second = self.to_mu(h), self.to_logvar(h)
        if "sigma read as logvar" in mistakes:
            sigma = F.softplus(second)
            return mu, sigma, sigma
        return mu, (second / 2).exp(), second

    def decode_logits(self, z: Tensor) -> Tensor:
        """`(B, 2)` -> `(B, 196)`."""
        return self.to_logits(self.decoder(z).relu())


def small_loss(vae: SmallVAE, x: Tensor, eps: Tensor, beta: float, mistakes: Sequence[str] = ()) -> Loss:
    """What the program with these mistakes computes, of images `(B, 196)` and noise `(B, 2)`."""
    mu, sigma, logvar = vae.cloud(x, mistakes)
    z = mu + sigma * eps
    if "plain draw" in mistakes:
        z = z.detach()
    pixels = F.binary_cross_entropy_with_logits(vae.decode_logits(z), x, reduction="none")
    reconstruction = (pixels.mean(1) if "mean for sum" in mistakes else pixels.sum(1)).mean()
    kl = kl_divergence(mu, logvar).mean()
    return Loss(reconstruction + beta * kl, reconstruction, kl)


@contextmanager
def _one_thread() -> Iterator[None]:
    """For steps so small that more threads only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@_one_thread()
def _trained(beta: float, lr: float, mistakes: Sequence[str]) -> tuple[SmallVAE, list[float], list[float]]:
    """A network after some steps, and the two halves of the loss at each; the same every time.

    A batch is drawn with replacement. (The page deals out each image once in an epoch.)
    """
    images = _digits()[0] / 255
    with seeded(0):
        vae = SmallVAE()
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(vae.parameters(), lr=lr, fused=True)
    reconstruction, kl = [], []
    for _ in range(STEPS):
        x = images[torch.randint(IMAGES, (64,), generator=generator)]
        loss = small_loss(vae, x, torch.randn(64, 2, generator=generator), beta, mistakes)
        optimizer.zero_grad()
        loss.total.backward()
        optimizer.step()
        reconstruction.append(loss.reconstruction.item())
        kl.append(loss.kl.item())
    return vae, reconstruction, kl


@in_style
def _still(beta: float, lr: float, mistakes: Sequence[str]) -> Figure:
    """The map of clouds and the grid above, the curves and ten reconstructions below."""
    vae, reconstruction, kl = _trained(beta, lr, mistakes)
    figure = blank(height=7.7)
    (clouds, grid), (curves, rows) = figure.subplots(2, 2, height_ratios=[2, 1])
    title = [f"β = {beta:g}", f"step size {lr:g}", *mistakes, f"after {STEPS} steps"]
    figure.suptitle(", ".join(title))
    with torch.no_grad():
        _draw_clouds(clouds, vae, mistakes)
        _draw_digits(grid, rows, vae)
    steps = range(1, STEPS + 1)
    curves.plot(steps, reconstruction, color="#009E73", label="reconstruction")
    curves.plot(steps, kl, "--", color="#CC79A7", label="KL")
    curves.set(xlabel="step", ylabel="nats", ylim=(0, None))
    curves.set_label(f"Reconstruction and KL over {STEPS} steps, in nats.")
    curves.legend()
    return figure


def _draw_clouds(axes: Axes, vae: SmallVAE, mistakes: Sequence[str]) -> None:
    greys, labels = _digits()
    mu, sigma, _ = vae.cloud(greys[:CLOUDS] / 255, mistakes)
    for centre, deviation, digit in zip(mu.tolist(), sigma.tolist(), labels.tolist(), strict=False):
        width, height = (4 * value for value in deviation)  # two deviations to each side
        axes.add_patch(Ellipse(centre, width, height, color=DIGIT_COLOURS[digit], alpha=0.25))
    axes.scatter(mu[:, 0], mu[:, 1], s=3, c=np.array(DIGIT_COLOURS)[labels[:CLOUDS]])
    axes.add_patch(Ellipse((0, 0), 4, 4, fill=False, linestyle="--"))
    reach = max(4.0, (mu.abs() + 2 * sigma).flatten().quantile(0.98).item())
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="z[0]", ylabel="z[1]")
    axes.set_label(f"A map of {CLOUDS} clouds in the colours of their digits, and the prior's circle.")


def _draw_digits(grid: Axes, rows: Axes, vae: SmallVAE) -> None:
    ticks = torch.linspace(-2, 2, 11)
    z = torch.cartesian_prod(ticks.flip(0), ticks).flip(1)  # the top row first, x from left to right
    draw_picture(grid, _tiled(vae.decode_logits(z).sigmoid(), 11), "Digits decoded from a grid of z")
    grid.set_title("z from −2 to 2")
    greys, labels = _digits()
    x = torch.stack([greys[labels == digit][0] for digit in range(10)]) / 255
    recon = vae.decode_logits(vae.cloud(x)[0]).sigmoid()
    draw_picture(rows, _tiled(torch.cat([x, recon]), 10), "Ten images and, below, their reconstructions")
    rows.set_title("images and reconstructions")


def _tiled(images: Tensor, columns: int) -> np.ndarray:
    """Images `(N, 196)` in rows of `columns`, as grey levels."""
    tiles = images.reshape(-1, columns, 14, 14).transpose(1, 2)
    return (255 * tiles.reshape(-1, 14 * columns)).numpy()
