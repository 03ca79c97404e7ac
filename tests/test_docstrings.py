"""The examples in docstrings do what they say, each function for students has one; and what loads when."""

import doctest
import importlib
import pkgutil
import sys
from pathlib import Path
from unittest.mock import patch

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


def test_tab_offers_what_is_loaded_later():
    assert {*vae_helpers.__all__} <= {*dir(vae_helpers)}


def test_the_further_folders_are_loaded_when_they_are_first_used():
    """As in a new kernel, which has to wait for all that is imported at its start."""
    with patch.dict(sys.modules):
        for name in [name for name in sys.modules if name.partition(".")[0] == "vae_helpers"]:
            del sys.modules[name]
        afresh = importlib.import_module("vae_helpers")
        later = {f"vae_helpers.{folder}" for folder in ("beyond", "checks", "course", "widgets")}
        assert not later & {*sys.modules}
        assert afresh.Claim.__module__ == "vae_helpers.beyond.evidence"
        assert later & {*sys.modules} == {"vae_helpers.beyond"}
