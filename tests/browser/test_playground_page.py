"""The playground in a real browser: its gradients against torch's, every control, what it says, axe."""

import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from vae_helpers.plotting import DIGIT_COLOURS
from vae_helpers.widgets.playground import MISTAKES, SmallVAE, _digits, export_playground, small_loss

pytest.importorskip("playwright", reason="needs the Python package playwright")
from chromium import IN_A_BROWSER, imported, opened, tab_to, violations
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = IN_A_BROWSER


# ---- the mathematics

TRAIN = """async ({ weights, greys, batches, noise, beta, lr, mistakes }) => {
    IMPORT
    const bytes = Uint8Array.from(atob(greys), (letter) => letter.charCodeAt(0));
    const unit = (grey) => grey / 255;
    const image = (row) => Float64Array.from(bytes.subarray(196 * row, 196 * (row + 1)), unit);
    const vae = new VAE(Float64Array.from(weights), 2, 64, 196);
    const optimizer = new Adam(vae, lr);
    const losses = [], gradients = [];
    batches.forEach((rows, step) => {
        losses.push(trainStep(vae, optimizer, rows.map(image), noise[step], beta, mistakes));
        if (step === 0) gradients.push(...optimizer.gradient.numbers);
    });
    return { losses, gradients };
}""".replace("IMPORT", imported(["VAE", "Adam", "trainStep"], "vae.js"))


@pytest.mark.parametrize("mistakes", [[], *([name] for name in MISTAKES), list(MISTAKES)], ids=str)
def test_it_trains_as_torch_does(browser: Browser, mistakes: list[str]):
    """Fed with the same weights, batches and noise: each gradient, and the losses of 50 steps."""
    greys, _ = _digits()
    images = greys.double() / 255
    generator = torch.Generator().manual_seed(0)
    batches = torch.randint(len(images), (50, 64), generator=generator)
    noise = torch.randn(50, 64, 2, dtype=torch.float64, generator=generator)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        vae = SmallVAE().double()
    weights = torch.cat([weight.detach().flatten() for weight in vae.parameters()]).tolist()
    page = browser.new_page()
    there = page.evaluate(
        TRAIN,
        {
            "weights": weights,
            "greys": b64encode(greys.numpy().tobytes()).decode(),
            "batches": batches.tolist(),
            "noise": noise.tolist(),
            "beta": 0.7,
            "lr": 0.003,
            "mistakes": mistakes,
        },
    )
    page.close()
    optimizer = torch.optim.Adam(vae.parameters(), lr=0.003)
    for step, (rows, eps) in enumerate(zip(batches, noise, strict=True)):
        loss = small_loss(vae, images[rows], eps, 0.7, mistakes)
        optimizer.zero_grad()
        loss.total.backward()
        if step == 0:
            gradients = torch.cat([weight.grad.flatten() for weight in vae.parameters()])
        optimizer.step()
        for name in ("total", "reconstruction", "kl"):
            assert there["losses"][step][name] == pytest.approx(getattr(loss, name).item(), abs=1e-3), step
    found = torch.tensor(there["gradients"], dtype=torch.float64)
    assert gradients.abs().max() > 1e-3
    torch.testing.assert_close(found, gradients, rtol=0, atol=1e-6)
    assert loss.total < 0.7 * there["losses"][0]["total"]


EPOCHS = """async () => {
    IMPORT
    const greys = Uint8Array.from({ length: 128 * 196 }, (_, i) => i / 196);
    const training = new Training({ greys, rows: [] });
    return [1, 2, 3, 4].map(() => training.nextBatch().map((image) => Math.round(255 * image[0])));
}""".replace("IMPORT", imported(["Training"], "vae.js", "playground_worker.js"))


def test_an_epoch_takes_each_image_once_in_a_new_order(browser: Browser):
    """Image i is of grey level i; two batches hold all 128."""
    page = browser.new_page()
    first, second, third, fourth = page.evaluate(EPOCHS)
    page.close()
    assert sorted(first + second) == sorted(third + fourth) == list(range(128))
    assert first + second != third + fourth


PICTURES = """async () => {
    IMPORT
    const settings = { beta: 1, lr: 0.003, mistakes: [] };
    return [0, 3].map((pictures) => {
        const greys = Uint8Array.from({ length: 128 * 196 }, (_, i) => i % 256);
        const training = new Training({ greys, rows: [0], clouds: 10 });
        for (let i = 0; i < pictures; i++) training.picture(settings);
        training.train(settings, { steps: 3 });
        return training.picture(settings).reconstruction;
    });
}""".replace("IMPORT", imported(["Training"], "vae.js", "playground_worker.js"))


def test_a_picture_takes_no_random_number_from_the_training(browser: Browser):
    page = browser.new_page()
    unseen, seen = page.evaluate(PICTURES)
    page.close()
    assert unseen == seen


# ---- the page

CURVE = """async () => {
    IMPORT
    document.body.innerHTML = Curves.html;
    const curves = new Curves(document.body);
    for (let step = 0; step <= 5000; step++)
        curves.draw({ step, reconstruction: 200 - step / 50, kl: step / 50 });
    const points = (half) => document.querySelector(`path.${half}`).getAttribute("d").slice(1).split("L");
    return points("kl").map((point) => point.split(" ").map(Number));
}""".replace("IMPORT", imported(["Curves"], "view.js", "playground_views.js"))


def test_a_long_run_keeps_its_beginning(browser: Browser):
    """Whatever its length, the points of a curve are few, and as near to each other as at its end."""
    page = browser.new_page()
    points = torch.tensor(page.evaluate(CURVE), dtype=torch.float64)
    page.close()
    assert len(points) <= 602
    assert points[0].tolist() == [0, 1]
    assert points[-1].tolist() == [1, 0.5]
    gaps = points[:, 0].diff()
    assert gaps.min() >= 0
    assert gaps.max() < 0.005


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "playground.html"
    export_playground(path)
    return path


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    """The page, opened offline. Afterwards: it has asked for nothing but itself, and logged no error."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    for page in opened(context, file):
        ready(page)
        yield page


def ready(page: Page) -> None:
    expect(page.locator(".vae-playground")).to_have_attribute("data-step", "0", timeout=30_000)


def now(page: Page) -> dict[str, float]:
    """What the last picture said."""
    data = page.locator(".vae-playground").evaluate("element => ({ ...element.dataset })")
    return {name: float(data[name]) for name in ("step", "reconstruction", "kl", "beta")}


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def train(page: Page, steps: int) -> dict[str, float]:
    """Play for at least so many more steps, then pause. Many go faster with one picture a second."""
    pause = 300
    if steps >= 200:
        page.emulate_media(reduced_motion="reduce")
        pause = 1300
    target = now(page)["step"] + steps
    press(page, "Play")
    for _ in range(3000):
        if now(page)["step"] >= target or "Diverged" in status(page):
            break
        page.wait_for_timeout(50)
    if "Diverged" not in status(page):
        press(page, "Pause")
    page.wait_for_timeout(pause)  # the last picture is still to come
    return now(page)


def status(page: Page) -> str:
    return page.locator(".status").inner_text()


def sizes(page: Page) -> list[float]:
    """Median sigma, and median length of mu, as the caption says them."""
    return [float(number) for number in re.findall(r"\d[\d.]*", page.locator(".sizes").inner_text())]


def shown(page: Page) -> list[str]:
    return page.locator("dd").all_inner_texts()


def tiles(canvas: Locator) -> Tensor:
    """The digits on a canvas, `(N, 14, 14)`, grey levels."""
    script = """canvas => [canvas.width, ...canvas.getContext("2d").getImageData(0, 0, canvas.width,
        canvas.height).data.filter((_, i) => i % 4 === 0)]"""
    width, *grey = canvas.evaluate(script)
    picture = torch.tensor(grey).reshape(-1, width).unfold(0, 14, 14).unfold(1, 14, 14)
    return picture.reshape(-1, 14, 14).float()


def test_it_opens_untrained_and_shows_what_it_will_learn(page: Page):
    state = now(page)
    assert 125 < state["reconstruction"] < 150  # 196 ln 2 is 136
    assert 0 < state["kl"] < 0.1
    assert shown(page)[0] == f"{state['reconstruction']:.1f}"
    greys, labels = _digits()
    first = torch.stack([greys[labels == digit][0] for digit in range(10)]).reshape(-1, 14, 14)
    assert torch.equal(tiles(page.locator(".originals")), first.float())
    assert len(tiles(page.locator(".grid"))) == 121


def test_it_opens_with_the_settings_that_it_was_given(browser: Browser, tmp_path: Path):
    """A value between two stops is kept until its range is moved."""
    path = tmp_path / "page.html"
    export_playground(path, beta=0.25, lr=0.002, mistakes=["plain draw"])
    page = browser.new_page()
    page.goto(path.as_uri())
    ready(page)
    beta = page.get_by_label("β")
    assert now(page)["beta"] == 0.25
    assert beta.get_attribute("aria-valuetext") == "0.25"
    assert page.get_by_label("step size").get_attribute("aria-valuetext") == "0.002"
    assert [page.get_by_label(name).is_checked() for name in MISTAKES] == [False, True, False]
    beta.press("ArrowRight")
    assert beta.get_attribute("aria-valuetext") in ("0.3", "0.4")
    page.close()


def test_play_pause_step_and_reset(page: Page):
    press(page, "Step")
    expect(page.locator(".vae-playground")).to_have_attribute("data-step", "1")
    first = now(page)
    assert page.locator(".clock").inner_text() == "step 1, epoch 0"
    trained = train(page, 100)
    assert status(page) == "Paused."
    page.wait_for_timeout(300)
    assert now(page) == trained  # a pause is one
    assert trained["reconstruction"] < 60
    press(page, "Reset")
    ready(page)
    page.wait_for_timeout(300)
    assert now(page)["step"] == 0
    press(page, "Step")
    expect(page.locator(".vae-playground")).to_have_attribute("data-step", "1")
    assert now(page) == first  # the same run again


def test_an_epoch_is_64_steps(page: Page):
    state = train(page, 64)
    assert page.locator(".clock").inner_text() == f"step {state['step']:.0f}, epoch {state['step'] // 64:.0f}"


def test_needles_a_map_and_collapse(page: Page):
    """Beta at 0, 1 and 100: in the numbers, in the decoded digits, in the reconstructions."""
    beta = page.get_by_label("β")
    beta.press("Home")
    needles = train(page, 300)
    assert needles["beta"] == 0
    sigma, length = sizes(page)
    assert sigma < 0.1
    assert length > 3
    assert needles["kl"] > 10
    limit = float(page.locator(".plane").get_attribute("data-limit"))
    assert limit > 4

    press(page, "Reset")
    ready(page)
    for _ in range(10):
        beta.press("ArrowRight")
    map_of_digits = train(page, 200)
    assert map_of_digits["beta"] == 1
    assert 0.2 < sizes(page)[0] < 0.5
    assert 1.5 < map_of_digits["kl"] < 4
    assert tiles(page.locator(".grid")).std(0).mean() > 15

    beta.press("End")
    collapse = train(page, 300)
    assert collapse["beta"] == 100
    assert collapse["kl"] < 0.05
    sigma, length = sizes(page)
    assert sigma == pytest.approx(1, abs=0.05)
    assert length < 0.1
    assert collapse["reconstruction"] == pytest.approx(52, abs=2)  # the average image
    for canvas in (".grid", ".recon"):
        assert tiles(page.locator(canvas)).std(0).mean() < 3  # one digit again and again


def test_mean_for_sum(page: Page):
    page.get_by_label("mean for sum").check()
    state = train(page, 200)
    assert state["reconstruction"] < 0.4
    assert state["kl"] < 0.01
    (sum_over_pixels,) = re.findall(r"\d+\.\d", page.locator(".truth").inner_text())
    assert float(sum_over_pixels) == pytest.approx(196 * state["reconstruction"], abs=0.1)


def test_a_plain_draw_collapses_while_the_loss_falls(page: Page):
    before = now(page)
    page.get_by_label("plain draw").check()
    state = train(page, 200)
    assert state["reconstruction"] < before["reconstruction"] / 2
    assert state["reconstruction"] > 50
    assert state["kl"] < 0.01
    assert page.locator(".truth").inner_text() == ""


def test_sigma_read_as_logvar_looks_too_good(page: Page):
    right = train(page, 300)
    press(page, "Reset")
    ready(page)
    page.get_by_label("sigma read as logvar").check()
    wrong = train(page, 300)
    assert wrong["reconstruction"] + wrong["kl"] < right["reconstruction"] + right["kl"] - 1
    (true_kl,) = re.findall(r"\d+\.\d+", page.locator(".truth").inner_text())
    assert float(true_kl) > right["kl"] + 3
    assert sizes(page)[0] < 0.02


def test_a_switch_turned_in_a_pause_shows_at_once_what_is_printed_then(page: Page):
    train(page, 30)
    page.get_by_label("mean for sum").check()
    page.wait_for_timeout(500)
    assert now(page)["reconstruction"] < 1
    page.get_by_label("mean for sum").uncheck()
    page.wait_for_timeout(500)
    assert now(page)["reconstruction"] > 40


def test_a_diverged_run_says_so_and_can_be_reset(page: Page):
    page.get_by_label("step size").press("End")
    train(page, 200)
    assert status(page) == "Diverged: choose smaller steps, then Reset."
    assert "NaN" not in page.locator(".vae-playground").inner_text()
    stopped = now(page)
    press(page, "Play")
    page.wait_for_timeout(300)
    assert now(page)["step"] == stopped["step"]
    page.get_by_label("step size").press("Home")
    press(page, "Reset")
    ready(page)
    assert "Diverged" not in status(page)
    assert train(page, 20)["reconstruction"] < 150


def test_no_number_is_shown_as_nan(page: Page):
    """At beta 100, steps of 1 overflow."""
    page.get_by_label("β").press("End")
    page.get_by_label("step size").press("End")
    train(page, 50)
    assert status(page).startswith("Diverged")
    text = page.locator(".vae-playground").inner_text()
    assert "no number" in text
    assert "NaN" not in text
    assert "Infinity" not in text


# ---- for everybody


def test_the_keyboard_alone(page: Page):
    """Every control is reached with Tab, shows its focus, and works."""
    tab_to(page, "button")
    page.keyboard.press("Enter")  # Play
    page.wait_for_timeout(1000)
    tab_to(page, "button:nth-of-type(2)")
    page.keyboard.press("Space")  # Pause
    expect(page.locator(".status")).to_have_text("Paused.")
    page.wait_for_timeout(300)
    paused = now(page)
    assert paused["step"] > 0
    tab_to(page, "button:nth-of-type(3)")
    page.keyboard.press("Enter")  # Step
    expect(page.locator(".vae-playground")).to_have_attribute("data-step", f"{paused['step'] + 1:.0f}")
    tab_to(page, "button:nth-of-type(4)")
    page.keyboard.press("Enter")  # Reset
    ready(page)
    for name, value in (("beta", "1.5"), ("lr", "0.01")):
        dial = tab_to(page, f".{name}")
        page.keyboard.press("ArrowRight")
        assert dial.get_attribute("aria-valuetext") == value
        assert page.locator(".dial", has=page.locator(f".{name}")).locator("output").inner_text() == value
    page.wait_for_timeout(300)
    assert now(page)["beta"] == 1.5
    for row in range(1, 4):
        box = tab_to(page, f".mistakes div:nth-of-type({row}) input")
        page.keyboard.press("Space")
        assert box.is_checked()
    expect(page.locator(":is(button, input):visible:not([data-reached])")).to_have_count(0)


def test_each_control_has_its_name(page: Page):
    for name in ("Play", "Pause", "Step", "Reset"):
        assert page.get_by_role("button", name=name, exact=True).count() == 1
    for name in ("β", "step size"):
        dial = page.get_by_role("slider", name=name, exact=True)
        assert (dial.get_attribute("max"), dial.get_attribute("type")) == ("100", "range")
    for name in MISTAKES:
        box = page.get_by_role("checkbox", name=name, exact=True)
        told = page.locator(f"#{box.get_attribute('aria-describedby')}").inner_text()
        assert "Notebook" in told
    for name in ("Map of the clouds", "Curves", "Digits decoded", "Ten images", "Their reconstructions"):
        assert page.get_by_role("img", name=name).count() == 1


@pytest.mark.parametrize(
    ("scheme", "size", "motion"),
    [
        ("light", (390, 844), "no-preference"),
        ("dark", (390, 844), "reduce"),
        ("light", (683, 384), "reduce"),
        ("dark", (683, 384), "no-preference"),
        ("light", (1920, 1080), "no-preference"),
        ("dark", (1920, 1080), "reduce"),
    ],
)
def test_axe_finds_nothing(browser: Browser, file: Path, scheme: str, size: tuple[int, int], motion: str):
    """On a phone, magnified to 200 %, on a projector: trained, with all mistakes, diverged."""
    page = browser.new_page(
        viewport=dict(zip(("width", "height"), size, strict=True)),
        color_scheme=scheme,
        reduced_motion=motion,
        bypass_csp=True,
    )
    page.goto(file.as_uri())
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    train(page, 20)
    assert violations(page) == []
    press(page, "Reset")
    ready(page)
    for name in MISTAKES:
        page.get_by_label(name).check()
    page.get_by_label("step size").press("End")
    train(page, 1000)  # it stops when it diverges
    assert "Diverged" in status(page)
    assert violations(page) == []
    page.close()


@pytest.mark.parametrize("size", [(390, 844), (683, 384), (1920, 1080)])
def test_the_map_is_in_view_with_what_turns_it(browser: Browser, file: Path, size: tuple[int, int]):
    """On a phone below it; on a projector all that is drawn is, too."""
    page = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    page.goto(file.as_uri())
    ready(page)
    box = page.locator(".plane").bounding_box()
    assert box["width"] == pytest.approx(box["height"], abs=2.1)
    top = page.locator(".controls").bounding_box()["y"]
    assert box["y"] + box["height"] - top < size[1]
    if size[0] > 1000:
        rows = page.locator(".mistakes").bounding_box()
        assert rows["y"] + rows["height"] < size[1]
    page.close()


@pytest.mark.parametrize("width", [360, 900, 1400])
def test_nothing_jumps(page: Page, width: int):
    """What one looks at stays in its place, whatever is shown."""
    page.set_viewport_size({"width": width, "height": 800})
    places = """[...document.querySelectorAll('figure, section, button, label, .track')]
        .map((part) => [part.offsetTop, part.offsetWidth])"""
    before = page.evaluate(places)
    train(page, 30)
    assert page.evaluate(places) == before
    for name in MISTAKES:
        page.get_by_label(name).check()
    for key in ("Home", "End"):
        page.get_by_label("step size").press(key)
        assert page.evaluate(places) == before
    train(page, 50)
    assert "Diverged" in status(page)
    assert page.evaluate(places) == before


def test_with_less_motion_there_are_fewer_pictures(browser: Browser, file: Path):
    """Not twenty a second: each comes after a second of training."""
    page = browser.new_page(reduced_motion="reduce")
    page.goto(file.as_uri())
    ready(page)
    count = """() => {
        window.pictures = 0;
        new MutationObserver(() => { window.pictures++; }).observe(document.querySelector(".clock"),
            { childList: true });
    }"""
    page.evaluate(count)
    press(page, "Play")
    page.wait_for_timeout(3500)
    press(page, "Pause")
    assert 1 <= page.evaluate("window.pictures") <= 4
    page.close()


def test_the_numeral_of_a_digit_has_its_colour(page: Page):
    strokes = page.locator(".plane text").evaluate_all(
        "texts => texts.map((text) => text.getAttribute('stroke'))"
    )
    assert strokes == DIGIT_COLOURS


# ---- where it cannot run


@pytest.mark.parametrize("missing", ["JavaScript", "DecompressionStream", "Worker"])
def test_a_page_that_cannot_run_shows_a_sentence_and_a_still(browser: Browser, file: Path, missing: str):
    context = browser.new_context(java_script_enabled=missing != "JavaScript")
    context.add_init_script(f"delete window.{missing}")
    page = context.new_page()
    page.goto(file.as_uri())
    page.wait_for_timeout(1500)
    assert page.get_by_text("This is a still picture.").is_visible()
    picture = page.locator(".still img")
    assert picture.is_visible()
    assert "A map of 300 clouds" in picture.get_attribute("alt")
    context.close()


def test_the_still_is_not_seen_where_it_runs(page: Page):
    expect(page.locator(".still")).to_have_count(0)
