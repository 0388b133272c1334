"""Foreign text made storable: no NUL and no broken character ever reaches the ledger or a workflow's history."""

from __future__ import annotations

from typing import Any


def storable(value: Any) -> Any:
    """The same JSON value with every text free of what PostgreSQL and UTF-8 can't hold. A float becomes its text: it would
    come back from the ledger as another one, or not go in at all (NaN)."""
    if isinstance(value, float):
        return str(value)
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {storable(k): storable(v) for k, v in value.items()}
    if isinstance(value, list):
        return [storable(v) for v in value]
    return value
