"""What a sync endpoint's answer says about each row that was sent (procore-api §3).

It is always 200: `entities` are the records written, `errors` echo the rows refused, each with its `errors` by field.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.ports import Unavailable
from systems.procore.words import phrases
from systems.procore.written import Outcome, confirm

Row = dict[str, Any]
"""What is sent for one record: its `id`, and what changes."""


def outcomes(rows: Sequence[Row], answer: Any) -> dict[int, Outcome]:
    """Split a sync answer: what became of each row, by its id. Rows that it doesn't mention are left out. Raises
    Unavailable for an answer that can't be split."""
    if not isinstance(answer, dict) or not all(_is_list_of_records(answer.get(n)) for n in ("entities", "errors")):
        raise Unavailable("the sync's answer has no lists of entities and errors", maybe_done=True)
    sent = {row["id"]: row for row in rows}
    found: dict[int, Outcome] = {}
    for entity in answer["entities"]:
        if (row := sent.get(_number(entity.get("id")))) is not None:
            found[row["id"]] = confirm(row, entity)
    for error in answer["errors"]:
        if (row := _row_of(error, rows, sent)) is not None:
            found[row["id"]] = _refused(error)
    return found


def _is_list_of_records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _row_of(error: dict[str, Any], rows: Sequence[Row], sent: dict[int, Row]) -> Row | None:
    """The row that an error echoes: by its id, else by its origin id, else the only one there was."""
    if (row := sent.get(_number(error.get("id")))) is not None:
        return row
    if error.get("id") is not None:
        return None
    same = [row for row in rows if error.get("origin_id") and row.get("origin_id") == error["origin_id"]]
    if len(same) == 1:
        return same[0]
    return rows[0] if len(rows) == 1 else None


def _refused(error: dict[str, Any]) -> Outcome:
    said = error.get("errors")
    text = phrases({name: error[name] for name in ("errors", "error", "message") if error.get(name)})
    # Procore complains about the id itself only when it has no such record (procore-api §3).
    return Outcome(words=text or "it gave no reason", gone=isinstance(said, dict) and list(said) == ["id"])


def _number(value: Any) -> int:
    """An id, which v2 writes as text; 0 for anything else."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) <= 19 else 0
