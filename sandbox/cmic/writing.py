"""Creating, changing and deleting rows: attribute checks first, all reported together, then business rules.

Used by single requests and by batch parts alike, always inside a transaction (cmic-api §1.5).
"""

from collections.abc import Callable
from typing import Any

from sandbox.cmic import rows
from sandbox.cmic.books import DuplicateKey
from sandbox.cmic.errors import Problem, Refusal, bad, jbo
from sandbox.cmic.naming import Names
from sandbox.cmic.reading import find
from sandbox.cmic.rules import rules_for
from sandbox.cmic.schema import Attribute, Row, Table, Value
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.values import NotAValue, read


def create(tenant: Tenant, table: Table, payload: Any) -> str:
    """Add a row; returns its VUuid. Raises Refusal 400."""
    names = tenant.names(table.resource)
    values, problems = _read(names, _object(payload), lambda attribute: attribute.creatable)
    values, missing = _without_key(names, payload, values)
    defaulted = {attribute.name for attribute in table.attributes if attribute.default is not None}
    missing += [a for a in _required(table) if values.get(a.name) is None and a.name not in defaulted]
    problems += [_missing(names, a) for a in missing if not _already(problems, names.wire[a.name])]
    if problems:
        raise Refusal(400, *problems)
    rules = rules_for(table.resource)
    row = rules.create(tenant, rows.new(tenant, table, values))
    _put(tenant, table, row)
    rules.after(tenant, row)
    return str(row[table.uuid])


def update(tenant: Tenant, table: Table, key: str, payload: Any) -> str:
    """Change the attributes that were sent; returns the VUuid. Raises Refusal 400 or 404."""
    find(tenant, table, key)
    old = tenant.books.get(table.resource, key)
    assert old is not None, "it was just found"
    names = tenant.names(table.resource)
    values, problems = _read(names, _object(payload), lambda attribute: attribute.updatable)
    required = {attribute.name: attribute for attribute in _required(table)}
    problems += [_missing(names, required[n]) for n, value in values.items() if value is None and n in required]
    if problems:
        raise Refusal(400, *problems)
    rules = rules_for(table.resource)
    wanted = rules.update(tenant, old, old | values)
    new = rows.changed(tenant, table, old, {name: wanted[name] for name in table.by_name})
    _put(tenant, table, new)
    rules.after(tenant, new)
    return key


def upsert(tenant: Tenant, table: Table, key: str | None, payload: Any) -> str:
    """Change the row with this VUuid, or create one.

    Whether CMiC matches on the natural key is unknown (A-04), so a row that exists under its natural key only is a
    duplicate here.
    """
    wire = tenant.names(table.resource).wire[table.uuid]
    found = key or _object(payload).get(wire)
    if isinstance(found, str) and tenant.books.get(table.resource, found) is not None:
        return update(tenant, table, found, {name: value for name, value in payload.items() if name != wire})
    return create(tenant, table, payload)


def delete(tenant: Tenant, table: Table, key: str) -> None:
    """Delete a row with its children. Raises Refusal 400 or 404."""
    find(tenant, table, key)
    row = tenant.books.get(table.resource, key)
    assert row is not None, "it was just found"
    rules_for(table.resource).delete(tenant, row)
    erase(tenant, table, row)


def erase(tenant: Tenant, table: Table, row: Row) -> None:
    """Take a row and its children out, whatever the rules say."""
    for child in table.children:
        for below in tenant.books.select(child.resource, {theirs: row[ours] for ours, theirs in child.join}):
            tenant.books.drop(child.resource, str(below[tenant.names(child.resource).table.uuid]))
    tenant.books.drop(table.resource, str(row[table.uuid]))
    rules_for(table.resource).after(tenant, row)


def _object(payload: Any) -> dict[str, Any]:
    if not isinstance(payload, dict):
        raise bad(jbo(29114, "The request payload is not a JSON object."))
    return payload


def _required(table: Table) -> list[Attribute]:
    return [attribute for attribute in table.attributes if attribute.required and attribute.kind != "uuid"]


def _read(
    names: Names, payload: dict[str, Any], allowed: Callable[[Attribute], bool]
) -> tuple[dict[str, Value], list[Problem]]:
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for wire, raw in payload.items():
        name = names.canonical.get(wire)
        if name is None:
            problems.append(names.unknown(wire))
            continue
        attribute = names.table.by_name[name]
        if not allowed(attribute):
            problems.append(jbo(27008, f"Attribute {wire} in {names.table.view} cannot be set.", wire))
            continue
        try:
            values[name] = read(attribute, wire, names.table.view, raw)
        except NotAValue as problem:
            problems.append(problem.problem)
    return values, problems


def _without_key(
    names: Names, payload: dict[str, Any], values: dict[str, Value]
) -> tuple[dict[str, Value], list[Attribute]]:
    """The VUuid is sent empty where it is required; only the server makes one (cmic-api §1.5)."""
    attribute = names.table.by_name[names.table.uuid]
    wire = names.wire[attribute.name]
    if values.pop(attribute.name, None) is not None:
        raise bad(jbo(27008, f"Attribute {wire} in {names.table.view} cannot be set.", wire))
    missing = [attribute] if attribute.required and wire not in payload else []
    return values, missing


def _already(problems: list[Problem], wire: str) -> bool:
    return any(problem.path == wire for problem in problems)


def _missing(names: Names, attribute: Attribute) -> Problem:
    wire = names.wire[attribute.name]
    return jbo(27014, f"Attribute {wire} in {names.table.view} is required.", wire)


def _put(tenant: Tenant, table: Table, row: Row) -> None:
    try:
        tenant.books.put(table.resource, row)
    except DuplicateKey as problem:
        shown = " ".join(str(part) for part in problem.key)
        raise bad(jbo(25013, f"Too many objects match the primary key oracle.jbo.Key[{shown} ].")) from problem
