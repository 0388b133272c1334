"""Who may do what: each combination of level, privilege and owning tool, against the permission table (requirements §5)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from domain import staged
from domain.judging import decide
from domain.people import person_id
from domain.permissions import PERMISSIONS, Level, Person, missing
from domain.reports import SHAPES
from domain.settings import ExportSettings
from domain.states import Actor
from domain.states import State as S
from mappers.incoming.registry import IMPORTERS
from mappers.registry import KINDS
from tests.builders import command, facts
from tests.domain.documents import FURTHER

May = Callable[[Person], bool]


def owns(who: Person) -> bool:
    return who.owning_tool_admin


def approves(who: Person) -> bool:
    return who.erp_level is Level.ADMIN and who.may_push


def unlinks(who: Person) -> bool:
    return who.erp_level in (Level.STANDARD, Level.ADMIN) and who.may_push and who.owning_tool_admin


def unlinks_companies(who: Person) -> bool:
    return who.erp_level in (Level.STANDARD, Level.ADMIN)


def links(who: Person) -> bool:
    return who.erp_level is Level.ADMIN


def adds_projects(who: Person) -> bool:
    return who.erp_level in (Level.STANDARD, Level.ADMIN)


CONFIRMED: dict[str, Any] = {"confirm_import_closed": True}
ASKED: list[tuple[str, S, str, dict[str, Any], May]] = [
    ("commitment", S.NOT_SENT, "send", {}, owns),
    ("commitment", S.REJECTED, "resend", {}, owns),
    ("commitment", S.RETRIEVED, "resend", {}, owns),
    ("commitment", S.WAITING, "retrieve", {}, owns),
    ("commitment", S.WAITING, "accept", {}, approves),
    ("commitment", S.WAITING, "reject", {}, approves),
    ("commitment", S.HELD, "reject", {}, approves),
    ("commitment", S.FAILED, "reject", {}, approves),
    ("commitment", S.FAILED, "retry", {}, approves),
    ("commitment", S.FAILED, "adopt", {}, approves),
    ("commitment", S.NOT_SENT, "take_over", {}, approves),
    ("commitment", S.REJECTED, "take_over", {"erp_id": "SC-7"}, approves),
    ("commitment", S.SYNCED, "unlink", {}, unlinks),
    ("commitment", S.FAILED, "unlink", {}, unlinks),
    ("company", S.NOT_SENT, "send", {}, owns),
    ("company", S.WAITING, "accept", {"erp_id": "ACME"}, approves),
    ("company", S.NOT_SENT, "link", {"erp_id": "ACME"}, links),
    ("company", S.NOT_SENT, "add", {"erp_id": "ACME"}, unlinks_companies),
    ("company", S.SYNCED, "unlink", {}, unlinks_companies),
    ("project", S.NOT_SENT, "link", {"erp_id": "1042"}, links),
    ("project", S.NOT_SENT, "add", {"erp_id": "1042"}, links),
    ("project", S.SYNCED, "refresh", {}, links),
    ("project", S.NOT_SENT, "send", {}, adds_projects),
    ("project", S.REJECTED, "resend", {}, owns),
    ("project", S.WAITING, "accept", {}, approves),
    *((kind, S.NOT_SENT, "send", {}, owns) for kind in FURTHER),
    *((kind, S.RETRIEVED, "resend", {}, owns) for kind in FURTHER),
    *((kind, S.WAITING, "retrieve", {}, owns) for kind in FURTHER),
    *((kind, S.WAITING, "accept", CONFIRMED if kind == "budget" else {}, approves) for kind in FURTHER),
    *((kind, S.WAITING, "reject", {}, approves) for kind in FURTHER),
    *((kind, S.FAILED, "retry", CONFIRMED if kind == "budget" else {}, approves) for kind in FURTHER),
    *((kind, S.SYNCED, "unlink", {}, unlinks) for kind in FURTHER),
    ("cost_codes", S.SYNCED, "resend", {}, owns),
    ("forecast", S.SYNCED, "resend", {}, owns),
    ("prime_change_order", S.SYNCED, "reset", {}, links),
    ("prime_change_order", S.RESET_OUTSTANDING, "resend", {}, owns),
]
PEOPLE = [
    Person(
        name=f"{level.words}{', push' * push}{', owner' * owner}",
        erp_level=level,
        may_push=push,
        owning_tool_admin=owner,
    )
    for level, push, owner in product(Level, (False, True), (False, True))
]


@pytest.mark.parametrize(("kind", "state", "action", "fields", "may"), ASKED)
def test_exactly_those_may_whom_the_table_lets(
    kind: str, state: S, action: str, fields: dict[str, Any], may: May
) -> None:
    table = KINDS[kind].lifecycle
    for person in PEOPLE:
        decision = decide(table, facts(command(action, fields=fields), state, kind, person=person))
        assert [r.code for r in decision.refusals] == ([] if may(person) else ["not_permitted"]), person.name


@pytest.mark.parametrize(
    ("person", "action"),
    [
        (Person(name="Standard without push", erp_level=Level.STANDARD, owning_tool_admin=True), "accept"),
        (Person(name="Standard with push", erp_level=Level.STANDARD, may_push=True, owning_tool_admin=True), "accept"),
        (Person(name="Admin without push", erp_level=Level.ADMIN, owning_tool_admin=True), "accept"),
        (Person(name="None", may_push=True, owning_tool_admin=True), "unlink"),
        (Person(name="Read Only", erp_level=Level.READ_ONLY, may_push=True, owning_tool_admin=True), "unlink"),
        (Person(name="Admin of another tool", erp_level=Level.ADMIN, may_push=True), "send"),
    ],
)
def test_what_is_missing_is_said(person: Person, action: str) -> None:
    permission = PERMISSIONS[action]
    (refusal,) = missing(permission, person, action, ExportSettings())
    assert refusal.sentence == f"{person_id(person.name)} may not {action} this: {permission.needs} is needed."


def test_a_permission_names_all_that_it_needs() -> None:
    assert PERMISSIONS["unlink"].needs == (
        'Standard on the ERP Integrations tool, the privilege "Can Push to Accounting", '
        "Admin on the tool where the item lives"
    )
    assert PERMISSIONS["link"].needs == "Admin on the ERP Integrations tool"
    assert PERMISSIONS["connector"].needs == "nothing"


def test_a_signal_may_do_all_but_approve_and_link() -> None:
    closed = {
        row.permission_id for kind in KINDS.values() for row in kind.lifecycle.rows if not row.permission.by_signal
    }
    assert closed == {"accept", "adopt", "link", "add_company", "add_job", "connector"}


def test_every_permission_of_a_person_is_used() -> None:
    """By a lifecycle, an import, a report, or what people do with staged records; settings, schedules and
    the adoption of a project name theirs."""
    used = {row.permission_id for kind in KINDS.values() for row in kind.lifecycle.rows}
    used |= {importer.kind.permission for importer in IMPORTERS.values()} | set(staged.PERMISSIONS.values())
    used |= {shape.permission for shape in SHAPES if shape.permission}
    assert used | {"settings", "schedules", "adopt_project"} == set(PERMISSIONS)


def test_only_the_connectors_permission_is_the_connectors() -> None:
    assert [p.id for p in PERMISSIONS.values() if p.actor is Actor.CONNECTOR] == ["connector"]
