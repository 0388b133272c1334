"""The reports as shapes: what each is called, what it shows, what a person needs who asks for it (requirements §5, P-01 to
P-04, I-11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

Cell = str | Decimal | None


class Shows(StrEnum):
    TEXT = "text"
    AMOUNT = "amount"
    """In the job's currency, to the cent."""
    REMARK = "remark"
    """A sentence: on paper it stands with the other remarks of its row."""


@dataclass(frozen=True)
class Column:
    name: str
    title: str
    shows: Shows = Shows.TEXT


@dataclass(frozen=True)
class Shape:
    """One report at one level. `permission` names what a person needs; empty: nothing is asked here."""

    name: str
    title: str
    columns: tuple[Column, ...]
    requirement: str
    permission: str = ""
    of_a_project: bool = False
    adds_up: bool = False


@dataclass(frozen=True)
class Report:
    """A filled shape. Each row has a cell for every column; `notes` say what a reader should know."""

    shape: Shape
    rows: list[dict[str, Cell]]
    notes: list[str] = field(default_factory=list)

    @property
    def totals(self) -> dict[str, Cell]:
        """The sum of each column of amounts, nothing for one without any; empty where the report doesn't add up."""
        names = [c.name for c in self.shape.columns if c.shows is Shows.AMOUNT] if self.shape.adds_up else []
        amounts = {name: [v for row in self.rows if isinstance(v := row[name], Decimal)] for name in names}
        return {name: sum(found, Decimal(0)) if found else None for name, found in amounts.items()}


def _text(name: str, title: str = "") -> Column:
    return Column(name, title or name.replace("_", " "))


def _amounts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, name.replace("_", " "), Shows.AMOUNT) for name in names)


_COSTS = (
    *_amounts("original_budget", "commitment_invoiced"),
    Column("job_to_date", "JTD cost", Shows.AMOUNT),
    *_amounts("direct_costs"),
)

ACCOUNTANTS = Shape(
    "accountants",
    "Accounting approvers",
    (_text("name"), _text("level", "level on the ERP tool")),
    "P-01, S-03",
    permission="accountant_report",
)
JOB_COSTS = Shape(
    "job-costs",
    "Job costs of all linked projects",
    (_text("erp_company", "CMiC company"), _text("job"), _text("project"), *_COSTS),
    "P-02, R-24",
    permission="job_costs_report",
    adds_up=True,
)
JOB_COSTS_OF_PROJECT = Shape(
    "job-costs",
    "Job costs",
    (_text("cost_code"), _text("category"), *_COSTS),
    "P-02, R-24",
    permission="project_job_costs_report",
    of_a_project=True,
    adds_up=True,
)
UNSYNCABLE = Shape(
    "unsyncable",
    "Transactions that can't come in",
    (
        *(_text(name) for name in ("date", "journal", "source", "cost_code", "category")),
        *_amounts("amount"),
        *(Column(name, name, Shows.REMARK) for name in ("reason", "owner", "where")),
    ),
    "P-03",
    of_a_project=True,
    adds_up=True,
)
ARCHIVED_COMPANIES = Shape(
    "archived-companies",
    "Vendors and customers that are kept out of the lists",
    (_text("kind"), _text("erp_company", "CMiC company"), *(_text(n) for n in ("code", "name", "why", "who", "when"))),
    "P-04, R-06",
    permission="archive_company",
)
SUB_JOBS = Shape(
    "sub-jobs",
    "Synced sub jobs",
    (
        _text("erp_company", "CMiC company"),
        *(_text(name) for name in ("code", "name", "project")),
        _text("control_job", "control job"),
    ),
    "P-04, O-06",
    permission="view_sub_jobs",
)
SHAPES = (ACCOUNTANTS, JOB_COSTS, JOB_COSTS_OF_PROJECT, UNSYNCABLE, ARCHIVED_COMPANIES, SUB_JOBS)


def shape_of(name: str, *, of_a_project: bool) -> Shape | None:
    """The report of this name at this level; of one that has a single level, that. Nothing for an unknown one."""
    named = [shape for shape in SHAPES if shape.name == name]
    return next((shape for shape in named if shape.of_a_project is of_a_project), named[0] if named else None)
