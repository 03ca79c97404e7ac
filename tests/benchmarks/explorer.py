"""How smooth is a drag of three seconds: the explorer in its page, with one model and through eleven, and
`LatentSliders` in JupyterLab; and how long from Run All of notebook 5 to its first picture.

    python tests/benchmarks/explorer.py [rounds]

A headless Chromium draws 60 frames per second at best, and the pointer moves once per frame. A picture
is a digit drawn anew; a long task keeps the page from answering for more than 50 ms.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import nbformat

sys.path.append(str(Path(__file__).parent.parent))
from chromium import RUN_ALL, chromium, jupyterlab, open_notebook, run_notebook
from playwright.sync_api import Locator, Page

from vae_helpers import VAE, export_page, load_mnist, pretrained

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_latent_exploration.ipynb"
PICTURE = ".vae-picture canvas"

SLIDERS = """from vae_helpers import LatentSliders, pretrained
LatentSliders(pretrained(20))"""
DRAG = """(picture, [x, y, width, height]) => new Promise((done) => {
    const frames = [], tasks = [];
    let pictures = 0;
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration)))
        .observe({ type: "longtask" });
    const context = picture.getContext("2d");
    const put = context.putImageData.bind(context);
    context.putImageData = (...image) => { pictures++; put(...image); };
    const pressed = document.elementFromPoint(x, y);
    const frame = (now) => {
        frames.push(now);
        if (now - frames[0] > 3000) return done({ frames, tasks, pictures });
        const angle = (now - frames[0]) / 500;
        const [clientX, clientY] = [x + width * Math.sin(angle), y + height * Math.sin(2 * angle)];
        for (const type of ["pointermove", "mousemove"]) {
            pressed.dispatchEvent(new PointerEvent(type, { clientX, clientY, buttons: 1, bubbles: true }));
        }
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
})"""


SCRUB = """(slider) => new Promise((done) => {
    const frames = [], tasks = [];
    let pictures = 0;
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration)))
        .observe({ type: "longtask" });
    const context = document.querySelector(".digit").getContext("2d");
    const put = context.putImageData.bind(context);
    context.putImageData = (...image) => { pictures++; put(...image); };
    const frame = (now) => {
        frames.push(now);
        if (now - frames[0] > 3000) return done({ frames, tasks, pictures });
        slider.value = Math.round(5 + 5 * Math.sin((now - frames[0]) / 150));
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
})"""


def drag(page: Page, name: str, picture: Locator, path: tuple[float, float, float, float]) -> None:
    """Hold the mouse button at (x, y) and swing by (width, height) for three seconds."""
    page.mouse.move(*path[:2])
    page.mouse.down()
    record = picture.evaluate(DRAG, path)
    page.mouse.up()
    report(name, record)


def report(name: str, record: dict) -> None:
    gaps = [after - before for before, after in zip(record["frames"], record["frames"][1:], strict=False)]
    print(
        f"{name:14} frames {median(gaps):.1f} ms apart (median; 95 %: {quantiles(gaps, n=20)[-1]:.1f}, "
        f"longest {max(gaps):.1f}), {record['pictures'] / 3:.0f} pictures per second, "
        f"{len(record['tasks'])} long tasks (longest {max(record['tasks'], default=0):.0f} ms)"
    )


def middle(box: dict[str, float]) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def in_page(page: Page, folder: Path) -> None:
    images, labels = load_mnist(train=False)
    export_page(pretrained(20), images[:1000], labels[:1000], folder / "page.html")
    page.goto((folder / "page.html").as_uri())
    page.wait_for_timeout(1000)
    box = page.locator(".plane").bounding_box()
    reach = 0.4 * box["width"]
    drag(page, "LatentExplorer", page.locator(".digit"), (*middle(box), reach, reach))


def through_models(page: Page, folder: Path) -> None:
    """The slider of eleven models swings from end to end; each model moves the map, too."""
    images, labels = load_mnist(train=False)
    models = {f"epoch {epoch}": VAE(2) for epoch in range(11)}
    export_page(models, images[:1000], labels[:1000], folder / "page.html")
    page.goto((folder / "page.html").as_uri())
    page.wait_for_timeout(2000)
    page.get_by_role("button", name="7").click()
    record = page.locator(".models input").evaluate(SCRUB)
    report("eleven models", record)


def in_jupyterlab(page: Page, folder: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SLIDERS)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "sliders.ipynb")
    with jupyterlab(folder) as address:
        run_notebook(page, address, "sliders.ipynb")
        slider = page.locator(".widget-hslider", has_text="z[").first
        slider.wait_for(timeout=60_000)
        page.wait_for_timeout(3000)
        handle, base = (slider.locator(name).bounding_box() for name in (".noUi-handle", ".noUi-base"))
        drag(page, "LatentSliders", page.locator(PICTURE), (*middle(handle), 0.4 * base["width"], 0))


def first_picture(page: Page, folder: Path) -> None:
    shutil.copy(NOTEBOOK, folder)
    with jupyterlab(folder) as address:
        open_notebook(page, address, NOTEBOOK.name)
        start = time.perf_counter()
        page.evaluate(f"void {RUN_ALL}")
        page.locator(PICTURE).first.wait_for(timeout=60_000)
        print(f"notebook 5: {time.perf_counter() - start:.1f} s from Run All to the first picture")


if __name__ == "__main__":
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        for measure in (in_page, through_models, in_jupyterlab, first_picture):
            with tempfile.TemporaryDirectory() as folder, chromium() as browser:
                page = browser.new_page(viewport={"width": 1400, "height": 1000})
                measure(page, Path(folder))
