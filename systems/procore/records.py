"""Reading single records: an answer must be the record that was asked for, or it is refused in words."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

from domain.identity import ObjectId
from domain.ports import NotThere, WriteBack
from domain.refusals import Refusal, Refused, refuse
from systems.procore.errors import unreadable

T = TypeVar("T")


def record(answer: Any, wanted: int, what: str) -> dict[str, Any]:
    """The answer, when it is a record of this id. Raises Refused (procore_unreadable)."""
    if not isinstance(answer, dict):
        raise unreadable("it isn't a JSON object", what)
    found = answer.get("id")
    if isinstance(found, bool) or not isinstance(found, int):
        raise unreadable("its id isn't a whole number", what)
    if found != wanted:
        raise unreadable(f"it is about {found}", what)
    return answer


async def part(answer: Awaitable[T], name: str, what: str) -> T:
    """A further part of a record that is there: one that isn't shown is no reason to call the record missing. Raises
    Refused (procore_unreadable) instead of NotThere."""
    try:
        return await answer
    except NotThere as error:
        raise unreadable(f"its {name} can't be read: {error}", what) from None


def check_distinct(ids: Sequence[Any], name: str, what: str) -> None:
    """Rows that money rests on must be told apart. Raises Refused (procore_unreadable)."""
    if len(set(ids)) != len(ids):
        raise unreadable(f"two of its {name} have the same id", what)


class NoIds:
    """A kind whose records have no place for ids in Procore: theirs live in the ledger only."""

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]:
        return []


def project_of(object_id: ObjectId) -> int:
    """The Procore project of a project level object. Raises Refused for a key that names none."""
    if object_id.project is None:
        raise impossible(f"{object_id} names no Procore project")
    return object_id.project


def impossible(problem: str) -> Refused:
    """Something was asked that this client can't be asked."""
    return Refused(refuse("lost_reference", problem=problem))


def row_refused(said: str, label: str = "") -> Refusal:
    """Procore refused one row; `label` names it."""
    return refuse("procore_refused", words=f"{label}: {said}" if label else said)
