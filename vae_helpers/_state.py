"""Borrow the random numbers and a model's mode, and give them back as they were."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

LARGEST_SEED = 2**64 - 1  # that torch's generators take


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Draw from `seed` inside; afterwards the random state is the one from before, there and on the CPU."""
    accelerator = None if device.type == "cpu" else torch.get_device_module(device)
    cpu_state, state = torch.get_rng_state(), accelerator and accelerator.get_rng_state()
    try:
        (torch.manual_seed if accelerator else torch.default_generator.manual_seed)(seed)
        yield
    finally:
        torch.set_rng_state(cpu_state)
        if accelerator:
            accelerator.set_rng_state(state)


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
