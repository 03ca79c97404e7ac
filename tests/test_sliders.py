"""LatentSliders without a kernel: every control is moved, and every picture compared with the model's own."""

import math
from collections import Counter
from collections.abc import Callable
from io import BytesIO

import ipywidgets as widgets
import numpy as np
import pytest
import torch
from PIL import Image
from samples import CODE, X, filled, small
from told import refusals, told
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from vae_helpers import VAE, LatentSliders, pretrained


@pytest.fixture(scope="module")
def vae() -> VAE:
    return pretrained(20)


@pytest.fixture
def sliders(vae: VAE, mnist_test: tuple[Tensor, Tensor]) -> LatentSliders:
    return LatentSliders(vae, mnist_test[0][:1000])


def pixels(sliders: LatentSliders) -> np.ndarray:
    return np.array(Image.open(BytesIO(sliders.image.value)))


def assert_shows(sliders: LatentSliders, z: Tensor) -> None:
    """The picture is what the model makes of `z`, and so say the sliders."""
    torch.testing.assert_close(sliders.z, z, rtol=0, atol=0)
    with torch.no_grad():
        expected = 255 * sliders._vae.decode(z[None])[0, 0].numpy()
    assert np.abs(pixels(sliders) - expected).max() <= 0.51  # rounded to whole bytes
    for slider in sliders.sliders:
        dim = int(slider.description.split("]")[0].removeprefix("z["))
        assert slider.value == pytest.approx(z[dim].item(), abs=0.00501)  # half a step
    assert sliders.message.value == ""


def button(sliders: LatentSliders, name: str) -> widgets.Button:
    return next(one for one in sliders.buttons if one.description == name)


@pytest.fixture
def redraws(sliders: LatentSliders, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Counts the decoded pictures."""
    counter, draw = Counter(), sliders.draw

    def counted():
        counter["redraws"] += 1
        return draw()

    monkeypatch.setattr(sliders, "draw", counted)
    return counter


def test_opens_on_the_first_image(sliders: LatentSliders, vae: VAE, mnist_test: tuple[Tensor, Tensor]):
    with torch.no_grad():
        assert_shows(sliders, vae.encode(mnist_test[0][:1000])[0][0])


def test_sliders_are_ordered_by_kl_and_labelled_with_it(
    sliders: LatentSliders, vae: VAE, mnist_test: tuple[Tensor, Tensor]
):
    with torch.no_grad():
        mu, logvar = vae.encode(mnist_test[0][:1000])
    kl = kl_divergence(Normal(mu, logvar.div(2).exp()), Normal(0.0, 1.0)).mean(0)
    values, order = kl.sort(descending=True)
    names = [f"z[{dim}] · {nats:.1f} nats" for dim, nats in zip(order.tolist(), values.tolist(), strict=True)]
    assert [slider.description for slider in sliders.sliders] == names[:10]
    assert {slider.readout_format for slider in sliders.sliders} == {".2f"}


def test_range_holds_the_codes(sliders: LatentSliders, vae: VAE, mnist_test: tuple[Tensor, Tensor]):
    with torch.no_grad():
        mu, _ = vae.encode(mnist_test[0][:1000])
    for slider in sliders.sliders:
        assert ((mu >= slider.min) & (mu <= slider.max)).float().mean() > 0.99
        assert slider.max <= mu.abs().max().ceil()


def test_every_slider_moves_its_dimension(sliders: LatentSliders, redraws: Counter):
    for slider in sliders.sliders:
        dim = int(slider.description.split("]")[0].removeprefix("z["))
        for value in (slider.min, slider.max, 0.25):
            before, z = pixels(sliders), sliders.z
            redraws.clear()
            slider.value = value
            z[dim] = value
            assert redraws["redraws"] == 1
            assert (pixels(sliders) != before).any()
            assert_shows(sliders, z)


def test_buttons_redraw_once(sliders: LatentSliders, redraws: Counter, vae: VAE, mnist_test):
    with torch.no_grad():
        mu, _ = vae.encode(mnist_test[0][:1000])
    for name, code in [("next digit", mu[1]), ("zero", torch.zeros(20)), ("next digit", mu[2])]:
        before = pixels(sliders)
        redraws.clear()
        button(sliders, name).click()
        assert redraws["redraws"] == 1, name
        assert (pixels(sliders) != before).any(), name
        assert_shows(sliders, code)


def test_random_draws_from_the_prior(vae: VAE, mnist_test: tuple[Tensor, Tensor]):
    sliders = LatentSliders(vae, mnist_test[0][:2], dims=1)
    draws = []
    for _ in range(300):
        button(sliders, "random").click()
        draws.append(sliders.z)
    z = torch.stack(draws)
    assert len(z.unique(dim=0)) == 300
    assert z.mean().abs() < 0.06  # 6000 numbers: five standard errors are 0.065
    assert abs(z.std() - 1) < 0.05
    assert_shows(sliders, z[-1])


def test_next_digit_starts_again_after_the_last(vae: VAE, mnist_test: tuple[Tensor, Tensor]):
    sliders = LatentSliders(vae, mnist_test[0][:3])
    first = sliders.z
    for _ in range(3):
        button(sliders, "next digit").click()
    assert_shows(sliders, first)


@pytest.mark.parametrize("control", ["morph", "play"])
def test_morph_walks_between_the_last_two_codes(sliders: LatentSliders, redraws: Counter, control: str):
    z_a = sliders.z
    button(sliders, "next digit").click()
    z_b, morph = sliders.z, getattr(sliders, control)
    assert morph.value == morph.max
    for step in (morph.max // 2, morph.min, morph.max):
        before = pixels(sliders)
        redraws.clear()
        morph.value = step
        assert redraws["redraws"] == 1
        assert sliders.morph.value == sliders.play.value == step
        assert (pixels(sliders) != before).any()
        assert_shows(sliders, torch.lerp(z_a, z_b, step / morph.max))


def test_morph_starts_from_where_the_sliders_were(sliders: LatentSliders):
    sliders.sliders[0].value = 2.5
    moved = sliders.z
    button(sliders, "zero").click()
    sliders.morph.value = 0
    assert_shows(sliders, moved)


def test_z_can_be_set_and_is_a_copy(sliders: LatentSliders, redraws: Counter):
    z = torch.linspace(-2, 2, 20)
    sliders.z = z
    assert redraws["redraws"] == 1
    assert_shows(sliders, z)
    sliders.z.zero_()
    z.zero_()
    assert_shows(sliders, torch.linspace(-2, 2, 20))


def test_what_the_page_sends_back_is_no_move(sliders: LatentSliders, redraws: Counter, vae: VAE, mnist_test):
    """It rounds each value to a slider's step, and returns it."""
    with torch.no_grad():
        code = vae.encode(mnist_test[0][:1000])[0][1]
    button(sliders, "next digit").click()
    for slider in sliders.sliders:
        slider.set_state({"value": round(slider.value, 2)})
    assert redraws["redraws"] == 1
    assert torch.equal(sliders.z, code)
    sliders.sliders[0].set_state({"value": round(sliders.sliders[0].value, 2) + 0.01})  # an arrow key
    assert redraws["redraws"] == 2


def test_a_move_sends_one_message(sliders: LatentSliders, monkeypatch: pytest.MonkeyPatch):
    """The picture: the page has already moved its slider."""
    sent = []
    monkeypatch.setattr(widgets.Widget, "_send", lambda widget, *_, **__: sent.append(widget))
    sliders.sliders[0].set_state({"value": 1.5})
    assert sent == [sliders.image]


def test_a_z_outside_of_the_range_widens_it(sliders: LatentSliders):
    sliders.z = torch.full((20,), -7.5)
    assert_shows(sliders, torch.full((20,), -7.5))
    assert {(slider.min, slider.max) for slider in sliders.sliders} == {(-7.5, 3)}


def test_top_sliders_change_the_picture_most(vae: VAE, mnist_test: tuple[Tensor, Tensor]):
    """Mean absolute change of a pixel over a slider's range, averaged over twenty digits."""
    sliders = LatentSliders(vae, mnist_test[0], dims=20)
    change = torch.zeros(20)
    for _ in range(20):
        start = sliders.z
        for i, slider in enumerate(sliders.sliders):
            slider.value = slider.min
            low = pixels(sliders) / 255
            slider.value = slider.max
            change[i] += np.abs(pixels(sliders) / 255 - low).mean() / 20
            sliders.z = start
        button(sliders, "next digit").click()
    assert change[:3].min() > 0.05
    assert change[:3].min() > change[7:10].max()  # the last three of the ten that are shown
    assert change[:3].min() > change[17:].max()  # and of all


@pytest.mark.parametrize(("latent_dim", "hidden_dim"), [(1, 400), (2, 30), (50, 7)])
def test_any_vae(latent_dim: int, hidden_dim: int, mnist_test: tuple[Tensor, Tensor]):
    vae = VAE(latent_dim, hidden_dim)
    for dims in (1, 10, 50):
        sliders = LatentSliders(vae, mnist_test[0][:5], dims=dims)
        assert len(sliders.sliders) == min(dims, latent_dim)
        for name in ("random", "zero", "next digit"):
            button(sliders, name).click()
        sliders.sliders[-1].value = 1.5
        assert_shows(sliders, sliders.z)


def test_a_model_in_double_precision(mnist_test: tuple[Tensor, Tensor]):
    sliders = LatentSliders(VAE(3).double(), mnist_test[0][:5])
    sliders.z = torch.ones(3)
    assert_shows(sliders, torch.ones(3, dtype=torch.float64))


def test_shows_the_test_images_by_default(vae: VAE, mnist_test: tuple[Tensor, Tensor]):
    with torch.no_grad():
        assert_shows(LatentSliders(vae), vae.encode(mnist_test[0])[0][0])


def test_leaves_the_model_as_it_was(mnist_test: tuple[Tensor, Tensor]):
    vae = VAE(2)
    LatentSliders(vae, mnist_test[0][:5])
    assert vae.training
    assert all(weight.requires_grad and weight.grad is None for weight in vae.parameters())


def test_picture_is_large_crisp_and_of_fixed_size(sliders: LatentSliders):
    layout = sliders.image.layout
    assert (layout.width, layout.height) == ("336px", "336px")
    (name,) = sliders.image._dom_classes
    style = sliders.children[0]
    assert isinstance(style, widgets.HTML)
    assert f".{name} {{ image-rendering: pixelated }}" in style.value


@pytest.mark.parametrize("control", ["slider", "morph", "zero", "random", "next digit"])
def test_an_error_is_told_in_words_and_goes_away(
    sliders: LatentSliders, vae: VAE, monkeypatch: pytest.MonkeyPatch, control: str
):
    def press():
        if control == "slider":
            sliders.sliders[2].value += 0.1
        elif control == "morph":
            sliders.morph.value -= 1
        else:
            button(sliders, control).click()

    before = pixels(sliders)
    with monkeypatch.context() as patch:
        patch.setattr(vae, "decode", lambda z: 1 / 0)
        press()
    assert sliders.message.value == "The picture is out of date. ZeroDivisionError: division by zero"
    assert (pixels(sliders) == before).all()
    press()
    assert_shows(sliders, sliders.z)


@refusals(
    ("sliders of a word", lambda: LatentSliders("model"), TypeError, "vae must be a VAE, got str"),
    ("sliders, no channel", lambda: LatentSliders(small(), X[:, 0]), ValueError, "images must have shape"),
    ("sliders of no image", lambda: LatentSliders(small(), X[:0]), ValueError, "at least one image"),
    ("dims=0", lambda: LatentSliders(small(), X, 0), ValueError, "dims must be at least 1, got 0"),
    ("dims=2.5", lambda: LatentSliders(small(), X, 2.5), TypeError, "dims must be a whole number, got 2.5"),
    (
        "sliders of nan",
        lambda: LatentSliders(filled(small(), math.nan), X),
        ValueError,
        r"vae\.encode\(images\)",
    ),
)
def test_refuses(call: Callable, error: type, sentence: str):
    with told(error, sentence):
        call()


@refusals(
    ("a short code", lambda: torch.zeros(2), ValueError, r"z must have shape \(3,\), got \(2,\)"),
    ("a batch", lambda: torch.zeros(1, 3), ValueError, r"z must have shape \(3,\), got \(1, 3\)"),
    ("nan", lambda: CODE * math.nan, ValueError, "z must hold finite numbers"),
    ("a list", lambda: [0.0] * 3, TypeError, "z must be a torch tensor, got list"),
)
def test_a_bad_z_changes_nothing(call: Callable, error: type, sentence: str):
    widget = LatentSliders(small(), X)
    before = widget.z
    with told(error, sentence):
        widget.z = call()
    assert torch.equal(widget.z, before)
