"""The checks against right, wrong and hostile answers; and their promise to leave all else alone."""

import random
import re
import time

import answers
import numpy as np
import pytest
import solutions
import torch
from answers._02_reparameterization import seeded

from vae_helpers import checks, vae_loss

pytestmark = pytest.mark.slow  # well over a thousand answers

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
        ("reparameterize_exponential", "base 2"),
        ("score_function_gradient", "root of sigma"),
        ("monte_carlo_kl", "latent dimensions share"),
    ],
)
def test_random_answers_are_told_apart_for_200_seeds(name, closest):
    """The right answer, and the wrong one whose distribution is closest to it."""
    right, check = getattr(solutions, f"my_{name}"), getattr(checks, name)
    wrong = dict(answers.WRONG[name])[closest]
    assert all(check(right, seed) for seed in range(200))
    assert all(closest in check(wrong, seed).message for seed in range(200))


@pytest.mark.parametrize("name", ["gaussian_loss", "hidden_beta", "output_bias", "rotate_latent_space"])
def test_other_inputs_for_200_seeds(name):
    right, (words, wrong) = getattr(solutions, f"my_{name}"), answers.WRONG[name][0]
    for seed in range(200):
        assert getattr(checks, name)(right, seed)
        assert words in getattr(checks, name)(wrong, seed).message


@pytest.mark.parametrize(
    ("name", "wrong", "solution"),
    [
        ("reparameterize", lambda mu, logvar: mu + torch.randn_like(mu) ** 3, "exp(logvar / 2)"),
        ("reparameterize_exponential", lambda rate: torch.rand_like(rate) ** 2 / rate, "log"),
        ("score_function_gradient", lambda f, mu, sigma, n: f(torch.rand(n)), "(z - mu)"),
        (
            "monte_carlo_kl",
            lambda mu, logvar, n: torch.randn(len(mu)) + mu.sum(1) / n + logvar.sum(1),
            "log_prob",
        ),
        ("mean_code", lambda mu, labels, digit: mu[labels == digit].mean(0) + 1, "labels == digit"),
        ("interpolate", lambda z_a, z_b, steps: torch.lerp(z_a, z_b, torch.rand(steps, 1)), "1 - t"),
        (
            "rotate_latent_space",
            lambda z, weight, rotation: (z @ rotation.T, -weight @ rotation.T),
            "@ rotation",
        ),
        ("output_bias", lambda images: images.flatten(1).mean(0) + 9, "logit"),
        ("gaussian_loss", lambda recon, x, sigma: (x - recon).flatten(1).sum(1) * sigma, "sigma^2"),
        ("hidden_beta", lambda weight, sigma: weight + sigma, "weight * 784"),
    ],
)
def test_a_message_for_any_wrong_answer_leaves_the_solution_to_find(name, wrong, solution):
    result = getattr(checks, name)(wrong)
    assert result.status == "failed"
    assert solution not in result.message


@pytest.mark.parametrize(
    ("name", "nearly_right"),
    [
        ("to_unit_interval", lambda raw: raw / 255 * 1.00015),
        ("vae_loss", lambda *given: tuple(loss * 1.00015 for loss in solutions.my_vae_loss(*given))),
        ("training_step", lambda *given: solutions.my_training_step(*given) * 1.00015),
        ("gaussian_loss", lambda *given: solutions.my_gaussian_loss(*given) * 1.0003),
    ],
)
def test_two_numbers_that_differ_are_shown_to_differ(name, nearly_right):
    message = getattr(checks, name)(nearly_right).message
    pairs = r"become ([\d.]+); yours becomes ([\d.]+)\.|be ([\d.]+) nats .*; yours is ([\d.]+)\.|"
    pairs += r"return ([\d.]+) and its loss is ([\d.]+)\.|have ([-\d.]+) nats, and has ([-\d.]+)\."
    first, second = (number for number in re.search(pairs, message).groups() if number)
    assert first != second


@pytest.mark.parametrize(
    ("name", "undefined"),
    [
        ("to_unit_interval", lambda raw: (raw / 255 - 2).log()),
        ("log_mean_exp_bound", lambda log_w: (log_w.exp().mean(0) - 99).log()),
        ("mean_code", lambda mu, labels, digit: mu[labels == digit].mean(0) / 0),
    ],
)
def test_nan_is_not_blamed_on_a_name_of_another_notebook(name, undefined):
    message = getattr(checks, name)(undefined).message
    assert "nan" in message
    assert "logvar" not in message


def test_a_message_followed_to_the_letter():
    """A loss without its backward, then with the one that the message writes."""

    def step(backward):
        def my_training_step(vae, optimizer, x):
            optimizer.zero_grad()
            logits, mu, logvar = vae(x)
            loss = vae_loss(logits, x, mu, logvar)
            exec(backward, {"loss": loss})
            optimizer.step()
            return loss.total.item()

        return checks.training_step(my_training_step)

    (missing,) = re.findall(r"`(.+\(\))` is missing", step("").message)
    assert step(missing)


def test_a_zero_among_uniform_draws_is_only_remarked_on():
    result = checks.reparameterize_exponential(lambda rate: -torch.log(torch.rand_like(rate)) / rate)
    assert result
    assert "1 - u" in result.message
    assert "remark" not in checks.reparameterize_exponential(solutions.my_reparameterize_exponential).message


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
