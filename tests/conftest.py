"""The data, and a small model, shared by all tests; and no figure opens a window."""

import signal

import matplotlib
import pytest
import torch
from samples import small
from torch import Tensor

from vae_helpers import VAE, load_mnist

matplotlib.use("agg")  # on Windows and macOS, matplotlib would choose one with windows
signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background, a shell has it ignored


@pytest.fixture(scope="session")
def mnist() -> tuple[Tensor, Tensor]:
    return load_mnist()


@pytest.fixture(scope="session")
def mnist_test() -> tuple[Tensor, Tensor]:
    return load_mnist(train=False)


@pytest.fixture(scope="session")
def few() -> Tensor:
    """300 images of noise."""
    return torch.rand(300, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def vae() -> VAE:
    return small()
