"""Train and evaluate a VAE: `train_epoch` is the loop, `train` is what a class needs around it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from math import ceil, nan
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from tqdm.auto import tqdm

from vae_helpers._inputs import check_run, check_training, checked_run, count, number
from vae_helpers._state import LARGEST_SEED, in_mode, seeded
from vae_helpers.data import batches
from vae_helpers.history import Epoch, History
from vae_helpers.losses import Loss, LossFunction, vae_loss


@torch.enable_grad()
def train_epoch(
    vae: nn.Module,
    images: Tensor,
    optimizer: Optimizer,
    batch_size: int = 128,
    beta: float = 1.0,
    loss: LossFunction = vae_loss,
) -> Loss:
    """One pass over the shuffled images, with one step of the optimizer per batch.

    >>> vae, images = VAE(), torch.rand(8, 1, 28, 28)
    >>> losses = train_epoch(vae, images, torch.optim.Adam(vae.parameters()), batch_size=2)

    Args: as for `train`, but `images` are on the model's device, and `optimizer` moves its weights.
    Returns: the mean losses on the way, in nats per image.
    Raises: TypeError, ValueError: a bad argument, before any work is done.
    """
    check_training(vae, images, optimizer, beta, loss)
    sums = torch.zeros(3, dtype=torch.float64)
    for x in batches(images, batch_size):
        logits, mu, logvar = vae(x)
        total, reconstruction, kl = loss(logits, x, mu, logvar, beta)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        sums += len(x) * torch.stack([total, reconstruction, kl]).detach().cpu()
    total, reconstruction, kl = sums / len(images)
    return Loss(total, reconstruction, kl)


@torch.enable_grad()
def train(
    vae: nn.Module,
    images: Tensor,
    *,
    test_images: Tensor | None = None,
    epochs: int = 10,
    batch_size: int = 128,
    lr: float = 1e-3,
    beta: float = 1.0,
    seed: int = 0,
    on_epoch: Callable[[History], object] | None = None,
    loss: LossFunction = vae_loss,
) -> History:
    """`train_epoch` again and again, with Adam (Kingma & Ba 2015), and a line printed for each epoch.

    Ctrl-C or the stop button ends the run early and keeps what was learned. The same seed gives
    the same run on the same machine, if `on_epoch` draws no random numbers; the global random
    state stays as it was, and so does the model's mode (it trains in train mode).

    >>> history = train(VAE(), torch.rand(8, 1, 28, 28), epochs=1)  # doctest: +ELLIPSIS
    Epoch [1/1] Loss: ...

    Args:
        vae: changed in place, on its device; any model that returns `(logits, mu, logvar)`.
        images: training images, float32 `(N, 1, 28, 28)` in [0, 1].
        test_images: held-out images; if given, evaluated after every epoch.
        epochs, batch_size: whole numbers of at least 1.
        lr: Adam's step size, above 0.
        beta: the weight of the KL term, 0 or more.
        seed: for the order of the images and the noise.
        on_epoch: called with the history so far after every epoch.
        loss: any function `(logits, x, mu, logvar, beta)` that returns three scalars: the total,
            which is made small, reconstruction and kl.

    Returns: the history, one row per finished epoch.
    Raises: TypeError, ValueError: a bad argument, before any work is done. FloatingPointError: the
        loss became nan or infinite; `vae` has the weights of the last finished epoch again.
    """
    epochs, batch_size = count(epochs, "epochs"), count(batch_size, "batch_size")
    lr, beta = number(lr, "lr", zero=False), number(beta, "beta")
    seed = count(seed, "seed", minimum=0, maximum=LARGEST_SEED)
    check_run(vae, images, beta, loss, test_images, on_epoch)

    device = next(vae.parameters()).device
    images = images.to(device)
    optimizer = Adam(vae.parameters(), lr=lr, fused=True)
    bar = tqdm(total=epochs * ceil(len(images) / batch_size), unit="batch")
    history = History()
    with seeded(seed, device), bar, _safe_to_stop(history, epochs):
        for epoch in range(1, epochs + 1):
            start = time.perf_counter()
            losses = _train_epoch_or_roll_back(epoch, vae, images, optimizer, batch_size, beta, loss, bar)
            total, reconstruction, kl = map(float, losses)
            seconds = time.perf_counter() - start
            test_loss = nan
            if test_images is not None:
                test_loss = evaluate(vae, test_images, beta=beta, loss=loss).total.item()
            history.append(Epoch(total, reconstruction, kl, test_loss, seconds))
            bar.write(f"Epoch [{epoch}/{epochs}] {history[-1]}")
            if on_epoch is not None:
                on_epoch(history)
    return history


@torch.no_grad()
def evaluate(
    vae: nn.Module, images: Tensor, *, beta: float = 1.0, seed: int = 0, loss: LossFunction = vae_loss
) -> Loss:
    """The loss on held-out images, in eval mode: minus a one-sample estimate of the ELBO, in nats per image.

    z is drawn from q(z|x), as in training. (With z = mu the number is lower, and no longer
    a bound on -ln p(x): Kingma & Welling 2014, arXiv:1312.6114, equations 3 and 7.)

    >>> evaluate(VAE(), torch.zeros(8, 1, 28, 28)).reconstruction > 400  # nothing is learned yet
    tensor(True)

    Args: as for `train`. The model, its mode and the global random state stay as they were.
    Raises: TypeError, ValueError: a bad argument.
    """
    seed = count(seed, "seed", minimum=0, maximum=LARGEST_SEED)
    check_run(vae, images, beta, loss)
    device = next(vae.parameters()).device
    sums = torch.zeros(3, dtype=torch.float64)
    with checked_run(), seeded(seed, device), in_mode(vae, training=False):
        for batch in batches(images, batch_size=1000, shuffle=False):
            x = batch.to(device)
            logits, mu, logvar = vae(x)
            sums += len(x) * torch.stack(loss(logits, x, mu, logvar, beta)).cpu()
    total, reconstruction, kl = (sums / len(images)).float()
    return Loss(total, reconstruction, kl)


def _train_epoch_or_roll_back(
    epoch: int,
    vae: nn.Module,
    images: Tensor,
    optimizer: Optimizer,
    batch_size: int,
    beta: float,
    loss: LossFunction,
    bar: tqdm,
) -> Loss:
    """`train_epoch` in train mode; when the loss diverges, the weights from before are put back."""
    weights, batch = deepcopy(vae.state_dict()), 0

    def watched(*given: Any) -> tuple[Tensor, Tensor, Tensor]:
        nonlocal batch
        batch += 1
        bar.update()
        return _finite(loss(*given))

    try:
        with checked_run(), in_mode(vae, training=True):
            losses = train_epoch(vae, images, optimizer, batch_size, beta, watched)
            _finite(evaluate(vae, images[:batch_size], beta=beta, loss=loss))  # after the last step
    except FloatingPointError as error:
        vae.load_state_dict(weights)
        raise FloatingPointError(
            f"epoch {epoch}, batch {batch}: {error}; the weights from before this epoch are back; "
            f"try a smaller lr than {optimizer.defaults['lr']:g}, or a smaller beta than {beta:g}"
        ) from None
    return losses


def _finite(losses: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    if not torch.stack(losses).isfinite().all():
        raise FloatingPointError(f"the loss became {losses[0].item()}")
    return losses


@contextmanager
def _safe_to_stop(history: History, epochs: int) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        tqdm.write(f"Stopped after {len(history)} of {epochs} epochs; what was learned is kept.")
