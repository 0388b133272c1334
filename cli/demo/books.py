"""The two stand-ins' own books side by side: what Procore holds of a job's objects, and what CMiC holds of them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cli.demo.stage import Stage

Line = tuple[str, Decimal, Decimal]
"""An object, Procore's amount, CMiC's amount."""


async def reconciled(stage: Stage, project: int, job: str) -> list[Line]:
    """Every object of the job that has money, in both books, computed from their raw rows."""
    return [
        *await _contracts(stage, project, job),
        *await _invoices(stage, project, job),
        *await _changes(stage, project, job),
    ]


async def _contracts(stage: Stage, project: int, job: str) -> list[Line]:
    lines = await stage.in_cmic("scsched", ScschJobCode=job)
    contracts = await stage.procore_book("commitments", project_id=project)
    numbers = {c["id"]: c["number"] for c in contracts}
    orders = await stage.procore_book("commitment_change_orders", project_id=project)
    wanted = [(f"{c['number']}", c["number"], "000", c["grand_total"]) for c in contracts]
    wanted += [
        (
            f"{numbers[o['contract_id']]} change order {o['number']}",
            numbers[o["contract_id"]],
            o["number"],
            o["grand_total"],
        )
        for o in orders
    ]
    return [
        (
            name,
            _money(total),
            _sum(r["ScschAmt"] for r in lines if (r["ScschContCode"], r["ScschChgCode"]) == (number, change)),
        )
        for name, number, change, total in wanted
    ]


async def _invoices(stage: Stage, project: int, job: str) -> list[Line]:
    vouchers = {v["VouInvCode"]: v for v in await stage.in_cmic("apvoucher", VouJobCode=job)}
    found: list[Line] = []
    for invoice in await stage.procore_book("requisitions", project_id=project):
        voucher = vouchers.get(invoice["invoice_number"])
        lines = await stage.in_cmic("apvoucherdetail", VdistVouNum=voucher["VouNum"]) if voucher else []
        due = _sum(r["VdistTranScschLstAmt"] for r in lines) - _sum(r["VdistTranScschHldbkAmt"] for r in lines)
        due += _sum(r["VdistTranScschHldbkRlsAmt"] for r in lines)
        found.append(
            (f"invoice {invoice['invoice_number']}, due", _money(invoice["summary"]["current_payment_due"]), due)
        )
    return found


async def _changes(stage: Stage, project: int, job: str) -> list[Line]:
    """PCIs by type: the budget, budget changes, forecasts at cost; prime contract change orders at price."""
    standing = {r["CmmCode"]: r["CmmTypeCode"] for r in await stage.in_cmic("cmmast", CmmJobCode=job)
                if r["CmmPrepostStatCode"] != "REJECTED"}  # fmt: skip
    lines = await stage.in_cmic("cmdetail", CmdMastJobCode=job)

    def cmic(kind: str, amount: str) -> Decimal:
        return _sum(r[amount] for r in lines if standing.get(r["CmdChgCode"]) == kind)

    def cmic_lines(kind: str) -> list[Decimal]:
        return [_money(r["CmdBudgAmt"]) for r in lines if standing.get(r["CmdChgCode"]) == kind]

    budget = (await stage.procore.get(f"/_sandbox/projects/{project}/budget")).json()
    changes = await stage.procore_book("budget_changes", project_id=project)
    prime = await stage.procore_book("prime_change_orders", project_id=project)
    return [
        ("budget", _sum(n["amount"] for n in budget["lines"]), cmic("OBC", "CmdBudgAmt")),
        ("budget changes, what moves", _sum(_moved(changes)), _sum(a for a in cmic_lines("INT") if a > 0)),
        ("prime contract change orders", _sum(p["grand_total"] for p in prime), cmic("EXT", "CmdBillAmt")),
        (
            "forecast",
            _sum(n["estimated_cost_at_completion"] for n in budget["lines"]),
            cmic("FCT", "CmdBudgAmt"),
        ),
    ]


def _moved(changes: list[dict[str, Any]]) -> list[Decimal]:
    """What the changes give to budget lines: a change as a whole adds up to nothing."""
    amounts = [_money(line["amount"]) for change in changes for line in change["adjustment_line_items"]]
    return [amount for amount in amounts if amount > 0]


def _money(value: Any) -> Decimal:
    return Decimal(str(value or 0))


def _sum(values: Iterable[Any]) -> Decimal:
    return sum((_money(v) for v in values), Decimal(0))
