"""The sample of `--crash=short`: a case of every kind, and some more, other ones every day.

CRASH_SEED names the day, or any other text: the same text is the same sample.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random

from tests.crash.case import Case

SIZE = 15


def seed_of_today() -> str:
    return os.environ.get("CRASH_SEED") or datetime.now(UTC).date().isoformat()


def sample(cases: Iterable[Case], seed: str, size: int = SIZE) -> list[Case]:
    """At least one of every kind."""
    chance, by_kind = Random(seed), dict[str, list[Case]]()
    for case in sorted(cases, key=lambda case: case.name):
        by_kind.setdefault(case.kind, []).append(case)
    chosen = [chance.choice(of_kind) for of_kind in by_kind.values()]
    others = [case for of_kind in by_kind.values() for case in of_kind if case not in chosen]
    return [*chosen, *chance.sample(others, max(0, min(size - len(chosen), len(others))))]
