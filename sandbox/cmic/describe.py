"""``describe``: a resource's own account of its attributes, finders and actions, in ADF's form (cmic-api §1.4).

It speaks the tenant's attribute names, so that a client can settle its assumptions against a real tenant.
"""

from sandbox.cmic import links
from sandbox.cmic.jsontext import Json
from sandbox.cmic.messages import BATCH, COLLECTION, DESCRIPTION, ITEM, JSON, Request, Response, answer
from sandbox.cmic.naming import Names
from sandbox.cmic.paging import DEFAULT_LIMIT
from sandbox.cmic.schema import Attribute, Child, Finder, Table
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.values import PRECISION, SCALES

TYPES = {
    "code": "string",
    "text": "string",
    "flag": "string",
    "uuid": "string",
    "amount": "number",
    "number": "number",
    "integer": "integer",
    "date": "date",
    "time": "datetime",
}


def describe(tenant: Tenant, request: Request, tables: list[Table]) -> Response:
    """The description of one resource, or of every resource of an application."""
    resources: dict[str, Json] = {table.resource: _resource(tenant, request, table) for table in tables}
    return answer(request, 200, DESCRIPTION, {"Resources": resources})


def _resource(tenant: Tenant, request: Request, table: Table) -> Json:
    names, methods = tenant.names(table.resource), tenant.methods(table.resource)
    href = links.address(request.host, tenant.environment, table)
    children: dict[str, Json] = {child.name: _child(tenant, child) for child in table.children}
    return {
        "discrColumnType": False,
        "title": table.title,
        "titlePlural": table.title,
        "attributes": [_attribute(names, attribute) for attribute in table.attributes],
        "collection": {
            "rangeSize": DEFAULT_LIMIT,
            "finders": [_finder(finder) for finder in table.finders],
            "links": [links.link("self", href, table.resource, "collection")],
            "actions": _collection_actions(methods),
        },
        "item": {
            "links": [links.link("self", f"{href}/{{id}}", table.resource, "item")],
            "actions": _item_actions(methods),
        },
        "children": children,
        "links": [links.link("self", f"{href}/describe", "self", "describe")],
    }


def _child(tenant: Tenant, child: Child) -> Json:
    """A child by its resource; or, when it has no URL of its own, by its attributes."""
    names = tenant.names(child.resource)
    if names.table.methods:
        return {"resource": child.resource}
    return {"attributes": [_attribute(names, attribute) for attribute in names.table.attributes]}


def _attribute(names: Names, attribute: Attribute) -> Json:
    described: dict[str, Json] = {
        "name": names.wire[attribute.name],
        "type": TYPES[attribute.kind],
        "updatable": attribute.updatable or attribute.creatable,
        "mandatory": attribute.required,
        "queryable": True,
        "allowChanges": _changes(attribute),
        "title": attribute.label,
    }
    if attribute.length is not None:
        described["maxLength"] = str(attribute.length)
        described["precision"] = attribute.length
    if attribute.kind in SCALES:
        described["precision"] = PRECISION
        described["scale"] = SCALES[attribute.kind]
    return described


def _changes(attribute: Attribute) -> str:
    if attribute.updatable:
        return "always"
    return "whileNew" if attribute.creatable else "never"


def _finder(finder: Finder) -> Json:
    attributes: list[Json] = [
        {"name": name, "type": "datetime" if name == finder.since else "string", "required": "Optional"}
        for name in sorted(finder.parameters)
    ]
    return {"name": finder.name, "title": finder.name, "attributes": attributes}


def _collection_actions(methods: frozenset[str]) -> list[Json]:
    actions = [_action("get", "GET", [], [JSON, COLLECTION])]
    if "POST" in methods:
        actions += [_action(name, "POST", [ITEM, JSON], [JSON, ITEM]) for name in ("create", "upsert")]
        actions.append(_action("batch", "POST", [BATCH], [JSON, BATCH]))
    return actions


def _item_actions(methods: frozenset[str]) -> list[Json]:
    actions = [_action("get", "GET", [], [JSON, ITEM])]
    if "PATCH" in methods:
        actions.append(_action("update", "PATCH", [ITEM, JSON], [JSON, ITEM]))
    if "DELETE" in methods:
        actions.append(_action("delete", "DELETE", [], []))
    return actions


def _action(name: str, method: str, takes: list[str], gives: list[str]) -> Json:
    described: dict[str, Json] = {"name": name, "method": method}
    if takes:
        described["requestType"] = list(takes)
    if gives:
        described["responseType"] = list(gives)
    return described
