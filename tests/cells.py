"""The notebooks, for tests that run their cells outside a kernel."""

import re
from pathlib import Path
from typing import Any

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


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def code(path: Path) -> list[str]:
    """The code of a notebook, cell by cell."""
    return [cell.source for cell in code_cells(plain(path))]


def names_of(path: Path, until: str) -> dict[str, Any]:
    """What the cells of a notebook define, up to the one with `until`; nothing is taken as recorded."""
    names: dict[str, Any] = {"__name__": "__main__", "display": print}
    for source in code(path):
        exec(source.replace("record = True", "record = False"), names)
        if until in names:
            break
    return names


def exercises(path: Path) -> list[str]:
    """The names of a notebook's exercises."""
    return [stub[1] for source in code(path) if (stub := STUB.search(source))]
