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
    sender_is_another,
    typed_comes_in_time,
    write_settled,
)
from domain.lifecycle import Guard, NoFields, Row
from domain.states import State as S

RETURNED = (S.REJECTED, S.RETRIEVED)
UNSENT = (S.NOT_SENT, *RETURNED)


def send_and_decide(
    own: tuple[Guard, ...],
    accept_fields: type[BaseModel],
    *,
    permission: str = "send",
    direct: bool = False,
    linked: S | None = None,
    on_accept: tuple[Guard, ...] = (),
) -> tuple[Row, ...]:
    """From the first send to the approver's decision. `own` are the guards on the object's own facts, `on_accept` those on
    what the approver types. `linked`: where an object goes back to that is in CMiC already."""
    on_send = (free_of_other_integrations, *own)
    return (
        Row((S.NOT_SENT,), "send", permission, S.WAITING, on_send, reads=True, direct=direct),
        Row(RETURNED, "resend", "resend", S.WAITING, on_send, reads=True, direct=direct),
        Row((S.WAITING,), "retrieve", "retrieve", S.RETRIEVED, to_while_linked=linked),
        Row((S.WAITING,), "reject", "reject", S.REJECTED, to_while_linked=linked),
        Row(
            (S.HELD,),
            "reject",
            "reject",
            S.REJECTED,
            (write_settled, nothing_of_ours_in_cmic),
            looks=True,
            to_while_linked=linked,
        ),
        Row(
            (S.WAITING,),
            "accept",
            "accept",
            S.EXPORTING,
            (preview_is_current, sender_is_another, *own, *on_accept),
            held_while_open=True,
            approves=True,
            fields=accept_fields,
        ),
        Row((S.HELD,), "release", "connector", S.EXPORTING, held_while_open=True, on_wake=True),
    )


def export_steps(
    own: tuple[Guard, ...],
    accept_fields: type[BaseModel],
    adopt: bool = True,
    *,
    linked: S | None = None,
    on_accept: tuple[Guard, ...] = (),
) -> tuple[Row, ...]:
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
            (preview_is_current, sender_is_another, write_settled, typed_comes_in_time, *own, *on_accept),
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
            to_while_linked=linked,
        ),
    )
    guards = (sender_is_another, *own)
    adopting = Row(
        (S.FAILED,), "adopt", "adopt", S.EXPORTING, guards, held_while_open=True, approves=True, fields=NoFields
    )
    return (*rows, adopting) if adopt else rows


def came_back(can_hold: bool = True) -> tuple[Row, ...]:
    """An export that finds the object edited since it was approved, or CMiC asking for something else first."""
    edited = Row((S.EXPORTING,), "return_edited", "connector", S.WAITING)
    return (edited, Row((S.EXPORTING,), "hold", "connector", S.HELD)) if can_hold else (edited,)


def resend_what_is_new(guards: tuple[Guard, ...]) -> tuple[Row, ...]:
    """An object that grows is sent again from `synced`; the export carries what is new (erp-tool-behaviour B-04)."""
    return (Row((S.SYNCED,), "resend", "resend", S.WAITING, guards, reads=True, looks=True),)


def unlink_and_watch(permission: str = "unlink", *, looks: bool = False) -> tuple[Row, ...]:
    """Unlink checks CMiC first and never deletes there (U-02, U-03); the posting watcher moves nothing but `posted`."""
    return (
        Row((S.SYNCED,), "unlink", permission, S.UNLINKING, (no_dependents,)),
        Row((S.FAILED,), "unlink", permission, S.UNLINKING, (write_settled, no_dependents)),
        Row((S.UNLINKING,), "gone", "connector", S.NOT_SENT),
        Row((S.UNLINKING,), "still_there", "connector", S.SYNCED),
        Row((S.UNLINKING,), "still_failed", "connector", S.FAILED),
        Row((S.SYNCED,), "record_posting", "connector", S.SYNCED, (posting_has_changed,), on_wake=True, looks=looks),
    )
