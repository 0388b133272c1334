"""A prime contract change order is reset: un-synced at once, sent again when CMiC's old PCI is gone (O-16, U-04, U-06)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.commands import Answer
from domain.states import Posting, State
from tests.support import APPROVER, SENDER
from tests.workflows.ground import FRESH, events, raw
from tests.workflows.skipping import Place, place

KEY = "prime_change_order:562949:310:1"
MINUTE = timedelta(minutes=1)


async def reset(here: Place) -> None:
    """In CMiC, and reset by an operator's signal."""
    await here.synced()
    here.item.shown = Posting.UNPOSTED
    await here.signal("reset")
    await here.until(State.RESET_OUTSTANDING)


async def test_a_reset_by_signal_un_syncs_at_once() -> None:
    async with place(key=KEY) as here:
        await reset(here)
        entry = here.item.entries[-1]
        assert (entry.action, entry.who, entry.to) == ("reset", "operator", State.RESET_OUTSTANDING)
        assert not here.item.linked
        assert here.item.outstanding
        assert "look" not in here.steps.calls


async def test_a_resend_by_signal_is_refused_while_the_old_record_is_there() -> None:
    async with place(key=KEY) as here:
        await reset(here)
        await here.signal("resend")
        await here.until(State.RESET_OUTSTANDING, lambda head: head.sequence == 5)
        entry = here.item.entries[-1]
        assert (entry.action, entry.answer, entry.who) == ("resend", Answer.REFUSED, "operator")
        assert [r.code for r in entry.refusals] == ["old_record_there"]
        assert len(here.steps.calls["look"]) == 1


@pytest.mark.parametrize("gone", [Posting.VOID, Posting.GONE])
async def test_a_resend_by_signal_looks_and_goes_once_the_old_record_is_gone(gone: Posting) -> None:
    async with place(key=KEY) as here:
        await reset(here)
        here.item.shown = gone
        await here.signal("resend")
        await here.until(State.WAITING)
        assert here.item.outstanding == []
        await here.granted("accept")
        await here.until(State.SYNCED)
        assert here.item.done() == ["send", "accept", "complete", "reset", "resend", "accept", "complete"]
        assert [e.who for e in here.item.entries if e.action in ("reset", "resend")] == ["operator", "operator"]


async def test_both_are_open_to_people_through_their_own_doors() -> None:
    async with place(key=KEY) as here:
        await here.synced()
        assert await here.refused("reset", SENDER) == ["not_permitted"]
        assert (await here.granted("reset", APPROVER)).state is State.RESET_OUTSTANDING
        here.item.shown = Posting.GONE
        assert (await here.granted("resend", SENDER)).state is State.WAITING


async def test_a_reset_may_wait_for_months_and_costs_nothing() -> None:
    async with place(key=KEY) as here:
        await reset(here)
        await here.pass_time(timedelta(days=200))
        assert len(await here.runs()) == 2
        assert await events(here.client, KEY) == FRESH
        here.item.shown = Posting.VOID
        await here.signal("resend")
        await here.until(State.WAITING)
        await here.signal("reject")
        await here.until(State.REJECTED)
        await here.signal("resend")
        await here.until(State.WAITING)


async def test_signals_in_a_row_are_judged_in_their_order() -> None:
    """Reset, and at once resend: the second finds what the first left."""
    async with place(key=KEY) as here:
        await here.synced()
        here.item.shown = Posting.GONE
        await here.signal("reset")
        await here.signal("resend")
        await here.signal("resend")
        await here.until(State.WAITING, lambda head: head.sequence == 6)
        assert [(e.action, e.answer) for e in here.item.entries[3:]] == [
            ("reset", Answer.DONE),
            ("resend", Answer.DONE),
            ("resend", Answer.REFUSED),
        ]


async def test_the_same_reset_signalled_twice_is_one() -> None:
    async with place(key=KEY) as here:
        await here.synced()
        for _ in range(3):
            await here.signal("reset", {"request_id": "by hand"})
        await here.pass_time(MINUTE)
        assert [e.request_id for e in here.item.entries].count("by hand") == 1
        assert here.item.head.sequence == 4


@pytest.mark.parametrize(
    ("name", "state"),
    [("reset", State.WAITING), ("resend", State.WAITING), ("reset", State.REJECTED), ("resend", State.SYNCED)],
)
async def test_where_the_table_has_no_such_row_the_signal_is_recorded_as_refused(name: str, state: State) -> None:
    async with place(key=KEY) as here:
        if state is State.SYNCED:
            await here.synced()
        else:
            await here.sent()
            if state is State.REJECTED:
                await here.granted("reject")
        before = len(here.item.entries)
        await here.signal(name)
        await here.pass_time(MINUTE)
        (entry,) = here.item.entries[before:]
        assert (entry.action, entry.answer, here.item.head.state) == (name, Answer.REFUSED, state)
        assert entry.refusals[-1].code == "not_allowed_now"


@pytest.mark.parametrize("name", ["reset", "resend"])
@pytest.mark.parametrize("body", [raw(b"\xff"), "please", 7, [1], {"fields": {"colour": "red"}}, {"fields": 1}])
async def test_garbage_with_it_is_refused_and_the_item_goes_on(name: str, body: object) -> None:
    async with place(key=KEY) as here:
        await here.synced()
        if name == "resend":
            await here.signal("reset")
            await here.until(State.RESET_OUTSTANDING)
        before = len(here.item.entries)
        await here.signal(name, body)
        await here.pass_time(MINUTE)
        (entry,) = here.item.entries[before:]
        assert (entry.answer, [r.code for r in entry.refusals]) == (Answer.REFUSED, ["bad_input"])
        if name == "reset":
            await here.granted("reset")
        here.item.shown = Posting.GONE
        await here.granted("resend", SENDER)


async def test_a_wake_of_what_was_reset_changes_nothing() -> None:
    """The posting watch nudges it when the old PCI is void: people send it again, nobody else."""
    async with place(key=KEY) as here:
        await reset(here)
        here.item.shown = here.item.seen = Posting.VOID
        await here.signal("wake")
        await here.pass_time(timedelta(days=3))
        assert here.item.done()[-1] == "reset"
