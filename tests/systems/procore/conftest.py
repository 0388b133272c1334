"""What most tests here need: the fake, its clock, and a client or gateway that is closed afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from systems.procore.client import ProcoreClient
from systems.procore.gateway import ProcoreGateway
from tests.systems.procore.fake import FakeProcore, FakeTime, client_of, gateway_of
from tests.systems.procore.financials import furnish_financials
from tests.systems.procore.samples import furnish
from tests.systems.procore.standin import Desk, opened, running


@pytest.fixture
def procore() -> FakeProcore:
    return FakeProcore()


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
async def client(procore: FakeProcore, time: FakeTime) -> AsyncIterator[ProcoreClient]:
    client = client_of(procore, time)
    yield client
    await client.aclose()


@pytest.fixture
async def gateway(procore: FakeProcore, time: FakeTime) -> AsyncIterator[ProcoreGateway]:
    furnish(procore)
    furnish_financials(procore)
    async with gateway_of(procore, time) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Desk]:
    async with opened(url) as desk:
        yield desk
