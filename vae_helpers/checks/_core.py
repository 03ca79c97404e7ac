"""Run a learner's function safely, and turn what is wrong with its answer into a sentence."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from textwrap import shorten
from traceback import format_exception_only, walk_tb
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae_helpers.expect import CheckResult

# What an error of torch means here, by a piece of its text.
HINTS = {
    "Can't call numpy()": "numpy cuts the gradient: stay with torch's functions.",
    "does not require grad": "The loss is cut off from the weights: look for `.detach()`, `.item()`, "
    "`torch.no_grad()` or `torch.tensor(loss)`.",
    "between 0 and 1": "`binary_cross_entropy` takes probabilities, and logits are log-odds: use "
    "`binary_cross_entropy_with_logits`.",
    "support (Boolean": "Pixels are grey: use `binary_cross_entropy_with_logits`.",
    "std >= 0": "`torch.normal` takes sigma, which is `exp(logvar / 2)`; `logvar` can be negative.",
    "constraint GreaterThan": "`Normal` takes sigma, which is `exp(logvar / 2)`; `logvar` can be negative.",
    "can't be cast to": "`/=` keeps the byte type: write `raw / 255`.",
    "invalid for input of size": "Is a batch size such as 128 in the shape? The batch is not always 128: use "
    "`len(images)`.",
    "nly one element tensors": "`math.exp` and `torch.tensor([...])` take plain numbers: use `torch.exp`, or "
    "`torch.stack` for a list of tensors.",
    "must match the size": "Shapes fit where two lengths are equal or one of them is 1: `t[:, None]` makes a "
    "column of t.",
    "return_types": "`max(0)` gives the values and their places: use `amax(0)`.",
    "'int' object is not iterable": "`sample` takes a shape: `q.sample((n,))`; and a loop takes `range(n)`.",
    "x must lie in [0, 1]": "The arguments are swapped: logits first, then x. Or you rescaled x, which is in "
    "[0, 1] already.",
    "inplace operation": "Something that the gradient needs was changed before `backward()`: in place, "
    "or by `optimizer.step()` too early.",
}


class Mistake(Exception):
    """What is wrong with the learner's function, and where to look."""


class Attempt:
    """The learner's function: called on copies of the inputs, and stopped if it changes them."""

    def __init__(self, function: Callable) -> None:
        self.function = function

    def __call__(self, **inputs: Any) -> Any:
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


def check(judge: Callable[[Attempt], str]) -> Callable[..., CheckResult]:
    """Make a check of `judge`, which raises a Mistake or returns what to say to a right answer."""
    name = judge.__name__

    def run(function: Callable, _seed: int = 0) -> CheckResult:
        if not callable(function):
            kind = type(function).__name__
            message = f"Give the function itself, `checks.{name}(my_{name})`; this is of type {kind}."
            return CheckResult(name, "failed", message)
        try:
            with _own_random_numbers(_seed):
                return CheckResult(name, "passed", judge(Attempt(function)))
        except Mistake as mistake:
            return CheckResult(name, "failed", str(mistake))
        except (Exception, SystemExit) as error:
            text = format_exception_only(type(error), error)[-1].strip()
            by_torch = "implemented for" in text or "aten::" in text
            if isinstance(error, NotImplementedError) and not by_torch:
                message = f"Write the body of `my_{name}`, run its cell, then this one again."
                return CheckResult(name, "not attempted", message)
            return CheckResult(name, "failed", _describe_error(error, text, function))

    run.__name__ = run.__qualname__ = name
    run.__doc__ = judge.__doc__
    return run


def expect_tensor(
    answer: Any, shape: tuple[int, ...], hints: Mapping[tuple[int, ...], str] | None = None
) -> None:
    """Accept a float32 tensor of this shape; `hints` say what leads to other shapes."""
    if not isinstance(answer, Tensor):
        raise Mistake(f"Your function returns {_kind(answer)}; a torch tensor is asked for.")
    if answer.device.type != "cpu" or answer.layout != torch.strided:
        raise Mistake(
            f"Your tensor is {answer.layout} on {answer.device}; a plain one on the CPU is asked for."
        )
    if answer.shape != shape:
        hint = (hints or {}).get(tuple(answer.shape), "")
        asked = f"Your tensor has shape {tuple(answer.shape)}, and {tuple(shape)} is asked for here."
        raise Mistake(f"{asked} {hint}".rstrip())
    if not answer.is_floating_point():
        raise Mistake(
            f"Your tensor holds whole numbers ({answer.dtype}), so what follows the decimal point is lost. "
            "Look for bytes that were left as they are, for `//`, or for a cast back."
        )
    if answer.dtype != torch.float32:
        raise Mistake(f"Your tensor is {answer.dtype}, and torch.float32 is asked for: end in `.float()`.")


def expect_finite(answer: Tensor) -> None:
    """Accept a tensor without nan and infinity."""
    if not answer.isfinite().all():
        raise Mistake(
            "Your answer holds nan or infinity for ordinary inputs. Look for a logarithm or a root of "
            "something negative (`logvar` can be), or a division by zero."
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
    raise Mistake(otherwise)


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
    raise Mistake(closest if distances[closest] < limit else otherwise)


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
    states = random.getstate(), np.random.get_state()  # noqa: NPY002  (a learner may use them)
    with torch.random.fork_rng(devices=[]), torch.inference_mode(False), torch.enable_grad():
        torch.default_generator.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002


def _kind(value: Any) -> str:
    return "a numpy array" if isinstance(value, np.ndarray) else f"a value of type {type(value).__name__}"


def _describe_error(error: BaseException, text: str, function: Callable) -> str:
    """The error, the line of the learner's cell where it happened, and what it means here."""
    code = getattr(function, "__code__", None)
    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code is code]
    where = f" in line {lines[0]} of its cell" if lines else ""
    hint = next((hint for piece, hint in HINTS.items() if piece in text), "")
    text = shorten(text.replace("`", "'"), 160, placeholder=" ...")
    return f"Your function stops{where} with `{text}`. {hint}".rstrip()
