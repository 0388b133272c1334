"""A commitment change order to a change of its CMiC subcontract, row by row (requirements §3, CCO; O-12, R-12)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.commitment_change_order import CommitmentChangeOrder
from domain.records import Group, digest
from domain.states import Condition
from mappers.commitment_change_order import CommitmentChangeOrderMapper
from tests.builders import EXPORTED_ON, PROJECT, export, header_key, line_key, parents, references
from tests.domain.documents import CHANGE_ORDER, COMMITMENT, change_order, change_order_line, settings_for
from tests.domain.guarding import given, own
from tests.mappers.raws import raw_change_order, raw_new_line, raw_order_line

KIND = "commitment_change_order"
MAPPER = CommitmentChangeOrderMapper()


def group(document: Any = None, **more: Any) -> Group:
    (found,) = MAPPER.plan(export(KIND, document, **more)).groups
    return found


# Reading


def test_it_is_read_whole() -> None:
    assert MAPPER.from_procore(raw_change_order()) == change_order(
        number="001",
        description="By the architect",
        lines=[
            change_order(number="1").lines[0].model_copy(update={"description": "Footing"}),
            change_order_line(2, description="Footing"),
        ],
    )


def test_what_is_read_has_nothing_against_it() -> None:
    document = MAPPER.from_procore(raw_change_order())
    assert (
        own(KIND, given(KIND, **{name: getattr(document, name) for name in CommitmentChangeOrder.model_fields})) == []
    )


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("approved", "Approved"),
        ("pending", "Pending"),
        ("", ""),
        (None, ""),
        ("no_charge", "No Charge"),
        ("pending_billable", "Pending Billable"),
    ],
)
def test_its_status_is_read_as_people_write_it(status: str | None, read: str) -> None:
    assert MAPPER.from_procore(raw_change_order(status=status)).status == read


def test_lines_are_told_by_their_position_and_numbered_without_gaps() -> None:
    raw = [raw_new_line(7119, 9), raw_new_line(7113, None), raw_order_line(7111, 3), raw_order_line(7110, 3)]
    found = MAPPER.from_procore(raw_change_order(lines=raw)).lines
    assert [(n.id, n.position) for n in found] == [(7113, 1), (7110, 2), (7111, 3), (7119, 4)]


def test_without_a_contracts_name_there_is_none() -> None:
    assert MAPPER.from_procore(raw_change_order(contract=None)).contract_number == ""


# The rows


def test_the_header_row_by_row() -> None:
    found = group(change_order(description="Extra footing"))
    assert found.header.attributes == {
        "company": "01",
        "vendor": "ACME",
        "contract": "SC-001",
        "change_code": "001",
        "job": "1042",
        "currency": "USD",
        "our_number": True,
        "title": "More concrete",
        "scope": "Extra footing",
        "date": EXPORTED_ON,
    }
    assert (found.header.key.resource, found.header.part, found.header.label) == ("subcontract", "", "More concrete")
    assert (found.total, found.summed, found.may_exist, found.common) == (Decimal("260.00"), "amount", False, False)


def test_the_lines_row_by_row() -> None:
    """One on an existing line keeps its task; a new one gets one of its own."""
    existing, new = group().lines
    base = {"company": "01", "vendor": "ACME", "contract": "SC-001", "change_code": "001", "job": "1042"}
    assert existing.attributes == {
        **base,
        "task": "0001",
        "task_name": "Extra 1",
        "cost_code": "03-300",
        "category": "M",
        "uom": "EA",
        "quantity": Decimal("2.5"),
        "rate": Decimal("100.00"),
        "amount": Decimal("250.00"),
    }
    assert new.attributes == {
        **base,
        "task": "001-002",
        "task_name": "Extra 2",
        "cost_code": "05-100",
        "category": "L",
        "uom": "LS",
        "quantity": None,
        "rate": None,
        "amount": Decimal("10.00"),
    }
    assert [(r.key.resource, r.part, r.label) for r in (existing, new)] == [
        ("subcontract_line", "7111", "line 1"),
        ("subcontract_line", "7112", "line 2"),
    ]


def test_its_contract_is_where_it_stands_in_cmic_and_not_what_procore_calls_it() -> None:
    """An adopted contract, or one whose number the approver typed."""
    known = {COMMITMENT.key: {"": header_key("C-77", vendor="OTHER"), "9001": line_key("A10", "C-77", vendor="OTHER")}}
    found = group(references=references(keys=known))
    assert found.header.key.text == "01|OTHER|C-77|001"
    assert [r.key.text for r in found.lines] == ["01|OTHER|C-77|001|A10", "01|OTHER|C-77|001|001-002"]


def test_until_the_contract_is_linked_what_it_fills_in_is_empty() -> None:
    found = group(references=references(keys={}))
    assert found.header.key.parts == {"company": "", "vendor": "", "contract": "", "change_code": "001"}
    assert [r.key.parts["task"] for r in found.lines] == ["001-001", "001-002"]


def test_two_lines_on_one_item_have_a_task_each() -> None:
    """CMiC keeps one row a task within a change order."""
    both = [change_order_line(n, on_line=9001) for n in (1, 2, 3)]
    tasks = [r.key.parts["task"] for r in group(change_order(lines=both, total=None)).lines]
    assert tasks == ["0001", "001-002", "001-003"]


def test_a_task_that_the_contract_has_already_isnt_used_again() -> None:
    """Somebody named a line of the contract as this change order would name one of its own."""
    known = {COMMITMENT.key: {"": header_key(), "9001": line_key("001-002"), "9002": line_key("001-002A")}}
    lines = [change_order_line(n, on_line=9001 if n == 1 else None) for n in (1, 2, 3)]
    found = group(change_order(lines=lines, total=None), references=references(keys=known)).lines
    assert [r.key.parts["task"] for r in found] == ["001-002", "001-002B", "001-003"]


def test_a_line_on_one_that_cmic_hasnt_is_a_new_one() -> None:
    (found,) = group(change_order(lines=[change_order_line(1, on_line=1234)], total=None)).lines
    assert found.key.parts["task"] == "001-001"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ({"erp_id": "7"}, {"change_code": "007"}),
        ({"erp_id": "a7"}, {"change_code": "A7"}),
        ({"transaction_date": "2026-04-02"}, {"date": date(2026, 4, 2)}),
        ({"description": "Typed"}, {"scope": "Typed"}),
    ],
)
def test_the_approvers_words_count_above_procores(typed: dict[str, Any], shown: dict[str, Any]) -> None:
    found = group(change_order(description="Procore's"), typed=typed).header.attributes
    assert {name: found[name] for name in shown} == shown


def test_what_is_empty_is_sent_as_nothing_and_currency_is_a_setting() -> None:
    shown = group(change_order(title="", description=""), settings=settings_for(KIND, currency="CAD")).header.values
    assert (shown["title"], shown["scope"], shown["currency"]) == (None, None, "CAD")


def test_codes_that_the_job_lacks_go_along() -> None:
    known = references(keys=parents(), codes=frozenset({("03-300", "M")}), assignable=frozenset({("05-100", "L")}))
    groups = MAPPER.plan(export(KIND, references=known)).groups
    assert [g.header.key.text for g in groups] == ["01|1042|05-100", "01|1042|05-100|L", "01|ACME|SC-001|001"]


# Around it


def test_it_waits_for_the_job_and_for_a_contract_that_takes_changes() -> None:
    job, contract = MAPPER.prerequisites(CHANGE_ORDER, change_order(), "01")
    assert (job.parent, job.condition, job.label) == (PROJECT.key, Condition.JOB_EXISTS, "project 310")
    assert (contract.parent, contract.condition) == (COMMITMENT.key, Condition.OPEN_FOR_CHANGES)
    assert contract.label == "commitment SC-001"
    assert MAPPER.prerequisites(CHANGE_ORDER, change_order(contract_number=""), "01")[1].label == "commitment 7001"


def test_procore_has_no_place_for_its_id() -> None:
    assert MAPPER.write_back(CHANGE_ORDER, []) is None
    assert MAPPER.watches(CHANGE_ORDER, []) == []


def test_a_snapshot_is_restored_with_the_same_business() -> None:
    document = MAPPER.from_procore(raw_change_order())
    restored = MAPPER.restore(document.model_dump(mode="json"))
    assert restored == document
    assert digest(restored.business()) == digest(document.business())
