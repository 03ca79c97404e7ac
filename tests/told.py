"""How bad input must reach the learner: one sentence, raised by the package itself, and nothing around it."""

import dis
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import vae_helpers

PACKAGE = Path(vae_helpers.__file__).parent


def refusals(*rows: tuple) -> pytest.MarkDecorator:
    """One test for each row: its name, the call that is refused, the error and words of its sentence."""
    named = [pytest.param(*row, id=name) for name, *row in rows]
    return pytest.mark.parametrize(("call", "error", "sentence"), named)


@contextmanager
def told(error: type[Exception] | tuple[type[Exception], ...], sentence: str) -> Iterator[None]:
    """What happens inside is refused, in these words."""
    with pytest.raises(error, match=sentence) as caught:
        yield
    assert_told(caught.value)


def assert_told(error: BaseException) -> None:
    """One sentence, from a `raise` in vae_helpers, with no traceback of a library above it."""
    assert error.__context__ is None or error.__suppress_context__, repr(error.__context__)
    assert error.__cause__ is None, repr(error.__cause__)
    innermost = error.__traceback__
    while innermost.tb_next is not None:
        innermost = innermost.tb_next
    code = innermost.tb_frame.f_code
    assert PACKAGE in Path(code.co_filename).parents, code.co_filename
    assert code.co_code[innermost.tb_lasti] == dis.opmap["RAISE_VARARGS"], (code, str(error))
    assert "\n" not in str(error)
