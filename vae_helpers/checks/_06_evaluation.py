"""Check of notebook 06: a claim that is complete, can fail, and was written before its number."""

from math import isfinite, log
from numbers import Real
from typing import Any

from vae_helpers.beyond.evidence import Claim
from vae_helpers.checks.common import Attempt, Mistake, check

# The measures of the notebook, and the largest difference that each can show.
LARGEST = {"sure": 100.0, "information": log(10)}
HEDGES = {"may", "maybe", "might", "can", "could", "perhaps", "possibly", "probably", "sometimes", "somehow"}
VAGUE = {"", "none", "nothing", "no", "other", "others", "it", "that", "something", "anything", "?"}
FEWER = {"less", "fewer", "lower", "smaller", "worse"}


def _words(text: Any, name: str) -> list[str]:
    """The words of one part of the claim."""
    if not isinstance(text, str):
        raise Mistake(f"`{name}` is of type {type(text).__name__}: write it in words, as a string.")
    return "".join(c if c.isalnum() or c in ".?" else " " for c in text.lower()).strip(". ").split()


def _check_threshold(threshold: Any, measure: str) -> None:
    """Accept a number that a measurement can fall short of, and pass, and that nobody has measured."""
    if isinstance(threshold, bool) or not isinstance(threshold, Real) or not isfinite(threshold):
        raise Mistake(
            f"`threshold` is {threshold!r}: give a number, how far our mean must be above the rival's. "
            "0 is one."
        )
    threshold, largest = float(threshold), LARGEST[measure]
    if threshold >= largest or threshold <= -largest:
        outcome = "hold" if threshold > 0 else "fail"
        raise Mistake(
            f"With a threshold of {threshold:g} the claim cannot {outcome}, whatever comes out: two means of "
            f"`{measure}` differ by at most {largest:.3g}. Choose one that can be missed and can be reached."
        )
    if measure == "sure" and 0 < abs(threshold) < 0.5:
        raise Mistake(
            f"`sure` is measured in %, so a threshold of {threshold:g} is less than one picture in 200. If "
            f"you mean {100 * threshold:g} %, write {100 * threshold:g}."
        )
    if float(f"{threshold:.1e}") != threshold:
        raise Mistake(
            f"A threshold of {threshold:.6g} looks as if it was read off a result. Before a measurement "
            f"nobody knows more than two digits: which difference would matter? Write {threshold:.1g}, say."
        )


@check
def claim(attempt: Attempt) -> str:
    """Check `() -> Claim`: all four parts are there, it can fail, and its threshold is not a measurement."""
    written = attempt()
    if not isinstance(written, Claim):
        raise Mistake(
            f"Your function returns a value of type {type(written).__name__}; it should return a claim: "
            "`Claim(claim, rival, measure, threshold)`."
        )
    sentence, rival, measure = (
        _words(getattr(written, name), name) for name in ("claim", "rival", "measure")
    )
    if len(sentence) < 3:
        raise Mistake("`claim` should be a sentence: what does which pictures more than which?")
    hedges = HEDGES.intersection(sentence)
    if hedges:
        raise Mistake(
            f'`claim` says "{min(hedges)}", and then nothing that comes out can refute it. Say what *is* so.'
        )
    if VAGUE.issuperset(rival) or rival == sentence:
        raise Mistake("`rival` should name the pictures that yours are compared with: better than *what*?")
    named = [name for name in LARGEST if name in measure]
    if len(named) != 1:
        raise Mistake(
            '`measure` should name one number that this notebook can take: "sure, %" or "information, nats".'
        )
    _check_threshold(written.threshold, named[0])
    turned = [word for word, before in zip(sentence, ["", *sentence], strict=False) if before != "no"]
    fewer = FEWER.intersection(turned)
    if fewer and written.threshold >= 0:
        raise Mistake(
            f'`claim` says "{min(fewer)}", but it would hold if our mean is *above* the rival\'s. Turn the '
            "sentence round, or swap who is the rival."
        )
    return (
        f"Complete, and it can fail: it holds if our mean is above the rival's by more than "
        f"{written.threshold:g}, and by more than chance. Now measure, once."
    )
