"""A wheel brings data, models and notebooks along; an editable install finds them where they are."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShippedFiles(BuildHookInterface):
    """Put what `vae_helpers._paths.SHIPPED` holds into a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add it to what is packed, unless the install is an editable one."""
        if version != "standard":
            return
        notebooks = Path(self.root) / "notebooks"
        pages = [path.name for kind in ("*.ipynb", "*.md") for path in notebooks.glob(kind)]
        for name in ("data", "pretrained", *pages):
            build_data["force_include"][f"notebooks/{name}"] = f"vae_helpers/_shipped/{name}"
