"""What every notebook keeps to, beside running: nbval checks that they run."""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
TITLES = {path.name: nbformat.read(path, as_version=4).cells[0].source.splitlines()[0] for path in PATHS}


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook: nbformat.NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_was_run_from_top_to_bottom(notebook: nbformat.NotebookNode):
    cells = code(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def test_cells_are_short_and_end_on_something_to_look_at(notebook: nbformat.NotebookNode):
    for cell in code(notebook):
        imports = cell.source.startswith(("import ", "from ")) and cell.source.rstrip().endswith(")")
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert imports or len(lines) <= 15, cell.source
        assert not cell.source.rstrip().endswith(";"), cell.source


def test_a_sentence_follows_every_figure(notebook: nbformat.NotebookNode):
    """An assert may stand between a figure and its sentence."""
    for cell, *after in zip(notebook.cells, notebook.cells[1:], notebook.cells[2:], strict=False):
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            assert "markdown" in {cell.cell_type for cell in after}, cell.source


def test_opens_with_question_aims_and_time_and_ends_with_recap(notebook: nbformat.NotebookNode):
    text = prose(notebook)
    assert text.startswith("# ")
    assert "?" in text.splitlines()[0]
    for part in (
        "After this notebook you can",
        "**Time:**",
        "## Recap",
        "### Questions to think about",
        "<details>",
    ):
        assert part in text, part


def test_links_between_notebooks_resolve(notebook: nbformat.NotebookNode):
    for title, target in re.findall(r"\[(\d\. [^]]+)\]\(([^)#]+\.ipynb)\)", prose(notebook)):
        assert TITLES[target].startswith(f"# {title}"), (title, target)


def test_no_widget_state_and_no_machine_in_the_metadata(notebook: nbformat.NotebookNode):
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert set(notebook.metadata.language_info) == {"name"}
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
