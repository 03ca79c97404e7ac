"""LatentSliders without a browser: what the page gets, and what `z` is. What the page does: test_browser."""

import math
import re
import struct
import zlib
from base64 import b64decode
from collections.abc import Callable
from io import BytesIO

import ipywidgets as widgets
import nbformat
import numpy as np
import pytest
import torch
from nbconvert import HTMLExporter
from pages import ROOT
from PIL import Image
from samples import CODE, X, filled, small
from told import refusals, told
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from vae_helpers import VAE, LatentSliders, pretrained


@pytest.fixture(scope="module")
def vae() -> VAE:
    return pretrained(20)


@pytest.fixture
def sliders(vae: VAE, mnist_test: tuple[Tensor, Tensor]) -> LatentSliders:
    return LatentSliders(vae, mnist_test[0][:1000])


def unpack(data: bytes) -> Tensor:
    """The numbers in a page's bytes: the size of a step, all low bytes, all high bytes, deflated."""
    raw = zlib.decompress(data)
    (step,) = struct.unpack("<f", raw[:4])
    low, high = raw[4 : 4 + (len(raw) - 4) // 2], raw[4 + (len(raw) - 4) // 2 :]
    pairs = (bytes(pair) for pair in zip(low, high, strict=True))
    return torch.tensor([step * int.from_bytes(pair, "little", signed=True) for pair in pairs])


def dim(slider: widgets.FloatSlider) -> int:
    return int(slider.description.split("]")[0].removeprefix("z["))


def assert_shows(sliders: LatentSliders, z: Tensor) -> None:
    """`z` is where Python and the sliders are, and what the page starts from."""
    torch.testing.assert_close(sliders.z, z, rtol=0, atol=0)
    for slider in sliders.sliders:
        assert slider.value == pytest.approx(z[dim(slider)].item(), abs=0.00501)  # half a step


# ---- what the page gets


def test_the_page_gets_the_decoder_to_half_a_step(sliders: LatentSliders, vae: VAE):
    """In the order that vae.js reads; checked by decoding from the bytes alone."""
    w1, b1, w2, b2 = unpack(sliders.picture.decoder).split([400 * 20, 400, 784 * 400, 784])
    for numbers, weight in zip((w1, b1, w2, b2), vae.decoder.parameters(), strict=True):
        torch.testing.assert_close(numbers.reshape(weight.shape), weight.detach(), rtol=0, atol=0.51 / 4096)
    z = torch.randn(100, 20, generator=torch.Generator().manual_seed(0))
    h = (z @ w1.reshape(400, 20).T + b1).relu()
    there = (h @ w2.reshape(784, 400).T + b2).sigmoid()
    assert (255 * (there - vae.decode(z).flatten(1)).abs()).max() < 1  # grey levels


def test_the_page_gets_the_codes_of_the_first_thousand(vae: VAE, mnist_test: tuple[Tensor, Tensor]):
    sliders = LatentSliders(vae, mnist_test[0][:1200])
    with torch.no_grad():
        codes, _ = vae.encode(mnist_test[0][:1000])
    torch.testing.assert_close(unpack(sliders.picture.codes).reshape(-1, 20), codes, rtol=0, atol=0.51 / 4096)


def test_all_that_a_page_needs_is_sent(sliders: LatentSliders):
    state = sliders.picture.get_state()
    assert state["sliders"] == [f"IPY_MODEL_{slider.model_id}" for slider in sliders.sliders]
    assert state["order"] == [dim(slider) for slider in sliders.sliders]
    assert (state["hidden_dim"], state["last"], state["morph"], state["digit"]) == (400, 50, 50, 0)
    assert len(state["decoder"]) < 500_000
    assert state["z"] == pytest.approx(sliders.z.tolist())


def test_the_script_is_sent_all_that_it_reads(sliders: LatentSliders):
    script = ROOT / "vae_helpers" / "widgets" / "sliders.js"
    read = set(re.findall(r'model\.get\("(\w+)"\)', script.read_text(encoding="utf-8")))
    assert {"sliders", "decoder", "z", "path"} < read
    assert read <= set(sliders.picture.get_state())


def test_with_less_motion_a_morph_shows_as_many_stills_as_the_teachers_page_says():
    """From its beginning to its end; `pause` is in milliseconds."""
    teaching = (ROOT / "notebooks" / "TEACHING.md").read_text(encoding="utf-8")
    assert "less motion, ▶ shows five stills, one a second" in " ".join(teaching.split())
    script = (ROOT / "vae_helpers" / "widgets" / "sliders.js").read_text(encoding="utf-8")
    step, pause = map(int, re.search(r"STILLS = { step: (\d+), pause: (\d+) }", script).groups())
    assert (LatentSliders(VAE(2), X).picture.last / step, pause) == (5, 1000)


def test_it_can_morph_from_the_start(sliders: LatentSliders, vae: VAE, mnist_test: tuple[Tensor, Tensor]):
    with torch.no_grad():
        codes, _ = vae.encode(mnist_test[0][:1000])
    torch.testing.assert_close(torch.tensor(sliders.picture.path), codes[[-1, 0]])


def test_a_set_z_leaves_a_path_from_where_the_sliders_were(sliders: LatentSliders):
    sliders.sliders[0].value = 2.5
    moved = sliders.z
    sliders.z = torch.zeros(20)
    torch.testing.assert_close(torch.tensor(sliders.picture.path), torch.stack([moved, torch.zeros(20)]))


def test_a_set_z_is_the_end_of_its_path(sliders: LatentSliders):
    sliders.picture.set_state({"morph": 20})
    sliders.z = torch.zeros(20)
    assert sliders.picture.morph == sliders.picture.last


# ---- z, the sliders and their labels


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
    names = [f"z[{d}] · {nats:.1f} nats" for d, nats in zip(order.tolist(), values.tolist(), strict=True)]
    assert [slider.description for slider in sliders.sliders] == names[:10]
    assert {slider.readout_format for slider in sliders.sliders} == {".2f"}


def test_a_label_averages_over_all_images():
    """A thousand black ones of 0 nats, all that "next digit" goes through, and a thousand white ones of 2."""
    vae = VAE(1, 1)
    with torch.no_grad():
        for weight in vae.parameters():
            weight.zero_()
        vae.encoder[1].weight.fill_(1 / 784)
        vae.to_mu.weight.fill_(2)
    images = torch.cat([torch.zeros(1000, 1, 28, 28), torch.ones(1000, 1, 28, 28)])
    assert LatentSliders(vae, images).sliders[0].description == "z[0] · 1.0 nats"


def test_range_holds_the_codes(sliders: LatentSliders, vae: VAE, mnist_test: tuple[Tensor, Tensor]):
    with torch.no_grad():
        mu, _ = vae.encode(mnist_test[0][:1000])
    for slider in sliders.sliders:
        assert ((mu >= slider.min) & (mu <= slider.max)).float().mean() > 0.99
        assert slider.max <= mu.abs().max().ceil()


def test_a_slider_reaches_three_deviations_of_the_prior_even_if_no_code_does():
    (slider,) = LatentSliders(filled(small(1), 0), X).sliders
    assert (slider.min, slider.max) == (-3, 3)


def test_every_slider_moves_its_dimension(sliders: LatentSliders):
    for slider in sliders.sliders:
        for value in (slider.min, slider.max, 0.25):
            z = sliders.z.clone()
            slider.value = value
            z[dim(slider)] = value
            assert_shows(sliders, z)


def test_z_can_be_set_and_is_a_copy(sliders: LatentSliders):
    z = torch.linspace(-2, 2, 20)
    sliders.z = z
    assert_shows(sliders, z)
    sliders.z.zero_()
    z.zero_()
    assert_shows(sliders, torch.linspace(-2, 2, 20))


def test_z_needs_no_gradient(sliders: LatentSliders):
    sliders.z = torch.ones(20, requires_grad=True)
    assert not sliders.z.requires_grad


def test_z_is_an_ordinary_tensor_to_compute_with(sliders: LatentSliders):
    z = sliders.z
    assert type(z) is Tensor
    z[10] = -2
    sliders.z = z
    assert_shows(sliders, z)


@pytest.mark.parametrize("step", [-1, 1])
def test_a_slider_moved_by_one_step_is_heard(sliders: LatentSliders, step: int):
    """Wherever between two steps z was."""
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        z = torch.rand(20, generator=generator).mul(4).sub(2)
        for slider in sliders.sliders:
            sliders.z = z
            slider.value += step * slider.step
            moved = z.clone()
            moved[dim(slider)] = slider.value
            assert torch.equal(sliders.z, moved)


def test_a_z_halfway_between_two_steps_stays(sliders: LatentSliders):
    z = torch.full((20,), 0.125)
    sliders.z = z
    for slider in sliders.sliders:
        slider.set_state({"value": 0.13})  # as JavaScript rounds
    assert torch.equal(sliders.z, z)


def test_what_the_page_sends_back_is_no_move(sliders: LatentSliders, vae: VAE, mnist_test):
    """It rounds each value to a slider's step, and returns it."""
    z = sliders.z
    for slider in sliders.sliders:
        slider.set_state({"value": round(slider.value, 2)})
    assert torch.equal(sliders.z, z)
    slider = sliders.sliders[0]
    slider.set_state({"value": round(slider.value, 2) + 0.01})  # an arrow key
    assert (sliders.z != z).sum() == 1


def test_a_move_in_the_page_arrives(sliders: LatentSliders):
    """As sliders.js sends it: first z, then each slider."""
    z = torch.linspace(-2, 2, 20)
    sliders.picture.set_state({"z": z.tolist()})
    for slider in sliders.sliders:
        slider.set_state({"value": round(z[dim(slider)].item(), 2)})
    assert_shows(sliders, z)


def test_a_z_outside_of_the_range_widens_it(sliders: LatentSliders):
    sliders.z = torch.full((20,), -7.5)
    assert_shows(sliders, torch.full((20,), -7.5))
    assert {(slider.min, slider.max) for slider in sliders.sliders} == {(-7.5, 3)}


def test_top_sliders_change_the_picture_most(vae: VAE, mnist_test: tuple[Tensor, Tensor]):
    """Mean absolute change of a pixel over a slider's range, averaged over twenty digits."""
    sliders = LatentSliders(vae, mnist_test[0], dims=20)
    with torch.no_grad():
        codes, _ = vae.encode(mnist_test[0][:20])
    change = []
    for slider in sliders.sliders:
        low, high = codes.clone(), codes.clone()
        low[:, dim(slider)], high[:, dim(slider)] = slider.min, slider.max
        change.append((vae.decode(high) - vae.decode(low)).abs().mean())
    assert min(change[:3]) > 0.05
    assert min(change[:3]) > max(change[7:10])  # the last three of the ten that are shown
    assert min(change[:3]) > max(change[17:])  # and of all


@pytest.mark.parametrize(("latent_dim", "hidden_dim"), [(1, 400), (2, 30), (50, 7)])
def test_any_vae(latent_dim: int, hidden_dim: int, mnist_test: tuple[Tensor, Tensor]):
    vae = VAE(latent_dim, hidden_dim)
    for dims in (1, 10, 50):
        sliders = LatentSliders(vae, mnist_test[0][:5], dims=dims)
        assert len(sliders.sliders) == min(dims, latent_dim)
        assert sliders.picture.decoder
        sliders.sliders[-1].value = 1.5
        assert_shows(sliders, sliders.z)


def test_a_model_in_double_precision(mnist_test: tuple[Tensor, Tensor]):
    sliders = LatentSliders(VAE(3).double(), mnist_test[0][:5])
    sliders.z = torch.ones(3)
    assert_shows(sliders, torch.ones(3, dtype=torch.float64))


def test_shows_the_test_images_by_default(vae: VAE, mnist_test: tuple[Tensor, Tensor]):
    with torch.no_grad():
        assert_shows(LatentSliders(vae), vae.encode(mnist_test[0])[0][0])


def test_leaves_the_model_as_it_was_and_shows_what_it_was(mnist_test: tuple[Tensor, Tensor]):
    vae, state = VAE(2), torch.get_rng_state()
    sliders = LatentSliders(vae, mnist_test[0][:5])
    assert torch.equal(torch.get_rng_state(), state)
    assert vae.training
    assert all(weight.requires_grad and weight.grad is None for weight in vae.parameters())
    before = still(sliders)
    nn.init.ones_(vae.decoder[0].weight)
    assert (still(sliders) == before).all()


# ---- networks that the page does not know


class Convolutional(VAE):
    """Other layers than a VAE's."""

    def __init__(self):
        super().__init__(3, 16)
        self.decoder = nn.Sequential(
            nn.Linear(3, 49), nn.Unflatten(1, (1, 7, 7)), nn.Upsample(scale_factor=4)
        )


class Tanh(VAE):
    """The same weights, another curve."""

    def __init__(self):
        super().__init__(3, 16)
        self.decoder[1] = nn.Tanh()


class Dimmed(VAE):
    """The same layers, and something after them."""

    def __init__(self):
        super().__init__(3, 16)

    def decode(self, z: Tensor) -> Tensor:
        return super().decode(z) / 2


@pytest.mark.parametrize("kind", [Convolutional, Tanh, Dimmed])
def test_another_network_is_decoded_by_python(
    kind: type[VAE], mnist_test: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
):
    vae = kind()
    sliders, answers = LatentSliders(vae, mnist_test[0][:5]), []
    assert sliders.picture.decoder == b""
    monkeypatch.setattr(sliders.picture, "send", lambda content, buffers: answers.append((content, buffers)))
    sliders.picture._handle_custom_msg({"z": [1.0, -1.0, 0.5]}, [])
    ((content, (pixels,)),) = answers
    assert content == {"words": ""}
    with torch.no_grad():
        expected = 255 * vae.eval().decode(torch.tensor([[1.0, -1.0, 0.5]])).flatten()
    assert (torch.tensor(list(pixels)) - expected).abs().max() <= 0.51


def test_dropout_is_left_out_also_of_a_model_in_training():
    vae = small()
    vae.decoder[1] = nn.Sequential(nn.ReLU(), nn.Dropout())
    assert vae.training
    assert LatentSliders(vae, X).picture.decoder


def test_weights_beyond_16_bits_stay_in_python():
    vae = small()
    nn.init.constant_(vae.decoder[0].weight, 1e6)
    assert LatentSliders(vae, X).picture.decoder == b""


def test_an_error_is_told_in_words(mnist_test: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch):
    sliders, answers = LatentSliders(Dimmed(), mnist_test[0][:5]), []
    monkeypatch.setattr(sliders.picture, "send", lambda content, buffers: answers.append((content, buffers)))
    monkeypatch.setattr(sliders._vae, "decode", lambda z: 1 / 0)
    sliders.picture._handle_custom_msg({"z": [0.0] * 3}, [])
    assert answers == [({"words": "The picture is out of date. ZeroDivisionError: division by zero"}, [])]


# ---- what stays in a saved page


def still(sliders: LatentSliders) -> np.ndarray:
    bundle, _ = sliders._repr_mimebundle_()
    return np.array(Image.open(BytesIO(b64decode(bundle["image/png"]))).convert("L"))


def test_a_saved_page_shows_the_digit_and_says_how_to_move_it(sliders: LatentSliders):
    bundle, _ = sliders._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == sliders.model_id
    assert bundle["text/plain"] == repr(sliders)
    assert repr(sliders).startswith("LatentSliders: run this cell in JupyterLab to move it. If nothing moves")
    assert "the JupyterLab server lacks ipywidgets or anywidget" in repr(sliders)
    assert len(bundle["image/png"]) < 50_000
    before = still(sliders)
    sliders.z = torch.zeros(20)
    changed = (before != still(sliders)).mean(axis=0)
    assert changed[:350].max() > 0.2  # the digit
    assert changed[500:].max() > 0.01  # the sliders


def test_an_html_export_shows_the_still_picture(sliders: LatentSliders):
    """As GitHub and nbviewer do: the committed notebook has no state of its widgets."""
    bundle, _ = sliders._repr_mimebundle_()
    cell = nbformat.v4.new_code_cell("sliders", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("execute_result", data=bundle, execution_count=1)]
    html, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert f"data:image/png;base64,{bundle['image/png'][:1000]}" in html


# ---- what is refused


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


def test_a_z_that_cannot_be_decoded_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    widget = LatentSliders(small(), X)
    before = widget.picture.get_state(), [slider.get_state() for slider in widget.sliders]
    monkeypatch.setattr(widget._vae, "decode", lambda z: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        widget.z = CODE + 20
    assert (widget.picture.get_state(), [slider.get_state() for slider in widget.sliders]) == before
