"""What every mapper offers, and what all of them need: reading a foreign answer, and its dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ValidationError

from domain.facts import Prerequisite
from domain.identity import ObjectId, project_key
from domain.ports import WriteBack
from domain.records import Key, Plan, Written
from domain.refusals import Refused, refuse
from domain.states import Condition
from domain.texts import storable
from mappers.fields import Export, Table

D = TypeVar("D")


class Mapper:
    """Pure: everything it needs comes in as an argument. A kind's mapper names its document and its tables, and says how the
    document is read and how a plan is made of it."""

    document: ClassVar[type[BaseModel]]
    tables: ClassVar[tuple[Table, ...]] = ()

    def read(self, raw: dict[str, Any]) -> Any:
        """The document of Procore's JSON. Whatever it raises becomes Refused (procore_unreadable)."""
        raise NotImplementedError

    def from_procore(self, raw: dict[str, Any]) -> Any:
        """Parse Procore's JSON. Raises Refused (procore_unreadable)."""
        return readable(self.read, raw, self.document.__name__.lower())

    def restore(self, body: dict[str, Any]) -> Any:
        """The document of a snapshot taken earlier."""
        return self.document.model_validate(body)

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        return []

    def plan(self, export: Export) -> Plan:
        """The rows to write. What a prerequisite fills in is empty until it is known. Reads settings and facts only."""
        raise NotImplementedError

    def write_back(self, object_id: ObjectId, written: list[Written]) -> WriteBack | None:
        """The ids to give to Procore; nothing where it has no place for them: then they live in the ledger alone."""
        return None

    def watches(self, object_id: ObjectId, written: list[Written]) -> list[Key]:
        """Records that the object waits to see in CMiC once it is there itself."""
        return []


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


def text_of(raw: dict[str, Any], name: str) -> str:
    """A text field, trimmed; nothing is the empty text. Raises TypeError for something else."""
    value = raw.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} is not a text")
    return (value or "").strip()


def needs(parent: str, condition: Condition, label: str) -> Prerequisite:
    return Prerequisite(parent=parent, condition=condition, label=label)


def needs_job(object_id: ObjectId) -> Prerequisite:
    """The project's job in CMiC, which everything of a project needs."""
    return needs(
        project_key(object_id.company, int(object_id.scope)), Condition.JOB_EXISTS, f"project {object_id.scope}"
    )
