"""A history is its rows, and its columns are theirs."""

import pytest

from vae_helpers import Epoch, History

ROWS = [Epoch(164.4, 138.0, 26.4, 127.3, 2.5), Epoch(121.3, 96.1, 25.2, 115.5, 2.4)]


@pytest.mark.parametrize("column", Epoch._fields)
def test_a_column_has_one_entry_per_row(column: str):
    assert getattr(History(ROWS), column) == [getattr(row, column) for row in ROWS]


def test_rows_are_reached_by_number_and_grow():
    history = History(ROWS)
    assert history[1].kl == 25.2
    history.append(ROWS[0])
    assert history.loss == [164.4, 121.3, 164.4]
    assert History().loss == []
