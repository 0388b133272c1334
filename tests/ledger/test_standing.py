"""An object that grows: what of it stands in CMiC, how often it was exported, and who decided on it (R-17, O-07)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from domain.commands import Answer
from domain.identity import ObjectId
from domain.ledger_port import Intent
from domain.records import Found, Group, Key, Plan, Record, Written
from domain.settings import ExportSettings
from domain.states import Actor, Posting, State
from ledger.store import PgLedger
from tests.builders import COMMITMENT, COMPANY, ERP_COMPANY, JOB, PROJECT, written
from tests.ledger.acts import another, link, link_company, link_project, move, reserve

BUDGET = ObjectId(kind="budget", company=562949, scope="310", id=310)


def item(code: str, amount: str = "100.00", part: str = "", **more: Any) -> Group:
    """A PCI of one line."""
    parts = {"company": ERP_COMPANY, "job": JOB, "change_item": code}
    line_key = Key(resource="change_item_line", parts={**parts, "cost_code": "03-100", "category": "S"})
    line = Record(key=line_key, values={"amount": Decimal(amount)}, part=f"{code}:03-100/S")
    header = Record(key=Key(resource="change_item", parts=parts), part=part)
    return Group(header=header, lines=[line], total=Decimal(amount), **more)


def code_group() -> Group:
    parts = {"company": ERP_COMPANY, "job": JOB, "cost_code": "03-100", "category": "S"}
    record = Record(key=Key(resource="job_code", parts=parts), part="code:03-100/S")
    return Group(header=record, may_exist=True, common=True)


async def write(ledger: PgLedger, *groups: Group, object_id: ObjectId = BUDGET) -> list[Intent]:
    """Reserve, try and write, as an export does."""
    intents = await reserve(ledger, object_id, Plan(groups=list(groups)))
    head = await ledger.head(object_id.key)
    assert head is not None
    for intent in intents:
        await ledger.attempt(intent.id, head.sequence)
        await ledger.wrote(intent.id, written(*intent.group.records))
    return intents


async def export(ledger: PgLedger, *groups: Group) -> None:
    """A whole export: written, linked (codes belong to the project), released."""
    await write(ledger, *groups)
    async with ledger.case(BUDGET) as case:
        await case.link(written(*(r for g in groups if not g.common for r in g.records)), ERP_COMPANY)
        await case.release_keys()


async def standing(ledger: PgLedger) -> list[Group]:
    async with ledger.case(BUDGET) as case:
        return await case.standing()


async def exports(ledger: PgLedger) -> int:
    async with ledger.case(BUDGET) as case:
        return await case.ever_written()


async def see(ledger: PgLedger, group: Group, posting: Posting) -> None:
    await ledger.note_seen("change_item", ERP_COMPANY, [Found(key=group.header.key, uuid="u", posting=posting)])


FIRST, SECOND = item("BUD-01"), item("BUD-02", "-40.00", part="BUD-02")


async def test_before_any_export_nothing_stands(ledger: PgLedger) -> None:
    assert (await standing(ledger), await exports(ledger)) == ([], 0)


async def test_what_was_exported_stands_with_its_amounts(ledger: PgLedger) -> None:
    await export(ledger, FIRST)
    assert await standing(ledger) == [FIRST]
    await export(ledger, SECOND)
    found = await standing(ledger)
    assert found == [FIRST, SECOND]
    assert [line.values["amount"] for group in found for line in group.lines] == [Decimal("100.00"), Decimal("-40.00")]
    assert await exports(ledger) == 2


async def test_what_is_written_and_not_linked_yet_doesnt_stand(ledger: PgLedger) -> None:
    """The export that is under way must not be subtracted from itself."""
    await export(ledger, FIRST)
    await write(ledger, SECOND)
    assert await standing(ledger) == [FIRST]
    assert await exports(ledger) == 2


@pytest.mark.parametrize("posting", Posting)
async def test_void_and_gone_ones_dont_stand_and_keep_their_numbers(ledger: PgLedger, posting: Posting) -> None:
    await export(ledger, FIRST)
    await export(ledger, SECOND)
    await see(ledger, FIRST, posting)
    await see(ledger, SECOND, Posting.POSTED)
    left_out = posting in (Posting.VOID, Posting.GONE)
    assert await standing(ledger) == ([SECOND] if left_out else [FIRST, SECOND])
    assert await exports(ledger) == 2


async def test_what_was_unlinked_doesnt_stand_and_keeps_its_number(ledger: PgLedger) -> None:
    await export(ledger, FIRST)
    async with ledger.case(BUDGET) as case:
        await case.unlink()
    assert (await standing(ledger), await exports(ledger)) == ([], 1)


async def test_a_record_that_was_made_again_stands_as_it_was_written_last(ledger: PgLedger) -> None:
    await export(ledger, FIRST)
    async with ledger.case(BUDGET) as case:
        await case.unlink()
    again = item("BUD-01", "70.00")
    await export(ledger, again)
    assert (await standing(ledger), await exports(ledger)) == ([again], 1)


async def test_anothers_records_dont_stand_here(ledger: PgLedger) -> None:
    elsewhere = another("budget")
    theirs = item("BUD-09")
    await write(ledger, theirs, object_id=elsewhere)
    await link(ledger, elsewhere, written(*theirs.records))
    assert (await standing(ledger), await exports(ledger)) == ([], 0)


async def test_what_travels_along_stands_and_isnt_counted(ledger: PgLedger) -> None:
    forecast = item("BUD-01F", part="forecast BUD-01", aside=True)
    await export(ledger, code_group(), FIRST, forecast)
    assert await standing(ledger) == [FIRST, forecast]
    assert [g.aside for g in await standing(ledger)] == [False, True]
    assert await exports(ledger) == 1


async def test_a_number_that_may_be_taken_counts_once_its_reservation_is_given_up(ledger: PgLedger) -> None:
    """Till then it is this export's own: the export is planned anew under the number that was approved."""
    (first,) = await reserve(ledger, BUDGET, Plan(groups=[FIRST]))
    await ledger.existed(first.id)
    assert await exports(ledger) == 0
    (second,) = await reserve(ledger, BUDGET, Plan(groups=[SECOND]))
    assert await exports(ledger) == 1
    await ledger.attempt(second.id, 0)
    assert await exports(ledger) == 1
    async with ledger.case(BUDGET) as case:
        await case.release_keys()
    assert await exports(ledger) == 2


async def test_a_number_that_was_written_counts_at_once(ledger: PgLedger) -> None:
    await write(ledger, FIRST)
    assert await exports(ledger) == 1
    async with ledger.case(BUDGET) as case:
        await case.release_keys()
    assert await exports(ledger) == 1


async def test_a_number_that_cmic_refused_is_free(ledger: PgLedger) -> None:
    """What is tried again by itself keeps the number that was approved: CMiC has answered that nothing was written."""
    (first,) = await reserve(ledger, BUDGET, Plan(groups=[FIRST]))
    await ledger.settled(first.id, await ledger.attempt(first.id, 0))
    assert await exports(ledger) == 0
    async with ledger.case(BUDGET) as case:
        await case.release_keys()
    assert await exports(ledger) == 0


async def test_a_number_whose_write_was_cut_off_is_never_free(ledger: PgLedger) -> None:
    """CMiC may commit it yet, though a later try was answered and the reservation was given up."""
    (first,) = await reserve(ledger, BUDGET, Plan(groups=[FIRST]))
    await ledger.attempt(first.id, 0)
    await ledger.settled(first.id, await ledger.attempt(first.id, 0))
    assert await exports(ledger) == 0
    async with ledger.case(BUDGET) as case:
        await case.release_keys()
    assert await exports(ledger) == 1


# Approvals


async def approve(ledger: PgLedger, sequence: int) -> None:
    async with ledger.case(BUDGET) as case:
        snapshot = await case.put_snapshot({"id": sequence}, f"hash {sequence}")
        await case.put_approval(sequence, snapshot, "export", {}, ExportSettings())


async def spent(ledger: PgLedger) -> bool:
    async with ledger.case(BUDGET) as case:
        approval = await case.approval()
    assert approval is not None
    return approval.spent


async def test_an_approval_is_spent_by_its_export_and_the_next_one_isnt(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    await approve(ledger, 2)
    assert not await spent(ledger)
    async with ledger.case(BUDGET) as case:
        await case.spend_approval()
    assert await spent(ledger)
    await approve(ledger, 5)
    assert not await spent(ledger)
    rows = await pool.fetch("select sequence, spent from approvals order by sequence")
    assert [tuple(row) for row in rows] == [(2, True), (5, False)]


async def test_only_the_objects_own_newest_approval_is_spent(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    await approve(ledger, 2)
    await approve(ledger, 5)
    async with ledger.case(COMMITMENT) as case:
        await case.spend_approval()
    assert not await spent(ledger)
    async with ledger.case(BUDGET) as case:
        await case.spend_approval()
    rows = await pool.fetch("select sequence, spent from approvals order by sequence")
    assert [tuple(row) for row in rows] == [(2, False), (5, True)]


# Who sent it


async def sender(ledger: PgLedger) -> str:
    async with ledger.case(BUDGET) as case:
        return await case.sent_by()


async def test_who_sent_it_last_is_known(ledger: PgLedger) -> None:
    assert await sender(ledger) == ""
    await move(ledger, BUDGET, State.WAITING, "send", who="Ada")
    assert await sender(ledger) == "Ada"
    await move(ledger, BUDGET, State.REJECTED, "reject", who="Grace", actor=Actor.APPROVER)
    assert await sender(ledger) == "Ada"
    await move(ledger, BUDGET, State.WAITING, "resend", who="Eve")
    await move(ledger, BUDGET, State.EXPORTING, "accept", who="Grace", actor=Actor.APPROVER)
    assert await sender(ledger) == "Eve"


async def test_a_refused_send_sent_nothing(ledger: PgLedger) -> None:
    await move(ledger, BUDGET, State.WAITING, "send", who="Ada")
    await move(ledger, BUDGET, State.WAITING, "send", who="Eve", answer=Answer.REFUSED)
    assert await sender(ledger) == "Ada"
    async with ledger.case(COMMITMENT) as case:
        assert await case.sent_by() == ""


async def test_what_an_operator_sent_was_sent_by_no_person(ledger: PgLedger) -> None:
    """Or a person of that name would be taken for him, and might not decide on it (S-32)."""
    await move(ledger, BUDGET, State.WAITING, "send", who="operator", actor=Actor.OPERATOR)
    assert await sender(ledger) == ""


# One ERP id, one company (O-03), one project (F-05)


async def holder(ledger: PgLedger, code: str, asking: ObjectId = COMPANY, erp_company: str = ERP_COMPANY) -> str:
    async with ledger.case(asking) as case:
        return await case.holder_of(code, erp_company)


async def test_nobody_holds_an_id_that_isnt_linked(ledger: PgLedger) -> None:
    assert await holder(ledger, "ACME") == ""
    await link_company(ledger)
    assert await holder(ledger, "ACME") == ""


async def test_another_company_holds_its_id_in_every_cmic_company(ledger: PgLedger) -> None:
    baker = another("company", "01")
    await link_company(ledger, baker, "BAKER")
    assert await holder(ledger, "baker") == baker.key
    elsewhere = ObjectId(kind="company", company=562949, scope="02", id=COMPANY.id)
    assert await holder(ledger, "BAKER", elsewhere, "02") == baker.key
    assert await holder(ledger, "BAKER", ObjectId(kind="company", company=562949, scope="02", id=baker.id)) == ""
    assert await holder(ledger, "BAKER", ObjectId(kind="company", company=7, scope="01", id=COMPANY.id)) == ""
    async with ledger.case(baker) as case:
        await case.unlink()
    assert await holder(ledger, "BAKER") == ""


@pytest.mark.parametrize(("held", "asked"), [("BAKER", "AKER"), ("BAKER", "BAKE"), ("AXB", "A_B"), ("AB", "A.B")])
async def test_an_id_is_held_whole_and_to_the_letter(ledger: PgLedger, held: str, asked: str) -> None:
    other = another("company", "01")
    await link_company(ledger, other, held)
    assert await holder(ledger, asked) == ""
    assert await holder(ledger, held) == other.key


async def test_an_id_with_an_underline_is_held(ledger: PgLedger) -> None:
    other = another("company", "01")
    await link_company(ledger, other, "A_B")
    assert await holder(ledger, "a_b") == other.key


async def test_a_vendor_code_in_another_resource_is_nobodys(ledger: PgLedger) -> None:
    other = another("company", "01")
    partner = Key(resource="partner", parts={"vendor": "BAKER"})
    await link(ledger, other, [Written(part="partner", key=partner, uuid="p")])
    assert await holder(ledger, "BAKER") == ""


def project_key(code: str, company: str = ERP_COMPANY) -> Key:
    return Key(resource="project", parts={"company": company, "project": code})


def job_of(code: str, company: str = ERP_COMPANY) -> Key:
    return Key(resource="job", parts={"company": company, "job": code})


@pytest.mark.parametrize("key", [project_key("1055"), job_of("1055")], ids=["exported", "linked"])
async def test_another_project_holds_its_code_as_project_and_as_job(ledger: PgLedger, key: Key) -> None:
    """Both give Procore the same origin id."""
    other = another("project", "-")
    await link(ledger, other, [Written(part="", key=key, uuid="u")])
    assert await holder(ledger, "1055", PROJECT) == other.key
    assert await holder(ledger, "1055", other) == ""
    assert await holder(ledger, "105", PROJECT) == ""
    async with ledger.case(other) as case:
        await case.unlink()
    assert await holder(ledger, "1055", PROJECT) == ""


async def test_a_code_is_held_in_letters_of_either_size(ledger: PgLedger) -> None:
    other = another("project", "-")
    await link(ledger, other, [Written(part="", key=project_key("T-1A"), uuid="u")])
    assert await holder(ledger, "t-1a", PROJECT) == other.key


async def test_a_projects_code_is_held_in_its_own_cmic_company_alone(ledger: PgLedger) -> None:
    """Two CMiC companies number their projects each for itself (R-08)."""
    other = another("project", "-")
    await link(ledger, other, [Written(part="", key=project_key("1055", "02"), uuid="u")], "02")
    assert await holder(ledger, "1055", PROJECT) == ""
    assert await holder(ledger, "1055", PROJECT, "02") == other.key


async def test_another_procore_accounts_project_holds_nothing_here(ledger: PgLedger) -> None:
    other = another("project", "-")
    await link(ledger, other, [Written(part="", key=project_key("1055"), uuid="u")])
    assert await holder(ledger, "1055", ObjectId(kind="project", company=7, scope="-", id=PROJECT.id)) == ""


async def test_a_code_of_another_kind_is_nobodys(ledger: PgLedger) -> None:
    """A vendor is no project, a contract no vendor, and a job's cost codes are no job."""
    await link_company(ledger, another("company", "01"), "1055")
    assert await holder(ledger, "1055", PROJECT) == ""
    await link_project(ledger, another("project", "-"), "BAKER")
    assert await holder(ledger, "BAKER") == ""
    assert await holder(ledger, "03-300", PROJECT) == ""
    assert await holder(ledger, "03-300", COMMITMENT) == ""
