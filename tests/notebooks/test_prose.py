"""Each number in the prose of a notebook stands in an output of its section, or has a source."""

from decimal import Decimal
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_output
from pages import NOTEBOOKS
from sections import Said, cells_of, claimed, is_shown, linked, sections

# What every notebook may say: sizes of MNIST, and the lab sheet's recipe.
RECIPE = ("28", "784", "255", "60,000", "10,000", "400", "20", "128", "0.001")


def unsupported(said: Said, shown: list, here: Path) -> list[str]:
    """The numbers of a piece of prose that none of its section's cells, and none of those it links, shows."""
    excepted = " ".join([*RECIPE, *said.excepted.values()]).split()
    cells = [*shown, *(cell for section in linked(said.text, here) for cell in section.cells)]
    return [
        number.digits
        for number in claimed(said.text)
        if number.digits not in excepted and not any(is_shown(number, cell) for cell in cells)
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_numbers_in_the_prose_come_from_an_output_of_their_section(path: Path):
    for section in sections(path):
        for said in section.said:
            missing = unsupported(said, section.cells, path)
            assert not missing, f'under "{section.heading}", no output shows {missing}: {said.text[:200]}'


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_exceptions_are_needed(path: Path):
    for cell in cells_of(path):
        excepted = " ".join(cell.metadata.get("numbers", {}).values()).split()
        spare = set(excepted) - {number.digits for number in claimed(cell.source)}
        assert not spare, (spare, cell.source)


def cell(text: str, *, tags: tuple[str, ...] = (), **measured: object):
    output = new_output("stream", name="stdout", text=text)
    return new_code_cell(outputs=[output], metadata={"tags": list(tags), "measured": measured})


HERE = NOTEBOOKS[0]
PLAIN = cell("784 ln 2 = 543.4273 nats of 60,000\n")
TRAINED = cell("test loss 105.81 nats, 40 %\n", tags=("measured",), within=1)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("It costs 543 nats, or 543.43, of 60,000.", []),
        ("It costs 544 nats.", ["544"]),
        ("It costs 105.1 nats, 106, 105.", []),
        ("It costs 104.7 nats.", ["104.7"]),
        ("A share of 42 %, and of 12 things.", ["42"]),
        ("A share of 0.4.", ["0.4"]),
        ("$230.1$ and `230.1 + x` and [Kingma 2014](https://arxiv.org/abs/1312.6114)", []),
        ("The output `230.1`.", ["230.1"]),
        ("**230** [231](#232)", ["230", "231"]),
        ("```python\n230.1\n```", []),
        ("**Time:** 55 minutes to read, 30 for\nexercises.\n\nAnd 31.", ["31"]),
    ],
)
def test_what_counts_as_a_number_that_is_shown(text: str, missing: list[str]):
    assert unsupported(Said(text, {}), [PLAIN, TRAINED], HERE) == missing


def test_a_source_excepts_a_number():
    said = Said("In 1998, 164.37 nats.", {"the year": "1998", "the lab sheet": "164.37 121.28"})
    assert unsupported(said, [], HERE) == []
    assert unsupported(Said("In 1998, 164.37 nats.", {"the year": "1998"}), [], HERE) == ["164.37"]
    assert claimed(said.text)[0].value == Decimal(1998)
