"""The clinic of notebook 11: its logs are what the programs say, and every reason given is true of them."""

import re
from functools import partial
from itertools import islice
from math import inf, isnan, log

import nbformat
import pytest
import record_clinic
import torch
from pages import ROOT
from torch import Tensor

from vae_helpers.checks._11_clinic import CASES, CAUSES, EPOCHS

RECORD = record_clinic.recorded()
LOGS, TESTS = RECORD["logs"], RECORD["tests"]
NOTEBOOK = ROOT / "notebooks" / "11_clinic.ipynb"
TEXT = "\n\n".join(cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells)


def rows(name: str) -> list[list[float]]:
    """The numbers of a recorded log: loss, reconstruction, KL and test loss of each epoch."""
    return [[float(n) for n in re.findall(r"[a-zK]+L? +(\S+)", line)[1:]] for line in LOGS[name]]


HEALTHY = rows("healthy")
AVERAGE_IMAGE = 206


@pytest.fixture
def own_random_numbers():
    with torch.random.fork_rng():
        yield


def test_the_check_knows_the_logs_and_the_table():
    assert set(LOGS) == set(TESTS) == set(record_clinic.FAULTS)
    assert set(LOGS) == {"healthy", *CASES, *record_clinic.STRANGERS}
    assert all(len(log) == EPOCHS + 1 for log in LOGS.values())
    assert len(re.findall(r"^\| \d+ \| ", TEXT, re.MULTILINE)) == CAUSES
    assert len({case.cause for case in CASES.values()}) == len(CASES)
    answers = {name: case.cause for name, case in CASES.items()}
    assert ", ".join(f"{name} {cause}" for name, cause in answers.items()) in TEXT


@pytest.mark.parametrize(
    ("name", "words"),
    {
        "A": "averaged over the pixels",
        "B": "bytes from 0 to 255",
        "C": "minus 0.13",
        "D": "plain draw",
        "E": "30 times",
        "F": "0.3 ",
        "G": "`reshape`",
        "H": "`optimizer.zero_grad()`",
        "I": "`z = mu`",
        "J": "ReLU",
        "K": "sigmoid",
        "L": "sigma for `logvar`",
    }.items(),
)
def test_the_table_names_the_fault(name: str, words: str):
    (row,) = re.findall(rf"^\| {CASES[name].cause} \| (.+?) \|", TEXT, re.MULTILINE)
    assert words in f"{row} "


def test_healthy():
    losses, _, kl, tested = zip(*HEALTHY, strict=True)
    assert list(losses) == sorted(losses, reverse=True)
    assert list(kl) == sorted(kl)
    assert abs(losses[0] - tested[0]) < 1  # nothing is learned yet
    assert losses[-1] < 125


@pytest.mark.parametrize("name", [name for name in LOGS if name not in "BE"])
def test_loss_is_reconstruction_plus_kl(name: str):
    for loss, reconstruction, kl, _ in rows(name)[: 4 if name == "F" else None]:  # then it is nan
        assert loss == pytest.approx(reconstruction + kl, abs=0.011, rel=0.1 if abs(loss) > 1e5 else 0)


def test_reasons():
    """What the check says of each log, and what makes another cause impossible."""
    a, b, c, d, e, f, g, h, i, j, k, ell = (rows(name) for name in CASES)
    assert a[0][1] == pytest.approx(HEALTHY[0][1] / 784, abs=0.005)
    assert a[-1][0] == pytest.approx(AVERAGE_IMAGE / 784, abs=0.01)
    assert b[0][0] == b[0][2] == inf
    assert all(isnan(loss) for row in b[1:] for loss in row)
    assert all(row[1] < 0 for row in c[1:])
    assert all(row[1] >= 0 for log in (a, d, e, f[:4], g, h, i, j, k, ell) for row in log)
    for collapsed in (d, e):
        assert all(AVERAGE_IMAGE < row[0] < 210 for row in collapsed[2:])
        assert all(row[2] < 0.05 for row in collapsed[1:])
    for loss, reconstruction, kl, _ in e:
        assert 30 * (kl - 0.005) - 0.01 <= loss - reconstruction <= 30 * (kl + 0.005) + 0.01
        assert loss - reconstruction > 2 * kl
    assert d[0] == f[0] == h[0] == HEALTHY[0]  # so the step is to blame, or the gradient
    assert all(row[2] > 50_000 for row in f[1:4])
    assert all(isnan(loss) for row in f[4:] for loss in row)
    assert g[0][2] == HEALTHY[0][2]
    assert g[0][1] != HEALTHY[0][1]
    assert all(row[1] > 270 and row[2] < 0.2 for row in g[2:])
    assert all(row[1] > AVERAGE_IMAGE for row in h)
    assert [row[2] for row in h] == sorted(row[2] for row in h)
    assert h[0][0] - h[1][0] > 100  # a step size of 0.000001 could not
    for ours, healthy in zip(i, HEALTHY, strict=True):
        assert ours[:3] == pytest.approx(healthy[:3], abs=1)
        assert 4 < healthy[3] - ours[3] < 9.5
    assert j[0][2] == 0.04
    assert [row[0] for row in j] == sorted((row[0] for row in j), reverse=True)  # it looks healthy, only slow
    assert j[-1][0] - HEALTHY[-1][0] == pytest.approx(44, abs=1)
    assert k[0][0] == pytest.approx(713, abs=0.5)
    assert k[-1][0] == pytest.approx(784 * log(2), abs=0.5)
    assert ell[0][1] == HEALTHY[0][1]
    assert ell[0][2] == 7.40
    assert all(ours[3] < healthy[3] for ours, healthy in zip(ell[1:], HEALTHY[1:], strict=True))


@pytest.mark.parametrize("name", CASES)
def test_a_line_that_decides_stands_in_no_other_log(name: str):
    for epoch in CASES[name].lines:
        alike = [other for other in ["healthy", *CASES] if LOGS[other][epoch] == LOGS[name][epoch]]
        assert alike == [name]


def test_the_lines_that_decide_are_all_that_show_what_the_reason_says():
    """Where the reason speaks of the numbers in a line, and not of their being the healthy ones or not."""
    c, g, h = (rows(name) for name in "CGH")
    later = range(1, EPOCHS + 1)
    too_high = [epoch for epoch in later if HEALTHY[epoch][0] < AVERAGE_IMAGE]
    assert list(CASES["C"].lines) == [epoch for epoch in later if c[epoch][1] < 0]
    assert sorted(CASES["G"].lines) == [0, *(epoch for epoch in too_high if g[epoch][0] > AVERAGE_IMAGE)]
    assert list(CASES["H"].lines) == [epoch for epoch in too_high if h[epoch][0] > AVERAGE_IMAGE]


def test_strangers():
    m, n = (rows(name) for name in record_clinic.STRANGERS)
    assert m[0][2] == HEALTHY[0][2]
    assert m[0][1] != HEALTHY[0][1]
    assert n[0][1] == HEALTHY[0][1]
    assert n[0][2] < HEALTHY[0][2] / 10
    for stranger in (m, n):
        assert stranger[-1][3] < HEALTHY[-1][3] - 10  # too good


def test_numbers_in_the_reasons_stand_in_the_logs():
    for name, case in CASES.items():
        recorded = " ".join(LOGS["healthy"] + LOGS[name])
        for number in re.findall(r"\b\d+\.\d\d\b", case.reason):
            assert number in recorded or number == "2.97", (name, number)
    assert rows("E")[0][0] - rows("E")[0][1] == pytest.approx(2.97)
    assert round(rows("G")[2][0]) == 282
    assert round(rows("F")[1][2]) == 81_358


@pytest.fixture(scope="module")
def images(mnist: tuple[Tensor, Tensor]) -> Tensor:
    return mnist[0][: record_clinic.IMAGES]


@pytest.mark.slow
@pytest.mark.parametrize("name", LOGS)
def test_the_programs_start_as_recorded(name: str, images: Tensor, mnist_test, own_random_numbers):
    """Epoch 0, on a tenth of the images; but it takes all to find one that makes `exp` overflow."""
    part = slice(None) if name == "B" else slice(record_clinic.IMAGES // 10)
    losses, reconstruction, kl, tested = next(record_clinic.run(name, images[part], mnist_test[0][part]))
    then = rows(name)[0]
    assert [losses, kl, tested] == pytest.approx([then[0], then[2], then[3]], rel=0.01, abs=0.02)
    assert name == "B" or reconstruction == pytest.approx(then[1], rel=0.01)


@pytest.fixture
def fused_adam(monkeypatch: pytest.MonkeyPatch):
    """The programs' own steps, in a fraction of the time."""
    monkeypatch.setattr(torch.optim, "Adam", partial(torch.optim.Adam, fused=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["healthy", "D"])
def test_the_programs_learn_as_recorded(
    name: str, images: Tensor, mnist_test, own_random_numbers, fused_adam
):
    _, second = islice(record_clinic.run(name, images, mnist_test[0]), 2)
    assert second == pytest.approx(rows(name)[1], rel=0.02, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["healthy", "E", "G", "I", "J", "L", "M"])
def test_the_cheap_tests_read_as_recorded(name: str, images: Tensor, own_random_numbers, fused_adam):
    assert record_clinic.tested(name, images) == pytest.approx(TESTS[name], rel=0.03)
