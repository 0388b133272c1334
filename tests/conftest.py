"""One stack for the whole session: real PostgreSQL, real Temporal, both stand-ins; and a worker in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from domain.states import State
from ledger.migrate import migrate
from tests.support import ACME, APPROVER, JOB, PROJECT, Site, config_of, own_folder
from workers.plant import Plant, open_plant
from workers.stack import Stack, local_stack
from workers.temporal import ensure_schedules
from workers.worker import cmic_worker, lifecycle_worker


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--crash", choices=("short", "full"), default="full", help="a sample of the crash points, or all")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    more = {"procore": ("--limits", "off"), "cmic": ("--limits", "off")}
    with own_folder() as folder, local_stack(folder, more=more) as running:
        yield running


@pytest.fixture(scope="session")
async def plant(stack: Stack) -> AsyncIterator[Plant]:
    await migrate(stack.database_url)
    config = config_of(stack, cmic={**config_of(stack).cmic.model_dump(), "per_second": 200, "max_in_flight": 20})
    async with open_plant(config) as opened:
        await ensure_schedules(opened.client, config, [])
        yield opened


@pytest.fixture(scope="session")
async def worker(plant: Plant) -> AsyncIterator[None]:
    async with lifecycle_worker(plant), cmic_worker(plant):
        yield


@pytest.fixture(scope="session")
async def connected(stack: Stack, plant: Plant, worker: None) -> AsyncIterator[Site]:
    """The demo's project is linked to its job, and the first vendor to the one CMiC has."""
    async with (
        httpx.AsyncClient(base_url=stack.procore_url, timeout=30) as procore,
        httpx.AsyncClient(base_url=stack.cmic_url, timeout=30) as cmic,
    ):
        site = Site(stack, plant, procore, cmic)
        project, vendor = f"project:562949:-:{PROJECT}", f"company:562949:01:{ACME}"
        for key, erp_id in ((project, JOB), (vendor, "ACME01")):
            outcome = await site.ask(key, "link", APPROVER, erp_id=erp_id)
            assert outcome.answer == "done", outcome
            await site.until(key, State.SYNCED)
        yield site


@pytest.fixture
async def site(connected: Site) -> AsyncIterator[Site]:
    """The session's site, without anybody's faults."""
    await connected.cmic.delete("/_sandbox/faults")
    await connected.procore.delete("/_sandbox/faults")
    yield connected
    await connected.cmic.delete("/_sandbox/faults")
    await connected.procore.delete("/_sandbox/faults")
