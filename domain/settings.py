"""The settings that exports read, typed and defaulted (requirements §4). Part of the facts; frozen by an approval."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]
"""A code of CMiC's; which ones there are is each installation's own."""
MaybeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=30)]
CompanyCode = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z_.-]{1,10}$")]
"""A CMiC company: part of keys and of the names of workflows, which bars and colons part."""
Currency = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Z]{3}$")]
Unit = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=30)]
Length = Annotated[int, Field(ge=1, le=10_000)]


class Forecast(StrEnum):
    """Where a cost forecast goes in CMiC (S-10)."""

    OFF = "off"
    PCI = "pci"
    PROJECTED = "projected"


class Projection(StrEnum):
    """What posting a PCI does to the projection: A adds, R recalculates (cmic-api §4.2)."""

    ADD = "A"
    RECALCULATE = "R"


class InvoiceDate(StrEnum):
    """Which date an invoice bears in CMiC (S-24)."""

    BILLING = "billing"
    EXPORT = "export"


class Limits(BaseModel):
    """Lengths that CMiC takes, in characters (cmic-api §1.5, §3; those of names are per installation)."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    contract_number: Length = 20
    """Of a contract's number."""
    vendor_code: Length = 8
    """Of a vendor's code."""
    task_code: Length = 16
    """Of a line's task code."""
    task_name: Length = 30
    """Of a line's description."""
    title: Length = 200
    """Of the title of a contract or a change."""
    scope: Length = 4000
    """Of a description."""
    company_name: Length = 50
    """Of a vendor's name."""
    change_code: Length = 6
    """Of a commitment change order's number."""
    change_item: Length = 11
    """Of a PCI's code."""
    change_item_title: Length = 200
    """Of a PCI's title."""
    invoice: Length = 20
    """Of a vendor's invoice number: not published."""
    cheque: Length = 15
    """Digits of a cheque's number: not published."""
    cheque_text: Length = 60
    """Of a payment's description."""
    job: Length = 10
    """Of a job's code."""
    project_name: Length = 100
    """Of a project's name: not published."""
    lines: Length = 999
    """Lines of one document. A CMiC batch takes 1,000 records, the header among them (ASSUMPTION: its newest published
    limit)."""


class ExportSettings(BaseModel):
    """What mappers and guards may depend on. Its values are hashed into every approval."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    erp_companies: list[CompanyCode] = Field(default=["01"], min_length=1)
    """S-28: CMiC companies this Procore account works with (R-08); the first is the default."""
    currency: Currency = "USD"
    """S-05: the currency of everything that is sent."""
    time_zone: str = "UTC"
    """The company's, by its IANA name: dates sent to CMiC are business dates there."""
    subcontract_type: Text = "SUB"
    """S-04: the contract type by which CMiC knows a subcontract."""
    purchase_order_type: Text = "PO"
    """S-04: the contract type by which CMiC knows a purchase order."""
    subcontract_cost_type: MaybeText = Field(default="", examples=["S"])
    """S-02: the cost type of a subcontract's line that has none, as those of a converted bid; empty: it is refused."""
    purchase_order_cost_type: MaybeText = Field(default="", examples=["M"])
    """S-02: the cost type of a purchase order's line that has none, as those of a converted bid; empty: it is refused."""
    division_codes: bool = True
    """S-12: division (control) codes may be used on transactions (R-04)."""
    default_uom: Text = "LS"
    """S-18: unit of measure of blank and amount-based commitment lines (R-22)."""
    uom_map: dict[Unit, Text] = {"ton": "TN", "tons": "TN", "lump sum": "LS", "each": "EA", "hours": "HR"}
    """Procore's units, in lower case, to CMiC's two letter ones, where they differ."""
    vendor_terms: Text = "30"
    """Payment terms of an exported vendor (cmic-api §3.6 asks for one)."""
    vendor_class: Text | None = Field(default=None, examples=["SUBS"])
    """Class of an exported vendor, where CMiC asks for one."""
    vendor_export: bool = True
    """S-14: companies may be exported; linking them is possible all the same."""
    commitment_export: bool = True
    """S-15: commitments and their change orders may be exported."""
    prime_change_type: Text = "EXT"
    """S-06: the PCI type of prime contract change orders."""
    budget_change_type: Text = "INT"
    """S-07: the PCI type of budget changes."""
    budget_type: Text = "OBC"
    """S-08: the PCI type of the original budget and its changes (R-18)."""
    forecast_type: Text = "FCT"
    """S-09: the PCI type of forecasts."""
    transfer_type: Text = "TFR"
    """The PCI type of budget modifications, whose PCI nets to zero (O-08)."""
    approved_status: Text = "APPROVED"
    """The status with which budgets, changes and PCCOs arrive; statuses are each customer's own (cmic-api §4.3)."""
    projection_method: Projection = Projection.ADD
    """What posting a PCI does to the projection: A adds, R recalculates (cmic-api §4.2)."""
    forecast_export: Forecast = Forecast.OFF
    """S-10: a cost forecast goes to CMiC as a PCI, as projected cost, or not at all."""
    forecast_with_budget: bool = False
    """Estimated Cost at Completion goes along with a budget (erp-tool-behaviour B-06)."""
    revenue_only_changes: bool = False
    """S-11: lines of a PCCO carry revenue and no cost budget."""
    billing_on_budgets: bool = False
    """S-19: budgets and budget changes fill the billing amount too."""
    zero_dollar_codes: bool = True
    """S-21: cost codes without money go to CMiC, too (R-21)."""
    cost_codes_go_along: bool = True
    """Codes of the master list that a job lacks are assigned with the first object that needs them; off: cost codes are
    accepted on their own first (O-02)."""
    invoice_date_from: InvoiceDate = InvoiceDate.BILLING
    """S-24: an invoice's date in CMiC is its billing date or the day of its export."""
    invoice_due_days: int = Field(default=30, ge=0, le=365)
    """Days from an invoice's billing date until it is due (R-13)."""
    invoice_series: Text = "SUBS"
    """The series of exported invoices (cmic-api §3.8's sample)."""
    payments_out: bool = False
    """S-27: payments made with Procore Pay go to CMiC."""
    payment_bank_company: MaybeText = Field(default="", examples=["01"])
    """The bank account that Procore Pay pays from, as CMiC names it: its company."""
    payment_department: MaybeText = Field(default="", examples=["00"])
    """The department of the bank account that Procore Pay pays from."""
    payment_account: MaybeText = Field(default="", examples=["1000"])
    """The account number of the bank account that Procore Pay pays from."""
    direct_exports: bool = False
    """S-30: commitments, their change orders and invoices skip the approver (R-27)."""
    standard_may_approve: bool = False
    """S-31: Standard users with the privilege "Can Push to Accounting" accept, reject and retry, too."""
    sender_may_not_approve: bool = False
    """S-32: who sent an item may not accept it himself."""
    limits: Limits = Limits()
    """Lengths that CMiC takes, in characters: what is longer is refused before it is sent."""
    settle_seconds: Decimal = Field(default=Decimal(120), ge=0, le=3600)
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
