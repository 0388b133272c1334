"""When is a prerequisite met? One function, for the judge, the release sweep and the graph (design §4)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from domain.states import Condition, Posting, State


class ParentFact(BaseModel):
    """What the ledger says of a parent. `linked` is true while a CMiC record is linked to it, whatever it does just now."""

    model_config = ConfigDict(frozen=True)

    key: str
    state: State
    posting: Posting = Posting.UNKNOWN
    job: str = ""
    linked: bool = False


def met(condition: Condition, parent: ParentFact | None) -> bool:
    """A parent that is being unlinked counts for nothing any more: its children must not start."""
    if parent is None or parent.state is State.UNLINKING:
        return False
    if condition is Condition.SYNCED:
        return parent.state is State.SYNCED
    if condition is Condition.POSTED:
        return parent.state is State.SYNCED and parent.posting is Posting.POSTED
    if condition is Condition.JOB_EXISTS:
        return parent.linked and bool(parent.job)
    return False
