"""What a check or a prediction shows below its cell."""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, isfinite, log10
from numbers import Real
from typing import Any, Literal

import numpy as np
from torch import Tensor

from vae_helpers._inputs import shown

CHANGED = "If you changed something above, that may be why. Otherwise run the notebook again from its top."


@dataclass(frozen=True, repr=False)
class CheckResult:
    """What was found: false unless passed. Shows itself as the last expression of a cell."""

    name: str
    status: Literal["passed", "failed", "not attempted"]
    message: str
    hint: str = ""  # the line that repairs it, for who asks
    function: Callable | None = None  # the student's where the check passed, else the package's
    title: str = ""  # shown first, in place of the name and the status

    @property
    def passed(self) -> bool:
        """Whether all is as it should be."""
        return self.status == "passed"

    def __bool__(self) -> bool:
        """Not passed is false, so that `assert checks.name(f)` stops."""
        return self.passed

    def __repr__(self) -> str:
        """The text of a console."""
        return f"{self.title or f'{self.name}: {self.status}.'} {self._text()}"

    def _repr_markdown_(self) -> str:  # course/collect.py reads the name and the status
        return f"**{self.title or f'`{self.name}`: {self.status}.'}** {self._text()}"

    def _text(self) -> str:
        if self.status != "failed" or not self.hint:
            return self.message
        return f"{self.message}\n\nStuck? `checks.{self.name}(my_{self.name}).hint` says more."


def prediction(guess: Any, what: str, value: Any, unit: str = "") -> CheckResult:
    """Hold a student's guess against what came out, which is always shown; the notebook goes on.

    >>> prediction(500, "the loss before training", 543, "nats")
    Your prediction: the loss before training: you said 500 nats, and it is 543 nats: off by 43 nats.

    Args:
        guess: what the student wrote, anything at all.
        what: what was to be predicted.
        value: what came out, one number.
        unit: of both, "nats" or "%", or nothing for a pure number.

    Returns:
        The result: passed where `guess` is a number, not attempted where it is none.
    """
    title = "Your prediction:"
    guessed, came = _number(guess, unit), _number(value)
    if came is None:
        return CheckResult(what, "failed", f"{what}: what came out is no number. {CHANGED}", title=title)
    it_is = f"it is {_with_unit(came, unit)}"
    if guessed is None:
        message = f"{what}: {it_is}. {_no_number(guess)}"
        return CheckResult(what, "not attempted", message, title=title)
    said, off = _with_unit(guessed, unit), _with_unit(abs(guessed - came), unit)
    message = f"{what}: you said {said}, and {it_is}: off by {off}."
    if unit.startswith("%") and 0 < abs(guessed) < 1 and abs(100 * guessed - came) < abs(guessed - came):
        hundredths = plain(100 * guessed)
        message += f" ({hundredths} in a hundred is written {hundredths}.)"
    return CheckResult(what, "passed", message, title=title)


def _with_unit(number: float, unit: str) -> str:
    return f"{plain(number)} {unit}".strip()


def _no_number(guess: Any) -> str:
    """What a guess is that is no number."""
    if guess is None:
        return "No guess was written down."
    if isinstance(guess, tuple) and [type(part) for part in guess] == [int, int] and guess[1] >= 0:
        whole, part = guess
        return f"{whole},{part} are two numbers for Python: a decimal has a point, {whole}.{part}."
    if isinstance(guess, str):
        return f"The guess is {shown(guess)}, a text and no number."
    if isinstance(guess, float):
        return f"The guess is {guess}, no number to compare with."
    return f"The guess is no number, but of type {type(guess).__name__}."


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


def _number(value: Any, unit: str = "") -> float | None:
    """One finite number, also one that was written as a text, with a comma or with its unit; or None."""
    if not isinstance(value, Real | str | np.ndarray | Tensor) or isinstance(value, bool):
        return None
    try:
        if isinstance(value, Tensor):
            value = value.item()
        if isinstance(value, str):
            value = value.strip().removesuffix(unit).replace(",", ".").replace("\N{MINUS SIGN}", "-")
        number = float(value)
    except Exception:  # several numbers, a text, a number beyond all floats, a device without data
        return None
    return number if isfinite(number) else None
