"""What an error answer says, in human words, and which of the port's errors it is (cmic-api §1.7; design §5).

One function reads, one classifies. Both are pure.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.ports import DuplicateKey, Unavailable, WantsFirst
from domain.refusals import Refused, refuse
from systems.cmic.dialect import MessageMarks, TextPattern, Texts
from systems.cmic.jsontext import NotJson, loads

LONGEST = 500
RAW_LOOKED_AT = 8_000
_CODED_LINE = re.compile(r"(?:JBO|ORA)-\d+[^\r\n]*")


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong. `part` is the batch part it is about, `attribute` CMiC's name of what it points at."""

    words: str
    part: str = ""
    attribute: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer's status, its `Retry-After` in seconds where it has one, and its text."""

    status: int
    text: str = ""
    retry_after: float | None = None


def read(text: str, marks: MessageMarks) -> list[Complaint]:
    """The complaints of an error answer, in the order of cmic-api §1.7: error details, title and detail, error or
    result, the database's message, the first coded line, the text itself. An empty text has none."""
    try:
        found = _from_json(loads(text), marks, part="")
    except (NotJson, RecursionError):
        found = []
    if found:
        return found
    words = _human(text, marks)
    return [Complaint(words)] if words else []


def classify(reply: Reply, texts: Texts, labels: Mapping[str, str] | None = None) -> Exception:
    """The error of the port that an unsuccessful answer is. `labels` says what a person calls each batch part.

    A 401, a 403 and a missing licence are the operator's; a taken key and a prerequisite are told by their texts; any
    other 4xx is a refusal. A 429 and a 503 did nothing; any other 5xx may have written all the same.
    """
    complaints = read(reply.text, texts.error_message)
    words = _spoken(complaints, labels or {}) or f"it gave no reason (HTTP {reply.status})"
    points = {"status": str(reply.status), **_points(complaints, labels or {})}
    if reply.status in (401, 403) or _any(texts.not_granted, reply, words):
        return Refused(refuse("cmic_not_granted", words=words, **points))
    if reply.status in (429, 503):
        return Unavailable(f"CMiC is busy (HTTP {reply.status}): {words}", retry_after=reply.retry_after)
    if reply.status >= 500 or reply.status == 408:
        return Unavailable(f"CMiC failed (HTTP {reply.status}): {words}", maybe_done=True)
    if _any(texts.duplicate, reply, words):
        return DuplicateKey(refuse("cmic_refused", words=words, **points))
    if _any(texts.wants_first, reply, words):
        return WantsFirst(refuse("cmic_wants_first", words=words, **points))
    if reply.status < 400:
        words = f"it answered with HTTP {reply.status}, which the API has no use for: is its address right?"
    return Refused(refuse("cmic_refused", words=words, **points))


def retry_after(header: str | None) -> float | None:
    """Seconds of a `Retry-After`; a date or nonsense counts as none named."""
    text = (header or "").strip()
    return min(float(text), 3600.0) if re.fullmatch(r"\d{1,6}", text) else None


def _from_json(body: Any, marks: MessageMarks, part: str) -> list[Complaint]:
    if isinstance(body, str):
        words = _human(body, marks)
        return [Complaint(words, part)] if words else []
    if not isinstance(body, dict):
        return []
    if isinstance(parts := body.get("parts"), list):
        return [c for p in parts if isinstance(p, dict) for c in _from_json(p.get("payload"), marks, _label(p))]
    details = body.get("o:errorDetails")
    found = [_detail(d, marks, part) for d in details if isinstance(d, dict)] if isinstance(details, list) else []
    if found := [complaint for complaint in found if complaint.words]:
        return found
    for name in ("detail", "title", "error", "result"):
        if isinstance(said := body.get(name), str) and (words := _human(said, marks)):
            return [Complaint(words, part)]
    return []


def _label(part: dict[str, Any]) -> str:
    return str(part.get("id") or "")


def _detail(detail: dict[str, Any], marks: MessageMarks, part: str) -> Complaint:
    path = detail.get("o:errorPath")
    attribute = path.rsplit("/", 1)[-1][:60] if isinstance(path, str) else ""
    said = detail.get("detail") or detail.get("title") or ""
    return Complaint(_human(said, marks) if isinstance(said, str) else "", part, attribute)


def _human(text: str, marks: MessageMarks) -> str:
    """The human part of a text, on one line and short."""
    start = text.find(marks.open)
    if start >= 0:
        inside = text[start + len(marks.open) : start + len(marks.open) + RAW_LOOKED_AT]
        return _line(html.unescape(inside.partition(marks.close)[0]))
    beginning = text[:RAW_LOOKED_AT]
    if "<html" in beginning.lower() or "<!doctype" in beginning.lower():
        return _page(beginning)
    coded = _CODED_LINE.search(beginning)
    return _line(coded[0] if coded else beginning)


def _page(text: str) -> str:
    title = re.search(r"<title[^>]{0,200}>([^<]{0,300})", text, re.IGNORECASE)
    named = _line(html.unescape(title[1])) if title else ""
    return f"a web page titled {named!r}" if named else "a web page without a title"


def _line(text: str) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _spoken(complaints: list[Complaint], labels: Mapping[str, str]) -> str:
    """At most five complaints in one sentence each, each after what it is about."""
    said = []
    for complaint in complaints[:5]:
        about = labels.get(complaint.part, "")
        pointed = f" ({complaint.attribute})" if complaint.attribute else ""
        said.append(f"{about}: {complaint.words}{pointed}" if about else f"{complaint.words}{pointed}")
    if len(complaints) > len(said):
        said.append(f"and {len(complaints) - len(said)} more")
    return "; ".join(dict.fromkeys(said))


def _points(complaints: list[Complaint], labels: Mapping[str, str]) -> dict[str, str]:
    """What the first complaint that points at something points at."""
    for complaint in complaints:
        record = labels.get(complaint.part, "")
        if record or complaint.attribute:
            found = {"record": record, "attribute": complaint.attribute}
            return {name: value for name, value in found.items() if value}
    return {}


def _any(patterns: list[TextPattern], reply: Reply, words: str) -> bool:
    text = f"{words}\n{reply.text[:RAW_LOOKED_AT]}"
    return any(pattern.found_in(text) for pattern in patterns)
