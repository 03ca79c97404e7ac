"""Borrow random numbers, a model's mode, and the stop button; give each back as it was."""

import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import numpy as np
import torch
from torch import nn

LARGEST_SEED = 2**64 - 1  # that torch's generators take
CPU = torch.device("cpu")


@contextmanager
def seeded(seed: int, device: torch.device = CPU) -> Iterator[None]:
    """Draw from `seed` inside; afterwards torch, numpy and Python draw on as if nothing had been drawn."""
    pythons, numpys, cpus = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    accelerator = None if device.type == "cpu" else torch.get_device_module(device)
    accelerators = accelerator and accelerator.get_rng_state()
    try:
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002  (a learner's function may draw from it)
        torch.default_generator.manual_seed(seed)
        if accelerator:
            accelerator.manual_seed(seed)
        yield
    finally:
        random.setstate(pythons)
        np.random.set_state(numpys)  # noqa: NPY002
        torch.set_rng_state(cpus)
        if accelerator:
            accelerator.set_rng_state(accelerators)


@contextmanager
def in_mode(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Train or evaluation mode inside; afterwards each part of the model is in its own mode again."""
    modes = {part: part.training for part in model.modules()}
    model.train(training)
    try:
        yield
    finally:
        for part, mode in modes.items():
            part.training = mode


class StopButton:
    """Inside, Ctrl-C and Jupyter's stop button do not stop Python in the middle of things: they are noted.

    Half an import, half a progress bar or half a step of the optimizer could not be made good again. So the
    work asks for `pressed` where it can stop. A second press stops it wherever it is.
    """

    def __init__(self) -> None:
        self.pressed = False

    def __enter__(self) -> "StopButton":
        self._heard_here = threading.current_thread() is threading.main_thread()
        if self._heard_here:
            self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        if self._heard_here:
            signal.signal(signal.SIGINT, self._before)

    def _press(self, _number: int, _frame: FrameType | None) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True
