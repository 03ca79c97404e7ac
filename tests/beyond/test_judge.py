"""The judge against independent formulas and a made-up case, and the shipped ones against real digits."""

from math import log

import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, kl_divergence

from vae_helpers import Judge, pretrained_judge, train_judge
from vae_helpers.beyond import judge


class Fixed(Judge):
    """Answers with given probabilities, whatever the picture."""

    def __init__(self, probabilities: Tensor):
        super().__init__()
        self.probabilities = probabilities

    def forward(self, pictures: Tensor) -> Tensor:
        return self.probabilities.log()


def test_sure_is_more_than_nine_tenths():
    rows = torch.tensor([[0.91, *[0.01] * 9], [0.82, *[0.02] * 9], [*[0.001] * 9, 0.991]])
    assert Fixed(rows).sure(torch.zeros(3, 1, 28, 28)).tolist() == [1, 0, 1]


def test_information_is_torchs_kl_to_the_mean():
    rows = torch.rand(7, 10).softmax(1)
    told = Fixed(rows).information(torch.zeros(7, 1, 28, 28))
    assert told == pytest.approx(kl_divergence(Categorical(rows), Categorical(rows.mean(0))), abs=1e-6)


def test_information_runs_from_nothing_to_ln_10():
    certain = (torch.eye(10) + 1e-9) / (1 + 1e-8)
    assert Fixed(certain).information(torch.zeros(10, 1, 28, 28)).mean().item() == pytest.approx(log(10))
    assert Fixed(certain[:1].repeat(10, 1)).information(torch.zeros(10, 1, 28, 28)).max() < 1e-6


@pytest.mark.parametrize("seed", [0, 1])
def test_shipped_judges_read_real_digits(seed: int, mnist_test: tuple[Tensor, Tensor]):
    images, labels = mnist_test
    shipped = pretrained_judge(seed)
    assert (shipped(images).argmax(1) == labels).float().mean() > 0.98
    assert shipped.sure(images).mean().item() == pytest.approx(0.96, abs=0.02)
    assert shipped.information(images).mean().item() == pytest.approx(2.25, abs=0.03)
    assert not any(weight.requires_grad for weight in shipped.parameters())


def test_the_two_builds_are_two_networks():
    sizes = [sum(weight.numel() for weight in Judge(build).parameters()) for build in (0, 1)]
    assert sizes == [784 * 400 + 400 + 4010, 16 * 25 + 16 + 32 * 144 + 32 + 8010]


@pytest.mark.parametrize("build", [0, 1])
def test_training_teaches_and_its_seed_repeats_it(build: int, mnist_test: tuple[Tensor, Tensor]):
    images, labels = mnist_test
    before = torch.get_rng_state()
    first, again = (train_judge(images[:5000], labels[:5000], build=build, epochs=2, seed=3) for _ in "ab")
    assert torch.equal(torch.get_rng_state(), before)
    assert (first(images[5000:]).argmax(1) == labels[5000:]).float().mean() > 0.85
    pairs = zip(first.parameters(), again.parameters(), strict=True)
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in pairs)


@pytest.mark.parametrize(
    ("seed", "error", "sentence"),
    [
        (2, ValueError, "seed must be at most 1, got 2"),
        (-1, ValueError, "seed must be at least 0, got -1"),
        ("a", TypeError, "seed must be a whole number, got 'a'"),
    ],
)
def test_a_judge_that_is_not_shipped(seed: object, error: type, sentence: str):
    with pytest.raises(error, match=sentence):
        pretrained_judge(seed)


def test_refuses_what_is_no_picture():
    for wrong in (torch.zeros(2, 784), torch.full((1, 1, 28, 28), 2.0)):
        with pytest.raises(ValueError, match="pictures must"):
            pretrained_judge().sure(wrong)


def test_a_damaged_file_says_how_to_restore_it(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(judge, "PRETRAINED", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"judge_seed0.pt is missing; copy it from another copy"):
        pretrained_judge()
    for data in (b"", b"not a judge"):
        (tmp_path / "judge_seed0.pt").write_bytes(data)
        with pytest.raises(ValueError, match=r"judge_seed0.pt is damaged; copy it from another copy"):
            pretrained_judge()
