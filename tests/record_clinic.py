"""Record the clinic again, logs and cheap tests: `python tests/record_clinic.py`, about four minutes.

One program, and one fault at a time: a piece of one of its lines, and what stands there instead.
"""

import inspect
import json
from collections.abc import Iterator
from datetime import date
from itertools import count, islice
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

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
    "J": ("to_mu(hidden), to_logvar(hidden)", "to_mu(hidden).relu(), to_logvar(hidden).relu()"),
    "K": ("decoder(draw(mu, logvar))", "decoder(draw(mu, logvar)).sigmoid()"),
    "L": ("logvar.exp() - 1 - logvar", "(0.5 * logvar).exp().exp() - 1 - (0.5 * logvar).exp()"),
    "M": ("torch.randn_like(mu)", "torch.rand_like(mu)"),
    "N": ("- 1 - logvar).sum() / len(x)", "- 1 - logvar).mean()"),
}
STRANGERS = "MN"  # whose fault stands in no table of the notebook


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


BIAS = "decoder[2].bias.data = images.mean(0).clamp(1e-4, 1 - 1e-4).logit().flatten()"
AVERAGE_BUILT_IN = ("    optimizer = torch", f"    {BIAS}\n    optimizer = torch")
BY_HEART = ("batches(images)", "[images]")  # one batch, always in the same order
STEPS = 300
LOOK = ("        logits = ", "        seen[:] = mu.detach(), logvar.detach()\n        logits = ")
seen: list[Tensor] = []  # mu and logvar of the last batch, of a program that has this line


def tested(name: str, images: Tensor) -> dict[str, float]:
    """What the cheap tests of the notebook read: with 128 images, and 2,000 for the average image."""
    few = images[:128]
    loss, reconstruction, _, test_loss = next(run(name, few, few, LOOK))
    mu, logvar = seen
    kl = kl_divergence(Normal(mu, (0.5 * logvar).exp()), Normal(0, 1)).sum(1).mean().item()
    average, *_ = next(run(name, images[:2000], few, AVERAGE_BUILT_IN))
    *_, by_heart = islice(run(name, few, few, BY_HEART), STEPS + 1)
    *_, shuffled = islice(run(name, few, few), STEPS + 1)
    return {
        "first loss": loss,
        "average image": average,
        "by heart": by_heart[0],
        "by heart, shuffled": shuffled[0],
        "halves": (loss - reconstruction) / kl,
        "test / train": 100 * test_loss / loss,
        "codes below 0": 50 * ((mu < 0).float().mean() + (logvar < 0).float().mean()).item(),
    }


def recorded() -> dict[str, Any]:
    """What came along: the date, and by the name of the fault the logs and what the tests read."""
    return json.loads(FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    images, test_images = load_mnist()[0][:IMAGES], load_mnist(train=False)[0]
    logs, tests = {}, {}
    for name in FAULTS:
        rows = islice(run(name, images, test_images), EPOCHS + 1)
        logs[name] = [line(epoch, losses) for epoch, losses in enumerate(rows)]
        tests[name] = {test: float(f"{value:.5g}") for test, value in tested(name, images).items()}
        print(name, *logs[name], tests[name], sep="\n", flush=True)
    record = {"recorded": date.today().isoformat(), "logs": logs, "tests": tests}
    FILE.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
