"""Answers to notebook 11."""

import numpy as np
import torch


def my_output_bias(images):
    p = images.mean(0).flatten().clamp(0.001, 0.999)
    return torch.log(p / (1 - p))


def my_diagnosis():
    return {
        "A": (7, 0),
        "B": (2, 0),
        "C": (1, 1),
        "D": (4, 1),
        "E": (10, 0),
        "F": (13, 1),
        "G": (6, 5),
        "H": (12, 5),
        "I": (15, 0),
        "J": (3, 0),
        "K": (5, 0),
        "L": (11, 0),
    }


def bias_by_loop(images):
    total = torch.zeros(784)
    for image in images:
        total += image.flatten()
    return torch.logit(total / len(images), eps=1e-4)


def bias_of(mean, eps=0.001):
    """The log-odds of some mean image of the rows of pixels."""
    return lambda images: torch.logit(mean(images.flatten(1)), eps=eps)


def odds_without_clamp(images):
    p = images.mean(0).flatten()
    return torch.nan_to_num(torch.log(p / (1 - p)))


def diagnosed(**logs):
    """The right diagnosis, but for these logs."""
    return lambda: my_diagnosis() | logs


def bounded(**limits):
    """The right offsets, but that their average is kept away from these limits alone."""
    return lambda images: images.mean(0).flatten().clamp(**limits).logit()


RIGHT = {
    "output_bias": [
        my_output_bias,
        bias_by_loop,
        bias_of(lambda rows: rows.mean(0), eps=1e-6),
        lambda images: images.mean(0).clamp(0.01, 0.99).logit().view(-1),
    ],
    "diagnosis": [
        my_diagnosis,
        lambda: {name: list(pair) for name, pair in my_diagnosis().items()},
        diagnosed(A=(7, 5), C=(1, 4), D=(4, 3), E=(10, 2), F=(13, 3), G=(6, 2), H=(12, 3), I=(15, 4)),
        diagnosed(J=(3, 5), K=(5, 2), L=(11, 3)),
        diagnosed(**{name: tuple(np.array(pair)) for name, pair in my_diagnosis().items()}),
    ],
}
WRONG = {
    "output_bias": [
        ("a pixel is white in all images, the offset has size inf", bounded(min=1e-4)),
        ("a pixel is black in all images, the offset has size inf", bounded(max=1 - 1e-4)),
        ("of type torch.float64", lambda images: my_output_bias(images.double())),
        ("if a last logarithm is missing", lambda images: my_output_bias(images).exp()),
        ("has size inf", lambda images: images.mean(0).flatten().logit()),
        ("costs 3.4e+38 nats more", odds_without_clamp),
        ("white in all images is off by p = 0.1", bounded(min=1e-4, max=0.9)),
        ("is off by p = 0.1", bias_of(lambda rows: rows.mean(0), eps=0.1)),
        ("shape (200,); (784,)", lambda images: images.mean((1, 2, 3)).logit()),
        ("does not depend on `images`", lambda images: torch.full((784,), -1.9)),
    ],
    "diagnosis": [
        ("right so far: 0 of 12 logs", dict),
        ("right so far: 11 of 12 logs", diagnosed(I=None)),
        ("| D | another cause | Compare the loss that it ends with", diagnosed(D=(10, 1))),
        ("| B | another line | The cause is right", diagnosed(B=(2, 1))),
        ("| F | another line | The cause is right", diagnosed(F=(13, 4))),  # nan, as in B
        ("| G | right | Line 2 decides. 282 nats", diagnosed(G=(6, 5), I=None)),  # the clearest line
        ("no log 'a'", lambda: {"a": (7, 0)}),
        ("no log 'A'': they", lambda: {"A`": (7, 0)}),
        ("two whole numbers", lambda: {"A": 5}),
        ("two whole numbers", lambda: {"A": ()}),
        ("two whole numbers", lambda: {"B": (2, False)}),
        ("numbered from 1 to 15", lambda: {"A": (16, 0)}),
        ("numbered from 1 to 15", lambda: {"A": (0, 0)}),
        ("epochs 0 to 5", lambda: {"A": (5, -1)}),
        ("epochs 0 to 5", lambda: {"A": (5, 6)}),
        ("of type list", lambda: [(5, 0), (2, 0)]),
    ],
}
SLIPS = {
    "output_bias": {
        "it is the average image": lambda images: images.mean(0).flatten(),
        "it is the average image minus 1/2": lambda images: images.flatten(1).mean(0) - 0.5,
        "a sigmoid is taken of the average image": lambda images: images.mean(0).view(784).sigmoid(),
        "the log-odds of the images are averaged": lambda images: (
            torch.logit(images, 0.001).mean(0).flatten()
        ),
        "ln p is taken, without ln(1 - p)": lambda images: images.mean(0).flatten().clamp(min=0.001).log(),
        "all pixels get one number, the average pixel's": lambda images: images.mean().logit().repeat(784),
        "the median of the images is taken": bias_of(lambda rows: rows.median(0).values),
        "the first image is taken": bias_of(lambda rows: rows[0]),
        "the images are added up": bias_of(lambda rows: rows.sum(0), eps=1e-4),
    },
}
