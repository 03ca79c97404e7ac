"""Drawings as pictures: strokes painted as large as a scan, and photographed."""

import json
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

DRAWN = json.loads((Path(__file__).parent / "drawn_digits.json").read_text(encoding="utf-8"))
PEN, BOX = 27, 200  # ten times the pen and the box of the pad


def painted(strokes: list, side: int = 320) -> Tensor:
    """Ink from 0 to 1, `(side, side)`: the strokes in a box of 200 pixels, with soft edges."""
    points = torch.tensor([point for stroke in strokes for point in stroke])
    low, high = points.amin(0), points.amax(0)
    scale = (BOX - PEN) / (high - low).max()
    shift = side / 2 - scale * (low + high) / 2
    pixels = torch.cartesian_prod(torch.arange(side), torch.arange(side)).flip(1) + 0.5  # (x, y) of each
    distance = torch.full((side * side,), torch.inf)
    for stroke in strokes:
        ends = scale * torch.tensor(stroke) + shift
        for a, b in pairwise(ends):
            along = ((pixels - a) @ (b - a) / (b - a).square().sum().clamp(min=1e-9)).clamp(0, 1)
            distance = torch.minimum(distance, (pixels - a - along[:, None] * (b - a)).norm(dim=1))
    return (PEN / 2 + 0.5 - distance).clamp(0, 1).view(side, side)


def photographed(ink: Tensor, degrees: float = 10, noise: float = 0.06, factor: float = 1.7) -> Tensor:
    """Grey paper, darker on one side, under a camera that is held askew and too near: `(H, W)` in [0, 1]."""
    side = int(factor * len(ink))
    angle = torch.tensor(torch.pi * degrees / 180)
    turn = torch.stack(
        [angle.cos(), -angle.sin(), angle.new_zeros(()), angle.sin(), angle.cos(), angle.new_zeros(())]
    )
    grid = F.affine_grid(turn.view(1, 2, 3), [1, 1, side, side], align_corners=False)
    turned = F.grid_sample(ink[None, None], grid, align_corners=False)[0, 0]
    paper = 0.75 - 0.25 * torch.linspace(0, 1, side)  # from left to right
    grain = noise * torch.randn(side, side, generator=torch.Generator().manual_seed(0))
    return (paper * (1 - 0.7 * turned) + grain).clamp(0, 1)
