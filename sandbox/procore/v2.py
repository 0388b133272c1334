"""What is different in v2.x: bodies under `data`, ids as text, quantities as numbers, pages of 10 and at most 100.

(procore-api §2)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.procore.call import Call
from sandbox.procore.paging import listed
from sandbox.procore.values import Record
from sandbox.procore.web import Reply

PAGE = 10
MOST = 100


def id_text(number: int | None) -> str | None:
    """An id as v2 writes it."""
    return None if number is None else str(number)


def json_number(value: str | None) -> float | None:
    """A kept number as a JSON number."""
    return None if value is None else float(value)


def page_of_data(call: Call, rows: Sequence[Record], show: Callable[[Record], Any]) -> Reply:
    """One page of rows under `data`."""
    reply = listed(call, rows, show, default=PAGE, most=MOST)
    return Reply(reply.status, {"data": reply.body}, reply.headers)


def data(shown: Record, status: int = 200) -> Reply:
    """One record under `data`."""
    return Reply(status, {"data": shown})
