"""Good documents of the kinds beyond commitments, companies and projects, each with its fields to be replaced by name."""

from __future__ import annotations

from datetime import date
from typing import Any

from domain.budget import Budget, BudgetLine
from domain.budget_change import BudgetChange
from domain.budget_modification import BudgetModification
from domain.commitment_change_order import ChangeOrderLine, CommitmentChangeOrder
from domain.cost_codes import CodePair, CostCodes
from domain.forecast import CostForecast
from domain.identity import ObjectId
from domain.invoice_payment import InvoicePayment
from domain.lines import Line
from domain.prime_change_order import Markup, PrimeChangeOrder
from domain.settings import ExportSettings
from domain.subcontractor_invoice import InvoiceLine, SubcontractorInvoice

COMPANY_ID, PROJECT_ID, ERP_COMPANY = 562949, 310, "01"
MONTH = 202603
NUMBERS = {
    "commitment": 7001,
    "commitment_change_order": 7101,
    "prime_change_order": 7201,
    "subcontractor_invoice": 7301,
    "invoice_payment": 7401,
    "budget": PROJECT_ID,
    "cost_codes": PROJECT_ID,
    "budget_change": 7501,
    "budget_modification": 7601,
    "forecast": MONTH,
    "owner_invoice": 7801,
    "sub_job": 7901,
}
OF_PROJECT = {
    kind: ObjectId(kind=kind, company=COMPANY_ID, scope=str(PROJECT_ID), id=number) for kind, number in NUMBERS.items()
}
COMMITMENT, CHANGE_ORDER = OF_PROJECT["commitment"], OF_PROJECT["commitment_change_order"]
INVOICE, BUDGET = OF_PROJECT["subcontractor_invoice"], OF_PROJECT["budget"]


def plain_line(position: int = 1, **more: Any) -> Line:
    """A line of 100.00."""
    stated = {"id": 9300 + position, "position": position, "cost_code": "03-300", "category": "M", "amount": "100.00"}
    return Line.model_validate({**stated, **more})


def change_order_line(position: int = 1, **more: Any) -> ChangeOrderLine:
    """A new line of 10.00."""
    stated = {"id": 7110 + position, "position": position, "cost_code": "05-100", "category": "L", "amount": "10.00"}
    return ChangeOrderLine.model_validate({**stated, "description": f"Extra {position}", **more})


def change_order(**more: Any) -> CommitmentChangeOrder:
    """More of the commitment's first line, by the unit, and a line that it adds."""
    unit = {"quantity": "2.5", "unit_cost": "100.00", "uom": "each", "calculated": True, "amount": "250.00"}
    stated: dict[str, Any] = {
        "id": CHANGE_ORDER.id,
        "contract_id": COMMITMENT.id,
        "contract_number": "SC-001",
        "number": "1",
        "title": "More concrete",
        "status": "Approved",
        "total": "260.00",
        "lines": [change_order_line(1, on_line=9001, cost_code="03-300", category="M", **unit), change_order_line(2)],
    }
    return CommitmentChangeOrder(**{**stated, **more})


def invoice_line(position: int = 1, **more: Any) -> InvoiceLine:
    """100.00 of this period, 10.00 of them retained, on the commitment's first line."""
    money = {"scheduled": "250.00", "billed_to_date": "150.00", "amount": "100.00", "retained": "10.00"}
    stated = {"id": 7310 + position, "position": position, "on_line": 9000 + position, "retained_before": "5.00"}
    return InvoiceLine.model_validate({**stated, **money, **more})


def invoice(**more: Any) -> SubcontractorInvoice:
    """It bills a line of the commitment and one of its change order, and leaves a third alone."""
    stated: dict[str, Any] = {
        "id": INVOICE.id,
        "commitment_id": COMMITMENT.id,
        "number": "3",
        "invoice_number": "A-17",
        "status": "approved",
        "billing_date": date(2026, 3, 31),
        "contract_name": "SC-001",
        "vendor_name": "Acme",
        "due": "135.00",
        "lines": [
            invoice_line(1),
            invoice_line(2, on_line=7111, on_change_order=CHANGE_ORDER.id, amount="50.00", retained="5.00"),
            invoice_line(3, on_line=9002, amount="0", retained="0"),
        ],
    }
    return SubcontractorInvoice(**{**stated, **more})


def payment(**more: Any) -> InvoicePayment:
    stated: dict[str, Any] = {
        "id": NUMBERS["invoice_payment"],
        "requisition_id": INVOICE.id,
        "number": "5201",
        "paid_on": date(2026, 4, 15),
        "amount": "135.00",
        "notes": "March",
        "status": "paid",
        "procore_pay": True,
        "vendor_name": "Acme",
    }
    return InvoicePayment(**{**stated, **more})


def budget_line(position: int = 1, **more: Any) -> BudgetLine:
    """1,000.00, forecast to cost 1,200.00."""
    stated = {"id": 600 + position, "position": position, "cost_code": "03-300", "category": "M", "amount": "1000.00"}
    return BudgetLine.model_validate({**stated, "forecast": "1200.00", "to_complete": "200.00", **more})


def _budgeted() -> list[BudgetLine]:
    return [budget_line(1), budget_line(2, cost_code="05-100", category="L", amount="500.00", forecast="500.00")]


def budget(**more: Any) -> Budget:
    return Budget(**{"id": PROJECT_ID, "locked": True, "view": "Forecasting", "lines": _budgeted(), **more})


def forecast(**more: Any) -> CostForecast:
    return CostForecast(**{"id": PROJECT_ID, "month": MONTH, "locked": True, "lines": _budgeted(), **more})


def budget_change(**more: Any) -> BudgetChange:
    """100.00 from steel to concrete."""
    stated: dict[str, Any] = {
        "id": NUMBERS["budget_change"],
        "number": "7",
        "title": "Shift",
        "description": "Buy-out",
        "status": "approved",
        "total": "0.00",
        "lines": [plain_line(1), plain_line(2, cost_code="05-100", category="L", amount="-100.00")],
    }
    return BudgetChange(**{**stated, **more})


def modification(**more: Any) -> BudgetModification:
    """50.00 from steel to concrete."""
    sides = [plain_line(1, cost_code="05-100", category="L", amount="-50.00"), plain_line(2, amount="50.00")]
    return BudgetModification(**{"id": NUMBERS["budget_modification"], "notes": "Buy-out", "lines": sides, **more})


def markup(number: int = 1, **more: Any) -> Markup:
    """A fee of 5 % below everything, on a code of its own."""
    stated = {"id": number, "name": "Fee", "vertical": True, "percentage": "5", "position": number}
    return Markup.model_validate({**stated, "cost_code": "05-100", "category": "L", **more})


def prime_change(**more: Any) -> PrimeChangeOrder:
    """100.00, with 10 % overhead on the line and a fee of 5 % below."""
    stated: dict[str, Any] = {
        "id": NUMBERS["prime_change_order"],
        "contract_id": 7200,
        "number": "PCO-1",
        "title": "Owner change",
        "description": "A further storey",
        "status": "approved",
        "dated": date(2026, 3, 10),
        "total": "115.50",
        "lines": [plain_line(1)],
        "markups": [markup(1, name="Overhead", vertical=False, percentage="10"), markup(2)],
    }
    return PrimeChangeOrder(**{**stated, **more})


def cost_codes(**more: Any) -> CostCodes:
    """One pair that the job has, one that it could be given, with money and without."""
    pairs = [("03-300", "M", "1000.00"), ("09-900", "M", "10.00"), ("09-900", "L", None)]
    stated: dict[str, Any] = {
        "id": PROJECT_ID,
        "name": "Tower",
        "pairs": [CodePair.model_validate({"cost_code": c, "category": k, "budget": b}) for c, k, b in pairs],
    }
    return CostCodes(**{**stated, **more})


FURTHER: dict[str, Any] = {
    "cost_codes": cost_codes,
    "commitment_change_order": change_order,
    "subcontractor_invoice": invoice,
    "invoice_payment": payment,
    "budget": budget,
    "budget_change": budget_change,
    "budget_modification": modification,
    "forecast": forecast,
    "prime_change_order": prime_change,
}
SETTINGS: dict[str, dict[str, Any]] = {
    "forecast": {"forecast_export": "pci"},
    "invoice_payment": {
        "payments_out": True,
        "payment_bank_company": "01",
        "payment_department": "00",
        "payment_account": "1000",
    },
}
"""What has to be switched on before a kind is exported at all."""


def settings_for(kind: str, **more: Any) -> ExportSettings:
    return ExportSettings.model_validate({**SETTINGS.get(kind, {}), **more})
