"""What all tables of the registry have in common, and where a kind differs (erp-tool-behaviour §5, §6, §14; design §3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.budget import last_export_is_budgeted
from domain.commands import Answer
from domain.guards import free_of_other_integrations, nothing_of_ours_in_cmic, preview_is_current, sender_is_another
from domain.judging import decide
from domain.lifecycle import Lifecycle, Row, as_data, targets
from domain.states import Actor, Condition, State
from domain.states import State as S
from mappers.registry import KINDS
from tests.builders import UNSUPPORTED, command, facts, head

TABLES = {name: kind.lifecycle for name, kind in KINDS.items()}
GOING = {name: table for name, table in TABLES.items() if name not in UNSUPPORTED}
every_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
every_going = pytest.mark.parametrize("table", GOING.values(), ids=GOING)

PERMISSION = {
    "send": "send",
    "resend": "resend",
    "retrieve": "retrieve",
    "accept": "accept",
    "reject": "reject",
    "retry": "retry",
    "adopt": "adopt",
    "take_over": "adopt",
    "unlink": "unlink",
    "reset": "reset",
    "link": "link",
    "refresh": "link",
    "add": "add_company",
}
"""Which permission an action asks for (requirements §5)."""
DIFFERENT = {
    ("project", "send"): "add_project",
    ("project", "add"): "add_job",
    ("company", "unlink"): "unlink_company",
}


def row(table: Lifecycle, state: State, action: str) -> Row:
    found = table.row(state, action)
    assert found is not None
    return found


@every_table
def test_each_action_asks_for_its_permission(table: Lifecycle) -> None:
    for one in table.rows:
        if one.actor is Actor.CONNECTOR:
            assert one.permission_id == "connector"
        else:
            assert one.permission_id == DIFFERENT.get((table.kind, one.action), PERMISSION[one.action])


def test_every_kind_of_the_requirements_that_goes_to_cmic_is_there() -> None:
    assert set(GOING) == {
        *("project", "cost_codes", "company", "commitment", "commitment_change_order", "subcontractor_invoice"),
        *("invoice_payment", "budget", "budget_change", "budget_modification", "forecast", "prime_change_order"),
    }


def test_each_has_a_workflow_type_and_a_label_of_its_own() -> None:
    assert len({t.workflow_type for t in TABLES.values()}) == len(TABLES) == len({t.label for t in TABLES.values()})
    assert {t.workflow_type for t in TABLES.values()} == {
        "".join(part.title() for part in name.split("_")) + "Lifecycle" for name in TABLES
    }


@every_table
def test_as_data_is_json_and_tells_of_every_way_a_row_may_lead(table: Lifecycle) -> None:
    data = as_data(table)
    assert json.loads(json.dumps(data)) == data
    for one, shown in zip(table.rows, data["transitions"], strict=True):
        told = {shown["to"], shown["to_while_prerequisite_open"], shown["to_while_linked"]} - {None}
        assert told == {s.value for s in targets(one)}
        assert shown["to_with_direct_exports"] == (S.EXPORTING.value if one.direct else None)
        assert shown["permission"] == one.permission_id
        assert told <= set(data["states"])
    assert data["prerequisites"] == [
        {"parent": p.parent_kind, "condition": p.condition.value} for p in table.prerequisites
    ]


# Send and resend


@every_table
def test_a_send_is_only_from_not_sent(table: Lifecycle) -> None:
    assert [r.from_states for r in table.rows_of("send")] == [(S.NOT_SENT,)]


RESENT_FROM = {
    "cost_codes": {S.SYNCED},
    "budget": {S.SYNCED},
    "forecast": {S.SYNCED},
    "prime_change_order": {S.RESET_OUTSTANDING},
}


@every_going
def test_a_resend_is_from_what_came_back_and_where_a_kind_grows_from_synced(table: Lifecycle) -> None:
    found = {state for r in table.rows_of("resend") for state in r.from_states}
    assert found == {S.REJECTED, S.RETRIEVED} | RESENT_FROM.get(table.kind, set())


@every_going
def test_sending_again_reads_the_object_and_asks_all_its_guards(table: Lifecycle) -> None:
    first = row(table, S.NOT_SENT, "send")
    for again in table.rows_of("resend"):
        assert (again.reads, again.to, again.approves) == (True, S.WAITING, False)
        own = [g for g in first.guards if g is not free_of_other_integrations]
        assert [g for g in again.guards if g in own] == own
    assert first.guards[0] is free_of_other_integrations


def test_only_the_budgets_resend_waits_for_the_last_export() -> None:
    asking = {t.kind for t in GOING.values() for r in t.rows_of("resend") if last_export_is_budgeted in r.guards}
    assert asking == {"budget"}


@every_going
def test_a_decision_asks_the_objects_own_guards_again(table: Lifecycle) -> None:
    for action, state in (("accept", S.WAITING), ("retry", S.FAILED), ("adopt", S.FAILED)):
        found = table.row(state, action)
        if found is not None:
            assert [g for g in found.guards if g in table.own_guards] == list(table.own_guards)
            assert sender_is_another in found.guards
            assert found.approves
            assert found.held_while_open
            assert (preview_is_current in found.guards) == (action != "adopt")


def test_what_has_no_record_of_its_own_to_take_over_isnt_adopted() -> None:
    assert {name for name, table in GOING.items() if "adopt" not in table.actions} == {"project", "cost_codes"}


def test_only_a_commitment_is_taken_over_before_it_was_sent() -> None:
    """It reads, approves and joins: whatever it meets, nothing is made in CMiC (R-09)."""
    assert {name for name, table in TABLES.items() if "take_over" in table.actions} == {"commitment"}
    table = TABLES["commitment"]
    found = [row(table, state, "take_over") for state in (S.NOT_SENT, S.REJECTED, S.RETRIEVED)]
    assert len(set(map(id, found))) == 1
    assert (found[0].reads, found[0].approves, found[0].links, found[0].held_while_open) == (True,) * 4
    assert [g for g in found[0].guards if g in table.own_guards] == list(table.own_guards)
    assert sender_is_another in found[0].guards
    assert not found[0].permission.by_signal


def test_only_companies_and_projects_are_linked_and_only_a_project_is_refreshed() -> None:
    assert {name for name, table in TABLES.items() if "link" in table.actions} == {"company", "project"}
    assert {name for name, table in TABLES.items() if "refresh" in table.actions} == {"project"}


def test_only_a_prime_change_order_is_reset() -> None:
    assert {name for name, table in TABLES.items() if "reset" in table.actions} == {"prime_change_order"}
    assert {name for name, table in TABLES.items() if S.RESET_OUTSTANDING in table.states} == {"prime_change_order"}


# Where an object goes that is in CMiC already


BACK_TO_SYNCED = ("budget", "forecast", "cost_codes", "project")
"""Kinds of which something stands in CMiC while they are sent again, or linked further."""


def test_what_is_sent_again_and_sent_back_stays_synced_when_it_is_in_cmic() -> None:
    found = {
        (name, r.action, state): r.to_while_linked
        for name, table in TABLES.items()
        for r in table.rows
        for state in r.from_states
        if r.to_while_linked
    }
    ways = [("retrieve", S.WAITING), ("reject", S.WAITING), ("reject", S.HELD), ("reject", S.FAILED)]
    assert found == {(name, action, state): S.SYNCED for name in BACK_TO_SYNCED for action, state in ways}


@pytest.mark.parametrize("kind", BACK_TO_SYNCED)
@pytest.mark.parametrize(
    ("action", "state", "otherwise"),
    [
        ("retrieve", S.WAITING, S.RETRIEVED),
        ("reject", S.WAITING, S.REJECTED),
        ("reject", S.HELD, S.REJECTED),
        ("reject", S.FAILED, S.REJECTED),
    ],
)
def test_it_goes_back_to_where_it_was(kind: str, action: str, state: State, otherwise: State) -> None:
    linked = head(state, kind, exported=True)
    assert decide(TABLES[kind], facts(command(action), kind=kind, head=linked)).to is S.SYNCED
    assert decide(TABLES[kind], facts(command(action), state, kind)).to is otherwise


@pytest.mark.parametrize(
    ("action", "state", "to"), [("retrieve", S.WAITING, S.RETRIEVED), ("reject", S.WAITING, S.REJECTED)]
)
def test_other_kinds_go_back_to_their_sender_though_linked(action: str, state: State, to: State) -> None:
    for kind in set(GOING) - set(BACK_TO_SYNCED):
        decision = decide(TABLES[kind], facts(command(action), kind=kind, head=head(state, kind, exported=True)))
        assert (decision.answer, decision.to) == (Answer.DONE, to)


# The connector


@every_going
def test_what_is_tried_on_a_wake(table: Lifecycle) -> None:
    woken = {state: [r.action for r in table.woken(state)] for state in State if table.woken(state)}
    synced = ["job_made", "record_posting"] if table.kind == "project" else ["record_posting"]
    assert woken == {S.HELD: ["release"], S.SYNCED: synced}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_never_leaves_is_never_woken(name: str) -> None:
    assert [TABLES[name].woken(state) for state in State] == [[] for _ in State]


@every_going
def test_what_is_rejected_after_a_try_is_looked_up_first(table: Lifecycle) -> None:
    for state in (S.HELD, S.FAILED):
        rejected = row(table, state, "reject")
        assert rejected.looks
        assert nothing_of_ours_in_cmic in rejected.guards
    assert not row(table, S.WAITING, "reject").looks


@every_going
def test_which_decisions_look_into_cmic_first(table: Lifecycle) -> None:
    looking = {(r.action, state) for r in table.rows if r.looks for state in r.from_states}
    expected = {("reject", S.HELD), ("reject", S.FAILED), ("retry", S.FAILED)}
    expected |= {("resend", state) for state in RESENT_FROM.get(table.kind, set())}
    expected |= {("record_posting", S.SYNCED)} if table.kind == "budget" else set()
    assert looking == expected


@every_going
def test_what_may_be_held_is_released_again(table: Lifecycle) -> None:
    released = row(table, S.HELD, "release")
    assert (released.actor, released.held_while_open, released.to) == (Actor.CONNECTOR, True, S.EXPORTING)


# Direct exports (S-30, R-27)


def test_direct_exports_are_of_commitments_change_orders_and_invoices() -> None:
    direct = {(name, r.action) for name, table in TABLES.items() for r in table.rows if r.direct}
    kinds = ("commitment", "commitment_change_order", "subcontractor_invoice")
    assert direct == {(kind, action) for kind in kinds for action in ("send", "resend")}


# Unlink


def test_cmic_has_to_be_without_it_first_unless_it_stays_there_for_others() -> None:
    assert {name for name, table in GOING.items() if not table.unlink_needs_cmic_gone} == {
        *("project", "company", "cost_codes"),
    }


@every_going
def test_it_is_unlinked_from_where_cmic_may_have_something(table: Lifecycle) -> None:
    assert {state for r in table.rows_of("unlink") for state in r.from_states} == {S.SYNCED, S.FAILED}
    assert all(r.to is S.UNLINKING for r in table.rows_of("unlink"))


# Prerequisites


def test_prerequisites_name_kinds_that_there_are_and_form_no_circle() -> None:
    above = {name: {p.parent_kind for p in t.prerequisites} - {name} for name, t in TABLES.items()}
    assert {parent for parents in above.values() for parent in parents} <= set(TABLES)
    resolved: set[str] = set()
    while left := {name for name in above if name not in resolved}:
        free = {name for name in left if above[name] <= resolved}
        assert free, f"a circle among {left}"
        resolved |= free


def test_a_kind_waits_for_its_own_sort_only_where_cmic_takes_one_at_a_time() -> None:
    alone = {name: t.one_at_a_time_on for name, t in TABLES.items() if t.one_at_a_time_on}
    waiting = {n for n, t in TABLES.items() for p in t.prerequisites if p.condition is Condition.OUT_OF_THE_WAY}
    assert alone == {"subcontractor_invoice": "commitment"}
    assert waiting == set(alone)


# What has no place in CMiC


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (
            "owner_invoice",
            "CMiC's connector has no owner invoice: it can't be exported. Owners are billed in CMiC's job billing.",
        ),
        (
            "sub_job",
            "CMiC's connector has no sub job: it can't be exported. Sub jobs are made in CMiC and imported from there.",
        ),
    ],
)
def test_an_unsupported_object_is_refused_at_once_by_name(kind: str, sentence: str) -> None:
    decision = decide(TABLES[kind], facts(command("send"), kind=kind))
    assert (decision.answer, decision.to) == (Answer.REFUSED, S.NOT_SENT)
    (refusal,) = decision.refusals
    assert (refusal.code, refusal.sentence, refusal.owner) == ("no_such_object", sentence, "ERP administrator")


@pytest.mark.parametrize("kind", UNSUPPORTED)
def test_an_unsupported_object_is_never_read_and_shares_one_table(kind: str) -> None:
    shape: list[Any] = [(r.from_states, r.action, r.to, r.reads) for r in TABLES[kind].rows]
    assert shape == [
        ((S.NOT_SENT,), "send", S.WAITING, False),
        ((S.WAITING,), "retrieve", S.NOT_SENT, False),
    ]
