"""The messages in QUESTIONS.md: each slip still says its words, and the cure beside them works."""

from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pages import QUESTIONS, text_of
from PIL import Image
from samples import DIGITS, X
from torch import nn
from torch.distributions import Bernoulli, Normal
from torch.utils.data import DataLoader, TensorDataset
from torchvision import datasets, transforms

from vae_helpers import DATA, VAE, History, batches, load_vae, save_vae, train, vae_loss

BYTES = (255 * X).byte()
PICTURE = Image.new("L", (28, 28))
CODES = torch.randn(3, 20, generator=torch.Generator().manual_seed(0))


def backward(sigma_times_eps: Callable) -> None:
    vae = VAE()
    mu, logvar = vae.encode(X)
    z = sigma_times_eps(torch.exp(0.5 * logvar), torch.randn_like(mu), mu)
    vae_loss(vae.decode_logits(z), X, mu, logvar).total.backward()


class Listed(nn.Module):
    def __init__(self, container):
        super().__init__()
        self.layers = container([nn.Linear(784, 20)])


class Small(VAE):
    """A decoder whose convolutions have other numbers than 4, 2, 1."""

    def __init__(self, kernel, channels=32):
        super().__init__()
        self.decoder = nn.Sequential(
            nn.Linear(20, 32 * 7 * 7),
            nn.Unflatten(1, (channels, 7, 7)),
            nn.ConvTranspose2d(32, 16, kernel, stride=2, padding=1),
            nn.ConvTranspose2d(16, 1, kernel, stride=2, padding=1),
        )


def loss_of(vae: VAE) -> torch.Tensor:
    logits, mu, logvar = vae(X)
    return vae_loss(logits, X, mu, logvar).total


def steps_of_one_run() -> None:
    vae = VAE()
    optimizer = torch.optim.Adam(vae.parameters())
    loss = loss_of(vae)
    for _ in range(2):
        loss.backward(retain_graph=True)
        optimizer.step()


def first(loader) -> object:
    return next(iter(loader))


def mnist(root=DATA, transform=None) -> datasets.MNIST:
    return datasets.MNIST(root, train=False, transform=transform)


# words of QUESTIONS.md: what says them, and what does not
SLIPS = {
    "mat1 and mat2 shapes cannot be multiplied": (
        lambda: nn.Linear(400, 20)(torch.zeros(4, 200)),
        lambda: nn.Linear(200, 20)(torch.zeros(4, 200)),
    ),
    "(B, 1, 28, 28), got (1, 28, 28)": (lambda: VAE()(X[0]), lambda: VAE()(X[:1])),
    "'VAE' object has no attribute 'sample'": (
        lambda: VAE().sample(),
        lambda: VAE().decode(CODES),
    ),
    "got (20,)": (lambda: VAE().decode(CODES[0]), lambda: VAE().decode(CODES[0][None])),
    "logits and x must have one shape, got": (lambda: loss_of(Small(3)), lambda: loss_of(Small(4))),
    "don't multiply up to the size of dim 1 (1600)": (
        lambda: nn.Unflatten(1, (32, 7, 7))(nn.Linear(20, 1600)(CODES)),
        lambda: nn.Unflatten(1, (32, 7, 7))(nn.Linear(20, 32 * 7 * 7)(CODES)),
    ),
    "to have 1 channels, but got 3 channels instead": (
        lambda: nn.Conv2d(1, 2, 4)(X.expand(-1, 3, -1, -1)),
        lambda: nn.Conv2d(1, 2, 4)(X.expand(-1, 3, -1, -1).mean(1, keepdim=True)),
    ),
    "Expected more than 1 value per channel when training": (
        lambda: nn.BatchNorm1d(4)(torch.zeros(1, 4)),
        lambda: nn.BatchNorm1d(4).eval()(torch.zeros(1, 4)),
    ),
    "Dimension out of range (expected to be in range of [-1, 0], but got 1)": (
        lambda: X.flatten(1).sum(1).sum(dim=1),
        lambda: X.flatten(1).sum(1),
    ),
    "at index 0 does not match the shape of the indexed tensor": (
        lambda: X[:3][DIGITS == 1],
        lambda: X[:3][DIGITS[:3] == 1],
    ),
    "stack expects each tensor to be equal size": (
        lambda: torch.stack([X[0], X[0, :, 1:]]),
        lambda: torch.stack([X[0], X[1]]),
    ),
    "Input type (double) and bias type (float) should be the same": (
        lambda: nn.Conv2d(1, 2, 4)(X.double()),
        lambda: nn.Conv2d(1, 2, 4)(X.double().float()),
    ),
    "mean(): could not infer output dtype": (lambda: BYTES.mean(), lambda: BYTES.float().mean()),
    "result type Float can't be cast to the desired output type Byte": (
        lambda: BYTES.clone().div_(255),
        lambda: BYTES / 255,
    ),
    "exp(): argument 'input' (position 1) must be Tensor, not float": (
        lambda: torch.exp(0.5),
        lambda: torch.exp(torch.tensor([0.5])),
    ),
    "one_hot is only applicable to index tensor of type LongTensor": (
        lambda: F.one_hot(DIGITS.byte(), 10),
        lambda: torch.cat([torch.zeros(8, 20), F.one_hot(DIGITS.byte().long(), 10).float()], dim=1),
    ),
    "'numpy.ndarray' object has no attribute 'to'": (
        lambda: X.numpy().to("cpu"),
        lambda: torch.from_numpy(X.numpy()).to("cpu"),
    ),
    "must be Tensor, not list": (
        lambda: nn.Linear(28, 2)(first(DataLoader(TensorDataset(X, DIGITS)))),
        lambda: [nn.Linear(28, 2)(x) for x, _ in DataLoader(TensorDataset(X, DIGITS))],
    ),
    "'list' object has no attribute 'to'": (
        lambda: [batch.to("cpu") for batch in DataLoader(TensorDataset(X, DIGITS))],
        lambda: [batch.to("cpu") for batch in batches(X)],
    ),
    "images must be a torch tensor, got DataLoader": (
        lambda: train(VAE(), DataLoader(X), epochs=1),
        lambda: train(VAE(), X, epochs=1),
    ),
    "only one element tensors can be converted to Python scalars": (
        lambda: torch.tensor([X[0], X[1]]),
        lambda: torch.stack([X[0], X[1]]),
    ),
    "unsupported format string passed to Tensor": (lambda: f"{X:.1f}", lambda: f"{X.mean():.1f}"),
    "Boolean value of Tensor with more than one value is ambiguous": (
        lambda: bool(X > 0),
        lambda: bool((X > 0).all()),
    ),
    "divide raw bytes by 255 instead of standardising, and take torch.sigmoid of logits": (
        lambda: VAE()(-30 * X),
        lambda: VAE()((-30 * X).sigmoid()),
    ),
    "Expected p_in >= 0 && p_in <= 1 to be true": (
        lambda: torch.bernoulli(VAE()(X)[0]),
        lambda: torch.bernoulli(VAE()(X)[0].sigmoid()),
    ),
    "to be within the support (Boolean())": (
        lambda: Bernoulli(0.5).log_prob(X),
        lambda: F.binary_cross_entropy_with_logits(torch.zeros_like(X), X),
    ),
    "GreaterThan(lower_bound=0.0), but found invalid values": (
        lambda: Normal(0.0, -torch.ones(2)),
        lambda: Normal(0.0, torch.exp(-0.5 * torch.ones(2))),
    ),
    "modified by an inplace operation": (
        lambda: backward(lambda sigma, eps, mu: sigma.mul_(eps).add_(mu)),
        lambda: backward(lambda sigma, eps, mu: mu + sigma * eps),
    ),
    "AsStrided": (
        steps_of_one_run,
        lambda: [loss_of(VAE()).backward() for _ in range(2)],
    ),
    "vae must have weights that can learn, got frozen ones": (
        lambda: train(VAE().requires_grad_(False), X, epochs=1),
        lambda: train(VAE().requires_grad_(False).requires_grad_(True), X, epochs=1),
    ),
    "a leaf Variable that requires grad is being used in an in-place operation": (
        lambda: VAE().to_mu.weight.sub_(1),
        torch.no_grad()(lambda: VAE().to_mu.weight.sub_(1)),
    ),
    "too many values to unpack (expected 2)": (
        lambda: [x for x, _ in batches(X)],
        lambda: list(batches(X)),
    ),
    "'Tensor' object is not callable": (lambda: X.mean()(), lambda: X.mean()),
    "'History' object has no attribute 'encode'": (
        lambda: train(VAE(), X, epochs=1).encode(X),
        lambda: train(VAE(), X, epochs=1).loss,
    ),
    "'History' object has no attribute 'losses'": (
        lambda: History().losses,
        lambda: [History().loss, History().kl, History().reconstruction, History().test_loss],
    ),
    "train() takes 2 positional arguments but 3 were given": (
        lambda: train(VAE(), X, 1),
        lambda: train(VAE(), X, epochs=1),
    ),
    "training mode is expected to be boolean": (lambda: VAE().train(X), lambda: VAE().train()),
    "missing 1 required positional argument: 'x'": (lambda: VAE.encode(X), lambda: VAE().encode(X)),
    "takes 1 positional argument but 2 were given": (lambda: VAE().eval(X), lambda: VAE().eval()),
    'is missing the required "forward" function': (lambda: nn.Module()(X), lambda: nn.Identity()(X)),
    "optimizer got an empty parameter list": (
        lambda: torch.optim.Adam(Listed(list).parameters()),
        lambda: torch.optim.Adam(Listed(nn.ModuleList).parameters()),
    ),
    "loss must return three scalar tensors, total, reconstruction, kl": (
        lambda: train(VAE(), X, epochs=1, loss=lambda logits, x, mu, logvar, beta: logits.mean()),
        lambda: train(VAE(), X, epochs=1, loss=lambda logits, x, mu, logvar, beta: (logits.mean(),) * 3),
    ),
    "found <class 'PIL.Image.Image'>": (
        lambda: first(DataLoader(mnist(), batch_size=2)),
        lambda: first(DataLoader(mnist(transform=transforms.ToTensor()), batch_size=2)),
    ),
    "unsupported operand type(s) for /: 'Image' and 'int'": (
        lambda: PICTURE / 255,
        lambda: transforms.ToTensor()(PICTURE),
    ),
    "pic should be PIL Image or ndarray. Got <class 'torch.Tensor'>": (
        lambda: transforms.ToTensor()(X[0]),
        lambda: X[0],
    ),
    "Dataset not found. You can use download=True to download it": (
        lambda: mnist(root="nowhere"),
        lambda: mnist(root=DATA),
    ),
    "At least one stride in the given numpy array is negative": (
        lambda: torch.from_numpy(X.numpy()[..., ::-1]),
        lambda: torch.from_numpy(X.numpy()[..., ::-1].copy()),
    ),
    "expected a non-empty list of Tensors": (lambda: torch.cat([]), lambda: torch.cat([X])),
    "'numpy.ndarray' object has no attribute 'imshow'": (
        lambda: np.array([plt.Axes, plt.Axes]).imshow(X[0, 0]),
        lambda: np.array([plt.Axes, plt.Axes]).flat,
    ),
    "Cannot handle this data type: (1, 1, 28)": (
        lambda: Image.fromarray(BYTES[0].numpy()),
        lambda: Image.fromarray((255 * X[0].squeeze()).byte().numpy()),
    ),
    "cannot import name 'plot_digits' from 'vae_helpers'": (
        lambda: exec("from vae_helpers import plot_digits"),
        lambda: exec("from vae_helpers.plotting import plot_digits"),
    ),
}


@pytest.mark.parametrize("words", SLIPS, ids=lambda words: words[:40])
def test_a_slip_says_the_words_and_its_cure_does_not(words: str):
    assert words in text_of(QUESTIONS).replace("\\", "")
    slip, cure = SLIPS[words]
    with pytest.raises(Exception) as told:  # noqa: PT011 (each is another)
        slip()
    assert words in str(told.value)
    cure()


def test_the_files_of_a_model(tmp_path: Path):
    """Three ways to write one, and the reader of another way says what QUESTIONS names."""
    ours, weights, whole = (str(tmp_path / name) for name in ("my_vae.pt", "weights.pt", "whole.pt"))
    vae = VAE()
    save_vae(vae, ours)
    torch.save(vae.state_dict(), weights)
    torch.save(vae, whole)
    with pytest.raises(RuntimeError, match=r'(?s)Missing key.*Unexpected key.*"class".*"weights"'):
        VAE().load_state_dict(torch.load(ours))
    VAE().load_state_dict(torch.load(ours)["weights"])
    with pytest.raises(ValueError, match="is cut, or is not a checkpoint that save_vae wrote"):
        load_vae(weights)
    with pytest.raises(AttributeError, match="'_IncompatibleKeys' object has no attribute 'decode'"):
        VAE().load_state_dict(torch.load(weights)).decode(torch.zeros(1, 20))
    with pytest.raises(Exception, match="Weights only load failed"):
        torch.load(whole)
    save_vae(torch.load(whole, weights_only=False), ours)
    assert load_vae(ours).latent_dim == vae.latent_dim
