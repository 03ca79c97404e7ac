"""Record the logs of the clinic again: `python tests/record_clinic.py`, two or three minutes.

One program, and one fault at a time: a piece of one of its lines, and what stands there instead.
"""

import inspect
import json
from collections.abc import Iterator
from itertools import count, islice

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_helpers import DATA, batches, load_mnist

FILE = DATA / "clinic.json"
IMAGES, EPOCHS = 20_000, 5
FAULTS = {
    "healthy": ("", ""),
    "A": ('(logits, x, reduction="sum") / len(x)', "(logits, x)"),
    "B": ("encoder(x)", "encoder(255 * x)"),
    "C": ("x = batch.flatten(1)", "x = (batch.flatten(1) - 0.1307) / 0.3081"),
    "D": (
        "mu + (0.5 * logvar).exp() * torch.randn_like(mu)",
        "torch.distributions.Normal(mu, (0.5 * logvar).exp()).sample()",
    ),
    "E": ("return reconstruction + kl,", "return reconstruction + 30 * kl,"),
    "F": ("lr=1e-3", "lr=0.3"),
    "G": ("(logits, x,", "(logits, x.reshape(784, -1).T,"),
    "H": ("optimizer.zero_grad()", "pass"),
    "I": ("losses(batch, draw)[0]", "losses(batch, lambda mu, logvar: mu)[0]"),
}


def program(images: Tensor, test_images: Tensor) -> Iterator[list[float]]:
    """The lab sheet's recipe without end: loss, reconstruction, KL and test loss of epoch 0, 1, 2, ...

    Epoch 0 passes over the images and takes no step.
    """
    encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU())
    to_mu, to_logvar = nn.Linear(400, 20), nn.Linear(400, 20)
    decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))
    network = nn.ModuleList([encoder, to_mu, to_logvar, decoder])
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def draw(mu, logvar):
        return mu + (0.5 * logvar).exp() * torch.randn_like(mu)

    def losses(batch, draw):
        x = batch.flatten(1)
        hidden = encoder(x)
        mu, logvar = to_mu(hidden), to_logvar(hidden)
        logits = decoder(draw(mu, logvar))
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum() / len(x)
        return reconstruction + kl, reconstruction, kl

    for epoch in count():
        trained, tested = torch.zeros(3), torch.zeros(1)
        for batch in batches(images):
            total, reconstruction, kl = losses(batch, draw)
            if epoch > 0:
                optimizer.zero_grad()
                total.backward()
                optimizer.step()
            trained += len(batch) / len(images) * torch.stack([total, reconstruction, kl]).detach()
        for batch in batches(test_images):
            with torch.no_grad():
                tested += len(batch) / len(test_images) * losses(batch, draw)[0]
        yield [*trained.tolist(), *tested.tolist()]


def run(name: str, images: Tensor, test_images: Tensor, *edits: tuple[str, str]) -> Iterator[list[float]]:
    """The program with this fault, and with other edits of its source if there are any."""
    source = inspect.getsource(program)
    for old, new in (FAULTS[name], *edits):
        assert not old or source.count(old) == 1, old
        source = source.replace(old, new) if old else source
    names = dict(globals())
    exec(source, names)
    torch.manual_seed(0)
    return names["program"](images, test_images)


def line(epoch: int, losses: list[float]) -> str:
    """One line of a log, as it is printed."""
    names = ("loss", "reconstruction", "KL", "test")
    numbers = [f"{loss:.2f}" if abs(loss) < 1e5 else f"{loss:.1e}" for loss in losses]
    columns = (f"{name} {number:>8}" for name, number in zip(names, numbers, strict=True))
    return f"epoch {epoch}  " + "   ".join(columns)


def recorded() -> dict[str, list[str]]:
    """The logs that came along, by the name of the fault."""
    return json.loads(FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    images, test_images = load_mnist()[0][:IMAGES], load_mnist(train=False)[0]
    logs = {}
    for name in FAULTS:
        rows = islice(run(name, images, test_images), EPOCHS + 1)
        logs[name] = [line(epoch, losses) for epoch, losses in enumerate(rows)]
        print(name, *logs[name], sep="\n", flush=True)
    FILE.write_text(json.dumps(logs, indent=1) + "\n", encoding="utf-8")
