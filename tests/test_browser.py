"""The explorer in a real browser: its numbers against torch, the page from disk, the widget in JupyterLab."""

import json
import os
import re
import shutil
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

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

pytest.importorskip("playwright", reason="needs the Python package playwright")
from browser import CHROMIUM, chromium, jupyterlab, run_notebook
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

ROOT = Path(__file__).parent.parent
SCRIPT = (ROOT / "vae_helpers" / "widgets" / "explorer.js").read_bytes()
IMPORT = f"""const {{ VAE, rasterise, reconstructionLoss, klDivergence }} =
    await import("data:text/javascript;base64,{b64encode(SCRIPT).decode()}");"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None and "CI" not in os.environ, reason="no chromium here"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


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
    const vae = new VAE(new DataView(bytes(weights)), latentDim, hiddenDim);
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


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float16, 2e-3)])
@pytest.mark.parametrize("latent_dim", [20, 2])
def test_encodes_and_decodes_as_torch_does(
    blank: Page, latent_dim: int, dtype: torch.dtype, tolerance: float, mnist_test: tuple[Tensor, Tensor]
):
    """1,000 random inputs: 500 test images and 500 of noise, and 1,000 draws from the prior."""
    vae = pretrained(latent_dim)
    generator = torch.Generator().manual_seed(0)
    chosen = mnist_test[0][torch.randperm(10_000, generator=generator)[:500]]
    x = torch.cat([chosen, torch.rand(500, 1, 28, 28, generator=generator)])
    z = torch.randn(1000, latent_dim, generator=generator)
    weights = torch.cat([weight.flatten() for weight in vae.state_dict().values()]).to(dtype)
    texts = blank.evaluate(COMPUTE, [to_text(weights), latent_dim, vae.hidden_dim, to_text(x), to_text(z)])
    there = {name: from_text(text) for name, text in texts.items()}
    with torch.no_grad():
        mu, logvar = vae.encode(x)
        here = {"mu": mu, "logvar": logvar, "decoded": vae.decode(z)}
        kl, loss = kl_divergence(mu, logvar), reconstruction_loss(vae.decode_logits(z), x)
    for name, tensor in here.items():
        torch.testing.assert_close(there[name], tensor.flatten(), rtol=0, atol=tolerance)
    torch.testing.assert_close(there["kl"], kl, rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(there["loss"], loss, rtol=tolerance, atol=0)


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


def settled(page: Page) -> None:
    """Wait until what has changed is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def assert_shows(page: Page, vae: VAE, z: Tensor) -> None:
    """The large digit is what the model decodes at z, to a grey level or two."""
    settled(page)
    with torch.no_grad():
        expected = vae.decode(z[None])
    torch.testing.assert_close(picture(page.locator(".digit")), expected, rtol=0, atol=2 / 255)


def assert_reconstructs(page: Page, vae: VAE) -> Tensor:
    """The reconstruction and its loss are the model's own for the image beside it; return its code."""
    settled(page)
    seen = picture(page.locator(".seen"))
    with torch.no_grad():
        mu, logvar = vae.encode(seen)
        logits = vae.decode_logits(mu)
        losses = [reconstruction_loss(logits, seen).item(), kl_divergence(mu, logvar).item()]
    torch.testing.assert_close(picture(page.locator(".recon")), logits.sigmoid(), rtol=0, atol=2 / 255)
    assert words(page.locator(".verdict")) == pytest.approx(losses, abs=0.15)
    assert_shows(page, vae, mu[0])
    return mu[0]


def axes(page: Page) -> list[int]:
    """The two dimensions on the plane."""
    return [int(select.input_value()) for select in page.locator(".map select").all()]


def point(page: Page, held: Tensor) -> Tensor:
    """z as the caption says it, with the other dimensions as in `held`."""
    z = held.clone()
    z[axes(page)] = torch.tensor(words(page.locator(".caption")))
    return z


def at(locator: Locator, x: float, y: float) -> tuple[float, float]:
    """Page coordinates of a place in an element, given as parts of its width and height."""
    box = locator.bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


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


@pytest.fixture(scope="module", params=[20, 2])
def page_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, VAE]:
    path, vae = tmp_path_factory.mktemp("page") / "page.html", pretrained(request.param)
    images, labels = load_mnist(train=False)
    export_page(vae, images[:1000], labels[:1000], path)
    return path, vae


@pytest.fixture
def offline(browser: Browser, page_file: tuple[Path, VAE]) -> Iterator[Page]:
    """The page, opened offline. Afterwards: it has asked for nothing but itself, and logged no error."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    yield from opened(context, page_file[0])


def opened(context: BrowserContext, path: Path) -> Iterator[Page]:
    context.set_offline(True)
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    settled(page)
    yield page
    context.close()
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert said == []


def test_the_mouse_on_the_plane_and_the_sliders(offline: Page, page_file: tuple[Path, VAE]):
    vae, zero = page_file[1], torch.zeros(page_file[1].latent_dim)
    plane = offline.locator(".plane")
    assert_shows(offline, vae, zero)

    offline.mouse.move(*at(plane, 0.3, 0.4))  # hover
    settled(offline)
    hovered = point(offline, zero)
    assert hovered.norm() > 0.5
    assert_shows(offline, vae, hovered)
    offline.mouse.move(*at(plane, 1.2, 0.4))  # and leave: z has not moved
    assert_shows(offline, vae, zero)

    offline.mouse.click(*at(plane, 0.7, 0.6))  # click: z has
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


def tab_to(page: Page, selector: str) -> Locator:
    """Press Tab until a control has the focus, and shows it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        focused.evaluate("element => { element.dataset.reached = 'yes'; }")
        assert focused.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
        if focused.evaluate("(element, selector) => element.matches(selector)", selector):
            return focused
    raise AssertionError(f"no Tab leads to {selector}")


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
    expect(offline.locator(":is(select, button, input, .plane):not([data-reached])")).to_have_count(0)


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
    offline.mouse.move(*at(offline.locator(".plane"), 0.6, 0.2))
    settled(offline)
    assert_shows(offline, page_file[1], point(offline, torch.zeros(page_file[1].latent_dim)))


# ---- the widgets in JupyterLab

NOTEBOOK = ROOT / "notebooks" / "05_latent_exploration.ipynb"
EVALUATE = """async (expression) => {
    const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
    const request = { code: "", user_expressions: { value: `__import__("json").dumps(${expression})` } };
    const { content } = await kernel.requestExecute(request).done;
    return content.user_expressions.value.data["text/plain"];
}"""
IMAGE = """async (image) => {
    await image.decode();
    const context = new OffscreenCanvas(28, 28).getContext("2d");
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, 28, 28).data];
}"""


@pytest.fixture(scope="module")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A copy of notebook 05, run in JupyterLab."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(NOTEBOOK, folder)
    with jupyterlab(folder) as address:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        run_notebook(page, address, NOTEBOOK.name)
        page.wait_for_function(
            "!document.querySelector('.jp-Notebook .jp-InputPrompt')?.innerText.includes('*')"
        )
        yield page
        page.close()


def in_kernel(page: Page, expression: str) -> object:
    """The value of a Python expression in the notebook's kernel."""
    return json.loads(page.evaluate(EVALUATE, expression)[1:-1])


def settled_in_kernel(page: Page, expression: str) -> object:
    """Its value once no message is on its way any more: the same three times, half a second apart."""
    values = [object()]
    while len(values) < 3 or values[-3:] != 3 * values[-1:]:
        values.append(in_kernel(page, expression))
        page.wait_for_timeout(500)
    return values[-1]


def test_a_slider_dragged_in_jupyterlab(lab: Page, mnist_test: tuple[Tensor, Tensor]):
    """It goes to the kernel and back: one number of the code has changed, and the picture with it."""
    vae = pretrained(20)
    with torch.no_grad():
        code = vae.encode(mnist_test[0][:1])[0][0]
    image, slider = lab.locator(".vae-crisp").first, lab.locator(".widget-hslider", has_text="z[").first
    image.scroll_into_view_if_needed()
    before = image.get_attribute("src")
    lab.mouse.move(*at(slider.locator(".noUi-handle"), 0.5, 0.5))
    lab.mouse.down()
    lab.mouse.move(*at(slider.locator(".noUi-base"), 0.8, 0.5), steps=10)
    lab.mouse.up()
    expect(image).not_to_have_attribute("src", before)
    z = torch.tensor(settled_in_kernel(lab, "sliders.z.tolist()"))
    assert ((z - code).abs() > 1e-5).sum() == 1
    pixels = torch.tensor(image.evaluate(IMAGE))[::4].float().reshape(1, 1, 28, 28) / 255
    torch.testing.assert_close(pixels, vae.decode(z[None]).detach(), rtol=0, atol=2 / 255)


def test_the_explorer_hovered_and_drawn_on_in_jupyterlab(lab: Page):
    vae = pretrained(20)
    lab.locator(".vae-explorer").scroll_into_view_if_needed()
    held = torch.tensor(in_kernel(lab, "explorer.z.tolist()"))
    lab.mouse.move(*at(lab.locator(".plane"), 0.7, 0.4))
    settled(lab)
    hovered = point(lab, held)
    assert (hovered - held).norm() > 0.5
    assert_shows(lab, vae, hovered)

    draw(lab, DRAWN["3"])
    code = assert_reconstructs(lab, vae)
    lab.wait_for_function("document.querySelector('.status').innerText.includes('nearest the 3s')")
    drawing = torch.tensor(in_kernel(lab, "explorer.drawing.tolist()"))
    assert torch.equal(drawing, picture(lab.locator(".seen")))
    torch.testing.assert_close(torch.tensor(in_kernel(lab, "explorer.z.tolist()")), code, rtol=0, atol=1e-5)


def test_python_moves_the_explorer_in_jupyterlab(lab: Page, mnist_test: tuple[Tensor, Tensor]):
    in_kernel(lab, "setattr(explorer, 'z', explorer.z * 0 + 0.5)")
    expect(lab.locator(".sliders output").last).to_have_text("0.50")
    assert_shows(lab, pretrained(20), torch.full((20,), 0.5))
    lab.locator(".plane").press("ArrowUp")  # JupyterLab's own arrow keys, which change the cell, stay out
    settled(lab)
    assert words(lab.locator(".caption")) == [0.5, 0.6]
    expect(lab.locator(".plane")).to_be_focused()
    in_kernel(lab, "setattr(explorer, 'drawing', load_mnist(train=False)[0][:1])")
    expect(lab.locator(".verdict")).to_contain_text("nearest the 7s")
    assert torch.equal(picture(lab.locator(".seen"))[0], mnist_test[0][0])
