"""The playground without a browser: what its mistakes mean, what the page gets, the still picture."""

import json
import math
import re
import zlib
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from pages import ROOT
from told import refusals, told
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_helpers import LatentExplorer, Playground, pretrained
from vae_helpers.plotting import DIGIT_COLOURS, plot_latent_plane
from vae_helpers.widgets.playground import (
    IMAGES,
    MISTAKES,
    SmallVAE,
    _digits,
    _draw_clouds,
    _draw_digits,
    _trained,
    export_playground,
    small_loss,
)

SWITCHES = [[], *([name] for name in MISTAKES), list(MISTAKES)]
WIDGETS = ROOT / "vae_helpers" / "widgets"


def seeded(dtype: torch.dtype = torch.float64) -> SmallVAE:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return SmallVAE().to(dtype)


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch):
    """For a still of which it does not matter what was learned."""
    monkeypatch.setattr("vae_helpers.widgets.playground.STEPS", 3)


def images() -> Tensor:
    return _digits()[0].double() / 255


# ---- what each mistake means, written as a student would have made it


def student_loss(vae: SmallVAE, x: Tensor, eps: Tensor, beta: float, mistakes: list[str]) -> tuple:
    """Total, reconstruction and KL, from torch's own distributions."""
    h = F.relu(vae.encoder(x))
    mu, second = vae.to_mu(h), vae.to_logvar(h)
    if "sigma read as logvar" in mistakes:
        sigma = torch.log(1 + torch.exp(second))
        kl = 0.5 * (mu**2 + torch.exp(sigma) - 1 - sigma).sum(1)
    else:
        sigma = torch.sqrt(torch.exp(second))
        kl = kl_divergence(Normal(mu, sigma), Normal(0.0, 1.0)).sum(1)
    if "plain draw" in mistakes:
        with torch.no_grad():
            z = mu + sigma * eps
    else:
        z = mu + sigma * eps
    logits = vae.to_logits(F.relu(vae.decoder(z)))
    nats = -Bernoulli(logits=logits, validate_args=False).log_prob(x)
    reconstruction = nats.mean() if "mean for sum" in mistakes else nats.sum(1).mean()
    return reconstruction + beta * kl.mean(), reconstruction, kl.mean()


def gradients(vae: SmallVAE, total: Tensor) -> Tensor:
    """One derivative for each weight, in the order of the state dict; 0 where nothing leads."""
    found = torch.autograd.grad(total, list(vae.parameters()), allow_unused=True, materialize_grads=True)
    return torch.cat([gradient.flatten() for gradient in found])


@pytest.mark.parametrize("mistakes", SWITCHES, ids=str)
def test_the_loss_in_python_is_the_students(mistakes: list[str]):
    vae, x, eps = seeded(), images()[:64], torch.randn(64, 2, dtype=torch.float64)
    expected = student_loss(vae, x, eps, 0.7, mistakes)
    loss = small_loss(vae, x, eps, 0.7, mistakes)
    torch.testing.assert_close(tuple(loss), expected)
    torch.testing.assert_close(gradients(vae, loss.total), gradients(vae, expected[0]))


def test_each_mistake_makes_another_gradient():
    vae, x, eps = seeded(), images()[:64], torch.randn(64, 2, dtype=torch.float64)
    all_of_them = [gradients(vae, small_loss(vae, x, eps, 1, mistakes).total) for mistakes in SWITCHES]
    for one, other in combinations(all_of_them, 2):
        assert (one - other).abs().max() > 1e-3


# ---- Python's side


def test_the_digits_are_mnists_training_images_each_pixel_the_mean_of_four(mnist: tuple[Tensor, Tensor]):
    playground = Playground()
    greys = np.frombuffer(zlib.decompress(playground.images), np.uint8).reshape(IMAGES, 14, 14)
    for row in (0, 7, 4095):
        blocks = mnist[0][row, 0].numpy().reshape(14, 2, 14, 2).mean((1, 3))
        assert np.abs(greys[row] - 255 * blocks).max() <= 0.51
    assert list(playground.labels) == mnist[1][:IMAGES].tolist()
    assert len(playground.images) < 300_000


def test_all_that_the_page_needs_is_sent():
    state = Playground(beta=0.3, lr=0.01, mistakes=["plain draw"]).get_state()
    read = set(re.findall(r'model\.get\("(\w+)"\)', (WIDGETS / "playground.js").read_text(encoding="utf-8")))
    assert {"images", "worker", "beta", "mistakes"} < read
    assert read <= set(state)
    assert (state["beta"], state["lr"], state["mistakes"]) == (0.3, 0.01, ["plain draw"])
    assert [known["name"] for known in state["known"]] == list(MISTAKES)


def test_the_script_knows_the_mistakes_by_their_names():
    code = (WIDGETS / "vae.js").read_text(encoding="utf-8")
    assert set(re.findall(r'mistakes\.includes\("([^"]+)"\)', code)) == set(MISTAKES)


def test_the_five_steps_of_training_stand_in_their_order():
    code = (WIDGETS / "vae.js").read_text(encoding="utf-8")
    step = code[code.index("function trainStep") :]
    lines = ["vae.forward(", "vaeLoss(", "optimizer.zeroGrad()", "backward(", "optimizer.step()"]
    places = [step.index(line) for line in lines]
    assert places == sorted(places)


def test_a_saved_page_shows_what_training_makes_of_it():
    """With the prior at no price the clouds are needles, at a high one they are the prior."""
    bundle, _ = Playground()._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Playground: run this cell in JupyterLab to move it.")
    assert len(bundle["image/png"]) < 150_000
    sizes = {beta: median_sigma(beta) for beta in (0.0, 1.0, 100.0)}
    assert sizes[0.0] < 0.1 < sizes[1.0] < 0.7
    assert sizes[100.0] == pytest.approx(1, abs=0.02)
    assert median_sigma(1.0, ["plain draw"]) == pytest.approx(1, abs=0.02)
    assert median_sigma(1.0, ["sigma read as logvar"]) < 0.02


def median_sigma(beta: float, mistakes: list[str] | None = None) -> float:
    vae, *_ = _trained(beta, 0.003, mistakes or [])
    with torch.no_grad():
        _, sigma, _ = vae.cloud(images()[:300].float(), mistakes or [])
    return sigma.median().item()


def test_leaves_random_state_and_threads_alone(few_steps):
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    Playground().still()
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_the_words_of_a_still_are_the_same_on_every_machine():
    words = re.search('alt="(.*?)"', Playground()._repr_mimebundle_()[0]["text/html"]).group(1)
    assert "A map of 300 clouds" in words
    assert re.findall(r"\d+\.\d+", words) == ["0.003"]  # the step size, and nothing that was trained


@pytest.mark.parametrize(
    ("mistakes", "sigma"), [([], math.exp(1)), (["sigma read as logvar"], math.log(1 + math.exp(2)))]
)
def test_the_clouds_of_a_still_are_those_of_the_program_with_its_mistakes(mistakes: list[str], sigma: float):
    """Two deviations to each side, of a network whose second answer is 2: logvar, or softplus's input."""
    vae, axes = SmallVAE(), Figure().subplots()
    with torch.no_grad():
        for weight in vae.parameters():
            weight.zero_()
        vae.to_logvar.bias.fill_(2)
        _draw_clouds(axes, vae, mistakes)
    *clouds, prior = axes.patches
    sizes = [(cloud.width, cloud.height) for cloud in clouds]
    assert sizes == [pytest.approx((4 * sigma, 4 * sigma))] * 300
    assert (prior.width, prior.height) == (4, 4)


def test_the_grid_of_a_still_has_z_0_to_the_right_and_z_1_upwards():
    """Of a decoder made by hand: the log-odds of a tile's first pixel are z[0], of the others z[1]."""
    vae = SmallVAE()
    with torch.no_grad():
        for weight in vae.parameters():
            weight.zero_()
        vae.decoder.weight[:4] = torch.tensor([[1.0, 0], [-1, 0], [0, 1], [0, -1]])  # relu(z) - relu(-z) is z
        vae.to_logits.weight[0, :4] = torch.tensor([1.0, -1, 0, 0])
        vae.to_logits.weight[1:, :4] = torch.tensor([0, 0, 1.0, -1])
        grid, rows = Figure().subplots(1, 2)
        _draw_digits(grid, rows, vae)
    pixels = np.asarray(grid.images[0].get_array()) / 255
    ticks = np.linspace(-2, 2, 11)
    assert pixels[::14, ::14] == pytest.approx(np.tile(1 / (1 + np.exp(-ticks)), (11, 1)), abs=1e-5)
    assert pixels[1::14, 1::14] == pytest.approx(np.tile(1 / (1 + np.exp(ticks))[:, None], (1, 11)), abs=1e-5)


def test_the_rows_of_a_still_are_one_image_of_each_digit_and_what_its_mu_decodes_to():
    vae, axes = seeded(torch.float32), Figure().subplots(1, 2)
    with torch.no_grad():
        _draw_digits(*axes, vae)
        greys, labels = _digits()
        x = torch.stack([greys[list(labels).index(digit)] for digit in range(10)]).float()
        mu = vae.to_mu(F.relu(vae.encoder(x / 255)))
        recon = 255 * torch.sigmoid(vae.to_logits(F.relu(vae.decoder(mu))))
    above, below = torch.tensor(axes[1].images[0].get_array()).unfold(1, 14, 14).split(14)
    torch.testing.assert_close(above.movedim(1, 0).flatten(1), x)
    torch.testing.assert_close(below.movedim(1, 0).flatten(1), recon)


def test_a_still_is_of_its_settings(few_steps, monkeypatch: pytest.MonkeyPatch):
    """Three small steps: ln 2 nats for the mean pixel, and a sigma of softplus(0), which is ln 2 as well."""
    monkeypatch.setattr("vae_helpers.widgets.playground.CLOUDS", 20)
    figure = Playground(0.5, 0.0001, ["mean for sum", "sigma read as logvar"]).still()
    settings = "β = 0.5, step size 0.0001, mean for sum, sigma read as logvar"
    assert figure.get_suptitle() == f"{settings}, after 3 steps"
    curves = {line.get_label(): line.get_ydata() for line in figure.axes[2].lines}
    assert curves["reconstruction"] == pytest.approx(math.log(2), abs=0.01)
    assert curves["KL"] == pytest.approx(0.31, abs=0.02)
    *clouds, _ = figure.axes[0].patches
    assert np.median([cloud.width for cloud in clouds]) == pytest.approx(4 * math.log(2), abs=0.5)


def test_a_diverged_run_has_a_still_too():
    assert Playground(lr=1, beta=100)._repr_mimebundle_()[0]["image/png"]


def test_the_page_is_one_small_file(few_steps, tmp_path: Path):
    path = tmp_path / "page.html"
    export_playground(path, beta=0, mistakes=["mean for sum"])
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_size < 3_000_000
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)=["'](?!data:)|url\(|@import|\bfetch\(|https?:""", text)
    state = json.loads(re.search(r'id="state">(.*?)</script>', text).group(1))
    assert (state["beta"], state["mistakes"]) == (0, ["mean for sum"])
    assert "function trainStep" in state["worker"]
    assert "β = 0, step size 0.003, mean for sum, after 3 steps" in text


# ---- a digit has one colour


def test_a_digit_has_one_colour_in_figures_and_widgets(few_steps, mnist_test: tuple[Tensor, Tensor]):
    """The scripts get them from Python, too."""
    images, labels = mnist_test[0][:100], mnist_test[1][:100]
    explorer, playground = LatentExplorer(pretrained(2), images, labels), Playground()
    plane = plot_latent_plane(torch.randn(10, 2), torch.arange(10)).axes[0].collections
    dots = explorer.still().axes[0].collections
    clouds = [patch for patch in playground.still().axes[0].patches if patch.get_fill()]
    for digit in range(10):
        colour = to_rgb(DIGIT_COLOURS[digit])
        assert to_rgb(plane[digit].get_facecolors()[0]) == colour
        assert to_rgb(dots[digit].get_facecolors()[0]) == colour
        cloud = clouds[list(playground.labels).index(digit)]
        assert to_rgb(cloud.get_facecolor()) == colour
    for widget in (explorer, playground):
        assert json.loads(re.match(r"const DIGIT_COLOURS = (.*);", widget._esm).group(1)) == DIGIT_COLOURS
    for path in [*WIDGETS.glob("*.js"), *WIDGETS.glob("*.css"), *WIDGETS.glob("*.py")]:
        text = path.read_text(encoding="utf-8").upper()
        assert not any(colour.upper() in text for colour in DIGIT_COLOURS), path


# ---- what is refused


@pytest.mark.parametrize("make", [Playground, lambda **wrong: export_playground("page.html", **wrong)])
@refusals(
    ("beta below 0", lambda: {"beta": -1}, ValueError, "beta must be"),
    ("beta above 100", lambda: {"beta": 101}, ValueError, "beta must be at most 100, got 101"),
    ("beta a word", lambda: {"beta": "1"}, TypeError, "beta must be a number, got '1'"),
    ("no step", lambda: {"lr": 0}, ValueError, "lr must be"),
    ("giant steps", lambda: {"lr": 2}, ValueError, "lr must be at most 1, got 2"),
    ("one word", lambda: {"mistakes": "plain draw"}, TypeError, "mistakes must be a list of names"),
    ("a list of lists", lambda: {"mistakes": [["plain draw"]]}, ValueError, r"got \['plain draw'\]"),
    ("unknown", lambda: {"mistakes": ["plane draw"]}, ValueError, "mistakes may be mean for sum, plain draw"),
)
def test_refuses(make: Callable, call: Callable, error: type, sentence: str, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with told(error, sentence):
        make(**call())
    assert not list(tmp_path.iterdir())
