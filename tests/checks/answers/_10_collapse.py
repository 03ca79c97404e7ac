"""Answers to notebook 10."""


def my_dearest_beta(reconstruction, kl, silent):
    return (silent - reconstruction) / kl


def by_halving(reconstruction, kl, silent):
    low, high = 0.0, 1e6
    for _ in range(100):
        beta = (low + high) / 2
        if reconstruction + beta * kl < silent:
            low = beta
        else:
            high = beta
    return low


RIGHT = {
    "dearest_beta": [
        my_dearest_beta,
        by_halving,
        lambda reconstruction, kl, silent: silent / kl - reconstruction / kl,
    ]
}
WRONG = {
    "dearest_beta": [
        ("1 is divided by it at the end", lambda reconstruction, kl, silent: kl / (silent - reconstruction)),
        ("returns 3; right is", lambda reconstruction, kl, silent: (silent - reconstruction) // kl),
        ("returns 3.6; right is", lambda *case: round(my_dearest_beta(*case), 1)),
        ("For `reconstruction` = 100", lambda reconstruction, kl, silent: reconstruction + kl),
    ],
}
SLIPS = {
    "dearest_beta": {
        "the silent model's nats are not compared with": lambda reconstruction, kl, silent: (
            reconstruction / kl
        ),
        "the reconstruction is not subtracted": lambda reconstruction, kl, silent: silent / kl,
        "the KL is paid once before beta is asked for": lambda reconstruction, kl, silent: (
            (silent - (reconstruction + kl)) / kl
        ),
        "the KL is added before it divides": lambda reconstruction, kl, silent: (
            (silent - reconstruction + kl) / kl
        ),
        "it is not divided by the KL": lambda reconstruction, kl, silent: silent - reconstruction,
    },
}
