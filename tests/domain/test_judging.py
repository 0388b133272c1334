"""The judge walks the table: every state with every action, rows and non-rows alike (design §3; erp-tool-behaviour §14)."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from domain.commands import Answer, Command, Door
from domain.facts import Dependent, Facts, Prerequisite, WriteState
from domain.judging import decide, hopeless
from domain.lifecycle import Lifecycle, Row
from domain.permissions import Level, Person
from domain.refusals import refuse
from domain.states import Actor, Condition, Posting, State
from domain.states import State as S
from mappers.registry import KINDS
from tests.builders import (
    COMPANY,
    UNSUPPORTED,
    command,
    commitment,
    decided,
    facts,
    own_command,
    references,
)

TABLE = KINDS["commitment"].lifecycle
FIELDS: dict[tuple[str, str], dict[str, Any]] = {
    ("company", "accept"): {"erp_id": "ACME"},
    ("company", "link"): {"erp_id": "ACME"},
    ("project", "link"): {"erp_id": "1042"},
    ("company", "add"): {"erp_id": "ACME"},
    ("project", "add"): {"erp_id": "1042"},
    ("budget", "accept"): {"confirm_import_closed": True},
    ("budget", "retry"): {"confirm_import_closed": True},
}
"""What an approver has to type."""

ROWS = [
    (kind.lifecycle, state, row)
    for kind in KINDS.values()
    for row in kind.lifecycle.rows
    for state in row.from_states
    if not (kind.name in UNSUPPORTED and row.action == "send")
]
NO_ROWS = [
    (kind.lifecycle, state, action)
    for kind in KINDS.values()
    for state, action in product(State, kind.lifecycle.actions)
    if kind.lifecycle.row(state, action) is None
]
EXPECTED = {
    (S.NOT_SENT, "send", S.WAITING),
    (S.REJECTED, "resend", S.WAITING),
    (S.RETRIEVED, "resend", S.WAITING),
    (S.WAITING, "retrieve", S.RETRIEVED),
    (S.WAITING, "reject", S.REJECTED),
    (S.WAITING, "accept", S.EXPORTING),
    (S.HELD, "reject", S.REJECTED),
    (S.HELD, "release", S.EXPORTING),
    (S.EXPORTING, "complete", S.SYNCED),
    (S.EXPORTING, "fail", S.FAILED),
    (S.EXPORTING, "return_edited", S.WAITING),
    (S.EXPORTING, "hold", S.HELD),
    (S.FAILED, "try_again", S.EXPORTING),
    (S.FAILED, "retry", S.EXPORTING),
    (S.FAILED, "adopt", S.EXPORTING),
    (S.NOT_SENT, "take_over", S.EXPORTING),
    (S.REJECTED, "take_over", S.EXPORTING),
    (S.RETRIEVED, "take_over", S.EXPORTING),
    (S.FAILED, "reject", S.REJECTED),
    (S.FAILED, "unlink", S.UNLINKING),
    (S.SYNCED, "unlink", S.UNLINKING),
    (S.SYNCED, "record_posting", S.SYNCED),
    (S.UNLINKING, "gone", S.NOT_SENT),
    (S.UNLINKING, "still_there", S.SYNCED),
    (S.UNLINKING, "still_failed", S.FAILED),
}
"""The state chart of erp-tool-behaviour §14, with `held`, retry in place and adopt (B-01, B-02, B-09)."""
OPEN = Prerequisite(parent=COMPANY.key, condition=Condition.SYNCED, label="company Acme")
MET = OPEN.model_copy(update={"met": True})
UNSETTLED = WriteState(erp_key="K", attempted=True, settled=False, since_attempt=Decimal("20.5"), seen=Posting.GONE)


def named(value: object) -> str:
    """What a case is called."""
    if isinstance(value, Lifecycle):
        return value.kind
    return value.action if isinstance(value, Row) else str(value)


def asked(table: Lifecycle, action: str, actor: Actor) -> Command:
    if actor is Actor.CONNECTOR:
        return own_command(action)
    return command(action, fields=FIELDS.get((table.kind, action), {}))


def fitting(table: Lifecycle, row: Row, state: State) -> Facts:
    """Facts under which a row applies: to some that takes more than a good document."""
    more: dict[str, Any] = {}
    if row.action == "job_made":
        more = {"references": references(job="", watched=frozenset({"job"}))}
    if (table.kind, row.action, state) == ("budget", "resend", S.SYNCED):
        more = {"seen": Posting.POSTED, "budgeted": True}
    return facts(asked(table, row.action, row.actor), state, table.kind, **more)


def codes(given: Facts, table: Lifecycle = TABLE) -> list[str]:
    return [r.code for r in decide(table, given).refusals]


def test_the_commitment_table_is_the_state_chart() -> None:
    assert {(state, r.action, r.to) for r in TABLE.rows for state in r.from_states} == EXPECTED


@pytest.mark.parametrize(("table", "state", "row"), ROWS, ids=named)
def test_every_row_leads_where_it_says(table: Lifecycle, state: State, row: Row) -> None:
    decision = decide(table, fitting(table, row, state))
    assert (decision.answer, decision.to, decision.refusals) == (Answer.DONE, row.to, [])
    assert decision.row == row


@pytest.mark.parametrize(("table", "state", "action"), NO_ROWS, ids=named)
def test_every_other_pair_is_refused_and_changes_nothing(table: Lifecycle, state: State, action: str) -> None:
    row = table.rows_of(action)[0]
    given = facts(asked(table, action, row.actor), state, table.kind)
    decision = decide(table, given)
    assert decision.to is state
    if row.actor is Actor.CONNECTOR:
        assert (decision.answer, decision.refusals) == (Answer.NOTHING, [])
    else:
        assert decision.answer is Answer.REFUSED
        assert [r.code for r in decision.refusals] == ["not_allowed_now"]
        possible = ", ".join(table.allowed(state)) or "nothing"
        assert decision.refusals[0].parameters["allowed"] == possible


@pytest.mark.parametrize("row", [r for r in TABLE.rows if r.actor is Actor.CONNECTOR], ids=named)
@pytest.mark.parametrize("door", [Door.CLI, Door.CONSOLE, Door.SIGNAL])
def test_nobody_speaks_for_the_connector(row: Row, door: Door) -> None:
    given = facts(command(row.action, door=door), row.from_states[0])
    assert decide(TABLE, given).answer is Answer.REFUSED
    assert codes(given) == ["unknown_action"]


def test_the_connector_doesnt_decide_for_people() -> None:
    decision = decide(TABLE, facts(own_command("accept"), S.WAITING))
    assert (decision.answer, decision.to) == (Answer.NOTHING, S.WAITING)


def test_an_action_that_no_table_has_is_answered_with_those_it_has() -> None:
    given = facts(command("dance"), S.WAITING)
    (refusal,) = decide(TABLE, given).refusals
    assert refusal.code == "unknown_action"
    assert refusal.parameters["allowed"] == "send, resend, retrieve, reject, accept, retry, adopt, take_over, unlink"
    assert hopeless(TABLE, given.command) == [refusal]


# Prerequisites


@pytest.mark.parametrize(
    ("state", "action"),
    [(S.WAITING, "accept"), (S.FAILED, "retry"), (S.FAILED, "adopt"), (S.NOT_SENT, "take_over")],
)
def test_accepted_with_an_open_prerequisite_is_held(state: State, action: str) -> None:
    decision = decide(TABLE, facts(command(action), state, prerequisites=[MET, OPEN]))
    assert (decision.answer, decision.to, decision.open) == (Answer.DONE, S.HELD, [OPEN])


def test_an_open_prerequisite_doesnt_stop_a_send() -> None:
    decision = decide(TABLE, facts(command("send"), prerequisites=[OPEN]))
    assert (decision.answer, decision.to) == (Answer.DONE, S.WAITING)


def test_held_leaves_by_itself_only_when_everything_is_met() -> None:
    still = decide(TABLE, facts(own_command("release"), S.HELD, prerequisites=[MET, OPEN]))
    assert (still.answer, still.to, still.open) == (Answer.NOTHING, S.HELD, [OPEN])
    free = decide(TABLE, facts(own_command("release"), S.HELD, prerequisites=[MET, MET]))
    assert (free.answer, free.to) == (Answer.DONE, S.EXPORTING)


# Guards


@pytest.mark.parametrize(
    ("state", "action"),
    [
        *((S.NOT_SENT, "send"), (S.WAITING, "accept"), (S.FAILED, "retry"), (S.FAILED, "adopt")),
        (S.RETRIEVED, "take_over"),
    ],
)
def test_the_objects_own_facts_are_asked_again_at_each_decision(state: State, action: str) -> None:
    given = facts(command(action), state, document=commitment(status="Draft", vendor_id=None))
    decision = decide(TABLE, given)
    assert (decision.answer, decision.to) == (Answer.REFUSED, state)
    assert codes(given) == ["status_not_approved", "no_vendor"]


@pytest.mark.parametrize("action", ["retry", "reject", "unlink"])
def test_nobody_acts_on_a_write_that_may_still_be_committed(action: str) -> None:
    given = facts(command(action), S.FAILED, write=UNSETTLED)
    assert codes(given) == ["write_still_open"]
    assert decide(TABLE, given).refusals[0].parameters == {"seconds": "20", "wait": "100"}


@pytest.mark.parametrize("state", [S.FAILED, S.HELD])
def test_what_was_tried_is_rejected_only_when_cmic_has_nothing_of_it(state: State) -> None:
    there = WriteState(erp_key="01|ACME|SC-001|000", attempted=True, seen=Posting.UNPOSTED)
    assert codes(facts(command("reject"), state, write=there, seen=Posting.GONE)) == ["exists_in_cmic"]
    gone = there.model_copy(update={"seen": Posting.GONE})
    assert codes(facts(command("reject"), state, write=gone, seen=Posting.UNPOSTED)) == []


@pytest.mark.parametrize("state", [S.SYNCED, S.FAILED])
def test_a_parent_isnt_unlinked_from_under_its_children(state: State) -> None:
    child = Dependent(key="commitment:1:2:3", label="Concrete", state="Synced")
    given = facts(command("unlink"), state, dependents=[child])
    assert codes(given) == ["depended_on"]
    assert "Concrete (Synced)" in decide(TABLE, given).refusals[0].sentence


@pytest.mark.parametrize(("state", "action"), [(S.WAITING, "accept"), (S.FAILED, "retry")])
def test_an_approval_of_an_older_preview_is_refused(state: State, action: str) -> None:
    """A retry is a new approval, with a new preview (design §5)."""
    assert codes(facts(command(action, fields={"preview": "beefbeef"}), state)) == ["preview_outdated"]
    assert codes(facts(command(action, fields={"preview": "c0ffeec0ff"}), state)) == []


def test_a_posting_that_is_no_news_changes_nothing_and_complains_to_nobody() -> None:
    decision = decide(TABLE, facts(own_command("record_posting"), S.SYNCED, posting_changed=False))
    assert (decision.answer, decision.to, decision.refusals) == (Answer.NOTHING, S.SYNCED, [])


def test_a_document_that_cant_be_had_is_the_only_reason_given() -> None:
    problem = refuse("not_in_procore", kind="commitment", id=7001)
    given = facts(command("send"), document=None, document_problem=problem)
    assert decide(TABLE, given).refusals == [problem]


# Fields


@pytest.mark.parametrize(
    ("action", "state", "fields", "code"),
    [
        ("accept", S.WAITING, {"erp_id": ""}, "bad_input"),
        ("accept", S.WAITING, {"erp_id": "X" * 21}, "bad_input"),
        ("accept", S.WAITING, {"erp_id": "A|B"}, "bad_input"),
        ("accept", S.WAITING, {"erp_id": 7}, "bad_input"),
        ("accept", S.WAITING, {"accounting_date": "tomorrow"}, "bad_input"),
        ("accept", S.WAITING, {"colour": "red"}, "bad_input"),
        ("accept", S.WAITING, {"preview": "abc"}, "bad_input"),
        ("send", S.NOT_SENT, {"erp_id": "SC-1"}, "bad_input"),
        ("retrieve", S.WAITING, {"unreadable": True}, "bad_input"),
    ],
)
def test_fields_that_cant_be_read_are_refused(action: str, state: State, fields: dict[str, Any], code: str) -> None:
    given = facts(command(action, fields=fields), state)
    assert codes(given) == [code]
    assert [r.code for r in hopeless(TABLE, given.command)] == [code]


@pytest.mark.parametrize(
    ("kind", "action", "state"), [("company", "accept", S.WAITING), ("project", "link", S.NOT_SENT)]
)
def test_a_field_that_is_needed_is_asked_for_by_name(kind: str, action: str, state: State) -> None:
    (refusal,) = decide(KINDS[kind].lifecycle, facts(command(action), state, kind)).refusals
    assert (refusal.code, refusal.parameters) == ("field_missing", {"field": "erp_id", "action": action})


def test_a_company_keeps_its_reserved_id_on_a_retry() -> None:
    assert codes(facts(command("retry"), S.FAILED, "company"), KINDS["company"].lifecycle) == []


# Races


def test_the_second_of_two_is_told_who_won() -> None:
    late = command("accept", seen=3)
    decision = decide(TABLE, facts(late, S.RETRIEVED, decided=decided("retrieve", 4)))
    assert (decision.answer, decision.to) == (Answer.REFUSED, S.RETRIEVED)
    assert [r.code for r in decision.refusals] == ["already_decided", "not_allowed_now"]
    assert decision.refusals[0].sentence == (
        "Grace was first: retrieve at 2026-03-05 14:30:15 UTC. Your accept came after it and changed nothing."
    )


def test_a_second_accept_is_told_who_accepted() -> None:
    decision = decide(TABLE, facts(command("accept", seen=1), S.EXPORTING, decided=decided("accept", 2, "Edsger")))
    assert decision.refusals[0].parameters["winner"] == "Edsger"


def test_one_who_saw_the_last_decision_raced_nobody() -> None:
    assert codes(facts(command("accept", seen=4), S.RETRIEVED, decided=decided("retrieve", 4))) == ["not_allowed_now"]


def test_one_who_doesnt_say_what_he_saw_is_told_of_the_last_decision() -> None:
    given = facts(command("accept"), S.RETRIEVED, decided=decided("retrieve", 4))
    assert codes(given) == ["already_decided", "not_allowed_now"]


def test_a_decision_on_what_has_moved_on_is_refused_though_the_state_is_the_same() -> None:
    given = facts(command("accept", seen=1), S.WAITING, decided=decided("send", 3))
    (refusal,) = decide(TABLE, given).refusals
    assert (refusal.code, refusal.parameters) == ("changed_since_seen", {"seen": "1", "now": "3"})


@pytest.mark.parametrize("seen", [3, 4, None])
def test_a_decision_on_what_was_seen_stands(seen: int | None) -> None:
    given = facts(command("accept", seen=seen), S.WAITING, decided=decided("send", 3))
    assert decide(TABLE, given).answer is Answer.DONE


def test_the_connector_races_nobody() -> None:
    given = facts(own_command("release"), S.HELD, decided=decided("accept", 9))
    assert decide(TABLE, given).answer is Answer.DONE


# Doors


@pytest.mark.parametrize(
    ("action", "state"), [("send", S.NOT_SENT), ("retrieve", S.WAITING), ("reject", S.WAITING), ("unlink", S.SYNCED)]
)
def test_an_operator_may_signal_all_but_acceptance(action: str, state: State) -> None:
    given = facts(command(action, door=Door.SIGNAL, person=None), state)
    assert decide(TABLE, given).answer is Answer.DONE


@pytest.mark.parametrize(("action", "state"), [("accept", S.WAITING), ("adopt", S.FAILED), ("take_over", S.NOT_SENT)])
def test_accepting_isnt_open_to_a_signal(action: str, state: State) -> None:
    given = facts(command(action, door=Door.SIGNAL, person=None), state)
    assert codes(given) == ["operator_may_not_accept"]
    assert [r.code for r in hopeless(TABLE, given.command)] == ["operator_may_not_accept"]


def test_one_who_may_not_is_told_only_that() -> None:
    nobody = Person(name="Eve", erp_level=Level.READ_ONLY)
    given = facts(command("accept", seen=1), S.WAITING, person=nobody, decided=decided("send", 3))
    assert codes(given) == ["not_permitted"]


def test_one_whom_the_ledger_doesnt_know_may_nothing() -> None:
    assert codes(facts(command("accept"), S.WAITING, person=None)) == ["unknown_person"]


@pytest.mark.parametrize("door", [Door.CLI, Door.CONSOLE])
def test_a_command_that_names_nobody_may_nothing(door: Door) -> None:
    given = facts(command("accept", door=door, person=None), S.WAITING)
    assert decide(TABLE, given).answer is Answer.REFUSED


def test_nothing_is_hopeless_that_a_fact_could_change() -> None:
    assert hopeless(TABLE, command("accept")) == []
