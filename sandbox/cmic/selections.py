"""Lists of rows, found and put in order once, and kept until a row changes that they show.

Whoever pages through a long list asks for the same rows in the same order again and again, by ``offset`` or by a limit
on the attribute they are ordered by; the page itself is then cut out by bisection.
"""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable

from sandbox.cmic import derived
from sandbox.cmic.books import Books
from sandbox.cmic.conditions import Limit
from sandbox.cmic.paging import NULLS, SortKey, sort_key
from sandbox.cmic.schema import Row, Table

MOST = 32
"""How many lists are kept."""


class Selections:
    """The kept lists of one tenant's books. A list that is handed out must not be changed."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._kept: OrderedDict[Hashable, tuple[int, list[Row]]] = OrderedDict()

    def get(self, table: Table, key: Hashable, make: Callable[[], list[Row]]) -> list[Row]:
        """The list that is kept under this key, or a new one."""
        version = self._books.version(None if derived.composed(table) else table.store)
        whole_key = (table.resource, key)
        found = self._kept.get(whole_key)
        if found is None or found[0] != version:
            found = (version, make())
        self._kept[whole_key] = found
        self._kept.move_to_end(whole_key)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return found[1]


def cut(rows: list[Row], name: str, limits: Iterable[Limit]) -> list[Row]:
    """The part of rows, ascending by an attribute, that lies within these limits; a row without a value doesn't."""

    def key(row: Row) -> SortKey:
        return sort_key(row[name])

    low, high = 0, bisect_left(rows, NULLS, key=key)
    for limit in limits:
        bisect = bisect_right if limit.operator in (">", "<=") else bisect_left
        at = bisect(rows, sort_key(limit.value), key=key)
        if limit.operator in (">", ">="):
            low = max(low, at)
        else:
            high = min(high, at)
    return rows[low : max(low, high)]
