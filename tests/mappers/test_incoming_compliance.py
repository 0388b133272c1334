"""What CMiC's compliance rows become (O-19; cmic-api §3.13, §4.6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.company_settings import Settings
from domain.incoming import Entry
from domain.incoming_port import Exported, Place, Row
from domain.ports import Given
from domain.records import Found, Key, Scalar
from mappers.incoming.base import Arrived, Lookups, Stream
from mappers.incoming.compliance import CONTRACTS, VENDORS, ComplianceImporter

IMPORTER = ComplianceImporter()
PLACE = Place(name="compliance", procore_company=562949, erp_company="01")
KEY = {"company": "01", "uuid": "UUID-1"}
VALUES: dict[str, Scalar] = {
    "vendor": "acme01", "contract": "t-1", "job": "1042", "cover": "COI", "cover_text": "Certificate of insurance",
    "certificate": "C-7", "insurer": "ALLIED", "amount": Decimal("1000000"), "start": date(2026, 1, 1),
    "end": date(2026, 12, 31), "date_sensitive": False, "date_compliant": False, "compliant": True,
}  # fmt: skip
CONTRACT_KEY = "01|ACME01|T-1|000"


def entry(stream: Stream, **more: Scalar) -> Entry:
    found = Found(key=Key(resource="insurance", parts=KEY), uuid="UUID-1", attributes={**KEY, **VALUES, **more})
    entry = IMPORTER.entry(stream, Arrived(found, PLACE, Settings()))
    assert entry is not None
    return entry


def row(stream: Stream, number: int | None = None, **more: Scalar) -> Row:
    made = entry(stream, **more)
    return Row(key=made.key, body=made.body, procore_id=number)


def lookups(kind: str = "subcontract", *, ended: bool = False, **more: Any) -> Lookups:
    contract = Exported(object="commitment:562949:310:123", type=kind, ended=ended)
    return Lookups(exported={"subcontract": {CONTRACT_KEY: contract}}, **more)


def given(stream: Stream, known: Lookups, **more: Scalar) -> Any:
    return IMPORTER.given(stream, row(stream, 9, **more), PLACE, known)


@pytest.mark.parametrize(
    ("kind", "path"), [("subcontract", "work_order_contracts"), ("purchase order", "purchase_order_contracts")]
)
def test_a_document_of_its_contract(kind: str, path: str) -> None:
    found = given(CONTRACTS, lookups(kind))
    assert isinstance(found, Given)
    assert (found.origin_id, found.id, found.project) == ("01|UUID-1", 9, 310)
    assert found.body == {
        "contracts": path,
        "contract": 123,
        "kind": "insurance",
        "document": {
            "name": "Certificate of insurance", "type": "other", "notes": "Certificate C-7, insurer ALLIED, amount 1000000",
            "effective_at": "2026-01-01", "expires_at": "2026-12-31", "status": "compliant",
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cover", "type_", "kind"),
    [
        ("W9", "w9", "compliance"), ("bond", "bond", "compliance"), ("SAFETY", "safety", "compliance"),
        ("GL", "other", "insurance"), ("LIEN", "other", "compliance"),
    ],
)  # fmt: skip
def test_the_cover_code_tells_the_type(cover: str, type_: str, kind: str) -> None:
    found = given(CONTRACTS, lookups(), cover=cover, cover_text=None)
    assert (found.body["document"]["type"], found.body["kind"]) == (type_, kind)
    assert found.body["document"]["name"] == cover


@pytest.mark.parametrize("compliant", [True, False])
@pytest.mark.parametrize("sensitive", [True, False])
@pytest.mark.parametrize("dated", [True, False, None])
def test_what_depends_on_dates_needs_both_flags(compliant: bool, sensitive: bool, dated: bool | None) -> None:
    flags: dict[str, Scalar] = {"compliant": compliant, "date_sensitive": sensitive, "date_compliant": dated}
    is_fine = compliant and (not sensitive or bool(dated))
    assert entry(CONTRACTS, **flags).body["status"] == ("compliant" if is_fine else "not_compliant")
    assert entry(VENDORS, **flags).body["status"] == ("compliant" if is_fine else "non_compliant")


def test_a_contract_that_was_not_exported() -> None:
    """Set aside where its job is a project of Procore's, else nobody's matter."""
    for known in (Lookups(projects={"1042": 310}), lookups(ended=True, projects={"1042": 310})):
        (refusal,) = given(CONTRACTS, known)
        assert (refusal.code, refusal.parameters) == ("contract_not_exported", {"contract": "ACME01/T-1"})
    assert given(CONTRACTS, Lookups(projects={"1043": 311})) is None
    assert given(CONTRACTS, Lookups(projects={"1042": 310}), job=None) is None


def test_an_insurance_of_a_linked_company() -> None:
    found = given(VENDORS, Lookups(vendors={"ACME01": 4101}))
    assert isinstance(found, Given)
    assert (found.origin_id, found.id, found.project) == ("01|UUID-1", 9, None)
    assert found.body == {
        "vendor_id": 4101, "insurance_type": "Certificate of insurance", "policy_number": "C-7", "limit": "1000000",
        "effective_date": "2026-01-01", "expiration_date": "2026-12-31", "name": "ALLIED", "status": "compliant",
    }  # fmt: skip


def test_a_company_that_is_not_linked_or_masked() -> None:
    (refusal,) = given(VENDORS, Lookups())
    assert (refusal.code, refusal.parameters) == ("vendor_not_linked", {"vendor": "ACME01"})
    assert given(VENDORS, Lookups(masked=frozenset({"ACME01"}))) is None


def test_what_is_gone_is_taken_out_where_it_was() -> None:
    for known in (lookups(), lookups(ended=True)):
        found = IMPORTER.gone(CONTRACTS, row(CONTRACTS, 9), PLACE, known)
        assert isinstance(found, Given)
        assert (found.id, found.project, found.body["contract"]) == (9, 310, 123)
    nowhere = IMPORTER.gone(CONTRACTS, row(CONTRACTS, 9), PLACE, Lookups())
    assert isinstance(nowhere, list)
    assert [r.code for r in nowhere] == ["contract_not_exported"]
    insurance = IMPORTER.gone(VENDORS, row(VENDORS, 9), PLACE, Lookups())
    assert insurance == Given(key="01|UUID-1", origin_id="01|UUID-1", id=9)


def test_each_stream_asks_for_its_own_rows() -> None:
    assert IMPORTER.within(CONTRACTS, PLACE) == {"company": "01", "type": "SC"}
    assert IMPORTER.within(VENDORS, PLACE) == {"company": "01", "type": "VEN"}
    assert IMPORTER.names(CONTRACTS, row(CONTRACTS), Lookups()) == [("subcontract", CONTRACT_KEY)]
    assert IMPORTER.names(VENDORS, row(VENDORS), Lookups()) == []


def test_labels() -> None:
    assert entry(CONTRACTS).label == "Certificate of insurance of acme01 t-1"
    assert entry(VENDORS).label == "Certificate of insurance of acme01"


def test_the_switch() -> None:
    assert IMPORTER.kind.switch(Settings(compliance=True), None) == []
    assert [r.code for r in IMPORTER.kind.switch(Settings(), None)] == ["import_switched_off"]


@pytest.mark.parametrize("stream", [CONTRACTS, VENDORS])
def test_one_of_which_only_the_key_is_known_is_set_aside(stream: Stream) -> None:
    bare = Row(key="01|UUID-1", procore_id=9)
    assert IMPORTER.names(stream, bare, Lookups()) == []
    found = IMPORTER.given(stream, bare, PLACE, lookups())
    assert isinstance(found, list)
    assert [r.code for r in found] == ["cmic_row_unreadable"]
    out = IMPORTER.gone(stream, bare, PLACE, lookups())
    told = [r.code for r in out] if isinstance(out, list) else out.id
    assert told == (["cmic_row_unreadable"] if stream is CONTRACTS else 9)
