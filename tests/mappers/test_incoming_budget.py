"""A budget from CMiC: what would be written, and what forbids it (O-07, R-17, R-20; I-09, B-01, B-03)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.comparing import Comparison
from mappers.incoming.base import Pair
from mappers.incoming.budget import BudgetImporter
from tests.mappers.confirming import CODES, entry_of, known, rows_of, total

IMPORTER = BudgetImporter()
CONCRETE, FORMS, MASONRY, STEEL = CODES
LACKING: Pair = ("99-999", "S")
cents = st.integers(-10_000_000, 10_000_000).map(lambda n: Decimal(n).scaleb(-2))
sides = st.dictionaries(st.sampled_from([*CODES, LACKING]), cents)


def line(number: int, pair: Pair, amount: Any, **more: Any) -> dict[str, Any]:
    code = {"wbs_code_id": 8000 + number, "cost_code": pair[0], "cost_type": pair[1]}
    return {"id": number, "amount": amount, "sub_job": False, **code, **more}


def lines_of(amounts: dict[Pair, Decimal]) -> list[dict[str, Any]]:
    return [line(number, pair, amount) for number, (pair, amount) in enumerate(amounts.items(), start=1)]


def compared(erp: dict[Pair, Any], lines: list[dict[str, Any]], *, locked: bool = False, **more: Any) -> Comparison:
    rows = rows_of(IMPORTER, {pair: {"original_budget": amount} for pair, amount in erp.items()})
    return IMPORTER.compare(known(rows, {"budget_lines": lines, "budget": [{"locked": locked}]}, **more))


def codes(comparison: Comparison) -> list[str]:
    return [r.code for r in comparison.refusals]


def afterwards(before: list[dict[str, Any]], comparison: Comparison) -> dict[Pair, Decimal]:
    """Procore's budget with what would be written: named lines are set, others added."""
    amounts = {row["id"]: Decimal(row["amount"]) for row in before}
    pairs: dict[object, Pair] = {row["id"]: (row["cost_code"], row["cost_type"]) for row in before}
    for _, rows in comparison.giving:
        for row in rows:
            place: Any = row.id or row.key
            pairs[place] = (row.body["cost_code"], row.body["cost_type"])
            amounts[place] = Decimal(row.body["original_budget_amount"])
    found: dict[Pair, Decimal] = {}
    for place, pair in pairs.items():
        found[pair] = found.get(pair, Decimal(0)) + amounts[place]
    return found


@given(sides, sides)
def test_procore_has_cmics_amounts_afterwards_or_it_is_refused(
    erp: dict[Pair, Decimal], theirs: dict[Pair, Decimal]
) -> None:
    lines = lines_of(theirs)
    comparison = compared(dict(erp), lines)
    if comparison.refusals:
        assert codes(comparison) == ["code_not_on_project"]
        assert erp.get(LACKING)
        assert LACKING not in theirs
        return
    after = afterwards(lines, comparison)
    assert {pair: amount for pair, amount in after.items() if amount} == {p: a for p, a in erp.items() if a}
    assert set(theirs) <= set(after), "no line goes"
    assert not [pair for pair in after if pair not in theirs and not after[pair]], "no line is made for nothing"
    totals = comparison.totals
    assert (totals.erp, totals.procore, totals.after) == (total(erp.values()), total(theirs.values()), totals.erp)


@given(sides, sides)
def test_imported_twice_nothing_differs(erp: dict[Pair, Decimal], theirs: dict[Pair, Decimal]) -> None:
    lines = lines_of(theirs)
    first = compared(dict(erp), lines)
    again = compared(dict(erp), lines_of(afterwards(lines, first)))
    assert again.giving == []


def test_what_is_new_names_its_codes_and_what_is_there_its_line() -> None:
    comparison = compared({CONCRETE: Decimal("10.50"), FORMS: 3}, [line(5, FORMS, "1.00"), line(6, STEEL, "2.00")])
    ((target, rows),) = comparison.giving
    assert target == "budget_line"
    assert [(row.key, row.origin_id, row.id, row.body) for row in rows] == [
        (
            "01|1042|03-100|L|5",
            None,
            5,
            {"cost_code": "03-100", "cost_type": "L", "wbs_code_id": 8005, "original_budget_amount": "3"},
        ),
        (
            "01|1042|03-100|S",
            None,
            None,
            {"cost_code": "03-100", "cost_type": "S", "original_budget_amount": "10.50"},
        ),
        (
            "01|1042|05-120|M|6",
            None,
            6,
            {"cost_code": "05-120", "cost_type": "M", "wbs_code_id": 8006, "original_budget_amount": "0"},
        ),
    ]


def test_however_procore_writes_an_amount_the_preview_is_the_same() -> None:
    hashes = {compared({CONCRETE: 5}, [line(1, CONCRETE, text)]).hash for text in ("4.5", "4.50", Decimal("4.500"))}
    assert len(hashes) == 1


def test_what_would_be_done_is_under_the_hash() -> None:
    one = compared({CONCRETE: 5}, [line(1, CONCRETE, 4)])
    assert compared({CONCRETE: 6}, [line(1, CONCRETE, 4)]).hash != one.hash
    assert compared({CONCRETE: 5}, [line(1, CONCRETE, 3)]).hash != one.hash
    assert compared({CONCRETE: 5}, [line(2, CONCRETE, 4)]).hash != one.hash


def test_several_lines_on_a_pair_add_up_to_cmics_amount() -> None:
    lines = [line(1, CONCRETE, "4"), line(2, CONCRETE, "6")]
    comparison = compared({CONCRETE: 10}, lines)
    assert afterwards(lines, comparison) == {CONCRETE: Decimal(10)}
    assert comparison.totals.procore == Decimal(10)


def test_lines_of_sub_jobs_stay_and_are_told() -> None:
    comparison = compared({CONCRETE: 10}, [line(1, CONCRETE, "10"), line(2, ("", ""), "6", sub_job=True)])
    assert (comparison.giving, comparison.refusals) == ([], [])
    assert comparison.totals.procore == Decimal(10)
    assert comparison.note == "1 line(s) of sub jobs stay as they are."


def test_every_reason_at_once() -> None:
    comparison = compared({LACKING: 1, ("98-000", "X"): 2}, [], locked=True, exported=True)
    assert codes(comparison) == ["import_closed", "budget_locked", "code_not_on_project", "code_not_on_project"]
    assert [r.parameters["pair"] for r in comparison.refusals[2:]] == ["98-000/X", "99-999/S"]


def test_a_line_that_cant_be_told_is_refused_rather_than_left_out() -> None:
    comparison = compared({CONCRETE: 1}, [line(9, ("", ""), "5")])
    assert codes(comparison) == ["procore_unreadable"]
    assert "8009" in comparison.refusals[0].sentence


def test_a_record_without_its_amount_is_set_aside() -> None:
    """Taken for zero, it would be written over Procore's."""
    (reason,) = entry_of(IMPORTER, CONCRETE).refusals
    assert reason.sentence == "CMiC's row can't be read: 03-100/S doesn't tell its original budget"
    assert entry_of(IMPORTER, CONCRETE, original_budget=None).refusals == []
    (reason,) = entry_of(IMPORTER, CONCRETE, original_budget=Decimal("1.005")).refusals
    assert "parts of a cent (1.005)" in reason.sentence
