"""Record again what notebook 7 shows of many models: `python tests/record_samples.py`, five minutes or more.

The measures and the rivals are the notebook's own cells; the longer flows stand here.
"""

import json
import math
from datetime import date
from functools import partial
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import torch
from cells import names_of
from pages import ROOT
from torch import Tensor, nn

from vae_helpers import DATA, Claim, Mixture, batches, flow_target, follow_flow, pretrained, pretrained_judge

FILE = DATA / "samples.json"
NOTEBOOK = ROOT / "notebooks" / "07_better_samples.ipynb"
MODELS, FLOWS = range(5), range(2)
CLAIMS = [
    Claim("VAE, fifty Gaussians", "VAE, prior", "information, nats", 0.2),
    Claim("VAE, fifty Gaussians", "reconstructions", "information, nats", -0.1),
    Claim("VAE, fifty Gaussians", "autoencoder, fifty Gaussians", "information, nats", 0),
    Claim("conditional, ten Gaussians", "VAE, ten Gaussians", "drawn as asked, %", 0),
]
HEADER = ["pictures", "sure", "information, nats", "by the second judge", "coverage", "drawn as asked"]


class Flow(nn.Module):
    """A velocity that may be told something: `told` is `(B, K)`, and K may be 0."""

    def __init__(self, told: int) -> None:
        super().__init__()
        hidden = [nn.Linear(256, 256), nn.SiLU(), nn.Linear(256, 256), nn.SiLU()]
        self.layers = nn.Sequential(nn.Linear(20 + 16 + told, 256), nn.SiLU(), *hidden, nn.Linear(256, 20))

    def forward(self, z: Tensor, t: Tensor, told: Tensor) -> Tensor:
        angles = math.pi * t * torch.arange(1, 9)
        return self.layers(torch.cat([z, angles.sin(), angles.cos(), told], dim=1))


def trained(codes: Tensor, told: Tensor, epochs: int) -> Flow:
    """A flow from noise to these codes, in batches of 512."""
    flow = Flow(told.shape[1])
    optimizer = torch.optim.Adam(flow.parameters(), fused=True)
    steps = epochs * math.ceil(len(codes) / 512)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)
    for _ in range(epochs):
        for rows in batches(torch.arange(len(codes)), 512):
            t = torch.rand(len(rows), 1)
            z_t, target = flow_target(torch.randn(len(rows), 20), codes[rows], t)
            loss = (flow(z_t, t, told[rows]) - target).square().sum(1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return flow.requires_grad_(False)


def drawn(seed: int, names: dict[str, Any]) -> dict[str, Tensor]:
    """The pictures of each way, from the models of one seed."""
    vae = pretrained(20, seed).requires_grad_(False)
    n, asked, known, digits = names["n"], names["asked"], names["images"][:20_000], names["labels"][:20_000]
    codes = vae.encode(known)[0]
    torch.manual_seed(seed)
    return {
        "real digits": names["other"],
        "reconstructions": vae.decode(vae.encode(names["other"])[0]),
        "VAE, prior": vae.decode(torch.randn(n, 20)),
        "VAE, ten Gaussians": vae.decode(names["draw_digits"](codes, digits, asked)),
        "VAE, fifty Gaussians": vae.decode(Mixture.fit(codes, parts=50, seed=seed).sample(n)),
        **names["pictures_of"](seed),
    }


def flows(seed: int, names: dict[str, Any]) -> dict[str, Tensor]:
    """Pictures of flows that are told different things, to the codes of one VAE."""
    vae, codes, labels = names["vae"], names["codes"], names["labels"]
    tenth = codes[:, 0].argsort().argsort() * 10 // len(codes)
    pictures = {}
    for name, told in (
        ("flow", torch.zeros(len(codes), 0)),
        ("flow, told the digit", torch.eye(10)[labels]),
        ("flow, told a tenth", torch.eye(10)[tenth]),
    ):
        torch.manual_seed(seed)
        flow = trained(codes, told, epochs=12)
        some = told[torch.randint(len(codes), (names["n"],))]
        if "digit" in name:
            some = torch.eye(10)[names["asked"]]
        z = follow_flow(partial(flow, told=some), torch.randn(len(some), 20), steps=50)
        pictures[name] = vae.decode(z)
    return pictures


def measured(pictures: Tensor, names: dict[str, Any]) -> dict[str, list[Tensor]]:
    """Each measure of each picture, by both judges."""
    judges = names["judge"], pretrained_judge(1)
    return {
        "sure": [100 * judges[0].sure(pictures)],
        "information, nats": [judge.information(pictures) for judge in judges],
        "coverage": [names["coverage"](pictures)],
        "drawn as asked, %": [100.0 * (judge(pictures).argmax(1) == names["asked"]) for judge in judges],
    }


def row(name: str, models: list[dict[str, list[Tensor]]]) -> list[str]:
    """A way's means over the pictures and the models."""

    def mean(measure: str, judge: int = 0) -> float:
        return torch.stack([one[measure][judge] for one in models]).mean().item()

    one, second = mean("information, nats"), mean("information, nats", 1)
    was_asked = any(word in name for word in ("ten Gaussians", "conditional", "told the digit"))
    asked = f"{mean('drawn as asked, %'):.1f} %" if was_asked else ""
    return [name, f"{mean('sure'):.1f} %", f"{one:.2f}", f"{second:.2f}", f"{mean('coverage'):.1f} %", asked]


@torch.no_grad()
def models_of_each_kind(names: dict[str, Any]) -> dict[str, list]:
    """The marks of each way, and the verdicts of both judges."""
    of_seeds = []
    for seed in MODELS:
        of_seeds.append({name: measured(some, names) for name, some in drawn(seed, names).items()})
        print("models of seed", seed, flush=True)
    verdicts = []
    for claim in CLAIMS:
        for judge in (0, 1):
            sides = (
                torch.stack([one[side][claim.measure][judge] for one in of_seeds])
                for side in (claim.claim, claim.rival)
            )
            verdicts.append(claim.judge(*sides))
    rows = [row(name, [one[name] for one in of_seeds]) for name in of_seeds[0]]
    return {"marks": rows, "verdicts": verdicts}


def several_flows(names: dict[str, Any]) -> list[list[str]]:
    """The marks of the flows."""
    of_seeds = []
    for seed in FLOWS:
        of_seeds.append({name: measured(some, names) for name, some in flows(seed, names).items()})
        print("flows of seed", seed, flush=True)
    return [row(name, [one[name] for one in of_seeds]) for name in of_seeds[0]]


if __name__ == "__main__":
    matplotlib.use("agg")
    plt.show = plt.close
    names = names_of(NOTEBOOK, until="pictures_of")
    recorded = {"date": date.today().isoformat(), "header": HEADER, **models_of_each_kind(names)}
    recorded["marks"] += several_flows(names)
    FILE.write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
