"""The settings that exports read, typed and defaulted (requirements §4). Part of the facts; frozen by an approval."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Forecast(StrEnum):
    """Where a cost forecast goes in CMiC (S-10)."""

    OFF = "off"
    PCI = "pci"
    PROJECTED = "projected"


class InvoiceDate(StrEnum):
    BILLING = "billing"
    EXPORT = "export"


class Limits(BaseModel):
    """Lengths that CMiC takes, in characters (cmic-api §1.5, §3; those of names are per installation)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contract_number: int = 20
    vendor_code: int = 8
    task_code: int = 16
    task_name: int = 30
    title: int = 200
    scope: int = 4000
    company_name: int = 50
    change_code: int = 6
    change_item: int = 11
    change_item_title: int = 200
    invoice: int = 20
    """Of a vendor's invoice number: not published."""
    cheque: int = 15
    """Digits of a cheque's number: not published."""
    cheque_text: int = 60
    job: int = 10
    project_name: int = 100
    """Not published."""
    lines: int = 999
    """A CMiC batch takes 1,000 records, the header among them (ASSUMPTION: its newest published limit)."""


class ExportSettings(BaseModel):
    """What mappers and guards may depend on. Its values are hashed into every approval."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    erp_companies: list[str] = Field(default=["01"], min_length=1)
    """CMiC companies this Procore account works with (R-08, S-28); the first is the default."""
    currency: str = "USD"
    """S-05."""
    time_zone: str = "UTC"
    """The company's, by its IANA name: dates sent to CMiC are business dates there."""
    subcontract_type: str = "SUB"
    """S-04: the contract type by which CMiC knows a subcontract."""
    purchase_order_type: str = "PO"
    """S-04: and a purchase order."""
    subcontract_cost_type: str = ""
    """S-02: the cost type of a subcontract's line that has none, as those of a converted bid; empty: it is refused."""
    purchase_order_cost_type: str = ""
    """S-02: the same of a purchase order's line."""
    division_codes: bool = True
    """S-12: division (control) codes may be used on transactions (R-04)."""
    default_uom: str = "LS"
    """S-18: unit of measure of blank and amount-based commitment lines (R-22)."""
    uom_map: dict[str, str] = {"ton": "TN", "tons": "TN", "lump sum": "LS", "each": "EA", "hours": "HR"}
    """Procore's units, in lower case, to CMiC's two letter ones, where they differ."""
    vendor_terms: str = "30"
    """Payment terms of an exported vendor (cmic-api §3.6 asks for one)."""
    vendor_class: str | None = None
    """Class of an exported vendor, where CMiC asks for one."""
    vendor_export: bool = True
    """S-14."""
    commitment_export: bool = True
    """S-15: commitments and their change orders."""
    prime_change_type: str = "EXT"
    """S-06: the PCI type of prime contract change orders."""
    budget_change_type: str = "INT"
    """S-07: of budget changes."""
    budget_type: str = "OBC"
    """S-08: of the original budget and its changes (R-18)."""
    forecast_type: str = "FCT"
    """S-09: of forecasts."""
    transfer_type: str = "TFR"
    """Of budget modifications, whose PCI nets to zero (O-08)."""
    approved_status: str = "APPROVED"
    """The status with which budgets, changes and PCCOs arrive; statuses are each customer's own (cmic-api §4.3)."""
    projection_method: str = "A"
    """What posting a PCI does to the projection: A adds, R recalculates (cmic-api §4.2)."""
    forecast_export: Forecast = Forecast.OFF
    """S-10."""
    forecast_with_budget: bool = False
    """Estimated Cost at Completion goes along with a budget (erp-tool-behaviour B-06)."""
    revenue_only_changes: bool = False
    """S-11: lines of a PCCO carry revenue and no cost budget."""
    billing_on_budgets: bool = False
    """S-19: budgets and budget changes fill the billing amount too."""
    zero_dollar_codes: bool = True
    """S-21: cost codes without money go to CMiC, too (R-21)."""
    cost_codes_go_along: bool = True
    """O-02: codes of the master list that a job lacks are assigned with the first object that needs them; off: cost codes are
    accepted on their own first."""
    invoice_date_from: InvoiceDate = InvoiceDate.BILLING
    """S-24."""
    invoice_due_days: int = Field(default=30, ge=0, le=365)
    """R-13."""
    invoice_series: str = "SUBS"
    """The series of exported invoices (cmic-api §3.8's sample)."""
    payments_out: bool = False
    """S-27: payments made with Procore Pay go to CMiC."""
    payment_bank_company: str = ""
    """The bank account that Procore Pay pays from, as CMiC names it: its company,"""
    payment_department: str = ""
    """its department,"""
    payment_account: str = ""
    """and its account."""
    direct_exports: bool = False
    """S-30: commitments, their change orders and invoices skip the approver (R-27)."""
    standard_may_approve: bool = False
    """S-31."""
    sender_may_not_approve: bool = False
    """S-32."""
    limits: Limits = Limits()
    """Lengths that CMiC takes."""
    settle_seconds: Decimal = Decimal(120)
    """How long after a cut-off write CMiC may still commit it (CMiC cuts a request at 60 s: cmic-api §1.6)."""

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{name!r} isn't the IANA name of a time zone") from None

    def uom(self, unit: str | None) -> str:
        """CMiC's unit for Procore's: the configured one for a blank."""
        text = (unit or "").strip()
        return self.uom_map.get(text.lower(), text.upper()) if text else self.default_uom
