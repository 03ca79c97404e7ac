"""A widget's z, of which one number can be set."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class Code(Tensor):
    """A copy of a widget's z, `(D,)`. Setting one of its numbers moves the widget: `sliders.z[10] = -2`.

    What is computed from it is an ordinary tensor.
    """

    __torch_function__: Any = torch._C._disabled_torch_function_impl  # as torch's own Parameter
    _move: Callable[[Tensor], None]

    @classmethod
    def of(cls, z: Tensor, move: Callable[[Tensor], None]) -> "Code":
        """A copy of `z` that calls `move` with all of its numbers when some are set."""
        code = z.detach().clone().as_subclass(cls)
        code._move = move
        return code

    def __setitem__(self, index: Any, value: Any) -> None:
        """Set numbers, and move the widget there."""
        changed = self.as_subclass(Tensor).clone()
        changed[index] = value
        self._move(changed)  # which may refuse
        super().__setitem__(index, value)

    def __repr__(self) -> str:  # type: ignore[override]
        """As any tensor."""
        return repr(self.as_subclass(Tensor))
