"""Lists page by page: which page follows, and the rows of one (procore-api §2, pagination).

v1 answers are arrays; v2 wraps them in `data`. The Link header names the next page in both.
"""

from __future__ import annotations

from typing import Any

import httpx

from domain.ports import Unavailable
from systems.procore.errors import unreadable
from systems.procore.transport import Answer

MOST_PAGES = 2000
MOST_ROWS_OF_V2 = 100
"""Rows a page at most, in v2."""


def rows_of(body: Any, path: str) -> list[dict[str, Any]]:
    """The records of a v1 list. Raises Refused (procore_unreadable)."""
    if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        raise unreadable("it isn't a list of records", path)
    return body


def data_of(body: Any, path: str) -> Any:
    """What a v2 answer wraps. Raises Refused (procore_unreadable)."""
    if not isinstance(body, dict) or "data" not in body:
        raise unreadable("it has no data", path)
    return body["data"]


def following(answer: Answer, page: int, api_url: str, path: str) -> int | None:
    """The number of the page after this one, None after the last. Raises Refused (procore_unreadable)."""
    number = _next_page(answer, api_url, path)
    if number is not None and (number <= page or number > MOST_PAGES):
        raise unreadable(f"page {page} is followed by page {number}", path)
    return number


def check_total(answer: Answer, count: int, path: str) -> None:
    """Complete or nothing: a list shorter than its last page says it is has most likely changed while it was read. Raises
    Unavailable."""
    total = answer.headers.get("total", "").strip()
    if total.isdecimal() and len(total) <= 9 and count < int(total):
        raise Unavailable(f"{path} has {count} records of {total}")


def _next_page(answer: Answer, api_url: str, path: str) -> int | None:
    """Only the number is taken from the link: the request stays ours, and so does the host that gets the token."""
    if not answer.next_url:
        return None
    ours = httpx.URL(api_url)
    try:
        link = ours.join(answer.next_url)
    except httpx.InvalidURL:
        raise unreadable("its link to the next page is no URL", path) from None
    number = link.params.get("page", "")
    if (link.host, link.port) != (ours.host, ours.port):
        raise unreadable("its link to the next page leads to another host", path)
    if not number.isdecimal() or len(number) > 9:
        raise unreadable("its link to the next page has no page number", path)
    return int(number)
