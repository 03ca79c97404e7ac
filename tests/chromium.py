"""A real browser for the tests and the benchmark, and JupyterLab for it to open."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
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
