"""What people do in CMiC's job costing screens to set a job up: its cost codes, their categories, and both budgets.

They may enter a code that the company's master list lacks: CMiC's own screen may refuse that, here it is a test's way to
have codes of any kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.cmic import rows
from sandbox.cmic.accountant import NotPossible
from sandbox.cmic.errors import Refusal
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules.base import ALL, unit_of_measure
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant

FLAGS = ("JcatExclCostWip", "JcatExclCostBudgWip", "JcatLabourForecastFlag", "JcatCostToComplOvrdFlg")


@dataclass(frozen=True)
class Category:
    """A category of a cost code with what is known of its budgets (amounts in the company's currency)."""

    code: str
    active: bool = True
    values: Mapping[str, Decimal | str] = field(default_factory=dict)


@dataclass(frozen=True)
class CostCode:
    """A cost code of a job, under a controlling one or ``ALL``, with its categories; none is allowed."""

    code: str
    name: str
    control: str = ALL
    active: bool = True
    categories: Sequence[Category] = ()


def set_up(tenant: Tenant, company: str, job: str, codes: Sequence[CostCode]) -> tuple[int, int]:
    """Enter or change cost codes and categories of a job; returns how many of each. Raises NotPossible."""
    found = tenant.books.one("jcjob", company, job)
    if found is None:
        raise NotPossible(f"there is no job {job} in company {company}")
    for code in codes:
        if code.control != ALL and tenant.books.one("jcjobcostcodes", company, job, code.control) is None:
            raise NotPossible(f"job {job} has no controlling cost code {code.control}")
        values: Row = {
            "GjjpCtrlCode": code.control,
            "GjjpName": code.name,
            "GjjpActiveFlag": _flag(code.active),
            "GjjpJobCtrlCode": found["JobCtrlCode"],
        }
        key: Row = {"GjjpCompCode": company, "GjjpJobCode": job, "GjjpCode": code.code}
        _put(tenant, "jcjobcostcodes", key, values, {"GjjpFactorableFlg": "N"})
        for category in code.categories:
            _category(tenant, company, job, code, category)
    return len(codes), sum(len(code.categories) for code in codes)


def _category(tenant: Tenant, company: str, job: str, code: CostCode, category: Category) -> None:
    for name in ("JcatWmCode", "JcatRevBudgWmCode"):
        try:
            unit_of_measure(tenant, category.values.get(name))
        except Refusal as problem:
            raise NotPossible(problem.text()) from problem
    master = tenant.books.one("jcmastercategories", company, category.code)
    values: Row = {
        "JcatName": master["McatName"] if master else category.code,
        "JcatCatActiveFlag": _flag(category.active),
        "JcatPhaseActiveFlag": _flag(code.active),
        **category.values,
    }
    key: Row = {"JcatCompCode": company, "JcatJobCode": job, "JcatPhsCode": code.code, "JcatCode": category.code}
    _put(tenant, "jcjobcategory", key, values, dict.fromkeys(FLAGS, "N"))


def _put(tenant: Tenant, resource: str, key: Row, values: Mapping[str, Value], others: Mapping[str, Value]) -> None:
    """Change the row with this key, or enter one, with other values that only a new one gets."""
    table = TABLES[resource]
    found = tenant.books.one(resource, *(key[name] for name in table.key))
    row = rows.changed(tenant, table, found, values) if found else rows.new(tenant, table, {**key, **values, **others})
    tenant.books.put(resource, row)


def _flag(value: bool) -> str:
    return "Y" if value else "N"
