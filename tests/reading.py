"""How many minutes a notebook takes: `python tests/reading.py [notebook ...]`, or all.

Prose 180 words a minute, a paragraph with a formula 60, folded text in half the time; code 0.3 seconds a
character, imports not; a figure half a minute, a widget 3, a guess 1; an exercise 5, or what its text says
("12 minutes").
"""

import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from pages import NOTEBOOKS

FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]*\$", re.DOTALL)
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
WIDGET = "application/vnd.jupyter.widget-view+json"
IMPORTS = re.compile(r"^(%.*|import .*|from \S+ import (\([^)]*\)|.*))\n?", re.MULTILINE)


def prose(text: str) -> float:
    """Minutes to read Markdown."""
    minutes = 0.0
    for paragraph in re.split(r"\n\s*\n", text):
        plain = re.sub(r"\]\([^)]*\)|<[^>]*>", "", paragraph)  # without the targets of links
        words = FORMULA.sub("formula", plain).split()
        minutes += len(words) / (60 if "$" in paragraph else 180)
    return minutes


def markdown(text: str) -> float:
    """Minutes for a cell of prose: what is folded is read by half of the readers."""
    folded = sum(prose(fold) for fold in FOLDED.findall(text)) / 2
    exercise = re.search(r"^### Exercise", text, re.MULTILINE)
    stated = re.search(r"(\d+) minutes", text[exercise.start() :]) if exercise else None
    return prose(FOLDED.sub("", text)) + folded + (int(stated[1]) if stated else 5 if exercise else 0)


def code(cell: NotebookNode) -> float:
    """Minutes for a cell of code and what it shows."""
    shown = [output.get("data", {}) for output in cell.outputs]
    widgets = sum(WIDGET in data and len(data) > 2 for data in shown)  # a bar has nothing beside it
    figures = sum("image/png" in data and WIDGET not in data for data in shown)
    guesses = len(re.findall(r"^my_\w+ = None", cell.source, re.MULTILINE))
    return len(IMPORTS.sub("", cell.source)) * 0.3 / 60 + 0.5 * figures + 3 * widgets + guesses


def minutes(path: Path) -> float:
    """Minutes for a student who reads and does everything."""
    cells = nbformat.read(path, as_version=4).cells
    return sum(markdown(cell.source) if cell.cell_type == "markdown" else code(cell) for cell in cells)


if __name__ == "__main__":
    for path in [Path(name) for name in sys.argv[1:]] or NOTEBOOKS:
        print(f"{path.stem:30} {minutes(path):4.0f}")
