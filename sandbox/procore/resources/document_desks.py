"""The desks of change orders, prime contracts, invoices, payments and what they hold: each is found by a record's own ids."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.procore.desk import Desk
from sandbox.procore.house import House
from sandbox.procore.resources.billing_periods import BillingPeriodDesk
from sandbox.procore.resources.change_order_lines import ChangeOrderLineDesk
from sandbox.procore.resources.change_orders import CHANGE_ORDERS, ChangeOrderDesk
from sandbox.procore.resources.compliance import ComplianceDesk, ComplianceDocumentDesk, ContractPartDesk
from sandbox.procore.resources.contract_payments import HOLDERS as PAYABLE
from sandbox.procore.resources.contract_payments import ContractPaymentDesk
from sandbox.procore.resources.direct_cost_lines import DirectCostLineDesk
from sandbox.procore.resources.direct_costs import DirectCostDesk
from sandbox.procore.resources.markups import HOLDERS as MARKED_UP
from sandbox.procore.resources.markups import MarkupDesk
from sandbox.procore.resources.prime_contracts import PrimeContractDesk
from sandbox.procore.resources.prime_lines import PrimeLineDesk
from sandbox.procore.resources.requisition_items import RequisitionItemDesk
from sandbox.procore.resources.requisitions import RequisitionDesk
from sandbox.procore.resources.schedule_details import ScheduleDetailDesk
from sandbox.procore.values import Record

Found = Callable[[House, Record], Desk | None]


def _scope(row: Record, *more: str) -> Record:
    return {name: row[name] for name in ("company_id", "project_id", *more)}


def _markups(house: House, row: Record) -> Desk | None:
    holder = house.books.get(MARKED_UP[row["holder_type"]], row["holder_id"])
    return MarkupDesk(house, holder, row["holder_type"], as_user=True) if holder else None


def _payments(house: House, row: Record) -> Desk | None:
    contract = next((found for table in PAYABLE if (found := house.books.get(table, row["contract_id"]))), None)
    return ContractPaymentDesk(house, contract, as_user=True) if contract else None


def _prime_lines(house: House, row: Record) -> Desk | None:
    contract = house.books.get("prime_contracts", row["contract_id"])
    return PrimeLineDesk(house, contract, as_user=True) if contract else None


def _items(house: House, row: Record) -> Desk | None:
    requisition = house.books.get("requisitions", row["requisition_id"])
    return RequisitionItemDesk(house, requisition, as_user=True) if requisition else None


def _details(house: House, row: Record) -> Desk | None:
    line = house.books.get("line_items", row["line_item_id"])
    return ScheduleDetailDesk(house, line, as_user=True) if line else None


def _compliance(kind: type[ContractPartDesk]) -> Found:
    def found(house: House, row: Record) -> Desk | None:
        contract = house.books.get("commitments", row["contract_id"])
        return kind(house, contract, as_user=True) if contract else None

    return found


def _change_order_desks() -> dict[str, Found]:
    desks: dict[str, Found] = {}
    for kind in CHANGE_ORDERS.values():

        def heads(house: House, row: Record, kind: str = kind.path) -> Desk | None:
            return ChangeOrderDesk(house, CHANGE_ORDERS[kind], _scope(row), as_user=True)

        def lines(house: House, row: Record, kind: str = kind.path) -> Desk | None:
            holder = house.books.get(kind, row["change_order_id"])
            return ChangeOrderLineDesk(house, CHANGE_ORDERS[kind], holder, as_user=True) if holder else None

        desks |= {kind.path: heads, kind.lines: lines}
    return desks


DOCUMENT_DESKS: dict[str, Found] = {
    "prime_contracts": lambda house, row: PrimeContractDesk(house, _scope(row), as_user=True),
    "prime_line_items": _prime_lines,
    **_change_order_desks(),
    "markups": _markups,
    "billing_periods": lambda house, row: BillingPeriodDesk(house, _scope(row), as_user=True),
    "line_item_details": _details,
    "requisitions": lambda house, row: RequisitionDesk(house, _scope(row, "commitment_id"), as_user=True),
    "requisition_items": _items,
    "contract_payments": _payments,
    "direct_costs": lambda house, row: DirectCostDesk(house, _scope(row), as_user=True),
    "direct_cost_line_items": lambda house, row: DirectCostLineDesk(house, _scope(row, "direct_cost_id"), as_user=True),
    "compliances": _compliance(ComplianceDesk),
    "compliance_documents": _compliance(ComplianceDocumentDesk),
}
"""The desk of a record of each table, as a Procore user; None when what holds the record is gone."""
