"""A lifecycle is a table; this is its shape and the check that it makes sense (design §3).

Validators, signals, the CLI, the diagrams and the judge all read the same rows. A guard is a pure function from facts
to refusals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.facts import Facts
from domain.permissions import PERMISSIONS, Permission
from domain.refusals import Refusal
from domain.states import Actor, Condition, State

Guard = Callable[[Facts], list[Refusal]]


class NoFields(BaseModel):
    """An action that asks nothing more of a person."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Row:
    """From these states, this action, allowed by this permission, past these guards, leads to that state.

    `held_while_open`: with an open prerequisite it leads to `held` instead. `reads`: the judge reads the object from Procore
    first and takes a snapshot. `looks`: the record is looked up in CMiC first. `approves`: it binds the current snapshot.
    `to_while_linked`: where it leads an object that is in CMiC already (a resent budget). `direct`: with direct exports on it
    leads where `accept` leads (S-30). `links`: it joins a record that CMiC has, and writes nothing there. `on_wake`: the
    connector tries it when something happened that concerns the object.
    """

    from_states: tuple[State, ...]
    action: str
    permission_id: str
    to: State
    guards: tuple[Guard, ...] = ()
    held_while_open: bool = False
    reads: bool = False
    looks: bool = False
    approves: bool = False
    to_while_linked: State | None = None
    direct: bool = False
    on_wake: bool = False
    links: bool = False
    fields: type[BaseModel] = NoFields

    @property
    def permission(self) -> Permission:
        return PERMISSIONS[self.permission_id]

    @property
    def actor(self) -> Actor:
        return self.permission.actor


@dataclass(frozen=True)
class PrerequisiteRow:
    """A kind of parent, and what is needed of it."""

    parent_kind: str
    condition: Condition


class LifecycleError(ValueError):
    """A table that can't be walked. Raised when it is imported."""


@dataclass(frozen=True)
class Lifecycle:
    kind: str
    workflow_type: str
    label: str
    rows: tuple[Row, ...]
    prerequisites: tuple[PrerequisiteRow, ...] = ()
    own_guards: tuple[Guard, ...] = ()
    """Guards on the object's own facts: asked at send and accept, and again before the export writes."""
    unlink_needs_cmic_gone: bool = True
    one_at_a_time_on: str | None = None
    """A kind of parent on which CMiC takes one unposted record of this kind at a time."""
    states: tuple[State, ...] = field(init=False)

    def __post_init__(self) -> None:
        named = {s for row in self.rows for s in (*row.from_states, *targets(row))}
        object.__setattr__(self, "states", tuple(s for s in State if s in named))
        check(self)

    @property
    def grows(self) -> bool:
        """Whether it is sent again from `synced`, with what is new since."""
        return self.row(State.SYNCED, "resend") is not None

    def row(self, state: State, action: str) -> Row | None:
        return next((r for r in self.rows if r.action == action and state in r.from_states), None)

    def woken(self, state: State) -> list[Row]:
        """What the connector tries, in this order, when something happened that concerns an object in that state."""
        return [r for r in self.rows if r.on_wake and state in r.from_states]

    def rows_of(self, action: str) -> list[Row]:
        return [r for r in self.rows if r.action == action]

    def allowed(self, state: State, *, people_only: bool = True) -> list[str]:
        return [
            r.action for r in self.rows if state in r.from_states and not (people_only and r.actor is Actor.CONNECTOR)
        ]

    @property
    def actions(self) -> list[str]:
        return list(dict.fromkeys(r.action for r in self.rows))


def check(table: Lifecycle) -> None:
    """Refuse a table with two rows for one action, an unknown permission, a state that nothing leads to, or a state that
    nothing leads out of. Raises LifecycleError."""
    seen: set[tuple[State, str]] = set()
    for row in table.rows:
        for state in row.from_states:
            if not isinstance(state, State) or not isinstance(row.to, State):
                raise LifecycleError(f"{table.kind}: {row.action} names an unknown state")
            if (state, row.action) in seen:
                raise LifecycleError(f"{table.kind}: two rows for {row.action} from {state}")
            seen.add((state, row.action))
        if row.permission_id not in PERMISSIONS:
            raise LifecycleError(f"{table.kind}: {row.action} names the unknown permission {row.permission_id}")
        if row.held_while_open and table.row(State.HELD, "release") is None:
            raise LifecycleError(f"{table.kind}: {row.action} may hold, but nothing releases")
    reached = _reachable(table.rows)
    for state in table.states:
        if state not in reached:
            raise LifecycleError(f"{table.kind}: nothing leads to {state}")
        if not any(state in row.from_states and row.to is not state for row in table.rows):
            raise LifecycleError(f"{table.kind}: nothing leads out of {state}")


def targets(row: Row) -> list[State]:
    """Every state that a row may lead to."""
    held = [State.HELD] if row.held_while_open else []
    return [row.to, *held, *([row.to_while_linked] if row.to_while_linked else [])]


def _reachable(rows: Iterable[Row]) -> set[State]:
    reached = {State.NOT_SENT}
    while True:
        more = {to for row in rows if reached & set(row.from_states) for to in targets(row)}
        if more <= reached:
            return reached
        reached |= more


def as_data(table: Lifecycle) -> dict[str, Any]:
    """The table as plain data, for `procore-cmic lifecycles --json`."""
    return {
        "kind": table.kind,
        "workflow_type": table.workflow_type,
        "states": [s.value for s in table.states],
        "transitions": [
            {
                "from": [s.value for s in row.from_states],
                "action": row.action,
                "actor": row.actor.value,
                "permission": row.permission_id,
                "guards": [g.__name__ for g in row.guards],
                "to": row.to.value,
                "to_while_prerequisite_open": State.HELD.value if row.held_while_open else None,
                "to_while_linked": row.to_while_linked.value if row.to_while_linked else None,
                "to_with_direct_exports": State.EXPORTING.value if row.direct else None,
            }
            for row in table.rows
        ],
        "prerequisites": [{"parent": p.parent_kind, "condition": p.condition.value} for p in table.prerequisites],
    }


def as_mermaid(table: Lifecycle) -> str:
    """The table as a Mermaid state diagram; the docs hold the same text."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.NOT_SENT}"]
    for row in table.rows:
        for state in row.from_states:
            lines.append(f"    {state} --> {row.to}: {row.action}")
            if row.held_while_open and state is not State.HELD:
                lines.append(f"    {state} --> {State.HELD}: {row.action}, prerequisite open")
            if row.to_while_linked:
                lines.append(f"    {state} --> {row.to_while_linked}: {row.action}, in CMiC already")
    return "\n".join(lines)
