"""No picture without a text: in JupyterLab, run or only opened, light and dark, and in an exported page."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

pytest.importorskip("playwright", reason="needs the Python package playwright")
from chromium import IN_A_BROWSER, jupyterlab, open_notebook, run_notebook
from playwright.sync_api import Browser, Page

pytestmark = IN_A_BROWSER

CELLS = [
    "%matplotlib inline\nimport ipywidgets\nfrom vae_helpers import VAE, KLDemo",
    "import matplotlib.pyplot as plt\nplt.style.use(['dark_background', 'vae_helpers.style'])",
    "plt.plot([1, 2, 3], color='black', label='loss')\nplt.show()",
    "from vae_helpers.plotting import figure_html, plot_architecture\nplot_architecture(VAE())",
    "display(plot_architecture(VAE(2)))",
    "live = ipywidgets.HTML()\nlive.value = figure_html(plot_architecture(VAE(3)))\nlive",
    "KLDemo()",
]
SHOWN = {  # how each text begins
    "Plot. x axis: 0 to 2. y axis: 1 to 3. Line": 1,
    "Boxes joined by arrows: image x 1 x 28 x 28 to hidden 400": 3,
    "The cloud q = N(mu, exp(logvar)) against the prior": 1,
}
PICTURES = """async (selector) => {
    const pictures = [...document.querySelectorAll(selector)];
    await Promise.all(pictures.map((picture) => picture.decode()));
    return pictures.map((picture) => {
        const canvas = document.createElement("canvas");
        canvas.getContext("2d").drawImage(picture, 0, 0);
        const corner = [...canvas.getContext("2d").getImageData(1, 1, 1, 1).data];
        return { alt: picture.alt, corner, end: picture.getBoundingClientRect().right };
    });
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook that has not been run, and one that has."""
    folder = tmp_path_factory.mktemp("pictures")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "fresh.ipynb")
    NotebookClient(notebook, timeout=120, store_widget_state=False).execute()
    nbformat.write(notebook, folder / "saved.ipynb")
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with jupyterlab(folder) as address:
        yield address


def texts(page: Page, selector: str) -> list[str]:
    """What the pictures say; each is there, black on white, and in view."""
    found = page.evaluate(PICTURES, selector)
    assert all(picture["corner"] == [255, 255, 255, 255] for picture in found)
    assert all(picture["end"] < page.viewport_size["width"] for picture in found)
    return [picture["alt"] for picture in found]


def count(words: list[str]) -> dict[str, int]:
    return {start: sum(text.startswith(start) for text in words) for start in SHOWN}


def test_each_picture_in_jupyterlab(browser: Browser, address: str):
    page = browser.new_page(viewport={"width": 800, "height": 1200})
    run_notebook(page, address, "fresh.ipynb")
    page.locator(".vae-demo img").wait_for(timeout=60_000)
    change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate(change, theme)
        page.wait_for_function(f"document.body.dataset.jpThemeName === '{theme}'")
        words = texts(page, ".jp-OutputArea img")
        assert all(words)
        assert count(words) == SHOWN
        heard = page.locator(".jp-Notebook").aria_snapshot()  # as a screen reader is told
        assert sum(heard.count(f'img "{start}') for start in SHOWN) == sum(SHOWN.values())
    page.close()


def test_each_picture_of_a_notebook_that_is_opened_and_not_trusted(browser: Browser, address: str):
    """Widgets are stills there, and the live figure was none yet."""
    page = browser.new_page()
    open_notebook(page, address, "saved.ipynb")
    page.locator(".jp-OutputArea img").nth(3).wait_for()
    words = texts(page, ".jp-OutputArea img")
    assert len(words) == 4
    assert words[-1].startswith("2 sliders. Picture: KL = 1.309 nats")
    assert "A still picture: run this cell in JupyterLab to move it." in words[-1]
    page.close()


def test_each_picture_of_an_exported_page(browser: Browser, folder: Path):
    html, _ = HTMLExporter().from_filename(str(folder / "saved.ipynb"))
    page = browser.new_page()
    page.route("https://*/**", lambda route: route.abort())  # scripts that a page without formulas can miss
    page.set_content(html)
    words = texts(page, "img")
    assert len(words) == 4
    assert all(words)
    assert not any("No description" in text for text in words)
    page.close()
