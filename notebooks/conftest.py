"""Settle what the kernels inherit, so that a notebook prints the same on every machine."""

# This import lists the fonts once, here. Where matplotlib's folder cannot be written, it also
# warns here, and puts a temporary one into MPLCONFIGDIR, which the kernels inherit.
import matplotlib.font_manager  # noqa: F401
