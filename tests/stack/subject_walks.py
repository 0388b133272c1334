"""Walks: each takes a change order, an invoice or a payment through a part of its table; together they take every transition.
And what else the three kinds have to bear alike: direct exports, the guards of their rows, every fault of CMiC."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from domain.states import Posting, State
from tests.paperwork import Job, id_of
from tests.stack.subjects import Subject
from tests.stack.walks import ACCOUNTING, BOTH, Move, moves_of, quiet, told, walked
from tests.support import APPROVER, SENDER

Walk = Callable[[type[Subject], Job], Awaitable[Subject]]


async def decided_and_posted(kind: type[Subject], job: Job) -> Subject:
    """Back and forth before it leaves; held; posted, void and unlinked afterwards."""
    one = await kind.ready(job, met=False)
    site, key = one.site, one.key
    await one.sent()
    await site.granted(key, "retrieve", SENDER)
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "reject")
    await site.granted(key, "resend", SENDER)
    assert (await site.granted(key, "accept")).state is State.HELD
    await site.granted(key, "reject")
    await site.granted(key, "resend", SENDER)
    assert (await site.granted(key, "accept")).state is State.HELD
    assert await one.rows() == []
    await one.posted_below()
    await one.once()
    assert "release" in await site.actions(key)
    await one.deed("post")
    await site.until(key, State.SYNCED, also=lambda head: head.posting is Posting.POSTED)
    asked = await site.granted(key, "unlink")
    head = await one.after(asked.sequence, State.SYNCED)
    assert f"CMiC still has {head.erp_key}." in head.words
    await one.deed("void")
    await site.until(key, State.SYNCED, also=lambda head: head.posting is Posting.VOID)
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)
    assert len(await one.rows()) == 1, "nothing is deleted in CMiC"
    return one


async def refused_by_cmic(kind: type[Subject], job: Job) -> Subject:
    """CMiC says no: rejected; sent again, no again, and retried."""
    one = await kind.ready(job)
    await one.sent()
    await one.failed()
    assert (await one.site.head(one.key)).failure_code == "cmic_refused"
    await one.site.granted(one.key, "reject")
    await one.site.granted(one.key, "resend", SENDER)
    await one.failed()
    assert await one.rows() == []
    await one.site.granted(one.key, "retry")
    await one.once()
    return one


async def held_again(kind: type[Subject], job: Job, action: str) -> Subject:
    """What it stands on became void while it was failed: a new approval holds it."""
    one = await kind.ready(job)
    await one.sent()
    await one.failed()
    await one.void_below()
    assert (await one.site.granted(one.key, action)).state is State.HELD
    assert await one.rows() == []
    return one


async def held_by_retry(kind: type[Subject], job: Job) -> Subject:
    return await held_again(kind, job, "retry")


async def held_by_adopt(kind: type[Subject], job: Job) -> Subject:
    return await held_again(kind, job, "adopt")


async def adopted(kind: type[Subject], job: Job) -> Subject:
    """A stranger's record of its number and money: refused, then taken over; CMiC is asked for nothing more."""
    one = await kind.ready(job)
    await one.stranger()
    await one.sent()
    await one.site.granted(one.key, "accept")
    head = await one.site.until(one.key, State.FAILED)
    assert head.failure_code == "number_taken"
    assert "this connector did not write it" in head.words
    before = await one.rows()
    await one.site.granted(one.key, "adopt")
    await one.once()
    assert await one.rows() == before
    return one


async def tried_again(kind: type[Subject], job: Job) -> Subject:
    """CMiC is busy for longer than patience lasts: it leaves by itself when CMiC is well."""
    one = await kind.ready(job)
    quick = one.site.hurried(patience=1, retry_every=1)
    await one.sent(quick)
    number = await one.fault("status", status=503, times=None)
    await one.site.granted(one.key, "accept")
    head = await one.site.until(one.key, State.FAILED)
    assert (head.failure_code, head.failure_is_temporary) == ("cmic_unreachable", True)
    assert (await one.site.cmic.delete(f"/_sandbox/faults/{number}")).status_code < 300
    await one.once()
    assert "try_again" in await one.site.actions(one.key)
    return one


async def came_back_edited(kind: type[Subject], job: Job) -> Subject:
    """Edited in Procore after the approval, while it was held: what was approved isn't what would leave."""
    one = await kind.ready(job, met=False)
    await one.sent()
    await one.site.granted(one.key, "accept")
    await one.edited()
    await one.posted_below()
    await one.site.until(one.key, State.WAITING)
    assert await one.site.actions(one.key) == ["send", "accept", "release", "return_edited"]
    assert await one.rows() == []
    return one


async def cmic_wants_first(kind: type[Subject], job: Job) -> Subject:
    """CMiC knows better than the ledger that what it stands on isn't posted: held, in CMiC's words."""
    one = await kind.ready(job)
    await one.below("U")
    await one.sent()
    await one.site.granted(one.key, "accept")
    head = await one.site.until(one.key, State.HELD)
    assert head.waits_for == ["cmic_wants_first"]
    assert head.words.startswith("Accepted, and held: CMiC wants something else first: "), head.words
    assert await one.wants() in head.words, head.words
    await one.below("P")
    await one.site.patience_over()
    await one.site.watchdog()
    await one.once()
    assert await one.site.actions(one.key) == ["send", "accept", "hold", "release", "complete"]
    return one


async def written_then_failed(kind: type[Subject], job: Job) -> Subject:
    """In CMiC, but Procore failed: it can't be rejected, and is unlinked only once CMiC has it no more."""
    one = await kind.ready(job)
    await one.sent()
    path = one.refusal["path"] + rf"/{id_of(one.key)}$"
    await one.site.procore_fault(path, **{name: value for name, value in one.refusal.items() if name != "path"})
    await one.site.granted(one.key, "accept")
    await one.site.until(one.key, State.FAILED)
    assert len(await one.rows()) == 1
    assert await one.site.refused(one.key, "reject") == ["exists_in_cmic"]
    asked = await one.site.granted(one.key, "unlink")
    head = await one.after(asked.sequence, State.FAILED)
    assert head.failure_code == "still_in_cmic"
    await one.removed()
    await one.site.granted(one.key, "unlink")
    await one.site.until(one.key, State.NOT_SENT)
    return one


WALKS: tuple[Walk, ...] = (
    decided_and_posted,
    refused_by_cmic,
    held_by_retry,
    held_by_adopt,
    adopted,
    tried_again,
    came_back_edited,
    written_then_failed,
)


async def walks_its_table(kind: type[Subject], job: Job) -> None:
    """Every walk, most of them at the same time, each on a subject of its own: together they take every transition that the
    table has, and no other. An item that stays held isn't moved: then nothing is written into its history."""
    alone = await cmic_wants_first(kind, job)  # The other walks look at what is posted, which would tell the ledger.
    ended = await asyncio.gather(*(walk(kind, job) for walk in WALKS), return_exceptions=True)
    if failed := [error for error in ended if isinstance(error, BaseException)]:
        raise failed[0]
    keys = [one.key for one in (alone, *ended) if not isinstance(one, BaseException)]
    table = moves_of(keys[0].split(":")[0]) - {("held", "release", "held")}
    seen = await walked(job.site, *keys)
    assert seen == table, (seen - table, table - seen)
    assert [await job.site.office.reading.verify(key) for key in keys] == [None] * len(keys)


async def goes_out_on_send(kind: type[Subject], job: Job) -> None:
    """With direct exports on, a send does what an accept would (S-30, R-27): it leaves, or is held; so does a resend."""
    there, open_one, back = await asyncio.gather(kind.ready(job), kind.ready(job, met=False), kind.ready(job))
    await back.sent()
    await job.site.granted(back.key, "retrieve", SENDER)
    async with job.site.settings(direct_exports=True):
        assert (await job.site.granted(there.key, "send", SENDER)).state is State.EXPORTING
        assert (await job.site.granted(open_one.key, "send", SENDER)).state is State.HELD
        assert (await job.site.granted(back.key, "resend", SENDER)).state is State.EXPORTING
        await asyncio.gather(there.once(), back.once())
        await open_one.posted_below()
        await open_one.once()
    moves: set[Move] = {
        ("not_sent", "send", "exporting"), ("not_sent", "send", "held"), ("retrieved", "resend", "exporting"),
    }  # fmt: skip
    assert moves <= await walked(job.site, there.key, open_one.key, back.key)
    for one in (there, open_one, back):
        history = await job.site.office.reading.history(one.key)
        assert [h["action"] for h in history].count("accept") == 0
        assert {h["who"] for h in history if h["actor"] != "connector"} == {SENDER.name}


async def its_rows_refuse(one: Subject) -> None:
    """The guards of the rows themselves: who may decide, on what, and what may be done while a cut-off write is open. It ends
    synced, and is in CMiC once."""
    site, key = one.site, one.key
    await one.sent(site.hurried(patience=4, retry_every=600))
    outcome = await site.ask(key, "accept", preview="ffffff")
    current = outcome.refusals[0].parameters["current"]
    assert [(r.code, r.sentence, r.owner) for r in outcome.refusals] == [
        ("preview_outdated", f"What you approved (ffffff) isn't the item's current preview ({current}).", ACCOUNTING)
    ]
    own = [("own_item", "You sent it yourself; another approver decides on it.", ACCOUNTING)]
    async with site.settings(sender_may_not_approve=True):
        assert await told(site, key, "accept", BOTH) == own
    await one.fault("commit_after_cut", seconds=2)
    await one.fault("status", status=400)
    await site.granted(key, "accept", preview=current)
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "cmic_refused"
    for action in ("retry", "reject", "unlink"):
        outcome = await site.ask(key, action)
        seconds = outcome.refusals[0].parameters["seconds"]
        cut_off = f"An export was cut off {seconds} seconds ago and CMiC may still be committing it."
        assert [(r.code, r.sentence, r.owner) for r in outcome.refusals] == [("write_still_open", cut_off, ACCOUNTING)]
    await quiet(site)
    async with site.settings(sender_may_not_approve=True, settle_seconds=Decimal(0)):
        assert await told(site, key, "retry", BOTH) == own
        assert await told(site, key, "adopt", BOTH) == own
        (gone,) = await told(site, key, "reject", APPROVER)
        assert gone[0] == "exists_in_cmic"
        assert gone[1].endswith(", so it can't be rejected any more.")
        await site.granted(key, "retry")
    await one.once()


FAULTS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "429": [{"kind": "status", "status": 429}],
    "500": [{"kind": "status", "status": 500}],
    "cut before the commit": [{"kind": "cut_before_commit"}],
    "cut after the commit": [{"kind": "cut_after_commit"}],
    "committed seconds after the cut": [{"kind": "commit_after_cut", "seconds": 2.5}],
    "a slow answer": [{"kind": "delay_answer", "seconds": 3}],
    "a cut, then a look-up that fails": [
        {"kind": "cut_after_commit"},
        {"kind": "status", "status": 502, "method": "GET", "resource": None},
    ],
}


async def is_there_once_whatever_happens(kind: type[Subject], job: Job) -> list[Subject]:
    """CMiC fails in every way at the write, all at the same time on subjects of their own: each is there once, and linked to
    the record that is there (B-03)."""
    ones = await asyncio.gather(*(kind.ready(job) for _ in FAULTS))
    for one, orders in zip(ones, FAULTS.values(), strict=True):
        await one.sent()
        for order in orders:
            look = {"key": one.seen_by} if order.get("method") == "GET" else {}
            await one.fault(**order, **look)
    await asyncio.gather(*(job.site.granted(one.key, "accept") for one in ones))
    await asyncio.gather(*(job.site.until(one.key, State.SYNCED) for one in ones))
    await quiet(job.site)
    assert (await job.site.cmic.get("/_sandbox/faults")).json()["faults"] == []
    for one in ones:
        await one.once()
        assert await job.site.actions(one.key) == ["send", "accept", "complete"]
    return ones
