"""A variational autoencoder, as the notebooks build it: eight files, in the order of the data.

`data` -> `model` -> `losses` -> `training`, which leaves a `history`, and a model for `checkpoints` ->
`latent`, `plotting`. The recipe is that of Kingma & Welling (2014, arXiv:1312.6114). Losses are in nats per
image: summed over pixels or latent dimensions, averaged over the batch.

What the further notebooks share is in `beyond`, what is wrong with an exercise in `checks`, what moves in
`widgets`, and the commands of `python -m vae_helpers` in `course`. These are loaded when they are first used.
"""

import sys
from importlib import import_module
from typing import Any

from vae_helpers._stop import stop_waits

# `python -m vae_helpers`: while the package is imported, the first argument is still "-m".
AS_COMMAND = sys.argv[:1] == ["-m"] and "vae_helpers" in sys.orig_argv

if not AS_COMMAND:  # JupyterLab opens without waiting for torch
    with stop_waits():  # half an import of torch or matplotlib could not be made good again
        from vae_helpers import plotting as plotting
        from vae_helpers._notebook import speak_of_figures
        from vae_helpers._paths import DATA
        from vae_helpers.checkpoints import load_vae, pretrained, save_vae
        from vae_helpers.data import batches, load_fashion, load_mnist
        from vae_helpers.history import Epoch, History
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

        speak_of_figures()

LATER = {  # where a name is looked for when it is first used
    "Autoencoder": "beyond",
    "Claim": "beyond",
    "ConditionalVAE": "beyond",
    "Judge": "beyond",
    "Mixture": "beyond",
    "flow_target": "beyond",
    "follow_flow": "beyond",
    "optimise_code": "beyond",
    "prepare_digit": "beyond",
    "pretrained_autoencoder": "beyond",
    "pretrained_conditional": "beyond",
    "pretrained_judge": "beyond",
    "responsibilities": "beyond",
    "table": "beyond",
    "train_judge": "beyond",
    "with_error": "beyond",
    "prediction": "checks.result",
    "KLDemo": "widgets",
    "LatentExplorer": "widgets",
    "LatentSliders": "widgets",
    "Playground": "widgets",
    "ReparameterizationDemo": "widgets",
    "export_page": "widgets",
}

__all__ = [
    "DATA",
    "VAE",
    "Epoch",
    "History",
    "Loss",
    "batches",
    "evaluate",
    "interpolate",
    "kl_divergence",
    "kl_per_dimension",
    "load_fashion",
    "load_mnist",
    "load_vae",
    "log_mean_exp_bound",
    "mean_code",
    "pretrained",
    "quantile_grid",
    "reconstruction_loss",
    "reparameterize",
    "save_vae",
    "train",
    "train_epoch",
    "vae_loss",
    "checks",
    *LATER,
]


def __getattr__(name: str) -> Any:
    with stop_waits():
        if name in ("beyond", "checks", "widgets"):
            return import_module(f"vae_helpers.{name}")
        if name in LATER:
            return getattr(import_module(f"vae_helpers.{LATER[name]}"), name)
    raise AttributeError(f"module 'vae_helpers' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
