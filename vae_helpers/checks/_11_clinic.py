"""Exercises of notebook 11: a first answer that draws the average image, and what is wrong with a run."""

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import torch
from torch import Tensor

from vae_helpers._inputs import shown
from vae_helpers.beyond.evidence import table
from vae_helpers.checks._attempt import Attempt, Case, Wrong
from vae_helpers.checks._exercise import check, exercise
from vae_helpers.checks._words import what_came
from vae_helpers.checks.result import plain


def _log_odds(p: Tensor) -> Tensor:
    """Those of probabilities that are kept a little away from 0 and 1."""
    return p.clamp(1e-4, 1 - 1e-4).logit()


def _of(average: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The log-odds of some average of the images."""
    return lambda images: _log_odds(average(images.flatten(1)))


def _images() -> list[Case]:
    pixels = torch.linspace(0.2, 0.5, 784) + 0.38 * (torch.rand(200, 784) - 0.5)
    ends = pixels.clone()
    ends[:, :9], ends[:, 9:12] = 0, 1  # pixels that are black, or white, in all images
    return [(pixels.view(200, 1, 28, 28),), (ends.view(200, 1, 28, 28),)]


def _alike(bias: Tensor, right: Tensor, images: Tensor) -> Tensor:
    """Where two offsets agree to 0.05, or the pixel never varies: that is looked at last."""
    return ((bias - right).abs() < 0.05) | (images.amax((0, 1)) == images.amin((0, 1))).flatten()


def _ends(attempt: Attempt) -> str:
    """What is said of pixels that never vary, and what they cost where they do."""
    ((images,),) = _images()[1:]
    bias, mean = attempt(images)[:12], images.mean(0).flatten()[:12]  # the pixels that never vary
    shades = 9 * ["black"] + 3 * ["white"]
    off, size = (bias.sigmoid() - mean).abs(), bias.abs()
    if off.max() > 0.011:
        shade = shades[int(off.argmax())]
        raise Wrong(
            f"Right for pixels that vary. One that is {shade} in all images is off by p = {off.max():.2g}."
        )
    cost = plain(size.max().item(), 2)
    if not size.max() < 100:
        shade = shades[int(size.argmax())]
        raise Wrong(
            f"Right for pixels that vary. But where a pixel is {shade} in all images, the offset has size "
            f"{cost}: a new image in which it is the other way round costs {cost} nats more.",
            "Keep the average a little away from 0 and from 1, with `clamp`, before its logarithm is taken.",
        )
    return f"A pixel that is black, or white, in all images, and not in a new one, costs at most {cost} nats."


@exercise(
    inputs=_images,
    mistakes={
        "it is the average image": lambda images: images.mean(0).flatten(),
        "it is the average image minus 1/2": lambda images: images.mean(0).flatten() - 0.5,
        "a sigmoid is taken of the average image": lambda images: images.mean(0).flatten().sigmoid(),
        "the log-odds of the images are averaged": lambda images: _log_odds(images).mean(0).flatten(),
        "ln p is taken, without ln(1 - p)": lambda images: images.mean(0).flatten().clamp(1e-4).log(),
        "all pixels get one number, the average pixel's": lambda images: _log_odds(images.mean()).expand(784),
        "the median of the images is taken": _of(lambda rows: rows.median(0).values),
        "the first image is taken": _of(lambda rows: rows[0]),
        "the images are added up": _of(lambda rows: rows.sum(0)),
    },
    close=_alike,
    dtype=torch.float32,
    after=_ends,
    praise="An untrained decoder with this bias draws the average image.",
    hint="Solve p = 1 / (1 + exp(-b)) for b, where p is the average image, `images.mean(0).flatten()`, kept "
    "a little away from 0 and 1 with `clamp(1e-4, 1 - 1e-4)`.",
)
def output_bias(images: Tensor) -> Tensor:
    """The offsets `(784,)` of the last layer with which an untrained model draws the average image."""
    return _log_odds(images.mean(0).flatten())


class Log(NamedTuple):
    """One log of the clinic; the causes are numbered as in the notebook's table."""

    cause: int
    lines: Sequence[int]  # epochs whose line tells this cause from all others; the first is the one to name
    reason: str
    test: str  # the cheapest of the notebook's tests that shows it before a run
    hint: str  # where to look, for who has named another cause


CAUSES, EPOCHS = 15, 5
BEFORE = "the loss before training"
HALVES = "the two halves apart"
CODES = "the share of numbers below 0 in the codes"
BY_HEART = "one batch by heart"
AVERAGE = "the average image built in"
TESTED = "the test program on training images"
CASES = {
    "A": Log(
        cause=7,  # the reconstruction is averaged over the pixels
        lines=range(6),
        reason="0.70 is the healthy 550.26 divided by 784. The KL then weighs 784 times too much, and the "
        "model collapses: 0.26 is the average image's 206 divided by 784.",
        test=BEFORE,
        hint="Divide the healthy reconstruction by this one, in the same line.",
    ),
    "B": Log(
        cause=2,  # bytes from 0 to 255
        lines=range(1),
        reason="Infinite before the first step, so no step and no gradient is to blame. Pixels that are 255 "
        "times too large make `logvar` too large for `exp`.",
        test=BEFORE,
        hint="Line 0 is written before any step. Which causes can show themselves there?",
    ),
    "C": Log(
        cause=1,  # standardised pixels
        lines=range(1, 6),
        reason="A reconstruction below 0. For x between 0 and 1, -x ln p - (1 - x) ln(1 - p) is never "
        "negative; for other x nothing stops its fall.",
        test=f"{BY_HEART}, which falls below 0",
        hint="One column holds numbers that cannot be. Which, and what makes them possible?",
    ),
    "D": Log(
        cause=4,  # a plain draw
        lines=range(1, 6),
        reason="The KL is 0.00 while loss = reconstruction + KL, and 208 is the average image's loss: "
        "collapse. The encoder feels only the KL, and empties its codes.",
        test=f"{BY_HEART}, which stays near 200",
        hint="Compare the loss that it ends with to the average image's. Is the loss the reconstruction plus "
        "KL?",
    ),
    "E": Log(
        cause=10,  # beta is 30
        lines=range(6),
        reason="553.23 - 550.26 = 2.97, and that is 30 times 0.10. So large a price empties the codes: "
        "collapse.",
        test=HALVES,
        hint="Subtract the reconstruction from the loss, and compare with the KL.",
    ),
    "F": Log(
        cause=13,  # the step size is 0.3
        lines=range(1, 4),
        reason="Line 0 is healthy, and over the next epoch the KL is 81,358: the first steps throw the codes "
        "far away. At the end of that epoch the test still pays more than the average image. (Its last lines "
        "could be B's.)",
        test=f"{BY_HEART}, which stays above 200",
        hint="Line 0 is healthy, and line 1 is not: the steps did it. How far have they thrown the codes?",
    ),
    "G": Log(
        cause=6,  # targets cut wrongly
        lines=(2, 3, 4, 5, 0),
        reason="282 nats, while the average image costs 206, and a KL of nearly 0: what is to be drawn has "
        "nothing to do with what the encoder sees. (Line 0 tells, too: its KL is the healthy one, its "
        "reconstruction is not.)",
        test=f"{AVERAGE}, which costs more than 500",
        hint="It ends far above the average image's loss. What does its KL say about the codes? And its line "
        "0?",
    ),
    "H": Log(
        cause=12,  # no zero_grad
        lines=range(2, 6),
        reason="Still above the average image's 206 after two epochs and after five, and yet its KL rises: "
        "it moves, but along all gradients since the start instead of the latest.",
        test=f"{BY_HEART}, which stays above 200",
        hint="Its KL rises, and still the average image is better. What do its steps follow?",
    ),
    "I": Log(
        cause=15,  # the test decodes mu
        lines=range(6),
        reason="544.07 on the test images, 550.36 in training. Nothing has been learned yet, so they should "
        "agree, as in the healthy log. Later the test loss reads up to 9 nats too little.",
        test=TESTED,
        hint="Three columns are healthy. Compare the fourth with the healthy log's, line by line, from line "
        "0.",
    ),
    "J": Log(
        cause=3,  # a ReLU on mu and logvar
        lines=range(6),
        reason="Before any step its KL is 0.04, and the healthy one 0.10: what the encoder returns has "
        "changed, and not by larger pixels, for these make the KL larger. Where a ReLU has the last word, no "
        "mu and no logvar is below 0. The model learns with what is left, and is 44 nats behind after five "
        "epochs.",
        test=CODES,
        hint="All columns move as they should, only too little. Compare its line 0 with the healthy one to "
        "the last digit: which half is smaller?",
    ),
    "K": Log(
        cause=5,  # a sigmoid applied twice
        lines=range(6),
        reason="It starts at 713 and ends at 543, which is 784 ln 2. The logits are probabilities already, "
        "never below 0, so the second sigmoid makes at least one half of each. Most pixels are black: one "
        "half is the best that is left.",
        test=BEFORE,
        hint="It ends at the price of one half everywhere, and starts far above it. What must logits be, so "
        "that p is never small?",
    ),
    "L": Log(
        cause=11,  # sigma read as logvar
        lines=range(6),
        reason="The reconstruction of line 0 is the healthy one to the last digit, so the codes are, too; "
        "but their KL reads 7.40 in place of 0.10. It is smallest where sigma is 0. So narrow clouds cost "
        "nothing, and the loss is too good to be true.",
        test=HALVES,
        hint="Its loss is better than the healthy one. In line 0, one half is healthy to the last digit; "
        "what of the other?",
    ),
}


def _diagnosed() -> dict[str, tuple[int, int]]:
    """The cause of each log, and the first line that tells it from all others."""
    return {name: (case.cause, case.lines[0]) for name, case in CASES.items()}


@check(
    package=_diagnosed,
    hint="Four questions find most causes. Is line 0 the healthy one, in both halves? Is the loss the "
    "reconstruction plus the KL? Where does the run end: near the average image, above, or below? Is the "
    "test loss where it should be?",
)
def diagnosis(attempt: Attempt) -> str:
    """Check `() -> {"A": (cause, epoch), ...}`: what is wrong in each log, and a line that decides."""
    answer = attempt()
    if not isinstance(answer, dict):
        raise Wrong(
            f'Your function returns {what_came(answer)}; a dict is asked for, such as `{{"B": (6, 3)}}`.'
        )
    for name in answer:
        if name not in CASES:
            raise Wrong(f"There is no log {_shown(name)}: they are called A to L, in capital letters.")
    verdicts = [_verdict(name, case, answer.get(name)) for name, case in CASES.items()]
    shown_verdicts = table(["log", "verdict", "why, or where to look"], *map(list, verdicts)).data
    right = sum(verdict == "right" for _, verdict, _ in verdicts)
    if right < len(CASES):
        raise Wrong(f"Right so far: {right} of {len(CASES)} logs.\n\n{shown_verdicts}")
    return f"All {right} logs are diagnosed.\n\n{shown_verdicts}"


def _verdict(name: str, case: Log, given: Any) -> tuple[str, str, str]:
    """The row of one log: its name, a verdict in a word or two, and a reason or a hint."""
    if given is None:
        return name, "open", "Not diagnosed yet."
    cause, line = _two_numbers(name, given)
    if cause != case.cause:
        return name, "another cause", case.hint
    if line not in case.lines:
        return name, "another line", "The cause is right. In that line, another cause could look the same."
    decides = f"Line {case.lines[0]} decides. {case.reason}"
    return name, "right", f"{decides} *Shown before a run by* {case.test}."


def _two_numbers(name: str, given: Any) -> tuple[int, int]:
    """The cause and the epoch of one log, which exist."""
    whole = isinstance(given, tuple | list) and len(given) == 2
    if not whole or not all(isinstance(n, Integral) and not isinstance(n, bool) for n in given):
        raise Wrong(
            f"Give log {name} two whole numbers, the cause and an epoch, as in `(6, 3)`; yours is "
            f"{_shown(given)}."
        )
    cause, line = map(int, given)
    if not 1 <= cause <= CAUSES:
        raise Wrong(f"You give log {name} the cause {cause}: they are numbered from 1 to {CAUSES}.")
    if not 0 <= line <= EPOCHS:
        raise Wrong(f"You give log {name} the epoch {line}: its lines are those of epochs 0 to {EPOCHS}.")
    return cause, line


def _shown(value: Any) -> str:
    return shown(value).replace("`", "'")  # in a message, ` is Markdown
