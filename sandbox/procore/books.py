"""The books: every record the stand-in holds, in memory, written through to one SQLite file when asked for.

Records are plain dictionaries and are replaced, never changed in place, so that a refused request or a refused sync
row can be undone. One request is one commit; a killed process loses nothing that was answered.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.procore.clock import Clock, second_after
from sandbox.procore.values import Record

Key = int | str

_INDEXED = (
    "company_id", "project_id", "contract_id", "origin_id", "parent_id", "cost_code_id", "number", "code",
    "change_order_id", "commitment_id", "requisition_id", "holder_id", "direct_cost_id",
)  # fmt: skip
_SEQUENCE = "sequence"


class Books:
    """Tables of records by id, with one id sequence over all of them (both contract types share it)."""

    def __init__(self, file: Path | None, clock: Clock, first_id: int) -> None:
        """Open the books. `file` None keeps them in memory only. Raises sqlite3.Error for a file that is no book."""
        self._clock = clock
        self._first_id = first_id
        self._tables: dict[str, dict[Key, Record]] = defaultdict(dict)
        self._index: dict[tuple[str, str, object], dict[Key, None]] = defaultdict(dict)
        self._undo: list[tuple[str, Key, Record | None]] = []
        self._stamped: set[tuple[str, Key]] = set()
        self._file = _opened(file) if file else None
        self._load()

    def _load(self) -> None:
        if self._file is None:
            return
        for table, body in self._file.execute("SELECT resource, body FROM documents"):
            record = json.loads(body)
            self._set(table, record["id"], record)

    @property
    def empty(self) -> bool:
        """Whether nothing was ever written."""
        return not any(self._tables.values())

    def tables(self) -> dict[str, int]:
        """How many records each table holds."""
        return {name: len(rows) for name, rows in sorted(self._tables.items()) if rows and name != "meta"}

    def get(self, table: str, key: Key | None) -> Record | None:
        """One record by id."""
        return None if key is None else self._tables[table].get(key)

    def find(self, table: str, **equal: object) -> list[Record]:
        """Records whose fields equal the given values, in order of id."""
        keys: dict[Key, Record] | dict[Key, None] = self._tables[table]
        for field, value in equal.items():
            if field in _INDEXED:
                bucket = self._index.get((table, field, value), {})
                keys = bucket if len(bucket) < len(keys) else keys
        rows = (self._tables[table][key] for key in keys)
        found = [row for row in rows if all(row.get(field) == value for field, value in equal.items())]
        return sorted(found, key=lambda row: row["id"])

    def next_id(self) -> int:
        """A number no record has had before."""
        last = self.get("meta", _SEQUENCE)
        number: int = last["value"] + 1 if last else self._first_id
        self._put("meta", _SEQUENCE, {"id": _SEQUENCE, "value": number})
        return number

    def insert(self, table: str, record: Record) -> Record:
        """Add a record; without an id it gets the next one."""
        key = record["id"] if record.get("id") is not None else self.next_id()
        now = self._clock.text()
        complete = {**record, "id": key, "created_at": now, "updated_at": now}
        self._stamped.add((table, key))
        return self._put(table, key, complete)

    def change(self, table: str, key: Key, changes: Record) -> Record:
        """Write some fields of a record. `updated_at` always moves, by at least a second, once a request.

        Procore shows whole seconds, so two writes in one second would look like one: it may run ahead of the clock.
        """
        old = self._tables[table][key]
        moved = old["updated_at"]
        if (table, key) not in self._stamped:
            self._stamped.add((table, key))
            moved = max(self._clock.text(), second_after(moved))
        return self._put(table, key, {**old, **changes, "updated_at": moved})

    def remove(self, table: str, key: Key) -> None:
        """Take a record out for good."""
        self._undo.append((table, key, self._tables[table][key]))
        self._set(table, key, None)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what the block wrote if it raises; used for one row of a sync."""
        mark = len(self._undo)
        try:
            yield
        except Exception:
            self._undo_to(mark)
            raise

    def rollback(self) -> None:
        """Undo everything since the last commit."""
        self._undo_to(0)
        self._stamped.clear()

    def commit(self) -> None:
        """Make everything since the last commit last, in one transaction."""
        changed = {(table, key) for table, key, _ in self._undo}
        self._undo.clear()
        self._stamped.clear()
        if self._file is None or not changed:
            return
        with self._file:
            for table, key in changed:
                record = self._tables[table].get(key)
                self._write(table, key, record)

    def clear(self) -> None:
        """Remove every record and begin the id sequence again."""
        for table, rows in list(self._tables.items()):
            for key in list(rows):
                self.remove(table, key)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _write(self, table: str, key: Key, record: Record | None) -> None:
        assert self._file is not None
        if record is None:
            self._file.execute("DELETE FROM documents WHERE resource = ? AND id = ?", (table, json.dumps(key)))
        else:
            self._file.execute(
                "INSERT OR REPLACE INTO documents (resource, id, body) VALUES (?, ?, ?)",
                (table, json.dumps(key), json.dumps(record)),
            )

    def _put(self, table: str, key: Key, record: Record) -> Record:
        self._undo.append((table, key, self._tables[table].get(key)))
        self._set(table, key, record)
        return record

    def _undo_to(self, mark: int) -> None:
        while len(self._undo) > mark:
            table, key, old = self._undo.pop()
            self._set(table, key, old)

    def _set(self, table: str, key: Key, record: Record | None) -> None:
        rows = self._tables[table]
        old = rows.pop(key, None) if record is None else rows.get(key)
        for field in _INDEXED:
            before = old.get(field) if old else None
            after = record.get(field) if record else None
            if old is not None and (record is None or before != after):
                self._index[table, field, before].pop(key, None)
            if record is not None and (old is None or before != after):
                self._index[table, field, after][key] = None
        if record is not None:
            rows[key] = record


def _opened(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS documents (resource TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (resource, id))"
    )
    connection.commit()
    return connection
