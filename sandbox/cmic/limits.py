"""The published limits: 5 requests in flight and 15 requests in any second per address (cmic-api §1.6).

Over the limit means 429 at once, nothing is queued, and no Retry-After is sent. Refused requests do not count.
"""

import time
from collections import deque

from sandbox.cmic.settings import Settings


class Limiter:
    """Counts what each client address has under way and has sent within the last second."""

    def __init__(self) -> None:
        self._in_flight: dict[str, int] = {}
        self._recent: dict[str, deque[float]] = {}

    def admit(self, client: str, settings: Settings) -> bool:
        """Take a place for a request, if there is one. Every admitted request must be released."""
        now = time.monotonic()
        recent = self._recent.setdefault(client, deque())
        while recent and now - recent[0] >= 1:
            recent.popleft()
        busy = self._in_flight.get(client, 0)
        if settings.limits and (busy >= settings.max_in_flight or len(recent) >= settings.max_per_second):
            return False
        recent.append(now)
        self._in_flight[client] = busy + 1
        return True

    def release(self, client: str) -> None:
        """Give the place back: the request was answered or cut."""
        self._in_flight[client] -= 1

    def in_flight(self, client: str) -> int:
        """How many requests of this address are under way."""
        return self._in_flight.get(client, 0)
