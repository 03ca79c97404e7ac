"""Answers to the exercises: right ones in several styles, wrong ones with words of what the check says.

One module per notebook, with dicts by the name of the check. The first of RIGHT is `my_NAME`, written from
the docstring alone. SLIPS makes each mistake that a check lists as its own, written from the words alone and
not from the check's formula. WRONG is what belongs to no such list, with words of the message.
"""

from importlib import import_module
from pathlib import Path

_modules = [
    import_module(f"answers.{file.stem}") for file in sorted(Path(__file__).parent.glob("_[0-9]*.py"))
]
RIGHT = {name: functions for module in _modules for name, functions in module.RIGHT.items()}
WRONG = {name: rows for module in _modules for name, rows in module.WRONG.items()}
SLIPS = {name: slips for module in _modules for name, slips in module.SLIPS.items()}
SOLUTIONS = {f"my_{name}": functions[0] for name, functions in RIGHT.items()}
