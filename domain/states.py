"""The states of an export lifecycle and who may move it (design §3, erp-tool-behaviour §14)."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where an object stands between Procore and CMiC. `posted` is a property of `synced`, not a state."""

    NOT_SENT = "not_sent"
    WAITING = "waiting"
    HELD = "held"
    REJECTED = "rejected"
    RETRIEVED = "retrieved"
    EXPORTING = "exporting"
    FAILED = "failed"
    SYNCED = "synced"
    UNLINKING = "unlinking"
    RESET_OUTSTANDING = "reset_outstanding"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    State.NOT_SENT: "Not sent",
    State.WAITING: "Ready to Export",
    State.HELD: "Held",
    State.REJECTED: "Rejected",
    State.RETRIEVED: "Retrieved",
    State.EXPORTING: "Exporting",
    State.FAILED: "Failed to Export",
    State.SYNCED: "Synced",
    State.UNLINKING: "Unlinking",
    State.RESET_OUTSTANDING: "Reset, CMiC record outstanding",
}


class Actor(StrEnum):
    """Who asks for a transition."""

    SENDER = "sender"
    APPROVER = "approver"
    OPERATOR = "operator"
    CONNECTOR = "connector"


class Condition(StrEnum):
    """What a child may need of its parent before it can leave (design §4)."""

    SYNCED = "synced"
    OPEN_FOR_CHANGES = "open for changes"
    """Posted or in process: CMiC takes change orders on it (cmic-api §4.4)."""
    POSTED = "posted"
    JOB_EXISTS = "job exists"
    BUDGETED = "budgeted"
    CONTRACT_IN_CMIC = "contract in CMiC"
    OUT_OF_THE_WAY = "out of the way"
    """An earlier sibling that CMiC must be done with first: it has one open RFP per contract (cmic-api §4.5)."""

    @property
    def lasts(self) -> bool:
        """Whether the child still stands on its parent once it has left: then the parent can't be unlinked."""
        return self is not Condition.OUT_OF_THE_WAY


class Posting(StrEnum):
    """What CMiC was last seen to hold of a synced object (cmic-api §4.4)."""

    UNKNOWN = "unknown"
    PRESENT = "present"
    """There, and of a kind that isn't posted (a vendor, a job)."""
    UNPOSTED = "unposted"
    IN_PROCESS = "in process"
    """On its way to being posted: CMiC takes change orders on it already (cmic-api §4.4)."""
    POSTED = "posted"
    VOID = "void"
    GONE = "gone"

    @property
    def takes_changes(self) -> bool:
        return self in (Posting.POSTED, Posting.IN_PROCESS)

    @property
    def counts_as_gone(self) -> bool:
        """A void record counts as gone for unlink, and as taken for send (design §5)."""
        return self in (Posting.VOID, Posting.GONE)
