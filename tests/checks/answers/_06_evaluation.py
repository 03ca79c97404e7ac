"""Answers to notebook 06: a claim of one's own."""

from math import inf, nan

import numpy as np
from solutions import my_claim

from vae_helpers import Claim


def claim(sentence="0.8 z tells more of a digit", rival="z", measure="information, nats", threshold=0.05):
    """A right claim, but for what is given."""
    return lambda: Claim(sentence, rival, measure, threshold)


RIGHT = {
    "claim": [
        my_claim,
        claim(threshold=0),
        claim(threshold=-0.1),  # at most a little worse
        claim(threshold=np.float64(0.25)),
        claim("The judge is sure of more pictures", "draws from N(0, I)", "sure, %", 5),
        claim("Farther out no digit is lost: no less information", "1 * z", "Information", -0.02),
        claim("1.5 z gives no worse pictures", "z as it is", "how often the judge is sure", threshold=1),
        claim("Pictures from 0.8 z are worse", threshold=-0.5),
    ],
}


WRONG = {
    "claim": [
        ("returns None", lambda: None),
        ("of type tuple", lambda: ("0.8 z tells more", "z", "information", 0.05)),
        ("of type type", lambda: Claim),
        ("missing 1 required positional argument", lambda: Claim("0.8 z tells more", "z", "information")),
        ("`claim` should be a sentence", claim("")),
        ("`claim` should be a sentence", claim("...")),
        ("`claim` should be a sentence", claim("better")),
        ("`claim` is of type float", claim(0.8)),
        ('`claim` says "might"', claim("0.8 z might tell more")),
        ('`claim` says "maybe"', claim("Maybe, it tells more")),
        ("better than *what*", claim(rival="")),
        ("better than *what*", claim(rival="...")),
        ("better than *what*", claim(rival="Nothing.")),
        ("better than *what*", claim(rival="0.8 z tells more of a digit")),
        ("`rival` is of type NoneType", claim(rival=None)),
        ("`measure` should name one number", claim(measure="it looks better")),
        ("`measure` should name one number", claim(measure="sure, information")),
        ("`measure` is of type function", claim(measure=claim)),
        ("`threshold` is None", claim(threshold=None)),
        ("`threshold` is True", claim(threshold=True)),
        ("`threshold` is 'five'", claim(threshold="five")),
        ("`threshold` is nan", claim(threshold=nan)),
        ("`threshold` is inf", claim(threshold=inf)),
        ("cannot hold, whatever comes out", claim(threshold=2.5)),
        ("cannot fail, whatever comes out", claim(threshold=-2.5)),
        ("cannot fail, whatever comes out", claim(measure="sure", threshold=-100)),
        ("write 5", claim(measure="sure, %", threshold=0.05)),
        ("read off a result", claim(threshold=0.0654)),
        ("read off a result", claim(threshold=-0.0651)),
        ("Turn the sentence round", claim("0.8 z tells less of a digit")),
        ("Turn the sentence round", claim("The pictures are worse, not better", threshold=0)),
    ],
}
