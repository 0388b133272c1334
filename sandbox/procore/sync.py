"""The sync actions: up to 1,000 rows, always HTTP 200, entities and errors (procore-api §3).

An `id` beats an `origin_id` and is honoured in every sync, also where the published body lacks it: the tutorial's rule
is general. A row that is refused keeps the caller's fields and doesn't hold the others up.
"""

from __future__ import annotations

from typing import Any

from sandbox.procore.call import Call
from sandbox.procore.desk import Desk
from sandbox.procore.errors import ApiError, Errors, Invalid, missing_param
from sandbox.procore.values import Record, origin, whole
from sandbox.procore.web import Reply

MOST_ROWS = 1000


def synced(call: Call, desk: Desk, *, too_large: int = 400) -> Reply:
    """Answer a sync. `too_large` is the status for too many rows: 413 where documented. Raises ApiError."""
    rows = call.body.get("updates")
    if not isinstance(rows, list):
        raise missing_param("updates")
    if len(rows) > MOST_ROWS:
        raise ApiError(too_large, f"At most {MOST_ROWS} updates are allowed")
    entities: list[Record] = []
    errors: list[Record] = []
    for row in rows:
        try:
            with call.house.books.attempt():
                entities.append(_applied(desk, row))
        except Invalid as refusal:
            errors.append(refused(row, refusal.errors))
    return Reply(200, {"entities": [desk.show(entity) for entity in entities], "errors": errors})


def refused(row: Any, errors: Errors) -> Record:
    """A row with its messages, the caller's fields kept."""
    return {**(row if isinstance(row, dict) else {}), "errors": errors}


def _applied(desk: Desk, row: Any) -> Record:
    if not isinstance(row, dict):
        raise Invalid({"base": ["is not an object"]})
    try:
        number, origin_id = whole(row.get("id")), origin(row.get("origin_id"))
    except ValueError as error:
        raise Invalid({"id": [str(error)]}) from None
    if number is not None:
        found = desk.find(number)
        if found is None:
            raise Invalid({"id": ["Entity with this ID not found"]})
        return desk.update(found, row)
    if origin_id:
        found = desk.find_origin(origin_id)
        if found is not None:
            return desk.update(found, row)
    alike = desk.find_alike(row)
    return desk.update(alike, row) if alike is not None else desk.create(row)
