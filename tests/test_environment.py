"""environment.yml (conda) asks for what pyproject.toml (pip) asks for."""

import re
import sys
from pathlib import Path

import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
CONDA_NAMES = {"torch": "pytorch-cpu", "playwright": "playwright-python"}


def test_conda_and_pip_ask_for_the_same():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["test"]
    pip = dict(re.match(r"([\w-]+)(.*)", line).groups() for line in wanted)
    pip = {CONDA_NAMES.get(name, name): bound for name, bound in pip.items() if ";" not in bound}

    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = dict(entry.split(" ") for entry in entries if isinstance(entry, str) and " " in entry)
    assert conda.pop("python") == project["requires-python"]
    assert conda == pip
    assert entries[-1] == {"pip": ["-e ."]}
