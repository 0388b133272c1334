"""The accounting records in memory, with natural keys, indexes, and transactions that commit or roll back together.

Requests are served one after the other on one thread, so a transaction never meets another one. With a state file,
commit writes the changed rows to disk before the request is answered.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal

from sandbox.cmic.durable import Durable
from sandbox.cmic.resources import TABLES
from sandbox.cmic.schema import NUMERIC, Row, Table, Value

Key = tuple[Value, ...]


class DuplicateKey(Exception):
    """Another row has the same natural key; the argument is that row."""

    def __init__(self, table: Table, key: Key) -> None:
        super().__init__(f"{table.resource} {key}")
        self.table = table
        self.key = key


class Shelf:
    """The rows of one resource and its indexes."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows: dict[str, Row] = {}
        self.sequence: dict[str, int] = {}
        self.keys: dict[Key, str] = {}
        self.indexes: dict[tuple[str, ...], dict[Key, dict[str, None]]] = {names: {} for names in table.indexes}
        self.version = 0

    def put(self, row: Row, sequence: int) -> None:
        """Add a row or replace the one with the same VUuid. Raises DuplicateKey."""
        uuid, key = str(row[self.table.uuid]), self.table.key_of(row)
        if self.keys.get(key, uuid) != uuid:
            raise DuplicateKey(self.table, key)
        self.drop(uuid)
        self.version += 1
        self.rows[uuid], self.sequence[uuid], self.keys[key] = row, sequence, uuid
        for names, index in self.indexes.items():
            index.setdefault(tuple(row[name] for name in names), {})[uuid] = None

    def drop(self, uuid: str) -> None:
        """Take a row out; nothing happens when it isn't there."""
        row = self.rows.pop(uuid, None)
        if row is None:
            return
        self.version += 1
        del self.sequence[uuid], self.keys[self.table.key_of(row)]
        for names, index in self.indexes.items():
            entry = tuple(row[name] for name in names)
            del index[entry][uuid]
            if not index[entry]:
                del index[entry]

    def select(self, equals: Mapping[str, Value]) -> Iterable[Row]:
        """The rows whose attributes equal all these values, oldest first, by the narrowest index."""
        rows = sorted(self._candidates(equals), key=self.sequence.__getitem__)
        wanted = list(equals.items())
        return [row for row in map(self.rows.__getitem__, rows) if all(row[name] == value for name, value in wanted)]

    def _candidates(self, equals: Mapping[str, Value]) -> Iterable[str]:
        if all(name in equals for name in self.table.key):
            found = self.keys.get(tuple(equals[name] for name in self.table.key))
            return [found] if found else []
        usable = [names for names in self.indexes if all(name in equals for name in names)]
        if not usable:
            return self.rows
        best = max(usable, key=len)
        return self.indexes[best].get(tuple(equals[name] for name in best), {})


class Books:
    """All resources' rows, the running numbers, and the transaction under way."""

    def __init__(self, durable: Durable | None = None) -> None:
        self._durable = durable
        self._shelves = {name: Shelf(table) for name, table in TABLES.items()}
        self._counters: dict[str, int] = {}
        self._undo: list[Callable[[], None]] | None = None
        self._touched: dict[tuple[str, str], None] = {}
        if durable:
            self._load(durable)

    def _load(self, durable: Durable) -> None:
        self._counters = durable.counters()
        for resource, sequence, row in durable.documents():
            shelf = self._shelves[resource]
            shelf.put(_typed(shelf.table, row), sequence)

    @property
    def empty(self) -> bool:
        """Whether there is no row at all."""
        return not any(shelf.rows for shelf in self._shelves.values())

    def count(self, resource: str) -> int:
        """How many rows a resource has."""
        return len(self._shelves[resource].rows)

    def version(self, resource: str | None = None) -> int:
        """A number that grows with every change of a resource's rows, or of any row."""
        if resource is not None:
            return self._shelves[resource].version
        return sum(shelf.version for shelf in self._shelves.values())

    def get(self, resource: str, uuid: str) -> Row | None:
        """The row with that VUuid."""
        return self._shelves[resource].rows.get(uuid)

    def select(self, resource: str, equals: Mapping[str, Value] | None = None) -> list[Row]:
        """The rows that have all these values, in the order they were entered."""
        return list(self._shelves[resource].select(equals or {}))

    def one(self, resource: str, *key: Value) -> Row | None:
        """The row with that natural key."""
        shelf = self._shelves[resource]
        uuid = shelf.keys.get(key)
        return shelf.rows[uuid] if uuid else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside commits together, or, on any exception, not at all."""
        assert self._undo is None, "transactions don't nest"
        self._undo, self._touched = [], {}
        counters = dict(self._counters)
        try:
            yield
            self._commit()
        except BaseException:
            for step in reversed(self._undo):
                step()
            self._counters = counters
            raise
        finally:
            self._undo, self._touched = None, {}

    def _commit(self) -> None:
        if self._durable and self._touched:
            changes = [self._change(resource, uuid) for resource, uuid in self._touched]
            self._durable.commit(changes, self._counters)

    def _change(self, resource: str, uuid: str) -> tuple[str, str, int, Row | None]:
        shelf = self._shelves[resource]
        return resource, uuid, shelf.sequence.get(uuid, 0), shelf.rows.get(uuid)

    def next(self, counter: str) -> int:
        """The next value of a running number, from 1."""
        self._counters[counter] = self._counters.get(counter, 0) + 1
        return self._counters[counter]

    def restart_numbers(self) -> None:
        """Let every running number begin again, inside a transaction."""
        self._counters = dict.fromkeys(self._counters, 0)

    def put(self, resource: str, row: Row) -> None:
        """Add or replace a row, inside a transaction. Raises DuplicateKey."""
        shelf = self._shelves[resource]
        uuid = str(row[shelf.table.uuid])
        old, sequence = shelf.rows.get(uuid), shelf.sequence.get(uuid)
        shelf.put(row, self.next("row") if sequence is None else sequence)
        self._remember(resource, uuid, old, sequence)

    def drop(self, resource: str, uuid: str) -> None:
        """Delete a row, inside a transaction."""
        shelf = self._shelves[resource]
        old, sequence = shelf.rows.get(uuid), shelf.sequence.get(uuid)
        shelf.drop(uuid)
        self._remember(resource, uuid, old, sequence)

    def _remember(self, resource: str, uuid: str, old: Row | None, sequence: int | None) -> None:
        assert self._undo is not None, "rows change inside a transaction only"
        shelf = self._shelves[resource]
        if old is None or sequence is None:
            self._undo.append(lambda: shelf.drop(uuid))
        else:
            self._undo.append(lambda: shelf.put(old, sequence))
        self._touched[(resource, uuid)] = None


def _typed(table: Table, row: Row) -> Row:
    """A row read from disk: whole amounts come back as Decimal, attributes added since then as nothing."""
    return {name: _decimal(row.get(name), name, table) for name in table.by_name}


def _decimal(value: Value, name: str, table: Table) -> Value:
    kind = table.by_name[name].kind
    return Decimal(value) if kind in NUMERIC and kind != "integer" and isinstance(value, int) else value
