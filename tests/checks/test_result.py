"""What a notebook says about a number: silent on the digits when it fits, exact about them when not."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from vae_helpers import expect, prediction
from vae_helpers.checks.result import told_apart

EPOCHS = [164.9, 121.7, 114.6]


@pytest.mark.parametrize("value", [543.12, np.float32(543.12), torch.tensor(543.12, requires_grad=True), 543])
def test_as_expected_shows_no_measured_digit(value: object):
    result = expect("the untrained loss, in nats", value, 543.4, within=15)
    assert result.passed
    assert repr(result) == "As expected: the untrained loss, in nats: 543.4 within 15."
    assert result._repr_markdown_() == "**As expected:** the untrained loss, in nats: 543.4 within 15."


def test_not_as_expected_shows_both_numbers():
    result = expect("the untrained loss, in nats", torch.tensor(0.6931), 543.4, within=15)
    assert result.status == "failed"
    assert not result
    assert repr(result).startswith(
        "Not as expected: the untrained loss, in nats is 0.6931 here, "
        "and the text is written for 543.4 within 15."
    )


FITTING = {
    "at the upper edge": expect("x", 558.4, 543.4, within=15),
    "at the lower edge": expect("x", 528.4, 543.4, within=15),
    "an equal number": expect("x", 60_000, 60_000),
    "an equal text": expect("the verdict", "open", "open"),
    "true": expect("the two agree", torch.tensor(True), True),
    "a list": expect("x", torch.tensor(EPOCHS) + 0.4, EPOCHS, within=0.5),
    "a list of tensors": expect("x", [torch.tensor(loss) for loss in EPOCHS], EPOCHS, within=0.5),
    "a table": expect("x", torch.eye(2), [[1, 0], [0, 1]]),
    "bytes": expect("x", torch.tensor([3, 250], dtype=torch.uint8), [0, 255], within=5),
    "16 bits": expect("x", torch.tensor(1.5, dtype=torch.bfloat16), 1.5),
    "at least": expect("x", [0.5, 0.7], at_least=0.5),
    "at most": expect("x", -math.inf, at_most=0),
    "at least a tensor's number": expect("x", 5, at_least=torch.tensor(4.0, requires_grad=True)),
    "between": expect("x", 0.5, at_least=0.4, at_most=0.6),
    "infinity": expect("x", math.inf, math.inf, within=1),
    "nan where the text has it": expect("x", [1, math.nan], [1, math.nan], within=1),
}


@pytest.mark.parametrize("case", FITTING)
def test_what_fits(case: str):
    assert FITTING[case], FITTING[case]


OTHER = {
    "is 543.4001 here, and the text is written for 543.4.": expect("x", 543.4001, 543.4),
    "is 558.40001 here, and the text is written for 543.4 within 15.": expect(
        "x", 558.40001, 543.4, within=15
    ),
    "is 59999 here, and the text is written for 60000.": expect("x", 59_999, 60_000),
    "is 1.235e-07 here, and the text is written for 0 within 1e-09.": expect("x", 1.2345e-7, 0, within=1e-9),
    "is open here, and the text is written for holds.": expect("the verdict", "open", "holds"),
    "is False here, and the text is written for True.": expect("x", False, True),
    "x: entry [2], the first that differs, is 130 here, and the text is written for 114.6 within 1.": expect(
        "x", [164.0, 121.0, 130.0], EPOCHS, within=1
    ),
    "entry [1, 0], the first that differs, is 7 here, and the text is written for 0.": expect(
        "x", [[1, 0], [7, 8]], torch.eye(2)
    ),
    "2 of 3 epochs here, and the text is written for [164.9, 121.7, 114.6] within 1. Fewer": (
        expect("the loss per epoch", EPOCHS[:2], EPOCHS, within=1)
    ),
    "x: 4 of 3 entries here": expect("x", [*EPOCHS, 1], EPOCHS, within=1),
    "has shape (2, 2) instead of (3,) here": expect("x", torch.eye(2), EPOCHS, within=1),
    "has shape (3,) instead of () here": expect("x", EPOCHS, 164.9, within=1),
    "is an empty list here, and the text is written for at least 1. Fewer": expect("x", [], at_least=1),
    "is 0.4 here, and the text is written for at least 0.5.": expect("x", 0.4, at_least=0.5),
    "is 0.7 here, and the text is written for at least 0.5 and at most 0.6.": expect(
        "x", 0.7, at_least=0.5, at_most=0.6
    ),
    "entry [1], the first that differs, is 3 here, and the text is written for at most 2.": expect(
        "x", [1, 3, 4], at_most=2
    ),
    "is nan here, and the text is written for 5 within 1. A nan spreads": expect("x", math.nan, 5, within=1),
    "is inf here, and the text is written for at most 2. If you changed": expect("x", math.inf, at_most=2),
    "is nan here, and the text is written for at most 2. A nan spreads": expect("x", math.nan, at_most=2),
    "is None here, and the text is written for at most 2. A function without `return`": expect(
        "x", None, at_most=2
    ),
}


@pytest.mark.parametrize("words", OTHER)
def test_what_does_not_fit(words: str):
    assert OTHER[words].status == "failed"
    assert words in OTHER[words].message
    assert repr(OTHER[words]).startswith("Not as expected: ")


class Refusing:
    """Raises at every touch."""

    def __array__(self, *_: object, **__: object) -> np.ndarray:
        raise RuntimeError

    def __repr__(self) -> str:
        raise RuntimeError


ENDLESS: list = []
ENDLESS.append(ENDLESS)
NO_NUMBER = [
    "543",
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


@pytest.mark.parametrize("value", NO_NUMBER, ids=lambda value: type(value).__name__)
def test_any_other_value_gets_a_sentence(value: object):
    for result in (
        expect("x", value, 5, within=1),
        expect("x", value, at_least=5),
        expect("x", value, [5, 6]),
    ):
        assert result.status == "failed"
        assert f"type {type(value).__name__}" in result.message


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: expect("x", 5), "needs numbers or texts as `expected`"),
        (lambda: expect("x", 5, 5, at_least=4), "needs numbers or texts as `expected`, or else"),
        (lambda: expect("x", 5, len), "needs numbers or texts"),
        (lambda: expect("x", 5, 5, within=-1), "at least 0"),
        (lambda: expect("x", 5, 5, within=math.nan), "at least 0"),
        (lambda: expect("x", 5, at_least="some"), "at_least and at_most must be numbers"),
        (lambda: expect("x", 5, at_least=4, within=1), "from numbers in `expected`"),
        (lambda: expect("x", "open", "holds", within=1), "from numbers in `expected`"),
    ],
)
def test_a_call_that_compares_nothing_is_refused(call: Callable, words: str):
    with pytest.raises((TypeError, ValueError), match=words):
        call()


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


WORDS = {
    "No guess was written down": None,
    "18,5 are two numbers for Python: a decimal has a point, 18.5.": (18, 5),
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


@pytest.mark.parametrize("guess", NO_NUMBER[1:], ids=lambda value: type(value).__name__)
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
    assert "no number. If you changed" in prediction(3, "the loss", None).message
