"""What a curious student does: cells twice and out of order, other numbers, solved exercises (`play.py`)."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from pages import NOTEBOOKS, ROOT

PLAY = Path(__file__).with_name("play.py")

pytestmark = pytest.mark.slow


def played(*paths: Path) -> str:
    """What went wrong, or nothing."""
    folders = [ROOT / "tests", ROOT / "tests" / "checks", ROOT]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(PLAY), *map(str, paths)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, folders))},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return done.stderr[-5000:] if done.returncode else ""


def test_no_cell_ends_in_an_error():
    assert played(*NOTEBOOKS) == ""


def test_planted_errors_are_found(tmp_path: Path):
    """One of a cell that runs twice, and one of a number that was changed."""
    cells = ["import torch\nfrom vae_helpers import VAE", "place = 3\nword = 'none'"]
    cells += ["letters = 'abcd'[place]", "word = word[0]\ndel place", "VAE(latent_dim=20)"]
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in cells]), tmp_path / "a.ipynb")
    said = played(tmp_path / "a.ipynb")
    assert "each cell twice, then from the last one up: NameError: name 'place' is not defined" in said
    assert "all numbers larger: IndexError: string index out of range" in said
    assert "all numbers smaller" not in said
