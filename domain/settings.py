"""The settings that exports read, typed and defaulted (requirements §4). Part of the facts; frozen by an approval."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator


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
    lines: int = 999
    """A CMiC batch takes 1,000 records, the header among them (ASSUMPTION: its newest published limit)."""


class ExportSettings(BaseModel):
    """What mappers and guards may depend on. Its values are hashed into every approval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    erp_companies: list[str] = Field(default=["01"], min_length=1)
    """CMiC companies this Procore account works with (R-08, S-28); the first is the default."""
    currency: str = "USD"
    """S-05."""
    time_zone: str = "UTC"
    """The company's, by its IANA name: dates sent to CMiC are business dates there."""
    subcontract_type: str = "SUB"
    purchase_order_type: str = "PO"
    """S-04: the contract types by which CMiC tells the two apart."""
    default_uom: str = "LS"
    """S-18: unit of measure of blank and amount-based commitment lines (R-22)."""
    uom_map: dict[str, str] = {"ton": "TN", "tons": "TN", "lump sum": "LS", "each": "EA", "hours": "HR"}
    """Procore's units, in lower case, to CMiC's two letter ones, where they differ."""
    vendor_terms: str = "30"
    """Payment terms of an exported vendor (cmic-api §3.6 asks for one)."""
    vendor_class: str | None = None
    vendor_export: bool = True
    """S-14."""
    commitment_export: bool = True
    """S-15."""
    limits: Limits = Limits()
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
