"""The control endpoints that touch the books: reading them whole, seeding, and what an accountant does.

Names are always the canonical ones, even where the tenant renames attributes.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from sandbox.cmic import accountant, derived, generated_vendors
from sandbox.cmic.accountant import NotPossible
from sandbox.cmic.bodies import Activity, Assignment, Reset, Subcontract, Vendors, Where, answer, read
from sandbox.cmic.jsontext import load
from sandbox.cmic.resources import TABLES
from sandbox.cmic.seed import named
from sandbox.cmic.tenant import Tenant

Endpoint = tuple[str, str, Callable[[HttpRequest], Awaitable[HttpResponse]]]
"""(method, path under /_sandbox, handler)."""


class BooksControl:
    """Handlers over one tenant's books."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def endpoints(self) -> list[Endpoint]:
        """Every endpoint of this class."""
        return [
            ("GET", "/books", self._counts),
            ("GET", "/books/{resource}", self._rows),
            ("POST", "/seed", self._seed),
            ("POST", "/edit", self._edit),
            ("POST", "/delete", self._delete),
            ("POST", "/subcontracts/{deed}", self._subcontract),
            ("POST", "/assign", self._assign),
            ("POST", "/unassign", self._unassign),
            ("POST", "/jobs/active", self._job_active),
            ("POST", "/vendors", self._vendors),
            ("POST", "/vendors/active", self._vendor_active),
        ]

    def reset(self, wanted: Reset) -> int:
        """Empty the books and enter a seed, if one is named; returns how many rows were entered."""
        try:
            content = named(wanted.seed) if wanted.seed else {}
        except OSError as problem:
            raise NotPossible(str(problem)) from problem
        with self._tenant.books.transaction():
            accountant.clear(self._tenant)
            return accountant.seed(self._tenant, content)

    async def _counts(self, request: HttpRequest) -> HttpResponse:
        books = self._tenant.books
        return answer({name: len(derived.rows(books, table, {})) for name, table in TABLES.items()})

    async def _rows(self, request: HttpRequest) -> HttpResponse:
        resource = request.path_params["resource"]
        if resource not in TABLES:
            raise NotPossible(f"there is no resource {resource}")
        rows = derived.rows(self._tenant.books, TABLES[resource], {})
        wanted = request.query_params.items()
        return answer({"rows": [row for row in rows if all(str(row.get(name)) == value for name, value in wanted)]})

    async def _seed(self, request: HttpRequest) -> HttpResponse:
        content = load(await request.body())
        if not isinstance(content, dict):
            raise NotPossible("a seed is an object of lists of rows by resource")
        with self._tenant.books.transaction():
            return answer({"entered": accountant.seed(self._tenant, content)})

    async def _edit(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Where)
        with self._tenant.books.transaction():
            return answer({"rows": accountant.edit(self._tenant, wanted.resource, wanted.where, wanted.set)})

    async def _delete(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Where)
        with self._tenant.books.transaction():
            return answer({"deleted": accountant.delete(self._tenant, wanted.resource, wanted.where)})

    async def _subcontract(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Subcontract)
        deed = request.path_params["deed"]
        with self._tenant.books.transaction():
            if deed == "post":
                return answer(accountant.post(self._tenant, wanted.key, wanted.post_date))
            if deed in ("process", "in_process"):
                return answer(accountant.start_processing(self._tenant, wanted.key))
            if deed == "void":
                return answer(accountant.void(self._tenant, wanted.key))
        raise NotPossible(f"nobody can {deed} a subcontract")

    async def _assign(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Assignment)
        with self._tenant.books.transaction():
            return answer(accountant.assign(self._tenant, **wanted.model_dump()))

    async def _unassign(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Assignment)
        with self._tenant.books.transaction():
            accountant.unassign(self._tenant, **wanted.model_dump())
        return answer({})

    async def _job_active(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Activity)
        values = {"JobStatusCode": "A" if wanted.active else "I", "JobAllowTransFlag": "Y" if wanted.active else "N"}
        return self._set("jcjob", {"JobCompCode": wanted.company, "JobCode": wanted.code}, values)

    async def _vendors(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Vendors)
        with self._tenant.books.transaction():
            codes = generated_vendors.enter(self._tenant, wanted.company, wanted.count, wanted.seed)
        return answer({"entered": len(codes), "codes": codes})

    async def _vendor_active(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Activity)
        where = {"BpvenCompCode": wanted.company, "BpvenBpCode": wanted.code}
        return self._set("apvendor", where, {"BpvenActiveFlag": "Y" if wanted.active else "N"})

    def _set(self, resource: str, where: dict[str, str], values: dict[str, str]) -> HttpResponse:
        with self._tenant.books.transaction():
            rows = accountant.edit(self._tenant, resource, where, values)
        if not rows:
            raise NotPossible(f"there is no {resource} {where}")
        return answer(rows[0])
