"""What several runs, several wishes or a changed surrounding could do to one another: fenced (B-03, B-04, design §3 to §5)."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

import pytest

from domain.commands import Answer
from domain.identity import company_key, parse_key
from domain.permissions import Person
from domain.records import Found, Key
from domain.states import Posting, State
from tests.stack.test_exactly_once import partner, vendor
from tests.support import COMPANY, ERP, Site
from workers.plant import Plant
from workers.preview import preview

NOBODY = Person(name="nobody at all")


async def test_a_write_that_was_overtaken_by_another_run_is_not_done(site: Site, plant: Plant) -> None:
    """A workflow is terminated between its look-up and its write, and started again: one contract, and it is ours."""
    key = await site.sent()
    number, real = site.numbers[key], plant.cmic.find
    looked, go_on = asyncio.Event(), asyncio.Event()
    looks = 0

    async def find(wanted: Key) -> Found | None:
        nonlocal looks
        found = await real(wanted)
        if number in wanted.text:
            looks += 1
            if looks == 1:
                looked.set()
                await asyncio.wait_for(go_on.wait(), 20)
            else:
                go_on.set()
        return found

    with patch.object(plant.cmic, "find", find):
        await site.granted(key, "accept")
        await asyncio.wait_for(looked.wait(), 20)
        await site.office.client.get_workflow_handle(key).terminate("by hand")
        await site.office.keeping.start(await site.head(key))
        await site.until(key, State.SYNCED)
    assert (await site.in_cmic(key))[:2] == (1, 1)


@pytest.mark.parametrize("taken", ["connector/complete:4", "complete:4", "connector/give_up:write_back:4"])
async def test_nobody_can_take_the_connectors_own_request_ids(site: Site, taken: str) -> None:
    key = await site.sent()
    assert (await site.ask(key, "accept", NOBODY, request_id=taken)).answer is Answer.REFUSED
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)


async def test_a_link_that_failed_can_be_made_to_another_job(site: Site) -> None:
    project, number, first = await site.project(("03-100", "S"))
    _, _, second = await site.project(("03-100", "S"))
    hurried = site.hurried(patience=3, retry_every=600)
    await site.procore_fault("projects/sync", method="PATCH", status=422, times=None)
    await hurried.granted(project, "link", erp_id=first)
    await hurried.until(project, State.FAILED)
    await site.procore.delete("/_sandbox/faults")
    await hurried.granted(project, "link", erp_id=second)
    head = await hurried.until(project, State.SYNCED)
    assert (head.job, head.erp_key) == (second, f"{ERP}|{second}")
    (told,) = (await site.procore.get("/_sandbox/books/projects", params={"id": number})).json()
    assert told["origin_id"] == f"{ERP}|{second}"


async def test_a_linked_project_is_not_told_of_another_job(site: Site) -> None:
    """A refresh failed; linking to another job would tell Procore one thing and the ledger another."""
    project, number, first = await site.project(("03-100", "S"))
    _, _, second = await site.project(("03-100", "S"))
    hurried = site.hurried(patience=3, retry_every=600)
    await hurried.granted(project, "link", erp_id=first)
    await hurried.until(project, State.SYNCED)
    await site.fault("status", status=503, times=None)
    await hurried.granted(project, "refresh")
    await hurried.until(project, State.FAILED)
    await site.cmic.delete("/_sandbox/faults")
    assert await hurried.refused(project, "link", erp_id=second) == ["already_linked"]
    (told,) = (await site.procore.get("/_sandbox/books/projects", params={"id": number})).json()
    assert told["origin_id"] == f"{ERP}|{first}"
    await hurried.granted(project, "link", erp_id=first)
    await hurried.until(project, State.SYNCED)


async def test_a_company_is_linked_to_what_was_typed_last(site: Site) -> None:
    company, first, second = await site.company(), site.code("V"), site.code("V")
    rows = [vendor(code) for code in (first, second)]
    await site.control("seed", businesspartner=[partner(first), partner(second)], apvendor=rows)
    hurried = site.hurried(patience=3, retry_every=600)
    await site.procore_fault("vendors", method="PATCH", status=422, times=None)
    await hurried.granted(company, "link", erp_id=first)
    await hurried.until(company, State.FAILED)
    await site.procore.delete("/_sandbox/faults")
    await hurried.granted(company, "retry", erp_id=second)
    assert (await hurried.until(company, State.SYNCED)).erp_key == f"{ERP}|{second}"


async def test_a_preview_is_outdated_by_a_setting_that_changes_its_rows(site: Site) -> None:
    key = await site.sent()
    seen = await preview(site.office, key)
    assert seen is not None
    async with site.settings(default_uom="EA"):
        assert await site.refused(key, "accept", preview=seen["hash"]) == ["preview_outdated"]
    await site.granted(key, "accept", preview=seen["hash"])
    await site.until(key, State.SYNCED)


async def test_what_was_voided_meanwhile_is_not_retried_into_synced(site: Site) -> None:
    hurried = site.hurried(patience=3, retry_every=600)
    key = await hurried.sent()
    await site.procore_fault(f"{parse_key(key).id}/line_items", method="PATCH", status=503, times=None)
    await hurried.granted(key, "accept")
    await hurried.until(key, State.FAILED)
    await site.control("subcontracts/void", **await site.contract(key))
    await site.procore.delete("/_sandbox/faults")
    await hurried.granted(key, "retry")
    assert (await hurried.until(key, State.FAILED)).failure_code == "number_taken_by_void"
    another = f"{site.numbers[key]}N"
    await hurried.granted(key, "retry", erp_id=another)
    assert (await hurried.until(key, State.SYNCED)).erp_key == f"{ERP}|ACME01|{another}|000"


async def test_a_child_stands_on_the_vendor_of_the_company_that_its_project_went_to(site: Site) -> None:
    """The project was linked to another CMiC company while its commitment was held: so is what it waits for, and stands on."""
    project, number, job = await site.project(("03-100", "S"))
    company, code = await site.linked_company()
    other = company_key(COMPANY, "02", parse_key(company).id)
    terms = {"BpvenTermCode": "30", "BpvenSpecialTermsFlag": "N", "BpvenCurrCode": "USD"}
    await site.control("seed", apvendor=[{"BpvenCompCode": "02", "BpvenBpCode": code, **terms}])
    there = {"GjjpCompCode": "02", "GjjpJobCode": job, "GjjpCtrlCode": "ALL", "GjjpName": "Work"}
    codes = [{**there, "GjjpCode": "03-100", "GjjpActiveFlag": "Y", "GjjpFactorableFlg": "N"}]
    await site.control(
        "seed", jcjob=[{"JobCompCode": "02", "JobCode": job, "JobName": "Elsewhere"}], jcjobcostcodes=codes
    )
    await site.control("assign", company="02", job=job, cost_code="03-100", category="S")
    async with site.settings(erp_companies=[ERP, "02"]):
        key = await site.sent(vendor=parse_key(company).id, project=number)
        await site.granted(key, "accept")
        await site.granted(project, "link", erp_id=job, erp_company="02")
        await site.until(project, State.SYNCED)
        await site.until(key, State.HELD, also=lambda head: head.waits_for == [f"{other} synced"])
        await site.granted(other, "link", erp_id=code)
        await site.until(key, State.SYNCED)
        assert [row["parent"] for row in await site.office.reading.parents(key)] == [other, project]
        assert await site.refused(other, "unlink") == ["depended_on"]
        await site.granted(company, "unlink")


async def test_what_is_exported_while_a_full_list_is_read_is_not_gone(site: Site, plant: Plant) -> None:
    real, read, go_on = plant.cmic.changed, asyncio.Event(), asyncio.Event()

    async def changed(*asked: object) -> object:
        page = await real(*asked)  # type: ignore[arg-type]  # passed on as it came
        read.set()
        await go_on.wait()
        return page

    with patch.object(plant.cmic, "changed", changed):
        watching = asyncio.create_task(site.watch(full=True))
        await read.wait()
        key = await site.synced()
        go_on.set()
        await watching
    assert (await site.head(key)).posting is Posting.UNPOSTED
