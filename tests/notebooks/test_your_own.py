"""What notebook 9 shows of many runs, and says of them: the record has it."""

import json

import numpy as np
import record_your_own

RECORDED = json.loads(record_your_own.FILE.read_text(encoding="utf-8"))


def mean(name: str, what: str) -> float:
    return float(np.mean(RECORDED["likelihoods"][name][what]))


def test_at_equal_rate_the_copies_are_alike():
    for what, within in [("KL", 0.05), ("off", 0.02), ("information", 0.05)]:
        squares, cross_entropy = mean("sum of the squares", what), mean("cross-entropy, beta = 3", what)
        assert abs(squares / cross_entropy - 1) < within


def test_the_learned_sigma_spends_most_copies_best_and_draws_worst():
    others = set(RECORDED["likelihoods"]) - {"sigma learned"}
    for name in others:
        assert mean("sigma learned", "KL") > 2 * mean(name, "KL")
        assert mean("sigma learned", "off") < mean(name, "off")
        assert mean("sigma learned", "information") < mean(name, "information")


def test_the_convolutions_start_behind_and_end_ahead_with_each_seed():
    dense, convolutions = (np.array(runs["test"]) for runs in RECORDED["races"].values())
    assert (convolutions[:, :2] > dense[:, :2]).all()
    lead = dense.min(axis=1) - convolutions.min(axis=1)
    assert (lead > 3).all()
    assert (lead < 5).all()


def test_each_was_run_three_times():
    for part in ("likelihoods", "races"):
        for runs in RECORDED[part].values():
            assert len(set(runs["information"])) == 3
