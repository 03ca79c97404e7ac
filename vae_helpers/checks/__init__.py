"""What is wrong with a learner's function, told by what it does and never by its source.

`checks.NAME(my_NAME)` runs the function on small made-up inputs and compares its answer with the right one,
and with what well-known mistakes give. It shows itself as the last expression of a cell. A check gives the
same result every time, needs no file, and leaves the global random state as it was.

In the files of the exercises, the function under `@exercise` is the right answer; that under `@check`
examines an answer.

To add an exercise, follow `.github/CONTRIBUTING.md`.
"""

from vae_helpers.checks._01_data_loading import flatten_batch, to_unit_interval
from vae_helpers.checks._02_reparameterization_trick import reparameterize, reparameterize_exponential
from vae_helpers.checks._03_kl_term import kl_divergence, monte_carlo_kl
from vae_helpers.checks._04_training import training_step, vae_loss
from vae_helpers.checks._05_latent_exploration import interpolate, mean_code
from vae_helpers.checks._06_evaluation import claim, kl_of_shares
from vae_helpers.checks._07_better_samples import mean_velocity, responsibilities
from vae_helpers.checks._08_compression import optimise_code, prior_gain
from vae_helpers.checks._09_your_own import best_sigma, gaussian_loss, hidden_beta
from vae_helpers.checks._10_collapse import dearest_beta
from vae_helpers.checks._11_clinic import diagnosis, output_bias
from vae_helpers.checks._12_other_gradients import score_function_gradient
from vae_helpers.checks._13_sayings import rotate_latent_space
from vae_helpers.checks.result import CheckResult

__all__ = [
    "CheckResult",
    "best_sigma",
    "claim",
    "dearest_beta",
    "diagnosis",
    "flatten_batch",
    "gaussian_loss",
    "hidden_beta",
    "interpolate",
    "kl_divergence",
    "kl_of_shares",
    "mean_code",
    "mean_velocity",
    "monte_carlo_kl",
    "optimise_code",
    "output_bias",
    "prior_gain",
    "reparameterize",
    "reparameterize_exponential",
    "responsibilities",
    "rotate_latent_space",
    "score_function_gradient",
    "to_unit_interval",
    "training_step",
    "vae_loss",
]
