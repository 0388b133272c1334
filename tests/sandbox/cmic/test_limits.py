"""The published limits: 5 in flight, 15 in any second, 429 at once (cmic-api §1.6)."""

import asyncio
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.cmic.standin import BASIC, Api, header, running


@pytest.fixture
def limited() -> Iterator[Api]:
    """A stand-in with its limits on, as it starts by default."""
    with running("--seed", "demo") as process:
        caller = Api(process.url)
        yield caller
        caller.close()


async def gets(url: str, count: int) -> list[httpx.Response]:
    async with httpx.AsyncClient(base_url=url, auth=BASIC) as client:
        return await asyncio.gather(*(client.get("/cmictest/jc-rest-api/rest/1/jcjob") for _ in range(count)))


def test_more_than_15_in_a_second_are_refused(limited: Api) -> None:
    limited.control("PATCH", "settings", {"latency_ms": 0})
    statuses = [limited.get("jcjob").status_code for _ in range(17)]
    assert statuses == [200] * 15 + [429] * 2
    time.sleep(1.05)
    assert limited.get("jcjob").status_code == 200


async def test_more_than_5_at_once_are_refused(limited: Api) -> None:
    limited.control("PATCH", "settings", {"latency_ms": 300})
    answers = await gets(limited.url, 9)
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 4
    refusal = next(answer for answer in answers if answer.status_code == 429)
    assert "retry-after" not in refusal.headers
    assert refusal.headers["content-type"].startswith("text/plain")
    summary = limited.control("GET", "traffic/summary")
    assert summary["max_in_flight"] == 5
    assert summary["by_status"] == {"200": 5, "429": 4}


async def test_refused_requests_do_not_count(limited: Api) -> None:
    limited.control("PATCH", "settings", {"latency_ms": 300})
    await gets(limited.url, 9)
    limited.control("PATCH", "settings", {"latency_ms": 0})
    assert [limited.get("jcjob").status_code for _ in range(11)] == [200] * 10 + [429]


def test_a_refused_write_commits_nothing(limited: Api) -> None:
    limited.control("PATCH", "settings", {"max_per_second": 1})
    assert limited.get("jcjob").status_code == 200
    assert limited.post("scmast", header()).status_code == 429
    assert limited.books("scmast") == []


def test_control_and_identity_are_exempt(limited: Api) -> None:
    for _ in range(30):
        limited.control("GET", "health")
        assert limited.client.post("/_identity/oauth2/v2.0/token").status_code == 400
    assert limited.get("jcjob").status_code == 200


def test_limits_can_be_changed_and_switched_off(limited: Api) -> None:
    limited.control("PATCH", "settings", {"max_per_second": 2})
    assert [limited.get("jcjob").status_code for _ in range(3)] == [200, 200, 429]
    limited.control("PATCH", "settings", {"limits": False})
    assert {limited.get("jcjob").status_code for _ in range(40)} == {200}


def test_without_limits_it_is_fast(api: Api) -> None:
    api.get("jcjob")
    started = time.monotonic()
    assert {api.get("jcjob").status_code for _ in range(200)} == {200}
    assert 200 / (time.monotonic() - started) > 150


def test_no_header_chooses_the_address_that_is_counted(limited: Api) -> None:
    limited.control("PATCH", "settings", {"max_per_second": 2})
    statuses = [
        limited.client.get(limited.path("jcjob"), headers={"x-forwarded-for": f"10.0.0.{n}"}).status_code
        for n in range(3)
    ]
    assert statuses == [200, 200, 429]
