"""What an error in a learner's function says, where it happened, and what often leads to it."""

from collections.abc import Callable, Sequence
from inspect import signature
from textwrap import shorten
from traceback import format_exception_only, walk_tb
from typing import Any

from vae_helpers.checks._words import given

TOTAL = "`vae_loss` returns three numbers: backward belongs to the total, `loss.total.backward()`."
LIST = "A list is no tensor: `torch.stack` makes one of a list of tensors."
DRAW = "`torch.randn_like(t)` draws in the shape of t."
AXIS = "numpy's functions do not take tensors: `t.sum(1)` or `t.mean(0)` does the same."
SIGMA = "`Normal` and `torch.normal` take sigma, `exp(logvar / 2)`; `logvar` can be negative."
MADE_FIRST = "A layer or loss of `nn` is made first and called then: `nn.Flatten()(images)`."

# By a piece of the error's text, the more special ones first.
HINTS = {
    "Can't call numpy()": "numpy cuts the gradient: stay with torch's functions.",
    "does not require grad": "The loss is cut off from what it depends on: look for `.detach()`, `.item()`, "
    "`torch.no_grad()` or `torch.tensor(loss)`.",
    "between 0 and 1": "`binary_cross_entropy` takes probabilities; logits go to "
    "`binary_cross_entropy_with_logits`.",
    "std >= 0": SIGMA,
    "Expected parameter scale": SIGMA,
    "can't be cast to": "`/=` keeps the byte type: `/` makes floats.",
    "invalid for input of size": "The batch is not always of one size: `len(images)` is its size.",
    "nly one element tensors": "`math` and `float` take one number; `torch.exp` and its like take tensors.",
    "must match the size": "Shapes fit where lengths are equal or 1: `t[:, None]` makes a column of t.",
    "return_types": "`max(0)` gives the values and their places; `amax(0)` the values.",
    "'int' object is not iterable": "`sample` takes a shape, `q.sample((n,))`; a loop takes `range(n)`.",
    "x must lie in [0, 1]": "The order is logits, then x; and x is in [0, 1] already.",
    "non-leaf": "`.detach().clone().requires_grad_()` makes a new tensor that can learn.",
    "inplace operation": "What the gradient needs was changed before `backward()`, perhaps by a step.",
    "backward through the graph a second time": "Call `backward` once, on the total.",
    "'Loss' object has no attribute": TOTAL,
    "'tuple' object has no attribute 'backward'": TOTAL,
    "no attribute 'astype'": "`astype` is numpy's: a tensor has `.float()`.",
    "no attribute 'copy'": "`copy` is numpy's: a tensor has `.clone()`.",
    "argument 'axis'": AXIS,
    "axis=": AXIS,
    "must be tuple of ints, not Tensor": DRAW,
    "must be tuple of ints, but found element of type Tensor": DRAW,
    "must be Tensor, not torch.Size": "`randn_like` takes the tensor itself; `torch.randn` takes a shape.",
    "builtin_function_or_method": "A method is named but not called: `t.exp()` has parentheses.",
    "must be Tensor, not list": LIST,
    "'list' object has no attribute": LIST,
    "'numpy.ndarray' and 'Tensor'": "numpy's arrays and tensors do not mix: stay with torch's functions.",
    "must be Tensor, not float": "torch's functions take tensors; for one plain number there is `math`.",
    "'float' object has no attribute": "A plain number has none of a tensor's methods, and no gradient.",
    "value of Tensor with more than one value is ambiguous": MADE_FIRST,
    "shapes cannot be multiplied": "In `a @ b` the columns of a are as many as the rows of b.",
    "values to unpack": "`vae(x)` gives three: `logits, mu, logvar`. `vae.encode(x)` gives two.",
    "could not infer output dtype": "Bytes have no mean: `.float()` makes numbers of them.",
}
IMPORTS = {
    "torch": "import torch",
    "np": "import numpy as np",
    "math": "import math",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "Normal": "from torch.distributions import Normal",
}


def about_error(
    error: BaseException, function: Callable, names: Sequence[str], case: Sequence[Any] = ()
) -> tuple[str, str]:
    """The error with the inputs and the line of the learner's cell where it happened, and a hint."""
    text = format_exception_only(type(error), error)[-1].strip()
    code = getattr(function, "__code__", None)
    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code is code]
    where = f" in line {lines[0]} of its cell" if lines else ""
    hint = next((hint for piece, hint in HINTS.items() if piece in text), "")
    inputs = ", ".join(f"`{name}`" for name in names)
    if isinstance(error, NameError):
        name = getattr(error, "name", None)
        made = f"`{IMPORTS[name]}` makes it known." if name in IMPORTS else f"The function gets {inputs}."
        hint = f"`{name}` has no value there. {made} A tensor's sizes are in its `.shape`."
    elif isinstance(error, TypeError) and "positional argument" in text and not lines:
        hint = f"It is called with {inputs}, in this order: keep the first line of the stub as it was."
    who = f"For {given(names[: len(case)], case)}, your function" if case else "Your function"
    return f"{who} stops{where} with `{shorten(text.replace('`', ' '), 160)}`.", hint


def unwritten(error: NotImplementedError, function: Callable, name: str) -> tuple[str, str, bool]:
    """What a body that raises NotImplementedError lacks, a hint, and whether it was begun."""
    *_, (innermost, raised) = walk_tb(error.__traceback__)
    code = getattr(function, "__code__", None)
    delete = "Delete the line with `raise NotImplementedError`."
    if error.args:  # torch's own, such as a function that is not made for bytes
        return *about_error(error, function, ()), True
    if innermost.f_code is not code:
        called = innermost.f_code.co_name
        return f"Your function calls `{called}`, whose body is still to be written.", "", True
    body = [line for *_, line in code.co_lines() if line and line > code.co_firstlineno]
    if raised > min(body, default=raised):
        return "Your lines run, but `raise NotImplementedError` still stands below them.", delete, True
    # lines below a `raise` are left out of the code, all but the names of their variables
    if set(code.co_varnames) - set(signature(function).parameters):
        return "Your lines stand below `raise NotImplementedError` and never run.", delete, True
    return f"Write the body of `my_{name}` in place of `raise`, run its cell, then this one again.", "", False
