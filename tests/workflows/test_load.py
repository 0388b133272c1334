"""Many at once, while runs end and begin: nothing is lost, everything is judged once (design §3)."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

from domain.commands import Answer
from domain.states import State
from tests.support import SENDER, Site
from tests.workflows.ground import asking, chain

RESTLESS: dict[str, Any] = {"events": 12, "busy_after": timedelta(seconds=30)}
"""Lifecycles that continue as a fresh run after every few events."""


async def test_thirty_updates_and_thirty_signals_over_fresh_runs_are_each_judged_once(own: Site) -> None:
    """In waves: the next comes in the very moment in which the run, idle and too long, makes way for a fresh one."""
    own = asking(own, **RESTLESS)
    key = await own.sent()
    handle = own.office.client.get_workflow_handle(key)
    for wave in range(5):
        numbers = range(wave * 6, wave * 6 + 6)
        updates = [own.ask(key, "accept", SENDER, request_id=f"update {n}") for n in numbers]
        signals = [handle.signal("nonsense", {"request_id": f"signal {n}"}) for n in numbers]
        outcomes, _ = await asyncio.gather(asyncio.gather(*updates), asyncio.gather(*signals))
        assert {o.answer for o in outcomes} == {Answer.REFUSED}
    await own.until(key, State.WAITING, also=lambda head: head.sequence == 61, seconds=10)
    asked = Counter(row["request_id"] for row in (await own.office.reading.history(key))[1:])
    assert asked == Counter(f"{door} {n}" for door in ("update", "signal") for n in range(30))
    assert len(await chain(own.office.client, key)) > 2, "the load never met the end of a run"
    await own.granted(key, "accept")
    await own.until(key, State.SYNCED)
    assert await own.office.reading.verify(key) is None


async def test_thirty_at_the_same_moment(own: Site) -> None:
    """The server admits ten updates at a time to one item; who is told to ask again does, under the same request id."""
    own = asking(own, **RESTLESS)
    key = await own.sent()

    async def insist(number: int) -> Answer:
        for _ in range(5):
            outcome = await own.ask(key, "accept", SENDER, request_id=f"update {number}")
            if outcome.answer is not Answer.BUSY:
                break
        return outcome.answer

    assert Counter(await asyncio.gather(*(insist(n) for n in range(30)))) == {Answer.REFUSED: 30}
    asked = Counter(r["request_id"] for r in (await own.office.reading.history(key))[1:])
    assert asked == Counter(f"update {n}" for n in range(30))


async def test_of_thirty_accepts_one_exports(own: Site) -> None:
    key = await own.sent()
    outcomes = await asyncio.gather(*(own.ask(key, "accept") for _ in range(30)))
    answers = Counter(o.answer for o in outcomes)
    assert answers[Answer.DONE] == 1
    assert set(answers) <= {Answer.DONE, Answer.REFUSED, Answer.BUSY}
    await own.until(key, State.SYNCED)
    assert (await own.in_cmic(key))[:2] == (1, 1)
    assert (await own.actions(key)).count("accept") == 1


async def test_sends_that_end_their_run_while_others_join_it(own: Site) -> None:
    """A refused first send ends its run: who came in that moment is answered all the same."""
    key = await own.commitment(status="Draft")
    asked = [own.ask(key, "send", SENDER, request_id=f"update {n}") for n in range(20)]
    outcomes = await asyncio.gather(*asked)
    assert {tuple(r.code for r in o.refusals) for o in outcomes} == {("status_not_approved",)}
    assert len(await own.office.reading.history(key)) == 20
