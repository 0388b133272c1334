"""One real stand-in process for the whole folder, begun again with the demonstration books before every test."""

from collections.abc import Iterator

import pytest

from tests.sandbox.cmic.standin import Api, Process, running


@pytest.fixture(scope="session")
def process() -> Iterator[Process]:
    """A stand-in without limits."""
    with running("--seed", "demo", "--limits", "off") as started:
        yield started


@pytest.fixture(scope="session")
def caller(process: Process) -> Iterator[Api]:
    """One caller for all tests: making an HTTP client takes longer than most of them."""
    made = Api(process.url)
    yield made
    made.close()


@pytest.fixture
def api(caller: Api) -> Api:
    """The caller with fresh books, no faults, and the settings of the start."""
    caller.settle()
    caller.control("POST", "reset", {"seed": "demo"})
    return caller
