"""One API request from identity to answer, without waiting: everything between here and the commit is one step.

The order of checks: who (401), licence, where (404), method (405), API Security (403), media types (406, 415), the
request itself (400).
"""

from sandbox.cmic import actions, reading, writing
from sandbox.cmic.auth import Credentials, authenticate
from sandbox.cmic.batch import batch
from sandbox.cmic.describe import describe
from sandbox.cmic.errors import Problem, Refusal, rule
from sandbox.cmic.messages import (
    ITEM,
    JSON,
    TEXT,
    Request,
    Response,
    answer,
    check_accept,
    check_content_type,
    check_framework,
    refusal,
)
from sandbox.cmic.routing import Route, route
from sandbox.cmic.tenant import Tenant

UNLICENSED = "The API program is not licensed. Please contact your system administrator."


def handle(tenant: Tenant, credentials: Credentials, request: Request) -> Response:
    """Answer a request; whatever it writes is committed when this returns."""
    try:
        user = authenticate(credentials, request)
        if not tenant.settings.licensed:
            raise rule(UNLICENSED)
        found = route(tenant.environment, request.path)
        _check_method(tenant, found, request.method)
        if found.what != "batch" and not tenant.security.allows(user, found.resource, request.method):
            raise Refusal(403, Problem(f"User {user} is not granted {request.method} on {found.resource}."))
        check_accept(request)
        check_framework(request)
        return _read(tenant, request, found) if request.method == "GET" else _write(tenant, request, found, user)
    except Refusal as problem:
        return refusal(request, problem)


def _check_method(tenant: Tenant, found: Route, method: str) -> None:
    allowed = _methods(tenant, found)
    if method not in allowed:
        problem = Problem(f"The method {method} is not allowed for {found.resource}.")
        raise Refusal(405, problem, headers={"allow": ", ".join(sorted(allowed))})


def _methods(tenant: Tenant, found: Route) -> frozenset[str]:
    if found.what in ("batch", "action"):
        return frozenset({"POST"})
    if found.what == "collection":
        return tenant.methods(found.resource) & {"GET", "POST"}
    if found.what == "item":
        return tenant.methods(found.resource) & {"GET", "PATCH", "DELETE"}
    return frozenset({"GET"})


def _read(tenant: Tenant, request: Request, found: Route) -> Response:
    if found.what in ("describe", "catalogue"):
        return describe(tenant, request, list(found.tables))
    if found.what == "collection":
        return reading.collection(tenant, request, found.table)
    if found.what == "children":
        return reading.child_collection(tenant, request, found.table, str(found.key), found.child)
    return reading.item(tenant, request, found.table, str(found.key))


def _write(tenant: Tenant, request: Request, found: Route, user: str) -> Response:
    if found.what == "batch":
        return batch(tenant, request, found.application, user)
    if found.action is not None:
        return actions.run(tenant, request, found.action)
    if request.method == "DELETE":
        with tenant.books.transaction():
            writing.delete(tenant, found.table, str(found.key))
        return Response(204, TEXT, b"")
    check_content_type(request, ITEM, JSON)
    payload = request.json()
    before = tenant.books.count(found.table.store)
    with tenant.books.transaction():
        uuid = _stored(tenant, request, found, payload)
    status = 201 if tenant.books.count(found.table.store) > before else 200
    return answer(request, status, ITEM, reading.item_of(tenant, request, found.table, uuid))


def _stored(tenant: Tenant, request: Request, found: Route, payload: object) -> str:
    if request.method == "PATCH":
        return writing.update(tenant, found.table, str(found.key), payload)
    if request.headers.get("upsert-mode", "").lower() == "true":
        return writing.upsert(tenant, found.table, None, payload)
    return writing.create(tenant, found.table, payload)
