"""What most tests here need: the fake, its clock, and a client or gateway that is closed afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from systems.procore.client import ProcoreClient
from systems.procore.gateway import ProcoreGateway
from tests.systems.procore.fake import FakeProcore, FakeTime, client_of, gateway_of
from tests.systems.procore.samples import furnish


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
    async with gateway_of(procore, time) as gateway:
        yield gateway
