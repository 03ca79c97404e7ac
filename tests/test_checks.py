"""The checks against right, wrong and hostile answers; and their promise to leave all else alone."""

import random
import time

import answers
import numpy as np
import pytest
import solutions
import torch
from answers._02_reparameterization import seeded

from vae_helpers import checks

EXERCISES = [name for name in checks.__all__ if name != "CheckResult"]
RIGHT = [(name, function) for name in EXERCISES for function in answers.RIGHT[name]]
WRONG = [(name, words, function) for name in EXERCISES for words, function in answers.WRONG[name]]


def stub(*given):
    """An exercise that nobody has touched."""
    raise NotImplementedError


def test_every_exercise_has_enough_answers():
    for name in EXERCISES:
        assert len(answers.RIGHT[name]) >= 3
        assert len(answers.WRONG[name]) >= 5


@pytest.mark.parametrize(("name", "function"), RIGHT)
def test_right_answers_pass(name, function):
    for seed in range(3):
        result = getattr(checks, name)(function, seed)
        assert result.passed, result.message


@pytest.mark.parametrize(("name", "words", "function"), WRONG)
def test_wrong_answers_get_their_sentence(name, words, function):
    for seed in range(3):
        result = getattr(checks, name)(function, seed)
        assert result.status == "failed"
        assert words.lower() in result.message.lower()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "closest"),
    [
        ("reparameterize", "is uniform"),
        ("score_function_gradient", "root of sigma"),
        ("monte_carlo_kl", "latent dimensions share"),
    ],
)
def test_random_answers_are_told_apart_for_200_seeds(name, closest):
    """The right answer, and the wrong one whose distribution is closest to it."""
    right, check = getattr(solutions, f"my_{name}"), getattr(checks, name)
    wrong = dict(answers.WRONG[name])[closest]
    assert all(check(right, seed).passed for seed in range(200))
    assert all(closest in check(wrong, seed).message for seed in range(200))


@pytest.mark.parametrize("name", EXERCISES)
def test_a_stub_is_not_attempted(name):
    result = getattr(checks, name)(stub)
    assert (result.status, result.passed) == ("not attempted", False)
    assert f"my_{name}" in result.message


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError


def raising(error):
    def answer(*given):
        raise error

    return answer


HOSTILE = {
    "an error": raising(ValueError("no `idea`\nat all")),
    "an exit": raising(SystemExit(1)),
    "an unprintable error": raising(Unprintable()),
    "an error of torch's own": lambda *given: torch.randn(3, dtype=torch.uint8),
    "no argument taken": lambda: None,
    "endless recursion": lambda *given: HOSTILE["endless recursion"](*given),
    "None": lambda *given: None,
    "a string": lambda *given: "z",
    "an array": lambda *given: np.zeros(3),
    "a class": lambda *given: torch.Tensor,
    "an empty tensor": lambda *given: torch.empty(0),
    "a sparse tensor": lambda *given: torch.zeros(4, 3).to_sparse(),
    "a tensor without data": lambda *given: torch.zeros(4, 3, device="meta"),
    "a complex tensor": lambda *given: torch.zeros(4, 3, dtype=torch.complex64),
    "three of nothing": lambda *given: (None, None, None),
    "nan": lambda *given: torch.tensor(torch.nan),
    "the first input": lambda *given: given[0],
    "no function": 3.0,
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", EXERCISES)
def test_hostile_answers_get_a_sentence(name, answer):
    result = getattr(checks, name)(answer)
    assert result.status == "failed"
    assert 20 < len(result.message) < 400
    assert "\n" not in result.message


def test_nan_in_the_right_shape_is_named():
    assert "nan" in checks.reparameterize(lambda mu, logvar: mu / 0 * 0).message
    assert "nan" in checks.kl_divergence(lambda mu, logvar: (mu / 0 * 0).sum(1)).message


def test_an_error_names_its_line():
    cell = compile("def f(mu, logvar):\n    eps = 1\n    return mu + eps + torch.zeros(7)", "cell", "exec")
    names = {"torch": torch}
    exec(cell, names)
    assert (
        "stops in line 3 of its cell with `RuntimeError: The size of"
        in checks.reparameterize(names["f"]).message
    )


@pytest.mark.parametrize("name", EXERCISES)
def test_a_check_leaves_the_random_states_alone_and_repeats_itself(name):
    def states():
        return [torch.random.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()]  # noqa: NPY002

    check = getattr(checks, name)
    before = states()
    results = [
        check(answer)
        for answer in (
            getattr(solutions, f"my_{name}"),
            seeded(getattr(solutions, f"my_{name}")),
            stub,
        )
        for _ in range(2)
    ]
    assert states() == before
    assert [repr(result) for result in results[::2]] == [repr(result) for result in results[1::2]]


@pytest.mark.parametrize("name", EXERCISES)
def test_a_check_takes_less_than_a_second(name):
    for answer in (getattr(solutions, f"my_{name}"), answers.WRONG[name][0][1]):
        start = time.process_time()
        getattr(checks, name)(answer)
        assert time.process_time() - start < 1


def test_gradients_are_on_whatever_surrounds_the_check():
    with torch.inference_mode():
        assert checks.reparameterize(solutions.my_reparameterize).passed
        assert checks.training_step(solutions.my_training_step).passed


def test_only_a_passed_result_is_true():
    for function, passed in ((solutions.my_flatten_batch, True), (torch.flatten, False), (stub, False)):
        assert bool(checks.flatten_batch(function)) is passed


def test_a_result_shows_itself_in_a_cell():
    result = checks.flatten_batch(solutions.my_flatten_batch)
    assert repr(result) == "flatten_batch: passed. Row i holds image i, pixel by pixel."
    assert result._repr_markdown_() == "**`flatten_batch`: passed.** Row i holds image i, pixel by pixel."
