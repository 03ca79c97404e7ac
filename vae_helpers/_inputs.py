"""What the public functions accept, and the one sentence that each gives for anything else."""

from math import isfinite
from numbers import Integral, Real
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch
from torch import Tensor

IMAGE_SHAPE = (1, 28, 28)
FLOATS = (torch.float32, torch.float64)  # 16 bits cannot hold a sum of nats over 784 pixels
INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


def shown(value: Any) -> str:
    """What was given, as Python writes it, but in one short line."""
    return shorten(repr(value), 60, placeholder=" ...")


def check_path(value: Any, name: str) -> None:
    """Accept the path of a file or folder."""
    if not isinstance(value, str | Path):
        raise TypeError(f"{name} must be a path, as a string or a pathlib.Path, got {shown(value)}")


def check_count(value: Any, name: str, minimum: int = 1, maximum: int = 1_000_000) -> None:
    """Accept a whole number from `minimum` to `maximum`; far more would fill the memory or never end."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {shown(value)}")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {shown(value)}")
    if value > maximum:
        raise ValueError(f"{name} must be at most {maximum}, got {shown(value)}")


def check_number(value: Any, name: str, *, zero: bool) -> None:
    """Accept a finite number above 0, or 0 itself where `zero` says so."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {shown(value)}")
    try:
        finite = isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        finite = False
    if not finite or value < 0 or (value == 0 and not zero):
        raise ValueError(
            f"{name} must be a finite number {'of at least' if zero else 'above'} 0, got {shown(value)}"
        )


def _check_has_values(tensor: Tensor, name: str) -> None:
    if tensor.is_meta:
        raise ValueError(f"{name} must hold numbers, got a tensor on device meta, which has only a shape")


def check_floats(tensor: Any, name: str) -> None:
    """Accept a tensor of 32-bit or 64-bit floats."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} must be a torch tensor, got {type(tensor).__name__}")
    if tensor.dtype not in FLOATS:
        raise TypeError(f"{name} must hold floats of 32 or 64 bits, got {tensor.dtype}; use {name}.float()")
    _check_has_values(tensor, name)


def check_alike(first: Tensor, first_name: str, second: Tensor, second_name: str) -> None:
    """Accept two tensors of one shape, dtype and device; broadcasting would hide a mistake."""
    both = f"{first_name} and {second_name} must have one"
    if first.shape != second.shape:
        raise ValueError(f"{both} shape, got {tuple(first.shape)} and {tuple(second.shape)}")
    if first.dtype != second.dtype:
        raise TypeError(f"{both} dtype, got {first.dtype} and {second.dtype}")
    if first.device != second.device:
        raise ValueError(f"{both} device, got {first.device} and {second.device}; use {first_name}.to(...)")


def check_images(images: Any, name: str = "images") -> None:
    """Accept at least one image: floats in [0, 1] of shape (B, 1, 28, 28)."""
    if isinstance(images, Tensor) and images.dtype == torch.uint8:
        raise TypeError(f"{name} must hold floats in [0, 1], got raw bytes; divide them by 255")
    check_floats(images, name)
    if images.shape[1:] != IMAGE_SHAPE:
        raise ValueError(f"{name} must have shape (B, 1, 28, 28), got {tuple(images.shape)}")
    if len(images) == 0:
        raise ValueError(f"{name} must hold at least one image, got none")
    low, high = (float(bound) for bound in images.detach().aminmax())
    if not low >= 0:  # also true for nan
        raise ValueError(
            f"{name} must lie in [0, 1], got min {low:.2f}; divide raw bytes by 255 instead of standardising"
        )
    if high > 1:
        raise ValueError(f"{name} must lie in [0, 1], got max {high:.2f}; divide raw bytes by 255")


def check_latents(z: Any, latent_dim: int, name: str = "z") -> None:
    """Accept latent vectors of shape (B, latent_dim)."""
    check_floats(z, name)
    if z.ndim != 2 or z.shape[1] != latent_dim:
        raise ValueError(f"{name} must have shape (B, {latent_dim}), got {tuple(z.shape)}")


def check_labels(labels: Any, count: int, name: str = "labels") -> None:
    """Accept one digit, 0 to 9, for each of `count` images."""
    if not isinstance(labels, Tensor) or labels.dtype not in INTEGERS:
        kind = labels.dtype if isinstance(labels, Tensor) else type(labels).__name__
        raise TypeError(f"{name} must be a tensor of whole numbers, got {kind}")
    _check_has_values(labels, name)
    if labels.shape != (count,):
        raise ValueError(f"{name} must have shape ({count},), one digit per image, got {tuple(labels.shape)}")
    if count and not 0 <= labels.min() <= labels.max() <= 9:
        raise ValueError(f"{name} must lie in 0 to 9, got {labels.min()} to {labels.max()}")


def check_finite(tensor: Any, name: str) -> None:
    """Accept a floating-point tensor without nan and infinity."""
    check_floats(tensor, name)
    if not tensor.isfinite().all():
        raise ValueError(f"{name} must hold finite numbers, got nan or infinity")


def check_placed_like(tensor: Tensor, name: str, weight: Tensor) -> None:
    """Accept a tensor of the model's own device and dtype."""
    if tensor.device != weight.device:
        raise ValueError(
            f"{name} must be on the model's device {weight.device}, got {tensor.device}; use {name}.to(...)"
        )
    if tensor.dtype != weight.dtype:
        raise TypeError(f"{name} must be {weight.dtype} like the model's weights, got {tensor.dtype}")
