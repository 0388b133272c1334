"""Sync requests: rows of many callers in one request, and each caller told of its own row only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from domain.ports import NotThere, Unavailable
from domain.refusals import Refused
from systems.procore.sync_answers import outcomes
from systems.procore.syncing import MOST_COALESCED, MOST_ROWS, Endpoint, Syncs
from systems.procore.written import Outcome
from tests.systems.procore.fake import COMPANY, PROJECT, FakeProcore, body_of, client_of, fails, reply

PATH = "/rest/v1.0/work_order_contracts/sync"
HERE = Endpoint(COMPANY, PATH, body=(("project_id", PROJECT),))


def row(number: int) -> dict[str, Any]:
    return {"id": number, "origin_id": f"01|{number}"}


def all_written(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"entities": body_of(request)["updates"], "errors": []})


def sizes(procore: FakeProcore) -> list[int]:
    return [len(body_of(r)["updates"]) for r in procore.sent("PATCH")]


@pytest.fixture
async def syncs(procore: FakeProcore) -> AsyncIterator[Syncs]:
    client = client_of(procore)
    syncs = Syncs(client)
    procore.on("PATCH", PATH, all_written)
    yield syncs
    await syncs.aclose()
    await client.aclose()


async def until_sent(procore: FakeProcore, count: int) -> None:
    for _ in range(200):
        if len(procore.sent("PATCH")) >= count:
            return
        await asyncio.sleep(0)
    raise AssertionError(f"{count} requests were never sent")


async def test_rows_that_wait_together_travel_together(procore: FakeProcore, syncs: Syncs) -> None:
    found = await asyncio.gather(*(syncs.submit(HERE, row(n)) for n in range(1, 701)))
    assert found == [Outcome()] * 700
    assert sizes(procore) == [MOST_COALESCED, 200]
    assert body_of(procore.sent("PATCH")[0])["project_id"] == PROJECT


async def test_rows_that_come_during_a_request_form_the_next(procore: FakeProcore, syncs: Syncs) -> None:
    procore.hold = asyncio.Event()
    first = asyncio.create_task(syncs.submit(HERE, row(1)))
    await until_sent(procore, 1)
    later = [asyncio.create_task(syncs.submit(HERE, row(n))) for n in (2, 3, 4)]
    await asyncio.sleep(0)
    procore.hold.set()
    await asyncio.gather(first, *later)
    assert sizes(procore) == [1, 3]


async def test_scopes_are_never_mixed(procore: FakeProcore, syncs: Syncs) -> None:
    there = Endpoint(COMPANY, PATH, body=(("project_id", 311),))
    elsewhere = Endpoint(2, PATH, body=(("project_id", PROJECT),))
    await asyncio.gather(*(syncs.submit(e, row(n)) for n, e in enumerate((HERE, there, elsewhere), 1)))
    told = {
        (r.headers["procore-company-id"], body_of(r)["project_id"], body_of(r)["updates"][0]["id"])
        for r in procore.sent("PATCH")
    }
    assert told == {(str(COMPANY), PROJECT, 1), (str(COMPANY), 311, 2), ("2", PROJECT, 3)}


async def test_one_record_twice_goes_in_order(procore: FakeProcore, syncs: Syncs) -> None:
    set_it = syncs.submit(HERE, {"id": 1, "origin_id": "A"})
    clear_it = syncs.submit(HERE, {"id": 1, "origin_id": None})
    await asyncio.gather(set_it, clear_it, syncs.submit(HERE, row(2)))
    assert [body_of(r)["updates"] for r in procore.sent("PATCH")] == [
        [{"id": 1, "origin_id": "A"}, row(2)],
        [{"id": 1, "origin_id": None}],
    ]


async def test_each_hears_of_its_own_row(procore: FakeProcore, syncs: Syncs) -> None:
    answer = {
        "entities": [{"id": 1, "origin_id": "01|1"}],
        "errors": [
            {"id": 2, "origin_id": "01|2", "errors": {"origin_id": ["has already been taken"]}},
            {"id": 3, "errors": {"id": ["Entity with this ID not found"]}},
        ],
    }
    procore.on("PATCH", PATH, reply(answer))
    found = await asyncio.gather(*(syncs.submit_header(HERE, row(n)) for n in (1, 2, 3, 4)), return_exceptions=True)
    assert found[0] == Outcome()
    assert found[1] == Outcome(words="origin_id: has already been taken")
    assert isinstance(found[2], NotThere)
    assert isinstance(found[3], Unavailable)
    assert found[3].maybe_done is True


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply({"message": "no"}, 403), Refused),
        (reply({"message": "gone"}, 404), NotThere),
        (reply("", 502), Unavailable),
        (fails(httpx.ReadTimeout("x")), Unavailable),
    ],
)
async def test_what_befalls_the_request_befalls_all_of_it(
    procore: FakeProcore, syncs: Syncs, answer: Any, kind: type[Exception]
) -> None:
    procore.on("PATCH", PATH, answer)
    found = await asyncio.gather(*(syncs.submit(HERE, row(n)) for n in (1, 2, 3)), return_exceptions=True)
    assert [type(error) for error in found] == [type(found[0])] * 3
    assert isinstance(found[0], kind)
    assert len({id(error) for error in found}) == 3
    assert sizes(procore) == [3]


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_one_bad_row_does_not_take_the_others_along(procore: FakeProcore, syncs: Syncs, status: int) -> None:
    def picky(request: httpx.Request) -> httpx.Response:
        if any(r["id"] == 5 for r in body_of(request)["updates"]):
            return httpx.Response(status, json={"message": "row is bad"})
        return all_written(request)

    procore.on("PATCH", PATH, picky)
    found = await asyncio.gather(*(syncs.submit(HERE, row(n)) for n in range(1, 9)), return_exceptions=True)
    assert [n for n, outcome in enumerate(found, 1) if isinstance(outcome, Refused)] == [5]
    assert [outcome for outcome in found if not isinstance(outcome, Refused)] == [Outcome()] * 7


async def test_one_who_gives_up_while_waiting_is_left_out(procore: FakeProcore, syncs: Syncs) -> None:
    procore.hold = asyncio.Event()
    first = asyncio.create_task(syncs.submit(HERE, row(1)))
    await until_sent(procore, 1)
    gone, stays = (asyncio.create_task(syncs.submit(HERE, row(n))) for n in (2, 3))
    await asyncio.sleep(0)
    gone.cancel()
    procore.hold.set()
    await asyncio.gather(first, stays)
    assert [[r["id"] for r in body_of(q)["updates"]] for q in procore.sent("PATCH")] == [[1], [3]]


async def test_one_who_gives_up_under_way_does_not_stop_the_others(procore: FakeProcore, syncs: Syncs) -> None:
    procore.hold = asyncio.Event()
    gone, stays = (asyncio.create_task(syncs.submit(HERE, row(n))) for n in (1, 2))
    await until_sent(procore, 1)
    gone.cancel()
    procore.hold.set()
    assert await stays == Outcome()
    assert sizes(procore) == [2]


async def test_closing_tells_those_who_wait(procore: FakeProcore, syncs: Syncs) -> None:
    procore.hold = asyncio.Event()
    first = asyncio.create_task(syncs.submit(HERE, row(1)))
    await until_sent(procore, 1)
    second = asyncio.create_task(syncs.submit(HERE, row(2)))
    await asyncio.sleep(0)
    await syncs.aclose()
    for error in await asyncio.gather(first, second, return_exceptions=True):
        assert isinstance(error, Unavailable)
        assert error.maybe_done is True


async def test_a_defect_reaches_those_who_wait(procore: FakeProcore, syncs: Syncs) -> None:
    with pytest.raises(TypeError):
        await syncs.submit(HERE, {"id": 1, "origin_id": object()})
    assert await syncs.submit(HERE, row(1)) == Outcome()


async def test_a_large_sync_is_cut_into_requests_of_a_thousand(procore: FakeProcore, syncs: Syncs) -> None:
    found = await syncs.send(HERE, [row(n) for n in range(1, 2501)])
    assert len(found) == 2500
    assert sizes(procore) == [MOST_ROWS, MOST_ROWS, 500]


# Reading answers

SENT = [row(1), row(2)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"entities": [{"id": "1"}, {"id": 2}], "errors": []}, {1: Outcome(), 2: Outcome()}),
        ({"entities": [{"id": 77}, {"id": None}, {"id": True}, {}], "errors": []}, {}),
        (
            {"entities": [{"id": 1, "origin_id": "FOREIGN"}], "errors": []},
            {1: Outcome(words="it said yes, but its origin_id still is FOREIGN")},
        ),
        (
            {"entities": [], "errors": [{"origin_id": "01|2", "errors": ["taken"]}]},
            {2: Outcome(words="taken")},
        ),
        ({"entities": [], "errors": [{"errors": ["whose?"]}]}, {}),
        ({"entities": [], "errors": [{"id": 99, "origin_id": "01|2", "errors": ["x"]}]}, {}),
        (
            {"entities": [{"id": 1}], "errors": [{"id": 1, "errors": {}}]},
            {1: Outcome(words="it gave no reason")},
        ),
        (
            {"entities": [], "errors": [{"id": 1, "errors": {"id": ["bad"], "title": ["bad"]}}]},
            {1: Outcome(words="id: bad; title: bad")},
        ),
    ],
)
def test_an_answer_is_split_by_row(answer: dict[str, Any], expected: dict[int, Outcome]) -> None:
    assert outcomes(SENT, answer) == expected


def test_the_only_row_is_meant_by_an_error_without_a_name() -> None:
    assert outcomes([row(1)], {"entities": [], "errors": [{"errors": ["no"]}]}) == {1: Outcome(words="no")}


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, {"entities": []}, {"entities": {}, "errors": []}, {"entities": [1], "errors": []}, "text"],
)
def test_an_answer_that_can_not_be_split_may_have_been_done(answer: object) -> None:
    with pytest.raises(Unavailable) as caught:
        outcomes(SENT, answer)
    assert caught.value.maybe_done is True
