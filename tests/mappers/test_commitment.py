"""A commitment on its way to CMiC and back: every line of the mapping, sums to the cent (requirements §3; R-10, R-11, R-22)."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commitment import OWN_GUARDS, Commitment, CommitmentType
from domain.facts import References
from domain.records import Key, Plan, Record, Scalar, Written, digest
from domain.refusals import Refused
from domain.settings import ExportSettings
from domain.states import Condition
from mappers.commitment import CommitmentMapper, task_code
from tests.builders import (
    COMMITMENT,
    COMPANY,
    PROJECT,
    command,
    commitment,
    facts,
    line,
    modest,
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
    return MAPPER.plan(COMMITMENT, document, known or references(), typed or {}, settings or ExportSettings())


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


def test_a_date_is_its_business_date() -> None:
    dated = raw_commitment(contract_date=None, created_at="2026-02-27T16:30:00Z")
    assert MAPPER.from_procore(dated).created_on == date(2026, 2, 27)


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
        "date": date(2026, 3, 1),
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
    shown = header(commitment(title="", description="", created_on=None, retainage=None))
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


# Any commitment at all

codes = st.text(alphabet="abcXYZ019-.", min_size=1, max_size=16)
money = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
many_lines = st.lists(
    st.fixed_dictionaries(
        {"amount": money, "cost_code": codes, "category": codes, "calculated": st.booleans()},
        optional={
            "quantity": money,
            "unit_cost": money,
            "uom": st.text(max_size=6),
            "description": st.text(max_size=40),
        },
    ),
    max_size=25,
)
documents = st.builds(
    lambda given_lines, number, title, kind, retainage: commitment(
        lines=[line(n, **one) for n, one in enumerate(given_lines, start=1)],
        number=number,
        title=title,
        type=kind,
        retainage=retainage,
        total=None,
    ),
    many_lines,
    codes,
    st.text(max_size=40),
    st.sampled_from(CommitmentType),
    st.one_of(st.none(), money),
)


@modest
@given(documents)
def test_the_lines_make_the_groups_total_to_the_cent(document: Commitment) -> None:
    (group,) = planned(document).groups
    amounts = [one.values["amount"] for one in group.lines]
    assert all(isinstance(amount, Decimal) for amount in amounts)
    assert sum((Decimal(str(a)) for a in amounts), Decimal(0)) == group.total
    assert len(group.lines) == len(document.lines)


@modest
@given(documents)
def test_every_row_has_a_key_of_its_own_and_codes_are_in_upper_case(document: Commitment) -> None:
    (group,) = planned(document).groups
    assert len({one.key.text for one in group.records}) == len(group.records)
    assert group.header.key.parts["contract"] == document.number.upper()
    for one in group.lines:
        assert {k: v for k, v in one.key.parts.items() if k != "task"} == group.header.key.parts
        assert all(
            str(one.values[name]).isupper() or not any(c.isalpha() for c in str(one.values[name]))
            for name in ("cost_code", "category")
        )


@modest
@given(documents)
def test_a_plan_depends_on_nothing_but_its_arguments(document: Commitment) -> None:
    assert planned(document).hash == planned(MAPPER.restore(document.model_dump(mode="json"))).hash


@modest
@given(documents)
def test_a_snapshot_is_restored_with_the_same_business(document: Commitment) -> None:
    body = json.loads(json.dumps(document.model_dump(mode="json")))
    restored = MAPPER.restore(body)
    assert restored == document
    assert digest(restored.business()) == digest(document.business())


def test_ids_and_other_peoples_names_are_not_business() -> None:
    """An approval isn't bound to what the connector itself writes back (B-04)."""
    before = MAPPER.from_procore(raw_commitment())
    ours = [raw_line(origin_id="01|ACME|SC-001|000|0001"), raw_unit_line(origin_id="01|ACME|SC-001|000|0002")]
    after = MAPPER.from_procore(
        raw_commitment(
            origin_id="01|ACME|SC-001|000",
            origin_code="SC-001",
            updated_at="2027-01-01T00:00:00Z",
            vendor={"id": COMPANY.id, "company": "Acme, renamed", "origin_id": "ACME"},
            line_items=ours,
        )
    )
    assert digest(before.business()) == digest(after.business())


@pytest.mark.parametrize(
    "edit",
    [
        {"title": "Steel"},
        {"status": "Void"},
        {"number": "SC-002"},
        {"description": ""},
        {"retainage_percent": "5.0"},
        {"vendor": {"id": 1, "company": "Acme"}},
        {"contract_start_date": "2026-03-16"},
        {"type": "PurchaseOrderContract"},
        {"line_items": [raw_line()]},
        {"line_items": [raw_line(amount="250.01"), raw_unit_line()]},
        {"line_items": [raw_line(cost_code={"full_code": "05-100"}), raw_unit_line()]},
        {"line_items": [raw_line(position=2), raw_unit_line(position=1)]},
    ],
    ids=str,
)
def test_an_edit_of_what_is_exported_is_business(edit: dict[str, Any]) -> None:
    before, after = MAPPER.from_procore(raw_commitment()), MAPPER.from_procore(raw_commitment(**edit))
    assert digest(before.business()) != digest(after.business())


# Prerequisites and the way back


def test_a_commitment_waits_for_its_job_and_its_vendor() -> None:
    job, vendor = MAPPER.prerequisites(COMMITMENT, commitment(), "01")
    assert (job.parent, job.condition, job.label) == (PROJECT.key, Condition.JOB_EXISTS, "project 310")
    assert (vendor.parent, vendor.condition, vendor.label) == (COMPANY.key, Condition.SYNCED, "company Acme")


def test_a_vendor_is_waited_for_in_the_cmic_company_of_the_project() -> None:
    assert MAPPER.prerequisites(COMMITMENT, commitment(), "02")[1].parent == f"company:562949:02:{COMPANY.id}"


def test_without_a_contract_company_there_is_no_vendor_to_wait_for() -> None:
    assert len(MAPPER.prerequisites(COMMITMENT, commitment(vendor_id=None), "01")) == 1


def test_the_ids_of_header_and_lines_go_back_to_procore() -> None:
    (group,) = planned(commitment()).groups
    back = MAPPER.write_back(COMMITMENT, [Written(part=r.part, key=r.key, uuid="u") for r in group.records])
    assert (back.origin_id, back.code) == ("01|ACME|SC-001|000", "SC-001")
    assert back.lines == {"9001": "01|ACME|SC-001|000|0001", "9002": "01|ACME|SC-001|000|0002"}


def test_an_adopted_line_bears_the_id_that_cmic_gave_it() -> None:
    top = Key(resource="subcontract", parts={"company": "01", "vendor": "ACME", "contract": "X", "change_code": "000"})
    theirs = Key(resource="subcontract_line", parts={**top.parts, "task": "A10"})
    back = MAPPER.write_back(
        COMMITMENT, [Written(part="9001", key=theirs, uuid="u"), Written(part="", key=top, uuid="v")]
    )
    assert (back.origin_id, back.lines) == ("01|ACME|X|000", {"9001": "01|ACME|X|000|A10"})
