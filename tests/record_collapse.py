"""Record what takes notebook 10 long: `python tests/record_collapse.py`, some ten minutes.

Its own cells do it: they run as they stand, up to the one that says `record = True`, and there it is False.
What that cell puts into `recorded` is written, with the date, where the notebook reads it.
"""

import json
from datetime import date

import matplotlib
import nbformat
from pages import NOTEBOOKS

from vae_helpers import DATA

FILE = DATA / "collapse.json"


def record() -> None:
    """Run the cells of the notebook, the one that records last, and write what came."""
    (path,) = (path for path in NOTEBOOKS if path.name.startswith("10"))
    names: dict = {"__name__": "__main__"}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        last = "record = True" in cell.source
        source = cell.source.replace("%matplotlib inline", "").replace("record = True", "record = False")
        exec(source, names)
        if last:
            break
    recorded = names["recorded"] | {"date": date.today().isoformat()}
    FILE.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    matplotlib.use("agg")
    record()
