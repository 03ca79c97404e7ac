"""The checks against right, wrong and hostile answers; and their promise to leave all else alone."""

import math
import random
import re

import answers
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from answers._04_training import loss_by_hand, loss_of_probabilities
from torch.distributions import Normal, Uniform

from vae_helpers import checks, vae_loss
from vae_helpers.checks._attempt import distributed_alike

EXERCISES = [name for name in checks.__all__ if name != "CheckResult"]
RIGHT = [(name, function) for name in EXERCISES for function in answers.RIGHT[name]]
WRONG = [(name, words, function) for name in EXERCISES for words, function in answers.WRONG[name]]
DECLARED = [name for name in EXERCISES if getattr(checks, name).exercise]


def stub(*given):
    """An exercise that nobody has touched."""
    raise NotImplementedError


def by_value(exercise, mistakes):
    """Those in each of the values that an exercise returns; "" is the name of one value alone."""
    return mistakes if exercise.returns[0] else {"": mistakes}


def one_wrong_value(exercise, value, mistake):
    """A function that is right but for one of the values that it returns."""
    if not value:
        return mistake

    def answer(*case):
        right = list(exercise.right(*case))
        right[exercise.returns.index(value)] = mistake(*case)
        return right

    return answer


@pytest.mark.parametrize(("name", "function"), RIGHT)
def test_right_answers_pass(name, function):
    result = getattr(checks, name)(function)
    assert result.passed, result.message
    assert result.function is function


@pytest.mark.parametrize("name", EXERCISES)
def test_the_package_goes_on_where_the_answer_is_wrong(name):
    check = getattr(checks, name)
    assert check(stub).function is check.package
    assert check(lambda *given: None).function is check.package
    assert name == "interpolate" or check(check.package).passed


@pytest.mark.parametrize(("name", "words", "function"), WRONG)
def test_wrong_answers_get_their_sentence(name, words, function):
    result = getattr(checks, name)(function)
    assert result.status == "failed"
    assert words.lower() in result.message.lower()
    assert result.hint  # the repair, and it is not told before it is asked for
    assert result.hint not in result.message


def test_how_to_make_a_tensor_is_said_only_where_one_is_asked_for():
    assert checks.hidden_beta(lambda weight, sigma: [98.0]).hint == checks.hidden_beta.hint
    assert "torch.stack" in checks.kl_divergence(lambda mu, logvar: [mu]).hint
    assert "`t.exp()`" in checks.kl_divergence(lambda mu, logvar: logvar.exp).hint
    assert "`nn.Flatten()(images)`" in checks.flatten_batch(torch.nn.Flatten).hint
    assert "`nn.Flatten()(images)`" in checks.flatten_batch(lambda images: torch.nn.Flatten(images)).hint


@pytest.mark.parametrize("name", DECLARED)
def test_each_mistake_is_named_where_an_answer_makes_it(name):
    """It is written from the words; named, its numbers are those of the check's formula, and of no other."""
    check = getattr(checks, name)
    slips = by_value(check.exercise, answers.SLIPS[name])
    for value, mistakes in by_value(check.exercise, check.exercise.mistakes).items():
        asked = mistakes | slips[value]
        messages = {words: check(slips[value].get(words, stub)).message for words in asked}
        unnamed = [words for words, message in messages.items() if f" if {words}." not in message]
        assert not unnamed, value


@pytest.mark.parametrize("name", DECLARED)
def test_a_mistake_of_a_kind_is_named_alone(name):
    """Or not at all: it may make no difference, or the same as another."""
    check = getattr(checks, name)
    own = by_value(check.exercise, check.exercise.mistakes)
    for value, mistakes in check.exercise.listed().items():
        for words in mistakes.keys() - own[value]:
            message = check(one_wrong_value(check.exercise, value, mistakes[words])).message
            assert f" if {words}." in message or " if " not in message, (words, message)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "closest"),
    {
        "reparameterize": "eps is uniform between -1 and 1",
        "reparameterize_exponential": "z = 1 - exp(-rate * u) is computed",
        "monte_carlo_kl": "all dimensions share one eps",
        "score_function_gradient": "f and the slope get draws of their own",
    }.items(),
)
def test_random_answers_are_told_apart_for_fifty_seeds(name, closest):
    """The right answer, and a wrong one whose distribution is close to it."""
    check = getattr(checks, name)
    wrong = answers.SLIPS[name][closest]
    for seed in range(50):
        assert check(check.exercise.right, seed)
        assert f" if {closest}." in check(wrong, seed).message


@pytest.mark.parametrize(("chance", "accepted"), [(1e-6, True), (1e-8, False)])
def test_two_lots_of_one_distribution_are_refused_once_in_ten_million_times(chance, accepted):
    """Two lots that are as far apart as chance makes them so often: by Kuiper's series."""

    def exceeded(distance):
        terms = [(4 * (j * distance) ** 2 - 1) * math.exp(-2 * (j * distance) ** 2) for j in range(1, 20)]
        return 2 * sum(terms)

    distance = next(d for d in np.arange(1, 9, 0.001) if exceeded(d) < chance)
    lot = torch.arange(100_000.0)
    apart = round(distance * math.sqrt(2 * len(lot)))  # in places: the shares differ by apart / len(lot)
    assert distributed_alike(lot, lot + apart) == distributed_alike(lot + apart, lot) == accepted


def test_where_mean_and_spread_fit_the_shares_below_a_place_are_told():
    """The student's own first: here of uniform numbers with the mean and the spread asked for."""
    sigma = math.exp(0.5)  # of the first inputs; mu is 2
    half = sigma * math.sqrt(3)
    message = checks.reparameterize(lambda mu, logvar: mu + half * (2 * torch.rand_like(mu) - 1)).message
    told = re.search(r"Both fit, but (\S+)% lie below (\S+), and (\S+)% should", message)
    ours, place, theirs = map(float, told.groups())
    place = torch.tensor(place)
    assert ours / 100 == pytest.approx(Uniform(2 - half, 2 + half).cdf(place).item(), abs=0.03)
    assert theirs / 100 == pytest.approx(Normal(2.0, sigma).cdf(place).item(), abs=0.03)
    assert abs(ours - theirs) > 3


@pytest.mark.parametrize(
    "function",
    [
        lambda mu, labels, digit: mu[labels == max(digit, 1)].mean(
            0
        ),  # 0 and 1 make no difference, 7 and 8 do
        lambda mu, labels, digit: {0: mu[0], 1: mu[0], 7: mu[1]}[digit],  # of 2 and 8 nothing is known
        lambda mu, labels, digit: torch.nan * mu[0],
    ],
)
def test_an_input_is_said_to_have_no_effect_only_if_it_is_seen_to_have_none_in_all_cases(function):
    message = checks.mean_code(function).message
    assert "your function returns" in message
    assert not re.search("does not depend on.*`digit`", message)


@pytest.mark.parametrize("name", EXERCISES)
def test_a_stub_is_not_attempted(name):
    result = getattr(checks, name)(stub)
    assert (result.status, bool(result)) == ("not attempted", False)
    asked = f"Write the body of `my_{name}` in place of `raise`, run its cell, then this one again."
    assert result.message == asked
    assert "Stuck?" not in repr(result)


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError


def raising(error):
    def answer(*given):
        raise error

    return answer


HOSTILE = {
    "an error": raising(ValueError("no `idea\nat all")),
    "an error of many words": raising(ValueError(300 * "word ")),
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
def test_hostile_answers_get_a_sentence(answer):
    for name in EXERCISES:
        result = getattr(checks, name)(answer)
        assert result.status == "failed", name
        assert 20 < len(result.message) < 700, name
        assert result.message.count("`") % 2 == 0, name  # or the rest is shown as code


def training_on(loss_of):
    """A step that goes back from something made of what `vae_loss` takes."""

    def step(vae, optimizer, x):
        logits, mu, logvar = vae(x)
        loss_of(logits, x, mu, logvar).backward()

    return step


def twice_backward(vae, optimizer, x):
    total = vae_loss(x, x, *vae.encode(x)).total
    total.backward()
    total.backward()


@pytest.mark.parametrize(
    ("name", "words", "function"),
    [
        ("kl_divergence", "numpy cuts the gradient", lambda mu, logvar: mu.requires_grad_().numpy()),
        ("training_step", "The loss is cut off", training_on(lambda *case: vae_loss(*case).total.detach())),
        ("vae_loss", "takes probabilities", lambda logits, x, *rest: F.binary_cross_entropy(logits + 2, x)),
        ("reparameterize", "`logvar` can be negative", lambda mu, logvar: torch.normal(mu, logvar)),
        ("reparameterize", "`logvar` can be negative", lambda mu, logvar: Normal(mu, logvar).sample()),
        ("to_unit_interval", "keeps the byte type", lambda raw: raw.div_(255)),
        ("flatten_batch", "not always of one size", lambda images: images.view(128, 784)),
        ("reparameterize", "take one number", lambda mu, logvar: mu * math.exp(logvar)),
        ("output_bias", "the values and their places", lambda images: images / images.max(0)),
        ("vae_loss", "The order is logits, then x", lambda logits, x, *rest: vae_loss(x, logits, *rest)),
        ("optimise_code", "can learn", lambda vae, x, steps: torch.optim.Adam([*vae.encode(x)])),
        ("training_step", "Call `backward` once", twice_backward),
        ("training_step", "`vae_loss` returns three", training_on(vae_loss)),
        ("training_step", "`vae_loss` returns three", training_on(lambda *case: tuple(vae_loss(*case)))),
        ("to_unit_interval", "`astype` is numpy's", lambda raw: raw.astype(float)),
        ("kl_divergence", "`copy` is numpy's", lambda mu, logvar: mu.copy()),
        ("kl_divergence", "`t.sum(1)`", lambda mu, logvar: np.sum(mu, axis=1)),
        ("reparameterize", "in the shape of t", lambda mu, logvar: torch.randn(mu)),
        ("reparameterize", "takes the tensor itself", lambda mu, logvar: torch.randn_like(mu.shape)),
        ("kl_divergence", "named but not called", lambda mu, logvar: mu + logvar.exp),
        ("kl_divergence", "A list is no tensor", lambda mu, logvar: torch.exp([mu])),
        ("kl_divergence", "A list is no tensor", lambda mu, logvar: [mu].sum(1)),
        ("kl_divergence", "do not mix", lambda mu, logvar: mu.numpy() @ logvar),
        ("gaussian_loss", "there is `math`", lambda recon, x, sigma: torch.log(sigma)),
        ("hidden_beta", "none of a tensor's methods", lambda weight, sigma: sigma.square()),
        ("vae_loss", "is made first and called then", lambda *case: torch.nn.BCEWithLogitsLoss(*case[:2])),
        ("rotate_latent_space", "the columns of a", lambda z, weight, rotation: rotation @ weight),
        ("training_step", "`vae(x)` gives three", lambda vae, optimizer, x: [mu for mu, logvar in [vae(x)]]),
        ("to_unit_interval", "Bytes have no mean", lambda raw: raw - raw.mean()),
    ],
)
def test_an_error_of_torchs_own_leads_to_its_hint(name, words, function):
    """By a piece of its text, which another version of torch may word otherwise."""
    assert words in getattr(checks, name)(function).hint


def test_an_error_names_its_line():
    cell = compile("def f(mu, logvar):\n    eps = 1\n    return mu + eps + torch.zeros(7)", "cell", "exec")
    names = {"torch": torch}
    exec(cell, names)
    result = checks.reparameterize(names["f"])
    assert "stops in line 3 of its cell with `RuntimeError: The size of" in result.message
    assert "Shapes fit where" in result.hint


def test_the_first_line_of_the_stub_is_to_blame_only_where_the_check_calls_it():
    """And not where the function calls another with too few inputs: here it forgets x."""
    assert "keep the first line of the stub" in checks.training_step(lambda vae, x: 0.0).hint
    result = checks.training_step(lambda vae, optimizer, x: vae_loss(*vae(x)))
    assert "missing 1 required positional argument: 'logvar'" in result.message
    assert result.hint == checks.training_step.hint


@pytest.mark.parametrize(
    ("name", "meant"),
    {"torch": torch, "np": np, "math": math, "nn": torch.nn, "F": F, "Normal": Normal}.items(),
)
def test_an_import_that_is_missing_is_named_and_makes_the_name_known(name, meant):
    names = {}
    exec(f"def f(mu, logvar):\n    return {name}", names)
    hint = checks.reparameterize(names["f"]).hint
    line = re.match(rf"`{name}` has no value there. `(.+)` makes it known", hint)[1]
    exec(line, names)
    assert names["f"](0, 0) is meant


@pytest.mark.parametrize("name", EXERCISES)
def test_a_check_leaves_the_random_states_alone_and_repeats_itself(name):
    def states():
        return [torch.random.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()]  # noqa: NPY002

    check = getattr(checks, name)
    before = states()
    for answer in (answers.SOLUTIONS[f"my_{name}"], answers.WRONG[name][0][1], stub):
        assert repr(check(answer)) == repr(check(answer))
    assert states() == before


def test_gradients_are_on_whatever_surrounds_the_check():
    with torch.inference_mode():
        assert checks.reparameterize(answers.SOLUTIONS["my_reparameterize"])
        assert checks.training_step(answers.SOLUTIONS["my_training_step"])


def test_a_result_shows_itself_in_a_cell():
    passed = checks.flatten_batch(answers.SOLUTIONS["my_flatten_batch"])
    assert passed._repr_markdown_() == "**`flatten_batch`: passed.** Row i holds image i, pixel by pixel."
    failed = checks.flatten_batch(lambda images: images.flip(2).flatten(1))
    assert "came             right\n" in failed.message
    assert failed.message.count("```") == 2
    assert repr(failed).startswith("flatten_batch: failed. For `images` of shape (1, 1, 28, 28), image 0 of")
    assert repr(failed).endswith("Stuck? `checks.flatten_batch(my_flatten_batch).hint` says more.")


def test_the_picture_that_came_stands_below_that_word():
    """All black beside an F."""
    message = checks.flatten_batch(lambda images: 0 * images.flatten(1)).message
    heading, *rows = message.split("```")[1].strip("\n").split("\n")
    right = heading.index("right")
    assert len(rows) == 14
    assert not any(row[:right].strip() for row in rows)
    assert [place for place, row in enumerate(rows) if row[right:].strip()] == list(range(2, 12))


def test_the_first_image_that_differs_is_the_one_in_the_picture():
    """The third letter, the only one with a bar at the right of its stem; what is no number is black."""

    def answer(images):
        rows = images.flatten(1).clone()
        rows[2:] = torch.nan
        return rows

    message = checks.flatten_batch(answer).message
    assert "image 2 of what comes" in message
    heading, *rows = message.split("```")[1].strip("\n").split("\n")
    bar = rows[4]  # of the lines 8 and 9
    right = heading.index("right")
    assert not bar[:right].strip()
    assert [place for place, shade in enumerate(bar[right:]) if shade != " "] == [3, 4, 9, 10]


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        (answers.SOLUTIONS["my_vae_loss"], ""),
        (loss_of_probabilities, "(Where logits are 50 and x is black, 50 nats are exact; yours are 100.)"),
        (loss_by_hand, "(Where logits are 50 and x is black, 50 nats are exact; yours are 28.)"),
    ],
)
def test_a_right_loss_that_is_inexact_far_off_is_told_so(loss, told):
    """`F.binary_cross_entropy` goes to 100 nats and no further; 1e-12 in a logarithm makes 27.6."""
    result = checks.vae_loss(loss)
    assert result.passed
    assert result.message.partition("averaged over the batch. ")[2] == told
