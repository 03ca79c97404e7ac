"""Record again what notebook 9 shows of many runs: `python tests/record_your_own.py`, a quarter of an hour.

The notebook's own cells, up to its network, say what is trained; each is trained with three seeds.
"""

import json
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import date
from io import StringIO
from typing import Any

import matplotlib
import torch
from cells import names_of
from pages import ROOT
from torch import Tensor

from vae_helpers import DATA, VAE, evaluate, pretrained_judge, train

FILE = DATA / "your_own.json"
NOTEBOOK = ROOT / "notebooks" / "09_your_own.ipynb"
SEEDS = range(3)


@torch.no_grad()
def look(vae: VAE, test_images: Tensor) -> dict[str, float]:
    """The KL, how far off a pixel of the copies is, and what two judges see in 2,000 samples."""
    judges = [pretrained_judge(0), pretrained_judge(1)]
    torch.manual_seed(0)
    copies = vae(test_images)[0].sigmoid()
    samples = vae.decode(torch.randn(2000, vae.latent_dim))
    return {
        "KL": evaluate(vae, test_images).kl.item(),
        "off": (copies - test_images).square().mean().sqrt().item(),
        "information": sum(judge.information(samples).mean().item() for judge in judges) / 2,
        "sure, %": 50 * sum(judge.sure(samples).float().mean().item() for judge in judges),
    }


def runs(kind: Callable[[], VAE], images: Tensor, test_images: Tensor, **settings: Any) -> dict[str, list]:
    """A model for each seed: its test losses, its seconds an epoch, and what `look` sees."""
    seen: dict[str, list] = {}
    for seed in SEEDS:
        torch.manual_seed(seed)
        vae = kind()
        with redirect_stdout(StringIO()):
            history = train(vae, images, seed=seed, test_images=test_images, **settings)
        came = {"test": history.test_loss, "seconds": history.seconds, **look(vae, test_images)}
        for what, value in came.items():
            seen.setdefault(what, []).append(value)
    return seen


def record() -> dict[str, dict]:
    """The models of each likelihood, and the race of two networks."""
    names = names_of(NOTEBOOK, until="ConvVAE")
    images, test_images = names["images"], names["test_images"]
    losses = {
        "sum of the squares": {"loss": names["gaussian"](0.5**0.5)},
        "cross-entropy, beta = 3": {"beta": 3},
        "cross-entropy": {},
        "sigma learned": {"loss": names["sigma_learned"]},
    }
    likelihoods = {}
    for name, settings in losses.items():
        seen = runs(VAE, images, test_images, epochs=5, **settings)
        likelihoods[name] = {what: seen[what] for what in ("KL", "off", "information", "sure, %")}
    races = {}
    for name, kind, epochs in [("dense", VAE, 50), ("convolutions", names["ConvVAE"], 30)]:
        seen = runs(kind, images[:5000], test_images, epochs=epochs, batch_size=64, lr=2e-3)
        races[name] = {what: seen[what] for what in ("test", "seconds", "information")}
    return {"likelihoods": likelihoods, "races": races}


if __name__ == "__main__":
    matplotlib.use("agg")
    recorded = json.dumps({"date": date.today().isoformat(), **record()})
    rounded = json.loads(recorded, parse_float=lambda digits: round(float(digits), 4))
    FILE.write_text(json.dumps(rounded) + "\n", encoding="utf-8")
