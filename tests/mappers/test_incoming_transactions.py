"""What a posted job cost becomes: its dates, its type, and whose costs stay out, as the settings say (R-07, R-23; S-22, S-23,
S-25)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.company_settings import Settings
from domain.incoming_port import Place
from domain.records import Found, Key
from mappers.incoming.base import Arrived
from mappers.incoming.transactions import TransactionsImporter

IMPORTER = TransactionsImporter()
(ROWS,) = IMPORTER.streams
PLACE = Place(name="transactions", procore_company=562949, erp_company="01", scope="project:562949:-:310")
REFERENCE, POSTED = date(2026, 11, 3), date(2026, 11, 5)


def arrived(settings: Settings, **more: Any) -> Arrived:
    values = {"type": "C", "journal": "AP", "source": "ACME01", "amount": Decimal("10.50"), "cost_code": "03-100"}
    values |= {"category": "S", "reference_date": REFERENCE, "post_date": POSTED, **more}
    key = Key(resource="job_cost", parts={"company": "01", "job": "1042", "id": "1"})
    return Arrived(Found(key=key, uuid="1", attributes=values), PLACE, settings)


def body(settings: Settings, **more: Any) -> dict[str, Any]:
    entry = IMPORTER.entry(ROWS, arrived(settings, **more))
    assert entry is not None
    return entry.body


def reasons(settings: Settings, **more: Any) -> list[str]:
    return [r.code for r in IMPORTER.judge(ROWS, arrived(settings, **more))]


@pytest.mark.parametrize(("choice", "day"), [("reference", REFERENCE), ("post", POSTED)])
def test_its_date_is_the_chosen_one(choice: str, day: date) -> None:
    settings = Settings.model_validate({"transaction_date": choice})
    assert body(settings)["direct_cost_date"] == day.isoformat()


@pytest.mark.parametrize(("choice", "day"), [("reference", REFERENCE), ("post", POSTED)])
def test_its_received_date_is_the_chosen_one(choice: str, day: date) -> None:
    settings = Settings.model_validate({"received_date": choice})
    assert body(settings)["received_date"] == day.isoformat()


@pytest.mark.parametrize(
    ("choice", "lacks", "day"), [("post", "post_date", REFERENCE), ("reference", "reference_date", POSTED)]
)
def test_where_it_lacks_the_chosen_date_the_other_one_stands_in(choice: str, lacks: str, day: date) -> None:
    settings = Settings.model_validate({"transaction_date": choice})
    assert body(settings, **{lacks: None})["direct_cost_date"] == day.isoformat()


def test_a_journal_becomes_the_type_that_the_table_says_and_one_that_isnt_named_stays_out() -> None:
    settings = Settings.model_validate({"journal_codes": {"gl": "expense"}})
    assert body(settings, journal="gl")["direct_cost_type"] == "expense"
    assert reasons(settings, journal="GL") == []
    assert reasons(settings, journal="AP") == ["journal_not_mapped"]
    assert body(Settings(), journal="AP")["direct_cost_type"] == "invoice"


def test_masked_sources_stay_out() -> None:
    assert reasons(Settings(masked_sources=["acme01"])) == ["masked"]
    assert reasons(Settings(masked_sources=["OTHER"])) == []
