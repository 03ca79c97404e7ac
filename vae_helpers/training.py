"""Train and evaluate a VAE: `train_epoch` is the loop, `train` is what a class needs around it."""

import time
from collections.abc import Callable
from copy import deepcopy
from math import ceil, isfinite, nan

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from tqdm.auto import tqdm

from vae_helpers._inputs import (
    check_format,
    check_images,
    check_optimizer,
    check_run,
    check_training,
    checked_losses,
    checked_outputs,
    count,
    number,
    shown,
)
from vae_helpers._state import LARGEST_SEED, in_mode, seeded
from vae_helpers._stop import StopButton
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
    on_batch: Callable[[Loss], object] | None = None,
) -> Loss:
    """One pass over the shuffled images, with one step of the optimizer per batch.

    >>> vae, images = VAE(), torch.rand(8, 1, 28, 28)
    >>> losses = train_epoch(vae, images, torch.optim.Adam(vae.parameters()), batch_size=2)

    Args:
        vae, batch_size, beta, loss: as for `train`.
        images: as for `train`, on the model's device.
        optimizer: moves the model's weights.
        on_batch: called with the losses of each batch, after its step.

    Returns:
        The mean losses on the way, in nats per image.

    Raises:
        TypeError, ValueError: a bad argument, before any step is taken; pixels outside [0, 1], before
            the step of their batch.
    """
    check_training(vae, beta, loss)
    check_format(images)
    check_optimizer(optimizer, vae)
    sums = [0.0, 0.0, 0.0]
    for x in batches(images, batch_size):
        optimizer.zero_grad()
        logits, mu, logvar = checked_outputs(vae(x))
        total, reconstruction, kl = checked_losses(loss(logits, x, mu, logvar, beta))
        total.backward()
        optimizer.step()
        losses = Loss(total.detach(), reconstruction.detach(), kl.detach())
        sums = _added(sums, losses, len(x))
        if on_batch is not None:
            on_batch(losses)
    return _mean(sums, len(images))


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

    Ctrl-C or the stop button ends the run after a batch (during a test or `on_epoch`, after the next one), a
    second press at once. What was learned is kept; an epoch that is not finished has no row in the history.

    The same seed gives the same run on the same machine, if `on_epoch` draws no random numbers; the global
    random state stays as it was, and so does the model's mode (it trains in train mode).

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
        loss: any function `(logits, x, mu, logvar, beta)` that returns three scalars: the total, which is
            made small, reconstruction and kl. It is called for training batches and for `test_images` only.

    Returns:
        The history, one row per finished epoch.

    Raises:
        TypeError, ValueError: a bad argument, before any step is taken.
        FloatingPointError: a loss or a weight became nan or infinite; `vae` has the weights of the last
            finished epoch again.
    """
    epochs = count(epochs, "epochs")
    batch_size = count(batch_size, "batch_size")
    lr = number(lr, "lr", zero=False)
    seed = count(seed, "seed", minimum=0, maximum=LARGEST_SEED)
    check_training(vae, beta, loss)
    check_images(images)
    if test_images is not None:
        check_images(test_images, "test_images")
    if on_epoch is not None and not callable(on_epoch):
        raise TypeError(f"on_epoch must be a function of the history, got {shown(on_epoch)}")

    device = next(vae.parameters()).device
    images = images.to(device)
    history = History()
    with StopButton() as stop, seeded(seed, device):
        optimizer = Adam(vae.parameters(), lr=lr, fused=True)
        # twice a second, two messages each: nbval loses the end of a cell that sends more than some 2,000
        bar = tqdm(total=epochs * ceil(len(images) / batch_size), unit="batch", mininterval=0.5)

        def on_batch(losses: Loss) -> None:
            bar.update()
            total = losses.total.item()
            if not isfinite(total):
                raise FloatingPointError(f"the loss became {total}")
            if stop.pressed:
                raise KeyboardInterrupt

        stop.again_breaks = True
        try:
            for epoch in range(1, epochs + 1):
                weights = deepcopy(vae.state_dict())
                start = time.perf_counter()
                with in_mode(vae, training=True):
                    losses = train_epoch(vae, images, optimizer, batch_size, beta, loss, on_batch)
                seconds = time.perf_counter() - start
                _expect_finite_weights(vae)
                test_loss = nan
                if test_images is not None:
                    test_loss = evaluate(vae, test_images, beta=beta, loss=loss).total.item()
                total, reconstruction, kl = losses
                history.append(Epoch(total.item(), reconstruction.item(), kl.item(), test_loss, seconds))
                bar.write(f"Epoch [{epoch}/{epochs}] {history[-1]}")
                if on_epoch is not None:
                    on_epoch(history)
        except KeyboardInterrupt:
            stop.again_breaks = False
            bar.write(f"Stopped after {len(history)} of {epochs} epochs; what was learned is kept.")
        except FloatingPointError as error:
            vae.load_state_dict(weights)
            advice = f"try a smaller lr than {lr:g}"
            if beta > 1:
                advice += f", or a smaller beta than {beta:g}"
            raise FloatingPointError(
                f"epoch {epoch}: {error}; the weights from before this epoch are back; {advice}"
            ) from None
        finally:
            bar.close()
    return history


@torch.no_grad()
def evaluate(
    vae: nn.Module, images: Tensor, *, beta: float = 1.0, seed: int = 0, loss: LossFunction = vae_loss
) -> Loss:
    """The loss on held-out images, in eval mode: minus a one-sample estimate of the ELBO, in nats per image.

    z is drawn from q(z|x), as in training. (With z = mu the number is lower, and no longer a bound on
    -ln p(x): Kingma & Welling 2014, arXiv:1312.6114, equations 3 and 7.)

    >>> evaluate(VAE(), torch.zeros(8, 1, 28, 28)).reconstruction > 400  # nothing is learned yet
    tensor(True)

    Args:
        vae, images, beta, loss: as for `train`. The model and its mode stay as they were.
        seed: for the noise; the global random state stays as it was.

    Returns:
        The mean losses, in nats per image.

    Raises:
        TypeError, ValueError: a bad argument.
    """
    seed = count(seed, "seed", minimum=0, maximum=LARGEST_SEED)
    check_run(vae, beta, loss)
    check_images(images)
    device = next(vae.parameters()).device
    sums = [0.0, 0.0, 0.0]
    with seeded(seed, device), in_mode(vae, training=False):
        for batch in batches(images, batch_size=1000, shuffle=False):
            x = batch.to(device)
            logits, mu, logvar = checked_outputs(vae(x))
            losses = checked_losses(loss(logits, x, mu, logvar, beta))
            sums = _added(sums, losses, len(x))
    return _mean(sums, len(images))


def _added(sums: list[float], losses: tuple[Tensor, Tensor, Tensor], images: int) -> list[float]:
    """The sums over all images so far, from the mean losses of so many more."""
    return [old + images * mean.item() for old, mean in zip(sums, losses, strict=True)]


def _mean(sums: list[float], images: int) -> Loss:
    """32 bits on the CPU, whatever torch makes by default."""
    return Loss(*torch.tensor([total / images for total in sums], dtype=torch.float32, device="cpu"))


def _expect_finite_weights(vae: nn.Module) -> None:
    for weight in vae.parameters():
        if not weight.isfinite().all():
            raise FloatingPointError("a weight became nan or infinite")
