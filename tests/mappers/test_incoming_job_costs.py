"""Job costs: what is kept of CMiC's rows, what the totals say, what Procore is given (O-17, R-24, §3 job costs)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.company_settings import Settings
from domain.incoming import Entry
from domain.incoming_port import Place, Row
from domain.ports import Given
from domain.records import Found, Key, Scalar
from mappers.incoming.base import Arrived, Lookups
from mappers.incoming.job_costs import CODES, DETAIL, TOTALS, JobCostsImporter

PLACE = Place(id=1, name="job_costs", procore_company=1, erp_company="01", scope="project:1:-:7", job="J1")
IMPORTER = JobCostsImporter()
LOOKUPS = Lookups(codes={("03-100", "S"): (11, 22)})


def arrived(resource: str, parts: dict[str, str], **attributes: Scalar) -> Arrived:
    key = Key(resource=resource, parts={"company": "01", "job": "J1", **parts})
    return Arrived(Found(key=key, uuid="u", attributes=attributes), PLACE, Settings())


def kept(**attributes: Scalar) -> Entry:
    own: dict[str, Scalar] = {"cost_code": "03-100", "category": "s", "type": "c", "amount": Decimal("10.50")}
    entry = IMPORTER.entry(DETAIL, arrived("job_cost", {"uuid": "X"}, **{**own, **attributes}))
    assert entry is not None
    return entry


def total(**attributes: Scalar) -> Entry:
    amounts = {"job_to_date": Decimal("300.10"), "commitment_invoiced": Decimal("100.05"), "committed": Decimal(500)}
    own: dict[str, Scalar] = {"name": "Concrete", "original_budget": None, "current_budget": None, **amounts}
    entry = IMPORTER.entry(
        TOTALS, arrived("job_cost_total", {"cost_code": "03-100", "category": "S"}, **{**own, **attributes})
    )
    assert entry is not None
    return entry


def given(entry: Entry, lookups: Lookups = LOOKUPS, number: int | None = None) -> object:
    row = Row(stream="totals", key=entry.key, label=entry.label, body=entry.body, hash=entry.hash, procore_id=number)
    return IMPORTER.given(TOTALS, row, PLACE, lookups)


@pytest.mark.parametrize(("code", "means"), [("C", "cost"), ("o", "commitment"), ("B", "B")])
def test_a_row_is_kept_small_with_what_its_type_means(code: str, means: str) -> None:
    entry = kept(type=code, commitment="SC-1", source_text="a long text that the totals don't need")
    assert entry.key == "01|J1|X"
    assert entry.body == {
        "cost_code": "03-100", "category": "S", "type": means, "amount": "10.50", "commitment": "SC-1",
    }  # fmt: skip
    assert entry.refusals == []


def test_a_row_without_commitment_or_amount_is_kept_too() -> None:
    body = kept(commitment=None, amount=None).body
    assert (body["commitment"], body["amount"]) == ("", None)


def test_a_code_is_kept_with_its_budgets() -> None:
    parts = {"cost_code": "03-100", "category": "S"}
    budgets = {"original_budget": Decimal("1000.00"), "current_budget": Decimal(1250)}
    entry = IMPORTER.entry(CODES, arrived("job_code", parts, name="Concrete", **budgets))
    assert entry is not None
    assert entry.body == {**parts, "name": "Concrete", "original_budget": "1000.00", "current_budget": "1250"}


def test_direct_costs_are_jtd_less_commitment_invoiced() -> None:
    assert total().body["direct_costs"] == "200.05"
    assert total(commitment_invoiced=Decimal("300.11")).body["direct_costs"] == "-0.01"


def test_procore_is_given_its_own_columns_with_its_ids_under_the_jobs_origin_id() -> None:
    entry = total(original_budget=Decimal("1000.00"), current_budget=Decimal("1250.50"))
    found = given(entry, number=5)
    assert isinstance(found, Given)
    assert (found.origin_id, found.id, found.key) == ("01|J1", 5, "01|J1|03-100|S")
    assert found.body == {
        "cost_code_id": 11, "line_item_type_id": 22, "original_estimate": "1000.00",
        "approved_estimate_changes": "250.50", "estimate": "1250.50", "original_commitment": "500",
        "revised_commitment": "500", "committed_costs": "500", "commitment_invoiced": "100.05",
        "job_to_date_cost": "300.10",
    }  # fmt: skip


def test_a_budget_that_cmic_doesnt_show_isnt_given_as_zero() -> None:
    found = given(total(original_budget=Decimal(5)))
    assert isinstance(found, Given)
    assert found.body["original_estimate"] == "5"
    assert not {"estimate", "approved_estimate_changes"} & set(found.body)


def test_a_code_that_the_project_hasnt_is_set_aside() -> None:
    found = given(total(), Lookups())
    assert isinstance(found, list)
    assert [(r.code, r.parameters) for r in found] == [("code_not_on_project", {"pair": "03-100/S"})]


def test_only_totals_go_to_procore_and_only_where_that_is_switched_on() -> None:
    on, off = Settings(), Settings(job_costs_into_procore=False)
    assert [s.name for s in IMPORTER.streams if IMPORTER.gives(s, on)] == ["totals"]
    assert [s.name for s in IMPORTER.streams if IMPORTER.gives(s, off)] == []
    assert Settings().schedules["job_costs"] == 240
