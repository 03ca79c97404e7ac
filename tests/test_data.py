"""MNIST as tensors, from anywhere, and cut into batches."""

import hashlib
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader, RandomSampler
from torchvision import datasets, transforms

from vae_helpers import batches, load_mnist

RAW = Path(__file__).parent.parent / "notebooks" / "data" / "MNIST" / "raw"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A `root` with the four files in it, where a test may change them."""
    shutil.copytree(RAW, tmp_path / "MNIST" / "raw")
    return tmp_path


def test_files_are_the_originals_named_beside_them():
    table = (RAW.parent / "README.md").read_text()
    for path in RAW.iterdir():
        md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        assert f"| {path.name} | {path.stat().st_size:,} | {md5} |" in table


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


def test_loads_in_under_a_second():
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        load_mnist()
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 1


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


def test_batches_visit_every_image_once_and_the_last_one_is_short():
    numbers = torch.arange(300)
    sizes = [len(batch) for batch in batches(numbers)]
    assert sizes == [128, 128, 44]
    assert torch.equal(torch.cat(list(batches(numbers))).sort().values, numbers)
    assert torch.equal(torch.cat(list(batches(numbers, shuffle=False))), numbers)
