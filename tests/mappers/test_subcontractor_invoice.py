"""A subcontractor invoice to a CMiC request for payment, row by row; retainage and its release (requirements §3; O-13)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.facts import References
from domain.records import Group, Key, Written, digest
from domain.states import Condition
from mappers.subcontractor_invoice import SubcontractorInvoiceMapper
from tests.builders import EXPORTED_ON, PROJECT, export, header_key, line_key, references
from tests.domain.documents import CHANGE_ORDER, COMMITMENT, INVOICE, invoice, invoice_line, settings_for
from tests.domain.guarding import codes, given
from tests.mappers.raws import raw_invoice, raw_item, raw_order_item

KIND = "subcontractor_invoice"
MAPPER = SubcontractorInvoiceMapper()
NOTHING = {"materials_presently_stored": None, "materials_stored_retainage_currently_retained": None, "before": None}


def group(document: Any = None, **more: Any) -> Group:
    (found,) = MAPPER.plan(export(KIND, document, **more)).groups
    return found


def read_line(**item: Any) -> Any:
    (found,) = MAPPER.from_procore(raw_invoice(lines=[raw_item(**item)])).lines
    return found


# Reading


def test_it_is_read_whole() -> None:
    found = MAPPER.from_procore(raw_invoice())
    assert found == invoice(
        lines=[
            invoice_line(
                1,
                description="Walls",
                billed_to_date="140.00",
                retained_before="4.00",
            ),
            invoice_line(
                2,
                on_line=7111,
                on_change_order=CHANGE_ORDER.id,
                description="Walls",
                amount="50.00",
                billed_to_date="140.00",
                retained="5.00",
                retained_before="1.00",
            ),
        ]
    )


def test_what_is_read_has_nothing_against_it() -> None:
    found = MAPPER.from_procore(raw_invoice())
    assert codes(KIND, given(KIND, **{name: getattr(found, name) for name in type(found).model_fields})) == []


def test_materials_count_as_far_as_more_is_stored_than_before() -> None:
    """60.00 of work, and 70.00 stored where 30.00 were; 6.00 and 7.00 retained where 3.00 were held on materials."""
    line = read_line()
    assert (line.amount, line.retained, line.retained_before) == (Decimal(100), Decimal(10), Decimal(4))


def test_materials_that_were_used_up_become_less() -> None:
    before = {"materials_presently_stored": "90.00", "materials_stored_retainage_currently_retained": "9.00"}
    line = read_line(before=before)
    assert (line.amount, line.retained, line.retained_before) == (Decimal(40), Decimal(4), Decimal(10))


def test_retainage_that_was_released_of_materials_before_is_held_no_longer() -> None:
    before = {
        "materials_presently_stored": "30.00",
        "materials_stored_retainage_currently_retained": "3.00",
        "materials_stored_retainage_released_this_period": "2.00",
    }
    line = read_line(before=before)
    assert (line.retained, line.retained_before) == (Decimal(12), Decimal(2))


def test_a_first_invoice_has_nothing_before_it() -> None:
    line = read_line(before=None)
    assert (line.amount, line.retained, line.retained_before) == (Decimal(130), Decimal(13), Decimal(1))


def test_what_is_released_is_of_work_and_of_materials() -> None:
    line = read_line(
        work_completed_retainage_released_this_period="1.50", materials_stored_retainage_released_this_period="0.25"
    )
    assert line.released == Decimal("1.75")


def test_an_item_without_amounts_bills_nothing() -> None:
    bare = {"id": 1, "kind": "contract_item", "line_item_id": 9001, "position": 1}
    (found,) = MAPPER.from_procore(raw_invoice(lines=[bare])).lines
    assert found.is_empty


@pytest.mark.parametrize("others", [[], [raw_item()], [raw_order_item()], [raw_item(), raw_order_item()]], ids=len)
def test_detail_items_never_bill_by_themselves(others: list[Any]) -> None:
    """Procore tells nowhere which line of the contract they are of; that there are some is told."""
    detail = raw_item(7399, kind="contract_detail_item", position=9)
    found = MAPPER.from_procore(raw_invoice(lines=[*others, detail]))
    assert [n.id for n in found.lines] == [n["id"] for n in others]
    assert found.detailed
    assert not MAPPER.from_procore(raw_invoice(lines=others)).detailed


def test_a_detail_item_that_bills_nothing_is_none() -> None:
    bare = {"id": 7399, "kind": "contract_detail_item", "position": 9}
    assert not MAPPER.from_procore(raw_invoice(lines=[raw_item(), bare])).detailed


@pytest.mark.parametrize(
    "money",
    [{"work_completed_this_period": "1.00"}, {"work_completed_retainage_released_this_period": "0.01"}],
    ids=["bills", "releases"],
)
def test_what_a_detail_bills_alone_is_refused_by_name(money: dict[str, str]) -> None:
    detail = {"id": 7399, "kind": "contract_detail_item", "position": 9, **money}
    found = MAPPER.from_procore(raw_invoice(lines=[detail]))
    fields = {name: getattr(found, name) for name in type(found).model_fields}
    assert codes(KIND, given(KIND, **fields)) == ["detail_schedule"]


def test_items_are_told_by_their_position() -> None:
    items = [raw_item(7319, 2), raw_item(7318, 1), raw_item(7317, 1), raw_item(7316, None)]
    found = MAPPER.from_procore(raw_invoice(lines=items)).lines
    assert [(n.id, n.position) for n in found] == [(7316, 1), (7317, 2), (7318, 3), (7319, 4)]


# The rows


def test_the_header_row_by_row() -> None:
    found = group(typed={"description": "March works"})
    assert found.header.attributes == {
        "company": "01",
        "vendor": "ACME",
        "invoice": "A-17",
        "job": "1042",
        "contract": "SC-001",
        "change_code": "000",
        "series": "SUBS",
        "currency": "USD",
        "invoice_date": date(2026, 3, 31),
        "due_date": date(2026, 4, 30),
        "posting_date": date(2026, 3, 31),
        "amount": Decimal("150.00"),
        "description": "March works",
        "final": False,
        "auto_post": False,
    }
    assert (found.header.key.resource, found.header.part, found.total) == ("voucher", "", Decimal("150.00"))


def test_the_lines_row_by_row() -> None:
    """Distributed by the schedule of values; what bills nothing isn't there."""
    first, second = group().lines
    base = {"company": "01", "vendor": "ACME", "invoice": "A-17"}
    money = {"amount": Decimal("100.00"), "retainage": Decimal("10.00"), "released": Decimal(0)}
    assert first.attributes == {**base, "change_code": "000", "task": "0001", **money}
    money = {"amount": Decimal("50.00"), "retainage": Decimal("5.00"), "released": Decimal(0)}
    assert second.attributes == {**base, "change_code": "001", "task": "0001", **money}
    assert [(r.key.resource, r.part, r.label) for r in (first, second)] == [
        ("voucher_line", "item:7311", "line 1"),
        ("voucher_line", "order-item:7312", "line 2"),
    ]


def test_a_retainage_release_is_a_voucher_over_zero_with_what_each_line_releases() -> None:
    release = {"amount": "0", "retained": "0"}
    lines = [invoice_line(1, **release, released="5.00"), invoice_line(2, **release, released="2.50")]
    found = group(invoice(lines=lines, due="7.50"))
    assert (found.total, found.header.values["amount"]) == (Decimal(0), Decimal(0))
    assert [(r.values["amount"], r.values["released"]) for r in found.lines] == [
        (Decimal(0), Decimal("5.00")),
        (Decimal(0), Decimal("2.50")),
    ]


def test_items_of_one_billed_line_are_one_row() -> None:
    """Of several change order items on one line of the change order."""
    lines = [invoice_line(1), invoice_line(2, on_line=9001, amount="0.10", retained="0.01", released="0.02")]
    (row,) = group(invoice(lines=lines, due=None)).lines
    assert row.values == {"amount": Decimal("100.10"), "retainage": Decimal("10.01"), "released": Decimal("0.02")}
    assert row.part == "item:7311"


def test_items_of_both_sorts_are_told_apart_though_they_share_a_number() -> None:
    """Procore numbers each sort for itself."""
    lines = [invoice_line(1, id=77), invoice_line(2, id=77, on_line=7111, on_change_order=CHANGE_ORDER.id)]
    assert [r.part for r in group(invoice(lines=lines, due=None)).lines] == ["item:77", "order-item:77"]


def test_until_its_contract_is_linked_what_it_fills_in_is_empty() -> None:
    found = group(references=references(keys={}))
    assert found.header.key.parts == {"company": "01", "vendor": "", "invoice": "A-17"}
    assert (found.header.values["contract"], found.header.values["change_code"]) == ("", "")
    assert [(r.key.parts["change_code"], r.key.parts["task"]) for r in found.lines] == [("", "?9001"), ("", "?7111")]


def test_its_contract_is_where_it_stands_in_cmic() -> None:
    known = {
        COMMITMENT.key: {"": header_key("C-77", vendor="OTHER"), "9001": line_key("A10", "C-77", vendor="OTHER")},
        CHANGE_ORDER.key: {"7111": line_key("X-001", "C-77", vendor="OTHER", change_code="X")},
    }
    found = group(references=references(keys=known))
    assert (found.header.key.text, found.header.values["contract"]) == ("01|OTHER|A-17", "C-77")
    assert [r.key.text for r in found.lines] == ["01|OTHER|A-17|000|A10", "01|OTHER|A-17|X|X-001"]


@pytest.mark.parametrize(
    ("typed", "name", "value"),
    [
        ({"erp_id": "x-9"}, "invoice", "X-9"),
        ({"accounting_date": "2026-04-07"}, "posting_date", date(2026, 4, 7)),
        ({}, "description", None),
        ({}, "posting_date", date(2026, 3, 31)),
    ],
)
def test_what_the_approver_types(typed: dict[str, Any], name: str, value: Any) -> None:
    assert group(typed=typed).header.attributes[name] == value


def test_the_invoice_date_may_be_the_export_date_and_what_is_due_still_follows_the_billing_date() -> None:
    """S-24, R-13."""
    shown = group(settings=settings_for(KIND, invoice_date_from="export", invoice_due_days=45)).header.values
    assert (shown["invoice_date"], shown["due_date"]) == (EXPORTED_ON, date(2026, 5, 15))
    assert shown["posting_date"] == date(2026, 3, 31)


def test_series_and_currency_are_settings_and_a_final_invoice_says_so() -> None:
    shown = group(invoice(final=True), settings=settings_for(KIND, invoice_series="AP", currency="CAD")).header.values
    assert (shown["series"], shown["currency"], shown["final"]) == ("AP", "CAD", True)


def test_procores_own_number_stands_in_for_the_vendors() -> None:
    assert group(invoice(invoice_number="")).header.key.parts["invoice"] == "3"


# Around it


def test_it_waits_for_the_posted_contract_and_each_change_order_that_it_bills() -> None:
    found = MAPPER.prerequisites(INVOICE, invoice(), "01")
    assert [(p.parent, p.condition, p.label) for p in found] == [
        (PROJECT.key, Condition.JOB_EXISTS, "project 310"),
        (COMMITMENT.key, Condition.POSTED, "commitment SC-001"),
        (CHANGE_ORDER.key, Condition.POSTED, "change order 7101"),
    ]


def test_a_change_order_that_it_leaves_alone_isnt_waited_for() -> None:
    lines = [invoice_line(1), invoice_line(2, on_change_order=1, amount="0", retained="0")]
    lines += [invoice_line(n, on_change_order=c) for n, c in ((3, 9), (4, 8), (5, 9))]
    found = MAPPER.prerequisites(INVOICE, invoice(lines=lines, contract_name=""), "01")
    assert [p.label for p in found[1:]] == ["commitment 7001", "change order 8", "change order 9"]


def test_the_header_bears_the_id_and_the_items_have_no_place_for_one() -> None:
    main = Key(resource="voucher", parts={"company": "01", "vendor": "ACME", "invoice": "A-17"})
    row = Key(resource="voucher_line", parts={**main.parts, "change_code": "000", "task": "0001"})
    back = MAPPER.write_back(INVOICE, [Written(part="7311", key=row, uuid="r"), Written(part="", key=main, uuid="m")])
    assert back is not None
    assert (back.origin_id, back.code, back.lines) == ("01|ACME|A-17", None, {})


def test_a_snapshot_is_restored_with_the_same_business() -> None:
    document = MAPPER.from_procore(raw_invoice())
    restored = MAPPER.restore(document.model_dump(mode="json"))
    assert restored == document
    assert digest(restored.business()) == digest(document.business())
    assert group(restored) == group(document)


def test_without_facts_a_preview_is_possible_all_the_same() -> None:
    assert group(references=References(erp_company="01")).header.key.text == "01||A-17"
