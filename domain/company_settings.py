"""Everything that a company decides, in one typed model: what exports read, and what imports, schedules and reports read
(requirements §4, B-06). `docs/settings.md` is generated from it."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator

from domain.settings import ExportSettings

Code = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1, max_length=30)]
ProjectId = Annotated[int, Field(gt=0)]

LEAST_MINUTES, MOST_MINUTES = 5, 31 * 24 * 60

SCHEDULED = (
    "master_codes", "vendors", "customers", "jobs", "sub_jobs", "project_codes", "budget", "job_costs", "transactions",
    "payments", "compliance",
)  # fmt: skip
"""The imports that may run by themselves (R-02). A prime contract comes again only by a person, who confirms (R-16)."""


class DirectCostType(StrEnum):
    """What a journal's transactions become in Procore (R-23)."""

    INVOICE = "invoice"
    EXPENSE = "expense"
    SUBCONTRACTOR_INVOICE = "subcontractor_invoice"
    PAYROLL = "payroll"


class DateChoice(StrEnum):
    """Which of a transaction's dates (R-23)."""

    REFERENCE = "reference"
    POST = "post"


class BaseType(StrEnum):
    """What Procore knows of a cost type (procore-api §5)."""

    LABOR = "labor"
    EQUIPMENT = "equipment"
    MATERIALS = "materials"
    COMMITMENT = "commitment"
    OWNER_COST = "owner_cost"
    PROFESSIONAL_SERVICES = "professional_services"
    OTHER = "other"


class Settings(ExportSettings):
    """One version of a company's settings."""

    project_template: ProjectId | None = Field(default=None, examples=[12])
    """S-01: the Procore project template of jobs that are added to Procore, where none is chosen."""
    approver_report: bool = True
    """S-03: the accountant report is offered."""
    prime_contract_import: bool = True
    """S-13: prime contracts are imported."""
    prime_contract_by_unit: bool = False
    """S-13: whoever imports a prime contract may choose unit-based instead of amount-based (R-16)."""
    schedules: dict[str, int] = {"job_costs": 240}
    """S-16, S-17: minutes between two runs of an import; one that isn't named runs on demand only (R-02). A
    budget that is scheduled is written over without being confirmed each time: naming it here is the confirmation."""
    full_sweep_hours: int = Field(default=24, ge=1, le=24 * 31)
    """How often an import reads everything instead of what changed: clocks differ, and deletes leave no date."""
    excluded_codes: list[Code] = Field(default=[], examples=[["99-*"]])
    """S-20: cost codes that aren't taken from CMiC's master list; one that ends in * stands for all that begin so (R-21)."""
    category_types: dict[Code, BaseType] = {
        "L": BaseType.LABOR, "E": BaseType.EQUIPMENT, "M": BaseType.MATERIALS, "S": BaseType.COMMITMENT,
    }  # fmt: skip
    """What Procore calls the kind of each CMiC category; others are `other`."""
    default_cost_types: dict[Code, list[Code]] = Field(default={}, examples=[{"03-100": ["S", "L"]}])
    """The cost types that a standard cost code gets on a project even where its job has no such category (T-01)."""
    masked_classes: list[Code] = Field(default=[], examples=[["EMPLOYEE"]])
    """S-22: vendors of these classes are never offered, and their costs don't come in (R-07)."""
    masked_sources: list[Code] = Field(default=[], examples=[["PETTY"]])
    """S-22: vendors with these cost source codes are never offered, and their costs don't come in (R-07)."""
    transaction_date: DateChoice = DateChoice.REFERENCE
    """S-23: which of a transaction's dates becomes the date of its direct cost."""
    received_date: DateChoice = DateChoice.POST
    """S-23: which of a transaction's dates becomes the received date of its direct cost."""
    journal_codes: dict[Code, DirectCostType] = {
        "AP": DirectCostType.INVOICE, "PR": DirectCostType.PAYROLL, "JC": DirectCostType.EXPENSE,
    }  # fmt: skip
    """S-25: the type of direct cost that a journal's transactions become. A journal that isn't named doesn't come in."""
    transactions: bool = False
    """S-26: job cost transactions come in as direct costs, for the projects that are named besides."""
    transaction_projects: list[ProjectId] = Field(default=[], examples=[[310]])
    """S-26: the Procore projects whose transactions come in."""
    payments_in: bool = True
    """S-27: payments of exported invoices come in from CMiC."""
    compliance: bool = False
    """S-33: compliance documents of contracts and insurance of vendors come in."""
    job_costs_into_procore: bool = True
    """Job costs are given to Procore's budget, too (O-17). Procore offers that to activated ERP integrators only; the Job Costs
    report needs no Procore."""

    @field_validator("schedules")
    @classmethod
    def _are_possible(cls, schedules: dict[str, int]) -> dict[str, int]:
        if unknown := sorted(set(schedules) - set(SCHEDULED)):
            raise ValueError(f"{', '.join(unknown)} can't be scheduled")
        for name, minutes in schedules.items():
            if minutes != 0 and not LEAST_MINUTES <= minutes <= MOST_MINUTES:
                raise ValueError(f"{name}: 0 for never, or {LEAST_MINUTES} to {MOST_MINUTES} minutes")
        return schedules

    def every(self, name: str) -> timedelta | None:
        """How often an import runs by itself; nothing where it doesn't."""
        minutes = self.schedules.get(name, 0)
        return timedelta(minutes=minutes) if minutes else None

    def is_excluded(self, code: str) -> bool:
        """Whether a cost code stays out of what comes from CMiC (S-20)."""
        return any(code.startswith(e[:-1]) if e.endswith("*") else code == e for e in self.excluded_codes)

    def for_exports(self) -> ExportSettings:
        """What mappers and guards of exports may depend on: the rest isn't part of any approval."""
        return ExportSettings.model_validate(self.model_dump(include=set(ExportSettings.model_fields)))


def changed(settings: Settings, name: str, value: Any) -> Settings:
    """The settings with one of them changed. Raises KeyError for one that doesn't exist, ValueError (pydantic's) for a value
    that isn't possible."""
    if name not in Settings.model_fields:
        raise KeyError(name)
    return Settings.model_validate({**settings.model_dump(), name: value})
