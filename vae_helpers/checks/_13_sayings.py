"""Exercise of notebook 13: a turn of the latent space that changes no picture."""

import torch
from torch import Tensor

from vae_helpers.checks._attempt import Case
from vae_helpers.checks._exercise import exercise


def _spaces() -> list[Case]:
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    small = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 0.0], [0.0, 5.0], [1.0, 1.0]]), quarter
    return [small, (torch.randn(4, 3), torch.randn(5, 3), torch.linalg.qr(torch.randn(3, 3)).Q)]


@exercise(
    inputs=_spaces,
    returns=("turned_z", "turned_weight"),
    mistakes={
        "turned_z": {
            "`z @ rotation` turns the codes the other way": lambda z, weight, rotation: z @ rotation,
            "the codes are not turned": lambda z, weight, rotation: z,
        },
        "turned_weight": {
            "the weight is turned the other way, so that the two turns add up": (
                lambda z, weight, rotation: weight @ rotation
            ),
            "the weight is not turned": lambda z, weight, rotation: weight,
        },
    },
    dtype=torch.float32,
    praise="The codes are turned, and every picture stays: the decoder's first layer turns with them.",
    hint="R @ z[i] for every row is `z @ R.T`. And which W' makes W' R z to W z again, where R.T @ R is the "
    "unit matrix?",
)
def rotate_latent_space(z: Tensor, weight: Tensor, rotation: Tensor) -> tuple[Tensor, Tensor]:
    """Row i of the codes becomes R @ z[i], and `turned_weight @ turned_z[i]` is `weight @ z[i]` again."""
    return z @ rotation.T, weight @ rotation.T
