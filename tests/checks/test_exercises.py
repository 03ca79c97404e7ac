"""Notebooks with every exercise solved: what a solution can touch still runs, and every check passes."""

import re
from itertools import takewhile
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import solutions
from cells import plain
from pages import ROOT

from vae_helpers import checks

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
STUB = re.compile(r"^def (my_\w+)\(.*^    raise NotImplementedError$", re.DOTALL | re.MULTILINE)


def code(path: Path) -> list[str]:
    return [cell.source for cell in plain(path).cells if cell.cell_type == "code"]


def exercises(path: Path) -> list[str]:
    return [stub[1] for source in code(path) if (stub := STUB.search(source))]


def test_every_exercise_has_one_solution_and_every_solution_a_check():
    stubs = [name for path in NOTEBOOKS for name in exercises(path)]
    solved = {name for name in vars(solutions) if name.startswith("my_")}
    assert len(stubs) == len(set(stubs))
    assert set(stubs) == solved
    assert solved == {f"my_{name}" for name in checks.__all__ if name != "CheckResult"}


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if exercises(path)], ids=lambda path: path.stem)
def test_a_solved_notebook_says_so(path, monkeypatch):
    """Runs the imports, and each cell that names a solution; all others run as unsolved, in nbval."""
    monkeypatch.chdir(path.parent)
    names, results = {}, {}
    imports = takewhile(lambda source: source.startswith(("import ", "from ")), code(path))
    with plt.rc_context():
        exec("\n".join(imports), names)
        for source in code(path):
            if stub := STUB.search(source):
                names[stub[1]] = getattr(solutions, stub[1])
            elif check := re.fullmatch(r"checks\.(\w+)\(my_\1\)", source):
                results[f"my_{check[1]}"] = eval(source, names)
            elif goes_on := re.search(r"^(\w+) = checks\.\w+\(my_\w+\)\.function", source, re.MULTILINE):
                exec(goes_on[0], names)
                assert names[goes_on[1]] in vars(solutions).values()
            elif any(name in source for name in exercises(path)):
                exec(source, names)
    assert list(results) == exercises(path)
    assert all(result.passed for result in results.values()), results
