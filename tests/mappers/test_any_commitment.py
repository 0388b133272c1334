"""Any commitment at all: sums to the cent, keys of their own, snapshots, and what an approval is bound to (B-04, R-11)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commitment import Commitment, CommitmentType
from domain.records import Key, Plan, Written, digest
from domain.states import Condition
from mappers.commitment import CommitmentMapper
from tests.builders import (
    COMMITMENT,
    COMPANY,
    PROJECT,
    commitment,
    export,
    line,
    modest,
    raw_commitment,
    raw_line,
    raw_unit_line,
    references,
)

MAPPER = CommitmentMapper()


def planned(document: Commitment) -> Plan:
    return MAPPER.plan(export("commitment", document, references=references()))


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
