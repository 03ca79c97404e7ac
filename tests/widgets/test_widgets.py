"""The demos of notebooks 02 and 03: every control is moved, and every number is compared with torch's own."""

import math
import re
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
import torch
from ipywidgets import Checkbox, FloatSlider, Label
from PIL import Image as Picture
from torch.distributions import Normal
from torch.distributions import kl_divergence as kl_between

from vae_helpers import KLDemo, ReparameterizationDemo
from vae_helpers.widgets.picture import PictureBox

DEMOS = [ReparameterizationDemo, KLDemo]


def numbers(demo):
    """What the line of words says, in order."""
    return [float(number) for number in re.findall(r"= ([+-]?\d+\.\d+)", demo.message.value)]


def sliders(demo):
    return [child for child in demo.children if isinstance(child, FloatSlider)]


class Recorder(PictureBox):
    """Counts its redraws; dividing by the slider fails at 0."""

    def __init__(self):
        self.redraws = 0
        self.first, self.second = FloatSlider(1.0), FloatSlider(1.0)
        super().__init__([self.first, self.second], 10, 10)

    def draw(self):
        self.redraws += 1
        return b"%d" % self.redraws, f"{1 / self.first.value:.3f}"


@pytest.mark.parametrize("make", DEMOS)
def test_every_control_moves_the_picture(make):
    demo = make()
    controls = [child for child in demo.children if isinstance(child, (FloatSlider, Checkbox))]
    assert len(controls) == len(demo.children) - 2  # the picture and the line of words
    for control in controls:
        before = demo.image.value
        control.value = not control.value if isinstance(control, Checkbox) else control.value + 0.5
        assert demo.image.value != before
        assert "out of date" not in demo.message.value


@pytest.mark.parametrize("make", DEMOS)
def test_every_slider_works_from_end_to_end(make):
    demo = make()
    known = len(numbers(demo))
    for slider in sliders(demo):
        for value in (slider.min, slider.max, 0.0):
            slider.value = value
            assert len(numbers(demo)) == known > 0


@pytest.mark.parametrize("make", DEMOS)
def test_the_picture_never_changes_its_size(make):
    demo = make()
    assert (demo.image.width, demo.image.height) == (800, 360)
    for slider in sliders(demo):
        for value in (slider.min, slider.max):
            slider.value = value
            assert Picture.open(BytesIO(demo.image.value)).size == (800, 360)


@pytest.mark.parametrize("make", DEMOS)
def test_controls_are_labelled_and_can_be_used_with_the_keyboard(make):
    *controls, image, message = make().children
    assert image.alt == make.__doc__.splitlines()[0]
    assert isinstance(message, Label)
    for control in controls:
        assert control.description
        assert isinstance(control, (FloatSlider, Checkbox))
        assert not control.disabled


@pytest.mark.parametrize("make", DEMOS)
def test_a_saved_page_shows_the_picture_and_says_how_to_move_it(make):
    """A widget for JupyterLab, a still picture for a page without a kernel, else a sentence."""
    demo = make()
    bundle, _ = demo._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == demo.model_id
    assert bundle["text/plain"] == repr(demo)
    assert repr(demo) == (
        f"{make.__name__}: run this cell in JupyterLab to move it. "
        "If nothing moves there, the JupyterLab server lacks ipywidgets or anywidget."
    )
    assert len(bundle["image/png"]) < 60_000
    stills = [np.array(Picture.open(BytesIO(b64decode(bundle["image/png"]))).convert("L"))]
    demo.mu.value += 1
    bundle, _ = demo._repr_mimebundle_()
    stills.append(np.array(Picture.open(BytesIO(b64decode(bundle["image/png"]))).convert("L")))
    changed = stills[0] != stills[1]
    assert changed[:100].any()  # the sliders
    assert changed[100:450].any()  # the picture


@pytest.mark.parametrize("share", [0, 0.25, 1])
def test_a_saved_page_shows_each_handle_and_number_at_its_place(share):
    demo = ReparameterizationDemo()
    with demo.one_redraw():
        for slider in sliders(demo):
            slider.value = slider.min + share * (slider.max - slider.min)
    axes, picture = demo.still().axes
    assert picture.get_title() == demo.message.value
    words = [text.get_text().replace("−", "-") for text in axes.texts]
    assert words == [word for slider in sliders(demo) for word in (slider.description, f"{slider.value:.2f}")]
    assert [text.get_position()[1] for text in axes.texts] == [0, 0, 1, 1]
    lines = axes.lines
    for (left, right), (handle,) in ((lines[row].get_xdata(), lines[row + 1].get_xdata()) for row in (0, 2)):
        assert handle == pytest.approx(left + share * (right - left))


@pytest.mark.parametrize("logvar", [-4.0, -1.25, 0.0, 2.0])
def test_sigma_is_the_standard_deviation(logvar):
    demo = ReparameterizationDemo()
    demo.logvar.value = logvar
    assert numbers(demo) == [pytest.approx(math.sqrt(math.exp(logvar)), abs=5e-4)]


def test_the_draws_have_mean_mu_and_deviation_sigma():
    demo = ReparameterizationDemo()
    demo.mu.value, demo.logvar.value = 1.5, 2 * math.log(2)
    at_slider = math.exp(demo.logvar.value / 2)
    noise, draws = (torch.as_tensor(dots.get_xdata()) for dots in (demo._noise, demo._draws))
    assert draws.mean() - at_slider * noise.mean() == pytest.approx(1.5, abs=1e-5)
    assert draws.std() / noise.std() == pytest.approx(at_slider, abs=1e-5)
    assert torch.equal(draws.argsort(), noise.argsort())
    assert demo._spread.get_xdata() == pytest.approx([1.5 - at_slider, 1.5, 1.5 + at_slider])


def test_each_draw_of_noise_above_is_joined_to_its_z_below():
    demo = ReparameterizationDemo()
    demo.mu.value = 1.5
    noise, draws = demo._noise.get_xydata(), demo._draws.get_xydata()
    assert (set(noise[:, 1]), set(draws[:, 1])) == ({1}, {0})
    ends = demo._paths.get_xydata().reshape(40, 3, 2)
    np.testing.assert_array_equal(ends[:, 0], noise)
    np.testing.assert_array_equal(ends[:, 1], draws)
    assert np.isnan(ends[:, 2, 0]).all()  # the line ends there


def test_frozen_noise_stays_and_free_noise_does_not():
    demo = ReparameterizationDemo()
    frozen = demo.eps
    demo.mu.value = 1
    demo.logvar.value = -1
    assert torch.equal(demo.eps, frozen)
    demo.frozen.value = False
    free = demo.eps
    demo.mu.value = 2
    assert not torch.equal(demo.eps, frozen)
    assert not torch.equal(demo.eps, free)


def test_the_demo_leaves_the_random_state_alone():
    state = torch.get_rng_state()
    demo = ReparameterizationDemo()
    demo.frozen.value = False
    demo.mu.value = 1
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("values", [(1.5, -1.0), (0.0, 0.0), (-3.0, 2.0), (2.0, -3.0), (-0.55, 0.45)])
def test_kl_and_its_derivatives_are_those_of_autograd(values):
    demo = KLDemo()
    with demo.one_redraw():
        demo.mu.value, demo.logvar.value = values
    mu, logvar = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in values)
    kl = kl_between(Normal(mu, logvar.exp().sqrt()), Normal(torch.zeros_like(mu), 1.0))
    by_mu, by_logvar = torch.autograd.grad(kl, (mu, logvar))
    expected = [kl.item(), kl.item() / math.log(2), by_mu.item(), by_logvar.item()]
    assert numbers(demo) == pytest.approx(expected, abs=6e-4)


def test_the_bell_has_mean_mu_and_variance_exp_logvar():
    demo = KLDemo()
    with demo.one_redraw():
        demo.mu.value, demo.logvar.value = -1.0, 0.5
    z, density = (torch.as_tensor(axis) for axis in demo._bell.get_data())
    mass, mean, square = (torch.trapezoid(density * z**power, z).item() for power in (0, 1, 2))
    assert (mass, mean, square - mean**2) == pytest.approx((1, -1, math.exp(0.5)), abs=2e-3)
    prior = demo._animation._canvas.figure.axes[0].lines[0].get_ydata()
    assert prior == pytest.approx(Normal(0.0, 1.0).log_prob(z).exp().numpy())


def test_the_lines_of_the_map_are_where_the_kl_has_their_value():
    _, plane = KLDemo()._animation._canvas.figure.axes
    (lines,) = (artist for artist in plane.collections if hasattr(artist, "levels"))
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        mu, logvar = torch.as_tensor(path.vertices).T
        kl = kl_between(Normal(mu, logvar.exp().sqrt()), Normal(torch.zeros_like(mu), 1.0))
        assert len(kl) > 10
        assert kl.numpy() == pytest.approx(level, abs=0.02)


def test_each_arrow_is_one_step_down_the_slope():
    demo = KLDemo()
    with demo.one_redraw():
        demo.mu.value, demo.logvar.value = 2.0, 1.0
    along_mu, along_logvar = demo._arrows
    assert along_mu.xyann == along_logvar.xyann == (2.0, 1.0)
    assert demo._dot.get_xydata().tolist() == [[2, 1]]
    assert along_mu.xy == pytest.approx((0.0, 1.0))
    assert along_logvar.xy == pytest.approx((2.0, 1.0 - (math.e - 1) / 2))


def test_an_error_is_told_in_words_and_the_picture_stays():
    box = Recorder()
    before = box.image.value
    box.first.value = 0
    assert box.message.value == "The picture is out of date. ZeroDivisionError: float division by zero"
    assert box.image.value == before
    box.first.value = 2
    assert box.message.value == "0.500"


@pytest.mark.parametrize(("value", "changed"), [(2.0, ["value", "redraws"]), (0.0, ["redraws"])])
def test_the_page_is_told_of_each_redraw_after_the_picture_and_of_one_that_failed_too(value, changed):
    """Else it says a little later that Python does not answer."""
    box, seen = Recorder(), []
    box.image.observe(lambda change: seen.append(change.name))
    box.first.value = value
    assert seen == changed


def test_changes_in_one_go_are_drawn_once():
    box = Recorder()
    assert box.redraws == 1
    with box.one_redraw():
        box.first.value, box.second.value = 4, 5
        assert box.redraws == 1
    assert box.redraws == 2
    assert box.message.value == "0.250"
    box.second.value = 6
    assert box.redraws == 3


def test_an_error_on_the_way_is_told_and_the_sliders_still_work():
    box = Recorder()
    with box.one_redraw():
        raise ValueError("no such digit")
    assert box.message.value == "The picture is out of date. ValueError: no such digit"
    box.first.value = 2
    assert box.message.value == "0.500"
