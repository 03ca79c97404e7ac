"""Record what takes notebook 10 long: `python tests/record_collapse.py`, some ten minutes.

Its own cells do it: they run as they stand, up to the one that says `record = True`, and there it is False.
What that cell puts into `recorded` is written, with the date, where the notebook reads it.
"""

import json
from datetime import date

import matplotlib
from cells import names_of
from pages import ROOT

from vae_helpers import DATA

FILE = DATA / "collapse.json"
NOTEBOOK = ROOT / "notebooks" / "10_collapse.ipynb"


if __name__ == "__main__":
    matplotlib.use("agg")
    recorded = names_of(NOTEBOOK, until="recorded")["recorded"] | {"date": date.today().isoformat()}
    FILE.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")
