"""A student's copies: without outputs, never written over, linked as the originals are."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPResponse
from pathlib import Path
from urllib.error import URLError
from urllib.parse import unquote
from urllib.request import urlopen

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from pages import ROOT, links, text_of

from vae_helpers.__main__ import main as command
from vae_helpers.course import open as opening
from vae_helpers.course.open import copy_notebooks, main

NAMES = ["01_data.ipynb", "02_trick.ipynb"]
RAN = new_output("stream", text="what came out")


def write_original(path: Path, source: str, outputs: tuple = (RAN,)) -> None:
    cell = new_code_cell(source, id="one", outputs=list(outputs), execution_count=1)
    nbformat.write(new_notebook(cells=[cell]), path)


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two notebooks and their pages."""
    folder = tmp_path / "course"
    folder.mkdir()
    for name in NAMES:
        write_original(folder / name, "first")
    for name in ("QUESTIONS.md", "TEACHING.md"):
        (folder / name).write_text("for whom it is for", encoding="utf-8")
    monkeypatch.setattr(opening, "SHIPPED", folder)
    return folder


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "my_notebooks"


def source(path: Path) -> str:
    return nbformat.read(path, as_version=4).cells[0].source


# What is copied


def test_the_copies_are_the_originals_without_what_came_out(mine: Path):
    copy_notebooks(mine)
    originals = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert [path.name for path in sorted(mine.glob("*.ipynb"))] == [path.name for path in originals]
    for original in originals:
        expected = nbformat.read(original, as_version=4)
        assert any(cell.get("outputs") for cell in expected.cells)
        for cell in expected.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        copy = nbformat.read(mine / original.name, as_version=4)
        nbformat.validate(copy)
        assert copy == expected


def test_every_link_of_a_copy_leads_to_a_copy(mine: Path):
    copy_notebooks(mine)
    pages = [*mine.glob("*.ipynb"), *mine.glob("*.md")]
    found = [file for page in pages for file, _ in links(text_of(page)) if file]
    assert len(found) > 100
    for file in found:
        assert (mine / file).exists(), file


def test_what_is_for_instructors_is_not_copied(course: Path, mine: Path):
    copy_notebooks(mine)
    assert sorted(path.name for path in mine.iterdir()) == [".copied.json", *NAMES, "QUESTIONS.md"]


# What is there stays


def test_a_second_start_changes_nothing(course: Path, mine: Path, capsys: pytest.CaptureFixture):
    copy_notebooks(mine)
    (mine / NAMES[0]).write_text('{"cells": ["my own work"]}', encoding="utf-8")
    (mine / "QUESTIONS.md").write_text("my own notes", encoding="utf-8")
    before = {path: path.read_bytes() for path in mine.iterdir()}
    assert capsys.readouterr().out == f"3 files are new in {mine}\n"
    copy_notebooks(mine)
    assert {path: path.read_bytes() for path in mine.iterdir()} == before
    assert capsys.readouterr().out == ""


def test_a_newer_original_is_told_and_comes_when_its_copy_is_renamed(
    course: Path, mine: Path, capsys: pytest.CaptureFixture
):
    copy_notebooks(mine)
    write_original(mine / NAMES[1], "mine")
    write_original(course / NAMES[1], "second")
    (course / "QUESTIONS.md").write_text("answered", encoding="utf-8")
    capsys.readouterr()
    for _ in range(2):
        copy_notebooks(mine)
        said = capsys.readouterr().out
        assert said == "newer in the course: 02, QUESTIONS; rename yours and start again to get them\n"
    (mine / NAMES[1]).rename(mine / "old.ipynb")
    copy_notebooks(mine)
    assert "newer in the course: QUESTIONS;" in capsys.readouterr().out
    assert source(mine / "old.ipynb") == "mine"
    assert source(mine / NAMES[1]) == "second"
    (mine / "QUESTIONS.md").unlink()
    copy_notebooks(mine)
    assert "newer in the course" not in capsys.readouterr().out


def test_an_original_that_ran_again_is_not_newer(course: Path, mine: Path, capsys: pytest.CaptureFixture):
    copy_notebooks(mine)
    write_original(course / NAMES[0], "first", outputs=())
    capsys.readouterr()
    copy_notebooks(mine)
    assert capsys.readouterr().out == ""


def test_a_file_that_was_not_copied_is_left_alone(course: Path, mine: Path, capsys: pytest.CaptureFixture):
    """It is one's own, or the record is lost: nobody knows what it was made from."""
    mine.mkdir()
    write_original(mine / NAMES[0], "mine")
    (mine / ".copied.json").write_text("{", encoding="utf-8")
    copy_notebooks(mine)
    assert source(mine / NAMES[0]) == "mine"
    assert capsys.readouterr().out == f"2 files are new in {mine}\n"


@pytest.mark.parametrize("content", [b"", b'{"cells": [', b"[]", b'{"nbformat": 4}', b"\xff\xfe"])
def test_a_broken_copy_makes_room_and_is_kept(
    content: bytes, course: Path, mine: Path, capsys: pytest.CaptureFixture
):
    copy_notebooks(mine)
    for number in (1, 2):
        (mine / NAMES[0]).write_bytes(content)
        copy_notebooks(mine)
        assert source(mine / NAMES[0]) == "first"
        assert (mine / f"01_data_broken_{number}.txt").read_bytes() == content
    assert f"{NAMES[0]} is cut or damaged; it is now 01_data_broken_1.txt" in capsys.readouterr().out


def test_a_full_disk_leaves_no_half_copy(course: Path, mine: Path, monkeypatch: pytest.MonkeyPatch):
    def full(self: Path, text: str, **_: object) -> None:
        self.touch()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(SystemExit, match="No space left on device"):
            main(["--folder", str(mine), "--copy-only"])
    copy_notebooks(mine)
    assert source(mine / NAMES[0]) == "first"
    assert not list(mine.glob("*broken*"))


# The command


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list:
    """What JupyterLab was started with."""
    arguments = []
    monkeypatch.setattr(sys, "argv", ["python -m vae_helpers"])
    monkeypatch.setattr(opening.runpy, "run_module", lambda *_, **__: arguments.extend(sys.argv[1:]))
    return arguments


def test_jupyterlab_shows_the_copies_and_reaches_the_course(
    course: Path, tmp_path: Path, launched: list, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(opening, "PACKAGE", tmp_path / "vae_helpers")
    command(["--no-browser"])
    assert (tmp_path / "my_notebooks" / NAMES[0]).exists()
    assert launched == [
        f"--ServerApp.root_dir={tmp_path}",
        "--LabApp.default_url=/lab/tree/my_notebooks",
        "--no-browser",
    ]


def test_the_copies_of_a_wheel_are_where_it_is_started(
    course: Path, tmp_path: Path, launched: list, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(opening, "IN_A_CLONE", False)
    monkeypatch.chdir(tmp_path)
    command([])
    assert (tmp_path / "my_notebooks" / NAMES[0]).exists()
    assert launched[0] == f"--ServerApp.root_dir={tmp_path}"


def test_a_folder_elsewhere_with_any_name(course: Path, tmp_path: Path, launched: list):
    folder = tmp_path / "Übung é ł" / "a b"
    command(["--folder", str(folder), "--port=9999"])
    assert launched == [
        f"--ServerApp.root_dir={folder.parent}",
        "--LabApp.default_url=/lab/tree/a%20b",
        "--port=9999",
    ]
    command(["--folder", str(tmp_path / "ł"), "--copy-only"])
    assert len(launched) == 3
    assert (tmp_path / "ł" / NAMES[0]).exists()


def test_no_place_for_the_copies(course: Path, tmp_path: Path):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SystemExit, match=r"^there is no place for copies in .*; choose another with --f"):
            command(["--folder", str(folder)])


def test_a_course_that_is_read_only(course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def mkdir(self: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied")  # to root, no folder is read-only

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(SystemExit, match=r"my_notebooks: Permission denied; choose another with --folder"):
        command([])


def test_an_unknown_command(capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit, match=r"^there is no command 'colect', but collect, page, pretrain;"):
        command(["colect", "hand-ins"])
    with pytest.raises(SystemExit):
        command(["--help"])
    assert "--copy-only" in capsys.readouterr().out


def test_nobody_waits_for_torch(tmp_path: Path):
    """JupyterLab starts in a second or two, and torch takes as long again."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "vae_helpers", "--copy-only", "--folder", "Übung é ł"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert rb"\u0142" in done.stdout
    assert (tmp_path / "Übung é ł" / "QUESTIONS.md").exists()
    imported = {line.split(b"|")[-1].strip() for line in done.stderr.splitlines()}
    assert b"vae_helpers._paths" in imported
    assert not imported & {b"torch", b"numpy", b"jupyterlab"}


# Beside the course's own tools


@pytest.mark.slow
def test_pytest_and_ruff_leave_the_copies_alone(tmp_path: Path):
    """A student's notebook holds errors, and outputs that are not the course's."""
    for name in ("pyproject.toml", ".gitignore"):
        shutil.copy(ROOT / name, tmp_path)
    for folder in ("my_notebooks", "notebooks"):
        (tmp_path / folder).mkdir()
        write_original(tmp_path / folder / "01_data.ipynb", "import  os")
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "--collect-only", "-q", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    ).stdout
    assert "notebooks/01_data.ipynb" in collected
    assert "my_notebooks" not in collected
    ruff = shutil.which("ruff", path=Path(sys.executable).parent)
    if ruff:  # it comes with the tools of contributors
        complaints = subprocess.run([ruff, "check", "."], cwd=tmp_path, capture_output=True, text=True).stdout
        assert "notebooks" in complaints
        assert "my_notebooks" not in complaints


def answer(address: str) -> HTTPResponse:
    """What a server says that will listen in a moment."""
    for _ in range(300):
        with suppress(URLError):
            return urlopen(address)
        time.sleep(0.1)
    raise TimeoutError(address)


@pytest.mark.slow
def test_jupyterlab_opens_on_the_copies(tmp_path: Path):
    """As the README's first command ends: its address shows the copies, in a folder of any name."""
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    options = ["--no-browser", "--allow-root", "--port=0", "--IdentityProvider.token=tests"]
    server = subprocess.Popen(
        [sys.executable, "-m", "vae_helpers", "--folder", str(tmp_path / "Übung é ł"), *options],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | {place: str(tmp_path / place) for place in places},
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        log = iter(server.stderr.readline, "")
        address = next(line.split()[-1].partition("?")[0] for line in log if "/lab/tree/" in line)
        assert unquote(address).endswith("/lab/tree/Übung é ł")
        contents = json.load(answer(f"{address.replace('/lab/tree/', '/api/contents/')}?token=tests"))[
            "content"
        ]
        names = [entry["name"] for entry in contents]
        assert "QUESTIONS.md" in names
        assert "01_data_loading.ipynb" in names
    finally:
        server.terminate()
        server.communicate()
