"""Procore's two rate limits, an hourly one and a 10-second spike one (procore-api §2).

Both are fixed windows that begin with the first request after the last one ended; a refused request counts in neither.
The headers describe whichever limit is nearer. The real numbers are not published: they are options here.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

HOUR = 3600
SPIKE_SECONDS = 10


@dataclass(slots=True)
class Window:
    """One limit's count for one application."""

    seconds: int
    started: float = 0.0
    used: int = 0

    def roll(self, now: float) -> None:
        """Begin a new window if this one is over."""
        if now >= self.ends:
            self.started, self.used = now, 0

    @property
    def ends(self) -> float:
        """When it is over, in seconds since 1970."""
        return self.started + self.seconds


@dataclass(slots=True)
class Pair:
    """Both windows of one application."""

    hourly: Window = field(default_factory=lambda: Window(HOUR))
    spike: Window = field(default_factory=lambda: Window(SPIKE_SECONDS))


@dataclass(slots=True)
class Limits:
    """Counts requests per application."""

    enabled: bool = True
    hourly: int = 3600
    spike: int = 100
    _pairs: dict[str, Pair] = field(default_factory=lambda: defaultdict(Pair))

    def take(self, application: str, now: float) -> bool:
        """Count one request; False when a limit is used up, and then it isn't counted."""
        pair = self._rolled(application, now)
        if self.enabled and (pair.hourly.used >= self.hourly or pair.spike.used >= self.spike):
            return False
        pair.hourly.used += 1
        pair.spike.used += 1
        return True

    def headers(self, application: str, now: float) -> dict[str, str]:
        """What the caller is told about the nearer limit; nothing while limits are off."""
        if not self.enabled:
            return {}
        limit, left, ends = self._nearer(application, now)
        numbers = {"Limit": limit, "Remaining": left, "Reset": math.ceil(ends)}
        return {f"X-Rate-Limit-{name}": str(number) for name, number in numbers.items()}

    def wait(self, application: str, now: float) -> int:
        """Seconds until the nearer limit begins anew, at least one."""
        return max(1, math.ceil(self._nearer(application, now)[2] - now))

    def reset(self) -> None:
        """Forget all counts."""
        self._pairs.clear()

    def _rolled(self, application: str, now: float) -> Pair:
        pair = self._pairs[application]
        pair.hourly.roll(now)
        pair.spike.roll(now)
        return pair

    def _nearer(self, application: str, now: float) -> tuple[int, int, float]:
        pair = self._rolled(application, now)
        both = ((self.hourly, pair.hourly), (self.spike, pair.spike))
        states = [(limit, max(0, limit - window.used), window.ends) for limit, window in both]
        exhausted = [state for state in states if state[1] == 0]
        # With both used up the caller has to wait for the later one.
        return max(exhausted, key=lambda s: s[2]) if exhausted else min(states, key=lambda s: (s[1], s[2]))
