"""A learner's function, called safely; and what is asked of an answer before its numbers are compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from vae_helpers._state import seeded
from vae_helpers.checks._words import given, what_came

Case = tuple[Any, ...]  # the inputs of one call


class Wrong(Exception):
    """What is so, in a sentence or two; `hint` stands in place of the exercise's own."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass
class Attempt:
    """The learner's function: called on copies of the inputs, and stopped if it changes them."""

    function: Callable
    names: Sequence[str]  # of its inputs
    returned: str = "your function returns"  # or "`kl` is", where that is one of several values
    case: Case = ()  # of the last call

    def __call__(self, *case: Any) -> Any:
        """The function's answer to these inputs."""
        self.case = case
        copies = [value.clone() if isinstance(value, Tensor) else value for value in case]
        answer = self.function(*copies)
        for name, value, now in zip(self.names, case, copies, strict=False):  # some may have a default
            if isinstance(value, Tensor) and not torch.equal(value, now):
                raise Wrong(
                    f"Your function changes its input `{name}`.",
                    "Operations in place, such as `+=` or a method whose name ends in `_`, change a tensor.",
                )
        if answer is None:
            raise Wrong("Your function returns None.", "It should end in `return` and the result.")
        return answer

    def one_of(self, names: Sequence[str], name: str) -> "Attempt":
        """The function that returns one value of the several that this one should return."""
        if not name:
            return self

        def function(*case: Any) -> Any:
            return values(self(*case), names)[names.index(name)]

        return Attempt(function, self.names, f"`{name}` is")

    def ignored(self, cases: Sequence[Case]) -> list[str]:
        """Which inputs make no difference in any of these cases, for the same noise."""
        return [name for place, name in enumerate(self.names) if self._ignores(place, cases)]

    def _ignores(self, place: int, cases: Sequence[Case]) -> bool:
        unchanged = []
        for case in cases:
            answers = []
            for changed in (case[place], _another(case[place])):
                try:
                    with seeded(0):
                        answers.append(
                            torch.as_tensor(self.function(*case[:place], changed, *case[place + 1 :]))
                        )
                except Exception:  # it is not meant for these inputs, or its answer cannot be compared
                    return False
            if answers[0].isfinite().all():
                unchanged.append(same(*answers))
        return bool(unchanged) and all(unchanged)


def values(answer: Any, names: Sequence[str]) -> Sequence[Any]:
    """Several values, as many as there are names."""
    if isinstance(answer, tuple | list) and len(answer) == len(names):
        return answer
    came = f"{len(answer)} values" if isinstance(answer, tuple | list) else what_came(answer)
    raise Wrong(f"Your function returns {came}; asked for are {', '.join(names)}, in this order.")


def expect_numbers(answer: Any, right: Any) -> Tensor:
    """The answer as a tensor; a plain number is one where the right answer is."""
    if isinstance(right, Real) and isinstance(answer, Real) and not isinstance(answer, bool):
        return torch.tensor(float(answer), dtype=torch.float64)
    if not isinstance(answer, Tensor):
        came = f"Your function returns {what_came(answer)};"
        if isinstance(right, Real):
            raise Wrong(f"{came} a number is asked for.")
        raise Wrong(f"{came} a torch tensor is asked for.", _remedy(answer))
    if answer.is_complex() or answer.device.type != "cpu" or answer.layout != torch.strided:
        kind = f"{answer.dtype} on {answer.device}, {answer.layout}"
        raise Wrong(f"Your function returns a tensor of {kind}; an ordinary one on the CPU is asked for.")
    return answer


def _remedy(answer: Any) -> str:
    """How to make a tensor of what a function returned in its place."""
    if isinstance(answer, list | tuple):
        return "`torch.stack` makes one tensor of a list of tensors."
    if isinstance(answer, torch.nn.Module):
        return "A layer is made first and called then, as in `nn.Flatten()(images)`."
    if callable(answer):
        return "A call has parentheses, as in `t.exp()`."
    return "torch's own functions make tensors of tensors; `.item()`, `float` and numpy make something else."


def expect_shape(attempt: Attempt, answer: Tensor, right: Tensor, case: Case) -> None:
    """Accept the shape of the right answer; of another one, say what would lead to the right numbers."""
    if answer.shape == right.shape:
        return
    inputs, came, asked = given(attempt.names, case), tuple(answer.shape), tuple(right.shape)
    raise Wrong(
        f"For {inputs}, {attempt.returned} a tensor of shape {came}; {asked} is asked for. "
        f"{_relation(answer.detach(), right.detach())}".strip()
    )


def _relation(answer: Tensor, right: Tensor) -> str:
    """How an answer of another shape leads to the right numbers, if it does."""
    if answer.numel() == right.numel() and same(answer.reshape(right.shape), right):
        return "Its numbers are right, in another shape."
    for dim in range(answer.ndim):
        if same(answer.sum(dim), right):
            return f"Its sum over dimension {dim} is right."
        if answer.is_floating_point() and same(answer.mean(dim), right):
            return f"Its mean over dimension {dim} is right."
    if answer.ndim == 2 and same(answer.T, right):
        return "It is the right answer with rows and columns swapped."
    if answer.numel() == 1 and same(answer.reshape(()), right.sum()):
        return "It is the sum of the right numbers."
    if answer.numel() == 1 and same(answer.reshape(()), right.mean()):
        return "It is the mean of the right numbers."
    return ""


def _another(value: Any) -> Any:
    """A value of the same kind, which leads to another answer where it is used."""
    if isinstance(value, Tensor) and value.is_floating_point():
        return 0.1 + 0.7 * value.sin() ** 2  # by no straight line, which standardising would undo
    if isinstance(value, Tensor):
        return value // 8
    return value + 1 if isinstance(value, int | float) else lambda *inputs: 1 + value(*inputs) ** 2


def shares_below(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Some points, and which shares of two lots of numbers lie below each, or at it."""
    one, other = one.sort().values, other.sort().values
    points = torch.cat([lot[:: max(1, len(lot) // 200)] for lot in (one, other)])
    ours, theirs = (torch.searchsorted(lot, points, right=True) / len(lot) for lot in (one, other))
    return points, ours, theirs


def distributed_alike(one: Tensor, other: Tensor) -> bool:
    """Whether two lots of random numbers may come from one distribution.

    By Kuiper's test (1960): the largest excess plus the largest deficit of one cumulative share over the
    other. Its limit refuses two lots of one distribution once in 10^7 times.
    """
    _, ours, theirs = shares_below(one, other)
    excess = ours - theirs
    return bool(excess.max() - excess.min() < 3.2 * (1 / len(one) + 1 / len(other)) ** 0.5)


def same(one: Tensor, other: Tensor) -> bool:
    """Equal but for rounding."""
    return one.shape == other.shape and bool(alike(one, other).all())


def alike(one: Tensor, other: Tensor) -> Tensor:
    one, other = one.detach().double(), other.detach().double()
    return torch.isclose(one, other, rtol=1e-4, atol=1e-5, equal_nan=True)
