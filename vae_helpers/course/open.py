"""Open JupyterLab on `my_notebooks`: copies of the notebooks, without outputs, and of QUESTIONS.md.

A file that is there already is never written over; a notebook that cannot be opened gets another name first.
Other options go on to JupyterLab, such as --no-browser.
"""

import json
import runpy
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from hashlib import md5
from pathlib import Path
from urllib.parse import quote

from vae_helpers._paths import IN_A_CLONE, PACKAGE, SHIPPED

RECORD = ".copied.json"  # of each copy, the MD5 of what it was when it was made


def main(arguments: Sequence[str]) -> None:
    """Copy what is missing, then become JupyterLab."""
    home = PACKAGE.parent if IN_A_CLONE else Path.cwd()
    parser = ArgumentParser("python -m vae_helpers", description=__doc__, allow_abbrev=False)
    parser.add_argument("--folder", type=Path, default=home / "my_notebooks", help="where the copies are")
    parser.add_argument("--copy-only", action="store_true", help="do not start JupyterLab")
    given, others = parser.parse_known_args(arguments)
    folder = given.folder.absolute()
    try:
        copy_notebooks(folder)
    except OSError as error:
        sys.exit(f"there is no place for copies in {folder}: {error.strerror}; choose another with --folder")
    if not given.copy_only:
        root = home if home in folder.parents else folder.parent
        start_jupyterlab(root, folder, others)


def copy_notebooks(folder: Path) -> None:
    """Put what is missing into the folder, and print a line where there is something to tell."""
    folder.mkdir(parents=True, exist_ok=True)
    copied = read_record(folder / RECORD)
    new, newer = [], []
    for original in [*sorted(SHIPPED.glob("*.ipynb")), SHIPPED / "QUESTIONS.md"]:
        copy = folder / original.name
        text = without_outputs(original)
        digest = md5(text.encode(), usedforsecurity=False).hexdigest()
        set_aside_if_broken(copy)
        if not copy.exists():
            write(copy, text)
            copied[copy.name] = digest
            new.append(copy)
        elif copied.get(copy.name, digest) != digest:
            newer.append(copy)
    write(folder / RECORD, json.dumps(copied, indent=1))
    if new:
        print(f"{len(new)} files are new in {folder}")
    if newer:
        names = ", ".join(copy.stem.partition("_")[0] for copy in newer)
        print(f"newer in the course: {names}; rename yours and start again to get them")


def read_record(path: Path) -> dict[str, str]:
    """What was written there, or nothing: where that is lost, no copy is called old."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def without_outputs(original: Path) -> str:
    """A page as it is, and a notebook as if no cell had been run."""
    text = original.read_text(encoding="utf-8")
    if original.suffix != ".ipynb":
        return text
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
            cell["execution_count"] = None
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def set_aside_if_broken(copy: Path) -> None:
    """Give a notebook that JupyterLab could not open another name, so that nothing in it is lost."""
    if copy.suffix != ".ipynb" or not copy.exists():
        return
    try:
        json.loads(copy.read_bytes())["cells"]
    except (ValueError, TypeError, KeyError):
        number = 1
        while (aside := copy.with_name(f"{copy.stem}_broken_{number}.txt")).exists():
            number += 1
        copy.rename(aside)
        print(f"{copy.name} is cut or damaged; it is now {aside.name}, and a new copy takes its place")


def write(path: Path, text: str) -> None:
    """All of it or nothing, since a disk may be full; as `write_whole`, whose file imports torch."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


def start_jupyterlab(root: Path, folder: Path, options: Sequence[str]) -> None:
    """Show the folder, and let one go up from it to the root."""
    page = f"/lab/tree/{quote(folder.relative_to(root).as_posix())}"
    sys.argv[1:] = [f"--ServerApp.root_dir={root}", f"--LabApp.default_url={page}", *options]
    runpy.run_module("jupyterlab", run_name="__main__", alter_sys=True)
