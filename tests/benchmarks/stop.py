"""Press the stop button at every moment of a cell, and run the cell again, in a real kernel.

    python tests/benchmarks/stop.py [cell ...] [--every MS] [--until MS]

A row per moment at which the second run does not end as one that nobody stops, and one per cell.
A cold cell has a new kernel for each moment: all cells, every 50 ms of three seconds, take an hour or two.
"""

import argparse
import os
import time
from pathlib import Path
from queue import Empty

from jupyter_client import KernelManager

ROOT = Path(__file__).parent.parent.parent
IMPORTS = """import torch
from vae_helpers import *
torch.set_num_threads(1)
images, labels = load_mnist(train=False)
"""
TRAIN = """torch.manual_seed(0)
vae = VAE(2)
history = train(vae, images[:{images}], epochs={epochs})
print(len(history), history.loss)
"""
LONG = TRAIN.format(images=5000, epochs=10)
FIRST = """from vae_helpers import VAE
from vae_helpers.plotting import plot_digits

import matplotlib.pyplot as plt
import torch

plt.style.use("vae_helpers.style")
print(VAE(2).latent_dim)
"""
SAVE = """for _ in range(200):
    save_vae(pretrained(2), "/tmp/stopped.pt")
print(load_vae("/tmp/stopped.pt").latent_dim)
"""
CELLS = {  # what the kernel has run before, and the cell
    "import cold": ("", "from vae_helpers import *\nprint(VAE(2).latent_dim)"),
    "first cell cold": ("", FIRST),
    "train cold": (IMPORTS, LONG),
    "train warm": (IMPORTS + TRAIN.format(images=1000, epochs=1), LONG),
    "evaluate warm": (IMPORTS, "print(evaluate(pretrained(20), images.repeat(3, 1, 1, 1)))"),
    "optimise cold": (IMPORTS, "mu, _ = optimise_code(pretrained(2), images[:5], steps=400)\nprint(len(mu))"),
    "judge cold": (IMPORTS, "print(len(train_judge(images, labels, epochs=1)(images)))"),
    "sliders cold": (IMPORTS, "print(LatentSliders(pretrained(2)).z)"),
    "checks cold": (IMPORTS, "print(checks.kl_divergence(kl_divergence), checks.interpolate(interpolate))"),
    "save warm": (IMPORTS, SAVE),
}


class Kernel:
    """A kernel that has run what comes before a cell."""

    def __init__(self, before: str) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env=os.environ | {"PYTHONPATH": str(ROOT)})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        said = self.run(before)
        assert "Error" not in said, said

    def run(self, code: str, stop_after: float | None = None) -> str:
        """What the cell printed, and the error in which it ended."""
        message = self.client.execute(code)
        if stop_after is not None:
            time.sleep(stop_after)
            self.manager.interrupt_kernel()
        said = ""
        while True:
            try:
                heard = self.client.get_iopub_msg(timeout=120)
            except Empty:
                return "no answer for two minutes"
            content = heard["content"]
            if heard["parent_header"].get("msg_id") != message:
                continue
            if heard["msg_type"] == "stream":
                said += content["text"]
            if heard["msg_type"] == "error":
                said += f"{content['ename']}: {content['evalue']}"
            if heard["msg_type"] == "status" and content["execution_state"] == "idle":
                return said.strip()

    def end(self) -> None:
        """Stop it."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def sweep(name: str, every: int, until: int) -> None:
    """Stop one cell at each moment, in milliseconds, until it is too late, and print what came of it."""
    before, cell = CELLS[name]
    kernel = Kernel(before)
    expected = last_line(kernel.run(cell))
    tried = stopped = good = late = 0
    for moment in range(0, until, every):
        if name.endswith("cold"):
            kernel.end()
            kernel = Kernel(before)
        first = kernel.run(cell, stop_after=moment / 1000)
        again = kernel.run(cell)
        tried += 1
        if last_line(first) != expected:
            stopped += 1
        else:
            late += 1
        if last_line(again) == expected:
            good += 1
        else:
            print(f"  {name}, {moment} ms: {last_line(first)}, and then {last_line(again)}", flush=True)
            kernel.end()
            kernel = Kernel(before)
        if late == 3:
            break
    kernel.end()
    print(f"{name}: {tried} moments to {moment} ms, {stopped} stopped, {good} ran again", flush=True)


def last_line(said: str) -> str:
    """In which a cell ends."""
    return said.splitlines()[-1][:200] if said else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cells", nargs="*", default=list(CELLS), metavar="cell", help=", ".join(CELLS))
    parser.add_argument("--every", type=int, default=50)
    parser.add_argument("--until", type=int, default=3000)
    given = parser.parse_args()
    for name in given.cells:
        sweep(name, given.every, given.until)
