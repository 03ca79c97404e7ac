"""What moves: the demos of notebooks 02 and 03, the sliders and the explorer."""

from vae_helpers.widgets.demos import KLDemo, ReparameterizationDemo
from vae_helpers.widgets.explorer import LatentExplorer, export_page
from vae_helpers.widgets.sliders import LatentSliders

__all__ = ["KLDemo", "LatentExplorer", "LatentSliders", "ReparameterizationDemo", "export_page"]
