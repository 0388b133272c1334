"""Which ids have to be written, and what became of it. The same for every kind of object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.ports import Unavailable, WriteBack

IDS = ("origin_id", "origin_code")


@dataclass(frozen=True)
class Outcome:
    """What became of one row: written when there are no words; `gone` when Procore has no such record."""

    words: str = ""
    gone: bool = False


def header_changes(ids: WriteBack, current: dict[str, Any], *, has_code: bool) -> dict[str, str | None]:
    """The ids to send for an object; nothing when Procore has them already. Clearing the origin id clears the code that
    users see along with it; a write without a code leaves the code alone."""
    wanted: dict[str, str | None] = {"origin_id": ids.origin_id}
    if has_code and (ids.code is not None or ids.origin_id is None):
        wanted["origin_code"] = ids.code if ids.origin_id is not None else None
    if all(same_id(value, current.get(name)) for name, value in wanted.items()):
        return {}
    return wanted


def confirm(sent: dict[str, Any], answered: Any) -> Outcome:
    """Hold the record that Procore answers with against what was sent, as far as it shows the ids. Raises Unavailable for
    an answer that is no record."""
    if not isinstance(answered, dict):
        raise Unavailable("the answer to a change is no record", maybe_done=True)
    for name in IDS:
        if name in sent and name in answered and not same_id(sent[name], answered[name]):
            return Outcome(words=f"it said yes, but its {name} still is {_text(answered[name])[:80] or 'empty'}")
    return Outcome()


def same_id(ours: Any, theirs: Any) -> bool:
    return _text(ours) == _text(theirs)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
