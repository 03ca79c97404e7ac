"""Notebooks with every exercise solved: the checks pass, and everything up to the last of them runs."""

import re
from pathlib import Path

import nbformat
import pytest
import solutions
from nbclient import NotebookClient

TESTS = Path(__file__).parent
NOTEBOOKS = TESTS.parent / "notebooks"
STUB = re.compile(r"^def (my_\w+)\(.*^    raise NotImplementedError$", re.DOTALL | re.MULTILINE)


def solved(path: Path) -> tuple[nbformat.NotebookNode, list[str]]:
    """The notebook with its stubs replaced, cut after the last cell that knows of an exercise; their names.

    What follows cannot see the solutions, and nbval runs it.
    """
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    names = []
    for cell in code:
        if found := STUB.search(cell.source):
            names.append(found[1])
            cell.source = f"import sys; sys.path.append({str(TESTS)!r}); from solutions import {found[1]}"
    knowing = [i for i, cell in enumerate(code) if any(name in cell.source for name in names)]
    notebook.cells = code[: max(knowing, default=-1) + 1]
    return notebook, names


SOLVED = {path.name: solved(path) for path in sorted(NOTEBOOKS.glob("*.ipynb"))}


def test_every_solution_belongs_to_one_exercise():
    theirs = sorted(name for _, names in SOLVED.values() for name in names)
    assert theirs == sorted(name for name in vars(solutions) if name.startswith("my_"))


@pytest.mark.parametrize("name", [name for name, (_, exercises) in SOLVED.items() if exercises])
def test_a_solved_notebook_says_so(name):
    notebook, exercises = SOLVED[name]
    NotebookClient(
        notebook, kernel_name="python3", timeout=300, resources={"metadata": {"path": NOTEBOOKS}}
    ).execute()
    shown = [
        output.data["text/plain"] for cell in notebook.cells for output in cell.outputs if "data" in output
    ]
    verdicts = [
        text.split(".")[0] for text in shown if re.match(r"\w+: (passed|failed|not attempted)\.", text)
    ]
    assert verdicts == [f"{exercise.removeprefix('my_')}: passed" for exercise in exercises]
