"""A job's paperwork: what people enter in Procore and post in CMiC, for tests over the whole stack.

Each `Job` is a project of its own, so that budgets, PCI codes and contracts don't meet those of another test.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.commands import Head
from domain.identity import ObjectId, project_key
from domain.states import State
from tests.support import ACME, APPROVER, COMPANY, ERP, SENDER, Site, line

Body = dict[str, Any]
PAIRS = (
    ("03-100", "S"), ("03-100", "L"), ("03-100", "M"), ("04-200", "S"), ("04-200", "M"), ("05-100", "S"), ("01-500", "O"),
)  # fmt: skip


def coded(code: str, category: str, amount: str | None = None, **more: Any) -> Body:
    """A line on a cost code and category."""
    body = {"cost_code": code, "line_item_type": category, **more}
    return body if amount is None else {**body, "amount": amount}


@dataclass
class Job:
    """A linked project and its job. Numbers of Procore's records are ids, those of CMiC's are codes."""

    site: Site
    project: int
    job: str

    @classmethod
    async def opened(cls, site: Site, *pairs: tuple[str, str], link: bool = True) -> Job:
        key, number, code = await site.project(*(pairs or PAIRS))
        if link:
            await site.granted(key, "link", erp_id=code)
            await site.until(key, State.SYNCED)
        return cls(site, number, code)

    @classmethod
    async def planned(cls, site: Site, *codes: str, **more: Any) -> Job:
        """A project that is in Procore alone, with these cost codes: CMiC has neither a project nor a job of its number."""
        name = site.code("J")
        number = 80000 + int(name[1:])
        scope = {"company_id": COMPANY, "project_id": number}
        rows: list[Body] = []
        for n, (division, code) in enumerate(full.split("-", 1) for full in codes or ("03-100", "04-200")):
            above, below = number * 1000 + 2 * n + 1, number * 1000 + 2 * n
            rows.append({**scope, "id": above, "code": division, "name": f"Division {division}"})
            types = {"line_item_type_ids": [3001, 3002, 3003]}
            rows.append({**scope, **types, "id": below, "parent_id": above, "code": code, "name": code})
        project = {"id": number, "company_id": COMPANY, "name": f"Project {number}", "project_number": name, **more}
        answer = await site.procore.post("/_sandbox/seed", json={"projects": [project], "cost_codes": rows})
        assert answer.status_code == 200, answer.text
        return cls(site, number, name)

    async def linked(self, *codes: str) -> None:
        """The project gets these cost codes in Procore, which its job lacks, and is linked to the job."""
        scope, first = {"company_id": COMPANY, "project_id": self.project}, self.project * 1000 + 500
        rows: list[Body] = []
        for n, (division, code) in enumerate(full.split("-", 1) for full in codes):
            above, below = first + 2 * n + 1, first + 2 * n
            rows.append({**scope, "id": above, "code": division, "name": f"Division {division}"})
            types = {"line_item_type_ids": [3001, 3002, 3003]}
            rows.append({**scope, **types, "id": below, "parent_id": above, "code": code, "name": code})
        answer = await self.site.procore.post("/_sandbox/seed", json={"cost_codes": rows})
        assert answer.status_code == 200, answer.text
        await self.site.granted(self.key, "link", erp_id=self.job)
        await self.site.until(self.key, State.SYNCED)

    # Names

    @property
    def key(self) -> str:
        return project_key(COMPANY, self.project)

    def of(self, kind: str, number: int) -> str:
        """The key of an object of this project."""
        return ObjectId(kind=kind, company=COMPANY, scope=str(self.project), id=number).key

    @property
    def budget_key(self) -> str:
        return self.of("budget", self.project)

    # Procore

    async def entered(self, path: str, **body: Any) -> Body:
        answer = await self.site.procore.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def edit(self, table: str, number: int, **fields: Any) -> None:
        await self.entered(f"edit/{table}/{number}", **fields)

    async def commitment(self, *lines: Body, **more: Any) -> str:
        return await self.site.commitment(*lines, project=self.project, **more)

    async def change_order(self, commitment: str, *lines: Body, **more: Any) -> str:
        body = {"contract_id": id_of(commitment), "status": "approved", "title": "Change", **more, "lines": list(lines)}
        entered = await self.entered("commitment_change_orders", **body)
        return self.of("commitment_change_order", entered["id"])

    async def invoice(self, commitment: str, *items: Body, **more: Any) -> str:
        body = {"commitment_id": id_of(commitment), "status": "approved", "billing_date": "2026-11-15", **more}
        entered = await self.entered("requisitions", **body, items=list(items))
        return self.of("subcontractor_invoice", entered["id"])

    async def payment(self, commitment: str, invoice: str, amount: str, **more: Any) -> str:
        body = {
            "contract_id": id_of(commitment), "project_id": self.project, "requisition_id": id_of(invoice),
            "amount": amount, "date": "2026-11-20", "external_payment_id": "pay-1", **more,
        }  # fmt: skip
        entered = await self.entered("contract_payments", **body)
        return self.of("invoice_payment", entered["id"])

    async def budget(self, *lines: Body, locked: bool = True) -> str:
        await self.entered(f"projects/{self.project}/budget", locked=locked, lines=list(lines))
        return self.budget_key

    async def budget_change(self, *lines: Body, **more: Any) -> str:
        body = {"title": "Shift", "status": "approved", **more, "lines": list(lines)}
        entered = await self.entered(f"projects/{self.project}/budget_changes", **body)
        return self.of("budget_change", entered["id"])

    async def modification(self, source: Body, target: Body, amount: str, **more: Any) -> str:
        body = {"from": source, "to": target, "amount": amount, **more}
        entered = await self.entered(f"projects/{self.project}/budget_modifications", **body)
        return self.of("budget_modification", entered["id"])

    async def prime_contract(self, *lines: Body, **more: Any) -> int:
        body = {"project_id": self.project, "number": "1", "title": "Prime", "status": "Approved", **more}
        return int((await self.entered("prime_contracts", **body, lines=list(lines)))["id"])

    async def prime_change(self, *lines: Body, **more: Any) -> str:
        body = {
            "project_id": self.project, "prime_contract": "1", "status": "approved", "title": "Owner change",
            "reviewed_at": "2026-11-10T08:00:00Z", **more,
        }  # fmt: skip
        entered = await self.entered("prime_change_orders", **body, lines=list(lines))
        return self.of("prime_change_order", entered["id"])

    # The connector

    async def accepted(self, key: str, action: str = "send", **fields: Any) -> None:
        """Sent and accepted."""
        await self.site.granted(key, action, APPROVER if key == self.key else SENDER)
        await self.site.granted(key, "accept", **fields)

    async def exported(self, key: str, action: str = "send", **fields: Any) -> Head:
        await self.accepted(key, action, **fields)
        return await self.site.until(key, State.SYNCED)

    async def contracted(self, *lines: Body, posted: bool = True, **more: Any) -> str:
        """A commitment in CMiC, posted there."""
        key = await self.commitment(*lines, **more)
        await self.exported(key)
        if posted:
            await self.post_contract(key)
        return key

    async def budgeted(self, *lines: Body) -> str:
        """A budget in CMiC, posted and shown as budgeted cost."""
        key = await self.budget(*(lines or (coded("03-100", "S", "1000.00"), coded("04-200", "S", "500.00"))))
        await self.exported(key, confirm_import_closed=True)
        await self.post_items()
        await self.site.until(key, State.SYNCED, also=lambda h: h.budgeted)
        return key

    # CMiC's accountants

    async def made(self, *pairs: tuple[str, str], company: str = ERP, project: str | None = None) -> None:
        """The job, under its project in CMiC, with these cost codes and categories."""
        body = {"company": company, "job": self.job, "project": project or self.job}
        await self.site.control("jobs/create", **body)
        common = {"GjjpCompCode": company, "GjjpJobCode": self.job, "GjjpCtrlCode": "ALL", "GjjpName": "Work"}
        flags = {"GjjpActiveFlag": "Y", "GjjpFactorableFlg": "N"}
        rows = [{**common, **flags, "GjjpCode": code} for code in sorted({code for code, _ in pairs})]
        await self.site.control("seed", jcjobcostcodes=rows)
        for code, category in pairs:
            await self.site.control("assign", company=company, job=self.job, cost_code=code, category=category)

    async def post_contract(self, key: str, change: str = "000", vendor: str = "ACME01", deed: str = "post") -> None:
        contract = self.site.numbers[key]
        await self.site.control(
            f"subcontracts/{deed}", company=ERP, vendor=vendor, contract=contract, change_code=change
        )
        await self.site.watch()

    async def post_voucher(self, invoice: str, vendor: str = "ACME01", deed: str = "post") -> None:
        await self.site.control(f"vouchers/{deed}", company=ERP, vendor=vendor, invoice=invoice)
        await self.site.watch(resource="voucher")

    async def post_items(self, *codes: str, deed: str = "post") -> None:
        """Post these PCIs of the job; all unposted ones without a name."""
        wanted = codes or [r["CmmCode"] for r in await self.items() if not r["CmmPostDate"]]
        for code in wanted:
            await self.site.control(f"change_items/{deed}", company=ERP, job=self.job, change_item=code)
        await self.site.watch(resource="change_item")

    async def bill_contract(self) -> None:
        """The billing contract that PCCOs need."""
        await self.site.control("jb_contracts/create", company=ERP, job=self.job)
        await self.site.watch(resource="prime_contract")

    # CMiC's books

    async def items(self) -> list[Body]:
        return await self.site.rows("cmmast", CmmCompCode=ERP, CmmJobCode=self.job)

    async def item_lines(self, code: str) -> list[Body]:
        return await self.site.rows("cmdetail", CmdCompCode=ERP, CmdMastJobCode=self.job, CmdChgCode=code)

    async def item_amounts(self, code: str, name: str = "CmdBudgAmt") -> dict[tuple[str, str], Decimal]:
        rows = await self.item_lines(code)
        return {(r["CmdPhsCode"], r["CmdCatCode"]): Decimal(str(r[name] or 0)) for r in rows}

    async def budgeted_in_cmic(self, name: str = "JcatOrigBudgAmt") -> dict[tuple[str, str], Decimal]:
        """What CMiC shows for each cost code and category of the job that it shows anything for."""
        rows = await self.site.rows("jcjobcategory", JcatCompCode=ERP, JcatJobCode=self.job)
        return {(r["JcatPhsCode"], r["JcatCode"]): Decimal(str(r[name])) for r in rows if r[name]}

    async def contract_lines(self, key: str, change: str) -> list[Body]:
        return await self.site.rows("scsched", ScschContCode=self.site.numbers[key], ScschChgCode=change)

    async def vouchers(self, invoice: str) -> list[Body]:
        return await self.site.rows("apvoucher", VouInvCode=invoice)


def id_of(key: str) -> int:
    return int(key.rsplit(":", 1)[1])


__all__ = ["ACME", "Job", "coded", "id_of", "line"]
