"""Answers to notebook 06."""

from math import nan

import numpy as np

from vae_helpers import Claim


def my_claim():
    return Claim("1.5 z tells more of a digit", "z from N(0, I)", "information, nats", 0.05)


def claim(sentence="0.8 z tells more of a digit", rival="z", measure="information, nats", threshold=0.05):
    """A right claim, but for what is given."""
    return lambda: Claim(sentence, rival, measure, threshold)


RIGHT = {
    "claim": [
        my_claim,
        claim(threshold=0),
        claim(threshold=np.float64(0.25)),
        claim("The judge is sure of more pictures", "draws from N(0, I)", "sure, %", 5),
        claim("Pictures from 0.8 z are worse", threshold=-0.5),
    ],
}
WRONG = {
    "claim": [
        ("type tuple; a `Claim` is asked for", lambda: ("0.8 z tells more", "z", "information", 0.05)),
        ("missing 1 required positional argument", lambda: Claim("0.8 z tells more", "z", "information")),
        ("fewer than three words", claim("better")),
        ("`claim` is a value of type float", claim(0.8)),
        ('`claim` says "might"', claim("0.8 z might tell more")),
        ("`rival` does not name", claim(rival="Nothing.")),
        ("`measure` should name one", claim(measure="sure, information")),
        ("`threshold` is None", claim(threshold=None)),
        ("`threshold` is nan", claim(threshold=nan)),
        ("cannot hold, whatever comes out", claim(threshold=2.5)),
        ("cannot fail, whatever comes out", claim(measure="sure", threshold=-100)),
        ("less than one picture in 200", claim(measure="sure, %", threshold=0.05)),
        (
            "Before a measurement nobody knows more than two digits: which difference would matter?",
            claim(threshold=0.0654),
        ),
        ("would hold if our mean is *above*", claim("0.8 z tells less of a digit")),
    ],
}
