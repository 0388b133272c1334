"""Posting a PCI: when it is possible, and what it does to the budget (cmic-api §4.2, §4.3).

Only an approved PCI is posted; an external one needs the job's JB contract, a transfer nets to zero. Until then nothing
of it is in the budget. A line whose posting flag is ``POSTED`` is in the budget: with the setting that delays it, a
posted PCI has lines that are not there yet, and ``settle`` brings them in. Closed periods are not played.
"""

from decimal import Decimal

from sandbox.cmic import rows
from sandbox.cmic.errors import Refusal
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules.budget import money, projected
from sandbox.cmic.rules.change_items import (
    APPROVED,
    EXTERNAL,
    INTERNAL,
    ORIGINAL,
    REJECTED,
    TRANSFER,
    in_status,
    lines_of,
    pending_type,
    type_of,
)
from sandbox.cmic.rules.change_lines import POSTED, UNPOSTED
from sandbox.cmic.rules.jobs import assigned
from sandbox.cmic.rules.prime_contracts import has_contract
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant


def obstacle(tenant: Tenant, header: Row) -> str | None:
    """Why a PCI can't be posted, if it can't."""
    if header["CmmPostDate"] is not None:
        return "PCI is already posted."
    if pending_type(tenant, header) != APPROVED:
        return "PCI is not approved."
    lines = lines_of(tenant, header)
    if not lines:
        return "PCI has no details."
    try:
        class_ = type_of(tenant, header)["CmtClassCode"]
        for line in lines:
            assigned(tenant, *(line[name] for name in ("CmdCompCode", "CmdJobCode", "CmdPhsCode", "CmdCatCode")))
    except Refusal as problem:
        return problem.text()
    return _obstacle_of_class(tenant, header, class_, lines)


def _obstacle_of_class(tenant: Tenant, header: Row, class_: Value, lines: list[Row]) -> str | None:
    company, job = header["CmmCompCode"], header["CmmJobCode"]
    if class_ == EXTERNAL and not has_contract(tenant, company, job):
        return f"Contract of job {job} does not exist in company {company}."
    if class_ == TRANSFER and tenant.settings.pci_transfers_net_to_zero:
        for name, label in (("CmdBudgAmt", "Final Amount"), ("CmdBillAmt", "Billing Amount")):
            if total := sum((money(line[name]) for line in lines), Decimal(0)):
                return f"{label} of transfer does not net to zero but to {total}."
    return None


def post(tenant: Tenant, header: Row, post_date: str) -> Row:
    """Post a PCI that has no obstacle."""
    new = rows.changed(tenant, TABLES["cmmast"], header, {"CmmPostDate": post_date, "CmmStatCode": "P"})
    tenant.books.put("cmmast", new)
    if tenant.settings.pci_shows_in_budget_at_once:
        settle(tenant, new)
    return new


def settle(tenant: Tenant, header: Row) -> int:
    """Bring the lines of a posted PCI into the budget that are not there yet; returns how many."""
    if header["CmmPostDate"] is None or pending_type(tenant, header) == REJECTED:
        return 0
    waiting = [line for line in lines_of(tenant, header) if line["CmdPostingFlag"] == UNPOSTED]
    for line in waiting:
        _carry(tenant, header, line, 1)
    return len(waiting)


def reject(tenant: Tenant, header: Row, status: Value) -> Row:
    """Put a PCI into a rejected status; a posted one leaves the budget again, and keeps its post date."""
    for line in lines_of(tenant, header):
        if line["CmdPostingFlag"] == POSTED:
            _carry(tenant, header, line, -1)
    new = rows.changed(tenant, TABLES["cmmast"], header, {"CmmPrepostStatCode": status})
    tenant.books.put("cmmast", new)
    in_status(tenant, new, status)
    return new


def _carry(tenant: Tenant, header: Row, line: Row, sign: int) -> None:
    """Add a line to the budget, or (-1) take it out."""
    where = ("CmdCompCode", "CmdJobCode", "CmdPhsCode", "CmdCatCode")
    pair = tenant.books.one("jcjobcategory", *(line[name] for name in where))
    if pair is not None:
        values = _amounts(tenant, header, line, pair, sign)
        tenant.books.put("jcjobcategory", rows.changed(tenant, TABLES["jcjobcategory"], pair, values))
    flag: dict[str, Value] = {"CmdPostingFlag": POSTED if sign > 0 else UNPOSTED}
    tenant.books.put("cmdetail", rows.changed(tenant, TABLES["cmdetail"], line, flag))


def _amounts(tenant: Tenant, header: Row, line: Row, pair: Row, sign: int) -> dict[str, Value]:
    """The budget amounts of a pair with a line in it, or out of it.

    Taking out undoes method ``A``; what ``R`` raised stays, as the projection before it is not known any more.
    """
    class_, settings = type_of(tenant, header)["CmtClassCode"], tenant.settings
    unbudgeted = class_ == INTERNAL and not settings.pci_internal_updates_budget
    cost = Decimal(0) if unbudgeted else sign * money(line["CmdBudgAmt"])
    bill = sign * money(line["CmdBillAmt"])
    current = money(pair["JcatCurrBudgAmt"]) + cost
    values: dict[str, Value] = {
        "JcatCurrBudgAmt": current,
        "JcatCurrRevBudgAmt": money(pair["JcatCurrRevBudgAmt"]) + bill,
    }
    if class_ == ORIGINAL:
        values["JcatOrigBudgAmt"] = money(pair["JcatOrigBudgAmt"]) + cost
        values["JcatOrigRevBudgAmt"] = money(pair["JcatOrigRevBudgAmt"]) + bill
    if settings.pci_updates_projection:
        values["JcatProjAmt"] = projected(header["CmmCalcProjAmtMethod"], pair, current, cost)
    return values
