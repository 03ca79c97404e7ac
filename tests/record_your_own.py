"""Record again what notebook 9 shows of many runs: `python tests/record_your_own.py`, a quarter of an hour.

It runs the notebook's own cells up to its race, with `record = False`.
"""

import json
from datetime import date

import matplotlib
from cells import code
from pages import ROOT

from vae_helpers import DATA

FILE = DATA / "your_own.json"
NOTEBOOK = ROOT / "notebooks" / "09_your_own.ipynb"


def run() -> dict[str, list[dict]]:
    """The models of each likelihood, and the races, as the notebook trains them."""
    names = {"display": print}
    for source in code(NOTEBOOK):
        exec(source.replace("record = True", "record = False"), names)
        if "races" in names:
            break
    return {name: names[name] for name in ("likelihoods", "races")}


if __name__ == "__main__":
    matplotlib.use("agg")
    recorded = json.dumps({"date": date.today().isoformat(), **run()})
    rounded = json.loads(recorded, parse_float=lambda digits: round(float(digits), 4))
    FILE.write_text(json.dumps(rounded) + "\n", encoding="utf-8")
