"""What a check or a prediction shows below its cell."""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, isfinite, log10
from numbers import Real
from typing import Any, Literal

import numpy as np
from torch import Tensor

CHANGED = "If you changed something above, that may be why. Otherwise run the notebook again from its top."


@dataclass(frozen=True, repr=False)
class CheckResult:
    """What was found: false unless passed. Shows itself as the last expression of a cell."""

    name: str
    status: Literal["passed", "failed", "not attempted"]
    message: str
    title: str = ""  # shown first, in place of the name and the status
    function: Callable | None = None  # of an exercise: the student's if it passed, else the package's

    @property
    def passed(self) -> bool:
        """Whether all is as it should be."""
        return self.status == "passed"

    def __bool__(self) -> bool:
        """Not passed is false, so that `assert checks.name(f)` stops."""
        return self.passed

    def __repr__(self) -> str:
        """The text of a console."""
        return f"{self.title or f'{self.name}: {self.status}.'} {self.message}"

    def _repr_markdown_(self) -> str:
        return f"**{self.title or f'`{self.name}`: {self.status}.'}** {self.message}"


def prediction(guess: Any, what: str, value: Any, unit: str = "") -> CheckResult:
    """Hold a student's guess against what came out; whatever the guess is, the notebook goes on.

    While `guess` is None, or no number, the result shows no measured digit, so that a notebook saved
    with `my_prediction = None` reads the same on every machine.

    >>> prediction(500, "the loss before training", 543, "nats")
    Your prediction: the loss before training: you said 500 nats, and it is 543 nats: off by 43 nats.

    Args:
        guess: what the student wrote, anything at all.
        what: what was to be predicted.
        value: what came out, one number.
        unit: of both, "nats" or "%", or nothing for a pure number.
    """
    title = "Your prediction:"
    guessed, came = _number(guess), _number(value)
    if guessed is None:
        state = "not written down yet" if guess is None else f"no number, but of type {type(guess).__name__}"
        message = f"{what}: {state}. Write a number in its cell, run that, and then this one again."
        return CheckResult(what, "not attempted", message, title)
    if came is None:
        return CheckResult(what, "failed", f"{what}: what came out is no number. {CHANGED}", title)
    said, is_, off = (f"{plain(number)} {unit}".strip() for number in (guessed, came, abs(guessed - came)))
    return CheckResult(what, "passed", f"{what}: you said {said}, and it is {is_}: off by {off}.", title)


def plain(number: Any, digits: int = 4) -> str:
    """A number to this many digits that count, or to its point; other things as they are."""
    if isinstance(number, bool | np.bool_ | str) or not isfinite(number):
        return str(number)
    before = floor(log10(abs(number))) + 1 if number else 1
    return f"{number:.{max(digits, before) if before < 16 else digits}g}"


def told_apart(first: Any, second: Any) -> tuple[str, str]:
    """Two numbers to as many digits as show that they differ, at least four."""
    pairs = ((plain(first, digits), plain(second, digits)) for digits in range(4, 18))
    return next((pair for pair in pairs if pair[0] != pair[1]), (plain(first), plain(second)))


def _entries(value: Any) -> np.ndarray | None:
    """Numbers or texts, one or many, as an array; None for anything else."""
    try:
        if isinstance(value, Tensor):
            value = value.detach().cpu().to_dense()
            value = value.double().numpy() if value.is_floating_point() else value.numpy()
        elif isinstance(value, list | tuple):
            value = np.array([_entries(entry) for entry in value])
        elif isinstance(value, Real) and not isinstance(value, bool):
            value = float(value)
        array = np.asarray(value)
    except Exception:  # ragged, too large, on a device without data
        return None
    return array if array.dtype.kind in "biufU" else None


def _number(value: Any) -> float | None:
    """One number, also when it was written as a text; None for anything else."""
    entries = _entries(value)
    try:
        return None if entries is None or entries.size != 1 else float(entries.item())
    except ValueError:
        return None
