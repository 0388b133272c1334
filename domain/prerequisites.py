"""When is a prerequisite met? One function, for the judge, the release sweep and the graph (design §4)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from domain.states import Condition, Posting, State

UNSENT = (State.NOT_SENT, State.REJECTED, State.RETRIEVED)


class ParentFact(BaseModel):
    """What the ledger says of a parent. `linked` is true while a CMiC record is linked to it, whatever it does just now."""

    model_config = ConfigDict(frozen=True)

    key: str
    state: State
    posting: Posting = Posting.UNKNOWN
    job: str = ""
    linked: bool = False
    budgeted: bool = False
    imported: bool = False
    """A budget whose amounts came from CMiC: there they are budgeted already."""
    contract: bool = False
    """CMiC has a billing contract for the project's job."""


def met(condition: Condition, parent: ParentFact | None) -> bool:
    """A parent that is being unlinked counts for nothing any more: its children must not start."""
    if parent is None or parent.state is State.UNLINKING:
        return False
    synced = parent.state is State.SYNCED
    return {
        Condition.SYNCED: synced,
        Condition.OPEN_FOR_CHANGES: synced and parent.posting.takes_changes,
        Condition.POSTED: synced and parent.posting is Posting.POSTED,
        Condition.JOB_EXISTS: parent.linked and bool(parent.job),
        Condition.BUDGETED: (synced and parent.posting is Posting.POSTED and parent.budgeted)
        or (parent.imported and parent.state in UNSENT),
        Condition.CONTRACT_IN_CMIC: parent.linked and bool(parent.job) and parent.contract,
        Condition.OUT_OF_THE_WAY: not in_the_way(parent),
    }[condition]


def in_the_way(sibling: ParentFact) -> bool:
    """On its way to CMiC, or there and not posted yet."""
    if sibling.state in (State.EXPORTING, State.UNLINKING):
        return True
    done = sibling.posting is Posting.POSTED or sibling.posting.counts_as_gone
    return sibling.state is State.SYNCED and not done
