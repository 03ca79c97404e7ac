"""What the VAE notebooks share, one module per stage, in the order of the data.

For students, in an evening: `data` -> `model` -> `losses` -> `training` (which leaves a `history`, and a
model for `checkpoints`) -> `latent`, `plotting`, and `expect`. In `checks`, what is wrong with an exercise;
in `widgets`, the page. The recipe is that of Kingma & Welling (2014, arXiv:1312.6114). Losses are in nats
per image: summed over pixels or latent dimensions, averaged over the batch.
"""

from vae_helpers import checks
from vae_helpers.beyond import (
    Autoencoder,
    flow_target,
    follow_flow,
    optimise_code,
    pretrained_autoencoder,
    responsibilities,
)
from vae_helpers.checkpoints import load_vae, pretrained, save_vae
from vae_helpers.conditional import ConditionalVAE, pretrained_conditional
from vae_helpers.data import DATA, batches, load_fashion, load_mnist
from vae_helpers.drawing import prepare_digit
from vae_helpers.evidence import Claim, table, with_error
from vae_helpers.expect import expect, prediction
from vae_helpers.history import Epoch, History
from vae_helpers.judge import Judge, pretrained_judge, train_judge
from vae_helpers.latent import interpolate, mean_code, quantile_grid
from vae_helpers.losses import (
    Loss,
    kl_divergence,
    kl_per_dimension,
    log_mean_exp_bound,
    reconstruction_loss,
    vae_loss,
)
from vae_helpers.model import VAE, reparameterize
from vae_helpers.training import evaluate, train, train_epoch
from vae_helpers.widgets import (
    KLDemo,
    LatentExplorer,
    LatentSliders,
    Playground,
    ReparameterizationDemo,
    export_page,
)

__all__ = [
    "DATA",
    "VAE",
    "Autoencoder",
    "Claim",
    "ConditionalVAE",
    "Epoch",
    "History",
    "Judge",
    "KLDemo",
    "LatentExplorer",
    "LatentSliders",
    "Loss",
    "Playground",
    "ReparameterizationDemo",
    "batches",
    "checks",
    "evaluate",
    "expect",
    "export_page",
    "flow_target",
    "follow_flow",
    "interpolate",
    "kl_divergence",
    "kl_per_dimension",
    "load_fashion",
    "load_mnist",
    "load_vae",
    "log_mean_exp_bound",
    "mean_code",
    "optimise_code",
    "prediction",
    "prepare_digit",
    "pretrained",
    "pretrained_autoencoder",
    "pretrained_conditional",
    "pretrained_judge",
    "quantile_grid",
    "reconstruction_loss",
    "reparameterize",
    "responsibilities",
    "save_vae",
    "table",
    "train",
    "train_epoch",
    "train_judge",
    "vae_loss",
    "with_error",
]
