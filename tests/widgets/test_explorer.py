"""The Python side of the explorer: what it gives to the browser and takes from it, and the page on disk."""

import json
import math
import re
import zlib
from base64 import b64decode
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from ipywidgets import Widget
from matplotlib.figure import Figure
from pages import ROOT
from PIL import Image
from samples import CODE, CODES, DIGITS, X, filled, small
from test_sliders import unpack
from told import refusals, told
from torch import Tensor, nn

from vae_helpers import VAE, LatentExplorer, export_page, pretrained
from vae_helpers.widgets.page import pack

Data = tuple[Tensor, Tensor]
WIDGETS = ROOT / "vae_helpers" / "widgets"


@pytest.fixture(scope="module")
def data(mnist_test: Data) -> Data:
    images, labels = mnist_test
    return images[:1000], labels[:1000]


@pytest.fixture
def explorer(data: Data) -> LatentExplorer:
    return LatentExplorer(pretrained(20), *data)


def seeded(seed: int, latent_dim: int = 3, hidden_dim: int = 5) -> VAE:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return VAE(latent_dim, hidden_dim)


def close(numbers: Tensor, expected: Tensor) -> None:
    """To half a step of 1/4096."""
    torch.testing.assert_close(numbers, expected, rtol=0, atol=0.51 / 4096)


def flat(vae: VAE) -> Tensor:
    return torch.cat([weight.detach().flatten() for weight in vae.parameters()])


def codes_of(vae: VAE, images: Tensor) -> Tensor:
    with torch.no_grad():
        return vae.encode(images)[0]


def assert_decodes(still: Figure, vae: VAE, z: Tensor) -> None:
    """The digit on the right is what the model decodes at z."""
    with torch.no_grad():
        digit = 255 * vae.decode(z[None])[0, 0]
    assert np.asarray(still.axes[1].images[0].get_array()) == pytest.approx(digit.numpy(), abs=1e-3)


# ---- what the page gets


@pytest.mark.parametrize(("largest", "step"), [(7.9, 1 / 4096), (80, 80 / 32767)])
def test_numbers_of_8_or_more_are_sent_in_larger_steps(largest: float, step: float):
    numbers = torch.linspace(-largest, largest, 1001)
    assert (unpack(pack(numbers, "numbers")) - numbers).abs().max() <= 0.51 * step


def test_weights_lie_in_the_order_that_the_script_reads(data: Data):
    """Decoded by hand from the bytes alone, as `vae.js` does it."""
    vae = seeded(0)
    (sent,) = LatentExplorer(vae, *data).snapshots
    sizes = [5 * 784, 5, 3 * 5, 3, 3 * 5, 3, 5 * 3, 5, 784 * 5, 784]
    w1, b1, w_mu, b_mu, w_logvar, b_logvar, w2, b2, w3, b3 = unpack(sent.weights).split(sizes)
    x, z = data[0][:7], torch.randn(7, 3)
    h = (x.flatten(1) @ w1.reshape(5, 784).T + b1).relu()
    with torch.no_grad():
        mu, logvar = vae.encode(x)
        logits = vae.decode_logits(z).flatten(1)
    near = {"rtol": 0, "atol": 0.02}
    torch.testing.assert_close(h @ w_mu.reshape(3, 5).T + b_mu, mu, **near)
    torch.testing.assert_close(h @ w_logvar.reshape(3, 5).T + b_logvar, logvar, **near)
    there = (z @ w2.reshape(5, 3).T + b2).relu() @ w3.reshape(784, 5).T + b3
    torch.testing.assert_close(there, logits, **near)


def test_all_that_a_page_needs_is_sent(explorer: LatentExplorer, data: Data):
    """A trait without `sync` would never leave Python."""
    images, labels = data
    state = explorer.get_state()
    assert list(state["labels"]) == labels.tolist()
    sent = np.frombuffer(zlib.decompress(state["images"]), "u1")
    torch.testing.assert_close(torch.tensor(sent).reshape(images.shape) / 255, images)
    assert (state["latent_dim"], state["hidden_dim"], state["shown"]) == (20, 400, None)
    (snapshot,) = explorer.snapshots
    assert state["snapshots"] == [f"IPY_MODEL_{snapshot.model_id}"]
    assert {"name", "weights", "codes"} <= set(snapshot.get_state())
    close(unpack(snapshot.get_state()["codes"]).reshape(1000, 20), codes_of(pretrained(20), images))


def test_the_script_is_sent_all_that_it_reads(explorer: LatentExplorer):
    read = set(re.findall(r'model\.get\("(\w+)"\)', (WIDGETS / "explorer.js").read_text(encoding="utf-8")))
    assert {"snapshots", "labels", "z", "drawings"} < read
    assert read <= set(explorer.get_state())


def test_the_first_two_dimensions_tell_the_classes_apart_best(explorer: LatentExplorer, data: Data):
    codes = codes_of(pretrained(20), data[0])
    means = torch.stack([codes[data[1] == digit].mean(0) for digit in range(10)]).numpy()
    assert sorted(explorer.order) == list(range(20))
    assert (np.diff(means.var(axis=0)[explorer.order]) <= 0).all()


# ---- several models


def test_the_map_is_that_of_the_newest_model(data: Data):
    vaes = {"early": seeded(0), "late": seeded(1)}
    orders = []
    for vae in vaes.values():
        codes = codes_of(vae, data[0])
        means = torch.stack([codes[data[1] == digit].mean(0) for digit in range(10)])
        orders.append(means.std(0).sort(descending=True).indices.tolist())
    assert orders[0] != orders[1]
    assert LatentExplorer(vaes, *data).order == orders[1]


def test_a_snapshot_holds_what_the_model_was(data: Data):
    vae = seeded(0)
    explorer = LatentExplorer(vae, *data)
    expected = [(flat(vae), codes_of(vae, data[0]))]
    for epoch in (1, 2):
        nn.init.normal_(vae.decoder[0].weight)
        nn.init.normal_(vae.to_mu.bias)
        explorer.add(f"epoch {epoch}", vae)
        expected.append((flat(vae), codes_of(vae, data[0])))
    assert [sent.name for sent in explorer.snapshots] == ["first", "epoch 1", "epoch 2"]
    for sent, (weights, codes) in zip(explorer.snapshots, expected, strict=True):
        close(unpack(sent.weights), weights)
        close(unpack(sent.codes).reshape(1000, 3), codes)


def test_the_still_picture_is_of_the_model_as_it_was(data: Data):
    vae = seeded(0)
    explorer = LatentExplorer(vae, *data)
    before = explorer.still().axes[1].images[0].get_array()
    nn.init.normal_(vae.decoder[2].weight)
    assert (explorer.still().axes[1].images[0].get_array() == before).all()


def test_the_still_picture_is_of_the_chosen_model_at_its_z(data: Data):
    """Dots at their codes, the ring at z and the digit decoded there; the lower dimension is across."""
    (images, labels), vaes = data, {"chosen": seeded(0), "newest": seeded(3)}
    explorer = LatentExplorer(vaes, images, labels)
    assert explorer.order[:2] == [2, 1]
    explorer.shown, explorer.z = 0, torch.tensor([1.0, -2.0, 3.0])
    still = explorer.still()
    plane = still.axes[0]
    assert (plane.get_xlabel(), plane.get_ylabel()) == ("z[1]", "z[2]")
    sevens = codes_of(vaes["chosen"], images[labels == 7])
    assert np.asarray(plane.collections[7].get_offsets()) == pytest.approx(sevens[:, 1:].numpy(), abs=1e-6)
    assert plane.lines[0].get_xydata().tolist() == [[-2, 3]]
    assert_decodes(still, vaes["chosen"], explorer.z)


def test_only_the_new_snapshot_is_sent(data: Data, monkeypatch: pytest.MonkeyPatch):
    explorer = LatentExplorer(seeded(0), *data)
    updates, opened, open_one = [], [], Widget.open
    monkeypatch.setattr(Widget, "_send", lambda widget, message, buffers=None: updates.append(message))
    monkeypatch.setattr(Widget, "open", lambda widget: opened.append(widget) or open_one(widget))
    explorer.add("second", seeded(1))
    assert opened == explorer.snapshots[1:]
    assert [message["state"] for message in updates] == [
        {"snapshots": [f"IPY_MODEL_{sent.model_id}" for sent in explorer.snapshots]}
    ]


def test_a_name_that_is_there_begins_again_from_there(data: Data):
    explorer = LatentExplorer({name: seeded(i) for i, name in enumerate("abcd")}, *data)
    first, *_ = explorer.snapshots
    explorer.shown = 3
    explorer.add("b", seeded(7))
    assert [sent.name for sent in explorer.snapshots] == ["a", "b"]
    assert explorer.snapshots[0] is first
    assert explorer.shown is None
    close(unpack(first.weights), flat(seeded(0)))
    close(unpack(explorer.snapshots[1].weights), flat(seeded(7)))
    explorer.shown = 1
    assert_decodes(explorer.still(), seeded(7), torch.zeros(3))


def test_eleven_models_of_two_dimensions_are_small(data: Data, tmp_path: Path):
    explorer = LatentExplorer({str(i): seeded(i, 2, 400) for i in range(11)}, *data)
    size = sum(len(sent.weights) + len(sent.codes) for sent in explorer.snapshots) + len(explorer.images)
    assert size < 11e6


@pytest.mark.parametrize(
    ("do", "error", "sentence"),
    [
        (
            lambda one: one.add("first", seeded(0, 4)),
            ValueError,
            "must have the shape of the first model, latent_dim=3",
        ),
        (
            lambda one: one.add("b", seeded(0, 3, 6)),
            ValueError,
            "hidden_dim=5, got latent_dim=3, hidden_dim=6",
        ),
        (lambda one: one.add(3, seeded(0)), TypeError, "name must be a string, got 3"),
        (lambda one: one.add("b", "vae"), TypeError, "vae must be a VAE, got str"),
        (
            lambda one: LatentExplorer({"a": seeded(0), "b": seeded(0, 4)}, X, DIGITS),
            ValueError,
            "hidden_dim=5, got latent_dim=4",
        ),
        (
            lambda one: LatentExplorer({}, torch.zeros(1, 1, 28, 28), torch.zeros(1).int()),
            ValueError,
            "got none",
        ),
    ],
)
def test_a_model_that_does_not_fit_is_refused(do, error: type, sentence: str, data: Data):
    explorer = LatentExplorer(seeded(0), *data)
    with pytest.raises(error, match=sentence):
        do(explorer)
    assert len(explorer.snapshots) == 1


def test_a_model_in_double_precision_is_shown_as_in_single():
    single, double = LatentExplorer(small(), X, DIGITS), LatentExplorer(small().double(), X, DIGITS)
    for part in ("weights", "codes"):
        close(unpack(getattr(double.snapshots[0], part)), unpack(getattr(single.snapshots[0], part)))
    assert_decodes(double.still(), small(), torch.zeros(3))


class Tanh(VAE):
    """The same weights, another curve."""

    def __init__(self):
        super().__init__(3, 5)
        self.encoder[2] = nn.Tanh()


class Wider(VAE):
    """The same layers, and larger clouds."""

    def __init__(self):
        super().__init__(3, 5)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu, logvar = super().encode(x)
        return mu, logvar + 1


@pytest.mark.parametrize("kind", [Tanh, Wider])
def test_layers_that_the_page_does_not_know_are_refused(kind: type[VAE]):
    with told(ValueError, "vae must have the layers of a VAE"):
        LatentExplorer(kind(), X, DIGITS)


# ---- between Python and the page


def test_z_and_drawings_arrive_from_the_page_as_tensors(explorer: LatentExplorer, data: Data):
    greys = (255 * data[0][3:5]).round().byte().numpy()
    explorer.set_state({"z": [0.5] * 20, "drawing": memoryview(greys[:1].tobytes())})
    explorer.set_state({"drawings": memoryview(greys.tobytes())})
    assert torch.equal(explorer.z, torch.full((20,), 0.5))
    torch.testing.assert_close(explorer.drawing, data[0][3:4])
    torch.testing.assert_close(explorer.drawings, data[0][3:5])
    explorer.set_state({"drawing": None, "drawings": memoryview(b"")})
    assert explorer.drawing is None
    assert explorer.drawings.shape == (0, 1, 28, 28)


def test_z_and_drawings_leave_for_the_page(explorer: LatentExplorer, data: Data):
    explorer.z = torch.arange(20.0, requires_grad=True)
    explorer.drawing, explorer.drawings = data[0][3:4], data[0][3:5]
    greys = (255 * data[0][3:5]).round().byte().numpy()
    assert explorer.get_state(["z", "drawing", "drawings"]) == {
        "z": list(range(20)),
        "drawing": greys[:1].tobytes(),
        "drawings": greys.tobytes(),
    }


def test_what_is_set_becomes_float32_and_needs_no_gradient():
    explorer, double = LatentExplorer(small(), X, DIGITS), {"dtype": torch.float64, "requires_grad": True}
    explorer.z = torch.zeros(3, **double)
    explorer.drawing = torch.zeros(1, 1, 28, 28, **double)
    explorer.drawings = torch.zeros(2, 1, 28, 28, **double)
    for tensor in (explorer.z, explorer.drawing, explorer.drawings):
        assert (tensor.dtype, tensor.requires_grad) == (torch.float32, False)


def test_z_is_an_ordinary_tensor_that_is_set_as_a_whole(explorer: LatentExplorer):
    z = explorer.z
    assert type(z) is Tensor
    z[3] = 1.5
    explorer.z = z
    assert explorer.get_state(["z"])["z"] == [0, 0, 0, 1.5, *[0] * 16]
    z[3] = 9.0  # the explorer has a copy
    assert explorer.z[3] == 1.5


def test_a_saved_page_shows_the_plane_and_says_how_to_move_it(explorer: LatentExplorer):
    bundle, _ = explorer._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert bundle["text/plain"].startswith(
        "LatentExplorer: run this cell in JupyterLab to move it. If nothing"
    )
    assert len(bundle["image/png"]) < 50_000
    pixels = np.array(Image.open(BytesIO(b64decode(bundle["image/png"]))).convert("L"))
    assert (pixels[50:300, 50:400] < 200).mean() > 0.02  # dots
    assert (pixels[50:300, 480:750] < 50).mean() > 0.3  # a digit on black


# ---- the page on disk


def state_in(path: Path) -> dict:
    text = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="state">(.*?)</script>', text).group(1))


def test_the_page_is_one_small_file_with_the_model_in_it(data: Data, tmp_path: Path):
    path = tmp_path / "page.html"
    export_page(pretrained(20), *data, path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_size < 1_800_000
    (snapshot,) = state_in(path)["models"]
    close(unpack(b64decode(snapshot["weights"]["bytes"])), flat(pretrained(20)))
    text = path.read_text(encoding="utf-8")
    assert "784–400–20–400–784" in text
    assert "1,000 digits of" in text
    assert not re.search(r"""(src|href)=["'](?!data:)|url\(|@import|\bfetch\(|https?:""", text)


def test_a_page_of_several_models(data: Data, tmp_path: Path):
    path, vaes = tmp_path / "page.html", {"β = 1/4": seeded(0), "</script>": seeded(1)}
    export_page(vaes, *data, path)
    snapshots = state_in(path)["models"]
    assert [snapshot["name"] for snapshot in snapshots] == list(vaes)
    first, second = (unpack(b64decode(snapshot["weights"]["bytes"])) for snapshot in snapshots)
    close(first, flat(seeded(0)))
    close(second, flat(seeded(1)))


def test_the_still_of_a_page_is_of_the_newest_model(monkeypatch: pytest.MonkeyPatch):
    pages = []
    monkeypatch.setattr("vae_helpers.widgets.explorer.write_page", lambda path, **page: pages.append(page))
    export_page({"early": seeded(0), "late": seeded(1)}, X, DIGITS, "page.html")
    assert_decodes(pages[0]["still"], seeded(1), torch.zeros(3))


@pytest.mark.parametrize("name", sorted(path.name for path in WIDGETS.glob("*.js")))
def test_each_script_is_short_and_readable_without_a_build_step(name: str):
    script = (WIDGETS / name).read_text(encoding="utf-8")
    assert len(script.splitlines()) < 450
    assert not re.search(r"^import\b|import\(|</script", script, re.MULTILINE)


# ---- what is refused


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


@refusals(
    ("a list", lambda: [X[0]], TypeError, "drawings must be a torch tensor, got list"),
    ("bytes", lambda: 255 * X[:2], ValueError, r"drawings must lie in \[0, 1\], got max 25"),
)
def test_bad_drawings_change_nothing(call: Callable, error: type, sentence: str):
    widget = LatentExplorer(small(), X, DIGITS)
    with told(error, sentence):
        widget.drawings = call()
    assert len(widget.drawings) == 0


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
