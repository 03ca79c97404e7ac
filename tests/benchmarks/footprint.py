"""What each notebook needs: seconds from a fresh kernel to its last cell, and its kernel's peak memory.

    python tests/benchmarks/footprint.py [notebook ...]

Linux only: the peak is the kernel's own high-water mark (VmHWM), shared libraries included.
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PEAK = "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"


def footprint(path: Path) -> tuple[float, float]:
    """Seconds and megabytes."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
    start = time.perf_counter()
    NotebookClient(notebook, resources={"metadata": {"path": path.parent}}).execute()
    return time.perf_counter() - start, int(notebook.cells[-1].outputs[0].text) * 1024 / 1e6


if __name__ == "__main__":
    print(f"{'notebook':30} seconds   peak MB (each must stay below 1200)")
    for path in [Path(name) for name in sys.argv[1:]] or sorted(NOTEBOOKS.glob("*.ipynb")):
        seconds, megabytes = footprint(path)
        print(f"{path.stem:30} {seconds:7.1f} {megabytes:9.0f}", flush=True)
