"""A prime contract change order to an un-posted PCI, row by row: prices with markups, costs without (O-16, R-15; S-06)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.records import Group, digest
from domain.states import Condition
from mappers.prime_change_order import PrimeChangeOrderMapper
from tests.builders import IDS, PROJECT, export, references
from tests.domain.documents import markup, plain_line, prime_change, settings_for
from tests.domain.guarding import codes, given
from tests.mappers.raws import raw_markup, raw_order_line, raw_prime_change

KIND = "prime_change_order"
ME = IDS[KIND]
MAPPER = PrimeChangeOrderMapper()


def group(document: Any = None, **more: Any) -> Group:
    (found,) = MAPPER.plan(export(KIND, document, **more)).groups
    return found


# Reading


def test_it_is_read_whole() -> None:
    found = MAPPER.from_procore(raw_prime_change())
    assert found == prime_change(lines=[plain_line(1, description="Footing", uom="each")])


def test_what_is_read_has_nothing_against_it() -> None:
    found = MAPPER.from_procore(raw_prime_change())
    assert codes(KIND, given(KIND, lines=found.lines, markups=found.markups, total=found.total)) == []


@pytest.mark.parametrize(
    ("dates", "day"),
    [
        ({"invoiced_date": "2026-03-01"}, date(2026, 3, 1)),
        ({"signed_change_order_received_date": "2026-03-02"}, date(2026, 3, 2)),
        ({}, date(2026, 3, 10)),
        ({"reviewed_at": None}, date(2026, 5, 1)),
        ({"reviewed_at": "", "due_date": None}, None),
    ],
    ids=str,
)
def test_its_date_is_the_first_that_procore_has(dates: dict[str, Any], day: date | None) -> None:
    assert MAPPER.from_procore(raw_prime_change(**dates)).dated == day


@pytest.mark.parametrize(
    ("markup_set", "vertical"),
    [("vertical", True), ("horizontal", False), ("change_orders_vertical", True), ("change_orders_horizontal", False)],
)
def test_a_markup_is_vertical_or_horizontal(markup_set: str, vertical: bool) -> None:
    (found,) = MAPPER.from_procore(raw_prime_change(markups=[raw_markup(markup_set=markup_set)])).markups
    assert found.vertical is vertical


def test_the_contracts_own_markups_are_the_contracts() -> None:
    """A change order has its own, taken over from the contract's when it was made: counting those too would count twice."""
    of_contract = [
        raw_markup(91, holder_type="Contract", markup_set="vertical"),
        raw_markup(92, holder_type="Contract", markup_set="change_orders_vertical"),
        raw_markup(93, holder_type="Contract", markup_set="change_orders_horizontal"),
    ]
    raw = raw_prime_change()
    found = MAPPER.from_procore({**raw, "markups": [*of_contract, *raw["markups"]]})
    assert [m.id for m in found.markups] == [1, 2]


def test_without_markups_there_are_none() -> None:
    assert MAPPER.from_procore(raw_prime_change(markups=None)).markups == []
    assert MAPPER.from_procore(raw_prime_change(lines=[raw_order_line(1)])).lines[0].id == 1


# The rows


def test_the_rows() -> None:
    """The line is billed with its overhead and budgeted at cost; the fee is billed on its own code and costs nothing."""
    found = group()
    assert found.header.attributes == {
        "company": "01",
        "job": "1042",
        "change_item": "PCO-1",
        "status": "APPROVED",
        "projection_method": "A",
        "type": "EXT",
        "title": "Owner change",
        "reference_date": date(2026, 3, 10),
        "scope": "A further storey",
    }
    base = {"company": "01", "job": "1042", "change_item": "PCO-1", "line_job": "1042"}
    line = {
        "cost_code": "03-300",
        "category": "M",
        "amount": Decimal("100.00"),
        "bill_amount": Decimal("110.00"),
        "uom": None,
    }
    fee = {"cost_code": "05-100", "category": "L", "amount": None, "bill_amount": Decimal("5.50"), "uom": None}
    assert [r.attributes for r in found.lines] == [{**base, **line}, {**base, **fee}]
    assert [(r.part, r.label) for r in found.records] == [
        ("", "Owner change"),
        ("PCO-1:03-300/M", "line 1"),
        ("PCO-1:05-100/L", "markup Fee"),
    ]
    assert (found.total, found.summed) == (Decimal("115.50"), "bill_amount")


def test_revenue_only_changes_carry_no_cost() -> None:
    """S-11."""
    found = group(settings=settings_for(KIND, revenue_only_changes=True))
    assert [(r.values["amount"], r.values["bill_amount"]) for r in found.lines] == [
        (None, Decimal("110.00")),
        (None, Decimal("5.50")),
    ]


def units(*lines: Any, **settings: Any) -> list[Any]:
    order = prime_change(lines=list(lines), markups=[markup(1)], total=None)
    return [r.values["uom"] for r in group(order, settings=settings_for(KIND, **settings)).lines]


def test_a_lines_unit_goes_along_where_its_cost_does() -> None:
    """The fee has neither."""
    line = plain_line(1, uom="each")
    assert units(line) == ["EA", None]
    assert units(plain_line(1)) == [None, None]
    assert units(line, uom_map={"each": "UN"}) == ["UN", None]
    assert units(line, revenue_only_changes=True) == [None, None]


@pytest.mark.parametrize("unit", ["each", "EA", "bundle", "m²", "x" * 40, "tons"])
def test_every_unit_that_the_guards_let_through_has_a_place_in_cmic(unit: str) -> None:
    found = MAPPER.from_procore(raw_prime_change(lines=[raw_order_line(1, uom=unit, amount=Decimal(100))]))
    refused = codes(KIND, given(KIND, lines=found.lines, markups=[], total=None))
    (row,) = group(prime_change(lines=found.lines, markups=[], total=None)).lines
    assert refused == (["field_not_usable"] if len(str(row.values["uom"])) > 2 else [])


def test_lines_of_one_pair_have_a_unit_only_where_it_is_the_same() -> None:
    each, ton, none = plain_line(1, uom="each"), plain_line(2, uom="ton"), plain_line(3)
    assert units(each, plain_line(2, uom="EACH")) == ["EA", None]
    assert units(each, ton)[0] is None
    assert units(each, none)[0] is None
    assert units(each, ton, plain_line(4, uom="ton"))[0] is None


def test_lines_of_one_pair_are_one_row_a_markup_among_them() -> None:
    """CMiC's lines are told apart by cost code and category."""
    lines = [
        plain_line(1),
        plain_line(2, cost_code="05-100", category="L", amount="50.00"),
        plain_line(3, amount="1.00"),
    ]
    found = group(prime_change(lines=lines, markups=[markup(1, percentage="10")], total="166.10"))
    assert [(r.key.parts["cost_code"], r.values["amount"], r.values["bill_amount"], r.label) for r in found.lines] == [
        ("03-300", Decimal("101.00"), Decimal("101.00"), "line 1"),
        ("05-100", Decimal("50.00"), Decimal("65.10"), "line 2"),
    ]


def test_a_residual_of_the_roundings_stands_in_the_largest_price_and_in_no_cost() -> None:
    found = group(prime_change(total="115.51"))
    assert [(r.values["amount"], r.values["bill_amount"]) for r in found.lines] == [
        (Decimal("100.00"), Decimal("110.01")),
        (None, Decimal("5.50")),
    ]
    assert found.total == Decimal("115.51")


def test_what_the_approver_types_and_what_is_a_setting() -> None:
    typed = {"erp_id": "oco.1", "transaction_date": "2026-03-31"}
    shown = group(typed=typed, settings=settings_for(KIND, prime_change_type="OWN")).header.attributes
    assert [shown[n] for n in ("change_item", "reference_date", "type")] == ["OCO.1", date(2026, 3, 31), "OWN"]


def test_without_a_title_it_is_named_by_its_number() -> None:
    shown = group(prime_change(title="", description="")).header.values
    assert (shown["title"], shown["scope"]) == ("Change order PCO-1", None)


def test_codes_that_the_job_lacks_go_along_a_markups_too() -> None:
    known = references(codes=frozenset({("03-300", "M")}), assignable=frozenset({("05-100", "L")}))
    groups = MAPPER.plan(export(KIND, references=known)).groups
    assert [g.header.key.text for g in groups] == ["01|1042|05-100", "01|1042|05-100|L", "01|1042|PCO-1"]


# Around it


def test_it_waits_for_the_job_and_for_a_contract_in_cmic() -> None:
    job, contract = MAPPER.prerequisites(ME, prime_change(), "01")
    assert (job.parent, job.condition) == (PROJECT.key, Condition.JOB_EXISTS)
    assert (contract.parent, contract.condition, contract.label) == (
        PROJECT.key,
        Condition.CONTRACT_IN_CMIC,
        "project 310",
    )


def test_procore_has_no_place_for_its_id() -> None:
    assert MAPPER.write_back(ME, []) is None


def test_a_snapshot_is_restored_with_the_same_business() -> None:
    document = MAPPER.from_procore(raw_prime_change())
    restored = MAPPER.restore(document.model_dump(mode="json"))
    assert restored == document
    assert digest(restored.business()) == digest(document.business())
    assert group(restored) == group(document)
