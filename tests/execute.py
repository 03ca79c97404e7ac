"""Run notebooks, save them, and list the numbers that moved: `python tests/execute.py [name ...]`.

Names are files, or the starts of their names, such as 04; without any, all notebooks run. Each runs on a
fresh kernel with one thread, and is stripped as the hook of a commit does it. One that ends in an error stays
as it was. A `!` stands before what moved farther than the tests allow.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml
from cells import code_cells
from held import is_bar, moved
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from pages import NOTEBOOKS, ROOT


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Fill in the outputs of a fresh kernel; cells are numbered 1 to n."""
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=600,
        coalesce_streams=True,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": folder}},
    )
    client.execute()
    for cell in code_cells(notebook):
        cell.outputs = [output for output in cell.outputs if not is_bar(output)]


def changes(saved: NotebookNode, came: NotebookNode) -> list[str]:
    """What moved in a cell, with a mark where it moved too far."""

    def told(within: object) -> list[str]:
        sentences = moved(saved.outputs, came.outputs, within)
        return [sentence.split(" (±")[0] for sentence in dict.fromkeys(sentences)]

    measured = "measured" in came.metadata.get("tags", ())
    far = told(came.metadata.get("measured", {}).get("within") if measured else 0)
    return [f"{'!' if sentence in far else ' '} {sentence}" for sentence in told(0)]


def strip(path: Path) -> None:
    """Drop what is volatile, by the words of the hook."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (entry,) = (hook["entry"] for hook in config["repos"][0]["hooks"] if hook["id"] == "nbstripout")
    subprocess.run([sys.executable, "-m", *shlex.split(entry), path], check=True)


def main(names: list[str]) -> int:
    os.environ |= {"OMP_NUM_THREADS": "1", "JUPYTER_PREFER_ENV_PATH": "1"}
    asked = [path for path in NOTEBOOKS if path.name.startswith(tuple(names or [""]))]
    asked += [Path(name) for name in names if Path(name).is_file()]
    failed = 0
    for path in asked:
        saved = nbformat.read(path, as_version=4)
        came = nbformat.read(path, as_version=4)
        print(path.name, flush=True)
        try:
            execute(came, path.parent)
        except CellExecutionError as error:
            print(f"! stays as it was: {error}")
            failed += 1
            continue
        nbformat.write(came, path)
        strip(path)
        for old, new in zip(code_cells(saved), code_cells(came), strict=True):
            for change in changes(old, new) if old.outputs else ():
                print(f"  [{new.execution_count}] {change}")
    return min(failed, 1) if asked else f"no notebook begins with {names}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
