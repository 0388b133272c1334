"""Signals of operators: whatever comes is recorded, refused in words, and the item goes on (design §3)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from temporalio.service import RPCError

from domain.states import State
from tests.support import SENDER, Site
from tests.workflows.ground import events, raw

DEEP = b'{"fields": {"a": ' + b"[" * 150 + b"]" * 150 + b"}}"
NOTHING: list[Any] = []

GARBAGE: dict[str, tuple[str, list[Any], str, str]] = {
    "unknown name, no input": ("nonsense", NOTHING, "nonsense", "unknown_action"),
    "unknown name, input": ("nonsense", [{"a": 1}, 2, "three"], "nonsense", "unknown_action"),
    "known name, no input, not now": ("unlink", NOTHING, "unlink", "not_allowed_now"),
    "accept": ("accept", NOTHING, "accept", "operator_may_not_accept"),
    "accept, claiming a person": (
        "accept",
        [{"person": "p-" + "1" * 20, "door": "console"}],
        "accept",
        "operator_may_not_accept",
    ),
    "connector's own action": ("complete", [{"door": "connector"}], "complete", "unknown_action"),
    "another case": ("Reject", NOTHING, "Reject", "unknown_action"),
    "a list": ("reject", [[1, 2]], "reject", "bad_input"),
    "a number": ("reject", [42], "reject", "bad_input"),
    "a text": ("reject", ["please"], "reject", "bad_input"),
    "true": ("reject", [True], "reject", "bad_input"),
    "fields as text": ("reject", [{"fields": "all"}], "reject", "bad_input"),
    "fields as list": ("reject", [{"fields": [1]}], "reject", "bad_input"),
    "unknown field": ("reject", [{"fields": {"colour": "red"}}], "reject", "bad_input"),
    "request id of a wrong type": ("reject", [{"request_id": 5}], "reject", "bad_input"),
    "empty request id": ("reject", [{"request_id": ""}], "reject", "bad_input"),
    "over-long request id": ("reject", [{"request_id": "x" * 1000}], "reject", "bad_input"),
    "negative sequence": ("reject", [{"seen": -5}], "reject", "bad_input"),
    "sequence as text": ("reject", [{"seen": "five"}], "reject", "bad_input"),
    "garbage bytes": ("reject", [raw(b"\xff\xfe\x00\x01")], "reject", "bad_input"),
    "garbage bytes, unknown name": ("nonsense", [raw(b"\xff\xfe\x00\x01")], "nonsense", "unknown_action"),
    "half a JSON text": ("reject", [raw(b'{"fields": ')], "reject", "bad_input"),
    "binary": ("reject", [raw(b"\x00\x01", "binary/plain")], "reject", "bad_input"),
    "unknown encoding": ("reject", [raw(b"{}", "nonsense")], "reject", "bad_input"),
    "no encoding": ("reject", [raw(b"{}", None)], "reject", "bad_input"),
    "protobuf of nothing": ("reject", [raw(b"{}", "json/protobuf", messageType="no.such")], "reject", "bad_input"),
    "broken surrogate": ("reject", [raw(b'{"request_id": "\\ud800"}')], "reject", "bad_input"),
    "not a number": ("reject", [raw(b'{"fields": {"a": NaN}}')], "reject", "bad_input"),
    "infinity": ("reject", [raw(b'{"fields": {"a": -1e999}}')], "reject", "bad_input"),
    "4,000 digits": ("reject", [raw(b'{"fields": {"a": ' + b"9" * 4000 + b"}}")], "reject", "bad_input"),
    "deep": ("reject", [raw(DEEP)], "reject", "bad_input"),
    "bottomless": ("reject", [raw(b"[" * 100_000)], "reject", "bad_input"),
    "a megabyte of text": ("reject", ["x" * 1_000_000], "reject", "bad_input"),
    "a megabyte in a field": ("reject", [{"fields": {"a": "x" * 1_000_000}}], "reject", "bad_input"),
    "nearly two megabytes": ("nonsense", [{"fields": {"a": "x" * 2_000_000}}], "nonsense", "unknown_action"),
    "all that the server takes": ("nonsense", [{"fields": {"a": "x" * 2_097_090}}], "nonsense", "unknown_action"),
    "emoji": ("🚧", [{"fields": {"🚧": "🚧"}}], "🚧", "unknown_action"),
    "emoji in a field": ("reject", [{"fields": {"🚧": "🚧" * 1000}}], "reject", "bad_input"),
    "name with NUL": ("reject\x00", NOTHING, "reject?", "unknown_action"),
    "field with NUL": ("reject", [{"fields": {"a\x00": "\x00"}}], "reject", "bad_input"),
    "request id with NUL": ("nonsense", [{"request_id": "a\x00b"}], "nonsense", "unknown_action"),
    "name with newlines": ("reject\nnow\r\n", NOTHING, "reject?now??", "unknown_action"),
    "name of a blank": (" ", NOTHING, " ", "unknown_action"),
    "long name": ("x" * 900, NOTHING, "x" * 60, "unknown_action"),
    "name with an invisible character": ("re\u200bject", NOTHING, "re?ject", "unknown_action"),
    "name in SQL": ("'; drop table objects; --", NOTHING, "'; drop table objects; --", "unknown_action"),
    "reserved name": ("__temporal_x", NOTHING, "__temporal_x", "unknown_action"),
    "stack trace": ("__stack_trace", NOTHING, "__stack_trace", "unknown_action"),
}


async def _recorded(own: Site, key: str, more_than: int, seconds: float = 5) -> list[dict[str, Any]]:
    """The rows of history beyond the first few, once there is one."""
    for _ in range(int(seconds * 50)):
        rows = (await own.office.reading.history(key))[more_than:]
        if rows:
            return rows
        await asyncio.sleep(0.02)
    return []


async def _goes_on(own: Site, key: str) -> None:
    await own.granted(key, "accept")
    await own.until(key, State.SYNCED, seconds=15)
    seen = await events(own.office.client, key)
    assert not {"WORKFLOW_TASK_FAILED", "ACTIVITY_TASK_FAILED"} & set(seen)
    assert await own.office.reading.verify(key) is None


@pytest.mark.parametrize("case", GARBAGE)
async def test_it_is_recorded_as_refused_and_the_item_goes_on(own: Site, case: str) -> None:
    name, args, action, code = GARBAGE[case]
    key = await own.sent()
    await own.office.client.get_workflow_handle(key).signal(name, args=args)
    rows = await _recorded(own, key, 1)
    assert [(r["action"], r["answer"], r["to_state"]) for r in rows] == [(action, "refused", "waiting")]
    assert [r["code"] for r in rows[0]["refusals"]][-1:] == [code]
    assert (rows[0]["who"], rows[0]["actor"], rows[0]["door"]) == ("operator", "operator", "signal")
    assert len(str(rows[0]["details"])) < 10_000
    await _goes_on(own, key)


async def test_a_flood_of_garbage_is_recorded_in_its_order(own: Site) -> None:
    key = await own.sent()
    handle = own.office.client.get_workflow_handle(key)
    for number in range(25):
        await handle.signal(f"nonsense {number}", number)
    await own.until(key, State.WAITING, also=lambda head: head.sequence == 26)
    rows = await own.office.reading.history(key)
    assert [r["action"] for r in rows[1:]] == [f"nonsense {n}" for n in range(25)]
    await _goes_on(own, key)


@pytest.mark.parametrize("body", [[], [raw(b"\xff")], ["x" * 100_000], [{"fields": 1}]])
async def test_a_wake_is_a_wake_whatever_it_carries(own: Site, body: list[Any]) -> None:
    key = await own.sent()
    await own.office.client.get_workflow_handle(key).signal("wake", args=body)
    await _goes_on(own, key)
    assert await own.actions(key) == ["send", "accept", "complete"]


async def test_what_is_open_to_operators_works_without_input(own: Site) -> None:
    key = await own.sent()
    await own.office.client.get_workflow_handle(key).signal("reject")
    await own.until(key, State.REJECTED)
    await own.office.client.get_workflow_handle(key).signal("resend")
    await own.until(key, State.WAITING)
    rows = await own.office.reading.history(key)
    assert [(r["action"], r["who"]) for r in rows] == [
        ("send", SENDER.name),
        ("reject", "operator"),
        ("resend", "operator"),
    ]


async def test_the_same_request_signalled_twice_is_one_command(own: Site) -> None:
    key = await own.sent()
    handle = own.office.client.get_workflow_handle(key)
    for _ in range(3):
        await handle.signal("unlink", {"request_id": "by hand"})
    await _recorded(own, key, 1)
    await own.granted(key, "accept")
    await own.until(key, State.SYNCED)
    await handle.signal("unlink", {"request_id": "by hand"})
    assert (await own.refused(key, "retrieve", SENDER))[-1] == "not_allowed_now"
    assert [h["request_id"] for h in await own.office.reading.history(key)].count("by hand") == 1


async def test_what_the_server_itself_refuses_leaves_the_item_alone(own: Site) -> None:
    key = await own.sent()
    handle = own.office.client.get_workflow_handle(key)
    for name, body in (("", ""), ("x" * 1001, ""), ("reject", "x" * 3_000_000), ("reject", "x" * 10_000_000)):
        with pytest.raises(RPCError):
            await handle.signal(name, body)
    await _goes_on(own, key)
