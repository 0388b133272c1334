"""GET: a collection, one row, a child collection (cmic-api §1.4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.cmic import derived, example, finders, links, paging, query
from sandbox.cmic.errors import Refusal, bad, jbo
from sandbox.cmic.finders import Search
from sandbox.cmic.jsontext import Json
from sandbox.cmic.messages import COLLECTION, ITEM, Request, Response, answer
from sandbox.cmic.naming import Names
from sandbox.cmic.schema import Child, Row, Table, Value
from sandbox.cmic.searching import search
from sandbox.cmic.tenant import Tenant

COLLECTIONS_FROM = 3
"""The framework version from which expanded children are collections instead of bare arrays (cmic-api §1.3)."""


@dataclass(frozen=True)
class View:
    """Shows rows of one resource to one caller."""

    tenant: Tenant
    request: Request
    table: Table
    shape: paging.Shape

    def item(self, row: Row) -> dict[str, Json]:
        """A row as an item: its attributes, inlined children, links."""
        wire = self.tenant.names(self.table.resource).out(row)
        fields = self.shape.fields
        shown: dict[str, Json] = {name: value for name, value in wire.items() if fields is None or name in fields}
        for child in self.shape.expand:
            shown[child.name] = self._children(child, row)
        if self.shape.links:
            shown["links"] = links.of_row(self.request.host, self.tenant.environment, self.table, row)
        return shown

    def _children(self, child: Child, row: Row) -> Json:
        table = self.tenant.names(child.resource).table
        rows = derived.rows(self.tenant.books, table, joined(child, row))
        view = View(self.tenant, self.request, table, paging.Shape(None, self.shape.links, ()))
        if self.request.framework < COLLECTIONS_FROM:
            return [view.item(row) for row in rows]
        key = str(row[self.table.url_key])
        href = links.address(self.request.host, self.tenant.environment, self.table, f"{key}/child/{child.name}")
        return view.envelope(rows, paging.DEFAULT_LIMIT, 0, href, child.name)

    def envelope(self, rows: list[Row], limit: int, offset: int, href: str, name: str) -> dict[str, Json]:
        """A page of rows as a collection."""
        shown = rows[offset : offset + limit]
        return {
            "items": [self.item(row) for row in shown],
            "count": len(shown),
            "hasMore": offset + limit < len(rows),
            "limit": limit,
            "offset": offset,
            "links": [links.link("self", href, name, "collection")],
        }


def joined(child: Child, row: Row) -> dict[str, Value]:
    """What a child's attributes must equal to belong to this row."""
    return {theirs: row[ours] for ours, theirs in child.join}


def item_of(tenant: Tenant, request: Request, table: Table, uuid: str) -> dict[str, Json]:
    """One whole row after a write, with its links; with the children created along with it, if the tenant does so."""
    row = derived.row(tenant.books, table, uuid)
    assert row is not None, "the row was just written"
    below = (table.nested,) if table.nested and tenant.settings.created_with_children else ()
    return View(tenant, request, table, paging.Shape(None, True, below)).item(row)


def find(tenant: Tenant, table: Table, key: str) -> Row:
    """The row that this key names in URLs, as its view shows it. Raises Refusal 404."""
    row = derived.addressed(tenant.books, table, key)
    if row is None:
        raise Refusal(404, jbo(25020, f"View row of key {key} is not found in {table.view}."))
    return row


def item(tenant: Tenant, request: Request, table: Table, key: str) -> Response:
    """GET one row: the bare item."""
    parameters = request.parameters
    paging.check_parameters(parameters, paging.ITEM_PARAMETERS)
    view = View(tenant, request, table, paging.shape(parameters, tenant.names(table.resource)))
    return answer(request, 200, ITEM, view.item(find(tenant, table, key)))


def child_collection(tenant: Tenant, request: Request, table: Table, key: str, name: str) -> Response:
    """GET the children of one row."""
    child = table.child(name)
    if child is None:
        raise Refusal(404, jbo(27520, f"Accessor {name} is not found in {table.view}."))
    row = find(tenant, table, key)
    href = links.address(request.host, tenant.environment, table, f"{key}/child/{name}")
    return collection(tenant, request, tenant.names(child.resource).table, joined(child, row), href)


def collection(
    tenant: Tenant,
    request: Request,
    table: Table,
    within: Mapping[str, Value] | None = None,
    href: str | None = None,
) -> Response:
    """GET a collection, or (``within``) the part of it that belongs to one parent. Raises Refusal 400."""
    parameters, names = request.parameters, tenant.names(table.resource)
    paging.check_parameters(parameters, paging.COLLECTION_PARAMETERS)
    view = View(tenant, request, table, paging.shape(parameters, names))
    limit, offset = paging.page(parameters)
    rows = _in_order(tenant, _search(tenant, request, names, within or {}), parameters)
    href = href or links.address(request.host, tenant.environment, table)
    body = view.envelope(rows, limit, offset, href, table.resource)
    if paging.wants_total(parameters):
        body["totalResults"] = len(rows)
    return answer(request, 200, COLLECTION, body)


def _search(tenant: Tenant, request: Request, names: Names, within: Mapping[str, Value]) -> list[Row]:
    parameters = request.parameters
    wanted = finders.search(names.table, parameters["finder"]) if "finder" in parameters else Search({})
    return search(tenant, names, _expression(request), wanted, within, paging.order(parameters.get("orderBy"), names))


def _expression(request: Request) -> query.Expression | None:
    """What ``q`` asks for. Raises Refusal 400."""
    source = request.parameters.get("q")
    if source is None:
        return None
    try:
        return query.parse(source) if request.framework > 1 else example.parse(source)
    except query.QuerySyntax as problem:
        raise bad(jbo(27520, f"The query {source} cannot be read: {problem}")) from problem


def _in_order(tenant: Tenant, rows: list[Row], parameters: dict[str, str]) -> list[Row]:
    """Without an order, paging is not stable; a setting makes that visible by turning the rows at every request."""
    if "orderBy" in parameters or not tenant.settings.unstable_order or not rows:
        return rows
    turn = tenant.requests_served % len(rows)
    return rows[turn:] + rows[:turn]
