"""The control endpoints of change management and job billing: PCIs, JB contracts, starting a job."""

from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from sandbox.cmic import accountant_changes
from sandbox.cmic.accountant import NotPossible
from sandbox.cmic.bodies import ChangeItem, JobKey, Settling, answer, read
from sandbox.cmic.control_books import Endpoint
from sandbox.cmic.tenant import Tenant


class ChangesControl:
    """Handlers over one tenant's books."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def endpoints(self) -> list[Endpoint]:
        """Every endpoint of this class."""
        return [
            ("POST", "/change_items/settle", self._settle),
            ("POST", "/change_items/{deed}", self._change_item),
            ("POST", "/jb_contracts/create", self._create_contract),
            ("POST", "/jobs/start", self._start_job),
        ]

    async def _change_item(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, ChangeItem)
        deed = request.path_params["deed"]
        with self._tenant.books.transaction():
            if deed == "post":
                return answer(accountant_changes.post(self._tenant, wanted.key, wanted.post_date))
            if deed == "void":
                return answer(accountant_changes.void(self._tenant, wanted.key))
            if deed == "delete":
                accountant_changes.delete(self._tenant, wanted.key)
                return answer({})
        raise NotPossible(f"nobody can {deed} a PCI")

    async def _settle(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Settling)
        with self._tenant.books.transaction():
            lines = accountant_changes.settle(self._tenant, wanted.company, wanted.job, wanted.change_item)
        return answer({"lines": lines})

    async def _create_contract(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, JobKey)
        with self._tenant.books.transaction():
            return answer(accountant_changes.create_contract(self._tenant, wanted.company, wanted.job))

    async def _start_job(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, JobKey)
        with self._tenant.books.transaction():
            return answer(accountant_changes.start_job(self._tenant, wanted.company, wanted.job))
