"""A guess is made before its answer can be seen: in a cell of its own, with no answer up to its reveal."""

import ast
import re
from pathlib import Path

import pytest
from held import numbers
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from pages import NOTEBOOKS
from sections import SMALL, cells_of, claimed, is_shown

GUESS = re.compile(r"my_\w+ = None  # \S.*")  # with its unit
OPEN = re.compile(r"^(my_\w+) = None", re.MULTILINE)


def literals(source: str) -> list[str]:
    """The numbers that are written into a cell's code, but for small whole ones."""
    source = re.sub(r"^%.*", "", source, flags=re.MULTILINE)
    found = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return [str(n) for n in found if type(n) is float or (type(n) is int and n > SMALL)]


def without_figures(cell: NotebookNode) -> NotebookNode:
    """The cell without its figures, whose words count rows and bars, too: these are no answers."""
    outputs = [output for output in cell.outputs if "text/html" not in output.get("data", {})]
    return new_code_cell(cell.source, metadata=cell.metadata, outputs=outputs)


def gives_away(cells: list[NotebookNode]) -> list[str]:
    """What is wrong with the guesses of a notebook, a sentence each."""
    wrong = []
    for place, cell in enumerate(cells):
        if cell.cell_type != "code" or not OPEN.search(cell.source):
            continue
        if not GUESS.fullmatch(cell.source):
            wrong.append(f"more than a guess and its unit: {cell.source}")
        for guess in OPEN.findall(cell.source):
            reveals = [n for n, other in enumerate(cells) if f"prediction({guess}," in other.source]
            if len(reveals) != 1 or reveals[0] <= place:
                wrong.append(f"{guess} is not revealed once, and after it")
                continue
            reveal = without_figures(cells[reveals[0]])
            between = [other.source for other in cells[place : reveals[0]] if other.cell_type == "markdown"]
            said = [number for text in between for number in claimed(text)]
            said += [
                number for literal in literals(reveal.source) for number in numbers(literal) if number.digits
            ]
            wrong += [
                f"{number.digits} is the answer to {guess}" for number in said if is_shown(number, reveal)
            ]
    return wrong


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_guess_is_given_away(path: Path):
    assert gives_away(cells_of(path)) == []


def reveal(source: str) -> NotebookNode:
    shown = new_output("stream", name="stdout", text="543.4 nats\n")
    return new_code_cell(f"{source}\nprediction(my_guess, 'the loss', loss)", outputs=[shown])


ASKED = new_code_cell("my_guess = None  # nats")
HONEST = reveal("loss = evaluate(vae, images[:1000])")
GIVEN_AWAY = {
    "more than a guess": [new_code_cell("my_guess = None  # nats\nprint(images.mean())"), HONEST],
    "its unit": [new_code_cell("my_guess = None"), HONEST],
    "not revealed once": [ASKED],
    "and after it": [HONEST, ASKED],
    "543.4 is the answer": [ASKED, reveal("loss = 543.4")],
    "543 is the answer": [ASKED, reveal("assert round(loss) == 543")],
    "543.4 is the answer to": [ASKED, new_markdown_cell("## Why 543.4?"), HONEST],
}


@pytest.mark.parametrize("words", GIVEN_AWAY)
def test_what_gives_a_guess_away(words: str):
    assert words in "\n".join(gives_away(GIVEN_AWAY[words]))


def test_the_words_of_a_figure_are_no_answer():
    drawn = reveal("rows = fours[:10].repeat(20)")
    drawn.outputs.append(new_output("display_data", data={"text/html": '<img alt="Rows of 20">'}))
    assert gives_away([ASKED, drawn]) == []


def test_an_honest_guess_passes():
    assert gives_away([ASKED, new_markdown_cell("## How much is it for 60,000?"), HONEST]) == []
