"""Guards of companies and projects, and those that every object shares (O-03, R-08, design §4, §5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.company import export_is_on, has_name, id_is_its_own, is_active
from domain.facts import Dependent, WriteState
from domain.guards import (
    free_of_other_integrations,
    no_dependents,
    nothing_of_ours_in_cmic,
    posting_has_changed,
    preview_is_current,
    write_settled,
)
from domain.judging import decide
from domain.project import company_is_configured, no_custom_segments
from domain.settings import ExportSettings, Limits
from domain.states import Posting, State
from mappers.registry import KINDS
from tests.builders import DOCUMENTS, command, company, facts, project, references


def of_company(more: dict[str, Any] | None = None, **document: Any) -> Any:
    asked = command("accept", fields={"erp_id": "ACME"})
    return facts(asked, State.WAITING, "company", document=company(**document), **(more or {}))


def of_project(fields: dict[str, Any] | None = None, more: dict[str, Any] | None = None, **document: Any) -> Any:
    asked = command("link", fields=fields or {"erp_id": "1042"})
    return facts(asked, kind="project", document=project(**document), **(more or {}))


def codes(refusals: Any) -> list[str]:
    return [r.code for r in refusals]


# Companies


def test_vendor_export_may_be_switched_off() -> None:
    assert codes(export_is_on(of_company({"settings": ExportSettings(vendor_export=False)}))) == ["export_switched_off"]
    assert export_is_on(of_company()) == []


def test_an_inactive_company_isnt_exported() -> None:
    assert codes(is_active(of_company(is_active=False))) == ["company_inactive"]


@pytest.mark.parametrize(("name", "expected"), [("", "no_name"), ("   ", "no_name"), ("x" * 51, "field_too_long")])
def test_a_company_has_a_name_that_fits(name: str, expected: str) -> None:
    assert codes(has_name(of_company(name=name))) == [expected]
    assert has_name(of_company(name="x" * 50)) == []


def test_a_companys_reasons_come_together() -> None:
    wrong = of_company({"settings": ExportSettings(vendor_export=False)}, is_active=False, name="")
    assert codes(decide(KINDS["company"].lifecycle, wrong).refusals) == [
        "export_switched_off",
        "company_inactive",
        "no_name",
    ]


def test_the_name_limit_is_a_setting() -> None:
    limited = {"settings": ExportSettings(limits=Limits(company_name=3))}
    assert codes(has_name(of_company(limited, name="Acme"))) == ["field_too_long"]


def test_a_vendors_origin_id_is_its_partner_code_and_nothing_else() -> None:
    assert free_of_other_integrations(of_company(origin_id="ACME")) == []
    assert codes(free_of_other_integrations(of_company(origin_id="ACME2"))) == ["foreign_origin_id"]
    unlinked = {"references": references(vendor=""), "command": command("send")}
    assert codes(free_of_other_integrations(of_company(unlinked, origin_id="ACME"))) == ["foreign_origin_id"]


def test_a_vendors_origin_id_is_ours_where_the_approver_types_it_or_another_cmic_company_has_it() -> None:
    typed = {"references": references(vendor=""), "command": command("link", fields={"erp_id": "acme"})}
    assert free_of_other_integrations(of_company(typed, origin_id="ACME")) == []
    elsewhere = {"references": references(vendor="", elsewhere=frozenset({"ACME"})), "command": command("send")}
    assert free_of_other_integrations(of_company(elsewhere, origin_id="ACME")) == []


HOLDER = "company:562949:02:8002"


@pytest.mark.parametrize(
    ("action", "state"), [("accept", State.WAITING), ("retry", State.FAILED), ("link", State.NOT_SENT)]
)
def test_one_erp_id_stands_for_one_company_of_the_directory(action: str, state: State) -> None:
    """In whichever CMiC company the other has it (O-03, R-08)."""
    asked = facts(
        command(action, fields={"erp_id": "ACME"}), state, "company", references=references(holder_of_id=HOLDER)
    )
    (refusal,) = decide(KINDS["company"].lifecycle, asked).refusals
    assert (refusal.code, refusal.owner, refusal.object) == ("id_of_another", "accounting approver", HOLDER)
    assert refusal.sentence == f"ACME is the ERP id of {HOLDER} already: one ERP id, one company."
    assert refusal.where == "Choose another id, or unlink that one"


def test_an_erp_id_that_nobody_has_is_free() -> None:
    assert id_is_its_own(of_company()) == []


@pytest.mark.parametrize("erp_id", ["", "NINECHARS", "A B", "A|B", "Ü", "A\n"])
def test_a_vendor_code_that_cmic_cant_have_is_refused(erp_id: str) -> None:
    asked = facts(command("accept", fields={"erp_id": erp_id}), State.WAITING, "company")
    # Blanks and line ends around a code are trimmed, so the last one is a good code.
    expected = [] if erp_id.strip() == "A" else ["bad_input"]
    assert codes(decide(KINDS["company"].lifecycle, asked).refusals) == expected


# Projects


def test_custom_segments_are_refused_by_name() -> None:
    (refusal,) = no_custom_segments(of_project(custom_segments=["Phase", "Lot"]))
    assert (refusal.code, refusal.parameters["segments"]) == ("custom_segments", "Phase, Lot")
    assert no_custom_segments(of_project()) == []


def test_a_project_belongs_to_a_configured_cmic_company() -> None:
    several = {"settings": ExportSettings(erp_companies=["01", "02"])}
    assert company_is_configured(of_project({"erp_id": "1042", "erp_company": "02"}, several)) == []
    assert company_is_configured(of_project({"erp_id": "1042"}, several)) == []
    (refusal,) = company_is_configured(of_project({"erp_id": "1042", "erp_company": "03"}, several))
    assert (refusal.code, refusal.where) == ("field_not_usable", "Settings, erp_companies")


def test_a_projects_reasons_come_together() -> None:
    wrong = of_project({"erp_id": "1042", "erp_company": "99"}, custom_segments=["Lot"], origin_id="VISTA-1")
    assert codes(decide(KINDS["project"].lifecycle, wrong).refusals) == [
        "foreign_origin_id",
        "custom_segments",
        "field_not_usable",
    ]


PROJECT_HOLDER = "project:562949:-:311"


@pytest.mark.parametrize(("action", "state"), [("accept", State.WAITING), ("retry", State.FAILED)])
@pytest.mark.parametrize(("typed", "code"), [({}, "1042"), ({"erp_id": "P-77"}, "P-77")], ids=["its number", "typed"])
def test_one_code_stands_for_one_project(action: str, state: State, typed: dict[str, str], code: str) -> None:
    """A CMiC project and a job of it give Procore the same origin id (F-05)."""
    asked = facts(command(action, fields=typed), state, "project", references=references(holder_of_id=PROJECT_HOLDER))
    decision = decide(KINDS["project"].lifecycle, asked)
    (refusal,) = decision.refusals
    assert (refusal.code, refusal.owner, refusal.object) == ("id_of_another", "accounting approver", PROJECT_HOLDER)
    assert refusal.sentence == f"{code} is the ERP id of {PROJECT_HOLDER} already: one ERP id, one project."
    assert refusal.where == "Choose another id, or unlink that one"
    assert decision.to is state


def test_a_code_that_no_other_project_stands_for_is_free() -> None:
    for action, state in (("accept", State.WAITING), ("retry", State.FAILED)):
        assert decide(KINDS["project"].lifecycle, facts(command(action), state, "project")).refusals == []


def test_a_project_may_be_sent_whoever_holds_its_code_because_the_approver_may_type_another() -> None:
    held = references(holder_of_id=PROJECT_HOLDER)
    assert decide(KINDS["project"].lifecycle, facts(command("send"), kind="project", references=held)).refusals == []


def test_the_code_that_a_project_would_bear_is_its_number() -> None:
    assert (project().own_code, project(number="").own_code) == ("1042", "")


# Shared


@pytest.mark.parametrize("kind", ["commitment", "subcontractor_invoice", "invoice_payment"])
def test_another_integrations_id_is_told_of_the_kind_as_people_call_it(kind: str) -> None:
    asked = facts(command("send"), kind=kind, document=DOCUMENTS[kind](origin_id="VISTA-1"))
    (refusal,) = decide(KINDS[kind].lifecycle, asked).refusals
    assert (refusal.code, refusal.parameters["kind"]) == ("foreign_origin_id", kind.replace("_", " "))
    assert kind.replace("_", " ") in refusal.sentence


def test_nobody_depends_on_it() -> None:
    assert no_dependents(facts(command("unlink"))) == []


def test_a_long_list_of_children_is_counted_in_full_and_shown_in_part() -> None:
    children = [Dependent(key=f"k{n}", label=f"Contract {n}", state="Synced") for n in range(1, 14)]
    (refusal,) = no_dependents(facts(command("unlink"), dependents=children))
    assert refusal.parameters["count"] == "13"
    assert refusal.parameters["list"].endswith("Contract 10 (Synced); and 3 more")
    assert "Contract 11" not in refusal.sentence


def write(**more: Any) -> WriteState:
    return WriteState(**{"erp_key": "01|ACME|SC-001|000", "attempted": True, **more})


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (None, []),
        (write(), []),
        (write(settled=True, since_attempt=Decimal(300)), []),
        (write(settled=False, since_attempt=Decimal("0.4")), ["write_still_open"]),
        (write(settled=False, since_attempt=Decimal("119.9")), ["write_still_open"]),
    ],
)
def test_a_write_that_was_cut_off_stays_open_for_a_while(state: WriteState | None, expected: list[str]) -> None:
    assert codes(write_settled(facts(command("retry"), write=state))) == expected


def test_the_wait_is_never_told_as_nothing() -> None:
    late = write(settled=False, since_attempt=Decimal("119.99"))
    (refusal,) = write_settled(facts(command("retry"), write=late))
    assert refusal.parameters == {"seconds": "119", "wait": "1"}


@pytest.mark.parametrize(
    ("state", "seen", "expected"),
    [
        (None, Posting.UNKNOWN, []),
        (write(attempted=False), Posting.UNPOSTED, []),
        (write(existed_before=True), Posting.POSTED, []),
        (write(), Posting.GONE, []),
        (write(), Posting.VOID, []),
        (write(), Posting.UNKNOWN, ["exists_in_cmic"]),
        (write(), Posting.UNPOSTED, ["exists_in_cmic"]),
        (write(), Posting.POSTED, ["exists_in_cmic"]),
        (write(), Posting.PRESENT, ["exists_in_cmic"]),
        (write(), Posting.IN_PROCESS, ["exists_in_cmic"]),
    ],
)
def test_only_what_is_known_to_be_gone_counts_as_gone(
    state: WriteState | None, seen: Posting, expected: list[str]
) -> None:
    """What counts is what was seen of the open write: another record of the object may stand, or be gone, beside it."""
    looked = state.model_copy(update={"seen": seen}) if state else None
    for beside in Posting:
        assert codes(nothing_of_ours_in_cmic(facts(command("reject"), write=looked, seen=beside))) == expected


@pytest.mark.parametrize(
    ("preview", "expected"),
    [(None, []), ("abc123", []), ("abc124", ["preview_outdated"]), ("abc123" + "0" * 60, ["preview_outdated"])],
)
def test_an_approval_names_the_snapshot_that_was_looked_at(preview: str | None, expected: list[str]) -> None:
    asked = command("accept", fields={"preview": preview} if preview else {})
    assert codes(preview_is_current(facts(asked, snapshot="abc123" + "f" * 58))) == expected


def test_a_posting_is_recorded_when_it_is_news() -> None:
    assert posting_has_changed(facts(command("x"), posting_changed=True)) == []
    assert len(posting_has_changed(facts(command("x"), posting_changed=False))) == 1
