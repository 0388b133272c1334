"""The month of one job, from its project to its forecast, reconciled in the stand-ins' own books to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cli import printing
from cli.demo.books import reconciled
from cli.demo.stage import AL, COMPANY, ERP, SUE, Stage, line
from cli.demo.story import Chapter, Claim
from domain.commands import Answer
from domain.identity import ObjectId, project_key
from domain.states import State

PROJECT, JOB = 320, "1060"
FJORD, GRANITE = 4105, 4106
CODES = {"03": ("100", "Concrete Formwork"), "04": ("200", "Unit Masonry"), "01": ("500", "Temporary Facilities")}
BUDGET = (("03-100", "S", "60000.00"), ("04-200", "S", "40000.00"), ("01-500", "O", "5000.55"))


class Month:
    """What one chapter leaves for the next."""

    def __init__(self) -> None:
        self.contracts: list[str] = []
        self.changes: list[str] = []

    def chapters(self) -> tuple[Chapter, ...]:
        return (
            ("The month of one job: its project is exported, a person makes the job", self.project),
            ("Two vendors, and two subcontracts that were accepted before anything was there", self.contracts_leave),
            ("The budget: confirmed, exported with its cost codes, posted", self.budget),
            ("Change orders wait for the accountant; a budget change is one PCI a line", self.change_orders),
            ("A prime contract change order is reset and sent again", self.prime_change),
            ("Invoices with retainage, one open request a contract, a retainage release", self.invoices),
            ("The month's forecast", self.forecast),
            ("Month-end: every object of the job, in both books", self.reconcile),
        )

    def key(self, kind: str, number: int) -> str:
        return ObjectId(kind=kind, company=COMPANY, scope=str(PROJECT), id=number).key

    async def project(self, stage: Stage) -> Claim:
        await _seed(stage)
        settings = await stage.office.ledger.settings_of(COMPANY)
        changed = settings.model_validate({**settings.model_dump(), "forecast_export": "pci"})
        await stage.office.ledger.put_settings(COMPANY, changed, "administrator")
        for n, vendor in enumerate((FJORD, GRANITE), start=1):
            entered = await stage.entered(
                "commitments", project_id=PROJECT, type="WorkOrderContract", number=f"M-{n}", title=f"Package {n}",
                vendor_id=vendor, status="Approved", retainage_percent="10",
                lines=[line("03-100", "S", "20000.00", "Work"), line("04-200", "S", "10000.10", "More work")],
            )  # fmt: skip
            self.contracts.append(self.key("commitment", entered["id"]))
            await stage.must(self.contracts[-1], "send", SUE)
            await stage.must(self.contracts[-1], "accept", AL)
        project = project_key(COMPANY, PROJECT)
        await stage.must(project, "send", AL)
        await stage.must(project, "accept", AL)
        await stage.until_state(project, State.SYNCED)
        made = len(await stage.in_cmic("pmproject", GrpmpProjCode=JOB)), len(await stage.in_cmic("jcjob", JobCode=JOB))
        await stage.accountant("jobs/create", company=ERP, job=JOB, project=JOB)
        await stage.look_at_postings("job")
        head = await stage.until(project, lambda h: h.state is State.SYNCED and h.job == JOB)
        printing.out.print(f"  → {head.words}")
        return "A project is exported, never a job; the job is taken over by itself", made == (1, 0), f"job {head.job}"

    async def contracts_leave(self, stage: Stage) -> Claim:
        held = [(await stage.until(key, lambda h: h.state is State.HELD)).words for key in self.contracts]
        for vendor, code in ((FJORD, "FJORD01"), (GRANITE, "GRAN01")):
            await stage.must(stage.vendor(vendor), "send", SUE)
            await stage.must(stage.vendor(vendor), "accept", AL, erp_id=code)
        for key in self.contracts:
            await stage.until_state(key, State.SYNCED)
        there = [await stage.contract_in_cmic(f"M-{n}") for n in (1, 2)]
        right = there == [(1, 2, Decimal("30000.10"))] * 2
        codes = len(await stage.in_cmic("jcjobcategory", JcatJobCode=JOB))
        return (
            "Held for job and vendor, they leave by themselves; their cost codes go along",
            right and all("vendor" in w or "company" in w for w in held) and codes == 2,
            f"{sum(t[2] for t in there):,.2f} on {codes} codes of the job",
        )

    async def budget(self, stage: Stage) -> Claim:
        lines = [{"cost_code": c, "line_item_type": t, "amount": a} for c, t, a in BUDGET]
        lines[0]["estimated_cost_at_completion"] = "61234.56"
        await stage.entered(f"projects/{PROJECT}/budget", locked=True, lines=lines)
        key = self.key("budget", PROJECT)
        await stage.must(key, "send", SUE)
        unconfirmed = await stage.ask(key, "accept", AL)
        await stage.must(key, "accept", AL, confirm_import_closed=True)
        await stage.until_state(key, State.SYNCED)
        early = await stage.ask(key, "resend", SUE)
        await stage.accountant("change_items/post", company=ERP, job=JOB, change_item="BUD-01")
        await stage.look_at_postings("change_item")
        await stage.until(key, lambda h: h.budgeted)
        refused = [o.answer is Answer.REFUSED for o in (unconfirmed, early)]
        shown = sum(
            (_money(r["JcatOrigBudgAmt"]) for r in await stage.in_cmic("jcjobcategory", JcatJobCode=JOB)), Decimal(0)
        )
        return (
            "A budget asks to be confirmed, and waits until CMiC shows it as budgeted cost",
            all(refused) and shown == sum((Decimal(a) for _, _, a in BUDGET), Decimal(0)),
            f"{shown:,.2f} budgeted in CMiC",
        )

    async def change_orders(self, stage: Stage) -> Claim:
        for number, contract in enumerate(self.contracts, start=1):
            lines = [
                {"cost_code": "03-100", "line_item_type": "S", "amount": "1500.25", "commitment_line": 1},
                {"cost_code": "04-200", "line_item_type": "S", "amount": f"{number}00.00"},
            ]
            entered = await stage.entered(
                "commitment_change_orders", contract_id=_id(contract), status="approved", title="Extra", lines=lines
            )
            self.changes.append(self.key("commitment_change_order", entered["id"]))
            await stage.must(self.changes[-1], "send", SUE)
            await stage.must(self.changes[-1], "accept", AL)
            await stage.until_state(self.changes[-1], State.HELD)
        for vendor, contract in (("FJORD01", "M-1"), ("GRAN01", "M-2")):
            await stage.accountant("subcontracts/post", company=ERP, vendor=vendor, contract=contract)
        await stage.look_at_postings()
        for key in self.changes:
            await stage.until_state(key, State.SYNCED)
        moved = [("03-100", "S", "-250.00"), ("04-200", "S", "250.00")]
        entered = await stage.entered(
            f"projects/{PROJECT}/budget_changes", title="From formwork to masonry", status="approved", number=7,
            lines=[{"cost_code": c, "line_item_type": t, "amount": a} for c, t, a in moved],
        )  # fmt: skip
        change = self.key("budget_change", entered["id"])
        await stage.must(change, "send", SUE)
        await stage.must(change, "accept", AL)
        await stage.until_state(change, State.SYNCED)
        items = sorted(r["CmmCode"] for r in await stage.in_cmic("cmmast", CmmJobCode=JOB) if r["CmmTypeCode"] == "INT")
        orders = await stage.in_cmic("scmast", ScmstJobCode=JOB, ScmstChgCode="001")
        held = len(orders) == 2 and items == ["7-01", "7-02"]
        return "Held until the base is posted, then exported under their own change code", held, ", ".join(items)

    async def prime_change(self, stage: Stage) -> Claim:
        await stage.entered(
            "prime_contracts", project_id=PROJECT, number="1", title="Prime", status="Approved", lines=[]
        )
        fee = {
            "name": "Fee",
            "markup_set": "vertical",
            "percentage": "7.5",
            "cost_code": "01-500",
            "line_item_type": "O",
        }
        entered = await stage.entered(
            "prime_change_orders", project_id=PROJECT, prime_contract="1", status="approved", title="Added canopy",
            number="OCO-1", reviewed_at="2026-11-10T08:00:00Z", markups=[fee],
            lines=[{"cost_code": "04-200", "line_item_type": "S", "amount": "3333.33"}],
        )  # fmt: skip
        key = self.key("prime_change_order", entered["id"])
        await stage.must(key, "send", SUE)
        await stage.must(key, "accept", AL)
        await stage.until_state(key, State.HELD)
        await stage.accountant("jb_contracts/create", company=ERP, job=JOB)
        await stage.look_at_postings("prime_contract")
        await stage.until_state(key, State.SYNCED)
        await stage.must(key, "reset", AL, note="The owner wants another number.")
        early = await stage.ask(key, "resend", SUE)
        await stage.accountant("change_items/void", company=ERP, job=JOB, change_item="OCO-1")
        await stage.must(key, "resend", SUE)
        await stage.must(key, "accept", AL, erp_id="OCO-1A")
        await stage.until_state(key, State.SYNCED)
        lines = await stage.in_cmic("cmdetail", CmdMastJobCode=JOB, CmdChgCode="OCO-1A")
        billed = sum((_money(r["CmdBillAmt"]) for r in lines), Decimal(0))
        held = early.answer is Answer.REFUSED and billed == Decimal("3583.33")
        return "Reset un-syncs at once; a resend waits until the old PCI is gone", held, f"{billed:,.2f} with its fee"

    async def invoices(self, stage: Stage) -> Claim:
        async def invoice(contract: str, code: str, *items: dict[str, Any]) -> str:
            body = {"status": "approved", "billing_date": "2026-11-15", "invoice_number": code}
            entered = await stage.entered("requisitions", commitment_id=_id(contract), items=list(items), **body)
            key = self.key("subcontractor_invoice", entered["id"])
            await stage.must(key, "send", SUE)
            await stage.must(key, "accept", AL)
            return key

        async def post(vendor: str, code: str) -> None:
            await stage.accountant("vouchers/post", company=ERP, vendor=vendor, invoice=code)
            await stage.look_at_postings("voucher")

        for vendor, contract in (("FJORD01", "M-1"), ("GRAN01", "M-2")):
            await stage.accountant(
                "subcontracts/post", company=ERP, vendor=vendor, contract=contract, change_code="001"
            )
        await stage.look_at_postings()
        first, other = self.contracts
        one = await invoice(first, "F-1", {"line": 1, "work_completed_this_period": "8000.00"})
        await stage.until_state(one, State.SYNCED)
        two = await invoice(
            first, "F-2", {"line": 2, "work_completed_this_period": "1000.10"},
            {"change_order": "001", "cost_code": "03-100", "line_item_type": "S", "work_completed_this_period": "1500.25"},
        )  # fmt: skip
        held = await stage.until_state(two, State.HELD)
        third = await invoice(other, "G-1", {"line": 1, "work_completed_this_period": "500.50"})
        await stage.until_state(third, State.SYNCED)
        await post("FJORD01", "F-1")
        await stage.until_state(two, State.SYNCED)
        await post("FJORD01", "F-2")
        release = await invoice(first, "F-3", {"line": 1, "work_completed_retainage_released_this_period": "800.00"})
        await stage.until_state(release, State.SYNCED)
        row = (await stage.in_cmic("apvoucher", VouInvCode="F-3"))[0]
        lines = await stage.in_cmic("apvoucherdetail", VdistVouNum=row["VouNum"])
        released = sum((_money(r["VdistTranScschHldbkRlsAmt"]) for r in lines), Decimal(0))
        return (
            "An invoice waits for the one before it, and names it; a release bills nothing",
            "F-1" in held.words and (_money(row["VouInvAmt"]), released) == (Decimal(0), Decimal(800)),
            f"{released:,.2f} of retainage released",
        )

    async def forecast(self, stage: Stage) -> Claim:
        key = self.key("forecast", 202611)
        await stage.must(key, "send", SUE)
        await stage.must(key, "accept", AL)
        await stage.until_state(key, State.SYNCED)
        row = next(r for r in await stage.in_cmic("cmmast", CmmJobCode=JOB) if r["CmmTypeCode"] == "FCT")
        lines = await stage.in_cmic("cmdetail", CmdMastJobCode=JOB, CmdChgCode=row["CmmCode"])
        total = sum((_money(r["CmdBudgAmt"]) for r in lines), Decimal(0))
        held = row["CmmName"] == "November Procore Forecast Amounts" and total > 0
        return "Estimated cost at completion goes as a PCI of its own type", held, f"{row['CmmName']}: {total:,.2f}"

    async def reconcile(self, stage: Stage) -> Claim:
        rows = await reconciled(stage, PROJECT, JOB)
        printing.table(
            "",
            ("object", "Procore", "CMiC", "difference"),
            [(n, f"{p:,.2f}", f"{c:,.2f}", f"{p - c:,.2f}") for n, p, c in rows],
        )
        unlike = [name for name, procore, cmic in rows if procore != cmic]
        return (
            "Every object is in CMiC once, to the cent",
            not unlike,
            f"{len(rows) - len(unlike)} of {len(rows)} agree",
        )


async def _seed(stage: Stage) -> None:
    """A project that nobody has connected yet; its codes are those of the company's master list."""
    scope = {"company_id": COMPANY, "project_id": PROJECT}
    codes: list[dict[str, Any]] = []
    for n, (division, (code, name)) in enumerate(CODES.items()):
        codes.append({**scope, "id": 9001 + 2 * n, "code": division, "name": f"Division {division}"})
        types = [3001, 3002, 3003, 3004, 3005]
        codes.append({**scope, "id": 9002 + 2 * n, "parent_id": 9001 + 2 * n, "code": code, "name": name,
                      "line_item_type_ids": types})  # fmt: skip
    project = {
        "company_id": COMPANY, "id": PROJECT, "name": "Cedar Street School", "project_number": JOB,
        "address": "12 Cedar Street", "city": "Fresno", "state_code": "CA", "zip": "93701", "country_code": "US",
        "start_date": "2026-10-01", "standard_cost_code_list_id": 2001,
    }  # fmt: skip
    await stage.entered("seed", projects=[project], cost_codes=codes)


def _money(value: Any) -> Decimal:
    return Decimal(str(value or 0))


def _id(key: str) -> int:
    return int(key.rsplit(":", 1)[1])
