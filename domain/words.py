"""What an object waits for, in a sentence or two: for Temporal's UI, the inbox and the CLI alike."""

from __future__ import annotations

from datetime import date

from domain.facts import Prerequisite
from domain.refusals import Refusal
from domain.states import Condition, Posting, State

_NEEDED = {
    Condition.SYNCED: "to be synced",
    Condition.OPEN_FOR_CHANGES: "to be posted, or in process, in CMiC",
    Condition.POSTED: "to be posted in CMiC",
    Condition.JOB_EXISTS: "to be linked to its job",
    Condition.BUDGETED: "to be posted in CMiC and shown there as budgeted cost",
    Condition.CONTRACT_IN_CMIC: "to have its contract in CMiC",
    Condition.OUT_OF_THE_WAY: "to be posted in CMiC first, which takes one open request for payment a contract",
}


def needed(condition: Condition) -> str:
    return f"needs {_NEEDED[condition]}"


def waiting_for(open_ones: list[Prerequisite]) -> str:
    return "; ".join(f"{p.label or p.parent} {_NEEDED[p.condition]}" for p in open_ones)


def words(
    state: State,
    *,
    who: str,
    open_ones: list[Prerequisite],
    refusals: list[Refusal],
    temporary: bool = False,
    erp_key: str = "",
    posting: Posting = Posting.UNKNOWN,
    posted_on: date | None = None,
) -> str:
    """The object's own account of where it stands and who has to move."""
    reasons = " ".join(f"{r.sentence} ({r.owner}: {r.where})" for r in refusals[:5])
    more = f" And {len(refusals) - 5} more." if len(refusals) > 5 else ""
    if state is State.WAITING:
        also = f" Before it can leave, it needs {waiting_for(open_ones)}." if open_ones else ""
        return f"Ready to Export: waits for an accounting approver.{also}{' ' + reasons if reasons else ''}"
    if state is State.HELD:
        what = f"it needs {waiting_for(open_ones)}." if open_ones else reasons
        return f"Accepted, and held: {what} It leaves by itself."
    if state is State.FAILED:
        by_itself = " It tries again by itself." if temporary else ""
        return f"Failed to Export. {reasons}{more}{by_itself}"
    if state is State.SYNCED:
        return f"In CMiC{f' as {erp_key}' if erp_key else ''}{_posted(posting, posted_on)}.{' ' + reasons if reasons else ''}"
    plain = {
        State.EXPORTING: "Being exported to CMiC.",
        State.UNLINKING: "Being unlinked: CMiC is asked whether the record is gone.",
        State.REJECTED: f"Rejected by {who}; may be corrected and sent again.",
        State.RETRIEVED: f"Retrieved by {who}; may be corrected and sent again.",
        State.NOT_SENT: "Not sent.",
        State.RESET_OUTSTANDING: "Reset: it may be sent again once CMiC's earlier record is void or gone.",
    }
    return plain.get(state, state.label)


def _posted(posting: Posting, posted_on: date | None) -> str:
    return {
        Posting.UNKNOWN: "",
        Posting.PRESENT: "",
        Posting.UNPOSTED: "; not posted yet",
        Posting.IN_PROCESS: "; in process, not posted yet",
        Posting.POSTED: f"; posted on {posted_on}" if posted_on else "; posted",
        Posting.VOID: "; void there: unlink it",
        Posting.GONE: "; no longer there: unlink it",
    }[posting]
