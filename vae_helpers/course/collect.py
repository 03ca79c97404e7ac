"""Run hand-ins again and print what their checks say: `python -m vae_helpers collect FOLDER`.

It runs students' code: use a container, or a machine that you can lose.
"""

import csv
import os
import re
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError
from nbformat import NotebookNode

VERDICT = re.compile(r"\*\*`(\w+)`: (passed|failed|not attempted)\.\*\*")
CALL = re.compile(r"\bchecks\.(\w+)\(")
COLUMNS = ["student", "notebook", "exercise", "verdict"]
PROBLEM = "(problem)"  # in place of an exercise, where the run ended early or the file cannot be read


def collect(path: Path, timeout: int = 600) -> dict[str, str]:
    """Run one notebook on this course's kernel, in an empty folder, and read what its checks say.

    Args:
        path: the notebook of one student; it is not changed.
        timeout: seconds that one cell may take; the run ends at a cell that takes more.

    Returns:
        The verdict of each exercise, in the order of the notebook: "passed", "failed", "not attempted", or
        "not run" where the run did not reach its check; under `PROBLEM`, what went wrong.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        exercises = forget_outputs(notebook)
    except Exception as error:  # whatever a student's file may hold
        return {PROBLEM: f"cannot be read as a notebook ({type(error).__name__})"}
    if not exercises:
        return {PROBLEM: "holds no check"}
    verdicts = dict.fromkeys(exercises, "not run")
    problem = run(notebook, timeout)
    verdicts |= read_verdicts(notebook)
    if problem:
        verdicts[PROBLEM] = problem
    return verdicts


def forget_outputs(notebook: NotebookNode) -> list[str]:
    """Remove what was saved, since a saved "passed" proves nothing; name the exercises that are checked."""
    exercises = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
            exercises += CALL.findall(cell.source)
    return exercises


def run(notebook: NotebookNode, timeout: int) -> str:
    """Execute the cells; what ended that early, or nothing."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # Windows: still in use
        client = NotebookClient(
            notebook,
            kernel_name="python3",  # not the name of some kernel of the student's
            allow_errors=True,
            timeout=timeout,
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute()
        except CellTimeoutError:
            return f"a cell took more than {timeout} seconds"
        except Exception as error:  # such as a kernel that died
            return f"stopped: {type(error).__name__}"
    return ""


def read_verdicts(notebook: NotebookNode) -> dict[str, str]:
    """What each check said last, as the result of its cell; printed words count for nothing."""
    verdicts = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "execute_result":
                verdict = VERDICT.match(output.data.get("text/markdown", ""))
                if verdict:
                    verdicts[verdict[1]] = verdict[2]
    return verdicts


def main(given: Sequence[str]) -> None:
    """Run each notebook below a folder; then print a row for every student and exercise."""
    parser = ArgumentParser("python -m vae_helpers collect", description=__doc__)
    parser.add_argument("folder", type=Path, help="holds a folder, or a notebook, for each student")
    parser.add_argument("--csv", action="store_true", help="print comma-separated values in place of a table")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for one cell (600)")
    arguments = parser.parse_args(given)
    folder = arguments.folder
    paths = sorted(path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    if not paths:
        parser.error(f"folder must hold notebooks (.ipynb), found none in {folder}")
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # a python3 kernel in the home folder may be another one's
    rows: list[list[str]] = []
    for number, path in enumerate(paths, start=1):
        verdicts = collect(path, arguments.timeout)
        passed = list(verdicts.values()).count("passed")
        name = path.relative_to(folder)
        print(f"[{number}/{len(paths)}] {name.as_posix()}: {passed} passed", file=sys.stderr, flush=True)
        student = name.parts[0].removesuffix(".ipynb")
        notebook = "/".join(name.parts[1:]) or name.name
        rows += [[student, notebook, exercise, verdict] for exercise, verdict in verdicts.items()]
    if arguments.csv:
        print_csv(rows)
    else:
        print_table(rows)


def print_csv(rows: list[list[str]]) -> None:
    """In UTF-8 everywhere, as a file of marks must be."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    csv.writer(sys.stdout, lineterminator="\n").writerows([COLUMNS, *rows])


def print_table(rows: list[list[str]]) -> None:
    """Each column as wide as its longest text."""
    lines = [COLUMNS, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
