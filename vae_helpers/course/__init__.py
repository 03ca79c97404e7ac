"""The commands of `python -m vae_helpers`: one file each."""
