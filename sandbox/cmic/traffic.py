"""What was asked of the API: one line per request, in memory and, if wanted, in a file of JSON lines.

Control and identity requests are not traffic.
"""

from collections import Counter, deque
from datetime import UTC, datetime
from pathlib import Path

from sandbox.cmic.jsontext import Json, dumps

REMEMBERED = 100_000

Line = dict[str, Json]


class Traffic:
    """The requests seen since the start or the last reset, the latest 100,000 of them."""

    def __init__(self, file: Path | None = None) -> None:
        self._lines: deque[Line] = deque(maxlen=REMEMBERED)
        self._file = file.open("a", encoding="utf-8", buffering=1) if file else None

    def begin(self, method: str, path: str, query: str, in_flight: int) -> Line:
        """Note a request that arrived; its status is filled in by ``end``. Status null means it was cut."""
        line: Line = {
            "method": method,
            "path": path,
            "query": query,
            "status": None,
            "at": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "in_flight": in_flight,
        }
        self._lines.append(line)
        return line

    def end(self, line: Line, status: int | None) -> None:
        """Note how a request ended."""
        line["status"] = status
        if self._file:
            self._file.write(dumps(line) + "\n")

    def reset(self) -> None:
        """Forget what was seen. The file keeps it."""
        self._lines.clear()

    def lines(self) -> list[Json]:
        """Every remembered request, oldest first."""
        return list(self._lines)

    def summary(self) -> dict[str, Json]:
        """Counts: reads (GET), writes (everything else), by status, and the most at once."""
        statuses = Counter("cut" if line["status"] is None else str(line["status"]) for line in self._lines)
        in_flight = [line["in_flight"] for line in self._lines]
        reads = sum(line["method"] == "GET" for line in self._lines)
        by_status: dict[str, Json] = dict(sorted(statuses.items()))
        return {
            "requests": len(self._lines),
            "reads": reads,
            "writes": len(self._lines) - reads,
            "by_status": by_status,
            "max_in_flight": max((count for count in in_flight if isinstance(count, int)), default=0),
        }
