"""The control endpoints of job costing: posted rows by hand or by the thousand, reversed, purged, added up."""

from typing import Any, Self

from pydantic import Field, model_validator
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from sandbox.cmic import accountant_costs
from sandbox.cmic.bodies import Body, answer, read
from sandbox.cmic.control_books import Endpoint
from sandbox.cmic.control_payables import DAY
from sandbox.cmic.tenant import Tenant

MOST = 500_000
"""More rows than this are not made at once."""


class Transactions(Body):
    """Rows of a job: these, or a number of invented ones."""

    company: str
    job: str
    rows: list[dict[str, Any]] | None = None
    count: int | None = Field(default=None, ge=1, le=MOST)
    seed: int = 1

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.rows is None) == (self.count is None):
            raise ValueError("either rows or a count")
        return self


class Reversal(Body):
    """Which row is taken back, and the post date of the row that does it; today when left out."""

    uuid: str
    post_date: str | None = Field(default=None, pattern=DAY)


class Purge(Body):
    """Which rows of a job are deleted; all of them when nothing more is said."""

    company: str
    job: str
    where: dict[str, Any] = Field(default_factory=dict)


class CostsControl:
    """Handlers over one tenant's job cost detail."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def endpoints(self) -> list[Endpoint]:
        """Every endpoint of this class."""
        return [
            ("POST", "/transactions", self._enter),
            ("POST", "/transactions/reverse", self._reverse),
            ("POST", "/transactions/delete", self._delete),
            ("GET", "/transactions/totals/{company}/{job}", self._totals),
        ]

    async def _enter(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Transactions)
        with self._tenant.books.transaction():
            if wanted.rows is not None:
                entered = accountant_costs.enter(self._tenant, wanted.company, wanted.job, wanted.rows)
                return answer({"entered": len(entered), "rows": entered})
            assert wanted.count is not None, "one of the two is there"
            total = accountant_costs.generate(self._tenant, wanted.company, wanted.job, wanted.count, wanted.seed)
            return answer({"entered": wanted.count, "amount": total})

    async def _reverse(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Reversal)
        with self._tenant.books.transaction():
            return answer(accountant_costs.reverse(self._tenant, wanted.uuid, wanted.post_date))

    async def _delete(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Purge)
        with self._tenant.books.transaction():
            deleted = accountant_costs.purge(self._tenant, wanted.company, wanted.job, wanted.where)
        return answer({"deleted": deleted})

    async def _totals(self, request: HttpRequest) -> HttpResponse:
        company, job = request.path_params["company"], request.path_params["job"]
        return answer({"totals": accountant_costs.totals(self._tenant, company, job)})
