"""Hand-ins of every kind end in a fair line of the table."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellTimeoutError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pages import ROOT

from vae_helpers.checks.result import CheckResult
from vae_helpers.course import collect as collecting
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


# Without a kernel


class Client:
    """In place of a kernel: the result of each cell is what stands below its first line."""

    def __init__(self, notebook: NotebookNode, **_: object) -> None:
        self.notebook = notebook

    def execute(self) -> None:
        for cell in self.notebook.cells:
            text = cell.source.partition("\n")[2]
            cell.outputs += [new_output("execute_result", {"text/markdown": text})]


class DeadClient(Client):
    def execute(self) -> None:
        raise RuntimeError


def said(name: str, status: str) -> str:
    result = CheckResult(name, status, "Why. **`other`: passed.**")
    return f"checks.{name}()\n{result._repr_markdown_()}"


def test_a_saved_success_counts_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(collecting, "NotebookClient", DeadClient)
    path = hand_in(tmp_path / "student.ipynb", "checks.interpolate(f)")
    before = path.read_bytes()
    assert collect(path) == {"interpolate": "not run", "(problem)": "stopped: RuntimeError"}
    assert path.read_bytes() == before


def test_what_was_said_last_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(collecting, "NotebookClient", Client)
    cells = said("mean_code", "not attempted"), said("interpolate", "passed"), said("mean_code", "failed")
    verdicts = collect(hand_in(tmp_path / "student.ipynb", *cells))
    assert list(verdicts.items()) == [("mean_code", "failed"), ("interpolate", "passed")]


def test_printed_words_count_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Printing(Client):
        def execute(self) -> None:
            for cell in self.notebook.cells:
                cell.outputs += [new_output("display_data", PASSED.data)]

    monkeypatch.setattr(collecting, "NotebookClient", Printing)
    path = hand_in(tmp_path / "student.ipynb", "checks.interpolate(f)")
    assert collect(path) == {"interpolate": "not run"}


def test_a_row_for_every_student_and_exercise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setattr(collecting, "NotebookClient", Client)
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    for folder in ("smith", "smith/.ipynb_checkpoints", "łukasz, jan"):
        (tmp_path / folder).mkdir()
    hand_in(tmp_path / "smith" / "05.ipynb", said("interpolate", "passed"), said("mean_code", "failed"))
    hand_in(tmp_path / "smith" / ".ipynb_checkpoints" / "05.ipynb", said("interpolate", "failed"))
    hand_in(tmp_path / "łukasz, jan" / "05.ipynb", "print(1)")
    hand_in(tmp_path / "z.ipynb", said("kl_divergence", "not attempted"))
    main([str(tmp_path)])
    shown = capsys.readouterr()
    assert shown.err.splitlines()[0] == "[1/3] smith/05.ipynb: 1 passed"
    table = [re.split("  +", line) for line in shown.out.splitlines()]
    assert table == [
        ["student", "notebook", "exercise", "verdict"],
        ["smith", "05.ipynb", "interpolate", "passed"],
        ["smith", "05.ipynb", "mean_code", "failed"],
        ["z", "z.ipynb", "kl_divergence", "not attempted"],
        ["łukasz, jan", "05.ipynb", "(problem)", "holds no check"],
    ]
    assert os.environ["JUPYTER_PREFER_ENV_PATH"] == "1"
    main([str(tmp_path), "--csv"])
    assert [list(row) for row in csv.reader(capsys.readouterr().out.splitlines())] == table


def test_the_timeout_is_the_one_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    class SlowClient(Client):
        def __init__(self, notebook: NotebookNode, timeout: int, **_: object) -> None:
            assert timeout == 7

        def execute(self) -> None:
            raise CellTimeoutError

    monkeypatch.setattr(collecting, "NotebookClient", SlowClient)
    hand_in(tmp_path / "student.ipynb", "checks.interpolate(f)")
    main([str(tmp_path), "--timeout=7"])
    assert "(problem)    a cell took more than 7 seconds" in capsys.readouterr().out


def test_a_check_in_words_is_no_exercise(tmp_path: Path):
    path = tmp_path / "student.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("`checks.interpolate(f)` says more.")]), path)
    assert collect(path) == {"(problem)": "holds no check"}


def test_each_hand_in_runs_in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What one leaves behind, no other one finds."""
    folders = []

    class Writing(Client):
        def __init__(self, notebook: NotebookNode, resources: dict, **_: object) -> None:
            super().__init__(notebook)
            folders.append(Path(resources["metadata"]["path"]))

        def execute(self) -> None:
            assert not list(folders[-1].iterdir())
            (folders[-1] / "answers.txt").touch()

    monkeypatch.setattr(collecting, "NotebookClient", Writing)
    monkeypatch.chdir(tmp_path)
    for name in ("one", "other"):
        assert collect(hand_in(tmp_path / f"{name}.ipynb", "checks.interpolate(f)")) == {
            "interpolate": "not run"
        }
    assert len(folders) == 2
    assert not any(folder.exists() for folder in folders)


# With a kernel


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
        "(problem)": "a cell took more than 2 seconds",
    }


@pytest.mark.parametrize("content", [b"", b'{"cells": [', b"[]", b'{"cells": 3}', b"\xff\xfe"])
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes):
    path = tmp_path / "student.ipynb"
    path.write_bytes(content)
    assert list(collect(path)) == ["(problem)"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "name"), [([], rb"\u0142ukasz.ipynb"), (["--csv"], "łukasz.ipynb".encode())]
)
def test_a_name_that_the_console_cannot_write(tmp_path: Path, options: list, name: bytes):
    """A redirected table on Windows is written in a code page, such as 1252 without the letter ł."""
    (tmp_path / "łukasz.ipynb").touch()
    done = subprocess.run(
        [sys.executable, "-m", "vae_helpers", "collect", str(tmp_path), *options],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert name in done.stdout


def test_a_folder_without_notebooks_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit):
        main([str(tmp_path)])
    assert f"folder must hold notebooks (.ipynb), found none in {tmp_path}" in capsys.readouterr().err
