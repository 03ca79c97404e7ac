"""What an error in a learner's function means here, and which repair it asks for."""

from collections.abc import Callable, Iterable
from inspect import signature
from textwrap import shorten
from traceback import format_exception_only, walk_tb

NO_MATHS = (
    "A Python number has no gradient and none of a tensor's methods: write the formula with its numbers."
)
PARENTHESES = "A method is named but not called: its parentheses are missing, as in `t.exp()`."
TOTAL = "`vae_loss` returns three numbers; backward belongs to the total: `loss.total.backward()`."

# By a piece of the error's text, the more special ones first.
HINTS = {
    "Can't call numpy()": "numpy cuts the gradient: stay with torch's functions.",
    "does not require grad": "The loss is cut off from what it depends on: look for `.detach()`, `.item()`, "
    "`torch.no_grad()` or `torch.tensor(loss)`, or for a plain number, which has no gradient.",
    "between 0 and 1": "`binary_cross_entropy` takes probabilities, and logits are log-odds: use "
    "`binary_cross_entropy_with_logits`.",
    "support (Boolean": "Pixels are grey: use `binary_cross_entropy_with_logits`.",
    "std >= 0": "`torch.normal` takes sigma, which is `exp(logvar / 2)`; `logvar` can be negative.",
    "constraint GreaterThan": "`Normal` takes sigma, which is `exp(logvar / 2)`; `logvar` can be negative.",
    "can't be cast to": "`/=` keeps the byte type: write `raw / 255`.",
    "invalid for input of size": "Is a batch size such as 128 in the shape? The batch is not always 128: use "
    "`len(images)`.",
    "nly one element tensors": "`math` and `float` take one number: use `torch.exp` and the like, or "
    "`torch.stack` for a list of tensors.",
    "must match the size": "Shapes fit where two lengths are equal or one of them is 1: `t[:, None]` makes a "
    "column of t.",
    "return_types": "`max(0)` gives the values and their places: use `amax(0)`.",
    "'int' object is not iterable": "`sample` takes a shape: `q.sample((n,))`; and a loop takes `range(n)`.",
    "x must lie in [0, 1]": "The arguments are swapped: logits first, then x. Or you rescaled x, which is in "
    "[0, 1] already.",
    "non-leaf": "What the model computed carries its past: `.detach().clone().requires_grad_()` makes a "
    "new tensor that can learn.",
    "inplace operation": "Something that the gradient needs was changed before `backward()`: in place, "
    "or by `optimizer.step()` too early.",
    "backward through the graph a second time": "`backward` is called twice on one loss, and the first "
    "call has used up what the gradient needs: call it once, on the total.",
    "'Loss' object has no attribute": TOTAL,
    "'tuple' object has no attribute 'total'": "A loss has a total; `vae(x)` gives logits, mu, logvar.",
    "'tuple' object has no attribute 'backward'": TOTAL,
    "no attribute 'astype'": "`astype` is numpy's: a tensor has `.float()`.",
    "no attribute 'copy'": "`copy` is numpy's: a tensor has `.clone()`.",
    "unexpected keyword argument 'axis'": "numpy's functions do not take tensors: `t.sum(1)` or `t.mean(0)` "
    "does the same.",
    "invalid combination of arguments - got (axis": "numpy's functions do not take tensors: `t.sum(1)` or "
    "`t.mean(0)` does the same.",
    "argument 'size' (position 1) must be tuple of ints, not Tensor": "`torch.randn` takes a shape: "
    "`torch.randn(t.shape)`, or `torch.randn_like(t)`.",
    "must be Tensor, not torch.Size": "`randn_like` takes the tensor itself; `torch.randn` takes a shape.",
    "'torch.Size' object is not callable": "`shape` is no method: leave out its parentheses.",
    "builtin_function_or_method": PARENTHESES,
    "must be Tensor, not list": "A list is no tensor: `torch.stack` makes one of a list of tensors.",
    "'list' object has no attribute": "A list is no tensor: `torch.stack` makes one of a list of tensors.",
    "'numpy.ndarray' and 'Tensor'": "numpy's arrays and tensors do not mix: stay with torch's functions.",
    "must be Tensor, not float": "torch's functions take tensors; for one plain number use `math`.",
    "'Tensor' object has no attribute 'total'": "This is one number already: leave out `.total`.",
    "'float' object has no attribute "
    "'backward'": "`.item()` makes a plain number: call backward on the tensor, and `.item()` after it.",
    "'float' object has no attribute": NO_MATHS,
    "value of Tensor with more than one value is ambiguous": "A whole tensor is no condition, and a "
    "layer or loss of `nn` is made first and called then: `nn.Flatten()(images)`.",
    "must be a torch tensor, got": "A layer such as `nn.Flatten` is made first and called then: "
    "`nn.Flatten()(images)`.",
    'required positional arguments: "dim"': "Over which dimension? Name it, as in `t.logsumexp(0)`.",
    "cannot be converted to Scalar": "`.item()` takes one number: stay with the tensor.",
    "zero-dimensional tensor": "`torch.stack` makes one tensor of several numbers.",
    "shapes cannot be multiplied": "In `a @ b` the columns of a must be as many as the rows of b: `.T` swaps "
    "the two.",
    "values to unpack": "`vae(x)` gives three: `logits, mu, logvar`. `vae.encode(x)` gives two.",
    "could not infer output dtype": "Bytes have no mean: `.float()` makes numbers of them.",
    "has no attribute 'step'": "The optimizer takes the step: `optimizer.step()`.",
    "has no attribute": "Is its name spelled as in torch's pages?",
}
SIZES = ("B", "D", "N", "H")
IMPORTS = {
    "torch": "import torch",
    "np": "import numpy as np",
    "math": "import math",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "Normal": "from torch.distributions import Normal",
}


def text_of(error: BaseException) -> str:
    """The error's type and message, as below a traceback."""
    return format_exception_only(type(error), error)[-1].strip()


def describe(error: BaseException, function: Callable, arguments: Iterable[str]) -> str:
    """The error, the line of the learner's cell where it happened, and what it means here."""
    text, lines = text_of(error), lines_in(error, function)
    where = f" in line {lines[0]} of its cell" if lines else ""
    hint = next((hint for piece, hint in HINTS.items() if piece in text), "")
    given = ", ".join(f"`{name}`" for name in arguments)
    if isinstance(error, UnboundLocalError):
        hint = "It is used before your function has given it a value."
    elif isinstance(error, NameError):
        hint = _about_name(getattr(error, "name", None) or "", given)
    elif isinstance(error, TypeError) and "positional argument" in text and not lines:
        hint = f"It is called with {given}, in this order: keep the first line of the stub as it was."
    text = shorten(text.replace("`", "'"), 160, placeholder=" ...")
    return f"Your function stops{where} with `{text}`. {hint}".rstrip()


def lines_in(error: BaseException, function: Callable) -> list[int]:
    """The lines of the function itself through which the error passed."""
    code = getattr(function, "__code__", None)
    return [line for frame, line in walk_tb(error.__traceback__) if frame.f_code is code]


def _about_name(name: str, given: str) -> str:
    if name in SIZES:
        return (
            f"{name} is a size in the text and no name of Python's: `t.shape` holds the sizes of a tensor t."
        )
    if name in IMPORTS:
        return f"`{IMPORTS[name]}` in a cell above makes it known."
    return (
        f"No cell that was run has made it. The function gets {given}: is it one of these, spelled otherwise?"
    )


def unwritten(error: NotImplementedError, function: Callable, name: str) -> tuple[str, bool]:
    """What a body that raises NotImplementedError lacks, and whether it was begun."""
    *_, (innermost, raised) = walk_tb(error.__traceback__)
    code = getattr(function, "__code__", None)
    if innermost.f_code is not code:
        return f"Your function calls `{innermost.f_code.co_name}`, whose body is still to be written.", True
    body = [line for *_, line in code.co_lines() if line and line > code.co_firstlineno]
    if raised > min(body, default=raised):
        return "Your lines run, but `raise NotImplementedError` still stands below them: delete it.", True
    if set(code.co_varnames) - set(signature(function).parameters):
        return "Your lines stand below `raise NotImplementedError` and never run: delete it.", True
    return f"Write the body of `my_{name}`, run its cell, then this one again.", False
