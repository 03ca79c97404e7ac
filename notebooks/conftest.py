"""What nbval learns here: measured numbers are held within a tolerance, and figures by their words.

A cell with the tag `measured` shows numbers that depend on training, on chance or on the machine. Its words
and whole numbers must come out as they were saved. A number with a decimal point or a % may differ from the
saved one by 3 % of it, and at least by two units of its last digit; or by what the cell's metadata say:

    {"measured": {"within": 1}}                            nats, say: whatever the cell's numbers are
    {"measured": {"within": "10 %"}}                       of the saved number
    {"measured": {"within": "any"}}                        for s, ms and MB alone
    {"measured": {"within": {"Epoch [1/10]": 3, "": 1}}}   by words of the line; the longest that stand in it

Choose it once: twice the largest deviation over five seeds, and never wider than half of the effect from
which the text concludes something.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

# This import lists the fonts once, here. Where matplotlib's folder cannot be written, it also
# warns here, and puts a temporary one into MPLCONFIGDIR, which the kernels inherit.
import matplotlib.font_manager  # noqa: F401
import pytest
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell

NUMBER = re.compile(
    r"(?<![\w.])"  # not in the middle of a word or of another number
    r"([-−+]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[-+]?\d+)?|[-+]?(?:nan|inf)\b)"
    r"(?=\s?(%|(?:s|ms|MB)\b)|)"  # its unit, where that matters
)
PIXELS = re.compile(r'(<img\b[^>]*\bsrc=)"data:[^"]*"')
WIDGET = "application/vnd.jupyter.widget-view+json"


class Number(NamedTuple):
    """A number of a text, and what stands before it; the last one has no digits, only the last words."""

    head: str  # the text up to the number before
    between: str  # what stands between the two
    digits: str = ""
    unit: str = ""
    line: str = ""

    @property
    def value(self) -> Decimal:
        """What the digits say, exactly."""
        return Decimal(self.digits.replace(",", "").replace("−", "-"))

    @property
    def words(self) -> str:
        """What is compared before the number; runs of blanks count as one."""
        return " ".join(self.between.split())


def numbers(text: str) -> Iterator[Number]:
    """The numbers of a text in order."""
    end = 0
    for found in NUMBER.finditer(text):
        line = text[text.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
        yield Number(text[:end], text[end : found.start()], found[1], found[2] or "", line)
        end = found.end()
    yield Number(text[:end], text[end:])


def tolerance(number: Number, within: Any = None) -> Decimal:
    """How far another number may be from this saved one."""
    if isinstance(within, dict):
        named = [words for words in within if words in number.line]
        within = within[max(named, key=len)] if named else None
    if within == "any" and number.unit in ("s", "ms", "MB"):
        return Decimal("inf")
    if not set(".e%") & set(number.digits + number.unit):  # a whole number
        return Decimal(0)
    if isinstance(within, int | float):
        return Decimal(str(within))
    percent = within.rstrip("% ") if within and within != "any" else "3"
    last_digit = Decimal(1).scaleb(number.value.as_tuple().exponent)
    return max(abs(number.value) * Decimal(percent) / 100, 2 * last_digit)


def near(saved: Number, came: Number, within: Any = None) -> bool:
    """Whether two numbers agree; nan and infinity agree with themselves alone."""
    if not (saved.value.is_finite() and came.value.is_finite()):
        return saved.digits == came.digits
    return abs(saved.value - came.value) <= tolerance(saved, within)


def last_words(text: str) -> str:
    """Enough of a text's end to find it again: its last line with words, and of that the last ones."""
    lines = text.strip().splitlines() or [""]
    return " ".join(lines[-1].split()[-8:])


def differences(saved: str, came: str, within: Any = None) -> list[str]:
    """A sentence for each number that is too far from the saved one, up to the first other word."""
    told = []
    for old, new in zip(numbers(saved), numbers(came), strict=False):
        if old.words != new.words or bool(old.digits) != bool(new.digits):
            was, now = (f"{side.words} {side.digits}".strip() or "nothing more" for side in (old, new))
            return [*told, f'after "{last_words(old.head)}": saved is "{was}", now comes "{now}"']
        if old.digits and not near(old, new, within):
            place = last_words(old.head + old.between)
            allowed = tolerance(old, within) if old.value.is_finite() else 0
            differ = f"saved is {old.digits}, now comes {new.digits} (±{allowed} is allowed)"
            told.append(f'after "{place}": {differ}')
    return told


def without_pixels(text: Any) -> Any:
    """A figure's alternative text is compared, and its picture is not."""
    return PIXELS.sub(r'\1""', text) if isinstance(text, str) else text


def is_bar(output: NotebookNode) -> bool:
    """Whether an output is a progress bar, or another widget without a picture or words of its own."""
    data = output.get("data", {})
    bare = re.search(r"%\||^\w+\(", data.get("text/plain", ""))  # "0%|  | 0/469", "Image(value=b'')"
    return set(data) == {WIDGET, "text/plain"} and bool(bare)


def texts(outputs: list[NotebookNode]) -> dict[str, str]:
    """What can be read in a cell's outputs, by its kind."""
    read: dict[str, str] = {}
    for output in outputs:
        parts = {output.name: output.text} if output.output_type == "stream" else output.get("data", {})
        if is_bar(output):
            continue
        for kind, text in parts.items():
            if kind.startswith(("text/", "std", "image/svg")):
                read[kind] = read.get(kind, "") + without_pixels(text) + "\n" * (kind[:3] != "std")
    return read


def moved(saved: list[NotebookNode], came: list[NotebookNode], within: Any = None) -> list[str]:
    """All differences between a cell's outputs, saved and new."""
    old, new = texts(saved), texts(came)
    kinds = [*old, *(kind for kind in new if kind not in old)]
    return [told for kind in kinds for told in differences(old.get(kind, ""), new.get(kind, ""), within)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Let nbval run a measured cell, and compare its outputs here."""
    if not isinstance(item, IPyNbCell) or "measured" not in item.cell.metadata.get("tags", ()):
        return (yield)
    compared, item.options["check"] = item.options["check"], False
    result = yield
    if compared:
        within = item.cell.metadata.get("measured", {}).get("within")
        told = moved(item.cell.outputs, item.test_outputs, within)
        if told:
            more = [f"and {len(told) - 5} more"] if len(told) > 5 else []
            where = f"[{item.cell.execution_count}] of {item.path.name}, "
            item.raise_cell_error(where + "\n".join(told[:5] + more))
    return result


def pytest_configure() -> None:
    """Take pixels and bars out of what nbval compares by itself."""
    sanitize, compare = IPyNbCell.sanitize, IPyNbCell.compare_outputs

    def compare_without_bars(cell: IPyNbCell, *sides: list[NotebookNode]) -> bool:
        return compare(cell, *([output for output in side if not is_bar(output)] for side in sides))

    IPyNbCell.sanitize = lambda cell, text: without_pixels(sanitize(cell, text))
    IPyNbCell.compare_outputs = compare_without_bars
