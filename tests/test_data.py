"""MNIST as tensors, from anywhere, and cut into batches; and what becomes of spoilt files."""

import hashlib
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from samples import X
from told import refusals, told
from torch.utils.data import DataLoader, RandomSampler
from torchvision import datasets, transforms

from vae_helpers import batches, load_fashion, load_mnist

RAW = Path(__file__).parent.parent / "notebooks" / "data" / "MNIST" / "raw"
FASHION = RAW.parent.parent / "fashion" / "fashion_mnist_12000.npz"
IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A `root` with the four files in it, where a test may change them."""
    shutil.copytree(RAW, tmp_path / "MNIST" / "raw")
    return tmp_path


def test_files_are_the_originals_named_beside_them():
    table = (RAW.parent / "README.md").read_text(encoding="utf-8")
    for path in RAW.iterdir():
        md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        assert f"| {path.name} | {path.stat().st_size:,} | {md5} |" in table


def test_fashion_is_the_file_named_beside_it():
    text = (FASHION.parent / "README.md").read_text(encoding="utf-8")
    md5 = hashlib.md5(FASHION.read_bytes(), usedforsecurity=False).hexdigest()
    assert f"| {FASHION.name} | {FASHION.stat().st_size:,} | {md5} |" in text
    assert "2017 Zalando SE" in (FASHION.parent / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("train", "names"), [(True, ("images", "labels")), (False, ("test_images", "test_labels"))]
)
def test_fashion_is_what_the_file_holds(train: bool, names: tuple[str, str]):
    images, labels = load_fashion(train)
    with np.load(FASHION) as theirs:
        raw, digits = (torch.from_numpy(theirs[name]) for name in names)
    assert images.shape == (10_000 if train else 2000, 1, 28, 28)
    assert torch.equal(255 * images[:, 0], raw.float())
    assert torch.equal(labels, digits.long())
    assert labels.dtype == torch.int64
    trousers = images[labels == 1].mean(0)[0]
    assert trousers[20:, 14].mean() < trousers[20:, 10].mean()  # two legs, and a gap


@pytest.mark.parametrize(("train", "count"), [(True, 60_000), (False, 10_000)])
def test_same_images_and_labels_as_torchvision(train: bool, count: int):
    images, labels = load_mnist(train)
    theirs = datasets.MNIST(RAW.parent.parent, train=train, transform=transforms.ToTensor())
    assert images.shape == (count, 1, 28, 28)
    assert images.dtype == torch.float32
    assert labels.shape == (count,)
    assert labels.dtype == torch.int64
    assert (images.min(), images.max()) == (0, 1)
    for i in (0, 1, count // 2, count - 1):
        assert torch.equal(images[i], theirs[i][0])
        assert labels[i] == theirs[i][1]


def test_works_from_any_folder_and_writes_nothing(copy: Path, tmp_path_factory: pytest.TempPathFactory):
    folders = [copy, copy / "MNIST", copy / "MNIST" / "raw"]
    before = sorted((path, path.stat().st_mtime_ns) for path in copy.rglob("*"))
    for folder in folders:
        folder.chmod(stat.S_IREAD | stat.S_IEXEC)
    code = "import sys; from vae_helpers import load_mnist; load_mnist(); load_mnist(root=sys.argv[1])"
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-c", code, str(copy)], cwd=elsewhere, check=True)
    for folder in folders:
        folder.chmod(stat.S_IRWXU)
    assert sorted((path, path.stat().st_mtime_ns) for path in copy.rglob("*")) == before


def test_batches_are_a_data_loaders(mnist_test: tuple[torch.Tensor, torch.Tensor]):
    images, _ = mnist_test
    sampler = RandomSampler(images, generator=torch.Generator().manual_seed(3))
    theirs = DataLoader(images, batch_size=128, sampler=sampler)
    ours = batches(images, batch_size=128, generator=torch.Generator().manual_seed(3))
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_each_pass_has_an_order_of_its_own_from_one_generator():
    numbers, generator = torch.arange(300), torch.Generator()
    first = torch.cat(list(batches(numbers, generator=generator)))
    assert not torch.equal(first, torch.cat(list(batches(numbers, generator=generator))))


def test_batches_visit_every_image_once_and_the_last_one_is_short():
    numbers = torch.arange(300)
    sizes = [len(batch) for batch in batches(numbers)]
    assert sizes == [128, 128, 44]
    assert torch.equal(torch.cat(list(batches(numbers))).sort().values, numbers)
    assert torch.equal(torch.cat(list(batches(numbers, shuffle=False))), numbers)
    assert [len(batch) for batch in batches(X, batch_size=7)] == [7, 1]
    assert [len(batch) for batch in batches(X, batch_size=1000)] == [8]


def spoilt(folder: Path, name: str, damage: Callable[[bytes], bytes] | None) -> Path:
    """A `root` with the test images and labels in it, the one called `name` damaged, or missing."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in (RAW / IMAGES, RAW / LABELS):
        if path.name != name:
            shutil.copy(path, raw)
        elif damage is not None:
            (raw / name).write_bytes(damage(path.read_bytes()))
    return folder


@contextmanager
def fashion_in(folder: Path, damage: Callable[[bytes], bytes] | None) -> Iterator[None]:
    """`load_fashion` finds its file here, damaged, or does not find it."""
    (folder / "fashion").mkdir()
    if damage is not None:
        (folder / "fashion" / FASHION.name).write_bytes(damage(FASHION.read_bytes()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vae_helpers.data.DATA", folder)
        yield


def load_spoilt_fashion(folder: Path, damage: Callable[[bytes], bytes] | None) -> None:
    with fashion_in(folder, damage):
        load_fashion()


def load_test(root: Path) -> None:
    load_mnist(train=False, root=root)


@refusals(
    (
        "a data file is cut",
        lambda folder: load_test(spoilt(folder, IMAGES, lambda whole: whole[:1000])),
        ValueError,
        rf"{IMAGES} .* is damaged or not the original one; copy it from another copy",
    ),
    (
        "a data file is empty",
        lambda folder: load_test(spoilt(folder, LABELS, lambda whole: b"")),
        ValueError,
        f"{LABELS} .* is damaged",
    ),
    (
        "one bit of a data file has flipped",
        lambda folder: load_test(spoilt(folder, LABELS, lambda whole: whole[:-1] + bytes([whole[-1] ^ 1]))),
        ValueError,
        f"{LABELS} .* is damaged",
    ),
    (
        "a data file is missing",
        lambda folder: load_test(spoilt(folder, LABELS, None)),
        FileNotFoundError,
        f"{LABELS} is missing; copy it from another copy",
    ),
    (
        "two data files are swapped",
        lambda folder: load_test(spoilt(folder, LABELS, lambda whole: (RAW / IMAGES).read_bytes())),
        ValueError,
        f"{LABELS} .* is damaged or not the original one",
    ),
    (
        "a data file is a foreign one",
        lambda folder: load_test(spoilt(folder, IMAGES, lambda whole: b"<html>404</html>")),
        ValueError,
        f"{IMAGES} .* is damaged or not the original one",
    ),
    (
        "the fashion file is cut",
        lambda folder: load_spoilt_fashion(folder, lambda whole: whole[:-1]),
        ValueError,
        f"{FASHION.name} .* is damaged or not the original one; copy it from another copy",
    ),
    (
        "the fashion file is missing",
        lambda folder: load_spoilt_fashion(folder, None),
        FileNotFoundError,
        f"{FASHION.name} is missing; copy it from another copy",
    ),
    (
        "a number in place of train",
        lambda _: load_fashion(0),
        TypeError,
        "train must be True or False, got 0",
    ),
    ("the folder where torchvision wants it", lambda _: load_mnist("data"), TypeError, "given as root="),
    ("a number as data folder", lambda _: load_mnist(root=7), TypeError, "root must be a path, .* got 7"),
    ("no images", lambda _: batches(X[:0]), ValueError, r"at least one image, got shape \(0, 1, 28, 28\)"),
    ("a number as images", lambda _: batches(torch.tensor(1.0)), ValueError, r"one image, got shape \(\)"),
    ("a list of images", lambda _: batches([1, 2]), TypeError, "images must be a tensor .* got list"),
    ("batches of none", lambda _: batches(X, 0), ValueError, "batch_size must be at least 1, got 0"),
    ("batches of 2.5", lambda _: batches(X, 2.5), TypeError, "batch_size must be a whole number, got 2.5"),
    ("a seed as generator", lambda _: batches(X, generator=3), TypeError, "generator must be .* got 3"),
)
def test_refuses(call: Callable, error: type, sentence: str, tmp_path: Path):
    with told(error, sentence):
        call(tmp_path)
