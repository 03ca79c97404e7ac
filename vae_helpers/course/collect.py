"""Run hand-ins again and print what their checks say: `python -m vae_helpers collect FOLDER`.

It runs students' code: use a container, or a machine that you can lose.
"""

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError
from nbformat import NotebookNode

VERDICT = re.compile(r"\*\*`(\w+)`: (passed|failed|not attempted)\.\*\*")
CALL = re.compile(r"\bchecks\.(\w+)\(")


def collect(path: Path, timeout: int = 600) -> dict[str, str]:
    """Run one notebook on this course's kernel, in an empty folder, and read what its checks say.

    Saved outputs count for nothing: they are removed before the run, and a check that was not
    reached is "not run".

    Args:
        path: the notebook of one student; it is not changed.
        timeout: seconds that one cell may take; the run ends at a cell that takes more.

    Returns:
        The verdict of each exercise, in the order of the notebook; under "problem", what ended the
        run early or kept the file from being read.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for cell in code:
            cell.outputs, cell.execution_count = [], None
        verdicts = dict.fromkeys((name for cell in code for name in CALL.findall(cell.source)), "not run")
    except Exception as error:  # whatever a student's file may hold
        return {"problem": f"cannot be read as a notebook ({type(error).__name__})"}
    problem = _run(notebook, timeout)
    for cell in code:
        for output in cell.outputs:
            text = output.get("data", {}).get("text/markdown", "")
            if output.output_type == "execute_result":
                verdicts |= dict(VERDICT.findall(text))
    return verdicts | ({"problem": problem} if problem else {})


def _run(notebook: NotebookNode, timeout: int) -> str:
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


def main(given: Sequence[str]) -> None:
    """Print a line for each notebook below a folder when it has run, and a table at the end."""
    parser = argparse.ArgumentParser(prog="python -m vae_helpers collect", description=__doc__)
    parser.add_argument("folder", type=Path, help="with the hand-ins, .ipynb files at any depth")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for one cell (600)")
    arguments = parser.parse_args(given)
    paths = sorted(p for p in arguments.folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
    if not paths:
        parser.error(f"folder must hold notebooks (.ipynb), found none in {arguments.folder}")
    if isinstance(sys.stdout, TextIOWrapper):  # a code page of Windows may lack a letter of a name
        sys.stdout.reconfigure(errors="backslashreplace")
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # a python3 kernel in the home folder may be another one's
    rows = []
    for number, path in enumerate(paths, start=1):
        verdicts = collect(path, arguments.timeout)
        name = path.relative_to(arguments.folder).as_posix()
        rows.append((name, sum(verdict == "passed" for verdict in verdicts.values()), verdicts))
        print(f"[{number}/{len(paths)}] {name}: {rows[-1][1]} passed", flush=True)
    width = max(len(name) for name, _, _ in rows)
    print(f"\n{'notebook':{width}}  passed  what the checks say")
    for name, passed, verdicts in rows:
        print(f"{name:{width}}  {passed:6}  {'; '.join(': '.join(pair) for pair in verdicts.items())}")
