"""Settle what the kernels inherit, so that a notebook prints the same on every machine."""

import os
import tempfile
from pathlib import Path

# Figures are shown by the notebook itself, whatever backend the shell asks for.
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"

# matplotlib warns in the notebook when its folder cannot be written, and while it lists the fonts.
folder = Path(os.environ.get("MPLCONFIGDIR", Path.home()))
if not os.access(folder, os.W_OK):
    os.environ["MPLCONFIGDIR"] = tempfile.mkdtemp(prefix="matplotlib-")

import matplotlib.font_manager  # noqa: E402, F401  (its import lists the fonts, once, here)
