"""Vendors and customers as companies of Procore's directory (O-03, O-04, R-05 to R-07; requirements §3, vendor)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.company_settings import Settings
from domain.incoming import Entry
from domain.incoming_port import Place, Row
from domain.ports import Given
from domain.records import Found, Key
from mappers.incoming.base import Arrived, Importer, Lookups
from mappers.incoming.companies import ADDRESS, CustomersImporter, VendorsImporter

VENDORS, CUSTOMERS = VendorsImporter(), CustomersImporter()
BOTH = pytest.mark.parametrize("importer", [VENDORS, CUSTOMERS], ids=lambda i: i.kind.name)
WHOLE = {
    "name": "Acme Concrete", "partner_name": "Acme Concrete", "address": "1 Mill Road", "city": "Fresno", "region": "CA",
    "postal_code": "93650", "country": "US", "phone": "559 555 0100", "fax": "559 555 0101",
    "email": "office@acme.example", "website": "acme.example", "class": "SUBS",
}  # fmt: skip
BODY = {
    "name": "Acme Concrete", "address": "1 Mill Road", "city": "Fresno", "state_code": "CA", "zip": "93650",
    "country_code": "US", "business_phone": "559 555 0100", "fax_number": "559 555 0101",
    "email_address": "office@acme.example", "website": "acme.example", "origin_code": "ACME01",
}  # fmt: skip


def place(importer: Importer) -> Place:
    return Place(name=importer.kind.name, procore_company=562949, erp_company="01")


def entry(importer: Importer, *, settings: Settings | None = None, active: bool = True, **more: Any) -> Entry:
    part = "vendor" if importer is VENDORS else "customer"
    key = Key(resource=part, parts={"company": "01", part: more.pop("code", "acme01")})
    found = Found(key=key, uuid="u", attributes={**WHOLE, **more}, active=active)
    (made,) = importer.entries(importer.streams[0], Arrived(found, place(importer), settings or Settings()))
    return made


def sent(importer: Importer, made: Entry, number: int | None = None) -> Given:
    row = Row(key=made.key, body=made.body, procore_id=number)
    given = importer.given(importer.streams[0], row, place(importer), Lookups())
    assert isinstance(given, Given)
    return given


@BOTH
def test_a_new_one_comes_whole(importer: Importer) -> None:
    """All but a customer's web site, which CMiC doesn't keep."""
    made = entry(importer)
    expected = BODY if importer is VENDORS else {n: v for n, v in BODY.items() if n != "website"}
    given = sent(importer, made)
    assert (given.key, given.origin_id, given.id, given.body) == ("01|ACME01", "ACME01", None, expected)
    assert made.label == "acme01 Acme Concrete"


@BOTH
def test_a_linked_one_keeps_the_address_that_procore_has(importer: Importer) -> None:
    """R-05."""
    given = sent(importer, entry(importer), 4101)
    assert given.id == 4101
    assert not set(given.body) & set(ADDRESS)
    assert {"name", "business_phone", "origin_code"} <= set(given.body)


@BOTH
@pytest.mark.parametrize(
    ("field", "worth"),
    [
        *(("address", False), ("city", False), ("region", False), ("postal_code", False), ("country", False)),
        *(("phone", True), ("fax", True), ("email", True)),
    ],
)
def test_an_address_alone_costs_no_request(importer: Importer, field: str, worth: bool) -> None:
    other: dict[str, Any] = {field: "99"}
    before, after = entry(importer), entry(importer, **other)
    assert (before.hash != after.hash) is worth
    assert before.body != after.body, "it is kept for whoever is added"


@BOTH
def test_what_is_blank_is_blank(importer: Importer) -> None:
    blank: dict[str, Any] = dict.fromkeys(WHOLE)
    made = entry(importer, **blank)
    assert {value for name, value in made.body.items() if name != "origin_code"} == {None}
    assert made.label == "acme01"


@BOTH
def test_an_inactive_one_is_told(importer: Importer) -> None:
    assert [entry(importer, active=a).inactive for a in (True, False)] == [False, True]


@pytest.mark.parametrize(
    ("settings", "more", "masked"),
    [
        ({}, {}, False),
        ({"masked_classes": ["SUBS"]}, {}, True),
        ({"masked_classes": ["subs"]}, {"class": "Subs "}, True),
        ({"masked_classes": ["EMPL"]}, {}, False),
        ({"masked_classes": ["EMPL"]}, {"class": None}, False),
        ({"masked_sources": ["ACME01"]}, {}, True),
        ({"masked_sources": ["ACME"]}, {}, False),
    ],
)
def test_vendors_of_a_masked_class_or_source_are_set_aside(
    settings: dict[str, Any], more: dict[str, Any], masked: bool
) -> None:
    """R-07, S-22."""
    made = entry(VENDORS, settings=Settings.model_validate(settings), **more)
    assert [r.code for r in made.refusals] == ["masked"] * masked


def test_a_partner_is_one_company_as_vendor_and_as_customer() -> None:
    """Both are told by the partner's code: the second finds what the first made."""
    vendor, customer = (sent(importer, entry(importer)) for importer in (VENDORS, CUSTOMERS))
    assert vendor.origin_id == customer.origin_id == "ACME01"
    assert VENDORS.linked_resource == CUSTOMERS.linked_resource == "vendor"


@BOTH
def test_both_sides_are_told_by_the_same_words(importer: Importer) -> None:
    """A proposal holds CMiC's record against Procore's by the names of Procore's fields."""
    ours = importer.named(entry(importer).body)
    theirs = importer.named({**BODY, "id": 4101, "is_active": True})
    assert (
        ours
        == theirs
        == {
            "name": "Acme Concrete",
            "zip": "93650",
            "phone": "559 555 0100",
            "email": "office@acme.example",
        }
    )
    assert set(importer.named({}).values()) == {""}
