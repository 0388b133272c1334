"""Held for a prerequisite: accepted, and leaving by itself once vendor and job are there (B-01; design §4)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

from domain.identity import parse_key
from domain.states import State
from tests.support import APPROVER, COMPANY, ERP, SENDER, Site, line


async def held(site: Site, *lines: dict[str, str], vendor: str, **more: int) -> str:
    """A commitment that was sent and accepted while something it needs isn't there."""
    key = await site.sent(*lines, vendor=parse_key(vendor).id, **more)
    outcome = await site.granted(key, "accept")
    assert outcome.state is State.HELD
    return key


async def export(site: Site, company: str, action: str = "send") -> str:
    """The company is sent and accepted; its vendor's code."""
    code = site.code("V")
    await site.granted(company, action, SENDER)
    await site.granted(company, "accept", erp_id=code)
    return code


async def vendor_of(site: Site, key: str) -> str:
    (header,) = await site.rows("scmast", ScmstContCode=site.numbers[key])
    return str(header["ScmstVenCode"])


async def test_a_missing_vendor_holds_until_it_syncs(site: Site) -> None:
    company = await site.company("Held & Sons")
    key = await held(site, vendor=company)
    head = await site.head(key)
    assert head.waits_for == [f"{company} synced"]
    assert "Held & Sons" in head.words
    assert await site.in_cmic(key) == (0, 0, Decimal(0))
    code = await export(site, company)
    await site.until(key, State.SYNCED)
    assert await vendor_of(site, key) == code
    assert (await site.in_procore(key))["origin_id"] == f"{ERP}|{code}|{site.numbers[key]}|000"
    assert await site.actions(key) == ["send", "accept", "release", "complete"]


async def test_a_project_that_is_not_linked_holds_until_its_job_is(site: Site) -> None:
    project, number, job = await site.project(("03-100", "S"))
    key = await site.sent(project=number)
    assert (await site.head(key)).waits_for == [f"{project} job exists"]
    assert (await site.granted(key, "accept")).state is State.HELD
    await site.granted(project, "link", erp_id=job)
    await site.until(key, State.SYNCED)
    (header,) = await site.rows("scmast", ScmstContCode=site.numbers[key])
    assert header["ScmstJobCode"] == job


async def test_both_missing_holds_for_both(site: Site) -> None:
    project, number, job = await site.project(("03-100", "S"), ("07-500", "M"))
    company = await site.company()
    key = await held(site, line(), line("07-500", "M"), vendor=company, project=number)
    assert sorted((await site.head(key)).waits_for) == [f"{company} synced", f"{project} job exists"]
    code = await export(site, company)
    await site.until(company, State.SYNCED)
    assert (await site.head(key)).state is State.HELD
    await site.granted(project, "link", erp_id=job)
    await site.until(key, State.SYNCED)
    assert await vendor_of(site, key) == code


async def test_what_is_met_is_no_longer_said_to_be_waited_for(site: Site) -> None:
    """The inbox and the search attribute "blocked on" name what is open now, not what was open once."""
    project, number, _ = await site.project(("03-100", "S"))
    company = await site.company()
    key = await held(site, vendor=company, project=number)
    await export(site, company)
    await site.until(company, State.SYNCED)
    head = await site.until(key, State.HELD, also=lambda h: h.waits_for == [f"{project} job exists"], seconds=5)
    assert "to be synced" not in head.words


async def test_what_was_rejected_or_retrieved_waits_for_nothing(site: Site) -> None:
    """Nobody finds an item that went back to its sender among those that are blocked on a vendor."""
    company = await site.company()
    rejected, retrieved = await held(site, vendor=company), await site.sent(vendor=parse_key(company).id)
    await site.granted(rejected, "reject")
    await site.granted(retrieved, "retrieve", SENDER)
    assert [(await site.head(key)).waits_for for key in (rejected, retrieved)] == [[], []]


async def test_what_waits_shows_what_it_will_wait_for(site: Site) -> None:
    """A prerequisite may be open when an item is sent; the inbox says so before anybody accepts it."""
    company = await site.company()
    key = await site.sent(vendor=parse_key(company).id)
    head = await site.head(key)
    assert head.state is State.WAITING
    assert head.waits_for == [f"{company} synced"]
    assert "Before it can leave" in head.words
    parents = {row["parent"]: row["state"] for row in await site.office.reading.parents(key)}
    assert parents == {company: "not_sent", f"project:{COMPANY}:-:310": "synced"}
    await export(site, company)
    await site.until(company, State.SYNCED)
    assert (await site.granted(key, "accept")).state is State.EXPORTING
    await site.until(key, State.SYNCED)


async def test_all_that_wait_for_one_vendor_leave(site: Site) -> None:
    company = await site.company()
    keys = await asyncio.gather(*(held(site, vendor=company) for _ in range(12)))
    code = await export(site, company)
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in keys))
    assert [await site.in_cmic(key) for key in keys] == [(1, 1, Decimal("1000.00"))] * 12
    assert {await vendor_of(site, key) for key in keys} == {code}


async def test_accepting_while_the_vendor_arrives_loses_nobody(site: Site) -> None:
    """Going held and the parent's arrival are judged under the parent's lock: whichever is first, the item leaves."""
    companies = await asyncio.gather(*(site.company() for _ in range(4)))
    keys = [await site.sent(vendor=parse_key(company).id) for company in companies for _ in range(4)]
    await asyncio.gather(*(site.granted(company, "send", SENDER) for company in companies))
    codes = [site.code("V") for _ in companies]
    accepting = [site.granted(company, "accept", erp_id=code) for company, code in zip(companies, codes, strict=True)]
    await asyncio.gather(*accepting, *(site.granted(key, "accept") for key in keys))
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in keys))
    for key in keys:
        assert "return_edited" not in await site.actions(key)


async def test_a_held_item_is_rejected_and_stays_when_its_vendor_comes(site: Site) -> None:
    company = await site.company()
    rejected, kept = await held(site, vendor=company), await held(site, vendor=company)
    await site.granted(rejected, "reject")
    await export(site, company)
    await site.until(kept, State.SYNCED)
    assert (await site.head(rejected)).state is State.REJECTED
    assert await site.in_cmic(rejected) == (0, 0, Decimal(0))
    await site.granted(rejected, "resend", SENDER)
    await site.granted(rejected, "accept")
    await site.until(rejected, State.SYNCED)


async def test_a_held_item_can_not_be_retrieved_or_accepted_again(site: Site) -> None:
    key = await held(site, vendor=await site.company())
    assert await site.refused(key, "retrieve", SENDER) == ["already_decided", "not_allowed_now"]
    assert await site.refused(key, "accept") == ["not_allowed_now"], "nobody is told that he was faster than himself"
    outcome = await site.ask(key, "retrieve", SENDER)
    assert APPROVER.name in outcome.refusals[0].sentence


async def test_a_rejected_vendor_keeps_its_commitments_held(site: Site) -> None:
    company = await site.company()
    key = await held(site, vendor=company)
    await site.granted(company, "send", SENDER)
    await site.granted(company, "reject")
    await site.granted(company, "resend", SENDER)
    await site.granted(company, "retrieve", SENDER)
    await site.watchdog()
    head = await site.head(key)
    assert (head.state, head.waits_for) == (State.HELD, [f"{company} synced"])
    await export(site, company, "resend")
    await site.until(key, State.SYNCED)


async def test_edited_in_procore_while_it_was_held_it_comes_back(site: Site) -> None:
    company = await site.company()
    edited, untouched = await held(site, vendor=company), await held(site, vendor=company)
    await site.relines(edited, line(amount="9000.00", text="Grown"))
    await export(site, company)
    await asyncio.gather(site.until(edited, State.WAITING), site.until(untouched, State.SYNCED))
    assert await site.actions(edited) == ["send", "accept", "release", "return_edited"]
    assert await site.actions(untouched) == ["send", "accept", "release", "complete"]
    last = (await site.office.reading.history(edited))[-1]
    assert any("9000" in text for text in last["details"]["differences"])
    await site.granted(edited, "accept")
    await site.until(edited, State.SYNCED)
    assert await site.in_cmic(edited) == (1, 1, Decimal("9000.00"))


async def test_the_vendor_was_exchanged_while_it_was_held(site: Site) -> None:
    """It comes back, says that it now waits for the other one, and stands on the first no more."""
    first, second = await site.company("First"), await site.company("Second")
    key = await held(site, vendor=first)
    await site.edit(key, vendor_id=parse_key(second).id)
    await export(site, first)
    await site.until(first, State.SYNCED)
    head = await site.until(key, State.WAITING)
    outcome = await site.granted(key, "accept")
    assert outcome.state is State.HELD
    assert (await site.head(key)).waits_for == [f"{second} synced"]
    await site.granted(first, "unlink")
    code = await export(site, second)
    await site.until(key, State.SYNCED)
    assert await vendor_of(site, key) == code
    assert head.waits_for == [f"{second} synced"]


async def test_a_code_that_the_new_job_lacks_fails_it_in_words(site: Site) -> None:
    """Codes aren't asked about before the job is known; then they are, before anything is written. Here codes don't go along:
    they are accepted on their own first."""
    project, number, job = await site.project(("03-100", "S"))
    key = await site.sent(line("03-100", "M"), project=number)
    async with site.settings(cost_codes_go_along=False):
        assert (await site.granted(key, "accept")).state is State.HELD
    await site.granted(project, "link", erp_id=job)
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "code_not_synced"
    assert job in head.words
    await site.control("assign", company=ERP, job=job, cost_code="03-100", category="M")
    await site.granted(project, "refresh")
    await site.until(project, State.SYNCED)
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)


async def test_a_code_that_the_new_job_lacks_goes_along_where_the_master_list_has_it(site: Site) -> None:
    """O-02: nobody has to assign it first. What the master list lacks, too, fails it before anything is written."""
    project, number, job = await site.project(("03-100", "S"), ("99-999", "S"))
    along = await site.sent(line("03-100", "M"), project=number)
    unknown = await site.sent(line("03-100", "M"), line("99-999", "M"), project=number)
    for key in (along, unknown):
        assert (await site.granted(key, "accept")).state is State.HELD
    await site.granted(project, "link", erp_id=job)
    await asyncio.gather(site.until(along, State.SYNCED), site.until(unknown, State.FAILED))
    head = await site.head(unknown)
    assert head.failure_code == "code_not_synced"
    assert "99-999 M" in head.words
    assert "03-100" not in head.words
    rows = await site.rows("jcjobcategory", JcatJobCode=job, JcatPhsCode="03-100")
    assert sorted(row["JcatCode"] for row in rows) == ["M", "S"]
    assert await site.in_cmic(unknown) == (0, 0, Decimal(0))


async def test_a_lost_wake_is_healed_by_the_watchdog(site: Site) -> None:
    """The message that the vendor came is lost, as if a worker had died before it was sent."""
    company = await site.company()
    keys = [await held(site, vendor=company) for _ in range(2)]
    pool = site.office.ledger.pool
    rows = await pool.fetch("delete from dependencies where child = any($1::text[]) returning *", keys)
    await export(site, company)
    await site.until(company, State.SYNCED)
    insert = "insert into dependencies (child, parent, condition, label) values ($1, $2, $3, $4)"
    await pool.executemany(insert, [(r["child"], r["parent"], r["condition"], r["label"]) for r in rows])
    assert [(await site.head(key)).state for key in keys] == [State.HELD, State.HELD]
    assert set(keys) <= set(await site.office.ledger.releasable(timedelta(0)))
    await site.watchdog()
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in keys))
    assert not set(keys) & set(await site.office.ledger.releasable(timedelta(0)))


async def test_a_held_item_whose_workflow_was_terminated_is_started_again(site: Site) -> None:
    company = await site.company()
    key = await held(site, vendor=company)
    await site.office.client.get_workflow_handle(key).terminate("lost")
    await export(site, company)
    await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == (1, 1, Decimal("1000.00"))


async def test_terminated_lifecycles_are_started_again_by_the_watchdog(site: Site) -> None:
    company = await site.company()
    waiting, kept, synced = await site.sent(), await held(site, vendor=company), await site.synced()
    for key in (waiting, kept, synced):
        await site.office.client.get_workflow_handle(key).terminate("lost")
    before = {key: (await site.head(key)).sequence for key in (waiting, kept, synced)}
    for _ in range(100):  # Visibility is told of a termination a moment later.
        running = {w.id async for w in site.office.client.list_workflows("ExecutionStatus = 'Running'")}
        if not running & {waiting, kept, synced}:
            break
    await site.watchdog()
    for key in (waiting, kept, synced):
        description = await site.office.client.get_workflow_handle(key).describe()
        assert description.status is not None
        assert description.status.name == "RUNNING"
        assert (await site.head(key)).sequence == before[key]
    await site.granted(waiting, "accept")
    await export(site, company)
    await asyncio.gather(site.until(waiting, State.SYNCED), site.until(kept, State.SYNCED))
