"""The widgets in a real browser: their numbers against torch, the page from disk, JupyterLab, axe."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from pen import DRAWN, painted
from torch import Tensor

from vae_helpers import (
    VAE,
    export_page,
    kl_divergence,
    load_mnist,
    prepare_digit,
    pretrained,
    reconstruction_loss,
)
from vae_helpers.widgets.page import pack

pytest.importorskip("playwright", reason="needs the Python package playwright")
from chromium import (
    IN_A_BROWSER,
    at,
    imported,
    jupyterlab,
    opened,
    run_notebook,
    settled,
    tab_to,
    violations,
)
from playwright.sync_api import Browser, Locator, Page, expect

IMPORT = imported(
    ["VAE", "unpack", "rasterise", "reconstructionLoss", "klDivergence"], "vae.js", "view.js", "pad.js"
)

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Page:
    return browser.new_page()


def to_text(tensor: Tensor) -> str:
    return b64encode(tensor.contiguous().numpy().tobytes()).decode()


def from_text(text: str) -> Tensor:
    return torch.from_numpy(np.frombuffer(b64decode(text), "<f4").copy())


# ---- the module's numbers

COMPUTE = """async ([weights, latentDim, hiddenDim, images, codes]) => {
    IMPORT
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
    const rows = (text, width) => {
        const all = new Float32Array(bytes(text));
        return Array.from({ length: all.length / width }, (_, i) => all.subarray(i * width, (i + 1) * width));
    };
    const vae = new VAE(await unpack(bytes(weights)), latentDim, hiddenDim);
    const results = { mu: [], logvar: [], decoded: [], kl: [], loss: [] };
    const inputs = rows(images, 784);
    rows(codes, latentDim).forEach((z, i) => {
        const code = vae.encode(inputs[i]);
        results.mu.push(...code.mu);
        results.logvar.push(...code.logvar);
        results.kl.push(klDivergence(code));
        results.decoded.push(...vae.decode(z));
        results.loss.push(reconstructionLoss(vae.decodeLogits(z), inputs[i]));
    });
    const text = (values) => {
        const letter = (byte) => String.fromCharCode(byte);
        return btoa(Array.from(new Uint8Array(new Float32Array(values).buffer), letter).join(""));
    };
    return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, text(values)]));
}""".replace("IMPORT", IMPORT)


@pytest.mark.parametrize("latent_dim", [20, 2])
def test_encodes_and_decodes_as_torch_does(blank: Page, latent_dim: int, mnist_test: tuple[Tensor, Tensor]):
    """400 random inputs: 200 test images and 200 of noise, and 400 draws from the prior.

    Exactly, for weights that are whole steps; from the true weights, to less than a grey level.
    """
    vae, rounded = pretrained(latent_dim), pretrained(latent_dim)
    for weight in rounded.parameters():
        weight.data.mul_(4096).round_().div_(4096)
    generator = torch.Generator().manual_seed(0)
    chosen = mnist_test[0][torch.randperm(10_000, generator=generator)[:200]]
    x = torch.cat([chosen, torch.rand(200, 1, 28, 28, generator=generator)])
    z = torch.randn(400, latent_dim, generator=generator)
    weights = torch.cat([weight.flatten() for weight in vae.state_dict().values()])
    sent = b64encode(pack(weights, "weights")).decode()
    texts = blank.evaluate(COMPUTE, [sent, latent_dim, vae.hidden_dim, to_text(x), to_text(z)])
    there = {name: from_text(text) for name, text in texts.items()}
    with torch.no_grad():
        mu, logvar = rounded.encode(x)
        here = {"mu": mu, "logvar": logvar, "decoded": rounded.decode(z)}
        kl, loss = kl_divergence(mu, logvar), reconstruction_loss(rounded.decode_logits(z), x)
        assert (there["decoded"] - vae.decode(z).flatten()).abs().max() < 1 / 255
    for name, tensor in here.items():
        torch.testing.assert_close(there[name], tensor.flatten(), rtol=0, atol=1e-5)
    torch.testing.assert_close(there["kl"], kl, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(there["loss"], loss, rtol=1e-5, atol=0)


# ---- from strokes to an image


def rasterised(page: Page, drawings: list) -> Tensor:
    """Each drawing as the module sees it, `(B, 1, 28, 28)` in [0, 1]."""
    script = f"async (drawings) => {{ {IMPORT} return drawings.map((strokes) => [...rasterise(strokes)]); }}"
    return torch.tensor(page.evaluate(script, drawings)).float().reshape(-1, 1, 28, 28) / 255


def test_drawn_digits_land_among_their_own(blank: Page, mnist_test: tuple[Tensor, Tensor]):
    vae = pretrained(20)
    with torch.no_grad():
        mu, _ = vae.encode(mnist_test[0])
        drawn, _ = vae.encode(rasterised(blank, list(DRAWN.values())))
    means = torch.stack([mu[mnist_test[1] == digit].mean(0) for digit in range(10)])
    nearest = torch.cdist(drawn, means).argmin(1)
    assert (nearest == torch.arange(10)).sum() >= 8, nearest


def test_drawn_digits_are_made_like_mnists(blank: Page, mnist_test: tuple[Tensor, Tensor]):
    """In the box, centred, as thick and as soft at the edges as the test set's own."""
    images, labels = mnist_test
    drawn = rasterised(blank, list(DRAWN.values()))
    lit = drawn[:, 0] > 0.5
    extent = torch.stack([lit.any(1).sum(1), lit.any(2).sum(1)])  # columns and rows
    assert ((extent.amax(0) >= 19) & (extent.amax(0) <= 20)).all()
    place = torch.arange(28.0)
    for weights in (drawn[:, 0].sum(1), drawn[:, 0].sum(2)):
        assert (((weights * place).sum(1) / weights.sum(1) - 14).abs() < 0.05).all()

    def ink_and_edge(images: Tensor) -> list[float]:
        """Sum of the grey levels, and number of the pixels that are neither black nor white."""
        grey = (images > 0.1) & (images < 0.9)
        return [images.sum().item() / len(images), grey.sum().item() / len(images)]

    equal_classes = torch.cat([images[labels == digit][:800] for digit in range(10)])
    assert ink_and_edge(drawn) == pytest.approx(ink_and_edge(equal_classes), rel=0.1)


def test_pictures_are_prepared_as_the_pad_prepares_strokes(blank: Page):
    """The same digits, painted ten times as large and prepared by Python."""
    drawn = rasterised(blank, list(DRAWN.values()))
    prepared = torch.cat([prepare_digit(painted(strokes)) for strokes in DRAWN.values()])
    difference = (prepared - drawn).abs()
    assert difference.mean() < 0.005
    assert difference.flatten().quantile(0.99) < 0.08  # where strokes meet, the pad's edges are softer


def test_size_and_place_on_the_pad_do_not_matter(blank: Page):
    small = [[[0.1 + 0.3 * x, 0.6 + 0.3 * y] for x, y in stroke] for stroke in DRAWN["5"]]
    one, other = rasterised(blank, [DRAWN["5"], small])
    torch.testing.assert_close(one, other, rtol=0, atol=1.5 / 255)


def test_a_tap_is_a_dot_in_the_middle(blank: Page):
    (dot,) = rasterised(blank, [[[[0.9, 0.1]]]])
    rows, columns = (dot[0] > 0).nonzero().T
    assert set(rows.tolist()) == set(columns.tolist()) == {13, 14, 15}


# ---- what the page shows


def picture(canvas: Locator) -> Tensor:
    """The grey levels of a canvas, `(1, 1, 28, 28)` in [0, 1]."""
    pixels = canvas.evaluate("canvas => [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data]")
    return torch.tensor(pixels)[::4].float().reshape(1, 1, 28, 28) / 255


def words(locator: Locator) -> list[float]:
    """The numbers in a text such as "z[4] = 1.20, z[7] = −0.33", those in brackets first."""
    text = locator.inner_text().replace("−", "-")
    return [float(number) for number in re.findall(r"-?\d+\.\d+", text)]


def assert_shows(page: Page, vae: VAE, z: Tensor) -> None:
    """The large digit is what the model decodes at z, to a grey level or two."""
    settled(page)
    with torch.no_grad():
        expected = vae.decode(z[None])
    torch.testing.assert_close(picture(page.locator(".vae-explorer .digit")), expected, rtol=0, atol=2 / 255)


def assert_reconstructs(page: Page, vae: VAE) -> Tensor:
    """The reconstruction and its loss are the model's own for the image beside it, and z is its code."""
    mu = assert_explains(page, vae)
    assert_shows(page, vae, mu)
    return mu


def assert_explains(page: Page, vae: VAE) -> Tensor:
    """The reconstruction and its loss are the model's own for the image beside it; return its code."""
    settled(page)
    seen = picture(page.locator(".seen"))
    with torch.no_grad():
        mu, logvar = vae.encode(seen)
        logits = vae.decode_logits(mu)
        losses = [reconstruction_loss(logits, seen).item(), kl_divergence(mu, logvar).item()]
    shown = picture(page.locator(".vae-explorer .recon"))
    torch.testing.assert_close(shown, logits.sigmoid(), rtol=0, atol=2 / 255)
    assert words(page.locator(".verdict")) == pytest.approx(losses, abs=0.15)
    return mu[0]


def axes(page: Page) -> list[int]:
    """The two dimensions on the plane."""
    return [int(select.input_value()) for select in page.locator(".map select").all()]


def point(page: Page, held: Tensor) -> Tensor:
    """z as the caption says it, with the other dimensions as in `held`."""
    z = held.clone()
    z[axes(page)] = torch.tensor(words(page.locator(".caption")))
    return z


def draw(page: Page, strokes: list) -> None:
    """Draw with the mouse; nothing on the page may jump on the way."""
    pad = page.locator(".pad")
    pad.scroll_into_view_if_needed()
    before = layout(page)
    for start, *rest in strokes:
        page.mouse.move(*at(pad, *start))
        page.mouse.down()
        for place in rest:
            page.mouse.move(*at(pad, *place))
        page.mouse.up()
    settled(page)
    assert layout(page) == before


def layout(page: Page) -> list[float]:
    """Where each part of the explorer begins and ends."""
    parts = "[...document.querySelectorAll('.layout, .layout section, .layout button, .layout label')]"
    return page.evaluate(f"{parts}.map((part) => [part.offsetTop, part.offsetHeight]).flat()")


# ---- the page from disk, without a network


both = pytest.mark.parametrize("page_file", [20, 2], indirect=True)


@pytest.fixture(scope="module")
def page_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, VAE]:
    """A page of the 20-D model, or of the one that a test asks for with `both`."""
    path, vae = tmp_path_factory.mktemp("page") / "page.html", pretrained(getattr(request, "param", 20))
    images, labels = load_mnist(train=False)
    export_page(vae, images[:1000], labels[:1000], path)
    return path, vae


@pytest.fixture
def offline(browser: Browser, page_file: tuple[Path, VAE]) -> Iterator[Page]:
    """The page, opened offline. Afterwards: it has asked for nothing but itself, and logged no error."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    yield from opened(context, page_file[0])


@both
def test_the_mouse_on_the_plane_and_the_sliders(offline: Page, page_file: tuple[Path, VAE]):
    vae, zero = page_file[1], torch.zeros(page_file[1].latent_dim)
    plane = offline.locator(".vae-explorer .plane")
    assert_shows(offline, vae, zero)

    offline.mouse.move(*at(plane, 0.3, 0.4))  # hover
    settled(offline)
    hovered = point(offline, zero)
    assert hovered.norm() > 0.5
    assert_shows(offline, vae, hovered)
    others = "The other 18 numbers stay" in offline.locator(".rest").inner_text()
    assert others == (len(zero) == 20)
    offline.mouse.move(*at(plane, 1.2, 0.4))  # and leave: z has not moved
    assert_shows(offline, vae, zero)

    offline.mouse.click(*at(plane, 0.93, 0.07))  # click where no dot is: z has
    offline.mouse.move(*at(plane, 1.2, 0.4))
    settled(offline)
    clicked = point(offline, zero)
    assert_shows(offline, vae, clicked)

    label = offline.locator(".sliders label").last
    offline.mouse.click(*at(label.locator("input"), 0.75, 0.5))
    settled(offline)
    moved = clicked.clone()
    moved[int(re.search(r"\[(\d+)\]", label.inner_text()).group(1))] = words(label.locator("output"))[0]
    assert not torch.equal(moved, clicked)
    assert_shows(offline, vae, moved)
    offline.locator(".zero").click()
    assert_shows(offline, vae, zero)
    offline.locator(".random").click()
    settled(offline)
    assert (picture(offline.locator(".digit")) - vae.decode(zero[None])).abs().mean() > 0.02


def place_of(page: Page, code: Tensor) -> tuple[float, float]:
    """Page coordinates of a code on the plane."""
    limit = float(page.locator(".vae-explorer .plane").get_attribute("data-limit"))
    across, up = code[axes(page)].tolist()
    return at(page.locator(".vae-explorer .plane"), (1 + across / limit) / 2, (1 - up / limit) / 2)


def test_a_click_on_a_dot_takes_its_whole_code(
    offline: Page, page_file: tuple[Path, VAE], mnist_test: tuple[Tensor, Tensor]
):
    """The image is shown beside its reconstruction; the mouse may tremble, and a drag moves on from there."""
    vae, (images, labels) = page_file[1], mnist_test
    with torch.no_grad():
        codes, _ = vae.encode(images[:1000])
    plane = codes[:, axes(offline)]
    alone = torch.cdist(plane, plane).topk(2, largest=False).values[:, 1].argmax().item()
    x, y = place_of(offline, codes[alone])
    offline.mouse.move(x, y)
    expect(offline.locator(".rest")).to_contain_text(f"Click to take this {labels[alone]}")
    offline.mouse.down()
    offline.mouse.move(x + 2, y)
    offline.mouse.up()
    offline.mouse.move(*at(offline.locator(".vae-explorer .plane"), 1.2, 0.4))
    code = assert_reconstructs(offline, vae)
    torch.testing.assert_close(code, codes[alone], rtol=0, atol=0.01)
    torch.testing.assert_close(picture(offline.locator(".seen"))[0], images[alone], rtol=0, atol=0.5 / 255)
    assert f"in all {len(code)} dimensions" in offline.locator(".verdict").inner_text()

    offline.mouse.move(*place_of(offline, code))
    offline.mouse.down()
    offline.mouse.move(*at(offline.locator(".vae-explorer .plane"), 0.5, 0.5), steps=4)
    offline.mouse.up()
    assert_shows(offline, vae, point(offline, code))
    assert (point(offline, code) - code).abs().max() > 0.5


@both
def test_draw_pick_and_clear(offline: Page, page_file: tuple[Path, VAE], mnist_test: tuple[Tensor, Tensor]):
    draw(offline, DRAWN["3"])
    assert_reconstructs(offline, page_file[1])
    assert "nearest the 3s" in offline.locator(".verdict").inner_text()
    (drawn,) = rasterised(offline_blank(offline), [DRAWN["3"]])
    assert (picture(offline.locator(".seen"))[0] - drawn).abs().mean() < 0.01

    sevens = mnist_test[0][:100][mnist_test[1][:100] == 7]
    for seven in sevens[:2]:  # each press takes the next one
        offline.get_by_role("button", name="7").click()
        assert_reconstructs(offline, page_file[1])
        torch.testing.assert_close(picture(offline.locator(".seen"))[0], seven, rtol=0, atol=0.5 / 255)

    offline.locator(".clear").click()
    settled(offline)
    assert picture(offline.locator(".seen")).max() == 0
    assert not offline.locator(".drawn").is_visible()
    assert "Draw a digit" in offline.locator(".verdict").inner_text()


def test_an_image_is_nearest_a_class_in_all_dimensions(
    offline: Page, page_file: tuple[Path, VAE], mnist_test: tuple[Tensor, Tensor]
):
    """On the map alone, eight of these ten would be nearest another one."""
    images, labels = mnist_test[0][:1000], mnist_test[1][:1000]
    with torch.no_grad():
        codes, _ = page_file[1].encode(images)
    means = torch.stack([codes[labels == digit].mean(0) for digit in range(10)])
    nearest = torch.cdist(codes, means).argmin(1)
    for digit in range(10):
        offline.get_by_role("button", name=str(digit), exact=True).click()
        settled(offline)
        first = labels.tolist().index(digit)
        assert f"nearest the {nearest[first]}s" in offline.locator(".verdict").inner_text()


def test_only_a_press_on_the_pad_draws(offline: Page):
    """Not one that began outside of it, nor the right button."""
    pad = offline.locator(".pad")
    pad.scroll_into_view_if_needed()
    offline.mouse.move(*at(pad, -0.2, 0.5))
    offline.mouse.down()
    offline.mouse.move(*at(pad, 0.5, 0.5), steps=3)
    offline.mouse.up()
    offline.mouse.click(*at(pad, 0.5, 0.5), button="right")
    settled(offline)
    assert "Draw a digit" in offline.locator(".verdict").inner_text()


def offline_blank(page: Page) -> Page:
    """A blank page beside this one; the page itself may import nothing, not even from `data:`."""
    return page.context.new_page()


def test_the_keyboard_alone(offline: Page, page_file: tuple[Path, VAE]):
    """Every control is reached with Tab, shows its focus, and works without a mouse."""
    vae, zero = page_file[1], torch.zeros(page_file[1].latent_dim)
    before = axes(offline)
    tab_to(offline, "select")
    offline.keyboard.press("ArrowUp")
    assert axes(offline) != before

    tab_to(offline, ".plane")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowUp", "ArrowDown"):
        offline.keyboard.press(key)
    settled(offline)
    assert words(offline.locator(".caption")) == [0.2, 0.4]
    assert_shows(offline, vae, point(offline, zero))

    tab_to(offline, ".picks button:nth-of-type(8)")
    offline.keyboard.press("Enter")
    assert_reconstructs(offline, vae)
    tab_to(offline, ".zero")
    offline.keyboard.press("Space")
    assert_shows(offline, vae, zero)

    slider = tab_to(offline, ".sliders input")
    offline.keyboard.press("ArrowRight")
    moved = zero.clone()
    moved[int(re.search(r"\d+", slider.locator("..").inner_text()).group())] = 0.05
    assert_shows(offline, vae, moved)

    tab_to(offline, ".sliders label:last-child input")
    expect(
        offline.locator(":is(select, button, input, .plane):visible:not(:disabled, [data-reached])")
    ).to_have_count(0)


def test_a_phone_with_a_finger(browser: Browser, page_file: tuple[Path, VAE]):
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, color_scheme="dark")
    for page in opened(context, page_file[0]):
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        fingers = context.new_cdp_session(page)
        page.locator(".pad").scroll_into_view_if_needed()
        before = layout(page)
        for start, *rest in DRAWN["0"]:
            for kind, place in [("touchStart", start), *[("touchMove", place) for place in rest]]:
                x, y = at(page.locator(".pad"), *place)
                fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        assert_reconstructs(page, page_file[1])
        assert layout(page) == before
        assert "nearest the 0s" in page.locator(".verdict").inner_text()


def test_another_pair_of_dimensions(offline: Page, page_file: tuple[Path, VAE]):
    """Taking the other axis' dimension swaps the two."""
    across, up = axes(offline)
    offline.locator("select").first.select_option(str(up))
    assert axes(offline) == [up, across]
    offline.mouse.move(*at(offline.locator(".vae-explorer .plane"), 0.6, 0.2))
    settled(offline)
    assert_shows(offline, page_file[1], point(offline, torch.zeros(page_file[1].latent_dim)))


# ---- several models in one page


@pytest.fixture(scope="module")
def models() -> dict[str, VAE]:
    """The shipped model of two dimensions, and two others of its shape."""
    models = {"untrained": VAE(2), "turned": pretrained(2), "shipped": pretrained(2)}
    for name in ("to_mu.weight", "to_mu.bias"):
        models["turned"].get_parameter(name).data.mul_(-1)
    models["turned"].decoder[0].weight.data.mul_(-1)
    return models


@pytest.fixture
def several(browser: Browser, models: dict[str, VAE], tmp_path: Path) -> Iterator[Page]:
    images, labels = load_mnist(train=False)
    export_page(models, images[:1000], labels[:1000], tmp_path / "page.html")
    yield from opened(browser.new_context(viewport={"width": 1000, "height": 900}), tmp_path / "page.html")


def dots(page: Page, digit: int) -> Tensor:
    """Where a class lies on the plane, `(N, 2)`, from 0 to 1."""
    path = page.locator(".vae-explorer .plane path").nth(digit).get_attribute("d")
    return torch.tensor([float(number) for number in re.findall(r"[\d.]+(?=[,h])", path)]).reshape(-1, 2)


def test_the_slider_moves_through_the_models(
    several: Page, models: dict[str, VAE], mnist_test: tuple[Tensor, Tensor]
):
    """Map, digit, reconstruction, verdict and losses follow; z is the image's code until it is moved."""
    images, labels = mnist_test[0][:1000], mnist_test[1][:1000]
    name, slider = several.locator(".models output"), several.locator(".models input")
    expect(name).to_have_text("shipped")
    limit = float(several.locator(".vae-explorer .plane").get_attribute("data-limit"))
    several.get_by_role("button", name="7").click()
    slider.focus()
    for key, shown in [
        (None, "shipped"),
        ("ArrowLeft", "turned"),
        ("ArrowLeft", "untrained"),
        ("End", "shipped"),
    ]:
        if key:
            several.keyboard.press(key)
        expect(name).to_have_text(shown)
        assert slider.get_attribute("aria-valuetext") == shown
        assert_reconstructs(several, models[shown])
        with torch.no_grad():
            codes, _ = models[shown].encode(images[labels == 7])
        expected = torch.stack([1 + codes[:, 0] / limit, 1 - codes[:, 1] / limit], 1) / 2
        torch.testing.assert_close(dots(several, 7), expected, rtol=0, atol=1e-3)
    several.locator(".vae-explorer .plane").press("PageUp")
    expect(name).to_have_text("turned")
    several.locator(".zero").click()
    assert_shows(several, models["turned"], torch.zeros(2))
    several.locator(".vae-explorer .plane").press("PageDown")
    expect(name).to_have_text("shipped")
    assert assert_explains(several, models["shipped"]).norm() > 0.5
    assert_shows(several, models["shipped"], torch.zeros(2))


def test_one_model_has_no_slider(offline: Page):
    expect(offline.locator(".models")).to_be_hidden()
    expect(offline.locator(".keep")).to_be_hidden()  # nothing in a page could have the drawings


@pytest.mark.parametrize("missing", ["JavaScript", "DecompressionStream"])
def test_a_page_that_cannot_run_shows_a_sentence_and_a_still(
    browser: Browser, page_file: tuple[Path, VAE], missing: str
):
    context = browser.new_context(java_script_enabled=missing != "JavaScript")
    context.add_init_script(f"delete window.{missing}")
    page = context.new_page()
    page.goto(page_file[0].as_uri())
    page.wait_for_timeout(1500)
    assert page.get_by_text("This is a still picture.").is_visible()
    assert page.locator(".still img").is_visible()
    context.close()


# ---- for screen readers, phones and those who magnify


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1920])
def test_axe_finds_nothing_on_the_page(
    browser: Browser, models: dict[str, VAE], tmp_path: Path, scheme: str, width: int
):
    images, labels = load_mnist(train=False)
    export_page(models, images[:100], labels[:100], tmp_path / "page.html")
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page.goto((tmp_path / "page.html").as_uri())
    page.get_by_role("button", name="7").click()
    settled(page)
    assert violations(page) == []
    page.close()


@pytest.mark.parametrize("size", [(360, 740), (390, 844), (683, 384)])
def test_plane_and_digit_are_in_view_together(browser: Browser, page_file: tuple[Path, VAE], size: tuple):
    context = browser.new_context(viewport=dict(zip(("width", "height"), size, strict=True)))
    for page in opened(context, page_file[0]):
        page.locator(".vae-explorer .plane").evaluate("plane => plane.scrollIntoView({ block: 'end' })")
        for part in (".plane", ".digit"):
            box = page.locator(part).bounding_box()
            assert box["width"] == pytest.approx(box["height"], abs=2.1)
            assert box["width"] > 100
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= size[1]


def swipe(page: Page, x: float, y: float) -> None:
    """A finger goes up the page from (x, y), to scroll it."""
    fingers = page.context.new_cdp_session(page)
    for kind, up in [("touchStart", 0), *[("touchMove", up) for up in range(10, 130, 10)]]:
        touch = {"type": kind, "touchPoints": [{"x": x, "y": y - up}]}
        fingers.send("Input.dispatchTouchEvent", touch)
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_swipe_that_begins_on_a_slider_moves_nothing(browser: Browser, page_file: tuple[Path, VAE]):
    context = browser.new_context(viewport={"width": 390, "height": 500}, has_touch=True)
    for page in opened(context, page_file[0]):
        slider = page.locator(".sliders input").first
        slider.evaluate("slider => slider.scrollIntoView({ block: 'center' })")
        swipe(page, *at(slider, 0.8, 0.5))
        page.wait_for_timeout(300)
        assert slider.input_value() == "0"


def test_a_drawing_is_printed(offline: Page):
    draw(offline, DRAWN["3"])
    offline.emulate_media(media="print")
    pad = offline.locator(".pad")
    assert pad.evaluate("pad => getComputedStyle(pad).printColorAdjust") == "exact"
    offline.emulate_media(media="screen")


# ---- the widgets in JupyterLab

CELLS = [
    """import time
import torch
from vae_helpers import VAE, KLDemo, LatentExplorer, LatentSliders, Playground, load_mnist, pretrained
images, labels = load_mnist(train=False)
vae = pretrained(20)
sliders = LatentSliders(vae, images)
explorer = LatentExplorer(vae, images[:1000], labels[:1000])

class Tanh(VAE):
    def __init__(self):
        super().__init__()
        self.decoder[1] = torch.nn.Tanh()

torch.manual_seed(0)
other = Tanh()
others = LatentSliders(other, images[:100])""",
    "sliders",
    "sliders",
    "explorer",
    "others",
    "KLDemo()",
    "Playground()",
]
SESSION = "window.jupyterapp.shell.currentWidget.sessionContext.session"
EVALUATE = f"""async (expression) => {{
    const value = `__import__("json").dumps(${{expression}})`;
    const request = {{ code: "", user_expressions: {{ value }} }};
    const {{ content }} = await {SESSION}.kernel.requestExecute(request).done;
    return content.user_expressions.value.data["text/plain"];
}}"""
EXECUTE = f"""(code) => {{
    window.busy = true; // what the kernel says of itself is no help: a message of a widget ends in "idle"
    {SESSION}.kernel.requestExecute({{ code }}).done.then(() => {{ window.busy = false; }});
}}"""
VIEWS = ".vae-latent"  # two of `sliders`, then one of `others`


@pytest.fixture(scope="module")
def lab_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A notebook with every widget, and where JupyterLab serves it."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "widgets.ipynb")
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in (CELLS[0], "others", "KLDemo()")]
    nbformat.write(notebook, folder / "silent.ipynb")
    with jupyterlab(folder) as address:
        yield folder, address


@pytest.fixture(scope="module")
def lab(browser: Browser, lab_folder: tuple[Path, str]) -> Iterator[Page]:
    """That notebook, open and run. Afterwards: nothing in it has failed."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, has_touch=True)
    page, said = context.new_page(), []
    page.on("pageerror", lambda error: said.append(str(error)))
    run_notebook(page, lab_folder[1], "widgets.ipynb")
    widgets_are_there(page)
    yield page
    assert said == []
    context.close()


def widgets_are_there(page: Page) -> None:
    expect(page.locator(".vae-picture canvas")).to_have_count(3, timeout=60_000)
    expect(page.locator(".vae-latent .noUi-handle")).to_have_count(30, timeout=60_000)
    page.locator(".vae-explorer .verdict b").wait_for(timeout=60_000)


def in_kernel(page: Page, expression: str) -> object:
    """The value of a Python expression in the notebook's kernel, which is free again then."""
    return json.loads(page.evaluate(EVALUATE, expression)[1:-1])


def settled_in_kernel(page: Page, expression: str) -> object:
    """Its value once no message is on its way any more: the same twice, half a second apart."""
    values = [object(), in_kernel(page, expression)]
    while values[-2] != values[-1]:
        page.wait_for_timeout(500)
        values.append(in_kernel(page, expression))
    return values[-1]


def busy(page: Page) -> bool:
    """Whether the last `page.evaluate(EXECUTE, code)` is still going on."""
    return page.evaluate("window.busy")


def view(page: Page, index: int = 0) -> Locator:
    """One view of sliders, in the middle of the window."""
    found = page.locator(VIEWS).nth(index)
    found.evaluate("view => view.scrollIntoView({ block: 'center' })")
    return found


def numbers_beside(sliders: Locator) -> dict[int, float]:
    """What the sliders say: each dimension's number."""
    texts = sliders.locator(".widget-hslider").all_inner_texts()
    found = (re.match(r"z\[(\d+)\].*?nats\s*(\S+)", text, re.DOTALL).groups() for text in texts)
    return {int(dim): float(number.replace("−", "-")) for dim, number in found}


def drag(page: Page, sliders: Locator, to: float, row: int = 0) -> None:
    slider = sliders.locator(".widget-hslider").nth(row)
    slider.locator(".noUi-handle").hover()  # waits until the page around it has stopped moving
    page.mouse.down()
    page.mouse.move(*at(slider.locator(".noUi-base"), to, 0.5), steps=10)
    page.mouse.up()
    settled(page)


def assert_decodes(sliders: Locator, vae: VAE, code: Tensor) -> None:
    """The picture is what the model decodes at `code`, with the sliders' numbers, to a grey level."""
    z = code.clone()
    for dim, number in numbers_beside(sliders).items():
        if abs(number - z[dim]) > 0.0051:
            z[dim] = number
    with torch.no_grad():
        expected = vae.decode(z[None])
    shown = picture(sliders.locator("canvas"))
    torch.testing.assert_close(shown, expected, rtol=0, atol=1.51 / 255)  # each is rounded, too


def first_code(vae: VAE, images: Tensor) -> Tensor:
    with torch.no_grad():
        return vae.encode(images[:1])[0][0]


def test_sliders_morph_and_buttons_while_the_kernel_is_busy(lab: Page, mnist_test: tuple[Tensor, Tensor]):
    """Every picture is the model's, in both views; z follows when the kernel is free."""
    vae, sliders = pretrained(20), view(lab)
    code = first_code(vae, mnist_test[0])
    assert_decodes(sliders, vae, code)
    lab.evaluate(EXECUTE, "time.sleep(6)")
    drag(lab, sliders, 0.9)
    dim = next(iter(numbers_beside(sliders)))
    code[dim] = numbers_beside(sliders)[dim]
    assert code[dim] > 2
    assert_decodes(sliders, vae, code)
    assert_decodes(lab.locator(VIEWS).nth(1), vae, code)

    sliders.get_by_role("button", name="next digit").click()
    settled(lab)
    second = first_code(vae, mnist_test[0][1:])
    assert_decodes(sliders, vae, second)
    sliders.locator(".vae-picture input").fill("25")
    settled(lab)
    halfway = torch.lerp(code, second, 0.5)
    assert_decodes(sliders, vae, halfway)
    assert_decodes(lab.locator(VIEWS).nth(1), vae, halfway)
    assert busy(lab)
    z = torch.tensor(settled_in_kernel(lab, "sliders.z.tolist()"))
    torch.testing.assert_close(z, halfway, rtol=0, atol=0.001)


def test_a_morph_is_played_to_its_end(lab: Page):
    sliders = view(lab)
    handle, play = sliders.locator(".vae-picture input"), sliders.locator(".play")
    handle.fill("40")
    before = picture(sliders.locator("canvas"))
    play.click()
    expect(play).to_have_text("❚❚")
    expect(play).to_have_text("▶", timeout=5000)
    assert handle.input_value() == "50"
    assert (picture(sliders.locator("canvas")) - before).abs().max() > 0.1


def test_zero_morph_back_and_a_pause(lab: Page):
    """A morph that is at its end is played from its beginning, and stands where it is stopped."""
    vae, sliders = pretrained(20), view(lab)
    handle, play = sliders.locator(".vae-picture input"), sliders.locator(".play")
    in_kernel(lab, "setattr(sliders, 'z', torch.linspace(-2, 2, 20))")
    lab.wait_for_timeout(500)
    sliders.get_by_role("button", name="zero").click()
    settled(lab)
    assert handle.input_value() == "50"
    assert_decodes(sliders, vae, torch.zeros(20))
    sliders.get_by_role("button", name="Back to the start").click()
    settled(lab)
    assert handle.input_value() == "0"
    assert_decodes(sliders, vae, torch.linspace(-2, 2, 20))
    handle.fill("50")
    play.click()
    lab.wait_for_timeout(400)
    play.click()
    expect(play).to_have_text("▶")
    stopped = handle.input_value()
    assert 0 < int(stopped) < 50
    lab.wait_for_timeout(300)
    assert handle.input_value() == stopped


def test_with_less_motion_a_morph_is_a_few_stills(lab: Page):
    lab.emulate_media(reduced_motion="reduce")
    sliders = view(lab)
    sliders.locator(".vae-picture input").fill("30")
    sliders.locator(".play").click()
    lab.wait_for_timeout(500)
    assert sliders.locator(".vae-picture input").input_value() == "30"
    expect(sliders.locator(".play")).to_have_text("▶", timeout=5000)
    assert sliders.locator(".vae-picture input").input_value() == "50"
    lab.emulate_media(reduced_motion="no-preference")


def test_python_moves_the_sliders(lab: Page):
    vae, sliders = pretrained(20), view(lab)
    z = torch.linspace(-2, 2, 20)
    in_kernel(lab, "setattr(sliders, 'z', torch.linspace(-2, 2, 20))")
    lab.wait_for_timeout(500)
    assert_decodes(sliders, vae, z)
    z[10] = -2
    in_kernel(lab, f"setattr(sliders, 'z', torch.tensor({z.tolist()}))")
    lab.wait_for_timeout(500)
    assert numbers_beside(sliders)[10] == -2
    assert_decodes(sliders, vae, z)
    in_kernel(lab, "setattr(sliders.sliders[1], 'value', 1.5)")
    lab.wait_for_timeout(500)
    assert_decodes(sliders, vae, z)


def test_a_number_is_typed_and_the_keyboard_moves(lab: Page):
    sliders = view(lab)
    slider = sliders.locator(".widget-hslider").nth(2)
    number = slider.locator(".widget-readout")
    for typed, read in (
        ("0.7", "0.70"),
        ("−1.5", "−1.50"),
        ("0,25", "0.25"),
        ("-1,25", "−1.25"),
        ("x", "−1.25"),
    ):
        number.fill(typed)
        lab.keyboard.press("Enter")
        expect(number).to_have_text(read)
    number.fill("0,5")
    number.blur()
    expect(number).to_have_text("0.50")
    before = picture(sliders.locator("canvas"))
    slider.locator(".noUi-handle").focus()
    for _ in range(20):
        lab.keyboard.press("ArrowRight")
    settled(lab)
    assert (picture(sliders.locator("canvas")) - before).abs().max() > 0.02


def test_a_network_that_the_page_does_not_know(lab: Page, mnist_test: tuple[Tensor, Tensor]):
    """Python decodes it; nobody is told."""
    sliders = view(lab, 2)
    drag(lab, sliders, 0.9)
    lab.wait_for_timeout(700)
    weights = {
        name: torch.tensor(in_kernel(lab, f"other.decoder.state_dict()['{name}'].tolist()"))
        for name in ("0.weight", "0.bias", "2.weight", "2.bias")
    }
    z = torch.tensor(in_kernel(lab, "others.z.tolist()"))
    h = torch.tanh(weights["0.weight"] @ z + weights["0.bias"])
    expected = torch.sigmoid(weights["2.weight"] @ h + weights["2.bias"]).reshape(1, 1, 28, 28)
    torch.testing.assert_close(picture(sliders.locator("canvas")), expected, rtol=0, atol=1.01 / 255)
    assert sliders.locator(".words").inner_text() == ""


def test_the_explorer_hovered_and_drawn_on_in_jupyterlab(lab: Page):
    vae = pretrained(20)
    lab.locator(".vae-explorer .plane").evaluate("plane => plane.scrollIntoView({ block: 'center' })")
    held = torch.tensor(in_kernel(lab, "explorer.z.tolist()"))
    lab.mouse.move(*at(lab.locator(".vae-explorer .plane"), 0.7, 0.4))
    settled(lab)
    hovered = point(lab, held)
    assert (hovered - held).norm() > 0.5
    assert_shows(lab, vae, hovered)

    draw(lab, DRAWN["3"])
    code = assert_reconstructs(lab, vae)
    lab.wait_for_function("document.querySelector('.status').innerText.includes('nearest the 3s')")
    drawing = torch.tensor(in_kernel(lab, "explorer.drawing.tolist()"))
    assert torch.equal(drawing, picture(lab.locator(".seen")))
    torch.testing.assert_close(torch.tensor(in_kernel(lab, "explorer.z.tolist()")), code, rtol=0, atol=0.01)


def test_drawings_are_kept(lab: Page):
    kept = []
    for digit in "37":
        lab.locator(".clear").click()
        draw(lab, DRAWN[digit])
        kept.append(picture(lab.locator(".seen")))
        lab.locator(".keep").click()
        expect(lab.locator(".kept")).to_have_text(f"{len(kept)} kept")
    there = torch.tensor(settled_in_kernel(lab, "explorer.drawings.tolist()"))
    assert torch.equal(there, torch.cat(kept))
    in_kernel(lab, "setattr(explorer, 'drawings', explorer.drawings[:1])")
    expect(lab.locator(".kept")).to_have_text("1 kept")


def test_python_moves_the_explorer_in_jupyterlab(lab: Page, mnist_test: tuple[Tensor, Tensor]):
    in_kernel(lab, "setattr(explorer, 'z', explorer.z * 0 + 0.5)")
    expect(lab.locator(".sliders output").last).to_have_text("0.50")
    assert_shows(lab, pretrained(20), torch.full((20,), 0.5))
    lab.locator(".vae-explorer .plane").press(
        "ArrowUp"
    )  # JupyterLab's own arrow keys, which change the cell, stay out
    settled(lab)
    assert words(lab.locator(".caption")) == [0.5, 0.6]
    expect(lab.locator(".vae-explorer .plane")).to_be_focused()
    in_kernel(lab, "setattr(explorer, 'drawing', images[:1])")
    expect(lab.locator(".verdict")).to_contain_text("nearest the 7s")
    assert torch.equal(picture(lab.locator(".seen"))[0], mnist_test[0][0])


def test_snapshots_come_while_the_kernel_is_busy(lab: Page):
    """The newest is shown, unless the reader has chosen another; all ways lead to Python."""
    name = lab.locator(".models output")
    lab.evaluate(EXECUTE, "for i in (1, 2, 3):\n    explorer.add(f'epoch {i}', vae)\n    time.sleep(1)")
    expect(name).to_have_text("epoch 1")
    assert busy(lab)
    expect(name).to_have_text("epoch 2")
    lab.locator(".models input").press("Home")
    expect(name).to_have_text("first")
    expect(lab.locator(".models input")).to_have_attribute("max", "3")
    expect(name).to_have_text("first")
    assert settled_in_kernel(lab, "explorer.shown") == 0
    lab.locator(".vae-explorer .plane").press("PageDown")
    expect(name).to_have_text("epoch 1")
    in_kernel(lab, "setattr(explorer, 'shown', 2)")
    expect(name).to_have_text("epoch 2")
    lab.locator(".models input").press("End")
    expect(name).to_have_text("epoch 3")
    assert settled_in_kernel(lab, "explorer.shown") is None
    in_kernel(lab, "explorer.add('epoch 1', vae)")
    expect(name).to_have_text("epoch 1")
    expect(lab.locator(".models input")).to_have_attribute("max", "1")


def test_the_playground_trains_while_the_kernel_is_busy(lab: Page):
    lab.evaluate(EXECUTE, "time.sleep(3)")
    playground = lab.locator(".vae-playground")
    playground.get_by_role("button", name="Play").click()
    expect(playground.locator(".clock")).to_contain_text(re.compile(r"step [1-9]\d"), timeout=20_000)
    assert busy(lab)
    playground.get_by_label("plain draw").press("Space")  # JupyterLab's own keys stay out
    assert playground.get_by_label("plain draw").is_checked()
    playground.get_by_role("button", name="Pause").click()
    lab.wait_for_function("!window.busy")


def test_the_playgrounds_numbers_stand_beside_their_names(lab: Page):
    """JupyterLab has a style of its own for such a list, in which each name breaks."""
    lines = lab.locator(".vae-playground dl :is(dt, dd)")
    assert len(set(lines.evaluate_all("lines => lines.map((line) => line.offsetHeight)"))) == 1


def test_a_picture_that_python_does_not_draw_says_so(lab: Page, lab_folder: tuple[Path, str]):
    """The numbers move without a kernel; the pictures of an own network and of a demo cannot."""
    page = lab.context.new_page()
    run_notebook(page, lab_folder[1], "silent.ipynb")
    expect(page.locator(".vae-sliders .noUi-handle")).to_have_count(12, timeout=60_000)
    boxes = [page.locator(".vae-latent"), page.locator(".vae-demo")]
    for box in boxes:
        box.locator(".noUi-handle").first.press("ArrowRight")
        page.wait_for_timeout(3000)
        assert box.locator(".words").inner_text() == ""
    page.evaluate(f"{SESSION}.kernel.shutdown()")
    page.wait_for_timeout(1000)
    for box in boxes:
        box.locator(".noUi-handle").first.press("ArrowRight")
        expect(box.locator(".words")).to_contain_text("No answer from Python yet", timeout=5000)
    page.close()


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_axe_finds_nothing_in_our_widgets(lab: Page, theme: str):
    lab.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    lab.wait_for_function(f"document.body.dataset.jpThemeName === '{theme}'")
    for selector in (".vae-latent", ".vae-explorer", ".vae-demo", ".vae-playground"):
        lab.locator(selector).first.scroll_into_view_if_needed()
        assert violations(lab, selector) == []


@pytest.mark.parametrize("size", [(390, 844), (600, 900), (820, 1180), (683, 384)])
def test_narrow_or_magnified(lab: Page, size: tuple[int, int]):
    """The picture keeps its shape, and each number can be read and typed."""
    lab.evaluate("window.jupyterapp.shell.collapseLeft()")
    lab.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    lab.wait_for_timeout(500)
    sliders = view(lab)
    edge = sliders.bounding_box()
    box = sliders.locator("canvas").bounding_box()
    assert box["width"] == pytest.approx(box["height"], abs=1)
    assert box["width"] > 170
    first = sliders.locator(".widget-hslider").first.bounding_box()
    top, bottom = min(box["y"], first["y"]), max(box["y"] + box["height"], first["y"] + first["height"])
    assert bottom - top < size[1] - 150  # picture and slider fit between JupyterLab's bars
    assert edge["x"] + edge["width"] <= size[0]
    for slider in sliders.locator(".widget-hslider").all():
        number = slider.locator(".widget-readout")
        place = number.bounding_box()
        assert place["x"] + place["width"] <= edge["x"] + edge["width"] + 1
        assert slider.locator(".noUi-base").bounding_box()["width"] > 40
    number.fill("0.7")
    lab.keyboard.press("Enter")
    expect(number).to_have_text("0.70")
    demo = lab.locator(".vae-demo img")
    demo.scroll_into_view_if_needed()
    box = demo.bounding_box()
    assert box["width"] / box["height"] == pytest.approx(800 / 360, rel=0.02)


def test_a_swipe_that_begins_on_a_slider_of_jupyterlab_moves_nothing(lab: Page):
    lab.set_viewport_size({"width": 820, "height": 600})
    lab.wait_for_timeout(300)
    sliders = view(lab)
    before = numbers_beside(sliders)
    for part in (0.1, 0.9):
        sliders.locator(".noUi-base").nth(3).evaluate("base => base.scrollIntoView({ block: 'center' })")
        swipe(lab, *at(sliders.locator(".noUi-base").nth(3), part, 0.5))
        lab.wait_for_timeout(300)
    assert numbers_beside(sliders) == before
    lab.set_viewport_size({"width": 1400, "height": 1000})


def test_two_windows_on_one_notebook_show_the_same(lab: Page, lab_folder: tuple[Path, str]):
    lab.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    lab.wait_for_timeout(1000)
    other = lab.context.new_page()
    other.goto(f"{lab_folder[1]}lab/tree/widgets.ipynb?token=tests&reset")
    widgets_are_there(other)
    assert torch.equal(picture(other.locator("canvas").first), picture(lab.locator("canvas").first))
    drag(lab, view(lab), 0.2, row=4)
    code = picture(lab.locator("canvas").first)
    other.wait_for_timeout(1000)
    assert torch.equal(picture(other.locator("canvas").first), code)
    view(other).get_by_role("button", name="random").click()
    other.wait_for_timeout(1500)
    assert numbers_beside(lab.locator(VIEWS).first) == numbers_beside(other.locator(VIEWS).first)
    settled(lab)
    shown, there = picture(lab.locator("canvas").first), picture(other.locator("canvas").first)
    torch.testing.assert_close(shown, there, rtol=0, atol=1.01 / 255)
    assert (shown - code).abs().max() > 0.1
    other.locator(".vae-explorer").scroll_into_view_if_needed()
    other.get_by_role("button", name="4", exact=True).click()
    expect(lab.locator(".verdict")).to_contain_text("nearest the 4s")
    other.close()


PAINTS = """() => {
    window.painted = [];
    const put = CanvasRenderingContext2D.prototype.putImageData;
    CanvasRenderingContext2D.prototype.putImageData = function (...image) {
        window.painted.push(this.canvas.isConnected);
        put.apply(this, image);
    };
}"""


def test_a_closed_view_a_cell_run_again_and_a_restarted_kernel_leave_no_dead_listener(lab: Page):
    """After each, a move is drawn by the views that are on the page, and by no others."""
    lab.evaluate(PAINTS)
    lab.evaluate("window.jupyterapp.shell.currentWidget.content.widgets[2].model.outputs.clear()")
    expect(lab.locator(VIEWS)).to_have_count(2)
    drag(lab, view(lab), 0.7)
    assert set(lab.evaluate("window.painted")) == {True}
    lab.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    lab.wait_for_timeout(1000)
    widgets_are_there(lab)
    in_kernel(lab, "1")
    drag(lab, view(lab), 0.7)
    lab.evaluate("window.painted = []")
    drag(lab, view(lab), 0.3)
    assert set(lab.evaluate("window.painted")) == {True}

    lab.evaluate(f"{SESSION}.kernel.restart()")
    lab.wait_for_timeout(500)
    lab.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    lab.wait_for_timeout(3000)
    widgets_are_there(lab)
    in_kernel(lab, "1")
    lab.evaluate("window.painted = []")
    drag(lab, view(lab), 0.7)
    painted = lab.evaluate("window.painted")
    assert set(painted) == {True}
    assert 2 <= len(painted) <= 2 * 15
    assert abs(numbers_beside(view(lab))[10] - settled_in_kernel(lab, "sliders.z[10].item()")) < 0.006
