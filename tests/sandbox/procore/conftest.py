"""One stand-in without limits for most tests, with fresh books for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.procore.stand import Api, Stand, started


@pytest.fixture(scope="session")
def running() -> Iterator[Stand]:
    """The shared process."""
    with started("--no-state", "--limits", "off") as stand:
        yield stand


@pytest.fixture
def stand(running: Stand) -> Stand:
    """The shared process with fresh books and every switch as at the start."""
    running.control("POST", "/reset")
    return running


@pytest.fixture
def api(stand: Stand) -> Api:
    """A signed-in caller of the shared process."""
    return stand.api()
