"""The command that executes and saves notebooks: what it keeps, what it drops, and what it lists."""

from pathlib import Path

import execute
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output


def printed(source: str, saved: str, **metadata: object) -> nbformat.NotebookNode:
    outputs = [new_output("stream", name="stdout", text=saved)]
    return new_code_cell(source, execution_count=7, outputs=outputs, metadata=metadata)


@pytest.mark.slow
def test_a_notebook_is_run_saved_and_its_moves_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture):
    pytest.importorskip("nbstripout")
    held = {"tags": ["measured"], "measured": {"within": 1}}
    cells = [
        new_markdown_cell("In 1998", metadata={"numbers": {"the year": "1998"}, "slideshow": {}}),
        printed("print('loss 105.9')", "loss 105.8\n", **held),
        printed("print('loss 230.1')", "loss 105.8\n", **held, collapsed=True),
        printed("print('loss 5')", "loss 5\n"),
        new_code_cell("from tqdm.auto import tqdm\nfor _ in tqdm(range(3)): pass\nprint('done')"),
    ]
    path = tmp_path / "small.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    assert execute.main([str(path)]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[1:] == [
        '  [1]   after "loss": saved is 105.8, now comes 105.9',
        '  [2] ! after "loss": saved is 105.8, now comes 230.1',
    ]
    after = nbformat.read(path, as_version=4)
    assert [cell.execution_count for cell in after.cells[1:]] == [1, 2, 3, 4]
    kept = [sorted(cell.metadata) for cell in after.cells]
    assert kept == [["numbers"], ["measured", "tags"], ["measured", "tags"], [], []]
    assert [output.get("text") for output in after.cells[4].outputs] == ["done\n"]
    assert "widgets" not in after.metadata


@pytest.mark.slow
def test_a_notebook_with_an_error_stays_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture):
    path = tmp_path / "broken.ipynb"
    nbformat.write(new_notebook(cells=[printed("1 / 0", "loss 105.8\n")]), path)
    before = path.read_bytes()
    assert execute.main([str(path)]) == 1
    assert path.read_bytes() == before
    assert "ZeroDivisionError" in capsys.readouterr().out
