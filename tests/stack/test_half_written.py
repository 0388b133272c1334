"""What is in CMiC only in part, or is there and Procore wasn't told: unlinking and retrying say what stands, and leave nothing
behind that nobody knows of (U-01 to U-03; B-02, B-03; design §4, §5)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from domain.identity import parse_key
from domain.states import State
from tests.paperwork import Job, coded, id_of, line
from tests.stack.walks import ACCOUNTING, told
from tests.support import APPROVER, ERP, SENDER, Site

CONCRETE = ("03-100", "S")


# A company: partner and vendor


async def partner_alone(site: Site) -> tuple[str, str]:
    """CMiC made the partner and refused the vendor: the company and its code."""
    key, code = await site.company(), site.code("V")
    await site.fault("status", status=400, method="POST", resource="apvendor", key=code)
    await site.granted(key, "send", SENDER)
    await site.granted(key, "accept", erp_id=code)
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "cmic_refused"
    assert await made(site, code) == (1, 0)
    return key, code


async def made(site: Site, code: str) -> tuple[int, int]:
    """How many partners and vendors of that code CMiC has."""
    partners = await site.rows("businesspartner", BpCode=code)
    return len(partners), len(await site.rows("apvendor", BpvenBpCode=code))


async def test_a_company_whose_vendor_was_refused_is_unlinked(site: Site) -> None:
    """Procore has no id to clear, and the partner stays: it may be another's."""
    key, code = await partner_alone(site)
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT, seconds=10)
    assert await made(site, code) == (1, 0)
    assert await site.office.reading.links(key) == []
    await site.granted(key, "send", SENDER)
    await site.granted(key, "accept", erp_id=code)
    await site.until(key, State.SYNCED)
    assert await made(site, code) == (1, 1)


@pytest.mark.parametrize("again", [True, False])
async def test_a_company_whose_vendor_was_refused_is_retried(site: Site, again: bool) -> None:
    """Under the same code or another: the partner may be there before, so nothing that is typed comes too late."""
    key, code = await partner_alone(site)
    wanted = code if again else site.code("V")
    await site.granted(key, "retry", erp_id=wanted)
    await site.until(key, State.SYNCED)
    assert await made(site, wanted) == (1, 1)
    (vendor,) = (await site.procore.get("/_sandbox/books/vendors", params={"id": parse_key(key).id})).json()
    assert vendor["origin_id"] == wanted


@pytest.mark.parametrize("action", ["send", "link"])
async def test_a_cmic_company_that_the_settings_do_not_name(site: Site, action: str) -> None:
    """R-08: refused before anything of it could be written."""
    key, code = (await site.company()).replace(f":{ERP}:", ":77:"), site.code("V")
    person, typed = (SENDER, {}) if action == "send" else (APPROVER, {"erp_id": code})
    (refusal,) = (await site.ask(key, action, person, **typed)).refusals
    assert refusal.sentence == f"The CMiC company can't be used: '77' isn't one of {ERP}"
    assert (refusal.code, refusal.where) == ("field_not_usable", "Settings, erp_companies")
    assert (await site.head(key)).state is State.NOT_SENT
    assert await made(site, code) == (0, 0)


# A budget's resend that stands in CMiC, and Procore couldn't be told


async def resend_failed(site: Site) -> tuple[Job, str]:
    """BUD-02 is in CMiC; then Procore had no budget to compare with, and the resend failed."""
    job = await Job.opened(site)
    key = await job.budgeted(coded(*CONCRETE, "1000.00"))
    await job.budget(coded(*CONCRETE, "1100.00"))
    await site.granted(key, "resend", SENDER)
    await site.fault("delay_answer", seconds=2, method="POST", key="BUD-02")
    await site.granted(key, "accept")
    for _ in range(400):
        if await job.item_lines("BUD-02"):
            break
        await asyncio.sleep(0.025)
    await site.procore_fault(f"/rest/v1.0/projects/{job.project}/budget", status=404, times=None)
    await site.until(key, State.FAILED)
    await site.procore.delete("/_sandbox/faults")
    return job, key


async def unlinked_to(site: Site, key: str, *states: State) -> Any:
    asked = await site.granted(key, "unlink")
    return await site.until(key, *states, also=lambda h: h.sequence > asked.sequence)


async def test_a_failed_resend_that_stands_in_cmic_is_not_forgotten(site: Site) -> None:
    """Unlinking leads nowhere while it is there; a retry takes it over, and the next resend carries what is new since."""
    job, key = await resend_failed(site)
    head = await unlinked_to(site, key, State.FAILED)
    assert head.failure_code == "still_in_cmic"
    assert f"CMiC still has {ERP}|{job.job}|BUD-02." in head.words
    await job.budget(coded(*CONCRETE, "1300.00"))
    assert "not_allowed_now" in await site.refused(key, "resend", SENDER)
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)
    await job.post_items("BUD-02")
    await site.until(key, State.SYNCED, also=lambda h: h.budgeted)
    await job.exported(key, "resend")
    await job.post_items("BUD-03")
    amounts = [await job.item_amounts(f"BUD-0{n}") for n in (1, 2, 3)]
    assert amounts == [{CONCRETE: Decimal(n)} for n in (1000, 100, 200)]
    assert await job.budgeted_in_cmic() == {CONCRETE: Decimal(1300)}


async def test_a_failed_resend_that_cmic_threw_away_goes_back_to_what_stands(site: Site) -> None:
    job, key = await resend_failed(site)
    await job.post_items("BUD-02", deed="void")
    head = await unlinked_to(site, key, State.SYNCED, State.FAILED)
    assert head.state is State.SYNCED
    assert f"CMiC still has {ERP}|{job.job}|BUD-01." in head.words
    await job.exported(key, "resend")
    assert await job.item_amounts("BUD-03") == {CONCRETE: Decimal(100)}


async def test_a_failed_resend_stands_though_the_first_export_is_void(site: Site) -> None:
    """Only when CMiC has neither of them any more does the budget start anew."""
    job, key = await resend_failed(site)
    await job.post_items("BUD-01", deed="void")
    assert (await unlinked_to(site, key, State.FAILED, State.NOT_SENT)).failure_code == "still_in_cmic"
    await job.post_items("BUD-02", deed="void")
    await unlinked_to(site, key, State.NOT_SENT)
    await job.exported(key, confirm_import_closed=True)
    assert await job.item_amounts("BUD-03") == {CONCRETE: Decimal(1100)}


# A voucher that is written, and Procore refused its ids


async def test_what_is_typed_after_the_voucher_was_written_is_refused(site: Site) -> None:
    """It would be approved and never reach CMiC."""
    job = await Job.opened(site)
    contract = await job.contracted(line("03-100", "S", "1000.00"))
    number = f"T{job.job}"
    key = await job.invoice(contract, {"line": 1, "work_completed_this_period": "10.00"}, invoice_number=number)
    await site.procore_fault(f"requisitions/{id_of(key)}$", method="PATCH", status=400, times=None)
    await job.accepted(key)
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "procore_refused"
    await site.procore.delete("/_sandbox/faults")
    (before,) = await job.vouchers(number)
    assert await told(site, key, "retry", APPROVER, accounting_date="2026-12-31", description="typed now") == [
        (
            "typed_too_late",
            f"CMiC already has {ERP}|ACME01|{number}: accounting_date, description can't be changed any more.",
            ACCOUNTING,
        )
    ]
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)
    assert await job.vouchers(number) == [before]


# A project whose job couldn't be taken over


async def test_a_project_whose_takeover_failed_is_not_linked_elsewhere(site: Site) -> None:
    """Its own CMiC project would stay behind without anybody: it is retried, or unlinked first."""
    job = await Job.planned(site, "03-100")
    await job.exported(job.key)
    await job.made(CONCRETE)
    other = await Job.opened(site, link=False)
    await site.fault("status", status=400, method="GET", resource="jcjob", key=job.job, times=None)
    await site.watch(resource="job")
    head = await site.until(job.key, State.FAILED)
    assert head.failure_code == "cmic_refused"
    await site.cmic.delete("/_sandbox/faults")
    assert await told(site, job.key, "link", APPROVER, erp_id=other.job) == [
        ("already_linked", f"CMiC's {ERP}|{job.job} is already linked to this project itself.", ACCOUNTING)
    ]
    await site.granted(job.key, "retry")
    head = await site.until(job.key, State.SYNCED)
    assert (head.job, head.erp_key) == (job.job, f"{ERP}|{job.job}")
    await job.exported(await job.commitment(line("03-100", "S", "10.00")))


async def test_once_unlinked_it_goes_to_another_job(site: Site) -> None:
    job = await Job.planned(site, "03-100")
    await job.exported(job.key)
    await job.made(CONCRETE)
    other = await Job.opened(site, link=False)
    await site.fault("status", status=400, method="GET", resource="jcjob", key=job.job, times=None)
    await site.watch(resource="job")
    await site.until(job.key, State.FAILED)
    await site.cmic.delete("/_sandbox/faults")
    await site.granted(job.key, "unlink")
    await site.until(job.key, State.NOT_SENT)
    await site.granted(job.key, "link", erp_id=other.job)
    head = await site.until(job.key, State.SYNCED)
    assert (head.job, head.erp_key) == (other.job, f"{ERP}|{other.job}")
    await site.watchdog()
    assert (await site.head(job.key)).job == other.job
