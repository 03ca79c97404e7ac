"""Borrow random numbers, a model's mode and torch's defaults; give each back as it was."""

import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

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


@contextmanager
def usual_defaults() -> Iterator[None]:
    """Make numbers of 32 bits on the CPU inside, whatever torch makes by default in this notebook."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        # Where it is the CPU anyway, no context: that would delay each call of torch.
        with nullcontext() if torch.empty(0).device == CPU else CPU:
            yield
    finally:
        torch.set_default_dtype(dtype)
