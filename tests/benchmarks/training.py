"""Time and memory of `train` against the lab sheet's loop, its recipe in bare calls, and its matrix products.

    python tests/benchmarks/training.py [rounds]

Each round times one epoch of each of the four in turn, on the CPU, and the ratios are taken
within the round, so that a drift of the machine's speed cancels. The peak memory of a ten-epoch
run is that of a process of its own.
"""

import multiprocessing
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from vae_helpers import VAE, load_mnist, train

DATA = Path(__file__).parent.parent.parent / "notebooks" / "data"


class LabVAE(nn.Module):
    """The lab sheet's model, which returns probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc_mu, self.fc_logvar = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.fc3, self.fc4 = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        h = F.relu(self.fc1(x))
        mu, logvar = self.fc_mu(h), self.fc_logvar(h)
        std = torch.exp(0.5 * logvar)
        z = mu + std * torch.randn_like(std)
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, logvar


def lab_loop(epochs: int) -> None:
    """The recipe as the lab sheet gives it: DataLoader with ToTensor, BCE on probabilities, plain Adam."""
    mnist = datasets.MNIST(DATA, train=True, transform=transforms.ToTensor())
    loader = DataLoader(mnist, batch_size=128, shuffle=True)
    model = LabVAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        total = 0.0
        for images, _ in loader:
            x = images.view(-1, 784)
            recon, mu, logvar = model(x)
            bce = F.binary_cross_entropy(recon, x, reduction="sum")
            kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
            loss = bce + kl
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"lab loop: {total / len(mnist):.2f} nats per image", file=sys.stderr)


def package_loop(epochs: int) -> None:
    """`train` on the same images."""
    train(VAE(), load_mnist()[0], epochs=epochs)


def bare_epoch() -> float:
    """Seconds for one epoch of the recipe of `train` in bare torch calls, on the same kind of batches."""
    model = nn.ModuleDict(VAE().named_children())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    start = time.perf_counter()
    for rows in torch.randperm(len(IMAGES)).split(128):
        x = IMAGES[rows]
        h = model["encoder"](x)
        mu, logvar = model["to_mu"](h), model["to_logvar"](h)
        logits = model["decoder"](mu + torch.exp(0.5 * logvar) * torch.randn_like(mu))
        bce = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        loss = (bce + kl) / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return time.perf_counter() - start


def matrix_products() -> float:
    """Seconds for one epoch's matrix products: forward, gradients of weights, gradients of activations."""
    layers = [(784, 400), (400, 20), (400, 20), (20, 400), (400, 784)]
    weights = [torch.randn(wide, narrow) for narrow, wide in layers]
    inputs = [torch.randn(128, narrow) for narrow, _ in layers]
    outputs = [torch.randn(128, wide) for _, wide in layers]
    start = time.perf_counter()
    for _ in range(-(-60_000 // 128)):
        for weight, x, y in zip(weights, inputs, outputs, strict=True):
            x @ weight.T
            y.T @ x
            if x.shape[1] != 784:  # the image needs no gradient
                y @ weight
    return time.perf_counter() - start


def package_epoch() -> float:
    """Seconds for `train` of one epoch, the images being in memory."""
    vae = VAE()
    start = time.perf_counter()
    train(vae, IMAGES, epochs=1)
    return time.perf_counter() - start


def lab_epoch() -> float:
    """Seconds for one epoch of the lab sheet's loop."""
    start = time.perf_counter()
    lab_loop(1)
    return time.perf_counter() - start


def ratio(first: Sequence[float], second: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return median(a / b for a, b in zip(first, second, strict=True))


def peak_megabytes(loop: Callable[[int], None]) -> float:
    """Peak memory of a fresh process that runs ten epochs."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run_and_measure, (loop,))


def _run_and_measure(loop: Callable[[int], None]) -> float:
    loop(10)
    # Linux's own high-water mark: getrusage would count the parent's memory, inherited at the fork.
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="utf-8"))[1]) / 1024


def main(rounds: int) -> None:
    """Print the seconds, the ratios and the memory."""
    print(f"threads: {torch.get_num_threads()}, rounds: {rounds}")
    rows = []
    for _ in range(rounds):
        rows.append((lab_epoch(), package_epoch(), bare_epoch(), matrix_products()))
        print("lab {:.2f} s   train {:.2f} s   bare {:.2f} s   matrix products {:.2f} s".format(*rows[-1]))
    lab, ours, bare, least = zip(*rows, strict=True)
    print(f"lab / train: {ratio(lab, ours):.2f}   (must be at least 3.0)")
    print(f"train / bare torch calls: {ratio(ours, bare):.2f}   (at most 1.05)")
    print(f"train / matrix products: {ratio(ours, least):.2f}   (at most 2.0)")
    lab, ours = peak_megabytes(lab_loop), peak_megabytes(package_loop)
    print(f"peak memory of ten epochs: lab {lab:.0f} MB, train {ours:.0f} MB, difference {ours - lab:.0f} MB")


if __name__ == "__main__":
    IMAGES = load_mnist()[0]
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
