"""What the public functions accept, and the one sentence that each gives for anything else.

Refused is what learners do: another shape, bytes, standardised pixels, another dtype or device, nan, text.
`count`, `number`, `checked_outputs` and `checked_losses` return what they accept, the `check_...` nothing.
Wrong kind (type, dtype): TypeError. Wrong shape, size, range, device: ValueError. A new sentence gets its
row in the `@refusals` (`tests/told.py`) of the tests of its function: `tests/test_data.py`, ...
"""

from collections.abc import Sequence
from inspect import isfunction, signature
from math import ceil, inf, isfinite, isqrt
from numbers import Integral, Real
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch
from torch import Tensor, nn

IMAGE_SHAPE = (1, 28, 28)
FLOATS = (torch.float32, torch.float64)  # 16 bits cannot hold a sum of nats over 784 pixels
INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
IMAGES_IN_A_FIGURE = 400  # one row or column of more would be too long for matplotlib


def shown(value: Any) -> str:
    """What was given, as Python writes it, but in one short line."""
    return shorten(repr(value), 60, placeholder=" ...")


def kind_of(value: Any) -> str:
    """What kind of thing was given, where its numbers do not matter."""
    if isinstance(value, Tensor):
        return f"Tensor of shape {tuple(value.shape)}"
    if isinstance(value, tuple):
        return f"({', '.join(kind_of(part) for part in value)})"
    return type(value).__name__


# Numbers and paths


def count(value: Any, name: str, minimum: int = 1, maximum: int = 1_000_000) -> int:
    """A whole number from `minimum` to `maximum`; far more would fill the memory or never end."""
    if isinstance(value, Tensor) and value.ndim == 0 and value.dtype in INTEGERS:
        value = value.item()  # such as one of `labels`
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {shown(value)}")
    if int(value) < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {shown(value)}")
    if int(value) > maximum:
        raise ValueError(f"{name} must be at most {maximum}, got {shown(value)}")
    return int(value)


def number(value: Any, name: str, *, zero: bool = True) -> float:
    """A finite number above 0, or 0 itself where `zero` says so."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {shown(value)}")
    try:
        parsed = float(value)
    except OverflowError:  # a whole number beyond all floats
        parsed = inf
    if not isfinite(parsed) or parsed < 0 or (parsed == 0 and not zero):
        limit = "of at least" if zero else "above"
        raise ValueError(f"{name} must be a finite number {limit} 0, got {shown(value)}")
    return parsed


def check_type(value: Any, kind: type, demand: str) -> None:
    """Accept an object of this kind; `demand` says where it comes from."""
    if not isinstance(value, kind):
        raise TypeError(f"{demand}, got {type(value).__name__}")


def check_path(value: Any, name: str) -> None:
    """Accept the path of a file or folder."""
    if not isinstance(value, str | Path):
        raise TypeError(f"{name} must be a path, as a string or a pathlib.Path, got {shown(value)}")


# Tensors of any kind


def check_floats(tensor: Any, name: str) -> None:
    """Accept a tensor of 32-bit or 64-bit floats."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} must be a torch tensor, got {type(tensor).__name__}")
    if tensor.dtype not in FLOATS:
        raise TypeError(f"{name} must hold floats of 32 or 64 bits, got {tensor.dtype}; use {name}.float()")


def check_finite(tensor: Any, name: str) -> None:
    """Accept a floating-point tensor without nan and infinity."""
    check_floats(tensor, name)
    if not tensor.isfinite().all():
        raise ValueError(f"{name} must hold finite numbers, got nan or infinity")


def check_alike(first: Any, first_name: str, second: Any, second_name: str) -> None:
    """Accept two tensors of floats of one shape, dtype and device; broadcasting would hide a mistake."""
    check_floats(first, first_name)
    check_floats(second, second_name)
    both = f"{first_name} and {second_name} must have one"
    if first.shape != second.shape:
        raise ValueError(f"{both} shape, got {tuple(first.shape)} and {tuple(second.shape)}")
    if first.dtype != second.dtype:
        raise TypeError(f"{both} dtype, got {first.dtype} and {second.dtype}")
    if first.device != second.device:
        raise ValueError(f"{both} device, got {first.device} and {second.device}; use {first_name}.to(...)")


def _check_placed_like(tensor: Tensor, name: str, weight: Tensor) -> None:
    """Accept a tensor of the model's own device and dtype."""
    _check_bits(weight)
    if tensor.device != weight.device:
        place = f"the model's device {weight.device}"
        raise ValueError(f"{name} must be on {place}, got {tensor.device}; use {name}.to(...)")
    if tensor.dtype != weight.dtype:
        asked = f"{weight.dtype} like the model's weights"
        raise TypeError(f"{name} must be {asked}, got {tensor.dtype}; use {name}.to({weight.dtype})")


# Images and labels


def check_images(images: Any, name: str = "images", weight: Tensor | None = None) -> None:
    """Accept at least one image: floats in [0, 1] of shape (B, 1, 28, 28), placed like a `weight`."""
    check_format(images, name, weight)
    lowest, highest = images.aminmax()
    low, high = lowest.item(), highest.item()
    if not low >= 0:  # also true for nan
        advice = "divide raw bytes by 255 instead of standardising, and take torch.sigmoid of logits"
        raise ValueError(f"{name} must lie in [0, 1], got min {low:.6g}; {advice}")
    if high > 1:
        raise ValueError(f"{name} must lie in [0, 1], got max {high:.6g}; divide raw bytes by 255")


def check_format(images: Any, name: str = "images", weight: Tensor | None = None) -> None:
    """Accept what `check_images` accepts, without a look at each pixel."""
    if not isinstance(images, Tensor):
        raise TypeError(f"{name} must be a torch tensor, got {type(images).__name__}")
    if images.shape[1:] != IMAGE_SHAPE:
        raise ValueError(f"{name} must have shape (B, 1, 28, 28), got {tuple(images.shape)}")
    if images.dtype in INTEGERS:
        advice = "divide raw bytes by 255"
        raise TypeError(f"{name} must hold floats in [0, 1], got {images.dtype}; {advice}")
    check_floats(images, name)
    if len(images) == 0:
        raise ValueError(f"{name} must hold at least one image, got none")
    if weight is not None:
        _check_placed_like(images, name, weight)


def check_labels(labels: Any, images: int, name: str = "labels") -> None:
    """Accept one digit, 0 to 9, for each of so many images."""
    if not isinstance(labels, Tensor) or labels.dtype not in INTEGERS:
        kind = labels.dtype if isinstance(labels, Tensor) else type(labels).__name__
        raise TypeError(f"{name} must be a tensor of whole numbers, got {kind}")
    if labels.shape != (images,):
        shape = f"({images},), one digit per image"
        raise ValueError(f"{name} must have shape {shape}, got {tuple(labels.shape)}")
    if images and not 0 <= labels.min() <= labels.max() <= 9:
        raise ValueError(f"{name} must lie in 0 to 9, got {labels.min()} to {labels.max()}")


def check_batching(images: Any, generator: Any) -> None:
    """Accept a tensor with rows to deal out, and what may shuffle them."""
    if not isinstance(images, Tensor):
        raise TypeError(f"images must be a tensor with at least one image, got {kind_of(images)}")
    if images.ndim == 0 or len(images) == 0:
        raise ValueError(f"images must hold at least one image, got shape {tuple(images.shape)}")
    if generator is not None and getattr(generator, "device", None) != torch.device("cpu"):
        raise TypeError(f"generator must be a torch.Generator() of the CPU, got {shown(generator)}")


# Codes, and what is computed from them


def check_latents(z: Any, latent_dim: int, name: str = "z", weight: Tensor | None = None) -> None:
    """Accept codes of shape (B, latent_dim), placed like a `weight`."""
    check_floats(z, name)
    if z.ndim != 2 or z.shape[1] != latent_dim:
        raise ValueError(f"{name} must have shape (B, {latent_dim}), got {tuple(z.shape)}")
    if weight is not None:
        _check_placed_like(z, name, weight)


def check_decoded(z: Tensor, image: Tensor) -> None:
    """Accept a picture without nan: z may be infinite, or too large for 32 bits, or a weight be nan."""
    check_finite(z, "z")
    check_finite(image, "decode(z)")


def check_normal(mu: Any, logvar: Any) -> None:
    """Accept the mean and the log-variance of normal distributions: two tensors of one shape."""
    check_alike(mu, "mu", logvar, "logvar")


def check_codes(mu: Any, logvar: Any) -> None:
    """Accept the mean and the log-variance of at least one code, both (B, D)."""
    check_normal(mu, logvar)
    if mu.ndim != 2:
        raise ValueError(f"mu must have shape (B, D), got {tuple(mu.shape)}")
    if mu.numel() == 0:
        raise ValueError(f"mu must hold at least one code, got shape {tuple(mu.shape)}")


def check_logits_like(logits: Any, x: Any) -> None:
    """Accept images, and one log-odds for each of their pixels."""
    check_images(x, "x")
    check_alike(logits, "logits", x, "x")


def check_one_batch(x: Any, mu: Any) -> None:
    """Accept as many images as codes; what else may be wrong with them, the two halves of the loss say."""
    if isinstance(x, Tensor) and isinstance(mu, Tensor) and x.shape[:1] != mu.shape[:1]:
        raise ValueError(f"x and mu must be of one batch, got shapes {tuple(x.shape)} and {tuple(mu.shape)}")


def check_log_weights(log_w: Any) -> None:
    """Accept the logarithms of k weights for each of B images, (k, B)."""
    check_floats(log_w, "log_w")
    if log_w.ndim != 2 or len(log_w) == 0:
        raise ValueError(f"log_w must have shape (k, B) with k of at least 1, got {tuple(log_w.shape)}")


def check_ends(z_a: Any, z_b: Any) -> None:
    """Accept two codes (D,) with a straight line between them."""
    check_finite(z_a, "z_a")
    check_finite(z_b, "z_b")
    check_alike(z_a, "z_a", z_b, "z_b")
    if z_a.ndim != 1:
        raise ValueError(f"z_a must have shape (D,), got {tuple(z_a.shape)}")


def check_labelled_codes(mu: Any, labels: Any) -> None:
    """Accept the means of codes, (N, D), and the digit of each."""
    check_floats(mu, "mu")
    if mu.ndim != 2:
        raise ValueError(f"mu must have shape (N, D), got {tuple(mu.shape)}")
    check_labels(labels, len(mu))


# Figures


def check_digits(images: Any, columns: int, row_labels: Any) -> None:
    """Accept images for one figure in rows of so many, and a label for each row, or none."""
    check_images(images)
    if len(images) > IMAGES_IN_A_FIGURE:
        limit = f"at most {IMAGES_IN_A_FIGURE} for one figure"
        raise ValueError(f"images must be {limit}, got {len(images)}; use images[:100]")
    check_type(row_labels, Sequence, "row_labels must be a list")
    rows = ceil(len(images) / columns)
    if len(row_labels) not in (0, rows):
        raise ValueError(f"row_labels must hold one label for each of the {rows} rows, got {len(row_labels)}")


def check_plane(mu: Any, labels: Any) -> None:
    """Accept the means of at least one 2-D code, and the digit of each."""
    check_latents(mu, 2, "mu")
    if len(mu) == 0:
        raise ValueError("mu must hold at least one code, got none")
    check_labels(labels, len(mu))
    check_finite(mu, "mu")


def check_grid(images: Any, z: Any) -> None:
    """Accept the images and the 2-D codes of one square grid."""
    check_images(images)
    check_latents(z, 2)
    steps = isqrt(len(z))
    if not len(images) == len(z) == steps**2:
        raise ValueError(f"images and z must hold one square grid, got {len(images)} and {len(z)} of them")
    largest = isqrt(IMAGES_IN_A_FIGURE)
    if steps > largest:
        raise ValueError(f"z must be at most quantile_grid({largest}) for one figure, got {steps} x {steps}")


# Training


def check_run(vae: Any, beta: Any, loss: Any) -> None:
    """Accept a model and a loss, each for itself; whether they fit, the first batch shows."""
    if not isinstance(vae, nn.Module):
        raise TypeError(f"vae must be a model such as VAE(), got {shown(vae)}")
    check_weights(vae)
    for name, weight in vae.named_parameters():
        check_finite(weight.detach(), f"vae.{name}")
    number(beta, "beta")
    try:
        signature(loss).bind("logits", "x", "mu", "logvar", "beta")
    except (TypeError, ValueError):  # it takes others, or is no function
        given = f"{loss.__name__}{signature(loss)}" if isfunction(loss) else shown(loss)
        raise TypeError(f"loss must be a function of (logits, x, mu, logvar, beta), got {given}") from None


def check_weights(vae: nn.Module) -> None:
    """Accept a model that has weights, such as can be computed with."""
    _check_bits(next(vae.parameters(), None))


def _check_bits(weight: Any) -> None:
    if not isinstance(weight, Tensor):
        raise TypeError("vae must have weights of 32 or 64 bits, got none, as in a quantized model")
    if weight.dtype not in FLOATS:
        raise TypeError(f"vae must have weights of 32 or 64 bits, got {weight.dtype}; use vae.float()")


def check_gradients(vae: nn.Module) -> None:
    """Accept a model through which gradients can flow."""
    if any(weight.is_inference() for weight in vae.parameters()):
        advice = "copy.deepcopy(vae), outside of it, can learn"
        raise ValueError(f"vae must not be made in inference mode, in which nothing can learn; {advice}")


def check_training(vae: Any, beta: Any, loss: Any) -> None:
    """Accept what `check_run` accepts, with weights that can learn."""
    check_run(vae, beta, loss)
    check_gradients(vae)
    if not any(weight.requires_grad for weight in vae.parameters()):
        advice = "use vae.requires_grad_(True)"
        raise ValueError(f"vae must have weights that can learn, got frozen ones; {advice}")


def check_optimizer(optimizer: Any, vae: nn.Module) -> None:
    """Accept an optimizer that moves weights of this model."""
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(f"optimizer must be a torch optimizer, got {shown(optimizer)}")
    weights = {id(weight) for weight in vae.parameters()}
    moved = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
    if not weights & moved:
        raise ValueError("optimizer must hold the weights of vae, got another model's")


def checked_outputs(outputs: Any) -> tuple[Tensor, Tensor, Tensor]:
    """What a model returns: logits, mu and logvar."""
    if not _are_three_tensors(outputs):
        raise TypeError(f"vae(x) must return logits, mu and logvar, got {kind_of(outputs)}")
    return outputs


def checked_losses(losses: Any) -> tuple[Tensor, Tensor, Tensor]:
    """What a loss returns: three scalars, of which training makes the first small."""
    if not _are_three_tensors(losses) or any(value.ndim for value in losses):
        three = "three scalar tensors, total, reconstruction, kl"
        raise TypeError(f"loss must return {three}, got {kind_of(losses)}")
    if torch.is_grad_enabled() and not losses[0].requires_grad:
        raise ValueError("loss must return a total with gradients; look for .detach() or torch.no_grad()")
    return losses


def _are_three_tensors(values: Any) -> bool:
    return isinstance(values, tuple) and len(values) == 3 and all(isinstance(v, Tensor) for v in values)
