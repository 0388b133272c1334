"""The decision on a command: pure, from facts to a verdict with every reason at once (design §3 and §4, B-02)."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.commands import WAKE, Answer, Command, Door, Head
from domain.facts import Facts, Prerequisite
from domain.lifecycle import Lifecycle, Row
from domain.people import person_id
from domain.permissions import missing
from domain.refusals import Refusal, refuse
from domain.states import Actor, State


class Decision(BaseModel):
    """`to` is where the object stands afterwards: where it stood, if the command was refused. `row` is the one that applied."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    row: Row | None = None
    answer: Answer
    to: State
    refusals: list[Refusal] = []
    open: list[Prerequisite] = []


def hopeless(table: Lifecycle, command: Command) -> list[Refusal]:
    """What no fact could change: an update's validator refuses only this."""
    rows = [r for r in table.rows_of(command.action) if r.actor is not Actor.CONNECTOR]
    if not rows:
        people = ", ".join(dict.fromkeys(r.action for r in table.rows if r.actor is not Actor.CONNECTOR))
        return [refuse("unknown_action", action=command.action, kind=table.label, allowed=people)]
    if command.door is Door.SIGNAL and not rows[0].permission.by_signal:
        return [refuse("operator_may_not_accept")]
    return _unreadable_fields(rows[0], command)


def _unreadable_fields(row: Row, command: Command) -> list[Refusal]:
    try:
        row.fields.model_validate(command.fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        spot = ".".join(str(p) for p in first["loc"]) or "fields"
        if first["type"] == "missing":
            return [refuse("field_missing", field=spot, action=command.action)]
        return [refuse("bad_input", problem=f"{spot}: {first['msg']}")]
    return []


def decide(table: Lifecycle, facts: Facts) -> Decision:
    """Judge one command. The connector's own commands change nothing where a guard says no."""
    command, head = facts.command, facts.head
    by_connector = command.door is Door.CONNECTOR
    if by_connector and command.action == WAKE:
        return _woken(table, facts)
    row = table.row(head.state, command.action)
    if row is None or (row.actor is Actor.CONNECTOR) != by_connector:
        return _refused(head, [] if by_connector else _no_row(table, facts))
    return _judged(_direct(table, row, facts), facts)


def _judged(row: Row, facts: Facts) -> Decision:
    head = facts.head
    refusals = _first_things(row, facts) or [r for guard in row.guards for r in guard(facts)]
    if refusals:
        by_connector = facts.command.door is Door.CONNECTOR
        return Decision(answer=Answer.NOTHING, to=head.state) if by_connector else _refused(head, refusals)
    waiting = [p for p in facts.prerequisites if not p.met] if row.held_while_open else []
    if waiting and head.state is State.HELD:
        return Decision(answer=Answer.NOTHING, to=head.state, open=waiting)
    to = row.to_while_linked if row.to_while_linked and facts.linked else row.to
    return Decision(row=row, answer=Answer.DONE, to=State.HELD if waiting else to, open=waiting)


def _woken(table: Lifecycle, facts: Facts) -> Decision:
    """The first of the connector's rows that has something to do now."""
    nothing = Decision(answer=Answer.NOTHING, to=facts.head.state)
    for row in table.woken(facts.head.state):
        decision = _judged(row, facts)
        if decision.answer is Answer.DONE:
            return decision
        nothing = nothing if nothing.open else decision
    return nothing


def _direct(table: Lifecycle, row: Row, facts: Facts) -> Row:
    """With direct exports on, a send does what an approver's accept would do (S-30, R-27)."""
    accept = table.row(State.WAITING, "accept") if row.direct and facts.settings.direct_exports else None
    return row if accept is None else replace(row, to=accept.to, held_while_open=True, approves=True)


def _refused(head: Head, refusals: list[Refusal]) -> Decision:
    return Decision(answer=Answer.REFUSED if refusals else Answer.NOTHING, to=head.state, refusals=refusals)


def _first_things(row: Row, facts: Facts) -> list[Refusal]:
    """What makes asking the other guards pointless."""
    command = facts.command
    if command.door is not Door.CONNECTOR:
        if command.door is Door.SIGNAL and not row.permission.by_signal:
            return [refuse("operator_may_not_accept")]
        if command.door is not Door.SIGNAL:
            if facts.person is None:
                return [refuse("unknown_person", person=command.person or "nobody")]
            if lacking := missing(row.permission, facts.person, row.action, facts.settings):
                return lacking
        if command.seen is not None and facts.decided and facts.decided.sequence > command.seen:
            return [refuse("changed_since_seen", seen=command.seen, now=facts.decided.sequence)]
        if unreadable := _unreadable_fields(row, command):
            return unreadable
    if facts.document_problem is not None:
        return [facts.document_problem]
    return []


def _no_row(table: Lifecycle, facts: Facts) -> list[Refusal]:
    command, head, last = facts.command, facts.head, facts.decided
    if hopeless_now := hopeless(table, command):
        return hopeless_now
    allowed = ", ".join(table.allowed(head.state)) or "nothing"
    refusals = [
        refuse("not_allowed_now", kind=table.label, state=head.state.label, action=command.action, allowed=allowed)
    ]
    asker = person_id(facts.person.name) if facts.person else None
    if last is not None and last.sequence > (command.seen or 0) and last.who != asker:
        refusals.insert(
            0,
            refuse(
                "already_decided",
                winner=last.who,
                action=last.action,
                at=last.at.strftime("%Y-%m-%d %H:%M:%S UTC"),
                attempt=command.action,
            ),
        )
    return refusals
