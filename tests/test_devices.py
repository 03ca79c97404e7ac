"""The model may be on any device that this machine has: what comes out is what the CPU computes."""

import copy
from pathlib import Path

import pytest
import torch
from torch import Tensor

from vae_helpers import (
    LatentExplorer,
    LatentSliders,
    evaluate,
    export_page,
    interpolate,
    kl_per_dimension,
    load_vae,
    mean_code,
    pretrained,
    save_vae,
    train,
)
from vae_helpers.model import VAE
from vae_helpers.plotting import plot_digits, plot_latent_plane

DEVICES = ["cpu"]
DEVICES += ["cuda"] if torch.cuda.is_available() else []
DEVICES += ["mps"] if torch.backends.mps.is_available() else []


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def vae(device: str) -> VAE:
    return pretrained(2).to(device)


def close(there: Tensor, here: Tensor) -> None:
    torch.testing.assert_close(there.cpu(), here, rtol=1e-3, atol=1e-3)


def test_trains_and_evaluates(device: str, mnist_test: tuple[Tensor, Tensor]):
    vae, images = VAE(2).to(device), mnist_test[0][:300]
    before = copy.deepcopy(vae).cpu()
    states = torch.get_rng_state(), torch.cuda.get_rng_state_all()
    history = train(vae, images, test_images=images, epochs=2)
    assert history.loss[1] < history.loss[0]
    assert {weight.device.type for weight in vae.parameters()} == {device}
    assert evaluate(vae, images).total < evaluate(before, images).total
    close(evaluate(vae, images).kl, evaluate(vae.cpu(), images).kl)  # no noise in it
    assert torch.equal(torch.get_rng_state(), states[0])
    assert all(map(torch.equal, torch.cuda.get_rng_state_all(), states[1]))


def test_saves_for_any_device(vae: VAE, tmp_path: Path):
    save_vae(vae, tmp_path / "vae.pt")
    for there, here in zip(vae.parameters(), load_vae(tmp_path / "vae.pt").parameters(), strict=True):
        assert torch.equal(there.cpu(), here)


def test_codes_and_figures(vae: VAE, device: str, mnist_test: tuple[Tensor, Tensor]):
    images, labels = mnist_test[0][:200], mnist_test[1][:200]
    with torch.no_grad():
        mu, logvar = vae.encode(images.to(device))
        expected = pretrained(2).encode(images)
    close(kl_per_dimension(mu, logvar), kl_per_dimension(*expected))
    close(mean_code(mu, labels, 3), mean_code(expected[0], labels, 3))
    close(interpolate(mu[0], mu[1], 5), interpolate(expected[0][0], expected[0][1], 5))
    assert plot_digits(images[:5].to(device)).axes
    assert plot_latent_plane(mu, labels.to(device)).axes


def test_widgets_and_page(vae: VAE, tmp_path: Path, mnist_test: tuple[Tensor, Tensor]):
    images, labels = mnist_test[0][:100], mnist_test[1][:100]
    sliders, expected = LatentSliders(vae, images), LatentSliders(pretrained(2), images)
    sliders.sliders[0].value = expected.sliders[0].value = 1.5
    assert sliders.picture.decoder
    close(sliders.z, expected.z)
    close(LatentExplorer(vae, images, labels).z, LatentExplorer(pretrained(2), images, labels).z)
    export_page(vae, images, labels, tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size > 1_000_000
