"""The models that come with the notebooks are replaced only by who asks for it."""

from pathlib import Path

import pytest

from vae_helpers import VAE, History, load_vae, pretrain, save_vae


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the models are written, by a training that takes no time."""
    monkeypatch.setattr(pretrain, "PRETRAINED", tmp_path)
    monkeypatch.setattr(pretrain, "train", lambda vae, images, **_: History())
    return tmp_path


def test_names_what_is_there_and_leaves_it(folder: Path, capsys: pytest.CaptureFixture):
    save_vae(VAE(2, 5), folder / "vae_2d.pt")
    with pytest.raises(SystemExit, match="1"):
        pretrain.main([])
    said = capsys.readouterr()
    assert f"will overwrite {folder / 'vae_2d.pt'}" in said.out
    assert f"will write {folder / 'vae_20d.pt'}" in said.out
    assert "add --overwrite" in said.err
    assert [path.name for path in folder.iterdir()] == ["vae_2d.pt"]
    assert load_vae(folder / "vae_2d.pt").hidden_dim == 5


def test_overwrites_when_told_to(folder: Path):
    save_vae(VAE(2, 5), folder / "vae_2d.pt")
    pretrain.main(["--overwrite"])
    assert load_vae(folder / "vae_2d.pt").hidden_dim == 400


def test_an_empty_folder_needs_no_permission(folder: Path):
    pretrain.main([])
    assert load_vae(folder / "vae_20d.pt").latent_dim == 20
