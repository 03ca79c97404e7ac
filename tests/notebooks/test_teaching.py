"""The guide and the README say what is so: minutes, headings, messages, the cell for nbgrader."""

import re
from pathlib import Path

import answers
import pytest
from cells import exercises
from pages import CONTRIBUTING, GUIDE, NOTEBOOKS, README, ROOT, headings, text_of

from vae_helpers import checks
from vae_helpers.checks.common import because

MENUS = {"Kernel > Restart Kernel", "Play", "Reset"}  # in italics too, as buttons are


@pytest.mark.parametrize("path", [README, GUIDE, CONTRIBUTING], ids=lambda path: path.name)
def test_commands_survive_a_renamed_folder(path: Path):
    """The scripts of a virtual environment hold its path; its Python does not."""
    assert set(re.findall(r"\.venv[/\\](?:bin|Scripts)[/\\](\w+)", text_of(path))) == {"python"}


def test_contributors_are_sent_to_files_that_exist():
    text = text_of(CONTRIBUTING)
    names = re.findall(r"`((?:\.ci|notebooks|tests|vae_helpers)/[\w./*]*|README\.md)`", text)
    names += [
        f"tests/{name}"
        for row in re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
        for name in re.findall(r"`(.+?)`", row)
    ]
    assert len(names) > 15
    for name in names:
        assert list(ROOT.glob(re.sub("NN|NAME", "*", name))), name


def test_minutes_are_the_notebooks_own():
    for path in NOTEBOOKS:
        number = int(path.stem[:2])
        (time,) = re.findall(r"\*\*Time:\*\* (.+?)\.", text_of(path), re.DOTALL)
        minutes = sum(int(n) for n in re.findall(r"\d+", time))
        assert re.search(rf"^\| \[{number}\. .+ \| {minutes} \|", text_of(README), re.MULTILINE), path.stem
        assert re.search(rf"^\| {number} \| {minutes} \|", text_of(GUIDE), re.MULTILINE), path.stem


def test_places_in_the_notebooks_exist():
    """Each row of a table names a notebook by its number, and headings in italics."""
    every = "\n".join(heading for path in NOTEBOOKS for heading in headings(path)).lower()
    places = re.findall(r"^\|(?=.*\b[1-6]\b)(.+)\|$", text_of(GUIDE), re.MULTILINE)
    named = [name for place in places for name in re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", place)]
    assert len(named) > 15
    for name in set(named) - MENUS:
        assert name.lower() in every, name


def what_checks_say(path: Path) -> set[str]:
    """Words that the checks of a notebook are known to say: `test_checks.py` makes each mistake."""
    said: set[str] = set()
    for name in exercises(path):
        said.update(words for words, _ in answers.WRONG[name])
        exercise = getattr(checks, name).exercise
        for mistakes in exercise.listed().values() if exercise else ():
            said.update(because([words], exercise.lead) for words in mistakes)
    return said


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_messages_are_the_checks_own(path: Path):
    number = int(path.stem[:2])
    for message in re.findall(rf"^\| {number} \| \d+ \|.*\| ([^|]+) \|$", text_of(GUIDE), re.MULTILINE):
        assert message in what_checks_say(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_readme_lists_the_exercises(path: Path):
    (row,) = re.findall(rf"^\| \[.+\]\(notebooks/{path.name}\) \|.*\|(.*)\|$", text_of(README), re.MULTILINE)
    assert re.findall(r"`(\w+)`", row) == exercises(path)


def test_the_cell_for_nbgrader_shows_the_sentence_of_the_check():
    (cell,) = re.findall(r"```python\n(.+?)```", text_of(GUIDE), re.DOTALL)
    names = {"checks": checks, "my_reparameterize": lambda mu, logvar: mu}
    with pytest.raises(AssertionError, match="noise"):
        exec(cell, names)
