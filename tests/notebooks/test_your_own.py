"""What notebook 9 shows of many runs, and says of them: the record has it."""

import json

import numpy as np
import record_your_own

RECORDED = json.loads(record_your_own.FILE.read_text(encoding="utf-8"))


def mean(part: str, name: str, what: str) -> float:
    return float(np.mean([run[what] for run in RECORDED[part][name]]))


def test_equal_stakes_mean_equal_rates_and_like_pictures():
    for one, other in [("sum of the squares", "cross-entropy, beta = 3"), ("sigma = 0.4", "cross-entropy")]:
        for what, within in [("KL", 0.05), ("off", 0.03), ("information", 0.05)]:
            assert abs(mean("likelihoods", one, what) / mean("likelihoods", other, what) - 1) < within


def test_the_learned_sigma_spends_most_copies_best_and_draws_worst():
    others = set(RECORDED["likelihoods"]) - {"sigma learned"}
    for name in others:
        assert mean("likelihoods", "sigma learned", "KL") > 2 * mean("likelihoods", name, "KL")
        assert mean("likelihoods", "sigma learned", "off") < mean("likelihoods", name, "off")
        assert mean("likelihoods", "sigma learned", "information") < mean("likelihoods", name, "information")


def test_each_was_run_three_times():
    for part in ("likelihoods", "races"):
        for runs in RECORDED[part].values():
            assert len(runs) == 3
            assert len({run["KL"] for run in runs}) == 3
