"""The batch request: several operations, one commit (cmic-api §1.5).

``POST /{environment}/{application}/rest``; every part needs id, path, operation and payload (payload not for get and
delete). Either everything is committed, or nothing and only the failing parts are listed, each with its error as
payload. More than 1000 parts are refused with 413 (CMiC developer portal, Batch Request Limits).
"""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.cmic.errors import Problem, Refusal, bad, jbo
from sandbox.cmic.jsontext import Json
from sandbox.cmic.messages import BATCH, Request, Response, answer, check_content_type
from sandbox.cmic.reading import find, item_of
from sandbox.cmic.resources import APPLICATIONS
from sandbox.cmic.schema import Table
from sandbox.cmic.targets import METHODS
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.writing import create, delete, update, upsert

WITHOUT_PAYLOAD = frozenset({"get", "delete"})
_PATH = re.compile(r"/(?P<version>[^/]+)/(?P<resource>[^/]+)(?:/(?P<key>[^/]+))?")


@dataclass(frozen=True)
class Part:
    """One operation of a batch."""

    id: str
    path: str
    operation: str
    payload: Any


Place = tuple[Table, str]
"""A row: its resource and its VUuid."""


class _SomeFailed(Exception):
    """At least one part failed, so that nothing is committed."""


def batch(tenant: Tenant, request: Request, application: str, user: str) -> Response:
    """Do every part or none. Raises Refusal for an envelope that cannot be read."""
    check_content_type(request, BATCH)
    parts = _parts(request.json(), tenant.settings.batch_limit)
    failed: list[Json] = []
    try:
        with tenant.books.transaction():
            done = [_attempt(tenant, request, application, user, part, failed) for part in parts]
            if failed:
                raise _SomeFailed
            # Rows are shown as they are at the end, so that a header's amount includes its lines.
            shown = [_shown(part, _row(tenant, request, place)) for part, place in zip(parts, done, strict=True)]
    except _SomeFailed:
        return answer(request, 400, BATCH, {"parts": failed})
    return answer(request, 200, BATCH, {"parts": shown})


def _shown(part: Part, payload: Json) -> Json:
    shown: dict[str, Json] = {"id": part.id, "path": part.path, "operation": part.operation}
    return shown if payload is None else shown | {"payload": payload}


def _row(tenant: Tenant, request: Request, place: Place | None) -> Json:
    return item_of(tenant, request, *place) if place and tenant.books.get(place[0].store, place[1]) else None


def _attempt(
    tenant: Tenant, request: Request, application: str, user: str, part: Part, failed: list[Json]
) -> Place | None:
    try:
        return _do(tenant, application, user, part)
    except Refusal as problem:
        failed.append(_shown(part, problem.body(request.framework)))
        return None


def _do(tenant: Tenant, application: str, user: str, part: Part) -> Place | None:
    """Do one part; returns the row it left behind."""
    table, key = _resource(application, part.path)
    _check_allowed(tenant, user, table, part.operation)
    if part.operation in ("update", "delete", "get") and key is None:
        raise bad(jbo(29114, f"The path {part.path} names no row for operation {part.operation}."))
    if part.operation == "create" and key is not None:
        raise bad(jbo(29114, f"The path {part.path} must name a collection for operation create."))
    if part.operation == "delete":
        delete(tenant, table, str(key))
        return None
    return table, _written(tenant, table, key, part)


def _written(tenant: Tenant, table: Table, key: str | None, part: Part) -> str:
    if part.operation == "create":
        return create(tenant, table, part.payload)
    if part.operation == "upsert":
        return upsert(tenant, table, key, part.payload)
    if part.operation == "update":
        return update(tenant, table, str(key), part.payload)
    return str(find(tenant, table, str(key))[table.uuid])


def _check_allowed(tenant: Tenant, user: str, table: Table, operation: str) -> None:
    method, supported = METHODS[operation], tenant.settings.batch_resources
    if method not in tenant.methods(table.resource) or (supported is not None and table.resource not in supported):
        raise bad(jbo(27520, f"The operation {operation} is not supported for {table.resource}."))
    if not tenant.security.allows(user, table.resource, method):
        raise Refusal(403, Problem(f"User {user} is not granted {method} on {table.resource}."))


def _resource(application: str, path: str) -> tuple[Table, str | None]:
    found = _PATH.fullmatch(path)
    if found:
        for (_, version), resources in APPLICATIONS[application].items():
            if found["resource"] in resources and found["version"] == version:
                return resources[found["resource"]], found["key"]
    raise Refusal(404, Problem(f"The resource path {path} does not exist in {application}."))


def _parts(body: Any, limit: int) -> list[Part]:
    found = body.get("parts") if isinstance(body, dict) else None
    if not isinstance(found, list) or not found:
        raise bad(jbo(29114, "A batch request needs a list of parts."))
    if len(found) > limit:
        raise Refusal(413, Problem(f"413 Content Too Large {{Batch size exceeded, maximum is {limit}}}"))
    parts = [_part(number, raw) for number, raw in enumerate(found)]
    if len({part.id for part in parts}) < len(parts):
        raise bad(jbo(29114, "The ids of the parts of a batch request must differ."))
    return parts


def _part(number: int, raw: Any) -> Part:
    fields = raw if isinstance(raw, dict) else {}
    for name in ("id", "path", "operation"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise bad(jbo(29114, f"Attribute {name} of a batch part is required.", f"parts/{number}/{name}"))
    operation = fields["operation"]
    if operation not in METHODS:
        raise bad(jbo(29114, f"The operation {operation} does not exist.", f"parts/{number}/operation"))
    if operation not in WITHOUT_PAYLOAD and "payload" not in fields:
        raise bad(jbo(29114, "Attribute payload of a batch part is required.", f"parts/{number}/payload"))
    return Part(fields["id"], fields["path"], operation, fields.get("payload"))
