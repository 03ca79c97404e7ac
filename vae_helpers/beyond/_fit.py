"""The training loop of the models that are told the labels: judges and conditional VAEs."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from vae_helpers.data import batches


@torch.enable_grad()
def fit(
    nats: Callable[[Tensor, Tensor], Tensor],
    images: Tensor,
    labels: Tensor,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int,
    schedule: LRScheduler | None = None,
) -> None:
    """Make the scalar `nats(x, labels)` small; `schedule` moves the step size after each step."""
    rows = torch.arange(len(images), device="cpu")
    for _ in range(epochs):
        for batch in batches(rows, batch_size):
            loss = nats(images[batch], labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if schedule is not None:
                schedule.step()
