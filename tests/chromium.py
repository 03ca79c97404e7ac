"""A real browser for the tests and the benchmarks, what one does in it, and JupyterLab for it to open."""

import json
import os
import shutil
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from vae_helpers.widgets.page import script

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
IN_A_BROWSER = [  # the marks of its tests; with CI set they fail where there is none
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None and "CI" not in os.environ, reason="no chromium here"),
]
NEWS = "@jupyterlab/apputils-extension:announcements"  # asks in a box, and then the network
RUN_ALL = "window.jupyterapp.commands.execute('notebook:run-all-cells')"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """A server on `folder`, with settings of its own; the start of its addresses, and their end."""
    settings = folder / ".jupyter"
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    options = ["--no-browser", "--allow-root", "--expose-app-in-browser", "--ServerApp.port=0"]
    options += [f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=tests"]
    page_config = settings / "JUPYTER_CONFIG_DIR" / "labconfig" / "page_config.json"
    page_config.parent.mkdir(parents=True)
    page_config.write_text(json.dumps({"disabledExtensions": {NEWS: True}}), encoding="utf-8")
    with (folder / "server.log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=os.environ | {place: str(settings / place) for place in places},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _address(settings / "JUPYTER_RUNTIME_DIR", server)
        finally:
            server.terminate()
            server.wait(timeout=30)


def _address(runtime: Path, server: subprocess.Popen) -> str:
    """Where the server answers, as soon as it has written that down."""
    for _ in range(600):
        for file in runtime.glob("jpserver-*.json"):
            return json.loads(file.read_text(encoding="utf-8"))["url"]
        if server.poll() is not None:
            break
        time.sleep(0.1)
    log = (runtime.parent.parent / "server.log").read_text(encoding="utf-8")
    raise RuntimeError(f"JupyterLab did not start: {log}")


def run_notebook(page: Page, address: str, name: str) -> None:
    """Open a notebook in JupyterLab and run all of its cells, to the end."""
    open_notebook(page, address, name)
    page.evaluate(RUN_ALL)


def open_notebook(page: Page, address: str, name: str) -> None:
    """Open a notebook in JupyterLab, and wait for its kernel."""
    page.goto(f"{address}lab/tree/{name}?token=tests&reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel")


# ---- in a page


def imported(names: list[str], *files: str) -> str:
    """JavaScript that brings names of the widgets' scripts into a function."""
    module = script(*files) + f"\nexport {{ {', '.join(names)} }};"
    address = f"data:text/javascript;base64,{b64encode(module.encode()).decode()}"
    return f'const {{ {", ".join(names)} }} = await import("{address}");'


def settled(page: Page) -> None:
    """Wait until what has changed is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def at(locator: Locator, x: float, y: float) -> tuple[float, float]:
    """Page coordinates of a place in an element, given as parts of its width and height."""
    box = locator.bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def opened(context: BrowserContext, path: Path) -> Iterator[Page]:
    """A page from disk, offline. Afterwards: it has asked for nothing but itself, and logged no error."""
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
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [path.as_uri()]
    assert said == []


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


VIOLATIONS = """async (selector) => {
    const found = await axe.run(selector ? { include: [[selector]] } : document);
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}"""


def violations(page: Page, selector: str | None = None) -> list[str]:
    """What axe-core finds wrong in a page, or in a part of it."""
    axe = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(f"{axe}; 0")
    return page.evaluate(VIOLATIONS, selector)
