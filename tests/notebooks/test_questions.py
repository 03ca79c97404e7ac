"""The links between the pages, and what QUESTIONS.md says: its numbers stand in the sections it sends to."""

import re
from pathlib import Path

import nbformat
import pytest
from pages import CONTRIBUTING, GUIDE, NOTEBOOKS, QUESTIONS, README, anchor_of, anchors, links, text_of
from sections import SMALL, claimed, is_shown, linked


@pytest.mark.parametrize(
    "path", [README, CONTRIBUTING, GUIDE, QUESTIONS, *NOTEBOOKS], ids=lambda path: path.name
)
def test_links_and_anchors_resolve(path: Path):
    """What lies in `notebooks` is read in JupyterLab, and the rest on GitHub."""
    for file, anchor in links(text_of(path)):
        there = path.parent / file if file else path
        assert there.exists(), file
        if anchor:
            assert anchor in anchors(there, jupyterlab=path.parent == QUESTIONS.parent), (file, anchor)


@pytest.mark.parametrize("path", [README, GUIDE, *NOTEBOOKS], ids=lambda path: path.name)
def test_every_page_points_to_the_questions(path: Path):
    assert QUESTIONS in [(path.parent / file).resolve() for file, _ in links(text_of(path))]


def chapter(title: str) -> str:
    """What stands under the headings `## title` and `## title: ...`."""
    found = re.findall(rf"^## {title}\b.*?\n(.*?)(?=^## |\Z)", text_of(QUESTIONS), re.DOTALL | re.MULTILINE)
    assert found, title
    return "\n".join(found)


def rows(title: str) -> list[list[str]]:
    """The tables of a chapter, without their heads."""
    lines = re.findall(r"^\| (.+) \|$", chapter(title), re.MULTILINE)
    heads = ("you see", "in the code", "word | ")
    return [line.split(" | ") for line in lines if not line.startswith(heads)]


_, *PARTS = re.split(r"^### (.+)\n", chapter("Questions"), flags=re.MULTILINE)
ANSWERS = dict(zip(PARTS[::2], PARTS[1::2], strict=True))
WORDS = [(row[0].strip("*"), " | ".join(row[1:])) for row in rows("Glossary")]


def test_questions_are_questions_and_have_answers():
    assert len(ANSWERS) >= 45
    for question, answer in ANSWERS.items():
        assert question.endswith("?"), question
        assert links(answer), question


def test_symptoms_have_a_place_and_columns():
    assert len(rows("Symptoms")) >= 20
    for row in rows("Symptoms"):
        assert len(row) == 4, row
        assert links(row[-1]), row
    seen = " ".join(row[0] for row in rows("Symptoms"))
    for number in ("below 0", "0.69", "0.26", "0.27", "97", "26", "nan", "543", "206", "KL is 0.00"):
        assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", seen), number


def test_words_are_in_order_and_lead_to_where_they_are_used():
    names = [name.lower() for name, _ in WORDS]
    assert len(names) >= 40
    assert names == sorted(set(names))
    for name, meaning in WORDS:
        assert links(meaning), name


def numbers(text: str) -> set[str]:
    """Decimals, and whole numbers above `SMALL`, however their thousands are marked."""
    found = re.findall(r"\d+(?:[,_]\d{3})*(?:\.\d+)?", text.replace("{,}", ","))
    plain = [re.sub("[,_]", "", number) for number in found]
    return {number for number in plain if "." in number or int(number) > SMALL}


def shown_by(cell: nbformat.NotebookNode) -> list[str]:
    """The lines of a text, or the code and its outputs in one piece, which does not begin with a `#`."""
    if cell.cell_type == "markdown":
        return cell.source.splitlines()
    pieces = ["", cell.source]
    for output in cell.outputs:
        data = output.get("data", {})
        pieces += [output.get("text", ""), data.get("text/markdown", ""), data.get("text/plain", "")]
    return ["\n".join(pieces)]


def shown_in(file: str, anchor: str) -> str:
    """What a link leads to: a notebook, or a section of it with the sections below."""
    cells = nbformat.read(QUESTIONS.parent / file, as_version=4).cells
    pieces = [piece for cell in cells for piece in shown_by(cell)]
    if not anchor:
        return "\n".join(pieces)
    signs = {place: re.match("#* ?", piece)[0] for place, piece in enumerate(pieces) if piece[:1] == "#"}
    begin = next(
        place for place, sign in signs.items() if anchor_of(pieces[place].removeprefix(sign)) == anchor
    )
    after = (place for place, sign in signs.items() if place > begin and len(sign) <= len(signs[begin]))
    return "\n".join(pieces[begin : next(after, None)])


SAID = [
    *ANSWERS.values(),
    *(" | ".join(row[1:]) for row in rows("Symptoms")),  # what one sees is the reader's own number
    *(" | ".join(row) for row in rows("Names")),
    *(meaning for _, meaning in WORDS),
]


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.strip()[:40])
def test_numbers_stand_in_a_section_that_is_linked(said: str):
    shown = "\n".join(shown_in(*link) for link in links(said) if link[0].endswith(".ipynb"))
    words = re.sub(r"\[[^]]*\]\([^)]+\)|`[^`]+`", "", said)  # without links and code
    cells = [cell for section in linked(said, QUESTIONS) for cell in section.cells]
    measured = {number.digits for number in claimed(words) if any(is_shown(number, cell) for cell in cells)}
    missing = numbers(words) - numbers(shown) - measured
    assert not missing, missing
