"""The check of lifecycle tables refuses what can't be walked; every shipped table passes and shows itself (design §3)."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from domain.lifecycle import Lifecycle, LifecycleError, Row, as_data, as_mermaid, check
from domain.states import Actor, State
from domain.states import State as S
from mappers.registry import KINDS

TABLES = [kind.lifecycle for kind in KINDS.values()]
by_kind = pytest.mark.parametrize("table", TABLES, ids=lambda t: t.kind)

SEND = Row((S.NOT_SENT,), "send", "send", S.WAITING)
BACK = Row((S.WAITING,), "retrieve", "retrieve", S.NOT_SENT)


def table(*rows: Row, **more: Any) -> Lifecycle:
    return Lifecycle(kind="thing", workflow_type="ThingLifecycle", label="thing", rows=rows, **more)


def test_a_table_that_can_be_walked_passes() -> None:
    assert table(SEND, BACK).states == (S.NOT_SENT, S.WAITING)


def test_an_unknown_permission_is_refused() -> None:
    with pytest.raises(LifecycleError, match="send names the unknown permission wave_through"):
        table(Row((S.NOT_SENT,), "send", "wave_through", S.WAITING), BACK)


def test_two_rows_for_one_action_in_one_state_are_refused() -> None:
    other = Row((S.WAITING, S.NOT_SENT), "send", "send", S.WAITING)
    with pytest.raises(LifecycleError, match="two rows for send from not_sent"):
        table(SEND, BACK, other)


def test_one_action_may_have_rows_in_several_states() -> None:
    again = Row((S.WAITING,), "send", "send", S.NOT_SENT)
    assert table(SEND, again).rows_of("send") == [SEND, again]


def test_a_state_that_nothing_leads_to_is_refused() -> None:
    out_of_nowhere = Row((S.FAILED,), "retry", "retry", S.WAITING)
    with pytest.raises(LifecycleError, match="nothing leads to failed"):
        table(SEND, BACK, out_of_nowhere)


def test_states_that_only_lead_to_one_another_are_unreachable() -> None:
    there = Row((S.FAILED,), "retry", "retry", S.SYNCED)
    and_back = Row((S.SYNCED,), "unlink", "unlink", S.FAILED)
    with pytest.raises(LifecycleError, match="nothing leads to"):
        table(SEND, BACK, there, and_back)


def test_a_state_without_a_way_out_is_refused() -> None:
    with pytest.raises(LifecycleError, match="nothing leads out of rejected"):
        table(SEND, BACK, Row((S.WAITING,), "reject", "reject", S.REJECTED))


def test_a_row_that_stays_where_it_is_is_no_way_out() -> None:
    stays = Row((S.REJECTED,), "send", "send", S.REJECTED)
    with pytest.raises(LifecycleError, match="nothing leads out of rejected"):
        table(SEND, BACK, Row((S.WAITING,), "reject", "reject", S.REJECTED), stays)


def test_a_row_that_may_hold_needs_a_release() -> None:
    accept = Row((S.WAITING,), "accept", "accept", S.NOT_SENT, held_while_open=True)
    out = Row((S.HELD,), "reject", "reject", S.NOT_SENT)
    with pytest.raises(LifecycleError, match="accept may hold, but nothing releases"):
        table(SEND, accept, out)


def test_held_counts_as_reached_when_a_row_may_hold() -> None:
    accept = Row((S.WAITING,), "accept", "accept", S.NOT_SENT, held_while_open=True)
    release = Row((S.HELD,), "release", "connector", S.NOT_SENT)
    assert S.HELD in table(SEND, accept, release).states


@pytest.mark.parametrize(
    "row",
    [
        Row((S.WAITING,), "wave", "send", cast(State, "somewhere")),
        Row((cast(State, "somewhere"),), "wave", "send", S.WAITING),
    ],
    ids=["to", "from"],
)
def test_an_unknown_state_is_refused(row: Row) -> None:
    with pytest.raises(LifecycleError, match="wave names an unknown state"):
        table(SEND, BACK, row)


@by_kind
def test_every_shipped_table_passes(table: Lifecycle) -> None:
    check(table)


@by_kind
def test_every_shipped_guard_has_a_name_and_a_meaning_of_its_own(table: Lifecycle) -> None:
    names = {guard.__name__: guard for row in table.rows for guard in row.guards}
    assert all(guard is names[guard.__name__] for row in table.rows for guard in row.guards)


@by_kind
def test_a_row_is_found_by_its_state_and_action_only(table: Lifecycle) -> None:
    stated = {(state, row.action): row for row in table.rows for state in row.from_states}
    for state in State:
        for action in [*table.actions, "dance"]:
            assert table.row(state, action) is stated.get((state, action))


@by_kind
def test_what_is_allowed_leaves_out_the_connectors_own(table: Lifecycle) -> None:
    for state in State:
        everything = table.allowed(state, people_only=False)
        own = {r.action for r in table.rows if r.actor is Actor.CONNECTOR}
        assert table.allowed(state) == [action for action in everything if action not in own]


@by_kind
def test_as_data_has_the_published_shape(table: Lifecycle) -> None:
    data = as_data(table)
    assert json.loads(json.dumps(data)) == data
    assert {"kind", "workflow_type", "states", "transitions", "prerequisites"} <= set(data)
    assert (data["kind"], data["workflow_type"]) == (table.kind, table.workflow_type)
    assert data["states"] == [s.value for s in table.states]
    for row, shown in zip(table.rows, data["transitions"], strict=True):
        assert shown["from"] == [s.value for s in row.from_states]
        assert (shown["action"], shown["actor"], shown["to"]) == (row.action, row.actor.value, row.to.value)
        assert shown["guards"] == [guard.__name__ for guard in row.guards]


def test_as_data_names_what_a_commitment_waits_for() -> None:
    assert as_data(KINDS["commitment"].lifecycle)["prerequisites"] == [
        {"parent": "project", "condition": "job exists"},
        {"parent": "company", "condition": "synced"},
    ]


@by_kind
def test_the_diagram_shows_every_row_from_every_state(table: Lifecycle) -> None:
    drawn = as_mermaid(table).splitlines()
    assert drawn[:2] == ["stateDiagram-v2", "    [*] --> not_sent"]
    expected = {
        f"    {state.value} --> {row.to.value}: {row.action}" for row in table.rows for state in row.from_states
    }
    held = {line for line in drawn if line.endswith(", prerequisite open")}
    linked = {line for line in drawn if line.endswith(", in CMiC already")}
    assert set(drawn[2:]) - held - linked == expected
    assert linked == {
        f"    {state.value} --> {row.to_while_linked.value}: {row.action}, in CMiC already"
        for row in table.rows
        for state in row.from_states
        if row.to_while_linked
    }
    may_hold = {(s.value, r.action) for r in table.rows if r.held_while_open for s in r.from_states if s is not S.HELD}
    assert held == {f"    {state} --> held: {action}, prerequisite open" for state, action in may_hold}
