"""What every notebook keeps to, beside running in order (nbval checks that) and out of order (`play.py`)."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from cells import code_cells, plain
from held import is_bar, numbers, texts, tolerance
from pages import NOTEBOOKS
from sections import cells_of

TITLES = {path.name: re.search(r"^# .*", cells_of(path)[0].source, re.MULTILINE)[0] for path in NOTEBOOKS}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return plain(request.param)


def prose(notebook: nbformat.NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def only_imports(source: str) -> bool:
    """Whether a cell imports and sets the style, and does nothing else."""
    kinds = ast.Import | ast.ImportFrom
    return all(
        isinstance(node, kinds) or ast.unparse(node).startswith("plt.style.use(")
        for node in ast.parse(source).body
    )


def test_was_run_from_top_to_bottom(notebook: nbformat.NotebookNode):
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def test_no_cell_hides_what_it_shows(notebook: nbformat.NotebookNode):
    for cell in code_cells(notebook):
        assert not cell.source.rstrip().endswith(";"), cell.source


def imported(notebook: nbformat.NotebookNode) -> set[str]:
    nodes = [node for cell in code_cells(notebook) for node in ast.walk(ast.parse(cell.source))]
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    return {name.asname or name.name for node in imports for name in node.names}


def test_what_a_reader_may_look_up_is_there(notebook: nbformat.NotebookNode):
    """Or the text says what to import first."""
    text = prose(notebook)
    known = imported(notebook) | set(re.findall(r"`import (\w+)`", text))
    assert {name.split(".")[0] for name in re.findall(r"`([\w.]+)\?\?`", text)} <= known


def test_a_sentence_follows_every_figure(notebook: nbformat.NotebookNode):
    """One cell may stand between, such as a guess that is revealed."""
    for cell, *after in zip(notebook.cells, notebook.cells[1:], notebook.cells[2:], strict=False):
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            assert "markdown" in {cell.cell_type for cell in after}, cell.source


def test_every_picture_says_what_it_shows(notebook: nbformat.NotebookNode):
    for output in [output for cell in code_cells(notebook) for output in cell.outputs]:
        data = output.get("data", {})
        pictures = re.findall("<img[^>]*>", data.get("text/html", ""))
        assert pictures or "image/png" not in data
        assert all(re.search('alt="[^"]', picture) for picture in pictures)


def test_headings_go_down_one_level_at_a_time(notebook: nbformat.NotebookNode):
    """A screen reader says the level of each."""
    levels = [len(marks) for marks in re.findall("^(#+) ", prose(notebook), re.MULTILINE)]
    assert all(low <= high + 1 for high, low in pairwise(levels)), levels


def test_every_column_of_a_table_has_a_name(notebook: nbformat.NotebookNode):
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    tables = [output.get("data", {}).get("text/markdown", "") for output in outputs]
    text = "\n\n".join([prose(notebook), *tables])
    for header in re.findall(r"^\|(.*)\|\n\|[-|: ]+\|$", text, re.MULTILINE):
        assert all(name.strip() for name in header.split("|")), header


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
    for title, target in re.findall(r"\[(\d+\. [^]]+)\]\(([^)#]+\.ipynb)\)", prose(notebook)):
        assert TITLES[target].startswith(f"# {title}"), (title, target)


def test_figures_appear_whatever_backend_the_shell_asks_for():
    for path in NOTEBOOKS:
        first = code_cells(nbformat.read(path, as_version=4))[0].source
        assert first.startswith("%matplotlib inline\n"), path.name


def test_no_widget_state_and_no_machine_in_the_metadata(notebook: nbformat.NotebookNode):
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert set(notebook.metadata.language_info) == {"name"}
    assert all(set(cell.metadata) <= {"tags", "measured", "numbers"} for cell in notebook.cells)


def test_code_is_led_by_prose(notebook: nbformat.NotebookNode):
    """At most two code cells in a row."""
    kinds = "".join(cell.cell_type[0] for cell in notebook.cells)  # such as "mcmccm"
    assert "ccc" not in kinds


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_is_ignored_and_no_bar_is_saved(path: Path):
    """A tolerance is for a cell that is measured, and holds numbers."""
    for cell in code_cells(nbformat.read(path, as_version=4)):
        tags = cell.metadata.get("tags", [])
        assert set(tags) <= {"measured"}, cell.source
        assert tags or "measured" not in cell.metadata, cell.source
        assert not any(is_bar(output) for output in cell.outputs), "run tests/execute.py"
        for text in texts(cell.outputs).values():
            for number in filter(lambda number: number.digits, numbers(text)):
                tolerance(number, cell.metadata.get("measured", {}).get("within"))


def only_prepares(source: str) -> bool:
    """Whether a cell has nothing to show: it imports, defines a function, or leaves a prediction open."""
    body = ast.parse(source).body
    return (
        only_imports(source)
        or any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in body)
        or all(isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) for node in body)
    )


def test_no_cell_is_silent(notebook: nbformat.NotebookNode):
    for cell in code_cells(notebook):
        assert cell.outputs or only_prepares(cell.source), cell.source


def test_nothing_in_a_cell_is_there_for_the_test_runner(notebook: nbformat.NotebookNode):
    for cell in code_cells(notebook):
        asserts = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Assert)]
        assert not asserts, cell.source


def test_asks_for_a_prediction_and_ends_with_one_recap(notebook: nbformat.NotebookNode):
    assert any(re.search(r"^my_\w+ = None", cell.source, re.MULTILINE) for cell in code_cells(notebook))
    assert prose(notebook).count("## Recap") == 1
    assert prose(notebook).count("<details>") >= 3
    assert prose(notebook).count("<details>") == prose(notebook).count("</details>")
