"""Books that survive: a document store in one SQLite file, one commit per write request.

The write-ahead log makes a committed request survive ``kill -9``; each document is one row's canonical attributes.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from sandbox.cmic.jsontext import dumps, load
from sandbox.cmic.schema import Row

Change = tuple[str, str, int, Row | None]
"""(resource, key, sequence, row), or no row for a deleted one."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    resource TEXT NOT NULL, uuid TEXT NOT NULL, sequence INTEGER NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (resource, uuid)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


class Durable:
    """The store on disk. Not shared between processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)

    def documents(self) -> Iterator[tuple[str, int, Row]]:
        """Every stored row in the order it was first written: (resource, sequence, row)."""
        query = "SELECT resource, sequence, document FROM documents ORDER BY sequence"
        for resource, sequence, document in self._connection.execute(query):
            yield resource, sequence, load(document.encode())

    def counters(self) -> dict[str, int]:
        """The running numbers."""
        return dict(self._connection.execute("SELECT name, value FROM counters").fetchall())

    def commit(self, changes: Iterable[Change], counters: dict[str, int]) -> None:
        """Write one request's changes, all or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for resource, uuid, sequence, row in changes:
                self._write(resource, uuid, sequence, row)
            self._connection.executemany("INSERT OR REPLACE INTO counters VALUES (?, ?)", counters.items())
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    def _write(self, resource: str, uuid: str, sequence: int, row: Row | None) -> None:
        if row is None:
            self._connection.execute("DELETE FROM documents WHERE resource = ? AND uuid = ?", (resource, uuid))
        else:
            values = (resource, uuid, sequence, dumps(row))
            self._connection.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", values)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
