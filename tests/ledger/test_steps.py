"""Steps over the real ledger: whom they wake, and what they must not forget (design §4, U-03)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
from temporalio.testing import ActivityEnvironment

from activities.judging import Judging
from activities.messages import GiveUp, Step
from activities.unlinking import Unlinking
from domain.commands import Verdict
from domain.identity import ObjectId
from domain.ports import NotThere, ProcorePort
from domain.records import Found, Group, Key, Plan, Record, Written
from domain.states import Condition, Posting, State
from ledger.reading import Reading
from ledger.store import PgLedger
from tests.builders import COMMITMENT, ERP_COMPANY, JOB
from tests.ledger.acts import another, link, move, needs, reserve, wait_on

BUDGET = ObjectId(kind="budget", company=562949, scope="310", id=310)
INVOICE = ObjectId(kind="subcontractor_invoice", company=562949, scope="310", id=501)


class Nowhere:
    """A Procore in which nothing is to be found."""

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        raise NotThere


PROCORE = cast(ProcorePort, Nowhere())


async def run(step: Any, argument: Any) -> Verdict:
    verdict: Verdict = await ActivityEnvironment().run(step, argument)
    return verdict


async def at(ledger: PgLedger, object_id: ObjectId) -> Step:
    head = await ledger.head(object_id.key)
    assert head is not None
    return Step(key=object_id.key, sequence=head.sequence)


# Whom a step wakes


async def held_behind(ledger: PgLedger, *conditions: Condition) -> ObjectId:
    later = another("subcontractor_invoice")
    await wait_on(ledger, later, *(needs(INVOICE, c) for c in conditions or (Condition.OUT_OF_THE_WAY,)))
    await move(ledger, later, State.HELD)
    return later


@pytest.mark.parametrize("name", ["prepare", "write", "write_back"])
async def test_a_step_that_is_given_up_wakes_who_stood_behind_it(ledger: PgLedger, name: str) -> None:
    """The invoice fails, and so is out of the way of the next one."""
    await move(ledger, INVOICE, State.EXPORTING)
    later = await held_behind(ledger)
    step = await at(ledger, INVOICE)
    verdict = await run(Judging(ledger, PROCORE).give_up, GiveUp(step=step, name=name, words="no answer"))
    assert verdict.head.state is State.FAILED
    assert await ledger.releasable(timedelta(0)) == [later.key]
    assert verdict.wake == [later.key]


@pytest.mark.parametrize("overtaken", [False, True], ids=["done now", "done before"])
async def test_an_unlink_wakes_who_waited_and_does_so_again_when_its_answer_was_lost(
    ledger: PgLedger, overtaken: bool
) -> None:
    await move(ledger, INVOICE, State.UNLINKING)
    later = await held_behind(ledger)
    unlink, step = Unlinking(ledger, PROCORE).unlink, await at(ledger, INVOICE)
    verdict = await run(unlink, step)
    assert verdict.head.state is State.NOT_SENT
    if overtaken:
        verdict = await run(unlink, step)
    assert verdict.wake == [later.key]


async def test_where_the_item_stands_is_told_with_who_waits_for_it(ledger: PgLedger) -> None:
    """A lifecycle that was lost may have lost a wake with it."""
    await move(ledger, INVOICE, State.SYNCED)
    later = await held_behind(ledger)
    verdict = await run(Judging(ledger, PROCORE).load, INVOICE.key)
    assert (verdict.head.state, verdict.wake) == (State.SYNCED, [later.key])


# An object that grows isn't gone while anything of it may stand


def pci(code: str) -> Key:
    return Key(resource="change_item", parts={"company": ERP_COMPANY, "job": JOB, "change_item": code})


async def see(ledger: PgLedger, code: str, posting: Posting) -> None:
    await ledger.note_seen("change_item", ERP_COMPANY, [Found(key=pci(code), uuid="u", posting=posting)])


async def resend_that_failed(ledger: PgLedger, *, written: bool) -> None:
    """BUD-01 is linked and void in CMiC; the resend's BUD-02 was tried, and stands there."""
    await link(ledger, BUDGET, [Written(part="", key=pci("BUD-01"), uuid="u")])
    await see(ledger, "BUD-01", Posting.VOID)
    second = Group(header=Record(key=pci("BUD-02"), part="BUD-02"))
    (intent,) = await reserve(ledger, BUDGET, Plan(groups=[second]))
    await ledger.attempt(intent.id, 0)
    if written:
        await ledger.wrote(intent.id, [Written(part="BUD-02", key=pci("BUD-02"), uuid="u")])
    await see(ledger, "BUD-02", Posting.UNPOSTED)
    await move(ledger, BUDGET, State.UNLINKING)


@pytest.mark.parametrize("written", [False, True], ids=["tried", "written"])
async def test_a_failed_resend_isnt_unlinked_while_its_record_stands_in_cmic(
    ledger: PgLedger, reading: Reading, written: bool
) -> None:
    """Or nobody would know of that PCI any more, and the next export would bring the same money again."""
    await resend_that_failed(ledger, written=written)
    verdict = await run(Unlinking(ledger, PROCORE).unlink, await at(ledger, BUDGET))
    assert verdict.head.state is not State.NOT_SENT
    row = (await reading.history(BUDGET.key))[-1]
    assert [r["code"] for r in row["refusals"]] == ["still_in_cmic"]
    await see(ledger, "BUD-02", Posting.GONE)
    await move(ledger, BUDGET, State.UNLINKING)
    verdict = await run(Unlinking(ledger, PROCORE).unlink, await at(ledger, BUDGET))
    assert verdict.head.state is State.NOT_SENT


async def test_a_first_export_that_failed_isnt_unlinked_while_its_record_stands(ledger: PgLedger) -> None:
    (intent,) = await reserve(ledger, BUDGET, Plan(groups=[Group(header=Record(key=pci("BUD-01")))]))
    await ledger.attempt(intent.id, 0)
    await see(ledger, "BUD-01", Posting.UNPOSTED)
    await move(ledger, BUDGET, State.UNLINKING)
    verdict = await run(Unlinking(ledger, PROCORE).unlink, await at(ledger, BUDGET))
    assert verdict.head.state is State.FAILED
    await see(ledger, "BUD-01", Posting.VOID)
    await move(ledger, BUDGET, State.UNLINKING)
    verdict = await run(Unlinking(ledger, PROCORE).unlink, await at(ledger, BUDGET))
    assert verdict.head.state is State.NOT_SENT


async def test_what_another_put_under_our_number_keeps_nobody_from_unlinking(ledger: PgLedger) -> None:
    (intent,) = await reserve(ledger, BUDGET, Plan(groups=[Group(header=Record(key=pci("BUD-01")))]))
    await ledger.existed(intent.id)
    await see(ledger, "BUD-01", Posting.UNPOSTED)
    await move(ledger, BUDGET, State.UNLINKING)
    verdict = await run(Unlinking(ledger, PROCORE).unlink, await at(ledger, BUDGET))
    assert verdict.head.state is State.NOT_SENT


# What the graph reads


async def test_the_graph_reads_every_row_that_one_has_or_is(ledger: PgLedger, reading: Reading) -> None:
    invoice, stranger = another("subcontractor_invoice"), another()
    await wait_on(ledger, COMMITMENT, needs(BUDGET, Condition.BUDGETED, "budget"))
    await wait_on(ledger, invoice, needs(COMMITMENT, Condition.POSTED, "SC-001"))
    await wait_on(ledger, another("subcontractor_invoice"), needs(stranger, Condition.POSTED))
    rows = await reading.graph_rows([COMMITMENT.key])
    assert sorted((r["child"], r["parent"], r["condition"], r["label"]) for r in rows) == sorted(
        [
            (COMMITMENT.key, BUDGET.key, "budgeted", "budget"),
            (invoice.key, COMMITMENT.key, "posted", "SC-001"),
        ]
    )
    assert await reading.graph_rows([]) == []


async def test_the_graph_reads_what_each_is_as_a_parent(ledger: PgLedger, reading: Reading) -> None:
    await link(ledger, BUDGET, [Written(part="", key=pci("BUD-01"), uuid="u")])
    await see(ledger, "BUD-01", Posting.POSTED)
    await ledger.note_budgeted(BUDGET.key, ERP_COMPANY, True)
    async with ledger.case(BUDGET) as case:
        await case.describe(label="Budget of project 310", erp_company=ERP_COMPANY, job=JOB)
        await case.adopt_posting()
    await move(ledger, BUDGET, State.SYNCED)
    facts = await reading.facts([BUDGET.key, COMMITMENT.key])
    assert list(facts) == [BUDGET.key]
    shown = facts[BUDGET.key]
    assert (shown["kind"], shown["label"], shown["state"]) == ("budget", "Budget of project 310", "synced")
    assert (shown["posting"], shown["job"], shown["linked"], shown["budgeted"], shown["contract"]) == (
        "posted",
        JOB,
        True,
        True,
        False,
    )
    assert shown["words"].startswith("In CMiC as")
