"""The real run against the lab sheet, what a run does and keeps, and what a file gives back."""

import math
import re
from inspect import signature
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_helpers import VAE, History, Loss, evaluate, load_vae, pretrained, save_vae, train, vae_loss

LAB_SHEET = [164.37, 121.28, 114.52, 111.61, 109.83, 108.68, 107.82, 107.16, 106.69, 106.22]


@pytest.fixture
def vae() -> VAE:
    torch.manual_seed(0)
    return VAE(latent_dim=3, hidden_dim=16)


@pytest.fixture(scope="module")
def few() -> Tensor:
    return torch.rand(300, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def weights(vae: VAE) -> Tensor:
    return torch.cat([weight.detach().flatten() for weight in vae.parameters()]).clone()


def test_every_epoch_is_the_lab_sheets(lab_run: tuple[VAE, History]):
    _, history = lab_run
    assert history.loss[0] == pytest.approx(LAB_SHEET[0], abs=3.0)
    assert history.loss[1:] == pytest.approx(LAB_SHEET[1:], abs=1.0)
    assert history.test_loss[-1] == pytest.approx(105.7, abs=0.7)
    assert history.reconstruction[-1] == pytest.approx(81.1, abs=1.0)
    assert history.kl[-1] == pytest.approx(25.2, abs=0.7)


@pytest.mark.parametrize(("latent_dim", "nats"), [(20, 105.7), (2, 153.5)])
def test_pretrained_models_are_trained(latent_dim: int, nats: float, mnist_test: tuple[Tensor, Tensor]):
    vae = pretrained(latent_dim)
    assert vae.latent_dim == latent_dim
    assert evaluate(vae, mnist_test[0]).total.item() == pytest.approx(nats, abs=1.5)


def test_the_defaults_are_the_lab_sheets():
    """Ten epochs of Adam with a step of 0.001, batches of 128, and a KL that counts once."""
    defaults = {name: given.default for name, given in signature(train).parameters.items()}
    recipe = {"epochs": 10, "batch_size": 128, "lr": 1e-3, "beta": 1}
    assert {name: defaults[name] for name in recipe} == recipe
    for judge in (evaluate, vae_loss):
        assert signature(judge).parameters["beta"].default == 1


def test_a_short_last_batch_counts_by_its_images(mnist_test: tuple[Tensor, Tensor]):
    """With next to no step, the training loss of 300 images in batches of 128 is their test loss."""
    vae, images = pretrained(2), mnist_test[0][:300]
    (loss,) = train(vae, images, epochs=1, lr=1e-12).loss
    assert loss == pytest.approx(evaluate(vae, images).total.item(), rel=0.01)


def test_evaluate_is_the_mean_elbo_over_many_draws(mnist_test: tuple[Tensor, Tensor]):
    """Minus E_q[log p(x|z)] + KL from torch.distributions; their mean over 20 draws, within 0.5 nats."""
    vae, x = pretrained(20), mnist_test[0][:1000]
    loss = evaluate(vae, x)
    with torch.no_grad():
        q = Normal(vae.to_mu(vae.encoder(x)), vae.to_logvar(vae.encoder(x)).exp().sqrt())
        kl = kl_divergence(q, Normal(0.0, 1.0)).sum(1).mean()
        probabilities = (vae.decode(q.sample()).clamp(1e-7, 1 - 1e-7) for _ in range(20))
        tosses = [
            Bernoulli(p, validate_args=False).log_prob(x).flatten(1).sum(1).mean() for p in probabilities
        ]
    assert loss.kl.item() == pytest.approx(kl.item(), rel=1e-4)
    assert loss.reconstruction.item() == pytest.approx(-torch.stack(tosses).mean().item(), abs=0.5)
    assert loss.total.item() == pytest.approx((loss.reconstruction + loss.kl).item(), rel=1e-6)


def test_evaluate_weighs_images_not_batches(vae: VAE, few: Tensor):
    """1,001 images fall into batches of 1,000 and 1; the odd one must not count for half."""
    black = torch.zeros(1001, 1, 28, 28)
    one_white = torch.cat([black[:1000], torch.ones(1, 1, 28, 28)])
    assert evaluate(vae, one_white).total.item() == pytest.approx(evaluate(vae, black).total.item(), abs=2)


def test_evaluate_weighs_kl_by_beta(vae: VAE, few: Tensor):
    plain, heavy = evaluate(vae, few), evaluate(vae, few, beta=3.0)
    assert isinstance(heavy, Loss)
    assert (heavy.total - plain.total).item() == pytest.approx(2 * plain.kl.item(), rel=1e-3)


def test_log_line_and_history(vae: VAE, few: Tensor, capsys: pytest.CaptureFixture):
    seen = []
    history = train(vae, few, test_images=few[:50], epochs=2, on_epoch=lambda rows: seen.append(len(rows)))
    number = r"\d+\.\d+"
    line = rf"Epoch \[1/2\] Loss: \d+\.\d{{4}}  reconstruction {number}  KL {number}  test {number}"
    assert re.search(line, capsys.readouterr().out)
    assert seen == [1, 2]
    assert len(history) == 2
    for column in ("loss", "reconstruction", "kl", "test_loss", "seconds"):
        assert getattr(history, column) == [getattr(history[0], column), getattr(history[1], column)]
        assert all(isinstance(value, float) for value in getattr(history, column))
    assert history[1].loss < history[0].loss
    assert history[0].loss == pytest.approx(history[0].reconstruction + history[0].kl)
    assert history.test_loss[-1] == pytest.approx(evaluate(vae, few[:50]).total.item(), rel=1e-6)


def test_without_test_images_the_column_is_nan(vae: VAE, few: Tensor, capsys: pytest.CaptureFixture):
    history = train(vae, few, epochs=1)
    assert math.isnan(history.test_loss[0])
    assert "test" not in capsys.readouterr().out


def test_beta_weighs_the_kl_term(few: Tensor):
    kls = []
    for beta in (0.0, 100.0):
        torch.manual_seed(0)
        kls.append(train(VAE(3, 16), few, epochs=15, beta=beta).kl[-1])
    assert kls[0] > 10 * kls[1]


def test_same_seed_same_run_and_the_global_random_state_stays(few: Tensor):
    runs = []
    for seed in (5, 5, 6):
        torch.manual_seed(0)
        vae = VAE(3, 16)
        state = torch.get_rng_state()
        runs.append((train(vae, few, epochs=2, seed=seed).loss, weights(vae)))
        evaluate(vae, few)
        assert torch.equal(torch.get_rng_state(), state)
    assert runs[0][0] == runs[1][0]
    assert torch.equal(runs[0][1], runs[1][1])
    assert runs[0][0] != runs[2][0]


def test_saved_and_loaded_models_are_equal(vae: VAE, tmp_path: Path):
    save_vae(vae, tmp_path / "vae.pt")
    state = torch.get_rng_state()
    loaded = load_vae(str(tmp_path / "vae.pt"))
    assert torch.equal(torch.get_rng_state(), state)
    assert (loaded.latent_dim, loaded.hidden_dim) == (3, 16)
    assert torch.equal(weights(loaded), weights(vae))
    z = torch.randn(4, 3)
    assert torch.equal(loaded.decode(z), vae.decode(z))
    assert [path.name for path in tmp_path.iterdir()] == ["vae.pt"]


def test_a_loaded_model_can_be_trained_further(vae: VAE, few: Tensor, tmp_path: Path):
    save_vae(vae, tmp_path / "vae.pt")
    loaded = load_vae(tmp_path / "vae.pt")
    assert train(loaded, few, epochs=1).loss == train(vae, few, epochs=1).loss
