"""The judge: a classifier that has learned real digits, and says what it sees in any picture."""

from io import BytesIO
from math import ceil, log

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from vae_helpers._files import REPLACE, read_whole
from vae_helpers._inputs import check_images, check_labels, count
from vae_helpers._state import LARGEST_SEED, seeded, usual_defaults
from vae_helpers._stop import stop_waits
from vae_helpers.beyond._fit import fit
from vae_helpers.checkpoints import PRETRAINED


class Judge(nn.Module):
    """Ten log-odds for each picture, one per digit: `(B, 1, 28, 28)` -> `(B, 10)`.

    It learned from the training images, as the VAEs did, and it knows nothing but digits: it names one
    in every picture. Two builds, so that no verdict need rest on one judge's taste:

    - build 0 is fully connected, 784 - 400 - 10;
    - build 1 is convolutional, and has 25 times fewer weights.

    >>> Judge()(torch.zeros(3, 1, 28, 28)).shape
    torch.Size([3, 10])

    Raises:
        TypeError, ValueError: `build` is neither 0 nor 1.
    """

    def __init__(self, build: int = 0) -> None:
        super().__init__()
        if count(build, "build", minimum=0, maximum=1) == 0:
            self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 10))
        else:
            self.layers = nn.Sequential(
                nn.Conv2d(1, 16, 5, stride=2),  # (B, 16, 12, 12)
                nn.ReLU(),
                nn.Conv2d(16, 32, 3, stride=2),  # (B, 32, 5, 5)
                nn.ReLU(),
                nn.Flatten(),
                nn.Linear(800, 10),
            )

    def forward(self, pictures: Tensor) -> Tensor:
        """Log-odds of the ten digits, `(B, 10)`; their softmax is p(y|x).

        Raises:
            TypeError, ValueError: `pictures` are not float images in [0, 1].
        """
        check_images(pictures, "pictures")
        # a thousand at a time: what lies between the layers is larger than the pictures
        return torch.cat([self.layers(part) for part in pictures.split(1000)])

    @torch.no_grad()
    def sure(self, pictures: Tensor) -> Tensor:
        """1 where the judge gives one digit more than 0.9, else 0: `(B,)`.

        Raises:
            TypeError, ValueError: as `forward`.
        """
        return (self(pictures).softmax(1).amax(1) > 0.9).float()

    @torch.no_grad()
    def information(self, pictures: Tensor) -> Tensor:
        """KL(p(y|x) || p(y)): how much each picture tells about the digit, in nats, `(B,)`.

        p(y) is the mean of p(y|x) over all the pictures given. The mean is at most ln 10 = 2.30; its
        exponential is the inception score (Salimans et al. 2016, arXiv:1606.03498).

        Raises:
            TypeError, ValueError: as `forward`.
        """
        log_p = self(pictures).log_softmax(1)  # (B, 10)
        log_marginal = log_p.logsumexp(0) - log(len(pictures))
        return (log_p.exp() * (log_p - log_marginal)).sum(1)


def train_judge(images: Tensor, labels: Tensor, *, build: int = 0, epochs: int = 5, seed: int = 0) -> Judge:
    """A judge trained on real digits: Adam in batches of 256, whose step rises to 0.006 and falls again.

    >>> judge = train_judge(torch.rand(8, 1, 28, 28), torch.arange(8), epochs=1)

    Args:
        images, labels: float32 `(N, 1, 28, 28)` in [0, 1], and the digit of each, `(N,)`.
        build, epochs: which network, and how many passes.
        seed: for the first weights and the order; the global random state stays as it was.

    Raises:
        TypeError, ValueError: a bad argument, before any work is done.
    """
    check_images(images)
    check_labels(labels, len(images))
    epochs = count(epochs, "epochs")
    seed = count(seed, "seed", minimum=0, maximum=LARGEST_SEED)
    with seeded(seed):
        with usual_defaults():
            judge = Judge(build)
        with stop_waits():
            optimizer = torch.optim.Adam(judge.parameters(), fused=True)
        steps = epochs * ceil(len(images) / 256)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=steps)

        def nats(x: Tensor, digits: Tensor) -> Tensor:
            return cross_entropy(judge(x), digits.long())

        fit(nats, images, labels, optimizer, epochs, batch_size=256, schedule=schedule)
    return judge


def pretrained_judge(seed: int = 0) -> Judge:
    """The judge that comes with the notebooks: seed 0 is of build 0, seed 1 of build 1.

    >>> images, labels = load_mnist(train=False)
    >>> pretrained_judge()(images[:3]).argmax(1), labels[:3]
    (tensor([7, 2, 1]), tensor([7, 2, 1]))

    Raises:
        TypeError, ValueError: `seed` is neither 0 nor 1.
        OSError, ValueError: its file is missing or damaged.
    """
    seed = count(seed, "seed", minimum=0, maximum=1)
    with usual_defaults():
        judge = Judge(build=seed)
    path = PRETRAINED / f"judge_seed{seed}.pt"
    data = read_whole(path, f"{path} is missing; {REPLACE}")
    try:
        judge.load_state_dict(torch.load(BytesIO(data), map_location="cpu", weights_only=True))
    except Exception:
        raise ValueError(f"{path} is damaged; {REPLACE}") from None
    return judge.requires_grad_(False)
