"""What every mapper offers, and what all of them need: reading a foreign answer, and its dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from domain.facts import Document, Prerequisite, References
from domain.identity import ObjectId
from domain.ports import WriteBack
from domain.records import Plan, Written
from domain.refusals import Refused, refuse
from domain.settings import ExportSettings
from domain.states import Condition
from domain.texts import storable

D = TypeVar("D")


class Mapper(Protocol):
    """Pure: everything it needs comes in as an argument."""

    def from_procore(self, raw: dict[str, Any]) -> Document:
        """Parse Procore's JSON. Raises Refused (procore_unreadable)."""
        ...

    def restore(self, body: dict[str, Any]) -> Document:
        """The document of a snapshot taken earlier."""
        ...

    def prerequisites(self, object_id: ObjectId, document: Document, erp_company: str) -> list[Prerequisite]: ...

    def plan(
        self,
        object_id: ObjectId,
        document: Document,
        references: References,
        typed: dict[str, Any],
        settings: ExportSettings,
    ) -> Plan:
        """The rows to write. What a prerequisite fills in is empty until it is known. Reads settings and facts only."""
        ...

    def write_back(self, object_id: ObjectId, written: list[Written]) -> WriteBack: ...


def readable(parse: Callable[[dict[str, Any]], D], raw: dict[str, Any], kind: str) -> D:
    """Run a parser over a foreign answer; what can't be read is refused in words, never passed on half."""
    what = f"{kind} {str(raw.get('id'))[:30]}" if isinstance(raw, dict) else kind
    try:
        return parse(storable(raw))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        spot = ".".join(str(p) for p in first["loc"])
        raise Refused(refuse("procore_unreadable", problem=f"{spot}: {first['msg']}", id=what)) from None
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, IndexError, RecursionError) as error:
        problem = f"{type(error).__name__} at {str(error)[:120]}"
        raise Refused(refuse("procore_unreadable", problem=problem, id=what)) from None


def business_date(text: Any) -> date | None:
    """A Procore date or time stamp as a business date: its date part (procore-api §2)."""
    if text in (None, ""):
        return None
    if not isinstance(text, str):
        raise ValueError(f"a date is needed, not {type(text).__name__}")
    return datetime.fromisoformat(text).date() if "T" in text else date.fromisoformat(text[:10])


def needs(parent: str, condition: Condition, label: str) -> Prerequisite:
    return Prerequisite(parent=parent, condition=condition, label=label)
