"""Two hundred objects of one job, sent and accepted in any order with all parents unsent: each leaves by itself once what it
stands on is there, and CMiC has each of them once (B-01, B-03; design §4)."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.states import State
from tests.paperwork import Job, coded, id_of, line
from tests.support import APPROVER, ERP, SENDER, Site

CONTRACTS, COMPANIES, CHANGES = 31, 6, 20
SECONDS = 300


@dataclass
class Work:
    """One object: how it is accepted, and what CMiC has to hold of it in the end."""

    key: str
    fields: dict[str, Any] = field(default_factory=dict)
    linked: bool = False


async def test_a_whole_job_in_any_order(site: Site) -> None:
    seed = int(os.environ.get("ORDER_SEED") or random.randrange(10**6))
    print(f"ORDER_SEED={seed}")
    chance = random.Random(seed)
    settings = {
        "payments_out": True,
        "payment_bank_company": "01",
        "payment_department": "00",
        "payment_account": "1000",
    }
    async with site.settings(**settings):
        job = await Job.opened(site, link=False)
        work = await _paper(job, chance)
        assert len(work) >= 200
        chance.shuffle(work)
        await _in_turns([lambda w=w: _ask(site, job, w) for w in work])  # type: ignore[misc]  # mypy can't infer it
        await asyncio.wait_for(_until_all_are_there(site, job, work), SECONDS)
    await _each_once(site, job, work)


async def _paper(job: Job, chance: random.Random) -> list[Work]:
    """Everything as Procore has it before anybody sends anything."""
    site = job.site
    companies = [await site.company() for _ in range(COMPANIES)]
    work = [Work(job.key, {"erp_id": job.job}, linked=True)]
    work += [Work(key, {"erp_id": site.code("V")}) for key in companies]
    await job.budget(coded("03-100", "S", "900000.00"), coded("04-200", "S", "100000.00"))
    work.append(Work(job.budget_key, {"confirm_import_closed": True}))
    for n in range(CHANGES):
        lines = (coded("03-100", "S", f"{n + 1}.25"), coded("04-200", "S", f"-{n + 1}.25"))
        work.append(Work(await job.budget_change(*lines, number=n + 1)))
    await job.prime_contract(line("03-100", "S", "1000000.00"))
    for n in range(CHANGES):
        work.append(Work(await job.prime_change(coded("03-100", "S", f"{100 + n}.10"), number=f"P-{n}")))
    for n in range(CONTRACTS):
        vendor = id_of(chance.choice(companies))
        contract = await job.commitment(line("03-100", "S", "5000.00"), line("04-200", "M", "250.50"), vendor=vendor)
        change = await job.change_order(contract, coded("03-100", "S", "100.01", commitment_line=1))
        bills = [
            await job.invoice(contract, {"line": 1, "work_completed_this_period": amount}, invoice_number=f"I{n}-{k}")
            for k, amount in enumerate(("1000.00", "250.25"))
        ]
        pays = await job.payment(contract, bills[0], "400.00", check_number=str(70000 + n))
        work += [Work(key) for key in (contract, change, *bills, pays)]
    return work


async def _ask(site: Site, job: Job, work: Work) -> None:
    if work.linked:
        await site.granted(work.key, "link", **work.fields)
        return
    await site.granted(work.key, "send", SENDER)
    await site.granted(work.key, "accept", APPROVER, **work.fields)


async def _until_all_are_there(site: Site, job: Job, work: list[Work]) -> None:
    """The accountants post what comes, again and again; the schedules look, as they do every few minutes."""
    left = [w.key for w in work]
    while left:
        await _post(site, job)
        for resource in ("subcontract", "voucher", "change_item", "prime_contract", "payment"):
            await site.watch(resource=resource)
        await asyncio.sleep(1)
        heads = [await site.head(key) for key in left]
        failed = [f"{h.key}: {h.words}" for h in heads if h.state is State.FAILED]
        assert not failed, failed[:3]
        left = [h.key for h in heads if h.state is not State.SYNCED]


async def _post(site: Site, job: Job) -> None:
    if (await site.head(job.key)).state is State.SYNCED and not await site.rows("jbcont", JbcontCode=job.job):
        await site.control("jb_contracts/create", company=ERP, job=job.job)
    for row in await site.rows("scmast", ScmstJobCode=job.job, ScmstPost="N"):
        body = {"vendor": row["ScmstVenCode"], "contract": row["ScmstContCode"], "change_code": row["ScmstChgCode"]}
        await site.control("subcontracts/post", company=ERP, **body)
    for row in await site.rows("apvoucher", VouJobCode=job.job, VouStatusCode="U"):
        await site.control("vouchers/post", company=ERP, vendor=row["VouVenCode"], invoice=row["VouInvCode"])
    for row in await job.items():
        if not row["CmmPostDate"] and row["CmmTypeCode"] == "OBC":
            await site.control("change_items/post", company=ERP, job=job.job, change_item=row["CmmCode"])


async def _each_once(site: Site, job: Job, work: list[Work]) -> None:
    contracts = await site.rows("scmast", ScmstJobCode=job.job)
    assert len(contracts) == 2 * CONTRACTS
    lines = await site.rows("scsched", ScschJobCode=job.job)
    total = sum((Decimal(str(r["ScschAmt"])) for r in lines), Decimal(0))
    assert total == CONTRACTS * Decimal("5350.51")
    vouchers = await site.rows("apvoucher", VouJobCode=job.job)
    assert sum((Decimal(str(r["VouInvAmt"])) for r in vouchers), Decimal(0)) == CONTRACTS * Decimal("1250.25")
    assert len(vouchers) == 2 * CONTRACTS
    items = [row["CmmCode"] for row in await job.items()]
    assert len(items) == len(set(items)) == 1 + 3 * CHANGES
    for one in work:
        decided = [a for a in await site.actions(one.key) if a in ("send", "accept", "link", "complete")]
        assert decided in (["send", "accept", "complete"], ["link", "complete"]), (one.key, decided)


async def _in_turns(work: list[Callable[[], Awaitable[None]]], at_once: int = 8) -> None:
    gate = asyncio.Semaphore(at_once)

    async def one(job: Callable[[], Awaitable[None]]) -> None:
        async with gate:
            await job()

    await asyncio.gather(*(one(job) for job in work))
