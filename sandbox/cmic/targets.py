"""What a request is about, as faults see it: the resource, the method, and the values that name its record."""

from collections.abc import Iterator
from typing import Any

from sandbox.cmic.derived import addressed
from sandbox.cmic.faults import Target, values, words
from sandbox.cmic.jsontext import NotJson, load
from sandbox.cmic.messages import Request
from sandbox.cmic.resources import TABLES
from sandbox.cmic.tenant import Tenant

BATCH_RESOURCE = "batch"
METHODS = {"create": "POST", "upsert": "POST", "update": "PATCH", "delete": "DELETE", "get": "GET"}
"""The method that each batch operation amounts to."""


def targets(tenant: Tenant, request: Request, resource: str, key: str | None) -> list[Target]:
    """The request itself and, for a batch, each of its parts."""
    body = _body(request)
    keys = values(body) | _stored(tenant, resource, key)
    for name in ("finder", "q"):
        keys |= words(request.parameters.get(name, ""))
    found = [Target(request.method, resource, keys)]
    if resource == BATCH_RESOURCE and isinstance(body, dict) and isinstance(body.get("parts"), list):
        found += _parts(tenant, body["parts"])
    return found


def _parts(tenant: Tenant, parts: list[Any]) -> Iterator[Target]:
    for part in parts:
        if isinstance(part, dict) and isinstance(part.get("path"), str):
            _, _, rest = part["path"].strip("/").partition("/")
            resource, _, key = rest.partition("/")
            method = METHODS.get(str(part.get("operation")), "POST")
            yield Target(method, resource, values(part.get("payload")) | _stored(tenant, resource, key or None))


def _body(request: Request) -> Any:
    try:
        return load(request.body) if request.body else None
    except NotJson:
        return None


def _stored(tenant: Tenant, resource: str, key: str | None) -> frozenset[str]:
    """The key in the URL and the natural key of the row it belongs to."""
    if key is None:
        return frozenset()
    row = addressed(tenant.books, TABLES[resource], key) if resource in TABLES else None
    named = TABLES[resource].key_of(row) if row else ()
    return frozenset([key, *(str(value) for value in named)])
