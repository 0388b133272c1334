"""Settings that change who decides: direct exports (S-30), Standard approvers (S-31), two people (S-32); and a wake that finds
several rows to try."""

from __future__ import annotations

from typing import Any

import pytest

from domain.commands import WAKE, Answer, Door
from domain.facts import Facts, Prerequisite
from domain.judging import decide
from domain.lifecycle import Lifecycle
from domain.permissions import PERMISSIONS, Level, Person, missing
from domain.settings import ExportSettings
from domain.states import Condition, Posting, State
from domain.states import State as S
from mappers.registry import KINDS
from tests.builders import COMPANY, EVERYTHING, command, commitment, facts, head, own_command, references
from tests.domain.documents import settings_for

OPEN = Prerequisite(parent=COMPANY.key, condition=Condition.SYNCED, label="company Acme")
DIRECT = ("commitment", "commitment_change_order", "subcontractor_invoice")
FIELDS: dict[str, dict[str, Any]] = {"company": {"erp_id": "ACME"}, "budget": {"confirm_import_closed": True}}


def table(kind: str) -> Lifecycle:
    return KINDS[kind].lifecycle


def asked(action: str, state: State, kind: str, more: dict[str, Any] | None = None, **settings: Any) -> Facts:
    return facts(command(action), state, kind, settings=settings_for(kind, **settings), **(more or {}))


# Direct exports (S-30, R-27)


@pytest.mark.parametrize("kind", DIRECT)
@pytest.mark.parametrize(("action", "state"), [("send", S.NOT_SENT), ("resend", S.REJECTED), ("resend", S.RETRIEVED)])
def test_a_direct_export_goes_out_on_send_and_binds_what_was_sent(kind: str, action: str, state: State) -> None:
    decision = decide(table(kind), asked(action, state, kind, direct_exports=True))
    assert (decision.answer, decision.to) == (Answer.DONE, S.EXPORTING)
    assert decision.row is not None
    assert (decision.row.action, decision.row.approves, decision.row.reads) == (action, True, True)


@pytest.mark.parametrize("kind", DIRECT)
def test_a_direct_export_is_held_while_a_prerequisite_is_open(kind: str) -> None:
    decision = decide(table(kind), asked("send", S.NOT_SENT, kind, {"prerequisites": [OPEN]}, direct_exports=True))
    assert (decision.answer, decision.to, decision.open) == (Answer.DONE, S.HELD, [OPEN])


@pytest.mark.parametrize("kind", DIRECT)
def test_without_the_setting_it_waits_for_an_approver(kind: str) -> None:
    decision = decide(table(kind), asked("send", S.NOT_SENT, kind, {"prerequisites": [OPEN]}))
    assert (decision.answer, decision.to) == (Answer.DONE, S.WAITING)
    assert decision.row is not None
    assert not decision.row.approves


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in (*DIRECT, "owner_invoice", "sub_job")])
def test_every_other_kind_waits_for_an_approver_all_the_same(kind: str) -> None:
    decision = decide(table(kind), asked("send", S.NOT_SENT, kind, direct_exports=True))
    assert (decision.answer, decision.to) == (Answer.DONE, S.WAITING)


def test_a_direct_export_asks_the_guards_and_the_sender() -> None:
    wrong = asked("send", S.NOT_SENT, "commitment", {"document": commitment(status="Draft")}, direct_exports=True)
    assert [r.code for r in decide(table("commitment"), wrong).refusals] == ["status_not_approved"]
    nobody = {"person": Person(name="Eve", erp_level=Level.ADMIN, may_push=True)}
    given = asked("send", S.NOT_SENT, "commitment", nobody, direct_exports=True)
    assert [r.code for r in decide(table("commitment"), given).refusals] == ["not_permitted"]


def test_an_accept_is_as_it_was_with_direct_exports_on() -> None:
    """Of what was sent before the setting."""
    assert decide(table("commitment"), asked("accept", S.WAITING, "commitment", direct_exports=True)).to is S.EXPORTING


# Standard users with the privilege (S-31)

OPENED = {"accept", "reject", "retry"}


@pytest.mark.parametrize("permission", PERMISSIONS.values(), ids=PERMISSIONS)
def test_the_setting_opens_the_decisions_and_nothing_else(permission: Any) -> None:
    standard = Person(name="Bo", erp_level=Level.STANDARD, may_push=True)
    on, off = ExportSettings(standard_may_approve=True), ExportSettings()
    before = not missing(permission, standard, "x", off)
    after = not missing(permission, standard, "x", on)
    assert (after and not before) is (permission.id in OPENED)
    assert after or not before


@pytest.mark.parametrize(
    ("person", "may"),
    [
        (Person(name="a", erp_level=Level.STANDARD, may_push=True), True),
        (Person(name="b", erp_level=Level.ADMIN, may_push=True), True),
        (Person(name="c", erp_level=Level.STANDARD), False),
        (Person(name="d", erp_level=Level.ADMIN), False),
        (Person(name="e", erp_level=Level.READ_ONLY, may_push=True), False),
        (Person(name="f", may_push=True, owning_tool_admin=True), False),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
@pytest.mark.parametrize(("action", "state"), [("accept", S.WAITING), ("reject", S.WAITING), ("retry", S.FAILED)])
@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("owner_invoice", "sub_job")])
def test_the_privilege_is_asked_for_all_the_same(
    kind: str, action: str, state: State, person: Person, may: bool
) -> None:
    wanted = FIELDS.get(kind, {}) if action != "reject" else {}
    asked_by = facts(
        command(action, fields=wanted),
        state,
        kind,
        person=person,
        settings=settings_for(kind, standard_may_approve=True),
    )
    given = asked_by.model_copy(update={"references": facts(own_command("x"), kind=kind).references})
    assert [r.code for r in decide(table(kind), given).refusals] == ([] if may else ["not_permitted"])


def test_what_is_missing_is_said_as_the_setting_has_it() -> None:
    """With the setting on, Standard is enough: who lacks the privilege isn't told that he needs Admin."""
    standard = Person(name="Bo", erp_level=Level.STANDARD)
    (refusal,) = missing(PERMISSIONS["accept"], standard, "accept", ExportSettings(standard_may_approve=True))
    assert "Standard on the ERP Integrations tool" in refusal.sentence
    assert "Admin" not in refusal.sentence


# Two people (S-32)

TWO = [("accept", S.WAITING), ("retry", S.FAILED), ("adopt", S.FAILED)]


@pytest.mark.parametrize(("action", "state"), TWO)
def test_who_sent_it_doesnt_approve_it(action: str, state: State) -> None:
    sent = {"sent_by": EVERYTHING.name}
    given = asked(action, state, "commitment", sent, sender_may_not_approve=True)
    (refusal,) = decide(table("commitment"), given).refusals
    assert (refusal.code, refusal.owner) == ("own_item", "accounting approver")
    assert refusal.sentence == "You sent it yourself; another approver decides on it."
    assert refusal.where == "Settings, sender_may_not_approve"


@pytest.mark.parametrize(("action", "state"), TWO)
def test_another_approver_does_and_without_the_setting_anybody(action: str, state: State) -> None:
    other = asked(action, state, "commitment", {"sent_by": "Grace"}, sender_may_not_approve=True)
    assert decide(table("commitment"), other).answer is Answer.DONE
    same = asked(action, state, "commitment", {"sent_by": EVERYTHING.name})
    assert decide(table("commitment"), same).answer is Answer.DONE


@pytest.mark.parametrize("state", [S.WAITING, S.HELD, S.FAILED])
def test_who_sent_it_may_reject_it(state: State) -> None:
    given = asked("reject", state, "commitment", {"sent_by": EVERYTHING.name}, sender_may_not_approve=True)
    assert decide(table("commitment"), given).answer is Answer.DONE


def test_an_operators_retry_is_nobodys_own() -> None:
    signal = command("retry", door=Door.SIGNAL, person=None)
    settings = settings_for("commitment", sender_may_not_approve=True)
    assert decide(table("commitment"), facts(signal, S.FAILED, settings=settings)).answer is Answer.DONE


# A wake (design §3): the connector's rows in their order


def woken(kind: str, state: State, **more: Any) -> Any:
    return decide(table(kind), facts(own_command(WAKE), state, kind, **more))


def test_a_wake_releases_what_is_free_and_restates_what_is_not() -> None:
    free = woken("commitment", S.HELD, prerequisites=[OPEN.model_copy(update={"met": True})])
    assert (free.answer, free.to, free.row.action) == (Answer.DONE, S.EXPORTING, "release")
    waiting = woken("commitment", S.HELD, prerequisites=[OPEN])
    assert (waiting.answer, waiting.to, waiting.open, waiting.row) == (Answer.NOTHING, S.HELD, [OPEN], None)


def test_a_wake_records_a_posting_that_is_news_and_nothing_else() -> None:
    news = woken("commitment", S.SYNCED)
    assert (news.answer, news.to, news.row.action) == (Answer.DONE, S.SYNCED, "record_posting")
    old = woken("commitment", S.SYNCED, posting_changed=False)
    assert (old.answer, old.to, old.refusals) == (Answer.NOTHING, S.SYNCED, [])


def test_a_projects_job_comes_before_its_posting() -> None:
    seen = references(job="", watched=frozenset({"job"}))
    assert woken("project", S.SYNCED, references=seen).row.action == "job_made"
    assert woken("project", S.SYNCED, references=seen, posting_changed=False).to is S.EXPORTING
    taken = woken("project", S.SYNCED)
    assert (taken.row.action, taken.to) == ("record_posting", S.SYNCED)
    assert woken("project", S.SYNCED, posting_changed=False).answer is Answer.NOTHING


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("state", [s for s in State if s not in (S.HELD, S.SYNCED)])
def test_a_wake_elsewhere_does_nothing(kind: str, state: State) -> None:
    decision = woken(kind, state)
    assert (decision.answer, decision.to, decision.refusals, decision.open) == (Answer.NOTHING, state, [], [])


@pytest.mark.parametrize("door", [Door.CLI, Door.CONSOLE, Door.SIGNAL])
def test_nobody_else_wakes(door: Door) -> None:
    decision = decide(table("commitment"), facts(command(WAKE, door=door), S.HELD))
    assert [r.code for r in decision.refusals] == ["unknown_action"]


def test_a_wake_that_finds_a_held_budget_free_exports_it_though_it_is_linked() -> None:
    """`to_while_linked` is for what goes back, never for what goes on."""
    assert woken("budget", S.HELD, head=head(S.HELD, "budget", exported=True)).to is S.EXPORTING


def test_a_posting_that_was_seen_doesnt_stand_in_for_the_write_that_is_open() -> None:
    assert woken("commitment", S.HELD, seen=Posting.POSTED).to is S.EXPORTING
