"""The Python side of the explorer: what it gives to the browser and takes from it, and the page on disk."""

import json
import math
import re
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from samples import CODE, CODES, DIGITS, X, filled, small
from told import refusals, told
from torch import Tensor

from vae_helpers import VAE, LatentExplorer, export_page, pretrained

Data = tuple[Tensor, Tensor]


@pytest.fixture(scope="module")
def data(mnist_test: Data) -> Data:
    images, labels = mnist_test
    return images[:1000], labels[:1000]


@pytest.fixture
def explorer(data: Data) -> LatentExplorer:
    return LatentExplorer(pretrained(20), *data)


def floats(data: bytes, dtype: str, *shape: int) -> Tensor:
    return torch.from_numpy(np.frombuffer(data, dtype).astype("<f4").reshape(shape))


def test_weights_lie_in_the_order_that_the_script_reads(data: Data):
    """Decoded by hand from the bytes alone, as `explorer.js` does it."""
    torch.manual_seed(0)
    vae = VAE(latent_dim=3, hidden_dim=5)
    explorer = LatentExplorer(vae, *data)
    numbers = floats(explorer.weights, "<f4", -1)
    sizes = [5 * 784, 5, 3 * 5, 3, 3 * 5, 3, 5 * 3, 5, 784 * 5, 784]
    w1, b1, w_mu, b_mu, w_logvar, b_logvar, w2, b2, w3, b3 = numbers.split(sizes)
    x, z = data[0][:7], torch.randn(7, 3)
    h = (x.flatten(1) @ w1.reshape(5, 784).T + b1).relu()
    with torch.no_grad():
        mu, logvar = vae.encode(x)
        logits = vae.decode_logits(z).flatten(1)
    torch.testing.assert_close(h @ w_mu.reshape(3, 5).T + b_mu, mu)
    torch.testing.assert_close(h @ w_logvar.reshape(3, 5).T + b_logvar, logvar)
    torch.testing.assert_close((z @ w2.reshape(5, 3).T + b2).relu() @ w3.reshape(784, 5).T + b3, logits)


def test_the_points_are_the_means_of_the_codes(explorer: LatentExplorer, data: Data):
    images, labels = data
    with torch.no_grad():
        mu, _ = pretrained(20).encode(images)
    torch.testing.assert_close(floats(explorer.codes, "<f4", 1000, 20), mu)
    assert list(explorer.labels) == labels.tolist()
    torch.testing.assert_close(torch.tensor(explorer.means[3]), mu[labels == 3].mean(0))
    first = floats(explorer.digits, "u1", 100, 1, 28, 28)
    torch.testing.assert_close(first / 255, images[:100])


def test_the_script_is_sent_all_that_it_reads(explorer: LatentExplorer):
    script = (Path(__file__).parent.parent / "vae_helpers" / "widgets" / "explorer.js").read_text(
        encoding="utf-8"
    )
    read = set(re.findall(r'model\.get\("(\w+)"\)', script))
    assert {"weights", "labels", "z"} < read
    assert read <= set(explorer.get_state())


def test_the_first_two_dimensions_tell_the_classes_apart_best(explorer: LatentExplorer):
    means = np.array([explorer.means[digit] for digit in range(10)])
    assert sorted(explorer.order) == list(range(20))
    assert (np.diff(means.var(axis=0)[explorer.order]) <= 0).all()


def test_z_and_drawing_arrive_from_the_page_as_tensors(explorer: LatentExplorer, data: Data):
    greys = (255 * data[0][3]).round().byte()
    explorer.set_state({"z": [0.5] * 20, "drawing": memoryview(greys.numpy().tobytes())})
    assert torch.equal(explorer.z, torch.full((20,), 0.5))
    torch.testing.assert_close(explorer.drawing, data[0][3:4])
    explorer.set_state({"drawing": None})
    assert explorer.drawing is None


def test_z_and_drawing_leave_for_the_page(explorer: LatentExplorer, data: Data):
    explorer.z = torch.arange(20.0, requires_grad=True)
    explorer.drawing = data[0][3:4]
    state = explorer.get_state(["z", "drawing"])
    assert state == {"z": list(range(20)), "drawing": (255 * data[0][3]).round().byte().numpy().tobytes()}


def test_shows_itself_without_an_address_in_memory(explorer: LatentExplorer):
    assert repr(explorer) == "LatentExplorer(latent_dim=20)"


def test_the_page_is_one_small_file_with_the_model_in_it(data: Data, tmp_path: Path):
    path = tmp_path / "page.html"
    export_page(pretrained(20), *data, path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_size < 2_200_000
    text = path.read_text(encoding="utf-8")
    state = json.loads(re.search(r'<script type="application/json" id="state">(.*?)</script>', text).group(1))
    weights = torch.cat([weight.flatten() for weight in pretrained(20).state_dict().values()])
    assert torch.equal(floats(b64decode(state["weights"]), "<f2", -1), weights.half().float())
    assert "784–400–20–400–784" in text
    assert "1,000 digits of" in text
    assert not re.search(r"""(src|href)=["'](?!data:)|url\(|@import|\bfetch\(|https?:""", text)


def test_the_script_is_short_and_in_one_piece():
    script = (Path(__file__).parent.parent / "vae_helpers" / "widgets" / "explorer.js").read_text(
        encoding="utf-8"
    )
    assert len(script.splitlines()) < 400
    assert not re.search(r"^import\b|import\(|</script", script, re.MULTILINE)


@refusals(
    ("a short code", lambda: torch.zeros(2), ValueError, r"z must have shape \(3,\), got \(2,\)"),
    ("a batch", lambda: torch.zeros(1, 3), ValueError, r"z must have shape \(3,\), got \(1, 3\)"),
    ("nan", lambda: CODE * math.nan, ValueError, "z must hold finite numbers"),
    ("a list", lambda: [0.0] * 3, TypeError, "z must be a torch tensor, got list"),
)
def test_a_bad_z_changes_nothing(call: Callable, error: type, sentence: str):
    widget = LatentExplorer(small(), X, DIGITS)
    before = widget.z
    with told(error, sentence):
        widget.z = call()
    assert torch.equal(widget.z, before)


@refusals(
    ("two images", lambda: X[:2], ValueError, "drawing must be one image, got 2"),
    ("bytes", lambda: 255 * X[:1], ValueError, r"drawing must lie in \[0, 1\], got max 25"),
    ("no channel", lambda: X[0, 0], ValueError, r"drawing must have shape \(B, 1, 28, 28\), got \(28, 28\)"),
)
def test_a_bad_drawing_changes_nothing(call: Callable, error: type, sentence: str):
    widget = LatentExplorer(small(), X, DIGITS)
    with told(error, sentence):
        widget.drawing = call()
    assert widget.drawing is None


@pytest.mark.parametrize("show", [LatentExplorer, export_page])
@refusals(
    ("a word", lambda: ("vae", X, DIGITS), TypeError, "vae must be a VAE, got str"),
    ("one dimension", lambda: (small(1), X, DIGITS), ValueError, "vae must have a latent_dim of at least 2"),
    (
        "nan",
        lambda: (filled(small(), math.nan), X, DIGITS),
        ValueError,
        "the weights of vae must hold finite",
    ),
    ("bytes", lambda: (small(), 255 * X, DIGITS), ValueError, r"images must lie in \[0, 1\]"),
    ("few labels", lambda: (small(), X, DIGITS[1:]), ValueError, r"labels must have shape \(8,\)"),
    ("false labels", lambda: (small(), X, DIGITS + 6), ValueError, "labels must lie in 0 to 9, got 6 to 13"),
    ("floats", lambda: (small(), X, CODES[:, 0]), TypeError, "labels must be a tensor of whole numbers"),
)
def test_refuses(show: Callable, call: Callable, error: type, sentence: str, tmp_path: Path):
    path = [tmp_path / "page.html"] if show is export_page else []
    with told(error, sentence):
        show(*call(), *path)
    assert not list(tmp_path.iterdir())


@refusals(
    (
        "weights beyond 16 bits",
        lambda: filled(small(), 1e6),
        ValueError,
        "the weights of vae must hold finite",
    ),
    (
        "codes beyond 16 bits",
        lambda: filled(small(), 6e4),
        ValueError,
        "the codes of images must hold finite",
    ),
)
def test_a_page_refuses(call: Callable, error: type, sentence: str, tmp_path: Path):
    with told(error, sentence):
        export_page(call(), X, DIGITS, tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_a_page_needs_a_folder(tmp_path: Path):
    with told(FileNotFoundError, "existing folder"):
        export_page(small(), X, DIGITS, tmp_path / "no" / "page.html")
