"""Notebooks in a student's hands: `python play.py NOTEBOOK ...` runs each in many ways, and says what fails.

In a process of its own, on few images and with short loops, so that a notebook takes seconds. An error
counts, unless the package itself refuses a changed number in one sentence.
"""

import ast
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from math import inf
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import torch
from answers import SOLUTIONS
from cells import plain

import vae_helpers

PACKAGE = str(Path(vae_helpers.__file__).parent)
TURNED = {"latent_dim", "hidden_dim", "epochs", "batch_size", "lr", "beta", "seed", "dims"}  # arguments, too
# Names that mean work, and enough of it.
LONG = {"steps": 5, "rounds": 3, "k": 50, "epochs": 2, "parts": 5, "draws": 20, "n": 100}
ROUNDS = 20  # of a loop
DRAWS = 2000  # at once
Number = int | float


def is_number(node: ast.AST | None) -> bool:
    """Whether a number is written there, perhaps with a minus."""
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


class Short(ast.NodeTransformer):
    """Long loops and searches in few steps, large draws small."""

    def visit_Call(self, call: ast.Call) -> ast.Call:
        self.generic_visit(call)
        match call.func:
            case ast.Name("range"):
                call.args = [self._at_most(node, ROUNDS) for node in call.args]
            case ast.Attribute(attr="randn"):
                call.args = [self._at_most(node, DRAWS) for node in call.args]
        for keyword in call.keywords:
            if keyword.arg in LONG:
                keyword.value = self._at_most(keyword.value, LONG[keyword.arg])
        return call

    def visit_Assign(self, assign: ast.Assign) -> ast.Assign:
        self.generic_visit(assign)
        match assign.targets:
            case [ast.Name(name)] if name in LONG:
                assign.value = self._at_most(assign.value, LONG[name])
        return assign

    def visit_arguments(self, arguments: ast.arguments) -> ast.arguments:
        """Defaults, such as 1000 in `def cost(pictures, draws=1000)`."""
        self.generic_visit(arguments)
        named = arguments.args[len(arguments.args) - len(arguments.defaults) :]
        most = [LONG.get(argument.arg, inf) for argument in named]
        arguments.defaults = list(map(self._at_most, arguments.defaults, most))
        return arguments

    @staticmethod
    def _at_most(node: ast.expr, most: float) -> ast.expr:
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value > most:
            return ast.Constant(most)
        return node


class Changed(ast.NodeTransformer):
    """Other numbers wherever a student would write them: `name = 3`, `name = (1.0, 0.0)`, `epochs=10`."""

    def __init__(self, change: Callable[[Number], Number], longer: bool) -> None:
        self.change, self.longer = change, longer

    def visit_Assign(self, assign: ast.Assign) -> ast.Assign:
        self.generic_visit(assign)
        value = assign.value
        if is_number(value):
            assign.value = self._other(value)
        elif isinstance(value, ast.Tuple | ast.List) and value.elts and all(map(is_number, value.elts)):
            several = isinstance(assign.targets[0], ast.Name)  # else each number has its own name
            value.elts = [self._other(node) for node in value.elts]
            if several:
                value.elts = [*value.elts, value.elts[-1]] if self.longer else value.elts[:1]
        return assign

    def visit_Call(self, call: ast.Call) -> ast.Call:
        self.generic_visit(call)
        for keyword in call.keywords:
            if keyword.arg in TURNED and is_number(keyword.value):
                keyword.value = self._other(keyword.value)
        return call

    def _other(self, node: ast.expr) -> ast.expr:
        return ast.Constant(self.change(ast.literal_eval(node)))


def larger(number: Number) -> Number:
    return 2 * number if isinstance(number, int) else 1.7 * number + 0.1


def smaller(number: Number) -> Number:
    """One of a thing; and a whole number where there was a point."""
    return min(number, 1) if isinstance(number, int) else round(number / 2)


class Student:
    """The names of a notebook's cells, and what went wrong."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.names: dict[str, Any] = {"display": repr}
        self.missing: set[str] = set()  # names of cells that were refused
        self.errors: list[str] = []

    def run(self, source: str, *transforms: ast.NodeTransformer) -> None:
        """One cell; its last value is written out, as a notebook does."""
        tree = ast.parse(source)
        for transform in (Short(), *transforms):
            tree = transform.visit(tree)
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            tree.body[-1].value = ast.Call(ast.Name("display", ast.Load()), [tree.body[-1].value], [])
        code = compile(ast.fix_missing_locations(tree), "<cell>", "exec")
        try:
            exec(code, self.names)
        except Exception as error:
            if transforms and (self._lacks(error) or refused_by_the_package(error)):
                self.missing |= {*code.co_names}
            else:
                last = traceback.format_exception_only(type(error), error)[-1].strip()
                self.errors.append(f"{self.what}: {last}\n    in the cell {ast.unparse(tree)[:300]!r}")

    def _lacks(self, error: Exception) -> bool:
        return isinstance(error, NameError) and error.name in self.missing


def refused_by_the_package(error: Exception) -> bool:
    """Whether a sentence of ours says what is wrong with a changed number."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code.co_filename.startswith(PACKAGE) and isinstance(error, ValueError | TypeError)


def few(load: Callable) -> Callable:
    """The same digits, not all of them, and read once."""
    parts = {}
    for train, n in ((True, 600), (False, 1000)):
        images, labels = load(train)
        parts[train] = images[:n].clone(), labels[:n].clone()

    def loaded(train: bool = True) -> tuple[torch.Tensor, torch.Tensor]:
        images, labels = parts[train]
        return images.clone(), labels.clone()

    return loaded


def stub_of(source: str) -> str | None:
    """The name of the exercise whose stub a cell holds."""
    if "raise NotImplementedError" not in source:
        return None
    return next(node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))


def plays(path: Path) -> Iterator[Student]:
    """Each way in which a student may run the notebook."""
    sources = [cell.source for cell in plain(path).cells if cell.cell_type == "code"]

    twice = Student("each cell twice, then from the last one up")
    for source in sources:
        twice.run(source)
        twice.run(source)
    for source in reversed(sources):
        twice.run(source)
    yield twice

    solved = Student("every exercise solved")
    for source in sources:
        solved.run(source)
        name = stub_of(source)
        if name:
            solved.names[name] = SOLUTIONS[name]
    yield solved

    for what, change in (
        ("all numbers larger", Changed(larger, longer=True)),
        ("all numbers smaller", Changed(smaller, longer=False)),
    ):
        changed = Student(what)
        for source in sources:
            changed.run(source, change)
        yield changed


def main(paths: list[Path]) -> int:
    """Play, each in an empty folder; the number of errors."""
    matplotlib.use("agg")
    plt.show = plt.close
    vae_helpers.load_mnist = few(vae_helpers.load_mnist)
    vae_helpers.load_fashion = few(vae_helpers.load_fashion)
    vae_helpers.train.__kwdefaults__["epochs"] = LONG["epochs"]
    torch.set_num_threads(1)
    here = Path.cwd()
    errors = []
    for path in paths:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            os.chdir(folder)
            for student in plays(path):
                errors += [f"{path.name}, {error}" for error in student.errors]
            os.chdir(here)
    print(*errors, sep="\n", file=sys.stderr)
    return len(errors)


if __name__ == "__main__":
    sys.exit(min(main([Path(name).resolve() for name in sys.argv[1:]]), 100))
