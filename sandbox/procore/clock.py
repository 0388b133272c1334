"""The stand-in's clock: the real one, plus a shift that a test may add.

Timestamps are ISO-8601 UTC with whole seconds, `YYYY-MM-DDTHH:MM:SSZ` (procore-api §2).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def stamp(moment: datetime) -> str:
    """A moment as Procore writes it."""
    return moment.astimezone(UTC).strftime(FORMAT)


def second_after(text: str) -> str:
    """The timestamp one second later than a given one."""
    return stamp(datetime.strptime(text, FORMAT).replace(tzinfo=UTC) + timedelta(seconds=1))


class Clock:
    """Says what time it is; can be moved forward, so that tests need not wait for a token to expire."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def now(self) -> datetime:
        """The shifted time, aware, in UTC."""
        return datetime.now(UTC) + self.shift

    def seconds(self) -> float:
        """The shifted time as seconds since 1970."""
        return self.now().timestamp()

    def text(self) -> str:
        """The shifted time as Procore writes it."""
        return stamp(self.now())

    def advance(self, seconds: float) -> None:
        """Move forward for good."""
        self.shift += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Go back to the real time."""
        self.shift = timedelta()
