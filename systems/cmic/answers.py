"""What the body of a successful answer is: JSON, a row, a list of rows (cmic-api §1.3, §1.4). Anything else is Unreadable."""

from __future__ import annotations

from typing import Any

from systems.cmic.jsontext import NotJson, loads
from systems.cmic.values import Row, Unreadable


def read_json(body: bytes) -> Any:
    """Raises Unreadable."""
    try:
        return loads(body)
    except NotJson as problem:
        raise Unreadable(str(problem)) from None


def read_row(body: bytes) -> Row:
    """One row, as a create or an item answers. Raises Unreadable."""
    row = read_json(body)
    if not isinstance(row, dict):
        raise Unreadable("a row was expected")
    return row


def items(body: Any) -> list[Row]:
    """The rows of a collection or of an expanded child: an object with `items`, or a bare array (A-01). Raises
    Unreadable."""
    rows = body.get("items") if isinstance(body, dict) else body
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("a list of rows was expected")
    return rows


def is_whole(body: Any) -> bool:
    """Does an expanded child hold all its rows? It may be a first page only."""
    return not (isinstance(body, dict) and body.get("hasMore") is True)
