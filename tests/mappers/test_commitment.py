"""A commitment on its way to CMiC and back: every line of the mapping, sums to the cent (requirements §3; R-10, R-11, R-22)."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.commitment import OWN_GUARDS, Commitment, CommitmentType
from domain.facts import References
from domain.records import Plan, Record, Scalar
from domain.refusals import Refused
from domain.settings import ExportSettings
from mappers.commitment import CommitmentMapper, task_code
from tests.builders import (
    command,
    commitment,
    export,
    facts,
    line,
    raw_commitment,
    raw_line,
    raw_unit_line,
    references,
    unit_line,
)

MAPPER = CommitmentMapper()


def planned(
    document: Commitment,
    typed: dict[str, Any] | None = None,
    known: References | None = None,
    settings: ExportSettings | None = None,
) -> Plan:
    return MAPPER.plan(
        export(
            "commitment",
            document,
            references=known or references(),
            typed=typed or {},
            settings=settings or ExportSettings(),
        )
    )


def header(document: Commitment, **more: Any) -> Record:
    (group,) = planned(document, **more).groups
    return group.header


def lines(document: Commitment, **more: Any) -> list[Record]:
    (group,) = planned(document, **more).groups
    return group.lines


def order(**more: Any) -> dict[str, Any]:
    """A purchase order as Procore shows one."""
    stated: dict[str, Any] = {"type": "PurchaseOrderContract", "number": "PO-7", "delivery_date": "2026-06-30"}
    stated |= {"contract_estimated_completion_date": None, "line_items": [raw_unit_line(9001, 1)]}
    return raw_commitment(**{**stated, "grand_total": "250.0", **more})


# Reading


def test_a_subcontract_is_read_whole() -> None:
    found = MAPPER.from_procore(raw_commitment())
    assert found == commitment(
        description="All concrete works",
        retainage="10.0",
        start_on=date(2026, 3, 15),
        issued_on=date(2026, 3, 2),
        completion_on=date(2026, 11, 30),
        signed_on=date(2026, 3, 9),
        lines=[line(1), unit_line(2, uom="ea")],
        total="500.0",
    )


def test_what_is_read_has_nothing_against_it() -> None:
    """The whole way: Procore's JSON, the guards, the rows."""
    given_facts = facts(command("accept"), document=MAPPER.from_procore(raw_commitment()))
    assert [r.sentence for guard in OWN_GUARDS for r in guard(given_facts)] == []


def test_a_purchase_order_is_read_as_one() -> None:
    found = MAPPER.from_procore(order())
    assert (found.type, found.completion_on) == (CommitmentType.PURCHASE_ORDER, date(2026, 6, 30))


def test_only_the_id_and_the_type_are_needed() -> None:
    found = MAPPER.from_procore({"id": 7, "type": "WorkOrderContract"})
    assert found == Commitment(id=7, type=CommitmentType.SUBCONTRACT)


def test_lines_are_told_by_their_position_and_numbered_without_gaps() -> None:
    raw = [raw_line(9003, 30), raw_line(9001, 10), raw_line(9002, 10), raw_line(9000, 0)]
    found = MAPPER.from_procore(raw_commitment(line_items=raw))
    assert [(one.id, one.position) for one in found.lines] == [(9000, 1), (9001, 2), (9002, 3), (9003, 4)]


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", 28), ("America/New_York", 27), ("America/Los_Angeles", 27), ("Asia/Tokyo", 28)]
)
def test_the_day_on_which_it_was_made_is_a_business_date(zone: str, day: int) -> None:
    found = MAPPER.from_procore(raw_commitment(created_at="2026-02-28T02:30:00Z"))
    assert header(found, settings=ExportSettings(time_zone=zone)).values["date"] == date(2026, 2, day)


def test_the_contracts_own_date_counts_where_procore_does_not_tell_when_it_was_made() -> None:
    found = MAPPER.from_procore(raw_commitment(created_at=None, contract_date="2026-03-01"))
    assert header(found).values["date"] == date(2026, 3, 1)


def test_a_time_zone_that_nobody_knows_is_no_setting() -> None:
    with pytest.raises(ValidationError, match="IANA"):
        ExportSettings(time_zone="Mars/Olympus")


def test_a_line_without_an_amount_is_refused_and_not_taken_for_nothing() -> None:
    with pytest.raises(Refused) as refused:
        MAPPER.from_procore(raw_commitment(line_items=[raw_line(amount=None)]))
    assert [r.code for r in refused.value.refusals] == ["procore_unreadable"]


@pytest.mark.parametrize("blank", [None, "", "   "])
def test_blank_texts_are_empty(blank: str | None) -> None:
    found = MAPPER.from_procore(raw_commitment(number=blank, title=blank, description=blank))
    assert (found.number, found.title, found.description) == ("", "", "")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"type": "PotentialChangeOrder"}, "KeyError at 'PotentialChangeOrder'"),
        ({"id": "seven"}, "id: "),
        ({"grand_total": "NaN"}, "total: "),
        ({"retainage_percent": "1e400"}, "retainage: "),
        ({"line_items": [raw_line(amount="NaN")]}, "amount: "),
        ({"line_items": [raw_line(amount=float("inf"))]}, "amount: "),
        ({"line_items": [raw_line(amount=True)]}, "amount: "),
        ({"line_items": [raw_line(quantity="many")]}, "quantity: "),
        ({"line_items": "none"}, "AttributeError"),
        ({"line_items": [None]}, "AttributeError"),
        ({"line_items": [{}]}, "KeyError at 'id'"),
        ({"line_items": [raw_line(cost_code="03-300")]}, "AttributeError"),
        ({"line_items": [{**raw_line(), "position": "1"}, raw_line(position=2)]}, "TypeError"),
        ({"vendor": "Acme"}, "AttributeError"),
        ({"vendor": {"id": "x"}}, "vendor_id: "),
        ({"contract_date": "31/12/2026"}, "ValueError"),
        ({"contract_date": 20260301}, "a date is needed, not int"),
        ({"number": 7}, "AttributeError"),
        ({"status": ["Approved"]}, "status: "),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cant_be_read_is_refused_in_words(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused) as refused:
        MAPPER.from_procore(raw_commitment(**wrong))
    (refusal,) = refused.value.refusals
    assert refusal.code == "procore_unreadable"
    assert words in refusal.parameters["problem"]


# The header, line by line of requirements §3


def test_the_header_of_a_subcontract() -> None:
    assert header(MAPPER.from_procore(raw_commitment())).attributes == {
        "company": "01",
        "vendor": "ACME",
        "contract": "SC-001",
        "change_code": "000",
        "job": "1042",
        "currency": "USD",
        "our_number": True,
        "contract_type": "SUB",
        "title": "Concrete",
        "scope": "All concrete works",
        "date": date(2026, 2, 27),
        "start": date(2026, 3, 15),
        "issued": date(2026, 3, 2),
        "end": date(2026, 11, 30),
        "executed": date(2026, 3, 9),
        "retainage_percent": Decimal("10.0"),
        "accounting_date": None,
    }


def test_the_header_of_a_purchase_order_differs_in_its_type() -> None:
    shown = header(MAPPER.from_procore(order()))
    assert shown.values["contract_type"] == "PO"
    assert shown.key.parts["contract"] == "PO-7"
    assert shown.values["end"] == date(2026, 6, 30)


def test_types_and_currency_are_settings() -> None:
    settings = ExportSettings(subcontract_type="S", purchase_order_type="P", currency="CAD")
    kinds = {header(commitment(type=t), settings=settings).values["contract_type"] for t in CommitmentType}
    assert kinds == {"S", "P"}
    assert header(commitment(), settings=settings).values["currency"] == "CAD"


def test_what_is_empty_is_sent_as_nothing() -> None:
    shown = header(commitment(title="", description="", created_at=None, contract_date=None, retainage=None))
    empty = ("title", "scope", "date", "start", "issued", "end", "executed", "retainage_percent")
    assert {shown.values[name] for name in empty} == {None}


def test_the_approvers_words_count_above_procores() -> None:
    shown = header(commitment(), typed={"erp_id": "c-77", "accounting_date": "2026-04-30"})
    assert shown.key.parts["contract"] == "C-77"
    assert shown.values["accounting_date"] == date(2026, 4, 30)


def test_what_a_prerequisite_fills_in_is_empty_until_it_is_known() -> None:
    shown = header(commitment(), known=References(erp_company="01"))
    assert (shown.key.parts["vendor"], shown.values["job"]) == ("", "")
    assert shown.key.text == "01||SC-001|000"


def test_tax_codes_are_not_sent() -> None:
    plan = planned(MAPPER.from_procore(raw_commitment(line_items=[raw_line(tax_code_id=77)])))
    assert "77" not in json.dumps([list(r.attributes) for g in plan.groups for r in g.records])
    assert not any("tax" in name for g in plan.groups for r in g.records for name in r.attributes)


# The lines


def values(document: Commitment) -> dict[str, Scalar]:
    (one,) = lines(document)
    return one.values


def test_an_amount_based_line() -> None:
    assert values(commitment(lines=[line(1, uom="bundle", quantity="3", unit_cost="7")])) == {
        "job": "1042",
        "task_name": "Line 1",
        "cost_code": "03-300",
        "category": "M",
        "uom": "LS",
        "quantity": None,
        "rate": None,
        "amount": Decimal("250.00"),
    }


@pytest.mark.parametrize("kind", CommitmentType)
def test_a_unit_based_line(kind: CommitmentType) -> None:
    assert values(commitment(type=kind, lines=[unit_line(1)])) == {
        "job": "1042",
        "task_name": "Line 1",
        "cost_code": "03-300",
        "category": "M",
        "uom": "EA",
        "quantity": Decimal("2.5"),
        "rate": Decimal("100.00"),
        "amount": Decimal("250.00"),
    }


@pytest.mark.parametrize("missing", ["quantity", "unit_cost"])
def test_a_line_that_lacks_a_factor_is_amount_based(missing: str) -> None:
    assert values(commitment(lines=[unit_line(1, **{missing: None})]))["uom"] == "LS"


def test_a_blank_unit_is_the_configured_one() -> None:
    settings = ExportSettings(default_uom="$")
    shown = lines(commitment(lines=[line(1), unit_line(2, uom="")]), settings=settings)
    assert [one.values["uom"] for one in shown] == ["$", "$"]


def test_a_line_is_keyed_below_its_header_by_its_position() -> None:
    (first, second) = lines(commitment())
    assert first.key.text == "01|ACME|SC-001|000|0001"
    assert (second.key.parts["task"], second.part, second.label) == ("0002", "9002", "line 2")


@pytest.mark.parametrize(("position", "code"), [(1, "0001"), (42, "0042"), (9999, "9999"), (12345, "12345")])
def test_task_codes_sort_as_procore_lists_the_lines(position: int, code: str) -> None:
    assert task_code(position) == code


# Codes that go along (O-02)


def test_the_configured_cost_type_of_a_converted_bid_goes_along_and_is_sent() -> None:
    """S-02: a line without a cost type; Procore shows none."""
    raw = raw_commitment(type="PurchaseOrderContract", line_items=[raw_line(line_item_type=None)])
    document, known = MAPPER.from_procore(raw), references(assignable=frozenset({("03-300", "P")}))
    settings = ExportSettings(purchase_order_cost_type="p", subcontract_cost_type="S")
    along, contract = planned(document, settings=settings, known=known).groups
    assert along.header.key.text == "01|1042|03-300|P"
    assert [one.values["category"] for one in contract.lines] == ["P"]
    (contract,) = planned(document).groups
    assert [one.values["category"] for one in contract.lines] == [""]


def test_codes_that_the_job_lacks_are_assigned_first_each_once() -> None:
    """A phase for the cost code where the job has none of it, then the pair; the contract comes last."""
    new = [line(1, cost_code="09-900"), line(2), line(3, cost_code="09-900"), line(4, cost_code="03-300", category="L")]
    known = references(assignable=frozenset({("09-900", "M"), ("03-300", "L"), ("77-700", "M")}))
    groups = planned(commitment(lines=new, total=None), known=known).groups
    assert [(g.header.key.resource, g.header.key.text, g.may_exist, g.common) for g in groups] == [
        ("job_phase", "01|1042|09-900", True, True),
        ("job_code", "01|1042|03-300|L", True, True),
        ("job_code", "01|1042|09-900|M", True, True),
        ("subcontract", "01|ACME|SC-001|000", False, False),
    ]
    assert all(g.lines == [] for g in groups[:3])
    assert [g.header.values for g in groups[:3]] == [{"name": "09-900"}, {}, {}]
    named = known.model_copy(update={"code_names": {"09-900": "Painting"}})
    assert planned(commitment(lines=new, total=None), known=named).groups[0].header.values == {"name": "Painting"}
