"""A budget to a PCI of the original-budget type, row by row; its later exports; a forecast along with it (O-07; S-08, S-19)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.budget import BudgetFields
from domain.facts import References
from domain.records import Group, Key, digest
from domain.states import Condition
from mappers.budget import BudgetMapper
from tests.builders import EXPORTED_ON, PROJECT, export, own_key, references
from tests.domain.documents import BUDGET, budget, budget_line, settings_for
from tests.domain.guarding import given, own
from tests.mappers.raws import raw_budget, raw_row

KIND = "budget"
MAPPER = BudgetMapper()
ALONG = {"forecast_with_budget": True}


def groups(document: Any = None, **more: Any) -> list[Group]:
    return MAPPER.plan(export(KIND, document, **more)).groups


def group(document: Any = None, **more: Any) -> Group:
    (found,) = groups(document, **more)
    return found


def again(**sent: str) -> References:
    """It is in CMiC already; `sent` are amounts by pair, with _ for the bar."""
    amounts = {pair.replace("_", "/"): Decimal(amount) for pair, amount in sent.items()}
    return references(keys=own_key(KIND), sent=amounts, exports=1)


def test_it_is_read_whole() -> None:
    lines = [
        budget_line(1),
        budget_line(2, cost_code="05-100", category="L", amount="500", forecast=None, to_complete=None),
    ]
    assert MAPPER.from_procore(raw_budget()) == budget(lines=lines)


def test_what_is_read_has_nothing_against_it() -> None:
    found = MAPPER.from_procore(raw_budget())
    assert own(KIND, given(KIND, lines=found.lines, locked=found.locked)) == []


@pytest.mark.parametrize(
    ("more", "name", "value"),
    [
        ({"locked": False}, "locked", False),
        ({"view": None}, "view", ""),
        ({"custom_segments": None}, "custom_segments", []),
    ],
)
def test_what_else_is_read(more: dict[str, Any], name: str, value: Any) -> None:
    assert getattr(MAPPER.from_procore(raw_budget(**more)), name) == value


def test_a_row_without_codes_or_amounts_is_read_as_one() -> None:
    bare = {"cost_code": "", "category": "", "original_budget_amount": None}
    (line,) = MAPPER.from_procore(raw_budget(lines=[raw_row(1, **bare)])).lines
    assert (line.cost_code, line.category, line.amount) == ("", "", Decimal(0))


# The rows


def test_the_rows() -> None:
    found = group()
    assert found.header.attributes == {
        "company": "01",
        "job": "1042",
        "change_item": "BUD-01",
        "status": "APPROVED",
        "projection_method": "A",
        "type": "OBC",
        "title": "Original budget (BUD-01)",
        "reference_date": EXPORTED_ON,
    }
    base = {"company": "01", "job": "1042", "change_item": "BUD-01", "line_job": "1042", "bill_amount": None}
    assert [r.attributes for r in found.lines] == [
        {**base, "cost_code": "03-300", "category": "M", "amount": Decimal("1000.00")},
        {**base, "cost_code": "05-100", "category": "L", "amount": Decimal("500.00")},
    ]
    assert [(r.key.resource, r.part) for r in found.records] == [
        ("change_item", ""),
        ("change_item_line", "BUD-01:03-300/M"),
        ("change_item_line", "BUD-01:05-100/L"),
    ]
    assert (found.total, found.summed, found.aside, found.may_exist) == (Decimal("1500.00"), "amount", False, False)


def test_billing_amounts_are_filled_by_setting() -> None:
    shown = group(settings=settings_for(KIND, billing_on_budgets=True))
    assert [r.values["bill_amount"] for r in shown.lines] == [Decimal("1000.00"), Decimal("500.00")]
    assert shown.summed == "amount"


def test_type_status_and_projection_are_settings_and_the_code_may_be_typed() -> None:
    settings = settings_for(KIND, budget_type="ORG", approved_status="OK", projection_method="R")
    shown = group(settings=settings, typed={"erp_id": "orig.1"}).header.attributes
    assert [shown[n] for n in ("type", "status", "projection_method", "change_item")] == ["ORG", "OK", "R", "ORIG.1"]
    assert shown["title"] == "Original budget (ORIG.1)"


def test_until_the_job_is_linked_it_is_empty() -> None:
    assert group(references=References(erp_company="01")).header.key.text == "01||BUD-01"


def test_a_later_export_carries_what_is_new_under_a_code_of_its_own() -> None:
    document = budget(lines=[budget_line(1, amount="900.00"), budget_line(2, category="L", amount="7.00")])
    found = group(document, references=again(**{"03-300_M": "1000.00"}))
    assert (found.header.key.text, found.header.part) == ("01|1042|BUD-02", "BUD-02")
    assert [(r.key.text, r.values["amount"], r.part) for r in found.lines] == [
        ("01|1042|BUD-02|03-300|M", Decimal("-100.00"), "BUD-02:03-300/M"),
        ("01|1042|BUD-02|03-300|L", Decimal("7.00"), "BUD-02:03-300/L"),
    ]
    assert found.total == Decimal("-93.00")


def test_an_export_after_an_unlink_is_the_main_one_again_with_a_fresh_code() -> None:
    """The number counts what was ever written: CMiC may keep the void one's key."""
    found = group(references=references(exports=2))
    assert (found.header.key.parts["change_item"], found.header.part) == ("BUD-03", "")


@pytest.mark.parametrize(
    ("exports", "code"), [(8, "BUD-09"), (98, "BUD-99"), (99, "BUD100"), (100, "BUD101"), (1233, "BUD1234")]
)
def test_from_a_hundred_on_the_digits_stand_alone(exports: int, code: str) -> None:
    """So that the letter of a forecast that goes along fits behind the code, too."""
    found = groups(references=references(exports=exports), settings=settings_for(KIND, **ALONG))
    assert [g.header.key.parts["change_item"] for g in found] == [code, f"{code}F"]


def test_codes_that_the_job_lacks_go_along_and_those_without_money_where_they_go() -> None:
    lines = [budget_line(1, cost_code="09-900"), budget_line(2, cost_code="09-900", category="L", amount="0")]
    known = references(assignable=frozenset({("09-900", "M"), ("09-900", "L"), ("77-000", "M")}))
    with_zeros = [g.header.key.text for g in groups(budget(lines=lines), references=known)]
    assert with_zeros == ["01|1042|09-900", "01|1042|09-900|L", "01|1042|09-900|M", "01|1042|BUD-01"]
    settings = settings_for(KIND, zero_dollar_codes=False)
    without = [g.header.key.text for g in groups(budget(lines=lines), references=known, settings=settings)]
    assert without == ["01|1042|09-900", "01|1042|09-900|M", "01|1042|BUD-01"]


# A forecast along with it (erp-tool-behaviour B-06)


def test_a_forecast_goes_along_beside_the_budget() -> None:
    own_item, along = groups(settings=settings_for(KIND, **ALONG))
    assert (own_item.aside, along.aside) == (False, True)
    assert (along.header.part, along.total) == ("forecast BUD-01", Decimal("1700.00"))
    shown = along.header.attributes
    assert [shown[n] for n in ("change_item", "type", "title")] == [
        "BUD-01F",
        "FCT",
        "March Procore Forecast Amounts",
    ]
    assert shown["scope"] == "Forecast to complete: 400.00 (03-300 M 200.00; 05-100 L 200.00)"
    assert [(r.key.parts["cost_code"], r.values["amount"]) for r in along.lines] == [
        ("03-300", Decimal("1200.00")),
        ("05-100", Decimal("500.00")),
    ]


def test_the_forecast_along_carries_what_differs_from_the_one_before() -> None:
    known = again(**{"03-300_M": "1.00"}).model_copy(update={"sent_along": {"03-300/M": Decimal("1100.00")}})
    _, along = groups(references=known, settings=settings_for(KIND, **ALONG))
    assert [r.values["amount"] for r in along.lines] == [Decimal("100.00"), Decimal("500.00")]
    unchanged = known.model_copy(update={"sent_along": {"03-300/M": Decimal("1200"), "05-100/L": Decimal("500")}})
    assert len(groups(references=unchanged, settings=settings_for(KIND, **ALONG))) == 1


def test_the_forecast_along_never_bears_the_budgets_own_code() -> None:
    """A code that is typed leaves room for a letter behind it."""
    longest = "BUDGET-026"
    found = groups(settings=settings_for(KIND, **ALONG), typed={"erp_id": longest})
    assert [g.header.key.parts["change_item"] for g in found] == [longest, f"{longest}F"]
    assert BudgetFields(erp_id=longest).erp_id == longest
    with pytest.raises(ValidationError):
        BudgetFields(erp_id=f"{longest}X")
    keys = [r.key.text for g in found for r in g.records]
    assert len(set(keys)) == len(keys)
    assert all(len(g.header.key.parts["change_item"]) <= 11 for g in found)


def test_codes_that_only_the_forecast_needs_go_along_too() -> None:
    """A budget line without money, left out by the setting, may have a forecast."""
    lines = [budget_line(1), budget_line(2, cost_code="09-900", amount="0", forecast="5.00")]
    known = references(assignable=frozenset({("09-900", "M")}))
    settings = settings_for(KIND, zero_dollar_codes=False, **ALONG)
    resources = [g.header.key.resource for g in groups(budget(lines=lines), references=known, settings=settings)]
    assert resources == ["job_phase", "job_code", "change_item", "change_item"]


# Around it


def test_it_waits_for_the_job_alone_and_procore_has_no_place_for_its_id() -> None:
    (job,) = MAPPER.prerequisites(BUDGET, budget(), "01")
    assert (job.parent, job.condition) == (PROJECT.key, Condition.JOB_EXISTS)
    assert MAPPER.write_back(BUDGET, []) is None


def test_a_snapshot_is_restored_with_the_same_business() -> None:
    document = MAPPER.from_procore(raw_budget())
    restored = MAPPER.restore(document.model_dump(mode="json"))
    assert restored == document
    assert digest(restored.business()) == digest(document.business())


def test_linked_under_another_export_the_first_part_isnt_taken_again() -> None:
    linked = {BUDGET.key: {"": Key(resource="change_item", parts={"company": "01", "job": "1042", "change_item": "X"})}}
    assert group(references=references(keys=linked)).header.part == "BUD-01"
