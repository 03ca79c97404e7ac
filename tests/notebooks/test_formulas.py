"""Formulas read the same in JupyterLab, in VS Code and on GitHub; and every sign can be printed as PDF."""

import re
from pathlib import Path

import nbformat
import pytest
from pages import CONTRIBUTING, GUIDE, NOTEBOOKS, QUESTIONS, README, text_of

FORMULA = re.compile(r"\$\$(?P<display>.+?)\$\$|(?<!\\)\$(?P<inline>[^$]+?)(?<!\\)\$", re.DOTALL)
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def spoilt(text: str, page: bool) -> list[str]:
    """Each formula that some of the three show as raw text or as another formula, with its surroundings.

    A `page`, a Markdown file, GitHub reads as Markdown first: a backslash before a sign other than a letter
    is lost, such as that of a thin space, and `[..](..)` becomes a link.
    """
    text = CODE.sub(lambda code: "c" * len(code[0]), text)
    found = []
    for formula in FORMULA.finditer(text):
        before, after = text[: formula.start()][-1:], text[formula.end() :][:1]
        inline = formula["inline"] or ""
        inside = formula["display"] or inline
        wrong = [
            before.isalnum() or before in ("-", "$", "\\"),
            after.isalnum() or after == "$",
            inline != inline.strip() or "\n" in inline,
            "*" in inside,
            re.search(r"<[A-Za-z/!]", inside),
            page and re.search(r"\\[^A-Za-z\s]|\]\(", inside),
        ]
        if any(wrong):
            found.append(text[max(0, formula.start() - 20) : formula.end() + 10])
    return found


@pytest.mark.parametrize(
    "path", [README, CONTRIBUTING, GUIDE, QUESTIONS, *NOTEBOOKS], ids=lambda path: path.name
)
def test_formulas_read_the_same_everywhere(path: Path):
    assert spoilt(text_of(path), page=path.suffix == ".md") == []


@pytest.mark.parametrize(
    "text", ["KL$(q)$", "$n$th", "-$x$", "$ x$", "$x\n+ y$", "$a * b$", "$a<b$", "$$a<b$$"]
)
def test_what_spoils_a_formula(text: str):
    assert spoilt(text, page=False)


@pytest.mark.parametrize("text", [r"$q \,\Vert\, p$", r"$\{0, 1\}$", r"$[a](b)$"])
def test_what_spoils_a_formula_of_a_page(text: str):
    assert spoilt(text, page=True)
    assert not spoilt(text, page=False)


@pytest.mark.parametrize(
    "text", ["a $x$, ($y$) and $z$.", "cost `$5` or `$6`", r"$$a \, b$$", "**$x$**", r"5 \$ or 6 \$"]
)
def test_what_spoils_none(text: str):
    assert not spoilt(text, page=False)


# Of what is beyond ASCII, the fonts of `nbconvert --to pdf` (Latin Modern) have the letters of European
# languages and these, in text and in code; others are left out of the PDF without a warning.
PRINTED = set("…–—‘’“”‖→←±×÷·½¼²³°−")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_every_sign_can_be_printed(path: Path):
    text = text_of(path)
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            text += cell.source + "".join(output.get("text", "") for output in cell.outputs)
    signs = {sign for sign in FORMULA.sub("", text) if not sign.isascii() and not "\xc0" <= sign <= "\u017f"}
    assert signs <= PRINTED
