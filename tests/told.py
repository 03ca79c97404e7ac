"""How an error must reach the learner: raised by the package itself, and nothing else around it."""

import dis
from pathlib import Path

import vae_helpers

PACKAGE = Path(vae_helpers.__file__).parent


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
