"""Answers to the exercises: right ones in several styles, wrong ones with words of their message.

One module per notebook, each with the dicts RIGHT and WRONG, by the name of the check.
"""

from importlib import import_module
from pathlib import Path

_files = sorted(Path(__file__).parent.glob("_[0-9]*.py"))
_notebooks = [import_module(f"answers.{file.stem}") for file in _files]
RIGHT = {name: functions for notebook in _notebooks for name, functions in notebook.RIGHT.items()}
WRONG = {name: rows for notebook in _notebooks for name, rows in notebook.WRONG.items()}
