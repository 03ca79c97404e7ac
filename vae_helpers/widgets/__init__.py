"""What moves: the demos of notebooks 02 and 03, the sliders, the explorer and the playground."""

from vae_helpers.widgets.demos import KLDemo, ReparameterizationDemo
from vae_helpers.widgets.explorer import LatentExplorer, export_page
from vae_helpers.widgets.playground import Playground, export_playground
from vae_helpers.widgets.sliders import LatentSliders

__all__ = [
    "KLDemo",
    "LatentExplorer",
    "LatentSliders",
    "Playground",
    "ReparameterizationDemo",
    "export_page",
    "export_playground",
]
