"""What notebooks/conftest.py teaches nbval, for the tests and for execute.py."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

spec = spec_from_file_location("held_by_nbval", Path(__file__).parent.parent / "notebooks" / "conftest.py")
conftest = module_from_spec(spec)
spec.loader.exec_module(conftest)

differences, is_bar, moved = conftest.differences, conftest.is_bar, conftest.moved
numbers, texts, tolerance = conftest.numbers, conftest.texts, conftest.tolerance
