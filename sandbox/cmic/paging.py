"""The parameters that shape an answer: ``limit``, ``offset``, ``orderBy``, ``fields``, ``expand`` (cmic-api §1.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sandbox.cmic.errors import Refusal, bad, jbo
from sandbox.cmic.naming import Names
from sandbox.cmic.schema import Child, Row, Table, Value

DEFAULT_LIMIT = 25
"""ADF's default page. CMiC's own is unknown (cmic-api §1.4)."""

LARGEST_LIMIT = 1000

COLLECTION_PARAMETERS = frozenset(
    {"finder", "q", "fields", "limit", "offset", "orderBy", "totalResults", "expand", "onlyData"}
)
ITEM_PARAMETERS = frozenset({"fields", "expand", "onlyData"})


@dataclass(frozen=True)
class Shape:
    """How rows are shown: which wire names (all, when None), with links or without, which children inlined."""

    fields: frozenset[str] | None
    links: bool
    expand: tuple[Child, ...]


def check_parameters(parameters: Iterable[str], allowed: frozenset[str]) -> None:
    """Refuse a query parameter that does not exist."""
    for name in parameters:
        if name not in allowed:
            raise bad(jbo(27520, f"URL request parameter {name} cannot be used in this context."))


def shape(parameters: dict[str, str], names: Names) -> Shape:
    """Read ``fields``, ``onlyData`` and ``expand``. Raises Refusal 400."""
    fields = None
    if wanted := parameters.get("fields"):
        fields = frozenset(part.strip() for part in wanted.split(","))
        for field in fields:
            names.attribute(field)
    return Shape(fields, not _boolean(parameters, "onlyData"), _children(parameters.get("expand"), names.table))


def wants_total(parameters: dict[str, str]) -> bool:
    """Whether ``totalResults`` was asked for."""
    return _boolean(parameters, "totalResults")


def page(parameters: dict[str, str]) -> tuple[int, int]:
    """(limit, offset). More than 1000 rows at once are refused, not cut down (cmic-api §1.4)."""
    limit = _whole(parameters, "limit", DEFAULT_LIMIT)
    if limit > LARGEST_LIMIT:
        raise bad(jbo(27520, f"The limit {limit} exceeds the maximum of {LARGEST_LIMIT} records per request."))
    return limit, _whole(parameters, "offset", 0)


Order = tuple[tuple[str, bool], ...]
"""What rows are ordered by: (attribute, descending), the first one first."""

SortKey = tuple[bool, Decimal, str]
"""What values compare by. As in Oracle, nulls are highest."""

NULLS: SortKey = (True, Decimal(0), "")
"""Where the rows without a value begin."""


def ordered(rows: Iterable[Row], order: Order) -> list[Row]:
    """The rows in that order, or as they are."""
    result = list(rows)
    for name, descending in reversed(order):
        result.sort(key=lambda row: sort_key(row[name]), reverse=descending)
    return result


def order(order_by: str | None, names: Names) -> Order:
    """Read ``orderBy``. Raises Refusal 400."""
    parts = [part.strip() for part in order_by.split(",")] if order_by else []
    if "default" in parts:
        if len(parts) > 1:
            raise bad(jbo(27520, "orderBy=default cannot be combined with explicit sorting."))
        return ()
    result = []
    for part in parts:
        wire, _, direction = part.partition(":")
        if direction not in ("", "asc", "desc"):
            raise bad(jbo(27520, f"orderBy={part} is not Attribute:asc or Attribute:desc."))
        result.append((names.attribute(wire).name, direction == "desc"))
    return tuple(result)


def sort_key(value: Value) -> SortKey:
    """What a value compares by."""
    if isinstance(value, (int, Decimal)):
        return False, Decimal(value), ""
    return (False, _NOTHING, value) if value is not None else NULLS


_NOTHING = Decimal(0)


def _children(expand: str | None, table: Table) -> tuple[Child, ...]:
    if not expand:
        return ()
    if expand == "all":
        return table.children
    found = [(name, table.child(name.strip())) for name in expand.split(",")]
    for name, child in found:
        if child is None:
            raise bad(jbo(27520, f"Accessor {name} is not found in {table.view}."))
    return tuple(child for _, child in found if child)


def _whole(parameters: dict[str, str], name: str, default: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _not_valid(name, text)
    return int(text)


def _boolean(parameters: dict[str, str], name: str) -> bool:
    text = parameters.get(name, "false")
    if text not in ("true", "false"):
        raise _not_valid(name, text)
    return text == "true"


def _not_valid(name: str, text: str) -> Refusal:
    return bad(jbo(27520, f"The value {text} of URL request parameter {name} is not valid."))
