"""Kernel time of a move: LatentSliders, drawn in the page, the demos, and `interact` + `imshow` + `show`.

    python tests/benchmarks/sliders.py [moves]

Runs in a Jupyter kernel of its own, where each move also sends its messages to the page. They
take turns of 100 moves, so that a drift of the machine's speed cancels in the ratio.
"""

import sys
import time
from pathlib import Path
from statistics import median, quantiles

import ipywidgets as widgets
import matplotlib.pyplot as plt
import torch
from IPython import get_ipython
from jupyter_client import run_kernel

from vae_helpers import KLDemo, LatentSliders, ReparameterizationDemo, pretrained


def measure(moves: int) -> None:
    """Print the median and the 95th percentile of each, and their ratio."""
    vae = pretrained(20).requires_grad_(False)
    ours = LatentSliders(vae).sliders[0]

    def show(value: float) -> None:
        z = torch.zeros(1, 20)
        z[0, 10] = value
        plt.imshow(vae.decode(z)[0, 0], cmap="gray")
        plt.show()

    usual = widgets.FloatSlider(min=-3, max=3)
    widgets.interact(show, value=usual)
    sliders = {
        "LatentSliders": ours,
        "KLDemo": KLDemo().mu,
        "ReparameterizationDemo": ReparameterizationDemo().mu,
        "interact": usual,
    }
    milliseconds: dict[str, list[float]] = {name: [] for name in sliders}
    for _ in range(moves // 100):
        for name, slider in sliders.items():
            milliseconds[name].extend(drag(slider))
    for name, times in milliseconds.items():
        percentile = quantiles(times, n=20)[-1]
        print(f"{name:22} median {median(times):6.2f} ms   95th percentile {percentile:6.2f} ms")
    ratio = median(milliseconds["interact"]) / median(milliseconds["LatentSliders"])
    print(f"ratio of the medians: {ratio:.1f}   (must be at least 10; LatentSliders below 1.5 and 4.0 ms)")


def drag(slider: widgets.FloatSlider) -> list[float]:
    """Milliseconds for each of 100 moves."""
    times = []
    for move in range(100):
        start = time.perf_counter()
        slider.set_state({"value": move * 6 / 100 - 2.97})  # what a message from the page does
        times.append(1000 * (time.perf_counter() - start))
    return times


def print_text(message: dict) -> None:
    """Print what the kernel prints, and leave out the figures."""
    if message["msg_type"] == "stream":
        print(message["content"]["text"], end="")


if __name__ == "__main__":
    moves = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    if get_ipython():
        measure(moves)
    else:
        with run_kernel() as client:
            reply = client.execute_interactive(f"%run {Path(__file__)} {moves}", output_hook=print_text)
        sys.exit(reply["content"]["status"] != "ok")
