"""Reading single records: an answer must be the record that was asked for, or it is refused in words."""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId
from domain.refusals import Refusal, Refused, refuse
from systems.procore.errors import unreadable


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
