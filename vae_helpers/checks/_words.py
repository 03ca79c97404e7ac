"""How inputs and answers are written in a sentence."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae_helpers.checks.result import plain

SHADES = " .:-=+*#%@"


def written(value: Any) -> str:
    """A number, or a tensor of a few numbers as Python writes a list."""
    if isinstance(value, Tensor):
        value = value.detach().tolist()
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return plain(value + 0.0)  # 0 for -0


def given(names: Sequence[str], case: Sequence[Any]) -> str:
    """The inputs of one call: "`mu` = [[1.5]] and `logvar` = [[0]]"."""
    words = [f"`{name}` {_given(value)}" for name, value in zip(names, case, strict=True)]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _given(value: Any) -> str:
    if not isinstance(value, Tensor):
        return f"= {plain(value)}" if isinstance(value, int | float) else "of the check's own"
    if value.numel() <= 9:
        return f"= {written(value)}"
    return (
        f"= {written(value.flatten()[0])} everywhere" if constant(value) else f"of shape {tuple(value.shape)}"
    )


def constant(value: Any) -> bool:
    """Whether all entries of a tensor are alike; any other value has but one."""
    return not isinstance(value, Tensor) or bool((value == value.flatten()[0]).all())


def what_came(value: Any) -> str:
    """What came in the place of a tensor."""
    return "a numpy array" if isinstance(value, np.ndarray) else f"a value of type {type(value).__name__}"


def side_by_side(came: Tensor, right: Tensor) -> str:
    """Two images of 28 x 28 pixels as letters, in half that size."""
    pair = torch.stack([came, right]).detach().nan_to_num().clamp(0, 1)
    shades = (pair.unfold(1, 2, 2).unfold(2, 2, 2).mean((3, 4)) * 9.99).long()
    rows = [f"{'came':14}   right"]
    for one, other in zip(*shades.tolist(), strict=True):
        rows.append(f"{''.join(SHADES[n] for n in one)}   {''.join(SHADES[n] for n in other)}")
    return "\n".join(["```", *rows, "```"])
