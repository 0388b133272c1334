"""What was asked and answered: the last exchanges in memory, and all honest ones in a file when asked for.

A line of the file is `{"method", "path", "query", "request", "status", "response"}`, the form in which recorded traffic
is held against the public API description. Exchanges that a fault cut or falsified stay out of the file. In memory the
bodies of old exchanges give way once all kept ones together hold too many rows, so that bulk traffic doesn't fill it.
"""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

KEPT = 5000
KEPT_ROWS = 50_000
LEFT_OUT = {"left_out": "too many rows were exchanged since"}
_NUMBER = re.compile(r"/\d+")


@dataclass(slots=True)
class Exchange:
    """One request and its answer. `status` is None when the connection was cut; `fault` names what interfered."""

    method: str
    path: str
    query: dict[str, Any]
    request: Any
    status: int | None
    response: Any
    fault: int | None = None


class Traffic:
    """Keeps the last exchanges and writes them down."""

    def __init__(self, file: Path | None) -> None:
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT)
        self._bulky: deque[tuple[int, Exchange]] = deque()
        self._rows = 0
        self._file = file.open("a", encoding="utf-8", buffering=1) if file else None

    def note(self, exchange: Exchange, *, honest: bool) -> None:
        """Remember an exchange; one that a fault falsified isn't written to the file."""
        self.exchanges.append(exchange)
        self._lighten(exchange)
        if self._file is not None and honest:
            line = asdict(exchange)
            del line["fault"]
            self._file.write(json.dumps(line, default=float) + "\n")

    def _lighten(self, exchange: Exchange) -> None:
        rows = _rows_of(exchange.request) + _rows_of(exchange.response)
        if rows:
            self._bulky.append((rows, exchange))
            self._rows += rows
        while self._rows > KEPT_ROWS and len(self._bulky) > 1:
            number, old = self._bulky.popleft()
            self._rows -= number
            old.request, old.response = LEFT_OUT, LEFT_OUT

    def matching(self, method: str | None, path: str | None) -> list[dict[str, Any]]:
        """The kept exchanges of a method and of paths that a pattern is found in."""
        pattern = re.compile(path or "")
        return [
            asdict(exchange)
            for exchange in self.exchanges
            if pattern.search(exchange.path) and method in (None, exchange.method)
        ]

    def summary(self) -> list[dict[str, Any]]:
        """How often each method, path (numbers left out) and status occurred among the kept exchanges."""
        counts = Counter((e.method, _NUMBER.sub("/{id}", e.path), e.status) for e in self.exchanges)
        rows = sorted(counts.items(), key=lambda item: (item[0][1], item[0][0], item[0][2] or 0))
        return [{"method": m, "path": p, "status": s, "count": count} for (m, p, s), count in rows]

    def reset(self) -> None:
        """Forget the kept exchanges; the file stays as it is."""
        self.exchanges.clear()
        self._bulky.clear()
        self._rows = 0

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def _rows_of(body: Any) -> int:
    """How many rows a body holds, when they are enough to count."""
    rows = body
    if isinstance(body, dict):
        rows = body.get("updates") or body.get("entities") or body.get("data")
    return len(rows) if isinstance(rows, list) and len(rows) >= 100 else 0
