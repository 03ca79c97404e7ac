"""What the text says, held against what came out here: for the notebooks that are still to be rewritten."""

from math import inf
from numbers import Real
from typing import Any

import numpy as np
from torch import Tensor

from vae_helpers.checks.result import CHANGED, CheckResult, _number, plain, told_apart

SHORTER = "Fewer epochs, or a run that was stopped early, leave a shorter list."
NAN = "A nan spreads to all that is computed from it: look for the first one in the cells above."
NONE = "A function without `return` gives None, and so does a name that was not filled in yet."


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
        return CheckResult(what, "failed", message, title="Not as expected:")

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
        return CheckResult(what, "passed", f"{what}: {wanted}.", title="As expected:")

    place = tuple(int(index) for index in np.argwhere(~inside)[0])
    entry, lowest, highest = (np.broadcast_to(array, entries.shape)[place] for array in (entries, low, high))
    found, _ = told_apart(entry, lowest if entry < lowest else highest)
    where = f": entry {list(place)}, the first that differs," if place else ""
    there = wanted if right is None else _listed(right[place], within)
    return unlike(f"{where} is {found}", NAN if entry != entry else CHANGED, there)


def _listed(right: np.ndarray, within: float | None) -> str:
    """What the text is written for, in words: "[164.9, 121.7] within 1"."""
    texts = [plain(entry, 6) for entry in right.flat[:12]]
    numbers = f"[{', '.join(texts)}{', ...' if right.size > 12 else ''}]" if right.ndim else texts[0]
    return numbers if within is None else f"{numbers} within {plain(within, 6)}"


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
