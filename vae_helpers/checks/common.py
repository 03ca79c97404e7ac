"""Run a learner's function safely, and turn what is wrong with its answer into a sentence."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

import vae_helpers
from vae_helpers._state import seeded
from vae_helpers.checks._errors import describe, text_of, unwritten
from vae_helpers.checks.result import CheckResult


class Mistake(Exception):
    """What is wrong with the learner's function, and where to look."""


class Doubt(Mistake):
    """That something is wrong; an argument that makes no difference would be the better sentence."""


class Attempt:
    """The learner's function: called on copies of the inputs, and stopped if it changes them."""

    def __init__(self, function: Callable) -> None:
        self.function = function
        self.inputs: dict[str, Any] = {}  # of the last call

    def __call__(self, **inputs: Any) -> Any:
        """The function's answer to these inputs, in this order."""
        self.inputs = inputs
        given = {key: value.clone() if isinstance(value, Tensor) else value for key, value in inputs.items()}
        answer = self.function(*given.values())
        for name, value in inputs.items():
            if isinstance(value, Tensor) and not torch.equal(value, given[name]):
                raise Mistake(
                    f"Your function changes its input `{name}`. Operations in place, such as `+=` or a name "
                    "that ends in `_`, do that: make a new tensor."
                )
        if answer is None:
            raise Mistake("Your function returns None. Does it end in `return` and the result?")
        return answer

    def ignored(self, *names: str) -> list[str]:
        """Which inputs of the last call, of these or of all, make no difference, for the same noise."""

        def replay(inputs: dict[str, Any]) -> Any:
            with _own_random_numbers(0):
                return self.function(*inputs.values())

        inputs = self.inputs
        try:
            answer = replay(inputs)
            others = {name: replay(inputs | {name: _another(inputs[name])}) for name in names or inputs}
            return [name for name, other in others.items() if _alike(answer, other)]
        except Exception:  # it is not meant for these inputs, or its answer cannot be compared
            return []


def check(judge: Callable[[Attempt], str], ours: Callable | None = None) -> Callable[..., CheckResult]:
    """Make a check of `judge`, which raises a Mistake or returns what to say to a right answer.

    With an answer that does not pass, a notebook goes on with `ours`, or the package's function of this name.
    """
    name = judge.__name__

    def run(function: Callable, _seed: int = 0) -> CheckResult:
        result = verdict(function, _seed)
        return replace(result, function=function if result else ours or getattr(vae_helpers, name, None))

    def verdict(function: Callable, seed: int) -> CheckResult:
        if not callable(function):
            kind = type(function).__name__
            message = f"Give the function itself, `checks.{name}(my_{name})`; this is of type {kind}."
            return CheckResult(name, "failed", message)
        attempt = Attempt(function)
        try:
            with _own_random_numbers(seed):
                return CheckResult(name, "passed", judge(attempt))
        except Doubt as doubt:
            return CheckResult(name, "failed", _about_ignored(attempt.ignored()) or str(doubt))
        except Mistake as mistake:
            return CheckResult(name, "failed", str(mistake))
        except (Exception, SystemExit) as error:
            by_torch = any(piece in text_of(error) for piece in ("implemented for", "aten::"))
            if isinstance(error, NotImplementedError) and not by_torch:
                message, begun = unwritten(error, function, name)
                return CheckResult(name, "failed" if begun else "not attempted", message)
            return CheckResult(name, "failed", describe(error, function, attempt.inputs))

    run.__name__ = run.__qualname__ = name
    run.__doc__ = judge.__doc__
    return run


def expect_tensor(
    answer: Any,
    shape: tuple[int, ...],
    hints: Mapping[tuple[int, ...], str] | None = None,
    dtype: torch.dtype | None = None,
) -> None:
    """Accept floats of this shape, of 32 or 64 bits or of `dtype`; `hints` explain other shapes."""
    if not isinstance(answer, Tensor):
        raise Mistake(f"Your function returns {_kind(answer)}; a torch tensor is asked for.{_remedy(answer)}")
    if answer.device.type != "cpu" or answer.layout != torch.strided:
        raise Mistake(
            f"Your tensor is {answer.layout} on {answer.device}; a plain one on the CPU is asked for."
        )
    if answer.shape != shape:
        hint = (hints or {}).get(tuple(answer.shape), "")
        asked = f"Your tensor has shape {tuple(answer.shape)}, and {tuple(shape)} is asked for here."
        raise Doubt(f"{asked} {hint}".rstrip())
    if not answer.is_floating_point():
        raise Mistake(
            f"Your tensor holds whole numbers ({answer.dtype}), so what follows the decimal point is lost. "
            "Look for bytes that were left as they are, for `//`, or for a cast back."
        )
    if answer.dtype not in ((dtype,) if dtype else (torch.float32, torch.float64)):
        raise Mistake(f"Your tensor is {answer.dtype}, and torch.float32 is asked for: end in `.float()`.")


def expect_number(answer: Any) -> Tensor:
    """The answer as a scalar tensor, whether it came as one or as a Python number."""
    if isinstance(answer, Tensor) and answer.numel() == 1 and not (answer.is_complex() or answer.is_meta):
        return answer.detach().to_dense().reshape(())
    if isinstance(answer, Real) and not isinstance(answer, bool):
        return torch.tensor(float(answer), dtype=torch.float64)
    raise Mistake(f"Return one number; yours is {_kind(answer)}.")


def expect_finite(answer: Tensor) -> None:
    """Accept a tensor without nan and infinity."""
    if not answer.isfinite().all():
        raise Mistake(
            "Your answer holds nan or infinity for ordinary inputs. Look for a division by zero, or for a "
            "logarithm or a root of an input that can be 0 or negative."
        )


def compare(
    answer: Tensor, right: Tensor, mistakes: Callable[[], Mapping[str, Tensor]], otherwise: str
) -> None:
    """Accept the right numbers; for others, raise the mistake that gives just these."""
    if same(answer, right):
        return
    for sentence, wrong in mistakes().items():
        if same(answer, wrong):
            raise Mistake(sentence)
    expect_finite(answer)
    raise Doubt(otherwise)


def compare_samples(
    answer: Tensor, right: Callable[[], Tensor], mistakes: Callable[[], Mapping[str, Tensor]], otherwise: str
) -> None:
    """Accept random numbers distributed like the right ones; for others, raise the mistake they are like.

    `right` and `mistakes` draw afresh at every call. The measure is Kuiper's (1960): the largest
    excess plus the largest deficit of one cumulative share over the other, taken at 200 points.
    Its limit refuses one right answer in 10^7.
    """
    expect_finite(answer)
    numbers = answer.detach().flatten().sort().values
    step = len(numbers) // 200
    points, share = numbers[::step].contiguous(), torch.arange(1, len(numbers) + 1, step) / len(numbers)
    limit = 3.2 * (1.5 / len(numbers)) ** 0.5  # against twice as many numbers

    def distance(first: Tensor, second: Tensor) -> float:
        reference = torch.cat([first, second]).detach().flatten()
        counts = torch.bincount(torch.bucketize(reference, points), minlength=len(points) + 1)
        excess = counts.cumsum(0)[:-1] / len(reference) - share
        return float(excess.max() - excess.min())

    if distance(right(), right()) < limit:
        return
    once, again = mistakes(), mistakes()
    distances = {sentence: distance(once[sentence], again[sentence]) for sentence in once}
    closest = min(distances, key=distances.__getitem__)
    if distances[closest] < limit:
        raise Mistake(closest)
    raise Doubt(otherwise)


def expect_gradients(output: Tensor, right: Tensor, hint: str, **inputs: Tensor) -> None:
    """Accept an output whose gradient for each input is that of `right`; `hint` says what cuts gradients."""
    asked = torch.autograd.grad(right, list(inputs.values()))
    given: tuple[Tensor | None, ...] = (None,) * len(inputs)
    if output.requires_grad:
        given = torch.autograd.grad(output, list(inputs.values()), allow_unused=True)
    cut = [f"`{name}`" for name, grad in zip(inputs, given, strict=True) if grad is None or not grad.any()]
    if cut:
        raise Mistake(f"No gradient reaches {' or '.join(cut)}. {hint}")
    for name, one, other in zip(inputs, given, asked, strict=True):
        if one is not None and not same(one, other):
            raise Mistake(f"The numbers are right, but a part of the gradient for `{name}` is lost. {hint}")


def same(first: Tensor, second: Tensor) -> bool:
    """Equal but for rounding."""
    first, second = first.detach().double(), second.detach().double()
    return torch.allclose(first, second, rtol=1e-4, atol=1e-5, equal_nan=True)


@contextmanager
def _own_random_numbers(seed: int) -> Iterator[None]:
    """Draw from `seed` inside, with gradients on; afterwards every random state is as before."""
    with seeded(seed), torch.inference_mode(False), torch.enable_grad():
        yield


def _kind(value: Any) -> str:
    return "a numpy array" if isinstance(value, np.ndarray) else f"a value of type {type(value).__name__}"


def _remedy(value: Any) -> str:
    """How to make a tensor of what a function returned in its place."""
    if isinstance(value, list | tuple):
        return " `torch.stack` makes one of a list of tensors."
    if isinstance(value, np.ndarray | np.generic):
        return " Stay with torch's functions."
    if isinstance(value, torch.nn.Module):
        return " This is a layer, not its output: make it first, then call it, as in `nn.Flatten()(images)`."
    return " Are the parentheses of a call missing, as in `t.exp()`?" if callable(value) else ""


def _another(value: Any) -> Any:
    """A value of the same kind, which leads to another answer where it is used."""
    if isinstance(value, Tensor) and value.is_floating_point():
        return value.detach().mul(0.4).add(0.15).requires_grad_(value.requires_grad)
    if isinstance(value, Tensor):
        return value // 8
    if isinstance(value, int | float):
        return value + 1
    return lambda z: value(z) / 2 + 1


def _alike(first: Any, second: Any) -> bool:
    if isinstance(first, tuple | list):
        return len(first) == len(second) and all(map(_alike, first, second))
    if isinstance(first, Tensor):
        return first.shape == second.shape and same(first, second)
    return bool(first == second)


def _about_ignored(names: list[str]) -> str:
    if not names:
        return ""
    listed, verb = " and ".join(f"`{name}`" for name in names), "is" if len(names) == 1 else "are"
    return (
        f"Your answer is the same whatever {listed} {verb}. Use the arguments themselves: a name of a cell "
        "above, or a number written in, may stand in their place."
    )
