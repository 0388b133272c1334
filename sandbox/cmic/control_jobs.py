"""The control endpoint that sets a job up: cost codes, categories, budgets."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from sandbox.cmic import accountant_jobs
from sandbox.cmic.bodies import Body, answer, read
from sandbox.cmic.control_books import Endpoint
from sandbox.cmic.rules.base import ALL
from sandbox.cmic.tenant import Tenant

Money = Annotated[Decimal, Field(max_digits=18, decimal_places=2)]
Units = Annotated[Decimal, Field(max_digits=18, decimal_places=6)]
Code = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9./ \-]{0,15}$")]


class Category(Body):
    """A category with its budgets: a current amount is the original one when it is left out."""

    code: Code
    active: bool = True
    original: Money | None = None
    current: Money | None = None
    projected: Money | None = None
    units: Units | None = None
    unit: str | None = None
    revenue: Money | None = None
    current_revenue: Money | None = None
    revenue_units: Units | None = None
    revenue_unit: str | None = None

    def values(self) -> dict[str, Decimal | str]:
        """What was given, by attribute."""
        current = self.original if self.current is None else self.current
        given = {
            "JcatOrigBudgAmt": self.original,
            "JcatCurrBudgAmt": current,
            "JcatProjAmt": current if self.projected is None else self.projected,
            "JcatBudgUnit": self.units,
            "JcatWmCode": self.unit,
            "JcatOrigRevBudgAmt": self.revenue,
            "JcatCurrRevBudgAmt": self.revenue if self.current_revenue is None else self.current_revenue,
            "JcatRevBudgUnit": self.revenue_units,
            "JcatRevBudgWmCode": self.revenue_unit,
        }
        return {name: value for name, value in given.items() if value is not None}


class CostCode(Body):
    """A cost code; its name is the code when it is left out."""

    code: Code
    name: str | None = Field(default=None, max_length=50)
    control: str = ALL
    active: bool = True
    categories: list[Category] = Field(default_factory=list)

    def entry(self) -> accountant_jobs.CostCode:
        """The same for the accountant."""
        categories = [accountant_jobs.Category(c.code, c.active, c.values()) for c in self.categories]
        return accountant_jobs.CostCode(self.code, self.name or self.code, self.control, self.active, categories)


class JobCodes(Body):
    """Cost codes of a job, a controlling one before those under it."""

    company: str
    job: str
    codes: list[CostCode] = Field(min_length=1)


class JobsControl:
    """Handlers over one tenant's jobs."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def endpoints(self) -> list[Endpoint]:
        """Every endpoint of this class."""
        return [("POST", "/jobs/codes", self._codes)]

    async def _codes(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, JobCodes)
        entries = [code.entry() for code in wanted.codes]
        with self._tenant.books.transaction():
            codes, categories = accountant_jobs.set_up(self._tenant, wanted.company, wanted.job, entries)
        return answer({"codes": codes, "categories": categories})
