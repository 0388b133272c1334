"""Every field of a job cost transaction as a direct cost, and what is set aside (O-18, R-22 to R-24, S-22, S-25; requirements
§3, transaction)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.company_settings import Settings
from domain.incoming import Entry
from domain.incoming_port import Place, Row
from domain.ports import Given
from domain.records import Found, Key
from mappers.incoming.base import Arrived, Lookups
from mappers.incoming.transactions import TransactionsImporter, wanted
from tests.builders import modest

IMPORTER = TransactionsImporter()
(ROWS,) = IMPORTER.streams
PLACE = Place(name="transactions", procore_company=562949, erp_company="01", scope="project:562949:-:310", job="1042")
IDS = (71, 72)
LOOKUPS = Lookups(codes={("03-100", "S"): IDS}, vendors={"ACME01": 4101}, uoms={"CY": "cy", "EA": "ea", "LS": "ls"})
WHOLE: dict[str, Any] = {
    "type": "C", "journal": "AP", "source": "ACME01", "source_text": "Acme Concrete", "reference_text": "Footings",
    "invoice": "INV-7", "cost_code": "03-100", "category": "S", "quantity": Decimal("4"), "uom": "CY",
    "amount": Decimal("10.50"), "reference_date": date(2026, 11, 3), "post_date": date(2026, 11, 5), "commitment": None,
}  # fmt: skip


def arrived(settings: Settings | None = None, **more: Any) -> Arrived:
    key = Key(resource="job_cost", parts={"company": "01", "job": "1042", "uuid": "AB"})
    found = Found(key=key, uuid="AB", attributes={**WHOLE, **more}, changed_at="2026-11-05T00:00:00Z")
    return Arrived(found, PLACE, settings or Settings())


def entry(settings: Settings | None = None, **more: Any) -> Entry:
    made = IMPORTER.entry(ROWS, arrived(settings, **more))
    assert made is not None
    return made


def outcome(lookups: Lookups = LOOKUPS, *, number: int | None = None, **more: Any) -> Given | list[str]:
    """What is given to Procore; or the codes of the reasons why not."""
    made = entry(lookups.settings, **more)
    row = Row(key=made.key, body=made.body, hash=made.hash, procore_id=number)
    result = IMPORTER.given(ROWS, row, PLACE, lookups)
    return result if isinstance(result, Given) else [r.code for r in result]


def sent(lookups: Lookups = LOOKUPS, **more: Any) -> Given:
    result = outcome(lookups, **more)
    assert isinstance(result, Given), result
    return result


def test_every_field_of_it() -> None:
    given_row = sent(number=9)
    assert (given_row.key, given_row.origin_id, given_row.id) == ("01|1042|AB", "01|1042|AB", 9)
    assert given_row.body == {
        "header": {
            "direct_cost_type": "invoice",
            "direct_cost_date": "2026-11-03",
            "received_date": "2026-11-05",
            "vendor_id": 4101,
            "invoice_number": "INV-7",
            "status": "approved",
            "description": "Acme Concrete",
        },
        "line": {
            "cost_code_id": 71,
            "line_item_type_id": 72,
            "quantity": "4",
            "uom": "cy",
            "unit_cost": "2.625000",
            "amount": "10.50",
            "description": "Footings",
            "extended_type": "manual",
        },
    }


def test_a_row_that_lacks_what_it_may_lack() -> None:
    blank: dict[str, Any] = dict.fromkeys(
        ("source", "source_text", "reference_text", "invoice", "quantity", "uom", "reference_date", "post_date")
    )
    given_row = sent(**blank)
    assert given_row.body["header"] == {
        "direct_cost_type": "invoice", "direct_cost_date": None, "received_date": None, "vendor_id": None,
        "invoice_number": None, "status": "approved", "description": None,
    }  # fmt: skip
    line = given_row.body["line"]
    assert [line[n] for n in ("quantity", "uom", "unit_cost", "description")] == [None] * 4
    assert line["amount"] == "10.50"


def test_its_line_on_a_list_says_what_it_is() -> None:
    assert entry().label == "AP ACME01 03-100 S 10.50"
    assert entry(source=None, amount=Decimal(0)).label == "AP 03-100 S 0"


@pytest.mark.parametrize("kind", ["B", "P", "", None, "CO"])
def test_only_actual_costs_come_in(kind: str | None) -> None:
    """R-23: what is committed isn't spent."""
    assert IMPORTER.entry(ROWS, arrived(type=kind)) is None
    assert IMPORTER.entries(ROWS, arrived(type="c")) != []


@pytest.mark.parametrize(
    ("settings", "more", "reasons"),
    [
        ({}, {}, []),
        ({}, {"amount": None}, ["no_amount"]),
        ({}, {"amount": Decimal(0)}, []),
        ({}, {"amount": Decimal("-5.01")}, []),
        ({}, {"journal": "GL"}, ["journal_not_mapped"]),
        ({}, {"journal": None}, ["journal_not_mapped"]),
        ({}, {"journal": "ap"}, []),
        ({"journal_codes": {}}, {}, ["journal_not_mapped"]),
        ({"masked_sources": ["ACME01"]}, {}, ["masked"]),
        ({"masked_sources": ["ACME01"]}, {"source": " acme01 "}, ["masked"]),
        ({"masked_sources": ["ACME01"]}, {"source": None}, []),
        ({"masked_sources": ["ACME"]}, {}, []),
        (
            {"masked_sources": ["ACME01"]},
            {"journal": "GL", "amount": None},
            ["masked", "journal_not_mapped", "no_amount"],
        ),
    ],
)
def test_what_is_set_aside_and_why(settings: dict[str, Any], more: dict[str, Any], reasons: list[str]) -> None:
    assert [r.code for r in entry(Settings.model_validate(settings), **more).refusals] == reasons


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        ({"cost_code": "03-999"}, ["code_not_on_project"]),
        ({"category": "L"}, ["code_not_on_project"]),
        ({"cost_code": None}, ["code_not_on_project"]),
        ({"category": None}, ["code_not_on_project"]),
    ],
)
def test_a_code_that_the_project_lacks_is_named(more: dict[str, Any], reasons: list[str]) -> None:
    assert outcome(**more) == reasons


def test_codes_and_vendors_are_found_whatever_their_case() -> None:
    given_row = sent(cost_code="03-100", category="s", source="acme01")
    assert given_row.body["header"]["vendor_id"] == 4101
    assert given_row.body["line"]["line_item_type_id"] == 72


def test_a_source_that_is_no_company_of_procores_leaves_the_vendor_empty() -> None:
    """An employee, a machine, a vendor that isn't linked."""
    assert sent(source="EMP7").body["header"]["vendor_id"] is None


def test_a_vendor_of_a_masked_class_stays_out() -> None:
    """S-22: by its class, which only the list of vendors tells."""
    lookups = Lookups(**{**vars(LOOKUPS), "masked": frozenset({"ACME01"})})
    assert outcome(lookups) == ["masked"]
    assert isinstance(outcome(lookups, source="OTHER"), Given)


@pytest.mark.parametrize(
    ("uom", "quantity", "text", "unit", "description"),
    [
        ("CY", "4", "Footings", "cy", "Footings"),
        ("cy", "4", None, "cy", None),
        ("TN", "4", "Gravel", None, "Gravel (4 TN)"),
        ("TN", "4", None, None, "(4 TN)"),
        ("TN", None, "Gravel", None, "Gravel"),
        (None, "4", "Gravel", None, "Gravel"),
        ("", "4", "Gravel", None, "Gravel"),
    ],
)
def test_a_unit_that_procore_doesnt_have_is_said_in_words(
    uom: str | None, quantity: str | None, text: str | None, unit: str | None, description: str | None
) -> None:
    """Procore refuses a unit that isn't on the company's list (procore-api §5)."""
    line = sent(uom=uom, quantity=quantity and Decimal(quantity), reference_text=text).body["line"]
    assert (line["uom"], line["description"], line["quantity"]) == (unit, description, quantity)


def test_a_unit_is_turned_round_by_the_table_of_exports() -> None:
    lookups = Lookups(**{**vars(LOOKUPS), "uoms": {"TON": "ton"}, "settings": Settings(uom_map={"ton": "TN"})})
    assert sent(lookups, uom="TN").body["line"]["uom"] == "ton"


@pytest.mark.parametrize(
    ("amount", "quantity", "expected"),
    [
        ("10.50", "4", "2.625000"),
        ("-10.50", "4", "-2.625000"),
        ("10.50", "-4", "-2.625000"),
        ("10", "3", None),
        ("1", "0", None),
        ("1", None, None),
        ("0", "4", "0.000000"),
        ("0.000001", "1", "0.000001"),
        ("0.0000001", "1", None),
        ("999999999999999999.99", "0.000001", "999999999999999999990000.000000"),
        ("999999999999999999.98", "0.000000000000000003", None),
        ("123456789012345678.91", "1.000000000000000001", None),
    ],
)
def test_the_unit_cost_is_exact_or_absent(amount: str, quantity: str | None, expected: str | None) -> None:
    line = sent(amount=Decimal(amount), quantity=quantity and Decimal(quantity)).body["line"]
    assert line["unit_cost"] == expected
    assert Decimal(line["amount"]) == Decimal(amount)


@pytest.mark.parametrize(
    ("settings", "project", "reasons"),
    [
        ({}, 310, ["import_switched_off"]),
        ({"transactions": True}, 310, ["transactions_not_wanted"]),
        ({"transactions": True, "transaction_projects": [311]}, 310, ["transactions_not_wanted"]),
        ({"transactions": True, "transaction_projects": [310]}, 310, []),
        ({"transactions": True}, None, []),
        ({"transaction_projects": [310]}, 310, ["import_switched_off"]),
    ],
)
def test_it_is_opted_in_twice(settings: dict[str, Any], project: int | None, reasons: list[str]) -> None:
    """S-26, I-12."""
    assert [r.code for r in wanted(Settings.model_validate(settings), project)] == reasons


def test_what_isnt_part_of_it_costs_no_request() -> None:
    """The hash is of what Procore gets: another date of change alone is no change."""
    found = arrived().found
    later = Arrived(found.model_copy(update={"changed_at": "2027-01-01T00:00:00Z"}), PLACE, Settings())
    again = IMPORTER.entry(ROWS, later)
    assert again is not None
    assert again.hash == entry().hash != entry(amount=Decimal("10.51")).hash


MONEY = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2, allow_nan=False)
ANY_ROW = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["C", "C", "C", "B"]),
        "journal": st.sampled_from(["AP", "PR", "JC", "GL"]),
        "source": st.sampled_from(["ACME01", "MASKED", "BYCLASS", "EMP7", None]),
        "cost_code": st.sampled_from(["03-100", "03-999"]),
        "category": st.sampled_from(["S", "L"]),
        "amount": st.one_of(st.none(), MONEY),
        "quantity": st.one_of(st.none(), st.decimals(min_value=-1000, max_value=1000, places=4, allow_nan=False)),
        "uom": st.sampled_from(["CY", "TN", None]),
    }
)


@modest
@given(st.lists(ANY_ROW, max_size=30))
def test_what_is_given_adds_up_to_what_cmic_has_of_it(rows: list[dict[str, Any]]) -> None:
    """To the cent: an amount is never made of a quantity and a price (R-22)."""
    settings = Settings(masked_sources=["MASKED"])
    lookups = Lookups(**{**vars(LOOKUPS), "settings": settings, "masked": frozenset({"BYCLASS"})})
    ours, theirs = Decimal(0), Decimal(0)
    for values in rows:
        made = IMPORTER.entry(ROWS, arrived(settings, **values))
        assert (made is not None) == (values["type"] == "C")
        if made is None or made.refusals:
            continue
        result = IMPORTER.given(ROWS, Row(key=made.key, body=made.body), PLACE, lookups)
        if not isinstance(result, Given):
            assert result
            continue
        line = result.body["line"]
        theirs += Decimal(line["amount"])
        ours += values["amount"]
        if line["unit_cost"] is not None:
            assert Decimal(line["unit_cost"]) * values["quantity"] == values["amount"]
    assert theirs == ours
