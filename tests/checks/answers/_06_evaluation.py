"""Answers to notebook 06."""

from math import nan

import numpy as np
import torch
import torch.nn.functional as F

from vae_helpers import Claim


def my_kl_of_shares(q, p):
    return torch.xlogy(q, q / p) + torch.xlogy(1 - q, (1 - q) / (1 - p))


def by_formula(q, p):
    return q * (q / p).log() + (1 - q) * ((1 - q) / (1 - p)).log()


def my_claim():
    return Claim("1.5 z tells more of a digit", "z from N(0, I)", "information, nats", 0.05)


def claim(sentence="0.8 z tells more of a digit", rival="z", measure="information, nats", threshold=0.05):
    """A right claim, but for what is given."""
    return lambda: Claim(sentence, rival, measure, threshold)


RIGHT = {
    "kl_of_shares": [
        my_kl_of_shares,
        lambda q, p: by_formula(q, p).nan_to_num() + (q == 1) * -p.log() + (q == 0) * -(1 - p).log(),
        lambda q, p: by_formula(q.clamp(1e-7, 1 - 1e-7), p),
        lambda q, p: (
            -torch.special.entr(q) - torch.special.entr(1 - q) - q * p.log() - (1 - q) * (1 - p).log()
        ),
    ],
    "claim": [
        my_claim,
        claim(threshold=0),
        claim(threshold=np.float64(0.25)),
        claim("Mine tell more", measure="Sure, %", threshold=0),
        claim(measure="sure, %", threshold=0.5),
        claim("The judge is sure of more pictures", "draws from N(0, I)", "sure, %", 5),
        claim("Pictures from 0.8 z are worse", threshold=-0.5),
        claim("0.8 z tells no less of a digit", threshold=0),
    ],
}
WRONG = {
    "kl_of_shares": [
        ("if `q` and `p` are swapped", lambda q, p: my_kl_of_shares(p, q)),
        ("the logarithm is that of base 2", lambda q, p: my_kl_of_shares(q, p) / torch.tensor(2.0).log()),
        ("the logarithm is that of base 10", lambda q, p: my_kl_of_shares(q, p) / torch.tensor(10.0).log()),
        ("shape ()", lambda q, p: my_kl_of_shares(q, p).sum()),
    ],
    "claim": [
        ("type tuple; a `Claim` is asked for", lambda: ("0.8 z tells more", "z", "information", 0.05)),
        ("missing 1 required positional argument", lambda: Claim("0.8 z tells more", "z", "information")),
        ("asked for, which pictures have more of what", claim("better")),
        ("`claim` is a value of type float", claim(0.8)),
        ('`claim` says "might"', claim("0.8 z might tell more")),
        ("`rival` does not name", claim(rival="Nothing.")),
        ("`rival` does not name", claim(rival="0.8 z tells more of a digit")),
        ("`measure` should name one", claim(measure="sure, information")),
        ("`threshold` is True", claim(threshold=True)),
        ("`threshold` is None", claim(threshold=None)),
        ("`threshold` is nan", claim(threshold=nan)),
        ("cannot hold, whatever comes out", claim(threshold=2.5)),
        ("cannot fail, whatever comes out", claim(measure="sure", threshold=-100)),
        ("less than one picture in 200", claim(measure="sure, %", threshold=0.05)),
        ("less than one picture in 200", claim(measure="sure, %", threshold=-0.05)),
        (
            "Before a measurement nobody knows more than two digits: which difference would matter?",
            claim(threshold=0.0654),
        ),
        ("would hold if our mean is *above*", claim("0.8 z tells less of a digit")),
        ("would hold if our mean is *above*", claim("0.8 z tells less of a digit", threshold=0)),
    ],
}
SLIPS = {
    "kl_of_shares": {
        "0 ln 0 is not taken for 0": by_formula,
        "the other part is left out": lambda q, p: torch.xlogy(q, q / p),
        "1 - q is divided by p, not by 1 - p": lambda q, p: (
            torch.xlogy(q, q / p) + torch.xlogy(1 - q, (1 - q) / p)
        ),
        "the terms are subtracted": lambda q, p: (
            torch.xlogy(q, q / p) - torch.xlogy(1 - q, (1 - q) / (1 - p))
        ),
        "the codes' own ln q is left out": lambda q, p: F.binary_cross_entropy(p, q, reduction="none"),
        "the logarithms are not weighted": lambda q, p: (q / p).log() + ((1 - q) / (1 - p)).log(),
    },
}
