"""The control endpoints under ``/_sandbox/``: the accountant's side, faults, settings, traffic. JSON, no sign-in.

All of it is the stand-in's own design; docs/fidelity.md lists the endpoints.
"""

from collections.abc import Sized

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.routing import Route
from starlette.types import ExceptionHandler, Receive, Scope, Send

from sandbox.cmic.accountant import NotPossible
from sandbox.cmic.bodies import Reset, Right, answer, read
from sandbox.cmic.control_books import BooksControl, Endpoint
from sandbox.cmic.control_changes import ChangesControl
from sandbox.cmic.control_costs import CostsControl
from sandbox.cmic.control_jobs import JobsControl
from sandbox.cmic.control_payables import PayablesControl
from sandbox.cmic.faults import Fault, Faults
from sandbox.cmic.jsontext import NotJson, load
from sandbox.cmic.security import EVERY
from sandbox.cmic.settings import METHODS, Settings
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.traffic import Traffic


class Control:
    """The control endpoints as an ASGI application."""

    def __init__(self, tenant: Tenant, faults: Faults, traffic: Traffic, late: Sized) -> None:
        self._tenant = tenant
        self._faults = faults
        self._traffic = traffic
        self._late = late
        self._books = BooksControl(tenant)
        refused: dict[type[Exception], ExceptionHandler] = {
            NotPossible: _not_possible,
            ValidationError: _not_valid,
            NotJson: _not_valid,
        }
        self._app = Starlette(routes=self._routes(), exception_handlers=refused)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one control request."""
        await self._app(scope, receive, send)

    def _routes(self) -> list[Route]:
        endpoints: list[Endpoint] = [
            ("GET", "/health", self._health),
            ("POST", "/reset", self._reset),
            ("GET", "/faults", self._list_faults),
            ("POST", "/faults", self._add_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("DELETE", "/faults/{fault_id:int}", self._remove_fault),
            ("GET", "/settings", self._settings),
            ("PATCH", "/settings", self._change_settings),
            ("GET", "/security", self._security),
            ("POST", "/security", self._change_security),
            ("GET", "/traffic", self._list_traffic),
            ("DELETE", "/traffic", self._reset_traffic),
            ("GET", "/traffic/summary", self._summary),
            *self._books.endpoints(),
            *ChangesControl(self._tenant).endpoints(),
            *PayablesControl(self._tenant).endpoints(),
            *CostsControl(self._tenant).endpoints(),
            *JobsControl(self._tenant).endpoints(),
        ]
        return [Route(f"/_sandbox{path}", endpoint, methods=[method]) for method, path, endpoint in endpoints]

    async def _reset(self, request: HttpRequest) -> HttpResponse:
        """Begin again: books, faults, settings, rights and traffic as at the start."""
        entered = self._books.reset(await read(request, Reset))
        self._faults.clear()
        self._traffic.reset()
        self._tenant.security.revoked.clear()
        self._tenant.settings = self._tenant.initial_settings
        return answer({"entered": entered})

    async def _health(self, request: HttpRequest) -> HttpResponse:
        return answer({"name": "cmic", "environment": self._tenant.environment, "pending": len(self._late)})

    async def _list_faults(self, request: HttpRequest) -> HttpResponse:
        return answer({"faults": [fault.model_dump() for fault in self._faults.all()]})

    async def _add_fault(self, request: HttpRequest) -> HttpResponse:
        return answer(self._faults.add(await read(request, Fault)).model_dump(), 201)

    async def _clear_faults(self, request: HttpRequest) -> HttpResponse:
        self._faults.clear()
        return answer({})

    async def _remove_fault(self, request: HttpRequest) -> HttpResponse:
        if not self._faults.remove(request.path_params["fault_id"]):
            raise NotPossible("there is no such fault")
        return answer({})

    async def _settings(self, request: HttpRequest) -> HttpResponse:
        return answer(self._tenant.settings.model_dump())

    async def _change_settings(self, request: HttpRequest) -> HttpResponse:
        changes = load(await request.body())
        if not isinstance(changes, dict):
            raise NotPossible("settings are an object")
        self._tenant.settings = Settings.model_validate({**self._tenant.settings.model_dump(), **changes})
        return answer(self._tenant.settings.model_dump())

    async def _security(self, request: HttpRequest) -> HttpResponse:
        return answer({"revoked": [list(triple) for triple in sorted(self._tenant.security.revoked)]})

    async def _change_security(self, request: HttpRequest) -> HttpResponse:
        right = await read(request, Right)
        if right.method not in METHODS | {EVERY}:
            raise NotPossible(f"there is no method {right.method}")
        change = self._tenant.security.grant if right.action == "grant" else self._tenant.security.revoke
        change(right.user, right.resource, right.method)
        return await self._security(request)

    async def _list_traffic(self, request: HttpRequest) -> HttpResponse:
        return answer({"requests": self._traffic.lines()})

    async def _reset_traffic(self, request: HttpRequest) -> HttpResponse:
        self._traffic.reset()
        return answer({})

    async def _summary(self, request: HttpRequest) -> HttpResponse:
        return answer(self._traffic.summary() | {"pending": len(self._late)})


async def _not_possible(request: HttpRequest, problem: Exception) -> HttpResponse:
    return answer({"error": str(problem)}, 409)


async def _not_valid(request: HttpRequest, problem: Exception) -> HttpResponse:
    return answer({"error": str(problem)}, 400)
