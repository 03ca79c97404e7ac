"""The command that writes the page."""

from pathlib import Path

import pytest

from vae_helpers.__main__ import main


@pytest.mark.parametrize(
    ("options", "title", "holds"),
    [([], "The latent", "2,000 digits"), (["--playground"], "A variational", "4,096 digits")],
)
def test_writes_a_page_that_stands_alone(
    options: list[str], title: str, holds: str, tmp_path: Path, capsys: pytest.CaptureFixture
):
    file = tmp_path / "a page.html"
    main(["page", str(file), *options])
    assert capsys.readouterr().out == f"{file} is written; open it in a browser\n"
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    page = file.read_text(encoding="utf-8")
    assert page.count("</html>") == 1
    assert f"<title>{title}" in page
    assert f"{holds} of MNIST" in page
    assert "<script src" not in page
    assert 0.4e6 < len(page) < 4e6


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing/page.html", "path must be in an existing folder, got"),
        (".", "cannot be written, so nothing has changed: Is a directory"),
    ],
)
def test_no_file_can_be_there(name: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit, match="2"):
        main(["page", str(tmp_path / name)])
    assert sentence in capsys.readouterr().err
