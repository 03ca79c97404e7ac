"""Open the course: `python -m vae_helpers` puts its notebooks here, into `notebooks`, and starts JupyterLab.

A notebook that is there already stays as it is. Options go on to JupyterLab, such as `--no-browser`.
"""

import runpy
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from vae_helpers.data import SHIPPED

FOLDER = Path("notebooks")


def main(arguments: Sequence[str]) -> None:
    """Copy what is missing, then become JupyterLab."""
    try:
        FOLDER.mkdir(exist_ok=True)
        for page in (*SHIPPED.glob("*.ipynb"), *SHIPPED.glob("*.md")):
            if not (FOLDER / page.name).exists():
                shutil.copyfile(page, FOLDER / page.name)
    except OSError as error:
        sys.exit(f"the notebooks cannot be put into {FOLDER.absolute()}: {error.strerror}")
    sys.argv[1:] = [f"--notebook-dir={FOLDER}", *arguments]
    runpy.run_module("jupyterlab", run_name="__main__", alter_sys=True)
