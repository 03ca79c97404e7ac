"""What the further notebooks share: a rival, judges, evidence, other places to draw z from, own pictures."""

from vae_helpers.beyond.autoencoder import Autoencoder, pretrained_autoencoder
from vae_helpers.beyond.codes import optimise_code
from vae_helpers.beyond.conditional import ConditionalVAE, pretrained_conditional
from vae_helpers.beyond.drawing import prepare_digit
from vae_helpers.beyond.evidence import Claim, table, with_error
from vae_helpers.beyond.judge import Judge, pretrained_judge, train_judge
from vae_helpers.beyond.priors import Mixture, flow_target, follow_flow, responsibilities

__all__ = [
    "Autoencoder",
    "Claim",
    "ConditionalVAE",
    "Judge",
    "Mixture",
    "flow_target",
    "follow_flow",
    "optimise_code",
    "prepare_digit",
    "pretrained_autoencoder",
    "pretrained_conditional",
    "pretrained_judge",
    "responsibilities",
    "table",
    "train_judge",
    "with_error",
]
