"""Creating, changing and deleting rows: attribute checks first, all reported together, then business rules.

Used by single requests and by batch parts alike, always inside a transaction. Some rows come with their children in
one POST (cmic-api §1.5).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.cmic import rows
from sandbox.cmic.books import DuplicateKey
from sandbox.cmic.derived import addressed
from sandbox.cmic.errors import Problem, Refusal, bad, jbo
from sandbox.cmic.naming import Names
from sandbox.cmic.reading import find
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules import rules_for
from sandbox.cmic.schema import Attribute, Child, Row, Table, Value
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.values import NotAValue, read


def create(tenant: Tenant, table: Table, payload: Any) -> str:
    """Add a row, with the children that were sent with it; returns its VUuid. Raises Refusal 400."""
    nested, own = table.nested, _object(payload)
    below: list[Row] = []
    wrong: list[Problem] = []
    if nested:
        below, wrong = _children(tenant, nested, own.get(nested.name, []))
        own = {wire: value for wire, value in own.items() if wire != nested.name}
    values, problems = _new_values(tenant, table, own)
    if problems or wrong:
        raise Refusal(400, *problems, *wrong)
    rules, store = rules_for(table.resource), TABLES[table.store]
    row = rules.create(tenant, rows.new(tenant, store, values))
    if nested:
        row, below = rules.compose(tenant, row, below)
    _put(tenant, store, row)
    if nested:
        for child in below:
            _put(tenant, TABLES[nested.resource], child)
    rules.after(tenant, row)
    return str(row[table.uuid])


def _new_values(tenant: Tenant, table: Table, payload: dict[str, Any]) -> tuple[dict[str, Value], list[Problem]]:
    names = tenant.names(table.resource)
    values, problems = _read(names, payload, lambda attribute: attribute.creatable)
    values, missing = _without_key(names, payload, values)
    defaulted = {attribute.name for attribute in table.attributes if attribute.default is not None}
    missing += [a for a in _required(table) if values.get(a.name) is None and a.name not in defaulted]
    problems += [_missing(names, a) for a in missing if not _already(problems, names.wire[a.name])]
    return values, problems


def _children(tenant: Tenant, child: Child, sent: Any) -> tuple[list[Row], list[Problem]]:
    """The new rows of a nested array; what is wrong with one is named by its place in the array."""
    if not isinstance(sent, list) or not all(isinstance(payload, dict) for payload in sent):
        return [], [jbo(29114, f"{child.name} is not a list of JSON objects.", child.name)]
    table = TABLES[child.resource]
    below: list[Row] = []
    problems: list[Problem] = []
    for number, payload in enumerate(sent):
        values, wrong = _new_values(tenant, table, payload)
        problems += [replace(problem, path=f"{child.name}/{number}/{problem.path}") for problem in wrong]
        if not wrong:
            below.append(rows.new(tenant, table, values))
    return below, problems


def update(tenant: Tenant, table: Table, key: str, payload: Any) -> str:
    """Change the attributes that were sent; returns the VUuid. Raises Refusal 400 or 404."""
    store = TABLES[table.store]
    old = _stored(tenant, table, key)
    names = tenant.names(table.resource)
    values, problems = _read(names, _object(payload), lambda attribute: attribute.updatable)
    required = {attribute.name: attribute for attribute in _required(table)}
    problems += [_missing(names, required[n]) for n, value in values.items() if value is None and n in required]
    if problems:
        raise Refusal(400, *problems)
    rules = rules_for(table.resource)
    wanted = rules.update(tenant, old, old | values)
    new = rows.changed(tenant, store, old, {name: wanted[name] for name in store.by_name})
    _put(tenant, store, new)
    rules.after(tenant, new)
    return str(new[store.uuid])


def _stored(tenant: Tenant, table: Table, key: str) -> Row:
    """The stored row that this key names in URLs. Raises Refusal 404."""
    row = tenant.books.get(table.store, str(find(tenant, table, key)[table.uuid]))
    assert row is not None, "it was just found"
    return row


def upsert(tenant: Tenant, table: Table, key: str | None, payload: Any) -> str:
    """Change the row that this key or VUuid names, or create one.

    Whether CMiC matches on the natural key is unknown (A-04), so a row that exists under its natural key only is a
    duplicate here.
    """
    wire = tenant.names(table.resource).wire[table.uuid]
    found = key or _named(tenant, table, _object(payload).get(wire))
    if found and addressed(tenant.books, table, found) is not None:
        return update(tenant, table, found, {name: value for name, value in payload.items() if name != wire})
    return create(tenant, table, payload)


def _named(tenant: Tenant, table: Table, uuid: Any) -> str | None:
    """How URLs name the row with this VUuid."""
    row = tenant.books.get(table.store, uuid) if isinstance(uuid, str) else None
    return str(row[table.url_key]) if row else None


def delete(tenant: Tenant, table: Table, key: str) -> None:
    """Delete a row with its children. Raises Refusal 400 or 404."""
    row = _stored(tenant, table, key)
    rules_for(table.resource).delete(tenant, row)
    erase(tenant, TABLES[table.store], row)


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
