"""Where data, models and notebooks are: in a clone beside the package, in a wheel inside it."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
IN_A_CLONE = not (PACKAGE / "_shipped").is_dir()
SHIPPED = PACKAGE.parent / "notebooks" if IN_A_CLONE else PACKAGE / "_shipped"
DATA = SHIPPED / "data"
