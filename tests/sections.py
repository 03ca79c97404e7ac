"""The sections of a notebook: what is said in each, and the numbers that its cells show.

A section reaches from a heading `## ` to the next one, with the headings below it (`### `). What stands above
the first is a section, too.
"""

import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import nbformat
from held import conftest, numbers, texts, tolerance
from nbformat import NotebookNode
from pages import anchor_of, links

SMALL = 12  # up to here a number may be one of things, such as "two numbers" or a notebook's


class Said(NamedTuple):
    """A piece of Markdown, and the numbers that its cell excepts: {source: numbers, divided by blanks}."""

    text: str
    excepted: dict[str, str]


class Section(NamedTuple):
    """A heading, what is said below it, and the cells that run there."""

    heading: str
    said: list[Said]
    cells: list[NotebookNode]


@cache
def cells_of(path: Path) -> list[NotebookNode]:
    return nbformat.read(path, as_version=4).cells


@cache
def sections(path: Path) -> list[Section]:
    """All sections of a notebook, in order."""
    found = [Section("", [], [])]
    for cell in cells_of(path):
        if cell.cell_type == "code":
            found[-1].cells.append(cell)
            continue
        for piece in filter(None, re.split(r"^(?=## )", cell.source, flags=re.MULTILINE)):
            heading = re.match(r"## (.+)", piece)
            if heading:
                found.append(Section(heading[1], [], []))
            found[-1].said.append(Said(piece, cell.metadata.get("numbers", {})))
    return found


def linked(text: str, here: Path) -> list[Section]:
    """The sections of notebooks to which a text sends its reader, those with headings below them included."""
    found = []
    for file, anchor in links(text):
        path = here.parent / file if file else here
        if path.suffix == ".ipynb" and anchor:
            found += [section for section in sections(path) if leads_to(section, anchor)]
    return found


def leads_to(section: Section, anchor: str) -> bool:
    headings = re.findall(r"^##+ (.+)$", "\n".join(said.text for said in section.said), re.MULTILINE)
    return anchor in [anchor_of(heading) for heading in headings]


def spoken(text: str) -> str:
    """A piece of Markdown without formulas, code, citations and targets of links."""
    text = re.sub(
        r"```.*?```|\$\$.*?\$\$|\$[^$]+\$|<[^>]+>|^\*\*Time:\*\*.*?(\n\n|\Z)", " ", text, flags=re.S | re.M
    )
    text = re.sub(r"\[[^]]*\]\(https?:[^)]*\)", " ", text)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"`([^`]*)`", lambda span: span[1] if re.fullmatch(r"[-−\d.,]+", span[1]) else " ", text)


def claimed(text: str) -> list[conftest.Number]:
    """The numbers that a text has to show: decimals, and whole ones above `SMALL`."""
    said = [number for number in numbers(spoken(text)) if re.search(r"\d", number.digits)]
    return [number for number in said if "." in number.digits or abs(number.value) > SMALL]


def is_shown(said: conftest.Number, cell: NotebookNode) -> bool:
    """Whether a cell's saved output has this number, rounded, or within the tolerance of a measured one."""
    measured = "measured" in cell.metadata.get("tags", ())
    within = cell.metadata.get("measured", {}).get("within")
    rounded = Decimal(1).scaleb(said.value.as_tuple().exponent) / 2
    for text in texts(cell.outputs).values():
        for shown in numbers(text):
            if not re.search(r"\d", shown.digits):
                continue
            allowed = max(rounded, tolerance(shown, within)) if measured else rounded
            if abs(shown.value - said.value) <= allowed:
                return True
    return False
