"""Records written by their origin ids: every row has its outcome, or nobody takes any for granted (procore-api §3)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.ports import Given, NotThere, Taken, Unavailable
from domain.refusals import Refused
from systems.procore.client import ProcoreClient
from systems.procore.sync_target import SyncTarget
from systems.procore.upserts import MOST_ROWS, outcomes, row_of, upsert
from tests.systems.procore.fake import COMPANY, FakeProcore, body_of, reply

PATH = "/rest/v1.0/vendors/sync"
A = Given(key="a", origin_id="01|A", body={"name": "A"})
B = Given(key="b", origin_id="01|B", id=7, body={"name": "B"})
FREED = Given(key="f", origin_id=None, id=9)


def answered(*entities: dict[str, Any], errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"entities": list(entities), "errors": errors or []}


def test_a_row_is_sent_with_its_id_only_where_it_is_known() -> None:
    assert row_of(A) == {"name": "A", "origin_id": "01|A"}
    assert row_of(B) == {"id": 7, "name": "B", "origin_id": "01|B"}
    assert row_of(FREED) == {"id": 9, "origin_id": None}


@pytest.mark.parametrize(
    ("entity", "key", "number"),
    [
        ({"id": 5, "origin_id": "01|A"}, "a", 5),
        ({"id": "5", "origin_id": "01|A"}, "a", 5),
        ({"origin_id": "01|A"}, "a", None),
        ({"id": 7}, "b", 7),
        ({"id": "7", "origin_id": None}, "b", 7),
        ({"id": 8, "origin_id": "01|B"}, "b", 8),
        ({"id": 7, "origin_id": "01|A"}, "b", 7),
        ({"id": 9, "origin_id": None}, "f", 9),
    ],
)
def test_an_entity_is_told_by_its_id_or_its_origin_id(entity: dict[str, Any], key: str, number: int | None) -> None:
    assert outcomes([A, B, FREED], answered(entity)) == [Taken(key=key, id=number)]


@pytest.mark.parametrize(
    "entity",
    [
        {},
        {"id": None},
        {"id": True, "origin_id": True},
        {"id": 99, "origin_id": "02|A"},
        {"origin_id": "None"},
        {"id": 0},
    ],
)
def test_an_entity_of_somebody_else_is_nobodys(entity: dict[str, Any]) -> None:
    assert outcomes([A, B, FREED], answered(entity)) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"origin_id": "01|A", "errors": {"name": ["can't be blank"]}}, "name: can't be blank"),
        ({"origin_id": "01|A", "errors": ["is locked"]}, "is locked"),
        ({"origin_id": "01|A", "error": "no"}, "no"),
        ({"origin_id": "01|A", "message": "no way"}, "no way"),
        ({"origin_id": "01|A", "name": "a name is no reason", "errors": {}}, "it gave no reason"),
    ],
)
def test_a_refusal_is_the_row_with_words(error: dict[str, Any], said: str) -> None:
    assert outcomes([A, B], answered({"id": 7}, errors=[error])) == [
        Taken(key="b", id=7),
        Taken(key="a", refusal=said),
    ]


def test_a_refusal_of_a_known_record_keeps_its_id() -> None:
    (taken,) = outcomes([B], answered(errors=[{"id": 7, "errors": {"base": ["is closed"]}}]))
    assert taken == Taken(key="b", id=7, refusal="base: is closed")


@pytest.mark.parametrize(
    "answer",
    [None, [], "ok", {}, {"entities": []}, {"entities": {}, "errors": []}, {"entities": [1], "errors": []}],
)
def test_an_answer_that_cant_be_split_may_have_been_done(answer: Any) -> None:
    with pytest.raises(Unavailable) as told:
        outcomes([A], answer)
    assert told.value.maybe_done


async def test_nothing_is_asked_for_nothing(client: ProcoreClient, procore: FakeProcore) -> None:
    assert await upsert(client, COMPANY, PATH, []) == []
    assert procore.requests == []


@pytest.mark.parametrize(
    "entities", [[], [{"id": 7}], [{"id": 1, "origin_id": "01|A"}, {"id": 1, "origin_id": "01|A"}]]
)
async def test_a_row_that_isnt_mentioned_is_asked_again(
    client: ProcoreClient, procore: FakeProcore, entities: list[dict[str, Any]]
) -> None:
    procore.on("PATCH", PATH, reply(answered(*entities)))
    with pytest.raises(Unavailable) as told:
        await upsert(client, COMPANY, PATH, [A, B])
    assert told.value.maybe_done
    assert "doesn't mention every row" in told.value.words


async def test_body_and_query_go_along(client: ProcoreClient, procore: FakeProcore) -> None:
    procore.on("PATCH", PATH, reply(answered({"id": 1, "origin_id": "01|A"})))
    assert await upsert(client, COMPANY, PATH, [A], body={"company_id": 5}, query={"project_id": 3}) == [
        Taken(key="a", id=1)
    ]
    (request,) = procore.sent("PATCH")
    assert body_of(request) == {"company_id": 5, "updates": [{"name": "A", "origin_id": "01|A"}]}
    assert dict(request.url.params) == {"project_id": "3"}


@pytest.mark.parametrize(
    ("status", "error", "maybe_done"),
    [
        (404, NotThere, None),
        (422, Refused, None),
        (403, Refused, None),
        (500, Unavailable, True),
        (503, Unavailable, True),
    ],
)
async def test_a_request_that_fails_as_a_whole(
    client: ProcoreClient, procore: FakeProcore, status: int, error: type[Exception], maybe_done: bool | None
) -> None:
    procore.on("PATCH", PATH, reply({"message": "no"}, status))
    with pytest.raises(error) as told:
        await upsert(client, COMPANY, PATH, [A])
    if isinstance(told.value, Unavailable):
        assert told.value.maybe_done is maybe_done


def echo(request: Any) -> Any:
    rows = body_of(request)["updates"]
    return reply(answered(*({"id": n, "origin_id": row["origin_id"]} for n, row in enumerate(rows, start=1))))(request)


@pytest.mark.parametrize(
    ("rows", "requests"), [(1, [1]), (MOST_ROWS, [MOST_ROWS]), (2 * MOST_ROWS + 1, [MOST_ROWS, MOST_ROWS, 1])]
)
async def test_a_target_sends_a_thousand_a_request(
    client: ProcoreClient, procore: FakeProcore, rows: int, requests: list[int]
) -> None:
    procore.on("PATCH", PATH, echo)
    given = [Given(key=str(n), origin_id=f"01|{n}") for n in range(rows)]
    taken = await SyncTarget(client, PATH, body=("company_id",)).upsert(COMPANY, None, given)
    assert [t.key for t in taken] == [g.key for g in given]
    assert [len(body_of(r)["updates"]) for r in procore.sent("PATCH")] == requests
    assert {body_of(r)["company_id"] for r in procore.sent("PATCH")} == {COMPANY}


async def test_records_of_such_a_target_stay(client: ProcoreClient, procore: FakeProcore) -> None:
    with pytest.raises(Refused) as told:
        await SyncTarget(client, PATH).remove(COMPANY, None, [B])
    assert told.value.refusals[0].code == "not_adding"
    assert procore.requests == []


async def test_a_path_and_a_query_bear_the_project(client: ProcoreClient, procore: FakeProcore) -> None:
    procore.on("PATCH", "/rest/v1.0/projects/310/things/sync", echo)
    target = SyncTarget(client, "/rest/v1.0/projects/{project_id}/things/sync", query=("project_id",))
    await target.upsert(COMPANY, 310, [A])
    (request,) = procore.sent("PATCH")
    assert dict(request.url.params) == {"project_id": "310"}
