"""Installed from a wheel, or from a folder with letters beyond ASCII, the package brings all it needs."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from hatchling.build import build_editable, build_wheel

ROOT = Path(__file__).parent.parent
LIBRARIES = sysconfig.get_path("purelib")
USE = """
import matplotlib.pyplot as plt
import vae_helpers
from vae_helpers import *
print(vae_helpers.__file__)
images, labels = load_mnist(train=False)
for vae in (pretrained(2), pretrained(20, seed=4), pretrained_autoencoder(), pretrained_conditional()):
    assert vae.latent_dim in (2, 20)
pretrained_judge(1)
plt.style.use("vae_helpers.style")
export_page(pretrained(2), images[:50], labels[:50], "page.html")
assert (DATA / "MNIST" / "raw").is_dir()
assert (DATA / "clinic.json").is_file()
"""
OPEN = "import runpy, sys; sys.argv[1:] = ['--version']; runpy.run_module('vae_helpers', run_name='__main__')"

pytestmark = pytest.mark.slow


def built(build: Callable[[str], str], folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `pip install` unpacks into site-packages."""
    monkeypatch.chdir(source)
    wheels, site = folder / "wheels", folder / "site"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / build(str(wheels))) as wheel:
        wheel.extractall(site)
    return site


def run(code: str, site: Path, folder: Path, **environment: str) -> str:
    """Run in another folder, by a Python that finds the package in `site` and the rest where it is here."""
    add_paths = (
        f"import site, sys; sys.path += [{str(site)!r}, {LIBRARIES!r}]; site.addsitedir({str(site)!r})"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"{add_paths}\n{code}"],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this folder, unpacked."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return built(build_wheel, tmp_path_factory.mktemp("wheel"), ROOT, monkeypatch)


def test_a_wheel_brings_data_and_models(site: Path, tmp_path: Path):
    assert next((site.parent / "wheels").iterdir()).stat().st_size < 60e6
    assert str(site) in run(USE, site, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_wheel_brings_the_notebooks(site: Path, tmp_path: Path):
    """`python -m vae_helpers` copies them to where it is started; then comes JupyterLab, here its version."""
    assert run(OPEN, site, tmp_path).splitlines()[-1] == version("jupyterlab")
    originals = [path.name for path in (ROOT / "notebooks").glob("*.ipynb")]
    assert sorted(path.name for path in (tmp_path / "my_notebooks").glob("*.ipynb")) == sorted(originals)


def test_a_wheel_is_found_by_a_kernel_that_runs(site: Path, tmp_path: Path):
    """As `%pip install` in a notebook that stands alone: first it is missing, then it is there."""
    empty = tmp_path / "site"
    empty.mkdir()
    missing = "import importlib.util, shutil; assert importlib.util.find_spec('vae_helpers') is None"
    install = f"shutil.copytree({str(site)!r}, {str(empty)!r}, dirs_exist_ok=True)"
    found = run(f"{missing}\n{install}\nimport vae_helpers; print(vae_helpers.__file__)", empty, tmp_path)
    assert str(empty) in found


def test_a_path_beyond_ascii_keeps_no_python_from_starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source = tmp_path / "Übung é ł"
    shutil.copytree(
        ROOT / "vae_helpers", source / "vae_helpers", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    site = built(build_editable, tmp_path, source, monkeypatch)
    for path in site.glob("*.pth"):
        assert path.read_bytes().isascii()
    found = run("import vae_helpers; print(ascii(vae_helpers.__file__))", site, tmp_path, LC_ALL="C")
    assert ascii(str(source))[1:-1] in found
