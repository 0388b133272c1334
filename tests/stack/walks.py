"""What tests of one kind of object share: refusals as people read them, transitions as the ledger has them, CMiC's PCIs as a
stranger enters them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from domain.commands import Answer
from domain.lifecycle import targets
from domain.permissions import Level, Person
from domain.states import State
from mappers.registry import KINDS
from tests.paperwork import Body, Job
from tests.support import APPROVER, ERP, SENDER, Site

Told = tuple[str, str, str]
Move = tuple[str, str, str]
TEAM, ACCOUNTING, ACCOUNTANT, ADMIN = (
    "project team",
    "accounting approver",
    "CMiC accountant",
    "ERP administrator",
)
BOTH = Person(name=SENDER.name, erp_level=Level.ADMIN, may_push=True, owning_tool_admin=True)
"""Who sends and might approve as well."""


async def told(site: Site, key: str, action: str, person: Person = SENDER, **more: Any) -> list[Told]:
    """Each reason for which it is refused: code, sentence, and who can put it right."""
    outcome = await site.ask(key, action, person, **more)
    assert outcome.answer is Answer.REFUSED, outcome
    assert all(r.where and "{" not in r.sentence + r.where for r in outcome.refusals)
    return [(r.code, r.sentence, r.owner) for r in outcome.refusals]


def moves_of(kind: str) -> set[Move]:
    """Every (from, action, to) that the kind's table has."""
    rows = KINDS[kind].lifecycle.rows
    return {(start, row.action, to) for row in rows for start in row.from_states for to in targets(row)}


SHARED = moves_of("commitment")
"""What every exported kind has, and commitments walk in their own tests."""


async def walked(site: Site, *keys: str) -> set[Move]:
    """Every (from, action, to) in the histories of these objects."""
    rows = await site.office.ledger.pool.fetch(
        "select from_state, action, to_state from transitions where object = any($1::text[]) and answer = 'done'", keys
    )
    return {tuple(row) for row in rows}


async def its_rows_refuse(site: Site, job: Job, key: str, code: str, **fields: Any) -> None:
    """The guards of the rows themselves, on an item that isn't sent yet and will be PCI `code`: who may decide, on what, and
    what may be done while a cut-off write is open. It ends synced, and is in CMiC once."""
    quick, erp_key = site.hurried(patience=4, retry_every=600), f"{ERP}|{job.job}|{code}"
    await quick.granted(key, "send", SENDER)
    outcome = await site.ask(key, "accept", **fields, preview="ffffff")
    current = outcome.refusals[0].parameters["current"]
    assert [(r.code, r.sentence, r.owner) for r in outcome.refusals] == [
        ("preview_outdated", f"What you approved (ffffff) isn't the item's current preview ({current}).", ACCOUNTING)
    ]
    async with site.settings(sender_may_not_approve=True):
        assert await told(site, key, "accept", BOTH, **fields) == [
            ("own_item", "You sent it yourself; another approver decides on it.", ACCOUNTING)
        ]
    await site.fault("commit_after_cut", seconds=2, method="POST", key=code)
    await site.fault("status", status=400, method="POST", key=code)
    await site.granted(key, "accept", **fields, preview=current)
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "cmic_refused"
    for action in ("retry", "reject", "unlink"):
        outcome = await site.ask(key, action)
        seconds = outcome.refusals[0].parameters["seconds"]
        assert [(r.code, r.sentence, r.owner) for r in outcome.refusals] == [
            (
                "write_still_open",
                f"An export was cut off {seconds} seconds ago and CMiC may still be committing it.",
                ACCOUNTING,
            )
        ]
    await quiet(site)
    async with site.settings(settle_seconds=Decimal(0)):
        assert await told(site, key, "reject", APPROVER) == [
            ("exists_in_cmic", f"CMiC has {erp_key}, so it can't be rejected any more.", ACCOUNTING)
        ]
        await site.granted(key, "retry")
        await site.until(key, State.SYNCED)
    assert [row["CmmCode"] for row in await job.items()].count(code) == 1


async def quiet(site: Site) -> None:
    """Nothing that was cut off is still being committed by CMiC."""
    for _ in range(200):
        if not (await site.cmic.get("/_sandbox/health")).json()["pending"]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("CMiC is still at work")


@asynccontextmanager
async def in_cmic_for_now(site: Site, **changed: Any) -> AsyncIterator[None]:
    """CMiC set up otherwise for a while."""
    before = (await site.cmic.get("/_sandbox/settings")).json()
    assert (await site.cmic.patch("/_sandbox/settings", json=changed)).status_code == 200
    try:
        yield
    finally:
        await site.cmic.patch("/_sandbox/settings", json={name: before[name] for name in changed})


async def by_a_stranger(job: Job, code: str, *lines: tuple[str, str, float], kind: str = "OBC", **more: Any) -> None:
    """An accountant entered a PCI of that code in CMiC before."""
    header = {
        "CmmCompCode": ERP, "CmmJobCode": job.job, "CmmCode": code, "CmmTypeCode": kind, "CmmName": "By hand",
        "CmmPrepostStatCode": "APPROVED", "CmmCalcProjAmtMethod": "A", "CmmRefDate": "2026-11-01", **more,
    }  # fmt: skip
    common: Body = {"CmdCompCode": ERP, "CmdMastJobCode": job.job, "CmdJobCode": job.job, "CmdChgCode": code}
    common |= {"CmdStatusCode": "APPROVED", "CmdPostingFlag": "UNPOSTED"}
    rows = [{**common, "CmdPhsCode": c, "CmdCatCode": t, "CmdBudgAmt": amount} for c, t, amount in lines]
    await job.site.control("seed", cmmast=[header], cmdetail=rows)
