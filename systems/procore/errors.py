"""What a Procore answer that isn't a plain yes means to the connector (procore-api §2, status codes).

404 is NotThere (Procore also says it instead of 403); 429 and 503 name a time; 5xx may have been carried out; the other
4xx are refusals in Procore's own words.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from domain.ports import NotThere, Unavailable
from domain.refusals import Refused, refuse
from systems.procore.transport import Answer
from systems.procore.words import words

LONGEST_WAIT = 3600.0
"""Seconds: Procore's longer limit is an hour, so no answer can ask for more."""


class Rejected(Refused):
    """Procore refused a request, with this HTTP status."""

    def __init__(self, said: str, status: int) -> None:
        super().__init__(refuse("procore_refused", words=said))
        self.said = said
        self.status = status

    @property
    def is_about_the_connector(self) -> bool:
        """Not this record is refused but its bearer, so that the next one will fare no better."""
        return self.status in (401, 403)


def failure(answer: Answer, *, write: bool) -> Exception:
    """The exception that an answer outside 2xx stands for."""
    status, said = answer.status, words(answer.status, answer.body)
    if status == 404:
        return NotThere(said)
    if status == 429:
        return Unavailable(said, retry_after=retry_after(answer.headers))
    if status == 503:
        return Unavailable(said, retry_after=retry_after(answer.headers), maybe_done=write)
    if status >= 500 or status == 408:
        return Unavailable(said, maybe_done=write)
    if status < 400:
        return Rejected(f"it answered with a redirection (HTTP {status}): the API address may be wrong", status)
    return Rejected(said, status)


def unreadable(problem: str, what: str) -> Refused:
    """A yes that can't be understood."""
    return Refused(refuse("procore_unreadable", problem=problem, id=what))


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds of a Retry-After header, as a number or a date; nothing when there is none that can be read."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        at = http_date(text)
        seconds = at - (http_date(headers.get("date", "")) or time.time()) if at else -1.0
    return min(seconds, LONGEST_WAIT) if 0 <= seconds < float("inf") else None


def http_date(text: str) -> float | None:
    """An HTTP date in unix seconds."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _aware(at).timestamp()


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
