"""Records become rows and rows become records: names, types, posting, and what can't be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.records import Key, Record, Scalar, differences
from domain.refusals import Refused
from domain.states import Posting
from systems.cmic.dialect import Dialect
from systems.cmic.grouping import render
from systems.cmic.jsontext import dumps, loads
from systems.cmic.reading import key_parts, to_found
from systems.cmic.resource import Resource
from systems.cmic.sending import to_changes, to_row, too_long
from systems.cmic.values import Unreadable, moment
from tests.systems.cmic.support import DIALECT, contract_row, group, renamed, vendor_row

CONTRACT = DIALECT.resources["subcontract"]
LINE = DIALECT.resources["subcontract_line"]
PARTNER = DIALECT.resources["partner"]
VENDOR = DIALECT.resources["vendor"]


def test_a_header_becomes_a_row() -> None:
    row = to_row(CONTRACT, group(1).header.attributes)
    assert row == {
        "ScmstCompCode": "01",
        "ScmstVenCode": "ACME01",
        "ScmstContCode": "SC-1",
        "ScmstChgCode": "000",
        "ScmstJobCode": "1042",
        "ScmstCurrCode": "USD",
        "ScmstOverrideFlag": "Y",
        "ScmstContType": "SUB",
        "ScmstName": "Concrete",
        "ScmstDate": "2026-01-31",
        "ScmstHldbkPc": Decimal("10.0"),
        "ScmstVUuid": "",
    }


def test_codes_are_upper_case_and_texts_are_left_alone() -> None:
    row = to_row(CONTRACT, {"vendor": "acme01", "contract_type": "Subcontract", "title": "on site"})
    assert (row["ScmstVenCode"], row["ScmstContType"], row["ScmstName"]) == ("ACME01", "Subcontract", "on site")


def test_flags_that_a_new_row_needs_are_filled_in() -> None:
    row = to_row(PARTNER, {"vendor": "NEW1", "name": "New Company", "short_name": "New Compan"})
    assert row == {
        "BpCode": "NEW1",
        "BpName": "New Company",
        "BpAbbrevCode": "NEW COMP",
        "BpDispatchFlag": "N",
        "BpPrequalRequiredFlag": "N",
        "BpVUuid": "",
    }


def test_a_vendors_name_is_neither_sent_nor_compared() -> None:
    """It follows the partner (A-22), and a partner that exists is used as it is, whatever it is called."""
    attributes: dict[str, Scalar] = {"company": "01", "vendor": "NEW1", "name": "Ours", "terms": "30"}
    assert "BpvenBpName" not in to_row(VENDOR, attributes)
    record = Record(key=Key(resource="vendor", parts={"company": "01", "vendor": "NEW1"}), values=attributes)
    assert differences(record, to_found("vendor", VENDOR, vendor_row("NEW1", BpvenTermCode="30"))) == []


def test_the_preview_is_what_is_sent() -> None:
    rows = render(DIALECT, group(2))
    assert [row["resource"] for row in rows] == ["scmast", "scsched", "scsched"]
    assert rows[2]["row"]["ScschAmt"] == Decimal("20.02")
    assert render(renamed(), group(1))[1]["row"]["ZzScschAmt"] == Decimal("10.01")


@pytest.mark.parametrize(
    "attributes",
    [
        {"colour": "red"},
        {"title": Decimal(1)},
        {"our_number": "Y"},
        {"retainage_percent": Decimal("NaN")},
        {"retainage_percent": "10"},
        {"retainage_percent": True},
        {"date": "2026-01-31"},
    ],
)
def test_what_the_dialect_has_no_place_for_is_a_defect(attributes: dict[str, Scalar]) -> None:
    with pytest.raises(Refused) as caught:
        to_row(CONTRACT, attributes)
    assert caught.value.refusals[0].code == "lost_reference"


def test_only_what_may_change_is_patched() -> None:
    assert to_changes(CONTRACT, {"title": "New", "end": None}) == {"ScmstName": "New", "ScmstEndDate": None}
    for attribute in ("contract", "status", "accounting_date", "colour"):
        with pytest.raises(Refused):
            to_changes(CONTRACT, {attribute: "x"})


def test_over_long_texts_are_refused_all_at_once_and_never_cut() -> None:
    record = Record(
        key=Key(resource="partner", parts={"vendor": "NINECHARS"}),
        values={"name": "N" * 51, "short_name": "S" * 30, "region": "OR"},
        label="Acme",
    )
    refusals = too_long(PARTNER, record)
    assert [r.parameters["length"] for r in refusals] == ["9", "51"]
    assert {r.code for r in refusals} == {"field_too_long"}


def test_a_row_becomes_a_record() -> None:
    found = to_found("subcontract", CONTRACT, contract_row())
    assert found.key == Key(
        resource="subcontract",
        parts={"company": "01", "vendor": "ACME01", "contract": "SC-1", "change_code": "000"},
    )
    assert found.uuid == "AB" * 16
    assert found.attributes["amount"] == Decimal(12)
    assert "our_number" not in found.attributes
    assert "accounting_date" not in found.attributes
    assert "uuid" not in found.attributes
    assert (found.posting, found.posted_on, found.active) == (Posting.UNPOSTED, None, True)
    assert found.changed_at == "2026-01-02T03:04:05Z"


@pytest.mark.parametrize(
    ("changes", "posting", "posted_on"),
    [
        ({"ScmstPostDate": "2026-03-04"}, Posting.POSTED, date(2026, 3, 4)),
        ({"ScmstPostDate": "2026-03-04T00:00:00+00:00"}, Posting.POSTED, date(2026, 3, 4)),
        ({"ScmstStatusCode": "v"}, Posting.VOID, None),
        ({"ScmstStatusCode": "Void", "ScmstPostDate": "2026-03-04"}, Posting.VOID, date(2026, 3, 4)),
        ({"ScmstStatusCode": None}, Posting.UNPOSTED, None),
        ({"ScmstStatusCode": "IN PROCESS"}, Posting.UNPOSTED, None),
    ],
)
def test_posting_is_the_post_date_and_void_a_status(
    changes: dict[str, Any], posting: Posting, posted_on: date | None
) -> None:
    found = to_found("subcontract", CONTRACT, contract_row(**changes))
    assert (found.posting, found.posted_on) == (posting, posted_on)


def test_the_void_values_are_configurable() -> None:
    content = DIALECT.model_dump()
    content["resources"]["subcontract"]["posting"]["void"]["values"] = ["KILLED"]
    tenant = Dialect.model_validate(content).resources["subcontract"]
    assert to_found("subcontract", tenant, contract_row(ScmstStatusCode="KILLED")).posting is Posting.VOID
    assert to_found("subcontract", tenant, contract_row(ScmstStatusCode="V")).posting is Posting.UNPOSTED


VOUCHER, PAYMENT = DIALECT.resources["voucher"], DIALECT.resources["payment"]


def voucher_row(**changes: Any) -> dict[str, Any]:
    row = {"VouCompCode": "01", "VouVenCode": "ACME01", "VouInvCode": "INV-7", "VouNum": 101690}
    return {**row, "VouPostDate": "2026-03-31", "VouStatusCode": "U"} | changes


def payment_row(**changes: Any) -> dict[str, Any]:
    bank = {"ChqBankCompCode": "01", "ChqDeptCode": "00", "ChqAccCode": "1000.100"}
    return {**bank, "ChqCompCode": "01", "ChqNum": 1020, "ChqSeqNum": 1421436, "ChqPostDate": "2026-05-02"} | changes


@pytest.mark.parametrize(
    ("resource", "row", "posting", "posted_on"),
    [
        (VOUCHER, voucher_row(), Posting.UNPOSTED, None),
        (VOUCHER, voucher_row(VouStatusCode=None), Posting.UNPOSTED, None),
        (VOUCHER, voucher_row(VouStatusCode="p"), Posting.POSTED, date(2026, 3, 31)),
        (VOUCHER, voucher_row(VouStatusCode="V"), Posting.VOID, None),
        (PAYMENT, payment_row(), Posting.UNPOSTED, None),
        (PAYMENT, payment_row(ChqBchNum=""), Posting.UNPOSTED, None),
        (PAYMENT, payment_row(ChqBchNum=3397280), Posting.POSTED, date(2026, 5, 2)),
        (PAYMENT, payment_row(ChqBchNum=3397280, ChqRevDate="2026-06-01"), Posting.VOID, None),
        (CONTRACT, contract_row(ScmstStatusCode="I"), Posting.IN_PROCESS, None),
        (CONTRACT, contract_row(ScmstStatusCode="I", ScmstPostDate="2026-03-04"), Posting.POSTED, date(2026, 3, 4)),
    ],
)
def test_posting_by_a_status_or_by_what_is_set(
    resource: Resource, row: dict[str, Any], posting: Posting, posted_on: date | None
) -> None:
    found = to_found("any", resource, row)
    assert (found.posting, found.posted_on) == (posting, posted_on)


@pytest.mark.parametrize(("raw", "uuid"), [(101690, "101690"), ("101690", "101690"), (Decimal("1000.0"), "1000")])
def test_a_number_that_names_a_row_is_its_digits(raw: Any, uuid: str) -> None:
    assert to_found("voucher", VOUCHER, voucher_row(VouNum=raw)).uuid == uuid


@pytest.mark.parametrize("raw", [None, "", "A1", Decimal("1.5"), True, [1]])
def test_a_row_without_its_number_is_unreadable(raw: Any) -> None:
    with pytest.raises(Unreadable, match="VouNum"):
        to_found("voucher", VOUCHER, voucher_row(VouNum=raw))


@pytest.mark.parametrize("number", ["CHK-1", "1.5", "", " 7", "1" * 19, "٣"])
def test_a_cheque_number_that_is_no_number_is_never_sent(number: str) -> None:
    with pytest.raises(Refused):
        to_row(PAYMENT, {"number": number})
    assert to_row(PAYMENT, {"number": "5201"})["ChqNum"] == Decimal(5201)


def test_what_is_not_posted_at_all_is_present() -> None:
    found = to_found("vendor", VENDOR, vendor_row("BOLT02", BpvenActiveFlag="N"))
    assert (found.posting, found.active) == (Posting.PRESENT, False)
    assert to_found("vendor", VENDOR, vendor_row("BOLT02", BpvenActiveFlag=None)).active


def test_the_update_date_counts_before_the_create_date() -> None:
    row = contract_row(ScmstIuUpdateDate="2026-01-02T05:04:05+02:00")
    assert to_found("subcontract", CONTRACT, row).changed_at == "2026-01-02T03:04:05Z"
    assert to_found("subcontract", CONTRACT, contract_row(ScmstIuCreateDate=None)).changed_at == ""


def test_missing_and_extra_attributes_are_no_problem() -> None:
    row = contract_row(SomethingNew=[1, 2])
    del row["ScmstName"]
    assert "title" not in to_found("subcontract", CONTRACT, row).attributes


@pytest.mark.parametrize(
    "changes",
    [
        {"ScmstVUuid": None},
        {"ScmstVUuid": 7},
        {"ScmstContAmt": "lots"},
        {"ScmstContAmt": "NaN"},
        {"ScmstContAmt": "Infinity"},
        {"ScmstContAmt": Decimal("1E+400")},
        {"ScmstContAmt": Decimal("1E-400")},
        {"ScmstContAmt": True},
        {"ScmstContAmt": {"value": 1}},
        {"ScmstContCode": ["SC-1"]},
        {"ScmstPostDate": "yesterday"},
        {"ScmstPostDate": 20260304},
        {"ScmstIuUpdateDate": "99999-01-01T00:00:00Z"},
        {"ScmstIuUpdateDate": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_what_cannot_be_read_is_never_passed_on_half(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as caught:
        to_found("subcontract", CONTRACT, contract_row(**changes))
    assert next(iter(changes)) in caught.value.words


def test_a_row_without_its_key_is_unreadable() -> None:
    row = contract_row()
    del row["ScmstContCode"]
    with pytest.raises(Unreadable, match="lacks ScmstContCode"):
        key_parts(CONTRACT, row)


def test_codes_that_come_as_numbers_are_texts() -> None:
    assert key_parts(CONTRACT, contract_row(ScmstContCode=4711))["contract"] == "4711"


def test_moments_compare_as_texts() -> None:
    assert moment("2026-01-02T03:04:05") == "2026-01-02T03:04:05Z"
    assert moment("2026-01-02T03:04:05.999+0100") == "2026-01-02T02:04:05Z"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(lambda t: t.strip() != "")
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "job": st.text("ABC019-.", min_size=1, max_size=10),
    "task_name": TEXTS,
    "cost_code": st.text("019-", min_size=1, max_size=16),
    "amount": st.decimals(-(10**12), 10**12, places=2),
    "quantity": st.none() | st.decimals(0, 10**9, places=6),
    "uom": st.sampled_from(["LS", "EA", "$"]),
}


@pytest.mark.parametrize("resource", [LINE, renamed().resources["subcontract_line"]])
@settings(deadline=None)
@given(values=st.fixed_dictionaries(VALUES))
def test_what_cmic_echoes_agrees_with_what_was_sent(resource: Resource, values: dict[str, Scalar]) -> None:
    line = group(1).lines[0].model_copy(update={"values": values})
    row = loads(dumps(to_row(resource, line.attributes)))
    row[resource.name("uuid")] = "AB"
    found = to_found("subcontract_line", resource, row)
    assert found.key == line.key
    assert differences(line, found) == []
