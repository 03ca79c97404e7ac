"""The notebooks, for tests that run their cells outside a kernel."""

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

STUB = re.compile(r"^def my_(\w+)\(.*^    raise NotImplementedError$", re.DOTALL | re.MULTILINE)


def plain(path: Path) -> NotebookNode:
    """A notebook whose cells are Python alone: lines that speak to IPython (`%matplotlib`) are left out."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = re.sub(r"^%.*\n?", "", cell.source, flags=re.MULTILINE)
    return notebook


def code(path: Path) -> list[str]:
    """The code of a notebook, cell by cell."""
    return [cell.source for cell in plain(path).cells if cell.cell_type == "code"]


def exercises(path: Path) -> list[str]:
    """The names of a notebook's exercises."""
    return [stub[1] for source in code(path) if (stub := STUB.search(source))]
