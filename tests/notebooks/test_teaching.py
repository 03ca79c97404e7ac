"""The guide and the README say what is so: minutes, headings, messages, the cell for nbgrader."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from pages import CONTRIBUTING, GUIDE, NOTEBOOKS, README, ROOT, headings, text_of
from sections import is_raw

from vae_helpers import Claim, checks, kl_divergence

MENUS = {"Kernel > Restart Kernel"}  # in italics too


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
        assert list(ROOT.glob(re.sub("0N|NAME", "*", name))), name
    assert len(re.findall(r"^\d\. `", text, re.MULTILINE)) == 7


def test_minutes_are_the_notebooks_own():
    for path in (path for path in NOTEBOOKS if not is_raw(path)):
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


MISTAKES = {
    1: ("to_unit_interval", lambda raw: raw / raw.max()),
    2: ("reparameterize", lambda mu, logvar: mu + torch.exp(logvar) * torch.randn_like(mu)),
    3: ("kl_divergence", lambda mu, logvar: ((mu**2 + logvar.exp() - 1 - logvar) / 2).mean()),
    4: (
        "vae_loss",
        lambda logits, x, mu, logvar: (
            F.binary_cross_entropy_with_logits(logits, x) + kl_divergence(mu, logvar).mean(),
            F.binary_cross_entropy_with_logits(logits, x),
            kl_divergence(mu, logvar).mean(),
        ),
    ),
    5: ("interpolate", lambda z_a, z_b, steps: torch.lerp(z_a, z_b, torch.arange(steps)[:, None] / steps)),
    6: ("claim", lambda: Claim("0.8 z tells more of a digit", "z", "information, nats", 0.0654)),
    7: ("responsibilities", lambda log_joint: log_joint.exp() / log_joint.exp().sum(1, keepdim=True)),
    8: ("optimise_code", lambda vae, x, steps: torch.optim.Adam([*vae.encode(x)])),
    9: (
        "to_mnist_shape",
        lambda pictures: F.adaptive_avg_pool2d(
            pictures.reshape(len(pictures), 3, *pictures.shape[1:3]).float().mean(1, keepdim=True) / 255, 28
        ),
    ),
}


@pytest.mark.parametrize("number", MISTAKES)
def test_messages_are_the_checks_own(number: int):
    name, wrong = MISTAKES[number]
    (message,) = re.findall(rf"^\| {number} \| \d+ \|.*\| ([^|]+) \|$", text_of(GUIDE), re.MULTILINE)
    assert message in getattr(checks, name)(wrong).message


def test_the_cell_for_nbgrader_shows_the_sentence_of_the_check():
    (cell,) = re.findall(r"```python\n(.+?)```", text_of(GUIDE), re.DOTALL)
    names = {"checks": checks, "my_reparameterize": lambda mu, logvar: mu}
    with pytest.raises(AssertionError, match="noise"):
        exec(cell, names)
