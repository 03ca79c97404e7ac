"""Exercises of notebook 06: what a hole costs, and a claim that was written before its number."""

from math import isfinite, log
from numbers import Real
from typing import Any

import torch
from torch import Tensor, xlogy

from vae_helpers.beyond.evidence import Claim
from vae_helpers.checks._attempt import Attempt, Case, Wrong
from vae_helpers.checks._exercise import check, exercise
from vae_helpers.checks._words import what_came


def _shares() -> list[Case]:
    some = torch.tensor([0.5, 0.9, 0.2]), torch.tensor([0.25, 0.1, 0.2])
    everywhere = torch.tensor([1.0, 0.0, 1.0]), torch.tensor([0.5, 0.9, 0.001])
    return [tuple(one[:1] for one in some), some, everywhere]


@exercise(
    inputs=_shares,
    mistakes={
        "0 ln 0 is not taken for 0": lambda q, p: q * (q / p).log() + (1 - q) * ((1 - q) / (1 - p)).log(),
        "the other part is left out": lambda q, p: xlogy(q, q / p),
        "1 - q is divided by p, not by 1 - p": (lambda q, p: xlogy(q, q / p) + xlogy(1 - q, (1 - q) / p)),
        "the terms are subtracted": lambda q, p: xlogy(q, q / p) - xlogy(1 - q, (1 - q) / (1 - p)),
        "the codes' own ln q is left out": lambda q, p: -xlogy(q, p) - xlogy(1 - q, 1 - p),
        "the logarithms are not weighted": lambda q, p: (q / p).log() + ((1 - q) / (1 - p)).log(),
    },
    praise="A part without codes costs nothing itself; the codes that are elsewhere pay for it.",
    hint="Two terms, q ln(q / p) and the same with 1 - q and 1 - p. Where a share is 0, its term is 0: "
    "`torch.xlogy(a, b)` is a ln b, and 0 where a is 0.",
)
def kl_of_shares(q: Tensor, p: Tensor) -> Tensor:
    """KL of (q, 1 - q) from (p, 1 - p), in nats, `(N,)`."""
    return xlogy(q, q / p) + xlogy(1 - q, (1 - q) / (1 - p))


# The measures of the notebook, and the largest difference that each can show.
LARGEST = {"sure": 100.0, "information": log(10)}
HEDGES = {"may", "maybe", "might", "can", "could", "perhaps", "possibly", "probably", "sometimes", "somehow"}
VAGUE = {"", "none", "nothing", "no", "other", "others", "it", "that", "something", "anything", "?"}
FEWER = {"less", "fewer", "lower", "smaller", "worse"}


def _ours() -> Claim:
    """The claim that stands trial until there is another."""
    return Claim("0.8 z tells more of a digit", "z from N(0, I)", "information, nats", 0.05)


@check(
    package=_ours,
    hint="`Claim(claim, rival, measure, threshold)`: a sentence that says what *is* so, of which pictures, "
    'compared with which; "sure, %" or "information, nats"; and by how much at least, in one or two digits.',
)
def claim(attempt: Attempt) -> str:
    """`() -> Claim`: all four parts are there, it can fail, and its threshold is not a measurement."""
    written = attempt()
    if not isinstance(written, Claim):
        raise Wrong(f"Your function returns {what_came(written)}; a `Claim` is asked for.")
    sentence, rival, measure = (_words(written, name) for name in ("claim", "rival", "measure"))
    if len(sentence) < 3:
        raise Wrong(
            "`claim` has fewer than three words: a sentence is asked for, which pictures have more of what."
        )
    hedges = HEDGES.intersection(sentence)
    if hedges:
        raise Wrong(f'`claim` says "{min(hedges)}", and then nothing that comes out can refute it.')
    if VAGUE.issuperset(rival) or rival == sentence:
        raise Wrong("`rival` does not name the pictures that yours are compared with.")
    named = [name for name in LARGEST if name in measure]
    if len(named) != 1:
        raise Wrong('`measure` should name one of the two numbers, "sure, %" or "information, nats".')
    _expect_threshold(written.threshold, named[0])
    not_negated = [word for word, before in zip(sentence, ["", *sentence], strict=False) if before != "no"]
    fewer = FEWER.intersection(not_negated)
    if fewer and written.threshold >= 0:
        raise Wrong(
            f'`claim` says "{min(fewer)}", but it would hold if our mean is *above* the rival\'s.',
            "Turn the sentence round, or swap who is the rival.",
        )
    return (
        f"Complete, and it can fail: it holds if our mean is above the rival's by more than "
        f"{written.threshold:g}, and by more than chance. Now measure, once."
    )


def _words(written: Claim, name: str) -> list[str]:
    """The words of one part of the claim."""
    text = getattr(written, name)
    if not isinstance(text, str):
        raise Wrong(f"`{name}` is {what_came(text)}; words are asked for, as a string.")
    return "".join(c if c.isalnum() or c in ".?" else " " for c in text.lower()).strip(". ").split()


def _expect_threshold(threshold: Any, measure: str) -> None:
    """Accept a number that a measurement can miss and can pass, and that nobody has measured."""
    if isinstance(threshold, bool) or not isinstance(threshold, Real) or not isfinite(threshold):
        raise Wrong(f"`threshold` is {threshold!r}; a finite number is asked for. 0 is one.")
    threshold, largest = float(threshold), LARGEST[measure]
    if abs(threshold) >= largest:
        outcome = "hold" if threshold > 0 else "fail"
        raise Wrong(
            f"With a threshold of {threshold:g} the claim cannot {outcome}, whatever comes out: two means of "
            f"`{measure}` differ by at most {largest:.3g}."
        )
    if measure == "sure" and 0 < abs(threshold) < 0.5:
        raise Wrong(
            f"`sure` is measured in %, so a threshold of {threshold:g} is less than one picture in 200.",
            f"For {100 * threshold:g} %, write {100 * threshold:g}.",
        )
    if float(f"{threshold:.1e}") != threshold:
        raise Wrong(
            f"A threshold of {threshold:.6g} has more than two digits. Before a measurement nobody knows "
            "more than two digits: which difference would matter?"
        )
