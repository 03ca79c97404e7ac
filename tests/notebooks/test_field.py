"""What broke where the course was used: another shell or folder, a damaged download, a stale kernel."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from cells import plain
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output
from pages import README, ROOT, text_of
from told import told

import vae_helpers

NOTEBOOK = ROOT / "notebooks" / "01_data_loading.ipynb"
NO_NETWORK = """
import socket

def refuse(*_, **__):
    raise OSError("there is no network")

socket.getaddrinfo = socket.create_connection = refuse
"""


def draws(cell: NotebookNode) -> bool:
    return any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))


@pytest.mark.slow
def test_the_first_figure_in_another_folder_and_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Jupyter runs it where there is no `data`, without network, and the shell asks for a silent backend."""
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    first = next(i for i, cell in enumerate(notebook.cells) if draws(cell))
    notebook.cells = [new_code_cell(NO_NETWORK), *notebook.cells[: first + 1]]
    for cell in notebook.cells:
        cell.outputs = []
    NotebookClient(
        notebook, kernel_name="python3", timeout=120, resources={"metadata": {"path": tmp_path}}
    ).execute()
    assert draws(notebook.cells[-1])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 47040016\n", bytes(20_000_000)],
    ids=["empty", "a pointer of git-lfs", "cut"],
)
def test_a_damaged_download_ends_notebook_1_in_one_sentence(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    name, raw = "train-images-idx3-ubyte", tmp_path / "MNIST" / "raw"
    shutil.copytree(vae_helpers.DATA / "MNIST" / "raw", raw)
    (raw / name).write_bytes(content)
    monkeypatch.setattr("vae_helpers.DATA", tmp_path)
    monkeypatch.setattr("vae_helpers.data.DATA", tmp_path)
    imports, loading = [cell.source for cell in plain(NOTEBOOK).cells if cell.cell_type == "code"][:2]
    names = {}
    exec(imports, names)
    with told(ValueError, f"{name} .* is damaged .* get the course again"):
        exec(loading, names)


def test_a_stale_kernel_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It shadows that of an environment owned by somebody else, but for the variable that TEACHING names."""
    stale = tmp_path / "kernels" / "python3"
    stale.mkdir(parents=True)
    spec = {
        "argv": ["/gone/python", "-f", "{connection_file}"],
        "display_name": "stale",
        "language": "python",
    }
    (stale / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    names = {}
    for prefer in ("0", "1"):
        monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", prefer)
        listed = subprocess.run(
            [sys.executable, "-m", "jupyter_client.kernelspecapp", "list", "--json"],
            capture_output=True,
            check=True,
        )
        names[prefer] = json.loads(listed.stdout)["kernelspecs"]["python3"]["spec"]["display_name"]
    assert names["0"] == "stale"
    assert names["1"] != "stale"


@pytest.mark.slow
def test_a_notebook_that_colab_has_saved_by_halves(tmp_path: Path):
    """With a slider, and no `state` where nbconvert and GitHub look for it; then mended as README says."""
    widget = {"model_name": "HBoxModel", "model_module": "@jupyter-widgets/controls", "state": {}}
    bar = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "0%"}
    view = new_output("display_data", bar)
    result = new_output("stream", text="Epoch [1/1] Loss: 164.37")
    notebook = new_notebook(
        cells=[new_code_cell("train()", outputs=[view, result])],
        metadata={"widgets": {"application/vnd.jupyter.widget-state+json": {"a": widget}}},
    )
    file = tmp_path / "FILE.ipynb"
    nbformat.write(notebook, file)
    with pytest.raises(KeyError, match="state"):
        HTMLExporter().from_filename(file)
    (command,) = re.findall(r"`.venv/bin/python (-m nbconvert .+?)`", text_of(README))
    subprocess.run([sys.executable, *command.split()], cwd=tmp_path, check=True, capture_output=True)
    assert "Epoch [1/1] Loss: 164.37" in HTMLExporter().from_filename(file)[0]


def test_the_first_command_opens_the_course():
    """And so do all others that a new reader meets."""
    commands = re.findall(r"^```(?:sh|bat)\n(.+?)\n```", text_of(README), re.MULTILINE | re.DOTALL)
    opening = [command for command in commands if "-m pytest" not in command]
    assert len(opening) == 5
    assert all(command.endswith("python -m vae_helpers") for command in opening)
    assert (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()[0].endswith("-m vae_helpers")
