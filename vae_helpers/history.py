"""What a training run leaves behind."""

from math import isnan
from typing import NamedTuple


class Epoch(NamedTuple):
    """One row of a history: losses in nats per image, and the seconds of training."""

    loss: float
    reconstruction: float
    kl: float
    test_loss: float  # nan without test images
    seconds: float

    def __str__(self) -> str:
        """What `train` prints."""
        line = f"Loss: {self.loss:.4f}  reconstruction {self.reconstruction:.2f}  KL {self.kl:.2f}"
        if isnan(self.test_loss):
            return line
        return f"{line}  test {self.test_loss:.2f}"


class History(list[Epoch]):
    """The rows of a training run in order, and each column as a list with one entry per epoch.

    >>> History([Epoch(164.4, 144.4, 20.0, 127.4, 2.5), Epoch(121.3, 97.3, 24.0, 115.6, 2.4)]).loss
    [164.4, 121.3]
    """

    @property
    def loss(self) -> list[float]:
        """Training loss, averaged over the epoch, in nats per image."""
        return [row.loss for row in self]

    @property
    def reconstruction(self) -> list[float]:
        """The reconstruction half of `loss`."""
        return [row.reconstruction for row in self]

    @property
    def kl(self) -> list[float]:
        """The KL half of `loss`, before its multiplication by beta."""
        return [row.kl for row in self]

    @property
    def test_loss(self) -> list[float]:
        """Loss on the test images after the epoch, in nats per image; nan without test images."""
        return [row.test_loss for row in self]

    @property
    def seconds(self) -> list[float]:
        """Seconds of training, without the evaluation on the test images."""
        return [row.seconds for row in self]
