"""What the text says, held against what came out here; and what was predicted, against what came."""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, inf, isfinite, log10
from numbers import Real
from typing import Any, Literal

import numpy as np
from torch import Tensor

CHANGED = "If you changed something above, that may be why. Otherwise run the notebook again from its top."
SHORTER = "Fewer epochs, or a run that was stopped early, leave a shorter list."
NAN = "A nan spreads to all that is computed from it: look for the first one in the cells above."
NONE = "A function without `return` gives None, and so does a name that was not filled in yet."


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


def expect(
    what: str,
    value: Any,
    expected: Any = None,
    *,
    within: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
) -> CheckResult:
    """Hold what came out against what the text is written for.

    As expected, the result shows no measured digit, so that a saved notebook reads the same on every
    machine. Not as expected, it shows them, and what may have happened; it never raises for a value.

    >>> expect("the loss before training, in nats", 543.2, 543, within=1)
    As expected: the loss before training, in nats: 543 within 1.

    Args:
        what: what is measured, with its unit: "the loss before training, in nats per image".
        value: what came out: a number or a text, or a tensor or list of them.
        expected: what the text is written for, as many entries as in `value`.
        within: how far each entry of `value` may be from that of `expected`; without it, equal.
        at_least, at_most: limits for each entry of `value`, in place of `expected`.

    Raises: TypeError, ValueError: there is nothing to compare with, or `within` is no distance.
    """
    right = _entries(expected)
    if (right is None) == (at_least is None and at_most is None):
        raise TypeError("expect needs numbers or texts as `expected`, or else `at_least` or `at_most`")
    if within is not None and (right is None or right.dtype.kind == "U" or not within >= 0):
        raise ValueError(f"within must be a distance of at least 0 from numbers in `expected`, got {within}")
    if right is None:
        given = {"at least": at_least, "at most": at_most}
        limits = {name: _number(limit) for name, limit in given.items() if limit is not None}
        if None in limits.values():
            raise TypeError("at_least and at_most must be numbers")
        low, high = np.array(limits.get("at least", -inf)), np.array(limits.get("at most", inf))
        wanted = " and ".join(f"{name} {plain(limit, 6)}" for name, limit in limits.items())
    else:
        low, high = (right, right) if within is None else (right - float(within), right + float(within))
        wanted = _listed(right, within)

    def unlike(found: str, reason: str, wanted: str = wanted) -> CheckResult:
        message = f"{what}{found} here, and the text is written for {wanted}. {reason}"
        return CheckResult(what, "failed", message, "Not as expected:")

    entries = _entries(value)
    if entries is None or (entries.dtype.kind == "U") != (low.dtype.kind == "U"):
        kind = "None" if value is None else f"a value of type {type(value).__name__}"
        return unlike(f" is {kind}", NONE if value is None else CHANGED)
    if right is None and entries.size == 0:
        return unlike(" is an empty list", SHORTER)
    if right is not None and entries.shape != right.shape:
        if not entries.ndim == right.ndim == 1:
            return unlike(f" has shape {entries.shape} instead of {right.shape}", CHANGED)
        kind = "epochs" if "epoch" in what else "entries"
        reason = SHORTER if len(entries) < len(right) else CHANGED
        return unlike(f": {len(entries)} of {len(right)} {kind}", reason)
    inside = ((low <= entries) & (entries <= high)) | ((entries != entries) & (low != low))  # nan for nan
    if inside.all():
        return CheckResult(what, "passed", f"{what}: {wanted}.", "As expected:")

    place = tuple(int(index) for index in np.argwhere(~inside)[0])
    entry, lowest, highest = (np.broadcast_to(array, entries.shape)[place] for array in (entries, low, high))
    found, _ = told_apart(entry, lowest if entry < lowest else highest)
    where = f": entry {list(place)}, the first that differs," if place else ""
    there = wanted if right is None else _listed(right[place], within)
    return unlike(f"{where} is {found}", NAN if entry != entry else CHANGED, there)


def prediction(guess: Any, what: str, value: Any, unit: str = "") -> CheckResult:
    """Hold a student's guess against what came out; whatever the guess is, the notebook goes on.

    While `guess` is None, or no number, the result shows no measured digit, so that a notebook saved
    with `my_prediction = None` reads the same on every machine.

    >>> prediction(500, "the loss before training", 543, "nats")
    Your prediction: the loss before training: you said 500 nats, and it is 543 nats: off by 43 nats.

    Args: guess: what the student wrote, anything at all; what: what was to be predicted; value: what
        came out, one number; unit: of both, "nats" or "%", or nothing for a pure number.
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


def _listed(right: np.ndarray, within: float | None) -> str:
    """What the text is written for, in words: "[164.9, 121.7] within 1"."""
    texts = [plain(entry, 6) for entry in right.flat[:12]]
    numbers = f"[{', '.join(texts)}{', ...' if right.size > 12 else ''}]" if right.ndim else texts[0]
    return numbers if within is None else f"{numbers} within {plain(within, 6)}"
