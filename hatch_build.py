"""A wheel brings data and models along; an editable install finds them beside the notebooks."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShippedFiles(BuildHookInterface):
    """Put the two folders that `vae_helpers.data.SHIPPED` holds into a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add them to what is packed, unless the install is an editable one."""
        if version == "standard":
            for folder in ("data", "pretrained"):
                build_data["force_include"][f"notebooks/{folder}"] = f"vae_helpers/_shipped/{folder}"
