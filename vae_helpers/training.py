"""Train and evaluate a VAE."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from math import ceil, isfinite, isnan, nan

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from vae_helpers._inputs import check_count, check_finite, check_images, check_number, shown
from vae_helpers.data import batches
from vae_helpers.history import Epoch, History
from vae_helpers.losses import Loss, vae_loss

SEEDS = 2**63 - 1  # the largest one that torch takes


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
) -> History:
    """Minimise `vae_loss` with Adam (Kingma & Ba 2015), and print one line per epoch.

    Ctrl-C or the stop button ends the run early and keeps what was learned. The same seed
    gives the same run on the same machine, if `on_epoch` draws no random numbers; the global
    random state stays as it was.

    Args:
        vae: the model, on the device to train on; changed in place.
        images: training images, float32 `(N, 1, 28, 28)` in [0, 1].
        test_images: held-out images; if given, evaluated after every epoch.
        epochs, batch_size: whole numbers of at least 1.
        lr: Adam's step size, above 0.
        beta: the weight of the KL term, 0 or more.
        seed: for the order of the images and the noise.
        on_epoch: called with the history so far after every epoch.

    Returns:
        The history, one row per finished epoch.

    Raises:
        TypeError, ValueError: a bad argument, before any work is done.
        FloatingPointError: the loss became nan or infinite; `vae` has the weights of the
            last finished epoch again.
    """
    _check_model(vae)
    if not any(weight.requires_grad for weight in vae.parameters()):
        raise ValueError(
            "vae must have weights that can learn, got frozen ones; use vae.requires_grad_(True)"
        )
    check_images(images)
    if test_images is not None:
        check_images(test_images, "test_images")
    check_count(epochs, "epochs")
    check_count(batch_size, "batch_size")
    check_number(lr, "lr", zero=False)
    check_number(beta, "beta", zero=True)
    check_count(seed, "seed", minimum=0, maximum=SEEDS)
    if on_epoch is not None and not callable(on_epoch):
        raise TypeError(f"on_epoch must be a function of the history, got {shown(on_epoch)}")

    device = next(vae.parameters()).device
    images = images.to(device)
    optimizer = torch.optim.Adam(vae.parameters(), lr=float(lr), fused=True)
    history = History()
    with _seeded(seed, device), tqdm(total=epochs * ceil(len(images) / batch_size), unit="batch") as bar:
        try:
            for epoch in range(1, epochs + 1):
                weights = deepcopy(vae.state_dict())
                start = time.perf_counter()
                try:
                    loss = _train_epoch(vae, images, optimizer, batch_size, beta, bar)
                except FloatingPointError as error:
                    vae.load_state_dict(weights)
                    raise FloatingPointError(
                        f"epoch {epoch}, {error}; the weights from before this epoch are back; "
                        f"try a smaller lr than {float(lr):g}, or a smaller beta than {float(beta):g}"
                    ) from None
                seconds = time.perf_counter() - start
                test_loss = nan if test_images is None else float(evaluate(vae, test_images, beta=beta).total)
                history.append(Epoch(*map(float, loss), test_loss, seconds))
                bar.write(f"Epoch [{epoch}/{epochs}] {_log_line(history[-1])}")
                if on_epoch is not None:
                    on_epoch(history)
        except KeyboardInterrupt:
            bar.write(f"Stopped after {len(history)} of {epochs} epochs; what was learned is kept.")
    return history


def _train_epoch(
    vae: nn.Module, images: Tensor, optimizer: torch.optim.Optimizer, batch_size: int, beta: float, bar: tqdm
) -> Loss:
    """One pass over the shuffled images; the mean losses on the way."""
    sums = torch.zeros(3, dtype=torch.float64)
    for batch, x in enumerate(batches(images, batch_size), start=1):
        loss = _loss(vae, x, beta)
        sums += len(x) * torch.stack(loss).detach().cpu()
        if not sums.isfinite().all():
            raise FloatingPointError(f"batch {batch}: the loss became {loss.total.item()}")
        optimizer.zero_grad()
        loss.total.backward()
        optimizer.step()
        bar.update()
    with torch.no_grad(), _seeded(0, x.device):
        after = _loss(vae, x, beta).total.item()
    if not isfinite(after):
        raise FloatingPointError(f"batch {batch}: its step brought the loss to {after}")
    return Loss(*sums / len(images))


@torch.no_grad()
def evaluate(vae: nn.Module, images: Tensor, *, beta: float = 1.0, seed: int = 0) -> Loss:
    """The loss on held-out images: minus a one-sample estimate of the ELBO, in nats per image.

    z is drawn from q(z|x), as in training. (With z = mu the number is lower, and no longer
    a bound on -log p(x): Kingma & Welling 2014, arXiv:1312.6114, equations 3 and 7.)

    Args:
        vae: the model; unchanged.
        images: float32 `(N, 1, 28, 28)` in [0, 1].
        beta: the weight of the KL term in `total`, 0 or more.
        seed: for the noise; the global random state stays as it was.

    Raises:
        TypeError, ValueError: a bad argument.
    """
    _check_model(vae)
    check_images(images)
    check_number(beta, "beta", zero=True)
    check_count(seed, "seed", minimum=0, maximum=SEEDS)
    device = next(vae.parameters()).device
    sums = torch.zeros(3, dtype=torch.float64)
    with _seeded(seed, device):
        for x in batches(images, batch_size=1000, shuffle=False):
            sums += len(x) * torch.stack(_loss(vae, x.to(device), beta)).cpu()
    return Loss(*(sums / len(images)).float())


def _loss(vae: nn.Module, x: Tensor, beta: float) -> Loss:
    codes = vae(x)
    if not isinstance(codes, tuple) or len(codes) != 3:
        raise TypeError(f"vae(x) must return logits, mu and logvar, got {type(codes).__name__}")
    logits, mu, logvar = codes
    return vae_loss(logits, x, mu, logvar, beta)


def _log_line(row: Epoch) -> str:
    halves = f"Loss: {row.loss:.4f}  reconstruction {row.reconstruction:.2f}  KL {row.kl:.2f}"
    return halves if isnan(row.test_loss) else f"{halves}  test {row.test_loss:.2f}"


def _check_model(vae: object) -> None:
    if not isinstance(vae, nn.Module) or not list(vae.parameters()):
        raise TypeError(f"vae must be a model such as VAE(), got {shown(vae)}")
    for name, weight in vae.named_parameters():
        check_finite(weight, f"vae.{name}")


@contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
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
