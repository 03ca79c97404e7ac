"""Hand-ins of every kind end in a fair line of the table."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from vae_helpers.course.collect import collect, main

SETUP = (
    "from vae_helpers import checks, interpolate\ndef stub(mu, labels, digit):\n    raise NotImplementedError"
)
PASSED = new_output("execute_result", {"text/markdown": "**`interpolate`: passed.** Well done."})


def hand_in(path: Path, *sources: str, kernel: str = "python3") -> Path:
    """A notebook in which every cell has a saved output that claims success."""
    cells = [new_code_cell(source, outputs=[PASSED], execution_count=1) for source in sources]
    nbformat.write(
        new_notebook(cells=cells, metadata={"kernelspec": {"name": kernel, "display_name": ""}}), path
    )
    return path


@pytest.mark.slow
def test_the_last_run_of_a_check_counts_and_an_error_ends_nothing(tmp_path: Path):
    path = hand_in(
        tmp_path / "student.ipynb",
        SETUP,
        "checks.interpolate(interpolate)",
        "checks.mean_code(stub)",
        "1 / 0",
        "checks.mean_code(lambda mu, labels, digit: mu)",
    )
    before = path.read_bytes()
    assert collect(path) == {"interpolate": "passed", "mean_code": "failed"}
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_a_saved_success_and_a_foreign_kernel_count_for_nothing(tmp_path: Path):
    wrong = "checks.interpolate(lambda z_a, z_b, steps: z_a)"
    path = hand_in(tmp_path / "student.ipynb", SETUP, wrong, kernel="my-anaconda-env")
    assert collect(path) == {"interpolate": "failed"}


@pytest.mark.slow
def test_a_check_that_was_not_reached_is_not_run(tmp_path: Path):
    path = hand_in(tmp_path / "student.ipynb", "while True: pass", SETUP, "checks.interpolate(interpolate)")
    assert collect(path, timeout=2) == {
        "interpolate": "not run",
        "problem": "a cell took more than 2 seconds",
    }


@pytest.mark.parametrize("content", [b"", b'{"cells": [', b"[]", b'{"cells": 3}', b"\xff\xfe"])
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes):
    path = tmp_path / "student.ipynb"
    path.write_bytes(content)
    assert list(collect(path)) == ["problem"]


@pytest.mark.slow
def test_the_table_has_a_line_for_everybody(tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "empty.ipynb").touch()
    (tmp_path / "smith").mkdir()
    hand_in(
        tmp_path / "smith" / "05.ipynb", SETUP, "checks.interpolate(interpolate)", "checks.mean_code(stub)"
    )
    main([str(tmp_path)])
    first, second, _, header, *rows = capsys.readouterr().out.splitlines()
    assert first == "[1/2] empty.ipynb: 0 passed"
    assert second == "[2/2] smith/05.ipynb: 1 passed"
    assert header.split() == ["notebook", "passed", "what", "the", "checks", "say"]
    assert rows[0].startswith("empty.ipynb          0  problem: cannot be read as a notebook")
    assert rows[1] == "smith/05.ipynb       1  interpolate: passed; mean_code: not attempted"


@pytest.mark.slow
def test_a_name_that_the_console_cannot_write(tmp_path: Path):
    """A redirected table on Windows is written in a code page, such as 1252 without the letter ł."""
    (tmp_path / "łukasz.ipynb").touch()
    done = subprocess.run(
        [sys.executable, "-m", "vae_helpers", "collect", str(tmp_path)],
        env=os.environ | {"PYTHONIOENCODING": "cp1252"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert rb"\u0142ukasz.ipynb" in done.stdout


def test_a_folder_without_notebooks_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit):
        main([str(tmp_path)])
    assert f"folder must hold notebooks (.ipynb), found none in {tmp_path}" in capsys.readouterr().err
