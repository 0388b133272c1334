"""Everything one running stand-in consists of, handed to whoever answers a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sandbox.procore.assumptions import Assumptions
from sandbox.procore.books import Books
from sandbox.procore.clock import Clock
from sandbox.procore.faults import Faults
from sandbox.procore.limits import Limits
from sandbox.procore.traffic import Traffic
from sandbox.procore.values import Record

FIRST_ID = 562_949_953_500_001
"""Beyond 32 bits, because Procore's ids may be (procore-api §2)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line decides. Times are in seconds."""

    client_id: str = "demo-client"
    client_secret: str = "demo-secret"
    token_seconds: int = 5400
    state: Path | None = None
    traffic: Path | None = None
    first_id: int = FIRST_ID
    seed: dict[str, list[Record]] = field(default_factory=dict)


@dataclass(slots=True)
class House:
    """The running parts."""

    settings: Settings
    clock: Clock
    books: Books
    traffic: Traffic
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    assumptions: Assumptions = field(default_factory=Assumptions)

    @classmethod
    def built(cls, settings: Settings, limits: Limits, assumptions: Assumptions) -> House:
        """Open the books and the traffic file."""
        clock = Clock()
        books = Books(settings.state, clock, settings.first_id)
        return cls(settings, clock, books, Traffic(settings.traffic), limits, Faults(), assumptions)

    def close(self) -> None:
        """Close the files."""
        self.books.close()
        self.traffic.close()
