"""Sliders that move a picture: the demos of notebooks 02 and 03."""

from math import exp, log, nan

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure

from vae_helpers._state import usual_defaults
from vae_helpers.losses import kl_divergence
from vae_helpers.plotting import STYLE
from vae_helpers.widgets.picture import Animation, PictureBox


class ReparameterizationDemo(PictureBox):
    """Forty draws z = mu + sigma * eps; while the noise is frozen, only mu and logvar move them."""

    @usual_defaults()
    @plt.style.context(STYLE)
    def __init__(self) -> None:
        self.mu = _slider("mu", -3, 3)
        self.logvar = _slider("logvar", -4, 2)
        self.frozen = widgets.Checkbox(True, description="keep the noise frozen", indent=False)
        self._generator = torch.Generator().manual_seed(0)
        self.eps = torch.randn(40, generator=self._generator)

        figure = Figure()
        axes = figure.subplots()
        axes.set(xlim=(-9, 9), ylim=(-0.5, 1.3), xlabel="value")
        axes.set_yticks([1, 0, -0.3], ["noise eps", "draw z", "mu ± sigma"])
        (self._paths,) = axes.plot([], [], color="0.8", linewidth=0.8)
        (self._noise,) = axes.plot([], [], "o", color="0.4", alpha=0.5)
        (self._draws,) = axes.plot([], [], "o", alpha=0.5)
        (self._spread,) = axes.plot([], [], "|-", markersize=12, linewidth=2)
        self._animation = Animation(figure, [self._paths, self._noise, self._draws, self._spread])
        super().__init__([self.mu, self.logvar, self.frozen], 800, 360)

    @usual_defaults()
    def draw(self) -> tuple[bytes, str]:
        """Each draw of noise, joined to its z by a line."""
        mu, sigma = self.mu.value, exp(self.logvar.value / 2)
        if not self.frozen.value:
            self.eps = torch.randn(40, generator=self._generator)
        z = mu + sigma * self.eps
        top, bottom, gap = torch.ones(40), torch.zeros(40), torch.full((40,), nan)
        self._paths.set_data(
            torch.stack([self.eps, z, gap], 1).ravel(), torch.stack([top, bottom, gap], 1).ravel()
        )
        self._noise.set_data(self.eps, top)
        self._draws.set_data(z, bottom)
        self._spread.set_data([mu - sigma, mu, mu + sigma], [-0.3] * 3)
        return self._animation.png(), f"sigma = exp(logvar / 2) = {sigma:.3f}"


class KLDemo(PictureBox):
    """The cloud q = N(mu, exp(logvar)) against the prior p = N(0, 1): their KL and its two slopes."""

    @usual_defaults()
    @plt.style.context(STYLE)
    def __init__(self) -> None:
        self.mu = _slider("mu", -3, 3, value=1.5)
        self.logvar = _slider("logvar", -3, 2, value=-1)
        self._z = torch.linspace(-6, 6, 401)

        figure = Figure()
        bells, plane = figure.subplots(1, 2)
        bells.set(xlim=(-6, 6), ylim=(0, 1.9), xlabel="z", ylabel="density")
        bells.plot(self._z, _bell(self._z, 0, 1), "--", color="0.4", label="prior p")
        (self._bell,) = bells.plot(self._z, _bell(self._z, 0, 1), label="cloud q")
        bells.legend()
        mu, logvar = np.meshgrid(np.linspace(-3.2, 3.2, 81), np.linspace(-3.2, 2.2, 81))
        levels = plane.contour(
            mu, logvar, (mu**2 + np.exp(logvar) - 1 - logvar) / 2, [0.1, 0.5, 1, 2, 4, 6], colors="0.7"
        )
        plane.clabel(levels)
        plane.set(xlabel="mu", ylabel="logvar", title="KL in nats")
        (self._dot,) = plane.plot([0], [0], "o")
        arrow = {"color": "#D55E00", "arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "linewidth": 2}
        self._arrows = [plane.annotate("", (0, 0), (0, 0), arrowprops=arrow) for _ in range(2)]
        self._animation = Animation(figure, [self._bell, *self._arrows, self._dot])
        super().__init__([self.mu, self.logvar], 800, 360)

    @usual_defaults()
    def draw(self) -> tuple[bytes, str]:
        """The two bells, and arrows as long as minus the partial derivatives."""
        mu, logvar = self.mu.value, self.logvar.value
        kl = kl_divergence(torch.tensor([[mu]]), torch.tensor([[logvar]])).item()
        by_mu, by_logvar = mu, (exp(logvar) - 1) / 2
        self._bell.set_ydata(_bell(self._z, mu, exp(logvar / 2)))
        self._dot.set_data([mu], [logvar])
        for arrow, end in zip(self._arrows, [(mu - by_mu, logvar), (mu, logvar - by_logvar)], strict=True):
            arrow.xy, arrow.xyann = end, (mu, logvar)
        return self._animation.png(), (
            f"KL = {kl:.3f} nats = {kl / log(2):.3f} bits; "
            f"dKL/dmu = {by_mu:+.3f}; dKL/dlogvar = {by_logvar:+.3f}"
        )


def _slider(name: str, low: float, high: float, value: float = 0.0) -> widgets.FloatSlider:
    return widgets.FloatSlider(
        value, min=low, max=high, step=0.05, description=name, layout={"width": "auto"}
    )


def _bell(z: torch.Tensor, mu: float, sigma: float) -> torch.Tensor:
    return torch.distributions.Normal(mu, sigma).log_prob(z).exp()
