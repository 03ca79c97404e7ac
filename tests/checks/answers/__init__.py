"""Answers to the exercises: right ones in several styles, wrong ones with words of what the check says.

One module per notebook, with the dicts RIGHT and WRONG, by the name of the check. The first right answer is
`my_NAME`, written from the docstring alone. The mistakes that a check lists are tried in any case; here stand
some that a learner writes in another way, and what belongs to no list.
"""

from importlib import import_module
from pathlib import Path

_modules = [
    import_module(f"answers.{file.stem}") for file in sorted(Path(__file__).parent.glob("_[0-9]*.py"))
]
RIGHT = {name: functions for module in _modules for name, functions in module.RIGHT.items()}
WRONG = {name: rows for module in _modules for name, rows in module.WRONG.items()}
SOLUTIONS = {f"my_{name}": functions[0] for name, functions in RIGHT.items()}
