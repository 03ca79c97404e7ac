"""The examples in the docstrings do what they say, and every function that students call has one."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest
import torch

import vae_helpers
from vae_helpers import widgets

MODULES = [module.name for module in pkgutil.walk_packages(vae_helpers.__path__, "vae_helpers.")]
READ = {"CheckResult", "DATA", "Epoch", "Loss", "checks"}  # a student does not call them


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    imported = {public: getattr(vae_helpers, public) for public in vae_helpers.__all__} | {"torch": torch}
    with torch.random.fork_rng():
        assert doctest.testmod(importlib.import_module(name), extraglobs=imported).failed == 0


@pytest.mark.parametrize("name", sorted({*vae_helpers.__all__} - {*widgets.__all__} - READ))
def test_every_function_that_students_call_has_an_example(name: str):
    assert ">>>" in getattr(vae_helpers, name).__doc__
