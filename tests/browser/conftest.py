"""The browser that the tests of a file share."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The Chromium of this machine; asked for only where playwright is there."""
    from chromium import chromium

    with chromium() as browser:
        yield browser
