"""A prime contract from CMiC's revenue budget: what would be made, changed and taken out, and what forbids it (O-15, R-16,
S-13; I-10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.company_settings import Settings
from domain.comparing import Comparison
from domain.refusals import Refused
from mappers.incoming.base import Pair
from mappers.incoming.prime_contract import PrimeContractImporter
from mappers.incoming.prime_lines import factors
from tests.mappers.confirming import CODES, IDS, entry_of, known, rows_of, total

IMPORTER = PrimeContractImporter()
CONCRETE, FORMS, MASONRY, STEEL = CODES
LACKING: Pair = ("99-999", "S")
ORIGIN = "01|1042"
BY_UNIT: dict[str, Any] = {"settings": Settings(prime_contract_by_unit=True), "options": {"by": "unit"}}
cents = st.integers(-10_000_000, 10_000_000).map(lambda n: Decimal(n).scaleb(-2))
units = st.none() | st.integers(-1_000_000, 1_000_000).map(lambda n: Decimal(n).scaleb(-3))
revenues = st.dictionaries(st.sampled_from([*CODES, LACKING]), st.tuples(cents, units))
theirs = st.dictionaries(st.sampled_from(CODES), cents)
Contract = dict[str, Any]


def line(number: int, pair: Pair, amount: object, **more: Any) -> dict[str, Any]:
    ids = dict(zip(("cost_code_id", "line_item_type_id"), IDS[pair], strict=True))
    body = {"origin_id": "|".join((ORIGIN, *pair)), "amount": str(amount), "description": f"Work on {pair[0]}"}
    numbers = {"quantity": "0.0", "unit_cost": "0.0", "uom": None, "extended_type": "manual"}
    return {"id": number, **ids, **body, **numbers, **more}


def contract(*lines: dict[str, Any], **more: Any) -> Contract:
    own = {"origin_id": ORIGIN, "status": "Approved", "number": "1042", "title": "T", "accounting_method": "amount"}
    return {"id": 90, **own, "lines": list(lines), **more}


def compared(erp: dict[Pair, Any], *contracts: Contract, **more: Any) -> Comparison:
    records = {pair: _revenue(value) for pair, value in erp.items()}
    return IMPORTER.compare(known(rows_of(IMPORTER, records), {"prime_contracts": list(contracts)}, **more))


def _revenue(value: Any) -> dict[str, Any]:
    amount, quantity = value if isinstance(value, tuple) else (value, None)
    return {"current_revenue": amount, "revenue_units": quantity, "revenue_uom": "CY" if quantity else None}


def codes(comparison: Comparison) -> list[str]:
    return [r.code for r in comparison.refusals]


def given_of(comparison: Comparison, target: str) -> list[Any]:
    return [row for name, rows in comparison.giving if name == target for row in rows]


def afterwards(before: Contract | None, comparison: Comparison) -> dict[str, dict[str, Any]]:
    """The contract's lines with what would be written and taken out, by origin id; a line that goes by units has the amount
    that they make."""
    found = {row["origin_id"]: dict(row) for row in (before or {"lines": []})["lines"]}
    for row in given_of(comparison, "prime_contract_line"):
        assert (row.id is not None) == (row.key in found)
        body = {name: value for name, value in row.body.items() if name != "contract"}
        cost_code, cost_type = body["cost_code_id"], body["line_item_type_id"]
        found[row.key] = {**line(1, CONCRETE, 0), **found.get(row.key, {}), **body, "origin_id": row.key}
        assert IDS[tuple(row.key.split("|")[2:])] == (cost_code, cost_type)
        if body["extended_type"] == "calculated":
            found[row.key]["amount"] = str(Decimal(body["quantity"]) * Decimal(body["unit_cost"]))
    for _, rows in comparison.removing:
        for row in rows:
            del found[row.key]
    return found


@given(revenues, st.none() | theirs, st.booleans())
def test_procore_has_cmics_revenue_afterwards_or_it_is_refused(
    erp: dict[Pair, tuple[Decimal, Decimal | None]], there: dict[Pair, Decimal] | None, by_unit: bool
) -> None:
    method = "unit" if by_unit else "amount"
    before = None
    if there is not None:
        lines = [line(n, pair, amount) for n, (pair, amount) in enumerate(there.items(), start=1)]
        before = contract(*lines, accounting_method=method)
    more = BY_UNIT if by_unit else {}
    comparison = compared(dict(erp), *([before] if before else []), **more)
    wanted = {"|".join((ORIGIN, *pair)): amount for pair, (amount, _) in erp.items() if amount}
    if comparison.refusals:
        assert set(codes(comparison)) <= {"code_not_on_project", "no_revenue"}
        assert ("no_revenue" in codes(comparison)) == (not wanted)
        assert ("code_not_on_project" in codes(comparison)) == bool(erp.get(LACKING, (0,))[0])
        return
    after = afterwards(before, comparison)
    assert {key: Decimal(row["amount"]) for key, row in after.items()} == wanted
    assert comparison.totals.after == comparison.totals.erp == total(wanted.values())
    again = compared(dict(erp), contract(*after.values(), accounting_method=method), **more)
    assert (again.giving, again.removing) == ([], [])


@given(units.filter(bool), cents)
def test_units_make_the_amount_exactly_or_stay_out(quantity: Decimal, amount: Decimal) -> None:
    found = factors(quantity, amount)
    if found is None:
        assert amount != (amount / quantity).quantize(Decimal("0.0001")) * quantity
    else:
        assert found[0] * found[1] == amount
        assert found[1] == found[1].quantize(Decimal("0.0001"))


def test_units_finer_than_procore_keeps_stay_out() -> None:
    assert factors(Decimal("0.00001"), Decimal("1.00")) is None
    assert factors(Decimal("12.5"), Decimal("1250.00")) == (Decimal("12.5"), Decimal(100))


def test_a_new_contract_in_the_words_of_the_mapping() -> None:
    comparison = compared({CONCRETE: Decimal("7.50"), FORMS: 0})
    (header,) = given_of(comparison, "prime_contract")
    assert (header.id, header.origin_id) == (None, ORIGIN)
    assert header.body == {
        "title": "1042 Prime Contract",
        "number": "1042",
        "status": "Approved",
        "description": "1042: Imported from the revenue budget in CMiC; changes made there come by importing it again.",
        "accounting_method": "amount",
    }
    (only,) = given_of(comparison, "prime_contract_line")
    assert (only.origin_id, only.id) == ("01|1042|03-100|S", None)
    assert only.body == {
        "contract": ORIGIN,
        "cost_code_id": 7000,
        "line_item_type_id": 3000,
        "description": "Work on 03-100",
        "amount": "7.50",
        "extended_type": "manual",
    }


def test_a_line_by_units() -> None:
    comparison = compared({CONCRETE: (Decimal(1250), Decimal("12.5"))}, **BY_UNIT)
    (only,) = given_of(comparison, "prime_contract_line")
    factors_of = {name: only.body[name] for name in ("quantity", "unit_cost", "uom", "extended_type")}
    assert factors_of == {"quantity": "12.5", "unit_cost": "100.0000", "uom": "cy", "extended_type": "calculated"}


def test_an_import_again_leaves_the_header_alone_and_takes_out_what_has_no_revenue() -> None:
    before = contract(line(1, CONCRETE, 5), line(2, MASONRY, 6), title="Renamed")
    comparison = compared({CONCRETE: 5, FORMS: 3, MASONRY: 0}, before)
    assert given_of(comparison, "prime_contract") == []
    assert [row.key for row in given_of(comparison, "prime_contract_line")] == ["01|1042|03-100|L"]
    ((_, (gone,)),) = comparison.removing
    assert (gone.id, gone.key) == (2, "01|1042|04-200|S")
    shown = {row.label: (row.procore, row.after) for row in comparison.lines}
    assert shown["04-200/S"] == (Decimal(6), None)


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        ({"description": "Other words"}, True),
        ({"amount": "5.00"}, False),
        ({"amount": "5.01"}, True),
        ({"cost_code_id": 1}, True),
        ({"extended_type": "calculated"}, True),
        ({"uom": "ls"}, False),
    ],
)
def test_a_line_is_written_when_it_is_another_one(changed: dict[str, Any], differs: bool) -> None:
    """Units of a contract that goes by amounts aren't the import's matter."""
    comparison = compared({CONCRETE: 5}, contract({**line(1, CONCRETE, "5.0"), **changed}))
    assert bool(comparison.giving) == differs


@pytest.mark.parametrize(
    ("contracts", "reasons"),
    [
        ([contract(status="Draft")], ["contract_not_approved"]),
        ([contract(status="Complete")], ["contract_not_approved"]),
        ([contract(origin_id=None, status="Draft")], []),
        ([contract(origin_id="", status="Approved")], []),
        ([contract(origin_id=None, status="Terminated")], ["contract_not_approved"]),
        ([contract(line(1, CONCRETE, 1, origin_id=None), origin_id=None)], ["contract_by_hand"]),
        ([contract(origin_id="01|2000")], ["foreign_origin_id"]),
        ([contract(origin_id=None), contract(origin_id=None)], ["contract_by_hand", "contract_by_hand"]),
        ([contract(origin_id="x|1"), contract(origin_id=None)], ["foreign_origin_id", "contract_by_hand"]),
        ([contract(origin_id="x|1"), contract()], []),
        ([contract(line(1, CONCRETE, 1, origin_id=None))], ["contract_lines_by_hand"]),
        ([contract(line(1, CONCRETE, 1, origin_id="01|10421|03-100|S"))], ["contract_lines_by_hand"]),
    ],
)
def test_which_contract_it_is_and_when_none(contracts: list[Contract], reasons: list[str]) -> None:
    assert codes(compared({CONCRETE: 5}, *contracts)) == reasons


def test_an_empty_contract_is_taken_over() -> None:
    comparison = compared({CONCRETE: 5}, contract(origin_id=None, status="Draft"))
    (header,) = given_of(comparison, "prime_contract")
    assert (header.id, header.origin_id, header.body["status"]) == (90, ORIGIN, "Approved")
    assert comparison.note == "Prime contract 1042, which is empty, is taken over, by amount."


def test_the_type_is_chosen_once_and_where_it_is_offered() -> None:
    offered = Settings(prime_contract_by_unit=True)
    assert codes(compared({CONCRETE: 5}, options={"by": "unit"})) == ["by_unit_not_offered"]
    assert codes(compared({CONCRETE: 5}, settings=offered, options={"by": "unit"})) == []
    there = contract(accounting_method="unit")
    assert codes(compared({CONCRETE: 5}, there, settings=offered, options={"by": "amount"})) == ["contract_type_stays"]
    (only,) = given_of(compared({CONCRETE: (Decimal(6), Decimal(2))}, there), "prime_contract_line")
    assert only.body["quantity"] == "2", "it goes on as it was chosen, though units aren't offered any more"
    with pytest.raises(Refused) as told:
        compared({CONCRETE: 5}, options={"by": "weight"})
    assert [r.code for r in told.value.refusals] == ["field_not_usable"]


def test_every_reason_at_once() -> None:
    segments = {"custom_segments": [{"name": "Building"}], "prime_contracts": [contract(status="Draft")]}
    comparison = IMPORTER.compare(known([], segments, elsewhere=[311]))
    assert codes(comparison) == ["contract_not_approved", "custom_segments", "no_revenue", "contract_twice"]
    assert comparison.refusals[-1].parameters["projects"] == "310, 311"


def test_a_record_without_its_revenue_is_set_aside() -> None:
    (reason,) = entry_of(IMPORTER, CONCRETE).refusals
    assert reason.sentence == "CMiC's row can't be read: 03-100/S doesn't tell its revenue budget"
    assert entry_of(IMPORTER, CONCRETE, current_revenue=None).refusals == []
