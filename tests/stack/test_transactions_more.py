"""Transactions come in as they are in CMiC, whatever becomes of them there and in Procore (O-18, R-22 to R-24; S-22, S-23,
S-25)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest

from domain.company_settings import DateChoice, DirectCostType
from domain.staged import StagedAction
from domain.states import State
from systems.cmic.gateway import CmicGateway
from tests.stack.costs import amounts, aside, edit, everything_is_there_once, ordering, reads, uuids, wanted
from tests.stack.imports import Body, LinkedJob, acted, brought, done, in_procore, refused, staged, writes
from tests.stack.test_codes_in import new_code
from tests.stack.test_staged import vendor
from tests.stack.test_transactions import cost, headers_of, lines_of
from tests.support import COMPANY, ERP, Site
from workers.plant import Plant
from workers.worker import cmic_worker


@pytest.fixture
async def job(site: Site) -> AsyncIterator[LinkedJob]:
    opened = await LinkedJob.opened(site)
    async with wanted(site, opened):
        yield opened


# What becomes of rows in CMiC


async def test_a_reversal_is_a_row_of_its_own(job: LinkedJob) -> None:
    await job.costs(cost(100.10), cost(5))
    await done(job.site, "transactions", job.project)
    await job.site.control("transactions/reverse", uuid=(await uuids(job))[Decimal("100.10")])
    await done(job.site, "transactions", job.project)
    assert await amounts(job) == [Decimal("-100.10"), Decimal(5), Decimal("100.10")]
    await everything_is_there_once(job)


async def test_a_changed_row_is_changed(job: LinkedJob) -> None:
    await job.costs(cost(100.10), cost(5))
    await done(job.site, "transactions", job.project)
    before = {h["id"] for h in await headers_of(job)}
    changes: Body = {"JcdtAmt": 7.25, "JcdtPhsCode": "04-200", "JcdtCatCode": "L", "JcdtSrcDesc": "Other"}
    await edit(job, (await uuids(job))[Decimal(5)], **changes)
    await done(job.site, "transactions", job.project)
    assert await amounts(job) == [Decimal("7.25"), Decimal("100.10")]
    assert {h["id"] for h in await headers_of(job)} == before
    assert {h["description"] for h in await headers_of(job)} == {"Formwork", "Other"}
    await everything_is_there_once(job)


async def test_what_is_purged_is_taken_out_by_a_full_run(job: LinkedJob) -> None:
    """A delete leaves no date: who asks for changes can't see it."""
    await job.costs(cost(1), cost(2), cost(3))
    await done(job.site, "transactions", job.project)
    where = {"JcdtVUuid": (await uuids(job))[Decimal(2)]}
    await job.site.control("transactions/delete", company=ERP, job=job.job, where=where)
    await done(job.site, "transactions", job.project)
    assert len(await headers_of(job)) == 3
    summary = await done(job.site, "transactions", job.project, full=True)
    assert "1 removed" in summary.words
    assert await amounts(job) == [Decimal(1), Decimal(3)]
    await everything_is_there_once(job)
    await job.site.control("transactions/delete", company=ERP, job=job.job)
    await done(job.site, "transactions", job.project, full=True)
    assert (await headers_of(job), await lines_of(job)) == ([], [])


class Bent(httpx.AsyncHTTPTransport):
    """The way to CMiC, on which one text of its answers becomes another."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__()
        self._old, self._new = old.encode(), new.encode()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        body = (await answer.aread()).replace(self._old, self._new)
        kept = [(n, v) for n, v in answer.headers.items() if n not in ("content-length", "content-encoding")]
        return httpx.Response(answer.status_code, headers=kept, content=body)


@asynccontextmanager
async def reading_through(job: LinkedJob, transport: httpx.AsyncBaseTransport) -> AsyncIterator[LinkedJob]:
    """The same job, whose imports read CMiC that way."""
    plant = job.site.office
    assert isinstance(plant, Plant)
    config = plant.config.model_copy(update={"erp_queue_suffix": "-bent"})
    cmic = CmicGateway.open(config.cmic, transport=transport)
    bent = replace(plant, config=config, cmic=cmic, ordering=ordering(plant, erp_queue=config.erp_queue))
    try:
        async with cmic_worker(bent):
            yield replace(job, site=replace(job.site, office=bent))
    finally:
        await cmic.aclose()


async def test_a_row_that_cant_be_read_is_set_aside_and_the_rest_comes_in(job: LinkedJob) -> None:
    await job.costs(cost(1), cost(2, JcdtRefDate="2026-10-31"), cost(3))
    async with reading_through(job, Bent('"2026-10-31"', '"All Hallows"')) as bent:
        summary = await done(bent.site, "transactions", job.project)
    assert "1 set aside" in summary.words
    (row,) = await job.site.office.imports.aside(COMPANY, "transactions", job.key)
    assert row["key"] == f"{ERP}|{job.job}|{(await uuids(job))[Decimal(2)]}"
    assert "JcdtRefDate is All Hallows, not a date" in row["reasons"][0]["sentence"]
    assert await amounts(job) == [Decimal(1), Decimal(3)]
    await done(job.site, "transactions", job.project, full=True)
    assert await aside(job) == []
    await everything_is_there_once(job)


async def test_a_row_that_becomes_unreadable_stays_as_it_was(job: LinkedJob) -> None:
    """It isn't gone in CMiC: nothing is taken out of Procore."""
    await job.costs(cost(1), cost(2, JcdtRefDate="2026-10-31"))
    await done(job.site, "transactions", job.project)
    async with reading_through(job, Bent('"2026-10-31"', '"All Hallows"')) as bent:
        await done(bent.site, "transactions", job.project, full=True)
        assert await aside(job) == ["cmic_row_unreadable"]
        await everything_is_there_once(job)
    await job.site.procore.post("/_sandbox/traffic/reset")
    await done(job.site, "transactions", job.project, full=True)
    assert (await aside(job), await writes(job.site)) == ([], 0)


async def test_only_actual_costs_come_in(job: LinkedJob) -> None:
    await job.costs(cost(1), cost(1000, JcdtTypeCode="B"), cost(2000, JcdtTypeCode="P"))
    await done(job.site, "transactions", job.project)
    assert (await amounts(job), await aside(job)) == ([Decimal(1)], [])
    await everything_is_there_once(job)


# What the rest of the world lacks at first


async def test_a_code_that_is_added_later_brings_its_rows_in(job: LinkedJob) -> None:
    await new_code(job, "09-500", "S")
    await job.costs(cost(1), cost(2, JcdtPhsCode="09-500"))
    await done(job.site, "transactions", job.project)
    assert await aside(job) == ["code_not_on_project"]
    assert await amounts(job) == [Decimal(1)]
    await done(job.site, "project_codes", job.project)
    await done(job.site, "transactions", job.project)
    assert await aside(job) == []
    await everything_is_there_once(job)


async def test_a_vendor_that_is_linked_later_is_filled_in(job: LinkedJob) -> None:
    """Until then its costs come in without a vendor, since a source may be an employee (R-23)."""
    code = await vendor(job.site, f"Later Linked {job.job}")
    await done(job.site, "vendors")
    await job.costs(cost(1, JcdtSrcCode=code), cost(2))
    await done(job.site, "transactions", job.project)
    assert [h["vendor_id"] for h in await headers_of(job)].count(None) == 1
    assert await acted(job.site, "vendors", StagedAction.ADD, {f"{ERP}|{code}": {}}) == {f"{ERP}|{code}": []}
    (company,) = await in_procore(job.site, "vendors", company_id=COMPANY, origin_id=code)
    await job.site.until(f"company:{COMPANY}:{ERP}:{company['id']}", State.SYNCED)
    await done(job.site, "transactions", job.project)
    found = {Decimal(h["grand_total"]): h["vendor_id"] for h in await headers_of(job)}
    assert found[Decimal(1)] == company["id"]
    await everything_is_there_once(job)
    await job.site.procore.post("/_sandbox/traffic/reset")
    await done(job.site, "transactions", job.project)
    assert await writes(job.site) == 0


# Settings


async def test_costs_of_masked_vendors_stay_out(site: Site) -> None:
    """S-22, R-07: by the vendor's class, or by the source itself."""
    job = await LinkedJob.opened(site)
    by_class = await vendor(site, f"Jane Doe {job.job}", BpvenClassCode="EMPL")
    async with wanted(site, job, masked_classes=["EMPL"], masked_sources=["PETTY"]):
        await done(site, "vendors", full=True)
        await job.costs(cost(1), cost(2, JcdtSrcCode=by_class), cost(4, JcdtSrcCode="PETTY"))
        await done(site, "transactions", job.project)
        assert await amounts(job) == [Decimal(1)]
        assert await aside(job) == ["masked", "masked"]
    async with wanted(site, job):
        await done(site, "vendors", full=True)
        await done(site, "transactions", job.project, full=True)
        assert await aside(job) == []
        await everything_is_there_once(job)


@pytest.mark.parametrize(
    ("date", "received", "expected"),
    [
        (DateChoice.REFERENCE, DateChoice.REFERENCE, ("2026-11-03", "2026-11-03")),
        (DateChoice.POST, DateChoice.POST, ("2026-11-05", "2026-11-05")),
        (DateChoice.POST, DateChoice.REFERENCE, ("2026-11-05", "2026-11-03")),
    ],
)
async def test_dates_are_the_chosen_ones(
    site: Site, date: DateChoice, received: DateChoice, expected: tuple[str, str]
) -> None:
    """S-23."""
    job = await LinkedJob.opened(site)
    async with wanted(site, job, transaction_date=date, received_date=received):
        await job.costs(cost(1))
        await done(site, "transactions", job.project)
    (header,) = await headers_of(job)
    assert (header["direct_cost_date"], header["received_date"]) == expected


async def test_a_journal_that_isnt_in_the_table_stays_out_until_it_is(site: Site) -> None:
    """S-25."""
    job = await LinkedJob.opened(site)
    await job.costs(cost(1, JcdtJourCode="PR"), cost(2, JcdtJourCode="EM"))
    async with wanted(site, job, journal_codes={"PR": DirectCostType.PAYROLL}):
        await done(site, "transactions", job.project)
        assert await aside(job) == ["journal_not_mapped"]
        assert [h["direct_cost_type"] for h in await headers_of(job)] == ["payroll"]
    async with wanted(site, job, journal_codes={"PR": DirectCostType.EXPENSE, "EM": DirectCostType.EXPENSE}):
        await done(site, "transactions", job.project, full=True)
        assert [h["direct_cost_type"] for h in await headers_of(job)] == ["expense", "expense"]
        await everything_is_there_once(job)


async def test_units_and_texts_come_along(job: LinkedJob) -> None:
    """A unit that Procore's list lacks is said in the description (R-22)."""
    words: Body = {"JcdtSrcDesc": "Acme", "JcdtRefDesc": "Footings"}
    await job.costs(cost(10.5, JcdtUnit=4, JcdtWmCode="CY", **words), cost(9, JcdtUnit=2, JcdtWmCode="QQ", **words))
    await done(job.site, "transactions", job.project)
    assert {h["description"] for h in await headers_of(job)} == {"Acme"}
    lines = {Decimal(line["amount"]): line for line in await lines_of(job)}
    known, unknown = lines[Decimal("10.5")], lines[Decimal(9)]
    assert (known["uom"].upper(), known["description"]) == ("CY", "Footings")
    assert (Decimal(known["quantity"]), Decimal(known["unit_cost"])) == (Decimal(4), Decimal("2.625"))
    assert (unknown["uom"], unknown["description"]) == (None, "Footings (2 QQ)")
    await everything_is_there_once(job)


async def test_a_source_that_is_masked_later_is_taken_out_and_may_come_back(site: Site) -> None:
    """S-22: what Procore has already isn't left there."""
    job = await LinkedJob.opened(site)
    await job.costs(cost(1), cost(4, JcdtSrcCode="PETTY"))
    async with wanted(site, job):
        await done(site, "transactions", job.project)
        assert await amounts(job) == [Decimal(1), Decimal(4)]
    async with wanted(site, job, masked_sources=["PETTY"]):
        summary = await done(site, "transactions", job.project, full=True)
        assert "1 removed" in summary.words
        assert (await amounts(job), await aside(job)) == ([Decimal(1)], ["masked"])
        assert "0 removed" in (await done(site, "transactions", job.project, full=True)).words
    async with wanted(site, job):
        await done(site, "transactions", job.project, full=True)
        assert await aside(job) == []
        await everything_is_there_once(job)


async def test_a_unit_that_the_settings_turn_later_reaches_what_came_before(site: Site) -> None:
    job = await LinkedJob.opened(site)
    await job.costs(cost(9, JcdtUnit=2, JcdtWmCode="QQ"))
    async with wanted(site, job):
        await done(site, "transactions", job.project)
        assert [line["uom"] for line in await lines_of(job)] == [None]
    async with wanted(site, job, uom_map={"cy": "QQ"}):
        await done(site, "transactions", job.project, full=True)
        assert [line["uom"].upper() for line in await lines_of(job)] == ["CY"]
        await site.procore.post("/_sandbox/traffic/reset")
        await done(site, "transactions", job.project, full=True)
        assert await writes(site) == 0
    await everything_is_there_once(job)


# What the two systems refuse


class Refusing(httpx.AsyncHTTPTransport):
    """The way to CMiC, on which nobody may see posted costs."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "jcdetailposted" in request.url.path:
            return httpx.Response(403, json={"title": "No read permission"})
        return await super().handle_async_request(request)


async def test_what_cmic_refuses_ends_the_run(job: LinkedJob) -> None:
    """It isn't asked again and again: a person gives the permission, and the next run brings everything."""
    await job.costs(cost(1))
    async with reading_through(job, Refusing()) as refusing:
        assert await refused(refusing.site, "transactions", job.project) == ["cmic_not_granted"]
    await done(job.site, "transactions", job.project)
    await everything_is_there_once(job)


async def test_what_procore_refuses_to_show_ends_the_run(job: LinkedJob) -> None:
    await job.costs(cost(1))
    await job.site.procore_fault("/cost_codes$", method="GET", status=403)
    assert await refused(job.site, "transactions", job.project) == ["procore_refused"]
    await done(job.site, "transactions", job.project)
    await everything_is_there_once(job)


async def test_vendors_come_in_without_proposals_where_procore_doesnt_show_its_companies(site: Site) -> None:
    free = next(
        v for v in await in_procore(site, "vendors", company_id=COMPANY) if not v["origin_id"] and v["is_active"]
    )
    code = await vendor(site, free["name"])
    await site.procore_fault("/vendors$", method="GET", status=403)
    await done(site, "vendors")
    assert (await staged(site, "vendors", code)).proposals == []
    await done(site, "vendors")
    assert free["id"] in {p["procore_id"] for p in (await staged(site, "vendors", code)).proposals}


# What a run reads


@asynccontextmanager
async def later(site: Site, hours: int) -> AsyncIterator[None]:
    """CMiC's clock is some hours on."""
    await site.cmic.patch("/_sandbox/settings", json={"clock_offset_seconds": hours * 3600})
    try:
        yield
    finally:
        await site.cmic.patch("/_sandbox/settings", json={"clock_offset_seconds": 0})


async def test_the_next_run_reads_what_changed(job: LinkedJob) -> None:
    await job.costs(*(cost(n) for n in range(1, 6)))
    await done(job.site, "transactions", job.project)
    async with later(job.site, 2):
        await job.costs(cost(100))
        await done(job.site, "transactions", job.project)
        await job.site.cmic.delete("/_sandbox/traffic")
        await edit(job, (await uuids(job))[Decimal(3)], JcdtAmt=33)
        summary = await done(job.site, "transactions", job.project)
    assert summary.words.startswith("2 read, 0 new, 1 changed; 1 written")
    (query,) = await reads(job.site)
    assert "JcdtIuUpdateDate" in query
    await everything_is_there_once(job)


async def test_two_who_ask_at_once_share_a_run(job: LinkedJob) -> None:
    await job.costs(*(cost(n) for n in range(1, 6)))
    summaries = await asyncio.gather(*(brought(job.site, "transactions", job.project) for _ in range(3)))
    assert {summary.state for summary in summaries} == {"done"}
    assert [s for s in summaries if s.words.startswith("5 read, 5 new")]
    await everything_is_there_once(job)
