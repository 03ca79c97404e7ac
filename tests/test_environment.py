"""conda and pip are asked for the same, and tests can be collected without Linux's own modules."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
CONDA_NAMES = {"torch": "pytorch-cpu", "playwright": "playwright-python"}


def test_conda_and_pip_ask_for_the_same():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["test"]
    pip = dict(re.match(r"([\w-]+)(.*)", line).groups() for line in wanted)
    pip = {CONDA_NAMES.get(name, name): bound for name, bound in pip.items() if ";" not in bound}

    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = dict(entry.split(" ") for entry in entries if isinstance(entry, str) and " " in entry)
    assert conda.pop("python") == project["requires-python"]
    *others, ours = entries[-1]["pip"]
    assert ours == "-e ."
    assert conda | dict(re.match(r"([\w-]+)(.*)", entry).groups() for entry in others) == pip


# What Windows lacks of Linux, and macOS of it in part, taken away from the tests and from the package alone.
WINDOWS = """
import builtins, multiprocessing, os, sys
import pytest

ours, python_import = sys.argv[1], builtins.__import__

def windows_import(name, names=None, *rest, **named):
    mine = ours in str((names or {}).get("__file__"))
    if mine and name in {"fcntl", "grp", "pty", "pwd", "resource", "termios"}:
        raise ModuleNotFoundError(f"there is no {name} on Windows")
    return python_import(name, names, *rest, **named)

builtins.__import__ = windows_import
for name in ("fork", "geteuid", "seteuid", "sched_getaffinity"):
    vars(os).pop(name, None)
multiprocessing.get_all_start_methods = lambda: ["spawn"]
sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", ours + "/tests"]))
"""


@pytest.mark.slow
def test_the_tests_can_be_collected_on_windows():
    run = subprocess.run(
        [sys.executable, "-c", WINDOWS, str(ROOT)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:]


def test_one_version_everywhere():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == version
    changes = (ROOT / ".github" / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+),", changes, re.MULTILINE)[1] == version
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"vae_helpers-(\S+?)-py3", readme)) == {version}
