"""What holds the numbers that a notebook shows: a wrong one is told in a sentence, and chance is not."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from held import conftest, differences, moved, numbers, texts
from nbformat.v4 import new_code_cell, new_notebook, new_output
from pages import ROOT

LOG = """\
Epoch [1/2] Loss: 164.56  KL 15.45
Epoch [2/2] Loss: 121.78  KL  9.25
40 % of 60,000 in 2.3 s, least -0.01
"""


def edited(old: str, new: str) -> str:
    assert LOG.count(old) == 1
    return LOG.replace(old, new)


CHANCE = {
    "nothing": ("40", "40"),
    "the last digit": ("164.56", "164.57"),
    "3 % of it": ("121.78", "125.43"),
    "another width": ("KL  9.25", "KL 9.4"),
    "two units of the last digit": ("-0.01", "-0.03"),
    "the sign of nearly nothing": ("-0.01", "0.01"),
    "the sign of nothing": ("-0.01", "0.00"),
    "the minus sign of figures": ("-0.01", "−0.01"),
    "a share": ("40 %", "41 %"),
    "blanks and lines": ("  KL 15.45\n", "\n\n  KL   15.45\n"),
}


@pytest.mark.parametrize("kind", CHANCE)
def test_chance_is_no_difference(kind: str):
    assert differences(LOG, edited(*CHANCE[kind])) == []


WRONG = {
    "a number": (
        "121.78",
        "230.11",
        'after "Epoch [2/2] Loss:": saved is 121.78, now comes 230.11 (±3.6534 is allowed)',
    ),
    "a number that is missing": (
        "KL 15.45",
        "",
        'after "Epoch [1/2] Loss: 164.56": saved is "KL 15.45", now comes "Epoch [ 2"',
    ),
    "one at the end that is missing": (
        "-0.01",
        "",
        '60,000 in 2.3": saved is "s, least -0.01", now comes "s, least"',
    ),
    "one too many": ("15.45", "15.45 0.5", 'saved is "Epoch [ 2", now comes "0.5"'),
    "one too many at the end": ("-0.01", "-0.01 3.5", 'saved is "nothing more", now comes "3.5"'),
    "another word": (
        "KL 15.45",
        "kl 15.45",
        'after "Epoch [1/2] Loss: 164.56": saved is "KL 15.45", now comes "kl 15.45"',
    ),
    "another word at the end": ("-0.01", "-0.01!", 'saved is "nothing more", now comes "!"'),
    "another whole number": (
        "60,000",
        "59,999",
        'after "40 % of": saved is 60,000, now comes 59,999 (±0 is allowed)',
    ),
    "a nan": ("15.45", "nan", 'Loss: 164.56 KL": saved is 15.45, now comes nan'),
    "infinity": ("15.45", "inf", 'Loss: 164.56 KL": saved is 15.45, now comes inf'),
    "another sign near 0": ("-0.01", "0.02", 's, least": saved is -0.01, now comes 0.02 (±0.02 is allowed)'),
    "a share": ("40 %", "43 %", "saved is 40, now comes 43 (±2 is allowed)"),
    "a share that is none": ("40 %", "40", 'saved is "% of 60,000", now comes "of 60,000"'),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_told_in_words(kind: str):
    old, new, sentence = WRONG[kind]
    assert sentence in "\n".join(differences(LOG, edited(old, new)))


def test_every_wrong_number_is_told_up_to_the_first_other_word():
    told = differences(LOG, LOG.replace("164.56", "550.00").replace("15.45", "0.00").replace("least", "most"))
    assert len(told) == 3
    assert ["164.56" in told[0], "15.45" in told[1], "most" in told[2]] == [True] * 3


def test_a_nan_that_was_saved_may_come_again_and_no_number_in_its_place():
    assert differences("test nan", "test nan") == []
    assert differences("test nan", "test 105.81") == [
        'after "test": saved is nan, now comes 105.81 (±0 is allowed)'
    ]
    assert differences("loss inf", "loss -inf")


@pytest.mark.parametrize(
    ("within", "far", "passes"),
    [
        (1, "165.56", True),
        (1, "165.57", False),
        (0.02, "164.58", True),
        ("10 %", "180.00", True),
        ("10 %", "182.00", False),
        ({"Epoch [1/2]": 10}, "174.56", True),
        ({"Epoch [2/2]": 10}, "174.56", False),
        ({"Epoch [2/2]": 10, "": 10}, "174.56", True),
        ({"": 10, "Epoch [1/2]": 1}, "174.56", False),  # the longest words that stand in the line
        ("any", "174.56", False),
    ],
)
def test_a_tolerance_of_ones_own(within: object, far: str, passes: bool):
    assert (differences(LOG, edited("164.56", far), within) == []) == passes


@pytest.mark.parametrize("within", ["any", {"60,000": "any"}])
def test_seconds_may_be_any_and_nothing_else(within: object):
    assert differences(LOG, edited("2.3 s", "987.6 s"), within) == []
    assert differences("812 MB, 7 ms", "64 MB, 19.5 ms", within="any") == []
    assert differences("2.3 steps", "9.9 steps", within="any")
    assert differences(LOG, edited("60,000", "60,001"), within)
    assert differences(LOG, edited("2.3 s", "9.9 s"))


def test_digits_in_words_belong_to_them():
    assert [number.digits for number in numbers("z2 is 1.5, v0.1.0 [3-4] 1e-05 x")] == [
        "1.5",
        "3",
        "4",
        "1e-05",
        "",
    ]
    assert differences("z2 is 1.5", "z3 is 1.5")


def figure(alt: str, pixels: str) -> nbformat.NotebookNode:
    html = f'<img alt="{alt}" src="data:image/png;base64,{pixels}">'
    return new_output("display_data", {"image/png": pixels, "text/html": html, "text/plain": "<Figure>"})


def test_a_figure_is_held_by_its_words():
    saved = [figure("loss, last 105.81", "abc")]
    assert moved(saved, [figure("loss, last 105.91", "xyz")]) == []
    assert "105.81" in moved(saved, [figure("loss, last 230.11", "abc")])[0]
    assert "loss" in moved(saved, [figure("KL, last 105.81", "abc")])[0]


def widget(text: str, **beside: str) -> nbformat.NotebookNode:
    return new_output("display_data", {conftest.WIDGET: {"model_id": "1"}, "text/plain": text} | beside)


def test_bars_are_left_out_and_widgets_with_a_still_are_not():
    line = new_output("stream", name="stdout", text="loss 1.5\n")
    bar = widget("  0%|          | 0/4690 [00:00<?, ?batch/s]")
    live = widget("Image(value=b'', width='800')")
    assert moved([line], [bar, line, live]) == moved([bar, line], [line]) == []
    assert moved([line], [line, widget("Sliders: run this cell")])
    assert moved([line], [line, widget("Sliders()", **{"image/png": "abc"})])


def test_streams_that_come_in_pieces_are_one_text():
    pieces = [new_output("stream", name="stdout", text=text) for text in ("loss 1", ".5\n", "KL 2.5\n")]
    whole = [new_output("stream", name="stdout", text="loss 1.5\nKL 2.5\n")]
    assert texts(pieces) == texts(whole)
    assert moved(whole, pieces) == []


def test_an_output_that_is_missing_or_new_is_told():
    line = new_output("stream", name="stdout", text="loss 1.5\n")
    assert moved([line], []) == ['after "": saved is "loss 1.5", now comes "nothing more"']
    assert "warning" in moved([line], [line, new_output("stream", name="stderr", text="warning\n")])[0]


def measured(source: str, saved: str, **metadata: object) -> nbformat.NotebookNode:
    outputs = [new_output("stream", name="stdout", text=saved)]
    return new_code_cell(
        source, execution_count=1, outputs=outputs, metadata={"tags": ["measured"]} | metadata
    )


CELLS = {
    "passed": [
        measured("print('loss 105.9')", "loss 105.8\n"),
        measured("print('loss 104.9')", "loss 105.8\n", measured={"within": 1}),
        new_code_cell("from tqdm.auto import tqdm\nfor _ in tqdm(range(3)): pass", execution_count=1),
        new_code_cell(
            "from IPython.display import HTML\n"
            "import os\n"
            'HTML(f\'<img alt="a bell" src="data:image/png;base64,{os.urandom(9).hex()}">\')',
            execution_count=1,
            outputs=[
                new_output(
                    "execute_result",
                    {
                        "text/html": '<img alt="a bell" src="data:image/png;base64,abc">',
                        "text/plain": "<IPython.core.display.HTML object>",
                    },
                    execution_count=1,
                )
            ],
        ),
    ],
    "failed": [
        measured("print('loss 230.1')", "loss 105.8\n"),
        measured("print('loss 104.7')", "loss 105.8\n", measured={"within": 1}),
        measured("1 / 0", "loss 105.8\n"),
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("workers", [[], ["-n", "2", "--dist", "loadfile"]], ids=["alone", "with xdist"])
def test_nbval_holds_them_from_any_folder(workers: list[str], tmp_path: Path):
    there = tmp_path / "notebooks"
    there.mkdir()
    (there / "conftest.py").write_text(
        (ROOT / "notebooks" / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    for name, cells in CELLS.items():
        nbformat.write(new_notebook(cells=cells), there / f"{name}.ipynb")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
        "-rA",
    ]
    run = subprocess.run([*command, *workers, "../notebooks"], cwd=elsewhere, capture_output=True, text=True)
    assert "3 failed, 4 passed" in run.stdout, run.stdout
    assert (
        '[1] of failed.ipynb, after "loss": saved is 105.8, now comes 230.1 (±3.174 is allowed)' in run.stdout
    )
    assert '[1] of failed.ipynb, after "loss": saved is 105.8, now comes 104.7 (±1 is allowed)' in run.stdout
    assert "ZeroDivisionError" in run.stdout
