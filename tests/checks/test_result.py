"""What a notebook says about a guess, whatever it is."""

import math

import numpy as np
import pytest
import torch

from vae_helpers import prediction
from vae_helpers.checks.result import told_apart


class Refusing:
    """Raises at every touch."""

    def __array__(self, *_: object, **__: object) -> np.ndarray:
        raise RuntimeError

    def __repr__(self) -> str:
        raise RuntimeError


ENDLESS: list = []
ENDLESS.append(ENDLESS)
NO_NUMBER = [
    "about 500",
    b"543",
    {1: 2},
    {1},
    len,
    Refusing(),
    ENDLESS,
    [1, None],
    [[1], [2, 3]],
    10**400,
    1 + 2j,
    torch.zeros((), dtype=torch.complex64),
    torch.zeros((), device="meta"),
    torch.nn.Linear(1, 1),
    iter([1]),
]


def test_a_shown_number_never_reads_like_the_one_it_missed():
    assert told_apart(0.77249, 0.77251) == ("0.77249", "0.77251")
    assert told_apart(543.4, 543.4) == ("543.4", "543.4")
    assert told_apart(60_000, 59_999.5) == ("60000", "59999.5")


@pytest.mark.parametrize("guess", [700, "700", "700 nats", "700,0", np.float32(700), torch.tensor([700.0])])
def test_a_prediction_is_held_against_what_came(guess: object):
    result = prediction(guess, "the loss before training", torch.tensor(543.38), "nats")
    assert result
    assert repr(result) == (
        "Your prediction: the loss before training: "
        "you said 700 nats, and it is 543.4 nats: off by 156.6 nats."
    )
    assert result._repr_markdown_() == f"**Your prediction:** {result.message}"


def test_a_minus_may_be_the_one_that_figures_have():
    guess = prediction("\N{MINUS SIGN}3,5 nats", "the change", -2.25, "nats")
    assert "you said -3.5 nats, and it is -2.25 nats: off by 1.25 nats" in guess.message


WORDS = {
    "No guess was written down": None,
    "18,5 are two numbers for Python: a decimal has a point, 18.5.": (18, 5),
    "-3,5 are two numbers for Python: a decimal has a point, -3.5.": (-3, 5),
    "The guess is 'about 500', a text and no number": "about 500",
    "The guess is no number, but of type list": [1, 2],
    "of type tuple": (1, 2, 3),
    "of type bool": True,
    "of type Refusing": Refusing(),
    "The guess is nan": math.nan,
}


@pytest.mark.parametrize("words", WORDS)
def test_what_came_is_shown_whatever_the_guess_is(words: str):
    result = prediction(WORDS[words], "the share of 9s", 18.4, "%")
    assert result.status == "not attempted"
    assert repr(result).startswith("Your prediction: the share of 9s: it is 18.4 %. ")
    assert words in result.message


@pytest.mark.parametrize("guess", NO_NUMBER, ids=lambda value: type(value).__name__)
def test_any_prediction_gets_a_sentence(guess: object):
    result = prediction(guess, "the loss before training", 543.38)
    assert result.status == "not attempted"
    assert "543" in result.message


def test_a_share_that_is_meant_in_hundredths():
    assert "(9 in a hundred is written 9.)" in prediction(0.09, "the share", 8.5, "%").message
    assert "hundred" not in prediction(0.09, "the share", 0.08, "%").message
    assert "hundred" not in prediction(0.09, "the share", 8.5).message
    assert "you said 9 %, and it is 8.5 %" in prediction("9%", "the share", 8.5, "%").message


def test_a_prediction_of_something_that_is_no_number():
    result = prediction(3, "the loss", None)
    assert result.status == "failed"
    assert "no number. If you changed" in result.message
    assert repr(result).endswith(result.message)  # and asks for no hint, which there is not
