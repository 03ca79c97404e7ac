"""What notebook 7 shows as recorded is what its script measures."""

import json
from datetime import date

import pytest
import record_samples

from vae_helpers import pretrained_judge

RECORDED = json.loads(record_samples.FILE.read_text(encoding="utf-8"))


def test_the_record_has_a_date_and_the_scripts_columns():
    assert date.fromisoformat(RECORDED["date"])
    assert RECORDED["header"] == record_samples.HEADER
    assert all(len(row) == len(record_samples.HEADER) for row in RECORDED["marks"])


def test_both_judges_have_judged_each_claim():
    told = [row[:3] for row in RECORDED["verdicts"]]
    asked = [[claim.claim, claim.rival, claim.measure] for claim in record_samples.CLAIMS for _ in (0, 1)]
    assert told == asked


def test_real_digits_are_marked_as_recorded(mnist_test):
    name, sure, information, second, *_ = RECORDED["marks"][0]
    real = mnist_test[0][1::4]
    assert name == "real digits"
    assert float(sure.rstrip("% ")) == pytest.approx(
        100 * pretrained_judge(0).sure(real).mean().item(), abs=0.1
    )
    for seed, said in enumerate((information, second)):
        assert float(said) == pytest.approx(pretrained_judge(seed).information(real).mean().item(), abs=0.01)
