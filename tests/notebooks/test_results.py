"""What the saved notebooks must conclude, written by hand: nbval holds change, and these hold truth.

An anchor is one line: the start of a notebook's name, the words before a number in its outputs, the number,
how far it may be off, and why it must be so. Three dots stand for the rest of a line: "Epoch [10/10] ... KL".
"""

from pathlib import Path
from typing import NamedTuple

import pytest
from held import numbers, texts
from sections import THIRD, cells_of


class Anchor(NamedTuple):
    notebook: str
    words: str
    value: float
    within: float
    reason: str


LAB_SHEET = (164.37, 121.28, 114.52, 111.61, 109.83, 108.68, 107.82, 107.16, 106.69, 106.22)

ANCHORS = [
    *(
        Anchor("04", f"Epoch [{epoch}/10] Loss:", loss, 3 if epoch == 1 else 1, "the lab sheet's log")
        for epoch, loss in enumerate(LAB_SHEET, start=1)
    ),
    Anchor("04", "Epoch [10/10] ... reconstruction", 81.1, 1, "the recipe, five seeds 81.0 to 81.1"),
    Anchor("04", "Epoch [10/10] ... KL", 25.2, 1, "the recipe, five seeds 25.0 to 25.4"),
    Anchor("04", "Epoch [10/10] ... test", 105.7, 0.7, "the recipe, five seeds 105.3 to 105.8"),
    Anchor(
        "04", "parameters:", 652_824, 0, "by hand: 784 · 400 + 400, 2 (400 · 20 + 20), 20 · 400 + 400, ..."
    ),
    Anchor("04", "logits times 0:", 543.4, 0.05, "784 ln 2: every p is one half"),
    Anchor("04", "784 ln 2 =", 543.4, 0.05, "by hand"),
    Anchor("04", "logits times 1:", 550, 3, "logits spread by 0.24: 784 · 0.24² / 8 nats more, and chance"),
    Anchor("04", "nats per image KL", 0.1, 0.05, "untrained clouds are nearly N(0, I)"),
    Anchor(
        "04", "the average image costs", 207, 2, "the mark of collapse: 206 to 208 in runs that collapsed"
    ),
    Anchor("04", "epoch 1, over 60,000 images:", 164.37, 3, "the lab sheet, by the loop that is written out"),
    Anchor("04", "epoch 2, by train_epoch:", 121.28, 1, "the lab sheet, by the package's loop"),
    Anchor("04", "its own 128 images:", 78.5, 2, "above the 50 of grey pixels and ln 128, below any lab run"),
    Anchor("04", "the test images:", 173, 6, "memorised: 67 nats worse on new images than ten epochs"),
    Anchor("04", "training images:", 106.0, 0.7, "no memorising: within 0.4 of the test images"),
    Anchor("04", "test loss with z drawn:", 105.7, 0.7, "the recipe, five seeds 105.3 to 105.8"),
    Anchor("04", "test loss with z = mu:", 97.0, 1, "no bound: 8.4 to 8.8 nats below the draw, five seeds"),
    Anchor("06", "detour: VAE", 1.33, 0.02, "five models; the autoencoder's is 0.14 more"),
    Anchor("06", "detour: ... autoencoder", 1.47, 0.02, "five models"),
    Anchor("06", "largest step: VAE", 1.41, 0.02, "five models; the autoencoder's is 0.13 less"),
    Anchor("06", "largest step: ... autoencoder", 1.28, 0.02, "five models"),
    Anchor("06", "Less of a detour ... > 0 |", 0.14, 0.02, "holds: smooth by one measure"),
    Anchor("06", "A smaller largest step ... > 0 |", -0.12, 0.02, "fails: not by the other"),
    Anchor("06", "half of the prior is empty: ... KL", 0.69, 0.005, "ln 2, by hand"),
    Anchor("06", "half of the codes stray: ... KL", 2.76, 0.01, "0.5 ln 500 + 0.5 ln (0.5 / 0.999), by hand"),
    Anchor("06", "VAE: charged", 25.6, 0.5, "the mean KL of the recipe"),
    Anchor("06", "VAE: ... beyond ln N", 15.7, 0.5, "less ln 20,000"),
    Anchor("06", "control: ... beyond ln N", 15.3, 0.5, "as much where nothing is wrong"),
    Anchor("06", "VAE: KL of all codes from the prior at least", 4.4, 0.3, "held out, measured 4.41"),
    Anchor("06", "control: KL of all codes from the prior at least", -0.37, 0.2, "the KL is 0"),
]


def found(path: Path, words: str) -> set[str]:
    """The digits that follow these words in the notebook's outputs."""
    line, _, last = words.rpartition(" ... ")
    shown = [text for cell in cells_of(path) for text in texts(cell.get("outputs", [])).values()]
    return {
        number.digits
        for text in shown
        for number in numbers(text)
        if line in number.line and " ".join((number.head + number.between).split()).endswith(last)
    } - {""}


def is_held(anchor: Anchor, digits: set[str]) -> str:
    """What is wrong with what the notebook shows, or nothing."""
    if len(digits) != 1:
        return f'{len(digits)} numbers follow "{anchor.words}" in {anchor.notebook}, and one is asked for'
    (value,) = (float(number.replace(",", "")) for number in digits)
    if abs(value - anchor.value) <= anchor.within + 1e-9:
        return ""
    return (
        f'"{anchor.words}" in {anchor.notebook} is {value}, and must be {anchor.value} ± {anchor.within}: '
        f"{anchor.reason}"
    )


@pytest.mark.parametrize("anchor", ANCHORS, ids=lambda anchor: f"{anchor.notebook}: {anchor.words}")
def test_what_a_notebook_concludes(anchor: Anchor):
    (path,) = (path for path in THIRD if path.name.startswith(anchor.notebook))
    told = is_held(anchor, found(path, anchor.words))
    assert not told, told


def test_an_anchor_tells_what_is_wrong():
    anchor = Anchor("04", "Epoch [1/10] Loss:", 164.37, 3, "the lab sheet's log")
    assert is_held(anchor, {"167.37"}) == ""
    assert "is 230.1, and must be 164.37 ± 3: the lab sheet's log" in is_held(anchor, {"230.1"})
    assert "0 numbers follow" in is_held(anchor, set())
    assert "2 numbers follow" in is_held(anchor, {"164.4", "164.5"})
