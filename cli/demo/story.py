"""The demo's claims, each told and then checked against the stand-ins' own books, never against our ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial

from cli import printing
from cli.demo.stage import AL, ERP, JOB, SUE, Stage, line
from domain.commands import Answer
from domain.states import Posting, State
from workers.local import start_worker
from workers.preview import preview

ACME, BAKER, DELTA, EVERGREEN = 4101, 4102, 4103, 4104
Claim = tuple[str, bool, str]
Chapter = tuple[str, Callable[[Stage], Awaitable[Claim]]]


async def connected(stage: Stage) -> Claim:
    """Before anything: the project is linked to its job, one vendor to the one that CMiC has."""
    project = "project:562949:-:310"
    await stage.must(project, "link", AL, erp_id=JOB)
    await stage.must(stage.vendor(ACME), "link", AL, erp_id="ACME01")
    await stage.until_state(project, State.SYNCED)
    await stage.until_state(stage.vendor(ACME), State.SYNCED)
    vendors = (await stage.procore.get("/_sandbox/books/vendors", params={"id": ACME})).json()
    held = vendors[0]["origin_id"] == "ACME01" and vendors[0]["origin_code"] == "ACME01"
    return "Project and vendor are linked, and Procore knows it", held, f"origin id {vendors[0]['origin_id']}"


async def refused_with_reasons(stage: Stage) -> Claim:
    lines = [line("99-999", "S", "12000.00", "Footings"), line("99-999", "S", "8000.50", "Slab on grade")]
    number = await stage.enter(
        type="WorkOrderContract", number="SC-001", title="Concrete", vendor_id=ACME, status="Draft", lines=lines
    )
    key = stage.commitment(number)
    first = await stage.ask(key, "send", SUE)
    await stage.edit(number, status="Approved")
    await stage.relines(
        number, [line("03-100", "S", "12000.00", "Footings"), line("03-100", "S", "8000.50", "Slab on grade")]
    )
    again = await stage.ask(key, "send", SUE)
    codes = sorted(r.code for r in first.refusals)
    held = codes == ["code_not_synced", "code_not_synced", "status_not_approved"] and again.answer is Answer.DONE
    nothing = await stage.contract_in_cmic("SC-001") == (0, 0, Decimal(0))
    await stage.must(key, "accept", AL)
    await stage.until_state(key, State.SYNCED)
    return (
        "A wrong subcontract is refused with every reason, corrected, sent",
        held and nothing,
        f"{len(codes)} reasons at once",
    )


async def held_for_its_vendor(stage: Stage) -> Claim:
    lines = [line("07-500", "S", f"{1000 + n}.{n:02d}", f"Roof area {n + 1}") for n in range(50)]
    number = await stage.enter(
        type="WorkOrderContract",
        number="SC-002",
        title="Membrane roofing",
        vendor_id=BAKER,
        status="Approved",
        lines=lines,
    )
    key = stage.commitment(number)
    await stage.must(key, "send", SUE)
    (await stage.cmic.delete("/_sandbox/traffic")).raise_for_status()
    rows = await preview(stage.office, key)
    if rows is not None:
        printing.out.print(
            f"  preview {rows['hash'][:12]}: {len(rows['rows'])} rows; the vendor is {rows['rows'][0]['row']['ScmstVenCode']!r}"
        )
    outcome = await stage.must(key, "accept", AL, preview=rows["hash"] if rows else "")
    company = stage.vendor(BAKER)
    await stage.must(company, "send", SUE)
    await stage.must(company, "accept", AL, erp_id="BAKER01")
    await stage.until_state(key, State.SYNCED, seconds=120)
    total = sum((Decimal(row["amount"]) for row in lines), Decimal(0))
    there = await stage.contract_in_cmic("SC-002")
    contract = await stage.in_procore(number)
    ids = {row["origin_id"] for row in contract["line_items"]}
    about = [r for r in await stage.cmic_requests("/pm-rest-api/") if r["method"] != "GET" or "SC-002" in r["query"]]
    reads = sum(r["method"] == "GET" for r in about)
    writes = len(about) - reads
    held = outcome.state is State.HELD and there == (1, 50, total) and len(ids) == 50 and None not in ids
    held = held and contract["origin_code"] == "SC-002" and writes == 1 and reads <= 2
    return (
        "Held for its vendor, it leaves by itself: once, 50 lines, to the cent",
        held,
        f"{there[1]} lines, {there[2]:,.2f}; {len(ids)} ids; {writes} write, {reads} reads",
    )


async def cut_off(stage: Stage) -> Claim:
    lines = [line("04-200", "M", "", "Face brick", quantity="12.5", unit_cost="333.33", uom="ton")]
    number = await stage.enter(
        type="PurchaseOrderContract", number="PO-003", title="Brick", vendor_id=ACME, status="Approved", lines=lines
    )
    key = stage.commitment(number)
    await stage.must(key, "send", SUE)
    await stage.accountant("faults", kind="cut_after_commit", method="POST", resource="scmast")
    await stage.must(key, "accept", AL)
    await stage.until_state(key, State.SYNCED)
    there = await stage.contract_in_cmic("PO-003")
    return (
        "A cut after CMiC's commit: one record, not two",
        there == (1, 1, Decimal("4166.63")),
        f"{there[0]} record, {there[2]:,.2f}",
    )


async def edited_after_approval(stage: Stage) -> Claim:
    number = await stage.enter(
        type="WorkOrderContract", number="SC-004", title="Site work", vendor_id=DELTA, status="Approved",
        lines=[line("01-500", "L", "5000.00", "Fencing")],
    )  # fmt: skip
    key, company = stage.commitment(number), stage.vendor(DELTA)
    await stage.must(key, "send", SUE)
    await stage.must(key, "accept", AL)
    await stage.relines(number, [line("01-500", "L", "9000.00", "Fencing and gates")])
    await stage.must(company, "send", SUE)
    await stage.must(company, "accept", AL, erp_id="DELTA01")
    await stage.until_state(key, State.WAITING)
    history = await stage.office.reading.history(key)
    different = [d for h in history if h["action"] == "return_edited" for d in h["details"]["differences"]]
    for text in different[:3]:
        printing.out.print(f"    {text}")
    there = await stage.contract_in_cmic("SC-004")
    held = there[0] == 0 and bool(different)
    return (
        "Edited after approval: it comes back, with the difference",
        held,
        next((d for d in different if d.startswith("total")), "no difference in the total"),
    )


async def refused_by_cmic(stage: Stage) -> Claim:
    number = await stage.enter(
        type="WorkOrderContract", number="SC-005", title="Masonry", vendor_id=ACME, status="Approved",
        lines=[line("04-200", "S", "31000.00", "Block walls")],
    )  # fmt: skip
    key, pair = stage.commitment(number), {"company": ERP, "job": JOB, "cost_code": "04-200", "category": "S"}
    await stage.must(key, "send", SUE)
    await stage.accountant("unassign", **pair)
    await stage.must(key, "accept", AL)
    failed = await stage.until_state(key, State.FAILED)
    await stage.accountant("assign", **pair)
    await stage.must(key, "retry", AL, note="The category is back on the job.")
    await stage.until_state(key, State.SYNCED)
    there = await stage.contract_in_cmic("SC-005")
    held = failed.failure_code == "cmic_refused" and there == (1, 1, Decimal(31000))
    return "Refused by CMiC in its own words; put right there, retried in place", held, failed.failure_code


async def posted_and_unlinked(stage: Stage) -> Claim:
    number = int((await stage.procore.get("/_sandbox/books/commitments", params={"number": "SC-001"})).json()[0]["id"])
    key, contract = stage.commitment(number), {"company": ERP, "vendor": "ACME01", "contract": "SC-001"}
    await stage.accountant("subcontracts/post", **contract, post_date="2026-11-20")
    await stage.look_at_postings()
    posted = await stage.until(key, lambda h: h.posting is Posting.POSTED)
    printing.out.print(f"  → {posted.words}")
    await stage.must(key, "unlink", AL)
    still = await stage.until_state(key, State.SYNCED)
    await stage.accountant("subcontracts/void", **contract)
    await stage.must(key, "unlink", AL)
    await stage.until_state(key, State.NOT_SENT)
    contract_now = await stage.in_procore(number)
    ids = [contract_now["origin_id"], *(row["origin_id"] for row in contract_now["line_items"])]
    held = (
        "CMiC still has" in still.words
        and not any(ids)
        and len(await stage.in_cmic("scmast", ScmstContCode="SC-001")) == 1
    )
    return (
        "Posted shows; unlink waits until CMiC's record is void",
        held,
        "ids cleared in Procore, nothing deleted in CMiC",
    )


async def killed(stage: Stage) -> Claim:
    numbers = [f"SC-{n}" for n in range(101, 121)]
    contracts = [
        {"project_id": 310, "type": "WorkOrderContract", "number": n, "title": f"Package {n}", "vendor_id": ACME,
         "status": "Approved", "lines": [line("03-100", "S", "1000.10", "First"), line("03-100", "M", "2000.20", "Second")]}
        for n in numbers
    ]  # fmt: skip
    answer = await stage.procore.post("/_sandbox/commitments", json={"commitments": contracts})
    answer.raise_for_status()
    keys = [stage.commitment(n) for n in answer.json()["ids"]]
    with printing.quiet():
        await in_turns([partial(stage.must, k, "send", SUE) for k in keys])
        await in_turns([partial(stage.must, k, "accept", AL) for k in keys])
    for _ in range(200):
        there = await stage.in_cmic("scmast")
        if sum(row["ScmstContCode"] in numbers for row in there) >= 4:
            break
        await asyncio.sleep(0.05)
    stage.stack.processes["worker"].kill()
    stage.stack.processes["worker"].wait()
    written = sum(row["ScmstContCode"] in numbers for row in await stage.in_cmic("scmast"))
    printing.out.print(f"  worker killed (-9) with {written} of 20 in CMiC; starting another")
    stage.stack.processes["worker"] = await asyncio.to_thread(start_worker, stage.stack)
    for key in keys:
        await stage.until(key, lambda h: h.state is State.SYNCED, seconds=120)
    counts = [await stage.contract_in_cmic(n) for n in numbers]
    held = all(c == (1, 2, Decimal("3000.30")) for c in counts)
    return (
        "The worker is killed in the middle of 20 exports: each once",
        held,
        f"{sum(c[0] for c in counts)} records of {len(counts)}",
    )


async def in_turns(work: list[Callable[[], Awaitable[object]]], at_once: int = 5) -> None:
    gate = asyncio.Semaphore(at_once)

    async def one(job: Callable[[], Awaitable[object]]) -> None:
        async with gate:
            await job()

    await asyncio.gather(*(one(job) for job in work))


DAY: tuple[Chapter, ...] = (
    ("A project is linked to its job, a company to its vendor", connected),
    ("A subcontract is sent in Draft, on a cost code that CMiC doesn't have", refused_with_reasons),
    ("A subcontract of 50 lines whose vendor has no ERP id", held_for_its_vendor),
    ("A purchase order is exported while the connection is cut", cut_off),
    ("A subcontract is edited in Procore after it was approved", edited_after_approval),
    ("CMiC refuses a subcontract: a category was un-assigned meanwhile", refused_by_cmic),
    ("The accountant posts; unlink is tried, then the record is voided", posted_and_unlinked),
    ("The worker is killed while 20 commitments are being exported", killed),
)
