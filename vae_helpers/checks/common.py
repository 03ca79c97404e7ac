"""The kinds of mistake that any exercise can meet, as changes of its right answer or of its inputs."""

from collections.abc import Callable, Sequence
from functools import partial
from math import log
from typing import Any

import torch
from torch import Tensor

from vae_helpers.checks._attempt import Case

LEAD = "Just that comes out, on all inputs tried,"

# In the words, {rows} is the first input that is a tensor.
OF_ANSWER: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "the sign is turned": lambda answer, _: -answer,
    "all is doubled, as by a missing 1/2": lambda answer, _: 2 * answer,
    "all is halved once more": lambda answer, _: answer / 2,
    "the logarithm is that of base 2": lambda answer, _: answer / log(2),
    "the logarithm is that of base 10": lambda answer, _: answer / log(10),
    "a last `exp` is missing": lambda answer, _: answer.log(),
    "a last logarithm is missing": lambda answer, _: answer.exp(),
    "a last root is missing": lambda answer, _: answer.square(),
    "1 is divided by it at the end": lambda answer, _: 1 / answer,
    "it is subtracted from 1 at the end": lambda answer, _: 1 - answer,
    "all is divided by 255 once more": lambda answer, _: answer / 255,
    "all rows are averaged into one": lambda answer, _: answer.mean(0).expand(answer.shape),
    "all is divided by the number of rows of {rows}": lambda answer, rows: answer / len(rows),
    "all is multiplied by the number of rows of {rows}": lambda answer, rows: answer * len(rows),
    "{rows} is taken to have 128 rows, whatever it has": lambda answer, rows: answer * len(rows) / 128,
    "all is divided by how many numbers a row of {rows} has, as by a mean for a sum": (
        lambda answer, rows: answer / rows[0].numel()
    ),
    "all is multiplied by how many numbers a row of {rows} has, as by a sum for a mean": (
        lambda answer, rows: answer * rows[0].numel()
    ),
}
SPREAD: dict[str, Callable] = {
    "{name} is squared once more": lambda value: value**2,
    "the root of {name} stands in its place": lambda value: value**0.5,
    "{name} stands below where it belongs above, or above where it belongs below": lambda value: 1 / value,
    "{name} is left out, as if it were 1": lambda value: 0 * value + 1,
}
OF_INPUT: dict[str, dict[str, Callable]] = {
    "logvar": {
        "the variance, exp(logvar), is taken for sigma": lambda logvar: 2 * logvar,
        "logvar is halved once too often: sigma for sigma squared": lambda logvar: logvar / 2,
        "logvar itself is taken for sigma": lambda logvar: 2 * logvar.abs().log(),
        "logvar itself is taken for the variance": lambda logvar: logvar.log(),
        "the sign of logvar is turned": lambda logvar: -logvar,
    },
    "sigma": SPREAD,
    "rate": SPREAD,
    "weight": SPREAD,
    "beta": SPREAD,
}


def kinds(right: Callable, names: Sequence[str], case: Case) -> dict[str, Callable]:
    """What each kind of mistake makes of a right answer, with the words that name it."""
    found: dict[str, Callable] = {}
    rows = next((name for name, value in zip(names, case, strict=True) if isinstance(value, Tensor)), "")
    for words, change in OF_ANSWER.items():
        found[words.format(rows=f"`{rows}`")] = partial(_changed_answer, right, change)
    for place, (name, value) in enumerate(zip(names, case, strict=True)):
        for words, change in OF_INPUT.get(name, {}).items():
            found[words.format(name=f"`{name}`")] = partial(_changed_input, right, place, change)
        if not isinstance(value, Tensor) or not value.is_floating_point():
            continue
        if OF_INPUT.get(name) is not SPREAD:
            words = f"`{name}` is left out, as if it were 0"
            found[words] = partial(_changed_input, right, place, torch.zeros_like)
        for other in range(place + 1, len(case)):
            if isinstance(case[other], Tensor) and case[other].shape == value.shape:
                found[f"`{name}` and `{names[other]}` are swapped"] = partial(_swapped, right, place, other)
    return found


def _changed_answer(right: Callable, change: Callable, *case: Any) -> Tensor:
    rows = next((value for value in case if isinstance(value, Tensor)), None)
    return change(torch.as_tensor(right(*case)), rows)


def _changed_input(right: Callable, place: int, change: Callable, *case: Any) -> Tensor:
    return right(*case[:place], change(case[place]), *case[place + 1 :])


def _swapped(right: Callable, one: int, other: int, *case: Any) -> Tensor:
    inputs = list(case)
    inputs[one], inputs[other] = inputs[other], inputs[one]
    return right(*inputs)


def because(found: Sequence[str], lead: str = LEAD) -> str:
    """The mistake, if it is the only one whose numbers these are."""
    return f"{lead} if {found[0]}." if len(found) == 1 else ""
