"""Which rows a request is about, in the order it asks for: the finder, the query, the parent and the order together."""

from collections.abc import Mapping

from sandbox.cmic import derived, paging
from sandbox.cmic.conditions import Conditions, conditions
from sandbox.cmic.finders import Search
from sandbox.cmic.matching import compile_test
from sandbox.cmic.naming import Names
from sandbox.cmic.query import All, Expression
from sandbox.cmic.schema import Row, Table, Value
from sandbox.cmic.selections import cut
from sandbox.cmic.tenant import Tenant


def search(
    tenant: Tenant,
    names: Names,
    expression: Expression | None,
    wanted: Search,
    within: Mapping[str, Value],
    order: paging.Order,
) -> list[Row]:
    """The rows of a resource for which all of it holds. The list must not be changed. Raises Refusal 400."""
    ascending_by = order[0][0] if order and not order[0][1] else None
    usable = derived.selectable(names.table)
    asked = conditions(expression, names, usable, ascending_by) if expression else Conditions()
    rest = All(tuple(asked.rest)) if asked.rest else None
    test = compile_test(rest, names) if rest else None
    for name, value in (*wanted.equals.items(), *within.items()):
        asked.equal(name, value)
    if asked.contradictory:
        return []

    key = (frozenset(asked.equals.items()), wanted.since, order)

    def whole() -> list[Row]:
        return tenant.selections.get(names.table, key, lambda: _ordered(tenant, names.table, asked, wanted, order))

    if test is None:
        rows = whole()
    else:
        passes = test
        rows = tenant.selections.get(names.table, (*key, rest), lambda: [row for row in whole() if passes(row) is True])
    return cut(rows, ascending_by, asked.limits) if ascending_by and asked.limits else rows


def _ordered(tenant: Tenant, table: Table, asked: Conditions, wanted: Search, order: paging.Order) -> list[Row]:
    found = derived.rows(tenant.books, table, asked.equals)
    return paging.ordered((row for row in found if wanted.matches(table, row)) if wanted.since else found, order)
