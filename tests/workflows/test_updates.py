"""Updates answer; what no fact could change is refused without a trace (design §3). On the real server and ledger."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from domain.commands import Answer
from domain.people import person_id
from domain.refusals import Refusal
from domain.states import State
from tests.support import APPROVER, SENDER, Site
from tests.workflows.ground import events, raw, settled

AL, NOBODY = person_id(APPROVER.name), "p-" + "0" * 20
CONSOLE = {"person": AL, "door": "console"}
PAGE = "x" * 1_900_000

HOPELESS: dict[str, tuple[str, Any, str]] = {
    "unknown action": ("nonsense", {}, "unknown_action"),
    "connector's own action": ("complete", CONSOLE, "unknown_action"),
    "another case": ("Accept", CONSOLE, "unknown_action"),
    "name with a newline": ("acc\nept", CONSOLE, "unknown_action"),
    "name with NUL": ("accept\x00", CONSOLE, "unknown_action"),
    "emoji": ("✅", CONSOLE, "unknown_action"),
    "reserved name": ("__temporal_x", CONSOLE, "unknown_action"),
    "accept by nobody": ("accept", {}, "operator_may_not_accept"),
    "accept without input": ("accept", None, "operator_may_not_accept"),
    "accept with an empty person": ("accept", {**CONSOLE, "person": ""}, "operator_may_not_accept"),
    "adopt by nobody": ("adopt", {}, "operator_may_not_accept"),
    "person of a wrong type": ("accept", {**CONSOLE, "person": {"name": "Al", "erp_level": 3}}, "bad_input"),
    "malformed person": ("accept", {**CONSOLE, "person": "p-\x00"}, "bad_input"),
    "person with a newline": ("accept", {**CONSOLE, "person": AL + "\n"}, "bad_input"),
    "door of the connector": ("release", {**CONSOLE, "door": "connector"}, "bad_input"),
    "person at the signals' door": ("accept", {**CONSOLE, "door": "signal"}, "bad_input"),
    "unknown door": ("accept", {**CONSOLE, "door": "window"}, "bad_input"),
    "unknown key": ("accept", {**CONSOLE, "colour": "red"}, "bad_input"),
    "fields as text": ("accept", {**CONSOLE, "fields": "erp_id"}, "bad_input"),
    "fields as list": ("accept", {**CONSOLE, "fields": []}, "bad_input"),
    "unknown field": ("accept", {**CONSOLE, "fields": {"colour": "red"}}, "bad_input"),
    "field of a wrong type": ("accept", {**CONSOLE, "fields": {"erp_id": 5}}, "bad_input"),
    "over-long field": ("accept", {**CONSOLE, "fields": {"erp_id": "x" * 21}}, "bad_input"),
    "field with NUL": ("accept", {**CONSOLE, "fields": {"erp_id": "a\x00b"}}, "bad_input"),
    "no date": ("accept", {**CONSOLE, "fields": {"accounting_date": "soon"}}, "bad_input"),
    "fields where none are asked": ("retrieve", {**CONSOLE, "fields": {"why": "because"}}, "bad_input"),
    "negative sequence": ("accept", {**CONSOLE, "seen": -1}, "bad_input"),
    "sequence as text": ("accept", {**CONSOLE, "seen": "three"}, "bad_input"),
    "empty request id": ("accept", {**CONSOLE, "request_id": ""}, "bad_input"),
    "over-long request id": ("accept", {**CONSOLE, "request_id": "x" * 121}, "bad_input"),
    "over-long note id": ("accept", {**CONSOLE, "note_id": "x" * 61}, "bad_input"),
    "a list": ("accept", [CONSOLE], "bad_input"),
    "a number": ("accept", 42, "bad_input"),
    "a text": ("accept", "please", "bad_input"),
    "garbage bytes": ("accept", raw(b"\xff\xfe\x00"), "bad_input"),
    "half a JSON text": ("accept", raw(b'{"person": '), "bad_input"),
    "unknown encoding": ("accept", raw(b"{}", "nonsense"), "bad_input"),
    "no encoding": ("accept", raw(b"{}", None), "bad_input"),
    "bottomless": ("accept", raw(b"[" * 10_000), "bad_input"),
    "two megabytes in a field": ("accept", {**CONSOLE, "fields": {"erp_id": PAGE}}, "bad_input"),
    "two megabytes of text": ("accept", PAGE, "bad_input"),
}


async def _untouched(own: Site, key: str) -> tuple[list[str], int]:
    return await settled(own.office.client, key), len(await own.office.reading.history(key))


async def _goes_on(own: Site, key: str) -> None:
    """An accept afterwards works, and no task of the workflow ever failed."""
    await own.granted(key, "accept")
    await own.until(key, State.SYNCED, seconds=15)
    assert "WORKFLOW_TASK_FAILED" not in await events(own.office.client, key)
    assert await own.office.reading.verify(key) is None


async def test_the_answer_is_the_decision_not_the_export(own: Site) -> None:
    key = await own.commitment()
    sent = await own.ask(key, "send", SENDER)
    assert (sent.answer, sent.state, sent.sequence) == (Answer.DONE, State.WAITING, 1)
    accepted = await own.ask(key, "accept")
    assert (accepted.answer, accepted.state, accepted.sequence) == (Answer.DONE, State.EXPORTING, 2)
    assert (await own.until(key, State.SYNCED)).sequence == 3


async def test_a_refused_first_send_answers_and_leaves_nothing_running(own: Site) -> None:
    key = await own.commitment(status="Draft")
    assert await own.refused(key, "send", SENDER) == ["status_not_approved"]
    assert (await settled(own.office.client, key))[-1] == "WORKFLOW_EXECUTION_COMPLETED"
    await own.edit(key, status="Approved")
    assert (await own.granted(key, "send", SENDER)).sequence == 2


@pytest.fixture(scope="module")
async def hopeless_item(connected: Site, own_plant: Any) -> tuple[Site, str]:
    own = replace(connected, office=own_plant)
    await own.office.ledger.put_person(APPROVER)
    return own, await own.sent()


@pytest.mark.parametrize("name", HOPELESS)
async def test_the_validator_refuses_without_a_trace(hopeless_item: tuple[Site, str], name: str) -> None:
    own, key = hopeless_item
    action, body, code = HOPELESS[name]
    before = await _untouched(own, key)
    handle = own.office.client.get_workflow_handle(key)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update(action, args=[] if body is None else [body])
    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == code
    assert 5 < len(cause.message) < 1000
    assert await _untouched(own, key) == before


async def test_after_all_that_an_accept_works(hopeless_item: tuple[Site, str]) -> None:
    own, key = hopeless_item
    await _goes_on(own, key)


async def test_the_refusal_is_whole_through_the_common_door(own: Site) -> None:
    key = await own.sent()
    outcome = await own.ask(key, "accept", erp_id=5)
    assert outcome.answer is Answer.REFUSED
    assert [type(r) for r in outcome.refusals] == [Refusal]
    assert "erp_id" in outcome.refusals[0].sentence


async def test_ten_megabytes_are_refused_clearly(own: Site) -> None:
    key = await own.sent()
    before = await _untouched(own, key)
    outcome = await own.ask(key, "accept", erp_id="x" * 10_000_000)
    assert (outcome.answer, [r.code for r in outcome.refusals]) == (Answer.REFUSED, ["bad_input"])
    assert "larger" in outcome.refusals[0].sentence
    with pytest.raises(RPCError):
        await own.office.client.get_workflow_handle(key).execute_update("accept", "x" * 10_000_000)
    assert await _untouched(own, key) == before
    await _goes_on(own, key)


@pytest.mark.parametrize("size", [2_096_900, 3_000_000])
async def test_two_or_three_megabytes_past_the_common_door_do_not_block_the_item(own: Site, size: int) -> None:
    key = await own.sent()
    handle = own.office.client.get_workflow_handle(key)
    with pytest.raises((WorkflowUpdateFailedError, RPCError)):
        async with asyncio.timeout(2):
            await handle.execute_update("accept", {**CONSOLE, "fields": {"erp_id": "x" * size}})
    async with asyncio.timeout(5):
        await _goes_on(own, key)


async def test_an_unknown_person_is_refused_and_recorded(own: Site) -> None:
    key = await own.sent()
    outcome = await own.office.client.get_workflow_handle(key).execute_update(
        "accept", {**CONSOLE, "person": NOBODY}, id="who is it"
    )
    assert (outcome["answer"], outcome["refusals"][0]["code"]) == ("refused", "unknown_person")
    row = (await own.office.reading.history(key))[-1]
    assert (row["request_id"], row["answer"], row["to_state"]) == ("who is it", "refused", "waiting")
    await _goes_on(own, key)


async def test_who_names_nobody_speaks_as_the_operator(own: Site) -> None:
    key = await own.sent()
    outcome = await own.office.client.get_workflow_handle(key).execute_update("retrieve")
    assert (outcome["answer"], outcome["state"]) == ("done", "retrieved")
    row = (await own.office.reading.history(key))[-1]
    assert (row["who"], row["actor"], row["door"]) == ("operator", "operator", "signal")


@pytest.mark.parametrize(
    "odd", ["x" * 300, "a\x00b", "two\nlines", "🚧" * 30], ids=["over-long", "NUL", "newline", "emoji"]
)
@pytest.mark.parametrize("where", ["update id", "request id"])
async def test_an_odd_request_id_does_not_block_the_item(own: Site, odd: str, where: str) -> None:
    """Answered, or refused clearly; either way the item goes on."""
    key = await own.sent()
    handle = own.office.client.get_workflow_handle(key)
    by_update_id = where == "update id"
    with suppress(WorkflowUpdateFailedError):
        async with asyncio.timeout(2.5):
            await handle.execute_update(
                "send", {} if by_update_id else {"request_id": odd}, id=odd if by_update_id else None
            )
    async with asyncio.timeout(5):
        await _goes_on(own, key)


async def test_the_same_update_twice_is_one_command(own: Site) -> None:
    key = await own.sent()
    first, second = await asyncio.gather(*(own.ask(key, "accept", SENDER, request_id="once") for _ in range(2)))
    assert first == second
    assert [h["request_id"] for h in await own.office.reading.history(key)].count("once") == 1


async def test_the_first_answer_stands_when_the_run_has_ended(own: Site) -> None:
    key = await own.commitment(status="Draft")
    first = await own.ask(key, "send", SENDER, request_id="once and for all")
    await settled(own.office.client, key)
    again = await own.ask(key, "send", SENDER, request_id="once and for all")
    assert (again.answer, again.sequence, again.refusals) == (first.answer, first.sequence, first.refusals)
    assert len(await own.office.reading.history(key)) == 1


async def test_of_two_that_race_one_is_told_who_won(own: Site) -> None:
    key = await own.sent()
    outcomes = await asyncio.gather(own.ask(key, "accept"), own.ask(key, "retrieve", SENDER))
    won = [o for o in outcomes if o.answer is Answer.DONE]
    lost = [o for o in outcomes if o.answer is Answer.REFUSED]
    assert len(won) == len(lost) == 1
    assert lost[0].refusals[0].code == "already_decided"
    name = APPROVER.name if won[0].action == "accept" else SENDER.name
    assert lost[0].refusals[0].sentence.startswith(f"{name} was first: {won[0].action}")


async def test_busy_is_said_while_a_step_runs_and_the_outcome_is_there_later(own: Site) -> None:
    own = own.hurried(busy_after=1)
    key = await own.sent()
    await own.control("faults", kind="delay", method="POST", resource="scmast", seconds=2.5)
    await own.granted(key, "accept")
    busy = await own.ask(key, "reject", request_id="while it runs")
    assert (busy.answer, busy.state) == (Answer.BUSY, State.EXPORTING)
    await own.until(key, State.SYNCED, also=lambda head: head.sequence == 4, seconds=10)
    later = await own.ask(key, "reject", request_id="while it runs")
    assert later.answer is Answer.REFUSED
    assert later.refusals[-1].code == "not_allowed_now"
