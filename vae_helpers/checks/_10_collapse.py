"""Exercise of notebook 10: up to which price a code is worth it."""

from vae_helpers.checks._exercise import exercise


@exercise(
    inputs=lambda: [(100.0, 10.0, 200.0), (80.0, 25.0, 205.0), (181.0, 7.0, 206.0)],
    mistakes={
        "the silent model's nats are not compared with": lambda reconstruction, kl, silent: (
            reconstruction / kl
        ),
        "the reconstruction is not subtracted": lambda reconstruction, kl, silent: silent / kl,
        "the KL is paid once before beta is asked for": (
            lambda reconstruction, kl, silent: (silent - reconstruction - kl) / kl
        ),
        "the KL is added before it divides": lambda reconstruction, kl, silent: (
            (silent - reconstruction + kl) / kl
        ),
        "it is not divided by the KL": lambda reconstruction, kl, silent: silent - reconstruction,
    },
    praise="At this beta both models have the same loss; above it, the silent one has the smaller.",
    hint="The model with a code pays reconstruction + beta * kl, the silent one pays `silent` and no KL. For "
    "which beta are they equal?",
)
def dearest_beta(reconstruction: float, kl: float, silent: float) -> float:
    """The beta up to which a model with this code has a smaller loss than one whose code is silent."""
    return (silent - reconstruction) / kl
