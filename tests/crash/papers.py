"""A story a kind: how an object of each exported kind comes about, with all that it stands on, what both books hold of it in
the end, and what people do with it later. The points at which a worker dies in them are shared (tests.crash.matrix).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from temporalio.testing import ActivityEnvironment

from domain.commands import Head
from domain.permissions import Person
from domain.states import Posting, State
from tests.crash import books
from tests.crash.books import Books, Wants, money
from tests.crash.scene import Scene
from tests.crash.seeds import CRASH_PARTNER, CRASH_VENDOR, MONTH, PAYER, entered_change
from tests.paperwork import Job, coded, id_of, line
from tests.support import APPROVER, ERP, SENDER, Site

WAIT = 90
FORMS, BRICK = "03-100", "04-200"
Deed = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Paper:
    """One object that nobody has sent yet. `left` is what CMiC has of it after it was unlinked; `removed` what its accountants
    do before that; `grown` what changes before it is sent again, and what CMiC has after that."""

    key: str
    books: Books
    left: Wants = field(default_factory=dict)
    removed: Deed | None = None
    typed: dict[str, Any] = field(default_factory=dict)
    sender: Person = SENDER
    after: Deed | None = None
    """What has to happen in CMiC before an export counts as whole."""
    grown: Callable[[], Awaitable[Wants]] | None = None


@dataclass(frozen=True)
class Subject:
    """A kind in the matrix: the batches of its export, whether Procore has a place for its id, and whether CMiC has a record
    that is nobody else's. `again` is the action by which it is sent again from CMiC."""

    kind: str
    entered: Callable[[Scene], Awaitable[Paper]]
    batches: int = 1
    has_id: bool = False
    has_record: bool = True
    again: str = ""


async def project(scene: Scene) -> Paper:
    """Exported as a CMiC project; then a person makes its job, which the connector takes over."""
    job = await Job.planned(scene, FORMS)

    async def made() -> None:
        await job.made((FORMS, "S"))
        await scene.watch(resource="job")
        await _told(scene, job.key, lambda head: bool(head.job))

    wants: Wants = {f"project {ERP}|{job.job}": (), f"job {ERP}|{job.job}": ()}
    origin = partial(books.origin_id, scene, "projects", job.project)
    return Paper(job.key, Books(partial(books.project, job), wants, origin), left=wants, sender=APPROVER, after=made)


async def cost_codes(scene: Scene) -> Paper:
    """A code that the job lacks, with its types; everything is in the master list. Unlinked, the codes stay the job's."""
    job = await Job.opened(scene, (FORMS, "L"), (FORMS, "M"), (FORMS, "S"), (BRICK, "S"), link=False)
    await scene.control("delete", resource="jcjobcategory", where={"JcatJobCode": job.job, "JcatPhsCode": BRICK})
    await scene.control("delete", resource="jcjobcostcodes", where={"GjjpJobCode": job.job, "GjjpCode": BRICK})
    await scene.granted(job.key, "link", erp_id=job.job)
    await scene.until(job.key, State.SYNCED, seconds=WAIT)
    wants: Wants = {f"job_code {ERP}|{job.job}|{code}|{type_}": () for code in (FORMS, BRICK) for type_ in "LMS"}
    held = Books(partial(books.codes, job), wants, holder=job.key)
    return Paper(job.of("cost_codes", job.project), held, left=wants)


async def change_order(scene: Scene) -> Paper:
    """A line on the contract's own, and a new one on a category that the job gets along with it."""
    job = await Job.opened(scene, (FORMS, "S"))
    return await _change_order(job, await _posted_contract(job))


async def unposted(scene: Scene) -> tuple[Paper, Paper, Deed]:
    """The same on a contract that isn't posted yet; the contract; and what the accountant and the schedules do about it."""
    job = await Job.opened(scene, (FORMS, "S"))
    contract = await _contract(job)
    number = scene.numbers[contract]
    at = f"{ERP}|{CRASH_PARTNER}|{number}|000"
    wants = {f"subcontract {at}": (), f"subcontract_line {at}|0001": money("1000.00")}
    wants[f"subcontract_line {at}|0002"] = money("500.00")

    async def posted() -> None:
        await job.post_contract(contract, vendor=CRASH_PARTNER)
        await _schedules(scene)

    base = Paper(contract, Books(partial(books.subcontract, scene, number, "000"), wants))
    return await _change_order(job, contract), base, posted


async def _change_order(job: Job, contract: str) -> Paper:
    scene = job.site
    lines = (coded(FORMS, "S", "250.10", commitment_line=1), coded(FORMS, "M", "0.93"))
    key, number = await job.change_order(contract, *lines, number="7"), scene.numbers[contract]
    at = f"{ERP}|{CRASH_PARTNER}|{number}|007"
    wants = {f"subcontract {at}": (), f"subcontract_line {at}|0001": money("250.10")}
    wants[f"subcontract_line {at}|007-002"] = money("0.93")
    where = {"company": ERP, "vendor": CRASH_PARTNER, "contract": number, "change_code": "007"}
    held = Books(partial(books.subcontract, scene, number, "007"), wants)
    return Paper(key, held, left=wants, removed=partial(_control, scene, "subcontracts/void", **where))


async def invoice(scene: Scene) -> Paper:
    """Two lines, with what is retained of them."""
    job = await Job.opened(scene, (FORMS, "S"))
    contract = await _posted_contract(job)
    return await _invoice(job, contract, scene.code("I-"))


async def payment(scene: Scene) -> Paper:
    """A part of what a posted invoice asks."""
    job = await Job.opened(scene, (FORMS, "S"))
    contract, code = await _posted_contract(job), scene.code("I-")
    bill = await _invoice(job, contract, code)
    await _synced(scene, bill)
    await job.post_voucher(code, vendor=CRASH_PARTNER)
    await _told(scene, bill.key, lambda head: head.posting is Posting.POSTED)
    number = str(700_000 + int(scene.code("")))
    key = await job.payment(contract, bill.key, "150.10", check_number=number)
    account = "|".join(PAYER[name] for name in ("payment_bank_company", "payment_department", "payment_account"))
    wants = {
        f"payment {ERP}|{account}|{number}": money("150.10"),
        f"payment_line {ERP}|{CRASH_PARTNER}|{number}|{code}": money("150.10"),
    }
    origin = partial(books.origin_id, scene, "contract_payments", id_of(key))
    removed = partial(_control, scene, "delete", resource="manualcheck", where={"ChqNum": int(number)})
    return Paper(key, Books(partial(books.cheque, scene, account, number), wants, origin), removed=removed)


async def budget(scene: Scene) -> Paper:
    """Two codes, one of which the job gets along with it. Grown, it carries what is new, once CMiC shows the first."""
    job = await Job.opened(scene, (FORMS, "S"), (BRICK, "S"))
    key = await job.budget(coded(FORMS, "S", "1000.10"), coded(BRICK, "M", "0.05"))
    first = _item(job, "BUD-01", {f"{FORMS}|S": money("1000.10", "0"), f"{BRICK}|M": money("0.05", "0")})

    async def grown() -> Wants:
        await job.post_items()
        await _told(scene, key, lambda head: head.budgeted)
        await job.budget(coded(FORMS, "S", "900.00"), coded(BRICK, "S", "77.07"))
        more = {f"{FORMS}|S": money("-100.10", "0"), f"{BRICK}|S": money("77.07", "0")}
        return {**first, **_item(job, "BUD-02", more)}

    return Paper(
        key, Books(partial(books.items, job), first), removed=partial(_delete_items, job, "BUD-01"),
        typed={"confirm_import_closed": True}, grown=grown,
    )  # fmt: skip


async def budget_change(scene: Scene) -> Paper:
    """One PCI a line."""
    job = await _budgeted(scene)
    key = await entered_change(job, {(FORMS, "S"): "50.10", (BRICK, "S"): "-50.10"})
    wants = {
        **_item(job, "1-01", {f"{FORMS}|S": money("50.10", "0")}),
        **_item(job, "1-02", {f"{BRICK}|S": money("-50.10", "0")}),
    }
    held = Books(partial(books.items, job, "BUD-01"), wants)
    return Paper(key, held, removed=partial(_delete_items, job, "1-01", "1-02"))


async def modification(scene: Scene) -> Paper:
    job = await _budgeted(scene)
    key = await job.modification(coded(FORMS, "S"), coded(BRICK, "S"), "20.02")
    code = f"BM{id_of(key) % 10**9}"
    wants = _item(job, code, {f"{FORMS}|S": money("-20.02", "0"), f"{BRICK}|S": money("20.02", "0")})
    origin = partial(books.origin_id, scene, "budget_modifications", id_of(key))
    held = Books(partial(books.items, job, "BUD-01"), wants, origin)
    return Paper(key, held, removed=partial(_delete_items, job, code))


async def forecast(scene: Scene) -> Paper:
    """A month's; grown, the same month carries its difference."""
    job = await Job.opened(scene, (FORMS, "S"), (BRICK, "S"))
    await job.budget(_at_completion(FORMS, "1200.10"), _at_completion(BRICK, "500.00"))
    code = f"F{MONTH}-01"
    first = _item(job, code, {f"{FORMS}|S": money("1200.10", "0"), f"{BRICK}|S": money("500.00", "0")})

    async def grown() -> Wants:
        await job.budget(_at_completion(FORMS, "1300.00"))
        return {**first, **_item(job, f"F{MONTH}-02", {f"{FORMS}|S": money("99.90", "0")})}

    held = Books(partial(books.items, job), first)
    return Paper(job.of("forecast", MONTH), held, removed=partial(_delete_items, job, code), grown=grown)


async def prime_change(scene: Scene) -> Paper:
    """A line with a fee of five per cent. Reset, its PCI is deleted, and it goes again under the same code."""
    job = await Job.opened(scene, (FORMS, "S"), (BRICK, "S"))
    await job.prime_contract(line(FORMS, "S", "5000.00"))
    await job.bill_contract()
    fee = {"name": "Fee", "markup_set": "vertical", "percentage": "5", "cost_code": BRICK, "line_item_type": "S"}
    key = await job.prime_change(coded(FORMS, "S", "100.10"), markups=[fee], number="P-1")
    wants = _item(job, "P-1", {f"{FORMS}|S": money("100.10", "100.10"), f"{BRICK}|S": money("0", "5.01")})
    removed = partial(_delete_items, job, "P-1")

    async def grown() -> Wants:
        await removed()
        return wants

    return Paper(key, Books(partial(books.items, job), wants), removed=removed, grown=grown)


SUBJECTS = (
    Subject("project", project, has_id=True),
    Subject("cost_codes", cost_codes, batches=4, has_record=False),
    Subject("commitment_change_order", change_order, batches=2),
    Subject("subcontractor_invoice", invoice, has_id=True),
    Subject("invoice_payment", payment, has_id=True),
    Subject("budget", budget, batches=2, again="resend"),
    Subject("budget_change", budget_change, batches=2),
    Subject("budget_modification", modification, has_id=True),
    Subject("forecast", forecast, again="resend"),
    Subject("prime_change_order", prime_change, again="reset"),
)


async def _contract(job: Job) -> str:
    lines = (line(FORMS, "S", "1000.00"), line(FORMS, "S", "500.00"))
    return await job.contracted(*lines, posted=False, vendor=CRASH_VENDOR, retainage_percent="10")


async def _posted_contract(job: Job) -> str:
    key = await _contract(job)
    await job.post_contract(key, vendor=CRASH_PARTNER)
    await _told(job.site, key, lambda head: head.posting.takes_changes)
    return key


async def _invoice(job: Job, contract: str, code: str) -> Paper:
    items = [{"line": n, "work_completed_this_period": text} for n, text in ((1, "400.10"), (2, "0.03"))]
    key = await job.invoice(contract, *items, invoice_number=code)
    number, at = job.site.numbers[contract], f"{ERP}|{CRASH_PARTNER}|{code}"
    wants = {
        f"voucher {at}": money("400.13"),
        f"voucher_line {at}|000|0001": money("400.10", "40.01", "0"),
        f"voucher_line {at}|000|0002": money("0.03", "0", "0"),
    }
    origin = partial(books.origin_id, job.site, "requisitions", id_of(key))
    where = {"company": ERP, "vendor": CRASH_PARTNER, "invoice": code}
    held = Books(partial(books.voucher, job.site, number, code), wants, origin)
    return Paper(key, held, removed=partial(_control, job.site, "vouchers/delete", **where))


async def _budgeted(scene: Scene) -> Job:
    job = await Job.opened(scene, (FORMS, "S"), (BRICK, "S"))
    key = await job.budget(coded(FORMS, "S", "1000.00"), coded(BRICK, "S", "500.00"))
    await job.exported(key, confirm_import_closed=True)
    await job.post_items()
    await _told(scene, key, lambda head: head.budgeted)
    return job


async def _told(site: Site, key: str, also: Callable[[Head], bool]) -> None:
    """Wait until the object has been told what CMiC shows of it."""
    await _schedules(site)
    await site.until(key, State.SYNCED, also=also, seconds=WAIT)


async def _schedules(site: Site) -> None:
    """What the schedules do every few minutes about a nudge that was lost with its worker: other cases' workers die, too, just
    when they have seen what this one's accountant did."""
    assert isinstance(site, Scene)
    await ActivityEnvironment().run(site.plant.keeping.wake_releasable)


async def _synced(scene: Scene, paper: Paper) -> None:
    await scene.granted(paper.key, "send", paper.sender)
    await scene.granted(paper.key, "accept", **paper.typed)
    await scene.until(paper.key, State.SYNCED, seconds=WAIT)


def _at_completion(code: str, amount: str) -> dict[str, Any]:
    return coded(code, "S", "1000.00", estimated_cost_at_completion=amount)


def _item(job: Job, code: str, lines: Wants) -> Wants:
    """A PCI with its lines: what each costs, and what is billed of it."""
    at = f"{ERP}|{job.job}|{code}"
    return {f"change_item {at}": (), **{f"change_item_line {at}|{spot}": amounts for spot, amounts in lines.items()}}


async def _delete_items(job: Job, *codes: str) -> None:
    for code in codes:
        await job.site.control("change_items/delete", company=ERP, job=job.job, change_item=code)


async def _control(site: Site, path: str, **body: Any) -> None:
    await site.control(path, **body)
