"""The data, and one real training run, shared by all tests."""

import pytest
import torch
from samples import small
from torch import Tensor

from vae_helpers import VAE, History, load_mnist, train


@pytest.fixture(scope="session")
def mnist() -> tuple[Tensor, Tensor]:
    return load_mnist()


@pytest.fixture(scope="session")
def mnist_test() -> tuple[Tensor, Tensor]:
    return load_mnist(train=False)


@pytest.fixture(scope="session")
def lab_run(mnist: tuple[Tensor, Tensor], mnist_test: tuple[Tensor, Tensor]) -> tuple[VAE, History]:
    """The lab sheet's recipe, all ten epochs on all 60,000 images."""
    torch.manual_seed(0)
    vae = VAE(latent_dim=20)
    return vae, train(vae, mnist[0], test_images=mnist_test[0])


@pytest.fixture(scope="session")
def few() -> Tensor:
    """300 images of noise."""
    return torch.rand(300, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def vae() -> VAE:
    return small()
