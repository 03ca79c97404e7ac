"""Photos and drawings prepared as MNIST's digits were: what becomes of them, and which are refused."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from pen import DRAWN, painted, photographed
from PIL import Image
from told import refusals, told
from torch import Tensor

from vae_helpers import DATA, prepare_digit, pretrained

SHEET = DATA / "drawings" / "drawings.png"
INK = painted(DRAWN["5"])
DIGIT = prepare_digit(INK)


def centre(image: Tensor) -> list[float]:
    """Column and row of the centre of mass."""
    place = torch.arange(28.0)
    return [((image[0, 0].sum(axis) * place).sum() / image.sum()).item() for axis in (0, 1)]


@pytest.fixture(scope="module")
def nearest(mnist_test: tuple[Tensor, Tensor]) -> Callable[[Tensor], Tensor]:
    """The digit whose mean code is closest to that of each image, in all 20 dimensions."""
    vae = pretrained(20)
    with torch.no_grad():
        codes = vae.encode(mnist_test[0])[0]
    means = torch.stack([codes[mnist_test[1] == digit].mean(0) for digit in range(10)])
    return lambda images: torch.cdist(vae.encode(images)[0].detach(), means).argmin(1)


@pytest.mark.parametrize(
    ("change", "enough"),
    [
        (lambda ink: ink, 8),
        (lambda ink: 1 - ink, 8),
        (photographed, 7),
        (lambda ink: photographed(ink, degrees=-10, noise=0.1), 7),
        (lambda ink: photographed(ink, factor=0.5), 7),
        (lambda ink: 1 - photographed(ink), 7),  # chalk on a blackboard
    ],
    ids=["light on dark", "dark on light", "photo", "noisy photo", "small photo", "blackboard"],
)
def test_digits_land_among_their_own(nearest: Callable, change: Callable, enough: int):
    prepared = torch.cat([prepare_digit(change(painted(strokes))) for strokes in DRAWN.values()])
    assert (nearest(prepared) == torch.arange(10)).sum() >= enough


def test_the_shipped_sheet_lands_among_its_own(nearest: Callable):
    cells = [block for row in np.split(np.asarray(Image.open(SHEET)), 4) for block in np.split(row, 10, 1)]
    right = nearest(torch.cat(list(map(prepare_digit, cells)))) == torch.arange(40) % 10
    assert (right.view(4, 10).sum(1) >= 8).all()


def test_fills_the_box_and_is_centred():
    for strokes in DRAWN.values():
        image = prepare_digit(photographed(painted(strokes)))
        assert image.shape == (1, 1, 28, 28)
        assert image.dtype == torch.float32
        assert (image.min(), image.max()) == (0, 1)
        assert centre(image) == pytest.approx([14, 14], abs=0.05)
        lit = image[0, 0] > 0.3
        assert 19 <= max(lit.any(0).sum(), lit.any(1).sum()) <= 21


def test_a_digit_of_mnist_stays_nearly_as_it_is(mnist_test: tuple[Tensor, Tensor]):
    """But for the part of a pixel by which MNIST's own centres are off."""
    for image in mnist_test[0][:100]:
        assert (prepare_digit(image)[0] - image).abs().mean() < 0.06
        assert (prepare_digit(1 - image)[0] - image).abs().mean() < 0.06


def wide(ink: Tensor) -> Tensor:
    return torch.nn.functional.pad(ink, (300, 20, 0, 90))


def in_file(ink: Tensor, path: Path, **options: object) -> Path:
    Image.fromarray((255 * (1 - ink)).byte().numpy()).save(path, **options)
    return path


SAME = {
    "inverted": lambda ink, _: 1 - ink,
    "elsewhere on a wide page": lambda ink, _: 1 - wide(ink),
    "an array": lambda ink, _: ink.numpy(),
    "bytes": lambda ink, _: (255 * ink).round().byte(),
    "64-bit floats": lambda ink, _: ink.double(),
    "whole numbers": lambda ink, _: (255 * ink).round().long(),
    "one of a batch": lambda ink, _: ink[None, None],
    "blue on yellow": lambda ink, _: torch.stack([1 - ink, 1 - 0.8 * ink, 0.2 + 0.3 * ink]),
    "colours last": lambda ink, _: np.stack([1 - ink, 1 - 0.8 * ink, 0.2 + 0.3 * ink], axis=2),
    "black and how opaque it is": lambda ink, _: np.stack([0 * ink, 0 * ink, 0 * ink, ink], axis=2),
    "with gradients": lambda ink, _: ink.clone().requires_grad_(),
    "pale pencil": lambda ink, _: 0.9 - 0.2 * ink,
    "paper darker on one side": lambda ink, _: (1 - 0.8 * ink) * torch.linspace(0.8, 1, ink.shape[1]),
    "a PIL image": lambda ink, _: Image.fromarray((255 * ink).byte().numpy()),
    "on a transparent page": lambda ink, _: Image.merge(
        "LA", [Image.new("L", ink.shape, 0), Image.fromarray((255 * ink).byte().numpy())]
    ),
    "a PNG": lambda ink, folder: in_file(ink, folder / "5.png"),
    "its path as text": lambda ink, folder: str(in_file(ink, folder / "5.png")),
    "a JPEG": lambda ink, folder: in_file(ink, folder / "5.jpg", quality=90),
    "a GIF": lambda ink, folder: in_file(ink, folder / "5.gif"),
    "twice as large": lambda ink, _: ink.repeat_interleave(2, 0).repeat_interleave(2, 1),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_kind_of_picture_does_not_matter(change: Callable, tmp_path: Path):
    torch.testing.assert_close(prepare_digit(change(INK, tmp_path)), DIGIT, rtol=0, atol=0.06)


def test_a_photo_is_turned_as_the_camera_was_held(tmp_path: Path):
    """The bytes lie on their side, and the file says so."""
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn to the right shows it upright
    in_file(INK.rot90(), tmp_path / "5.png", exif=exif)
    torch.testing.assert_close(prepare_digit(tmp_path / "5.png"), DIGIT, rtol=0, atol=0.05)


def test_the_picture_stays_as_it_was():
    ink = INK.clone()
    prepare_digit(ink)
    assert torch.equal(ink, INK)


def test_ten_pixels_are_enough():
    paper = torch.ones(10, 10)
    paper[2:8, 4:6] = 0
    assert centre(prepare_digit(paper)) == pytest.approx([14, 14], abs=0.05)


def noise(sigma: float) -> Tensor:
    return (0.6 + sigma * torch.randn(200, 200, generator=torch.Generator().manual_seed(0))).clamp(0, 1)


def cut(folder: Path) -> Path:
    path = in_file(noise(0.1), folder / "cut.png")
    path.write_bytes(path.read_bytes()[:5000])
    return path


def no_picture(folder: Path) -> Path:
    (folder / "notes.txt").write_text("5", encoding="utf-8")
    return folder / "notes.txt"


STANDS_OUT = "picture must show a digit that stands out from its background"
COULD_BE = "must be a path, a PIL image, or an array"


@refusals(
    ("blank paper", lambda _: torch.ones(100, 100), ValueError, f"{STANDS_OUT}; .*and 0 % are"),
    ("a blank image", lambda _: torch.zeros(1, 1, 28, 28), ValueError, STANDS_OUT),
    ("paper under a lamp", lambda _: torch.linspace(0.3, 0.9, 200).expand(100, -1), ValueError, STANDS_OUT),
    ("noise alone", lambda _: noise(0.05), ValueError, f"{STANDS_OUT}; .* are noise"),
    ("much noise alone", lambda _: noise(0.3), ValueError, STANDS_OUT),
    (
        "noise that could be ink",
        lambda _: (noise(0.1)[:80, :80] - 0.38 * INK[::4, ::4]).clamp(0, 1),
        ValueError,
        r"contrast is 3\d %, and (9|10|11) % are noise",
    ),
    ("too pale", lambda _: 1 - 0.05 * INK, ValueError, f"{STANDS_OUT}; its contrast is 5 %"),
    ("white on a transparent page", lambda _: Image.new("LA", (99, 99), (255, 0)), ValueError, STANDS_OUT),
    ("huge", lambda _: Image.new("1", (10_000, 5001)), ValueError, "at most 50,000,000 .* 10000 x 5001"),
    ("tiny", lambda _: torch.ones(9, 50), ValueError, "at least 10 x 10 pixels, got 50 x 9"),
    ("empty", lambda _: torch.ones(0, 50), ValueError, "at least 10 x 10 pixels, got 50 x 0"),
    ("several", lambda _: torch.rand(7, 1, 28, 28), ValueError, r"shape \(H, W\) .* got \(7, 1, 28, 28\)"),
    ("one row", lambda _: torch.rand(784), ValueError, r"\(H, W\) or \(H, W, 3\), got \(784,\)"),
    ("two colours", lambda _: np.zeros((28, 28, 2)), ValueError, r"got \(28, 28, 2\)"),
    ("bytes as floats", lambda _: 255 * INK, ValueError, r"floats in \[0, 1\], got 0 to 255"),
    ("standardised", lambda _: INK - 0.1, ValueError, r"floats in \[0, 1\], got -0.1 to 0.9"),
    ("nan", lambda _: INK / 0, ValueError, r"floats in \[0, 1\], got nan"),
    ("large numbers", lambda _: (999 * INK).long(), ValueError, "from 0 to 255, got 0 to 999"),
    ("complex", lambda _: INK * 1j, TypeError, "must hold bytes or floats, got complex64"),
    ("brain floats", lambda _: INK.to("meta"), TypeError, COULD_BE),
    ("16 bits", lambda _: Image.new("I;16", (99, 99)), ValueError, "8 bits for each colour, got mode I;16"),
    (
        "a file that is missing",
        lambda folder: folder / "7.png",
        FileNotFoundError,
        "7.png is missing; the path",
    ),
    ("a text file", no_picture, OSError, "notes.txt cannot be read; save it as PNG or JPEG"),
    ("a folder", lambda folder: folder, OSError, "cannot be read"),
    ("a file that is cut", cut, OSError, "cannot be read to its end"),
    ("a list", lambda _: [[0.0, 1.0]], TypeError, f"{COULD_BE} .*, got "),
    ("a number", lambda _: 7, TypeError, f"{COULD_BE} .*, got 7"),
    ("nothing", lambda _: None, TypeError, f"{COULD_BE} .*, got None"),
)
def test_refuses(call: Callable, error: type, sentence: str, tmp_path: Path):
    picture = call(tmp_path)
    with told(error, sentence):
        prepare_digit(picture)


def test_an_unreadable_file(tmp_path: Path):
    path = in_file(INK, tmp_path / "5.png")
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.chmod(0o600)
        path.unlink()  # root may read anything: a folder in its place
        path.mkdir()
    with told(OSError, "cannot be read"):
        prepare_digit(path)
