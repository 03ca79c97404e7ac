"""Formulas read the same in JupyterLab, in VS Code and on GitHub, which differ in where one begins."""

import re
from pathlib import Path

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
