"""What the saved notebooks must conclude, written by hand: nbval holds change, and these hold truth.

An anchor is one line: the start of a notebook's name, the words before a number in its outputs, the number,
how far it may be off, and why it must be so. Three dots stand for the rest of a line: "Epoch [10/10] ... KL".
"""

from pathlib import Path
from typing import NamedTuple

import pytest
from held import numbers, texts
from pages import NOTEBOOKS
from sections import cells_of


class Anchor(NamedTuple):
    notebook: str
    words: str
    value: float
    within: float
    reason: str


LAB_SHEET = (164.37, 121.28, 114.52, 111.61, 109.83, 108.68, 107.82, 107.16, 106.69, 106.22)

ANCHORS = [
    Anchor("01", "grey pixels, from 0.1 to 0.9: it is", 8.66, 0.01, "a count over all training pixels"),
    Anchor("01", "loss of a perfect copy:", 45.8, 0.05, "the entropy of grey pixels, in 64 bits 45.757"),
    Anchor("02", "gradient of the KL:", 0.48, 0.2, "five seeds 0.36 to 0.58: it never meets the draw"),
    Anchor("02", "gradient of the reconstruction:", 4.5, 1.2, "the trick; with a plain draw, none"),
    Anchor(
        "02",
        "the KL with a plain draw: it is",
        0,
        0.05,
        "every cloud is the standard bell",
    ),
    Anchor("02", "KL on the test images:", 18.3, 2, "the trick, five seeds; a plain draw has 0"),
    Anchor("03", "draws where codes lie sure of", 35, 6, "a place without the KL: five seeds 34 to 37 %"),
    Anchor("03", "stretched draws sure of", 17, 6, "crisp, and no digits: five seeds 16 to 22 %"),
    Anchor("03", "draws, beta = 1 sure of", 22, 5, "the prior after two epochs: five seeds 19 to 25 %"),
    Anchor("03", "loss:", 104.5, 1.5, "five shipped models 104.2 to 105.7"),
    Anchor("03", "20,000 draws:", 135.5, 5, "far above the loss: five shipped models 133 to 140"),
    Anchor("03", "largest at q(z = 1) =", 0.89, 0, "by hand: 0.40 / 0.45, the posterior"),
    Anchor("03", "formula", 1.3089, 0, "by hand: (1.5² + 1/e - 1 + 1) / 2"),
    Anchor("03", "a cloud costs", 25.3, 0.6, "five shipped models 24.9 to 25.6"),
    Anchor("03", "nats, which are", 37, 1, "25.6 / ln 2"),
    Anchor("03", "sigma for logvar prints", 108, 3, "too good by 30: five seeds 107.4 to 109.3"),
    Anchor("03", "sigma for logvar ... true:", 206, 5, "five seeds 204 to 208"),
    *(
        Anchor("04", f"Epoch [{epoch}/10] Loss:", loss, 3 if epoch == 1 else 1, "the lab sheet's log")
        for epoch, loss in enumerate(LAB_SHEET, start=1)
    ),
    Anchor("04", "Epoch [10/10] ... reconstruction", 81.1, 1, "the recipe, five seeds 81.0 to 81.1"),
    Anchor("04", "Epoch [10/10] ... KL", 25.2, 1, "the recipe, five seeds 25.0 to 25.4"),
    Anchor("04", "Epoch [10/10] ... test", 105.7, 0.7, "the recipe, five seeds 105.3 to 105.8"),
    Anchor(
        "04", "parameters:", 652_824, 0, "by hand: 784 · 400 + 400, 2 (400 · 20 + 20), 20 · 400 + 400, ..."
    ),
    Anchor("04", "logits times 0:", 543.4, 0.05, "784 ln 2: every p is one half"),
    Anchor("04", "784 ln 2 =", 543.4, 0.05, "by hand"),
    Anchor("04", "logits times 1:", 550, 3, "logits spread by 0.24: 784 · 0.24² / 8 nats more, and chance"),
    Anchor("04", "nats per image KL", 0.1, 0.05, "untrained clouds are nearly N(0, I)"),
    Anchor(
        "04", "the average image costs", 207, 2, "the mark of collapse: 206 to 208 in runs that collapsed"
    ),
    Anchor("04", "epoch 1, over 60,000 images:", 164.37, 3, "the lab sheet, by the loop that is written out"),
    Anchor("04", "epoch 2, by train_epoch:", 121.28, 1, "the lab sheet, by the package's loop"),
    Anchor("04", "its own 128 images:", 78.5, 2, "above the 50 of grey pixels and ln 128, below any lab run"),
    Anchor("04", "the test images:", 173, 6, "memorised: 67 nats worse on new images than ten epochs"),
    Anchor("04", "training images:", 106.0, 0.7, "no memorising: within 0.4 of the test images"),
    Anchor("04", "test loss with z drawn:", 105.7, 0.7, "the recipe, five seeds 105.3 to 105.8"),
    Anchor("04", "test loss with z = mu:", 97.0, 1, "no bound: 8.4 to 8.8 nats below the draw, five seeds"),
    Anchor("05", "2 numbers: test loss", 154.5, 1, "the shipped model of two dimensions"),
    Anchor("05", "outside:", 32, 2, "the encoder strays: 13 % of the prior lie outside of the grid"),
    Anchor(
        "05",
        "neither digit halfway: it is",
        25,
        2.5,
        "five models 24 to 26: a walk is no better than a cross-fade",
    ),
    Anchor("05", "in the middle of a cross-fade:", 22, 1.5, "the cross-fade: no model, the judge alone"),
    Anchor("05", "1.5 times the difference:", 84, 3, "five models 83 to 85, two judges 83 to 87"),
    Anchor("05", "3 times the difference:", 66, 4, "less than 1.5 times makes: five models 61 to 77"),
    Anchor("06", "detour: VAE", 1.33, 0.02, "five models; the autoencoder's is 0.14 more"),
    Anchor("06", "detour: ... autoencoder", 1.47, 0.02, "five models"),
    Anchor("06", "largest step: VAE", 1.41, 0.02, "five models; the autoencoder's is 0.13 less"),
    Anchor("06", "largest step: ... autoencoder", 1.28, 0.02, "five models"),
    Anchor("06", "Less of a detour ... > 0 |", 0.14, 0.02, "holds: smooth by one measure"),
    Anchor("06", "A smaller largest step ... > 0 |", -0.12, 0.02, "fails: not by the other"),
    Anchor("06", "two digits on top of each other |", 60, 3, "the judge is sure of strokes, too"),
    Anchor("06", "Both fitted, the VAE ... > 0 |", 0.06, 0.03, "three seeds 0.05 to 0.07: the same chance"),
    Anchor("06", "half of the prior is empty: ... KL", 0.69, 0.005, "ln 2, by hand"),
    Anchor("06", "half of the codes stray: ... KL", 2.76, 0.01, "0.5 ln 500 + 0.5 ln (0.5 / 0.999), by hand"),
    Anchor("06", "VAE: charged", 25.6, 0.5, "the mean KL of the recipe"),
    Anchor("06", "VAE: ... beyond ln N", 15.7, 0.5, "less ln 20,000"),
    Anchor("06", "control: ... beyond ln N", 15.3, 0.5, "as much where nothing is wrong"),
    Anchor("06", "VAE: KL of all codes from the prior at least", 4.4, 0.3, "held out, measured 4.41"),
    Anchor("06", "control: KL of all codes from the prior at least", -0.37, 0.2, "the KL is 0"),
    Anchor("06", "nearer than 3 to the centre, prior:", 1.73, 0.4, "chi-square of 20, by hand"),
    Anchor("06", "nearer than 3 to the centre, codes:", 0.03, 0.04, "five models 0.02 to 0.04: a hole"),
    Anchor("07", "ten pictures, copied |", 100, 0.5, "full marks, and no variety"),
    Anchor("07", "real digits, others |", 96, 1, "what the judge says of real digits"),
    Anchor("07", "which the judge is sure: it is", 30, 4, "colder is worse there: it was 47 at 1"),
    Anchor("07", "distance of unseen digits, redrawn:", 3.55, 0.1, "new digits by the same decoder"),
    Anchor("07", "distance of draws from the prior:", 4.85, 0.2, "bad pictures are far from all"),
    Anchor("07", "VAE, prior |", 47.7, 2, "five models: the floor"),
    Anchor("07", "VAE, fifty Gaussians |", 89.8, 1.5, "five models, seeds of EM 88.5 to 89.1 of one"),
    Anchor("07", "autoencoder, fifty Gaussians |", 87.9, 2, "as near, as far as five models can tell"),
    Anchor("07", "conditional, prior |", 62, 3, "the wrong place"),
    Anchor("07", "conditional, ten Gaussians |", 92.2, 1.5, "the right place"),
    Anchor("07", "flow, told the digit |", 91, 2, "near the ceiling of 95 %"),
    Anchor("07", "flow, told a tenth |", 73.6, 3, "no better than told nothing"),
    Anchor("08", "rate:", 36.3, 0.6, "the KL of the recipe in bits: 25.2 nats / ln 2"),
    Anchor(
        "08", "squared error: linear", 17.6, 0.4, "below the 19.3 that Gaussian digits would leave: the cut"
    ),
    Anchor("08", "squared error: linear ... , VAE", 10.5, 0.3, "three fifths of the linear coder's"),
    Anchor("08", "VAE:", 147.7, 0.6, "five models 147.2 to 148.0: reconstruction and KL in bits"),
    Anchor("08", "table of counts:", 146.5, 0.5, "16 neighbours, six drawings 146.3 to 146.7"),
    Anchor("08", "test loss with N(0, I):", 105.8, 0.7, "the recipe, five seeds 105.3 to 105.8"),
    Anchor("08", "with the mixture:", 101.4, 0.6, "five models gain 4.2 to 4.6 nats"),
    Anchor("08", "VAE, a mixture as prior:", 142.3, 0.6, "five models 141.7 to 142.4: below the table"),
    Anchor("08", "table that knows the place:", 139.6, 0.5, "below the VAE; six drawings 139.4 to 139.8"),
    Anchor("08", "1 draws: -L =", 102.7, 2, "the ELBO of a hundred digits"),
    Anchor("08", "1000 draws: -L =", 97.2, 2, "five nats below it, or more"),
    Anchor("08", "the better clouds gain", 4.6, 0.6, "most of the slack is the encoder's"),
    Anchor("08", "what is missing then:", 2.25, 0.4, "2.2 to 2.5 with 1,000 to 3,000 draws"),
    Anchor(
        "09", "hidden beta of the mean:", 29_400, 300, "392 / s², s = 0.115 from the shipped model's copies"
    ),
    Anchor("09", "cross-entropy, beta = 38: KL", 0.0, 0.1, "collapse: 38 times a KL, against 155 nats"),
    Anchor("09", "mean of the squares + KL: KL", 0.0, 0.05, "collapse: sigma = 20"),
    Anchor(
        "09", "the KL of summed squares: it is", 8.4, 0.8, "the same hidden beta, and a code; 8.1 and 8.5"
    ),
    Anchor("09", "a perfect copy of them costs", 191, 3, "grey pixels; by hand, their entropy"),
    Anchor("09", "test loss of clothes", 257, 4, "the recipe on 10,000 clothes"),
    Anchor(
        "09", "of a digit kept apart, before: it is", 88.4, 1.2, "five models 88.0 to 89.1, MNIST's 105.7"
    ),
    Anchor("09", "| tuned on MNIST |", 108.6, 1.5, "few digits by heart: no new hand is needed"),
    Anchor("10", "before: mean over the pixels", 0.70, 0.01, "ln 2 and a little: logits near 0"),
    Anchor("10", "after one epoch: mean over the pixels", 0.264, 0.005, "the average image's 206 nats / 784"),
    Anchor("10", "beta = 0.25: rate", 39.3, 2, "more code is bought where it is cheap"),
    Anchor("10", "beta = 4: rate", 12.0, 1, "and less where it is dear"),
    Anchor("10", "from beta = 1 to 4: one nat of rate saves", 2.3, 1, "between the two betas"),
    Anchor("10", "from beta = 4 to 10: one nat of rate saves", 7, 2, "between the two betas"),
    Anchor("10", "from beta = 10 to 20: one nat of rate saves", 15, 4, "between the two betas"),
    Anchor("10", "from beta = 20 to 30: one nat of rate saves", 25, 5, "between the two betas"),
    Anchor("10", "beta = 20: ... worth it up to beta =", 24.5, 4, "it speaks; at 30 models are silent"),
    Anchor("10", "epochs with beta = 10: KL", 4.1, 1, "a code that pays goes on speaking"),
    Anchor("10", "epochs with beta = 30: KL", 0.1, 0.1, "one that does not is unlearned"),
    Anchor("10", "the warm-up's lead after 240 steps:", 3.8, 1.2, "five runs"),
    Anchor("10", "the warm-up's lead after 2000 steps:", 0.6, 0.6, "the lead melts"),
    Anchor("10", "what patience alone has brought:", 14.3, 1.5, "a slow start was no collapse"),
    Anchor("11", "untrained:", 550, 3, "784 ln 2 and the untrained logits' bets, as in notebook 4"),
    Anchor("11", "with the average image:", 207.8, 1, "five seeds 207.7 to 208.0"),
    Anchor("11", "layer's weights zeroed:", 205.9, 0.2, "the average image alone, and a KL of 0.1"),
    Anchor(
        "11",
        "programs that one batch by heart does not show: it is",
        2,
        0,
        "G and I, by design of the faults",
    ),
    Anchor("12", "variance: pathwise", 1, 0.05, "4 sigma², at 0.5"),
    Anchor("12", "score function", 21.75, 1.5, "by hand: mu⁴ / sigma² + 14 mu² + 15 sigma²"),
    Anchor("12", "z^2 + 100: variance", 41_400, 1000, "the level times the weight, and a million draws"),
    Anchor("12", "z^2 + 100 - baseline: variance", 10.4, 0.6, "a million draws; with the level of z² 21.75"),
    Anchor("12", "before training:", 481, 10, "thousand draws, five seeds of draws, without a baseline"),
    Anchor("12", "before training: ... with a baseline", 18, 3, "the level of the loss was nearly all of it"),
    Anchor("12", "after training: ... with a baseline", 20, 2, "five seeds of draws, and with 4,000 of them"),
    Anchor("12", "after training, 2 dimensions:", 12, 1.5, "many more than one for each dimension"),
    Anchor("12", "width x 0.1:", 810, 120, "narrow: the slope hardly changes within the cloud"),
    Anchor("12", "width x 3.0:", 16, 2, "wide: not much below the number of dimensions"),
    Anchor("12", "baseline 0, coins that have learned to show heads:", 9, 3, "five seeds 7 to 10 of twenty"),
    Anchor("12", "baseline 102, coins that have learned to show heads:", 20, 0, "five seeds, all of twenty"),
    Anchor("13", "best correlations", 0.53, 0.02, "ten pairs of models 0.49 to 0.57"),
    Anchor(
        "13", "after a random turn", 0.475, 0.025, "ten turns of each pair 0.44 to 0.51, four averaged here"
    ),
    Anchor("13", "an untrained encoder's 20 numbers:", 39, 5, "the control: a sister gives 90 % or more"),
    Anchor("13", "halfway, straight length 3.2,", 2.42, 0.04, "five models 2.42 to 2.43, new images 2.30"),
    Anchor("13", "on the sphere length 4.5,", 2.75, 0.05, "five models 2.74 to 2.78: farther, not nearer"),
    Anchor("13", "new images, shortened length 3.2,", 2.15, 0.05, "nearer than halfway, at one length"),
    Anchor("13", "on their heads ... rings for", 40, 3, "five models 38 to 41: more than half are missed"),
    Anchor("13", "inventions ... rings for", 0, 0.3, "five models 0.0 to 0.2"),
]


def found(path: Path, words: str) -> set[str]:
    """The digits that follow these words in the notebook's outputs."""
    line, _, last = words.rpartition(" ... ")
    shown = [text for cell in cells_of(path) for text in texts(cell.get("outputs", [])).values()]
    return {
        number.digits
        for text in shown
        for number in numbers(text)
        if line in number.line and " ".join((number.head + number.between).split()).endswith(last)
    } - {""}


def is_held(anchor: Anchor, digits: set[str]) -> str:
    """What is wrong with what the notebook shows, or nothing."""
    if len(digits) != 1:
        return f'{len(digits)} numbers follow "{anchor.words}" in {anchor.notebook}, and one is asked for'
    (value,) = (float(number.replace(",", "")) for number in digits)
    if abs(value - anchor.value) <= anchor.within + 1e-9:
        return ""
    return (
        f'"{anchor.words}" in {anchor.notebook} is {value}, and must be {anchor.value} ± {anchor.within}: '
        f"{anchor.reason}"
    )


@pytest.mark.parametrize("anchor", ANCHORS, ids=lambda anchor: f"{anchor.notebook}: {anchor.words}")
def test_what_a_notebook_concludes(anchor: Anchor):
    (path,) = (path for path in NOTEBOOKS if path.name.startswith(anchor.notebook))
    told = is_held(anchor, found(path, anchor.words))
    assert not told, told


def test_an_anchor_tells_what_is_wrong():
    anchor = Anchor("04", "Epoch [1/10] Loss:", 164.37, 3, "the lab sheet's log")
    assert is_held(anchor, {"167.37"}) == ""
    assert "is 230.1, and must be 164.37 ± 3: the lab sheet's log" in is_held(anchor, {"230.1"})
    assert "0 numbers follow" in is_held(anchor, set())
    assert "2 numbers follow" in is_held(anchor, {"164.4", "164.5"})
