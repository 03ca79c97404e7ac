"""Notebooks with every exercise solved: what a solution can touch still runs, and every check passes."""

import re
from itertools import takewhile

import matplotlib.pyplot as plt
import pytest
from answers import SOLUTIONS
from cells import STUB, code, exercises
from pages import NOTEBOOKS

from vae_helpers import checks


def test_every_exercise_has_answers_and_a_check():
    stubs = [name for path in NOTEBOOKS for name in exercises(path)]
    assert sorted(stubs) == sorted(name for name in checks.__all__ if name != "CheckResult")
    assert {f"my_{name}" for name in stubs} == set(SOLUTIONS)


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
                names[f"my_{stub[1]}"] = SOLUTIONS[f"my_{stub[1]}"]
            elif check := re.fullmatch(r"checks\.(\w+)\(my_\1\)", source):
                results[check[1]] = eval(source, names)
            elif goes_on := re.search(r"^(\w+) = checks\.\w+\(my_\w+\)\.function", source, re.MULTILINE):
                exec(goes_on[0], names)
                assert names[goes_on[1]] in SOLUTIONS.values()
            elif any(f"my_{name}" in source for name in exercises(path)):
                exec(source, names)
    assert list(results) == exercises(path)
    assert all(result.passed for result in results.values()), results
