"""The notebooks, for tests that run their cells outside a kernel."""

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode


def plain(path: Path) -> NotebookNode:
    """A notebook whose cells are Python alone: lines that speak to IPython (`%matplotlib`) are left out."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = re.sub(r"^%.*\n?", "", cell.source, flags=re.MULTILINE)
    return notebook
