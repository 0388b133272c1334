"""Budget changes to a PCI a line, and budget modifications to a PCI that nets to zero, row by row (O-08, O-09)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.records import Group, Key, Written, digest
from domain.states import Condition
from mappers.budget_change import BudgetChangeMapper
from mappers.budget_modification import BudgetModificationMapper
from tests.builders import EXPORTED_ON, IDS, PROJECT, export, references
from tests.domain.documents import BUDGET, budget_change, modification, plain_line, settings_for
from tests.domain.guarding import codes, given
from tests.mappers.raws import raw_adjustment, raw_budget_change, raw_modification

CHANGE, MODIFICATION = "budget_change", "budget_modification"
CHANGES, MODIFICATIONS = BudgetChangeMapper(), BudgetModificationMapper()


def changed(document: Any = None, **more: Any) -> list[Group]:
    return CHANGES.plan(export(CHANGE, document, **more)).groups


def moved(document: Any = None, **more: Any) -> Group:
    (found,) = MODIFICATIONS.plan(export(MODIFICATION, document, **more)).groups
    return found


# Reading


def test_a_change_is_read_whole() -> None:
    source, target = budget_change().lines[1], budget_change().lines[0]
    assert CHANGES.from_procore(raw_budget_change()) == budget_change(
        total=None,
        lines=[
            target.model_copy(update={"description": "To concrete"}),
            source.model_copy(update={"description": "From steel"}),
        ],
    )


def test_a_modification_is_read_whole() -> None:
    assert MODIFICATIONS.from_procore(raw_modification()) == modification(
        lines=[line.model_copy(update={"id": n}) for n, line in enumerate(modification().lines, start=1)]
    )


def test_what_is_read_has_nothing_against_it() -> None:
    assert codes(CHANGE, given(CHANGE, lines=CHANGES.from_procore(raw_budget_change()).lines)) == []
    assert codes(MODIFICATION, given(MODIFICATION, lines=MODIFICATIONS.from_procore(raw_modification()).lines)) == []


def test_a_change_of_more_than_a_hundred_lines_numbers_them_in_eleven_characters() -> None:
    lines = [plain_line(n, amount="1.00" if n % 2 else "-1.00") for n in range(1, 103)]
    codes_used = [g.header.key.parts["change_item"] for g in changed(budget_change(number="12345678", lines=lines))]
    assert codes_used[98:] == ["12345678-99", "12345678100", "12345678101", "12345678102"]
    assert len(set(codes_used)) == 102


@pytest.mark.parametrize(("number", "read"), [(7, "7"), ("BC-7", "BC-7"), (None, ""), ("", "")])
def test_a_changes_number_is_read_as_a_text(number: Any, read: str) -> None:
    assert CHANGES.from_procore(raw_budget_change(number=number)).number == read


def test_a_line_without_an_amount_moves_nothing() -> None:
    assert CHANGES.from_procore(raw_budget_change(lines=[raw_adjustment(amount=None)])).lines[0].amount == 0


@pytest.mark.parametrize(
    ("amount", "sides"),
    [
        ("50.00", ["-50.00", "50.00"]),
        ("-50.00", ["50.00", "-50.00"]),
        ("+50", ["-50", "50"]),
        (Decimal("0.10"), ["-0.10", "0.10"]),
        (7, ["-7", "7"]),
        ("0", ["0", "0"]),
    ],
)
def test_the_giving_side_has_the_other_sign(amount: Any, sides: list[str]) -> None:
    found = MODIFICATIONS.from_procore(raw_modification(transfer_amount=amount))
    assert [line.amount for line in found.lines] == [Decimal(side) for side in sides]


def test_a_modification_from_nowhere_has_one_side() -> None:
    found = MODIFICATIONS.from_procore(raw_modification(**{"from": None, "from_budget_line_item_id": None}))
    assert [(line.id, line.position, line.amount) for line in found.lines] == [(2, 2, Decimal(50))]
    assert codes(MODIFICATION, given(MODIFICATION, lines=found.lines)) == ["modification_without_source"]


# The rows of a change


def test_each_line_of_a_change_is_a_pci_of_its_own() -> None:
    first, second = changed()
    header = {
        "company": "01",
        "job": "1042",
        "status": "APPROVED",
        "projection_method": "A",
        "type": "INT",
        "title": "Shift",
        "reference_date": EXPORTED_ON,
        "scope": "Buy-out",
    }
    assert first.header.attributes == {**header, "change_item": "7-01"}
    assert second.header.attributes == {**header, "change_item": "7-02"}
    base = {"company": "01", "job": "1042", "line_job": "1042", "bill_amount": None}
    concrete = {"cost_code": "03-300", "category": "M", "amount": Decimal("100.00")}
    steel = {"cost_code": "05-100", "category": "L", "amount": Decimal("-100.00")}
    assert [r.attributes for r in first.lines] == [{**base, "change_item": "7-01", **concrete}]
    assert [r.attributes for r in second.lines] == [{**base, "change_item": "7-02", **steel}]
    assert [(r.part, r.label) for g in (first, second) for r in g.records] == [
        ("", "line 1"),
        ("7-01:03-300/M", "line 1"),
        ("9302", "line 2"),
        ("7-02:05-100/L", "line 2"),
    ]
    assert [g.total for g in (first, second)] == [Decimal("100.00"), Decimal("-100.00")]


def test_lines_of_one_pair_stay_apart_and_one_without_money_makes_no_pci() -> None:
    lines = [plain_line(1, amount="0"), plain_line(2), plain_line(3, amount="1.00")]
    found = changed(budget_change(lines=lines, total=None))
    assert [(g.header.key.parts["change_item"], g.header.part) for g in found] == [("7-01", ""), ("7-02", "9303")]


def test_the_suffix_leaves_room_for_a_hundred_lines() -> None:
    """With the longest number that the guard lets through."""
    many = budget_change(number="12345678", total=None, lines=[plain_line(n) for n in range(1, 121)])
    assert codes(CHANGE, given(CHANGE, number=many.number, total=None, lines=many.lines)) == []
    found = [g.header.key.parts["change_item"] for g in changed(many)]
    assert len(set(found)) == 120
    assert max(map(len, found)) <= 11


def test_billing_type_and_stem() -> None:
    settings = settings_for(CHANGE, billing_on_budgets=True, budget_change_type="CHG")
    first, second = changed(settings=settings, typed={"erp_id": "bc7"})
    assert [g.lines[0].values["bill_amount"] for g in (first, second)] == [Decimal("100.00"), Decimal("-100.00")]
    assert [g.header.key.parts["change_item"] for g in (first, second)] == ["BC7-01", "BC7-02"]
    assert first.header.values["type"] == "CHG"


def test_a_change_without_a_title_is_named_by_its_number() -> None:
    shown = changed(budget_change(title="", description=""))[0].header.values
    assert (shown["title"], shown["scope"]) == ("Budget change 7", None)


# The rows of a modification


def test_a_modification_is_one_pci_that_nets_to_zero() -> None:
    found = moved()
    assert found.header.attributes == {
        "company": "01",
        "job": "1042",
        "change_item": "BM7601",
        "status": "APPROVED",
        "projection_method": "A",
        "type": "TFR",
        "title": "Budget modification 7601",
        "reference_date": EXPORTED_ON,
        "scope": "Buy-out",
    }
    base = {"company": "01", "job": "1042", "change_item": "BM7601", "line_job": "1042"}
    assert [r.attributes for r in found.lines] == [
        {**base, "cost_code": "05-100", "category": "L", "amount": Decimal("-50.00")},
        {**base, "cost_code": "03-300", "category": "M", "amount": Decimal("50.00")},
    ]
    assert [(r.part, r.label) for r in found.lines] == [("BM7601:05-100/L", "from"), ("BM7601:03-300/M", "to")]
    assert (found.total, found.header.part) == (Decimal(0), "")


def test_its_code_has_room_for_the_longest_id_and_may_be_typed() -> None:
    assert moved(modification(id=98_765_432_101_234)).header.key.parts["change_item"] == "BM432101234"
    assert moved(typed={"erp_id": "move.1"}).header.key.parts["change_item"] == "MOVE.1"
    assert moved(settings=settings_for(MODIFICATION, transfer_type="TRF")).header.values["type"] == "TRF"
    assert moved(modification(notes="")).header.values["scope"] is None


# Around both


@pytest.mark.parametrize(("kind", "mapper"), [(CHANGE, CHANGES), (MODIFICATION, MODIFICATIONS)])
def test_it_waits_for_the_budget_to_be_shown(kind: str, mapper: Any) -> None:
    job, budget = mapper.prerequisites(IDS[kind], None, "01")
    assert (job.parent, job.condition) == (PROJECT.key, Condition.JOB_EXISTS)
    assert (budget.parent, budget.condition, budget.label) == (BUDGET.key, Condition.BUDGETED, "the project's budget")


@pytest.mark.parametrize(("kind", "mapper"), [(CHANGE, CHANGES), (MODIFICATION, MODIFICATIONS)])
def test_codes_that_the_job_lacks_go_along(kind: str, mapper: Any) -> None:
    known = references(codes=frozenset({("03-300", "M")}), assignable=frozenset({("05-100", "L")}))
    found = mapper.plan(export(kind, references=known)).groups
    assert [g.header.key.text for g in found[:2]] == ["01|1042|05-100", "01|1042|05-100|L"]


def test_a_modification_has_a_place_for_its_id_and_a_change_has_none() -> None:
    main = Key(resource="change_item", parts={"company": "01", "job": "1042", "change_item": "BM7601"})
    back = MODIFICATIONS.write_back(IDS[MODIFICATION], [Written(part="", key=main, uuid="u")])
    assert back is not None
    assert (back.origin_id, back.code, back.lines) == ("01|1042|BM7601", None, {})
    assert CHANGES.write_back(IDS[CHANGE], [Written(part="", key=main, uuid="u")]) is None


@pytest.mark.parametrize(("mapper", "raw"), [(CHANGES, raw_budget_change), (MODIFICATIONS, raw_modification)])
def test_a_snapshot_is_restored_with_the_same_business(mapper: Any, raw: Any) -> None:
    document = mapper.from_procore(raw())
    restored = mapper.restore(document.model_dump(mode="json"))
    assert restored == document
    assert digest(restored.business()) == digest(document.business())
