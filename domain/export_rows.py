"""The rows that every exported object walks (erp-tool-behaviour §14, with `held` and retry in place: design §3, B-01, B-02).

An object adds its own guards, and rows of its own; it doesn't repeat these.
"""

from __future__ import annotations

from pydantic import BaseModel

from domain.guards import (
    free_of_other_integrations,
    no_dependents,
    nothing_of_ours_in_cmic,
    posting_has_changed,
    preview_is_current,
    write_settled,
)
from domain.lifecycle import Guard, NoFields, Row
from domain.states import State as S

UNSENT = (S.NOT_SENT, S.REJECTED, S.RETRIEVED)


def send_and_decide(own: tuple[Guard, ...], accept_fields: type[BaseModel]) -> tuple[Row, ...]:
    """From the first send to the approver's decision. `own` are the guards on the object's own facts."""
    return (
        Row(UNSENT, "send", "send", S.WAITING, (free_of_other_integrations, *own), reads=True),
        Row((S.WAITING,), "retrieve", "retrieve", S.RETRIEVED),
        Row((S.WAITING,), "reject", "reject", S.REJECTED),
        Row((S.HELD,), "reject", "reject", S.REJECTED, (write_settled, nothing_of_ours_in_cmic), looks=True),
        Row(
            (S.WAITING,),
            "accept",
            "accept",
            S.EXPORTING,
            (preview_is_current, *own),
            held_while_open=True,
            approves=True,
            fields=accept_fields,
        ),
        Row((S.HELD,), "release", "connector", S.EXPORTING, held_while_open=True),
    )


def export_steps(own: tuple[Guard, ...], accept_fields: type[BaseModel], adopt: bool = True) -> tuple[Row, ...]:
    """What the export itself does, and what people may do when it failed. Retry is a new approval in place."""
    rows = (
        Row((S.EXPORTING,), "complete", "connector", S.SYNCED),
        Row((S.EXPORTING,), "fail", "connector", S.FAILED),
        Row((S.FAILED,), "try_again", "connector", S.EXPORTING),
        Row(
            (S.FAILED,),
            "retry",
            "retry",
            S.EXPORTING,
            (preview_is_current, write_settled, *own),
            held_while_open=True,
            looks=True,
            approves=True,
            fields=accept_fields,
        ),
        Row(
            (S.FAILED,),
            "reject",
            "reject",
            S.REJECTED,
            (write_settled, nothing_of_ours_in_cmic),
            looks=True,
        ),
    )
    adopting = Row(
        (S.FAILED,), "adopt", "adopt", S.EXPORTING, own, held_while_open=True, approves=True, fields=NoFields
    )
    return (*rows, adopting) if adopt else rows


def came_back(can_hold: bool = True) -> tuple[Row, ...]:
    """An export that finds the object edited since it was approved, or CMiC asking for something else first."""
    edited = Row((S.EXPORTING,), "return_edited", "connector", S.WAITING)
    return (edited, Row((S.EXPORTING,), "hold", "connector", S.HELD)) if can_hold else (edited,)


def unlink_and_watch(permission: str = "unlink") -> tuple[Row, ...]:
    """Unlink checks CMiC first and never deletes there (U-02, U-03); the posting watcher moves nothing but `posted`."""
    return (
        Row((S.SYNCED,), "unlink", permission, S.UNLINKING, (no_dependents,)),
        Row((S.FAILED,), "unlink", permission, S.UNLINKING, (write_settled, no_dependents)),
        Row((S.UNLINKING,), "gone", "connector", S.NOT_SENT),
        Row((S.UNLINKING,), "still_there", "connector", S.SYNCED),
        Row((S.UNLINKING,), "still_failed", "connector", S.FAILED),
        Row((S.SYNCED,), "record_posting", "connector", S.SYNCED, (posting_has_changed,)),
    )
