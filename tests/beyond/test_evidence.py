"""Means with their errors, and verdicts, against hand-computed cases and against chance itself."""

from math import isnan, sqrt

import pytest
import torch
from told import told

from vae_helpers import Claim, table, with_error
from vae_helpers.beyond.evidence import STUDENT, errors


def test_errors_of_a_case_by_hand():
    """1, 2, 3, 4: variance 5/3, over 4 images. Two models, 2 apart: standard deviation sqrt(2), over 2."""
    one = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert errors(one) == pytest.approx((sqrt(5 / 3 / 4), 0))
    assert errors(torch.stack([one, one + 2])) == pytest.approx((sqrt(5 / 3 / 4), 1.0))


def test_one_image_and_one_model_have_no_error():
    assert isnan(errors(torch.ones(1))[0])
    assert isnan(errors(torch.rand(1, 5))[1])


def test_students_quantiles_are_as_safe_as_three_errors():
    """Of 400,000 means of n normal numbers, chance puts 0.27 % beyond STUDENT[n] of their errors."""
    generator = torch.Generator().manual_seed(0)
    for n, quantile in list(STUDENT.items())[1:]:
        draws = torch.randn(400_000, n, generator=generator)
        beyond = (draws.mean(1).abs() > quantile * draws.std(1) / n**0.5).float().mean().item()
        assert beyond == pytest.approx(0.0027, abs=5 * sqrt(0.0027 / 400_000))


def test_with_error_has_two_digits_of_error():
    values = torch.tensor([10.0, 20.0, 30.0, 40.0])
    assert with_error(values) == "25.0 ± 6.5"
    assert with_error(values / 100) == "0.250 ± 0.065"
    assert with_error(torch.stack([values, values + 2])) == "26.0 ± 6.5 ± 1.0"
    assert with_error(torch.ones(1)) == "1.000 ± ?"
    assert with_error(values * 1e-6) == "0.0000250 ± 0.0000065"


def test_table_is_markdown():
    assert table(["a", "b"], [1, 2]).data == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def claim(threshold: float = 0.0) -> Claim:
    return Claim("ours is larger", "theirs", "points", threshold)


def spread(mean: float, error: float, n: int = 100) -> torch.Tensor:
    """`n` numbers with exactly this mean and standard error of it."""
    values = torch.linspace(-1, 1, n, dtype=torch.float64)
    return mean + error * n**0.5 * values / values.std()


@pytest.mark.parametrize(
    ("gap", "verdict"),
    [
        (10, "holds"),
        (3.6, "holds"),
        (3.4, "holds, narrowly"),
        (2.6, "open, narrowly"),
        (2.4, "open"),
        (-2.4, "open"),
        (-2.6, "open, narrowly"),
        (-3.4, "fails, narrowly"),
        (-3.6, "fails"),
    ],
)
def test_verdicts_around_three_standard_errors(gap: float, verdict: str):
    for threshold in (0.0, 5.0):
        row = claim(threshold).judge(spread(threshold + gap, 1.0), torch.zeros(100).double(), paired=True)
        assert row[:4] == ["ours is larger", "theirs", "points", f"> {threshold:g}"]
        assert row[5] == verdict


def test_independent_pictures_add_their_errors_as_squares():
    ours, theirs = spread(10, 6), spread(0, 8)
    assert claim().judge(ours, theirs)[4] == "10.0 ± 10.0"
    assert claim().judge(ours, theirs, paired=True)[4] == "10.0 ± 2.0"


def test_five_models_must_agree_more_than_three_errors_say():
    """The mean of 2, 4, 6, 8, 10 is 4.2 of its errors above 0: enough for images, not for models."""
    models = torch.tensor([2.0, 4, 6, 8, 10])
    assert claim().judge(models, torch.zeros(5), paired=True)[5] == "holds"
    many = models[:, None] + spread(0, 0.01).float()
    assert claim().judge(many, torch.zeros(100))[5] == "open"
    assert claim().judge(many + 6, torch.zeros(100))[5] == "holds"


def test_seven_models_must_agree_more_than_three_errors_say():
    """Student's t with 6 degrees of freedom passes 4.9 as seldom as a normal number passes 3."""
    many = spread(0, 1, 7)[:, None] + spread(0, 0.01)
    assert claim().judge(many + 4.5, torch.zeros(100).double())[5].startswith("open")
    assert claim().judge(many + 7, torch.zeros(100).double())[5] == "holds"


def test_the_error_over_models_of_both_sides_counts():
    ours, theirs = spread(6, 0.01) + spread(0, 1, 5)[:, None], spread(0, 0.01) + spread(0, 1, 5)[:, None]
    assert claim().judge(ours, theirs)[4] == "6.0 ± 0.0 ± 1.4"
    assert claim().judge(ours, theirs.mean(0))[4] == "6.0 ± 0.0 ± 1.0"
    assert claim().judge(ours.mean(0), theirs)[4] == "6.0 ± 0.0 ± 1.0"


def test_errors_over_images_and_over_models_add_as_squares():
    """Three errors over images are 3, and as much over five models is 4: together 5, and not 7."""
    ours, theirs = spread(6, 1) + spread(0, 4 / STUDENT[5], 5)[:, None], torch.zeros(100).double()
    assert claim().judge(ours, theirs)[5] == "holds"
    assert claim(2.0).judge(ours, theirs)[5] == "open"


def test_one_model_leaves_a_claim_about_a_method_open():
    row = claim().judge(torch.ones(1, 50) + torch.rand(50), torch.zeros(50))
    assert row[4].endswith("± ?")
    assert row[5] == "open"


@pytest.mark.parametrize("rival", [torch.zeros(1), torch.zeros(3, 100), torch.zeros(99)])
def test_values_that_are_no_pairs_are_refused(rival: torch.Tensor):
    with told(ValueError, "ours and rival must have one shape, got"):
        claim().judge(torch.ones(100), rival, paired=True)


@pytest.mark.parametrize(
    ("values", "error", "sentence"),
    [
        ([1.0, 2.0], TypeError, "values must be a torch tensor, got list"),
        (torch.ones(3, dtype=torch.int64), TypeError, "values must hold floats"),
        (torch.tensor([1.0, torch.nan]), ValueError, "values must hold finite numbers"),
        (torch.ones(2, 2, 2), ValueError, "values must have shape .* got .2, 2, 2."),
        (torch.ones(0), ValueError, "values must have shape .* got .0,."),
    ],
)
def test_refuses_what_has_no_error(values: object, error: type, sentence: str):
    with pytest.raises(error, match=sentence):
        errors(values)
