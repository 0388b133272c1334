"""Any invoice, change order or payment: amounts, retainage and releases as Procore has them, to the cent, or refused (B-07)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.records import Key, Record
from mappers.registry import KINDS
from tests.builders import export, header_key, line_key, modest, references
from tests.domain.documents import (
    CHANGE_ORDER,
    COMMITMENT,
    INVOICE,
    change_order,
    change_order_line,
    invoice,
    invoice_line,
    payment,
    settings_for,
)
from tests.domain.guarding import codes
from tests.domain.guarding import given as stated
from tests.mappers.anything import KNOWN, coded, hold, money, pairs, some, total

LINES = range(9001, 9005)
ORDER_LINES = range(7111, 7114)
BASE = {str(n): line_key(f"{n - 9000:04d}") for n in LINES}
ORDER = {str(n): line_key(f"001-{n - 7110:03d}", change_code="001") for n in ORDER_LINES}
VOUCHER = Key(resource="voucher", parts={"company": "01", "vendor": "ACME", "invoice": "A-17"})
LINKED = references(
    codes=KNOWN,
    keys={
        COMMITMENT.key: {"": header_key(), **BASE},
        CHANGE_ORDER.key: {"": header_key(change_code="001"), **ORDER},
        INVOICE.key: {"": VOUCHER},
    },
)

spots = st.one_of(
    st.sampled_from(LINES).map(lambda n: {"on_line": n}),
    st.sampled_from(ORDER_LINES).map(lambda n: {"on_line": n, "on_change_order": CHANGE_ORDER.id}),
)
small = st.decimals(min_value=-(10**6), max_value=10**6, places=2)
releases = st.one_of(st.just(Decimal(0)), st.decimals(min_value=0, max_value=1000, places=2))
items = st.lists(
    st.tuples(spots, st.fixed_dictionaries({"amount": small, "retained": small, "released": releases})),
    min_size=1,
    max_size=12,
)


def of(entries: list[tuple[dict[str, int], dict[str, Decimal]]], **more: Any) -> Any:
    """An invoice of these items, all within their schedule, with retainage enough."""
    within = {"scheduled": 10**9, "billed_to_date": 10**8, "retained_before": 10**8}
    lines = [invoice_line(n, **spot, **within, **amounts) for n, (spot, amounts) in enumerate(entries, start=1)]
    due = sum((a["amount"] - a["retained"] + a["released"] for _, a in entries), Decimal(0))
    return invoice(**{"lines": lines, "due": due, **more})


def fields(document: Any) -> dict[str, Any]:
    return {name: getattr(document, name) for name in type(document).model_fields}


@modest
@given(items)
def test_an_invoice_carries_its_amounts_retainage_and_releases_to_the_cent(
    entries: list[tuple[dict[str, int], dict[str, Decimal]]],
) -> None:
    document = of(entries)
    refused = codes("subcontractor_invoice", stated("subcontractor_invoice", known=LINKED, **fields(document)))
    sums = {n: sum((a[n] for _, a in entries), Decimal(0)) for n in ("amount", "retained", "released")}
    works = [a["amount"] for _, a in entries]
    is_release = not any(works) and sums["released"] > 0
    assert refused == ([] if sums["amount"] or is_release else ["zero_total"])
    plan = KINDS["subcontractor_invoice"].mapper.plan(export("subcontractor_invoice", document, references=LINKED))
    hold(plan)
    (group,) = plan.groups
    assert group.total == group.header.values["amount"] == sums["amount"]
    assert (total(group, "amount"), total(group, "retainage"), total(group, "released")) == tuple(sums.values())
    billed = {tuple(spot.items()) for spot, a in entries if any(a.values())}
    assert len(group.lines) == len(billed)


@modest
@given(items, st.sampled_from(["amount", "due", "code"]))
def test_an_invoice_that_doesnt_add_up_is_refused(
    entries: list[tuple[dict[str, int], dict[str, Decimal]]], wrong: str
) -> None:
    document = of(entries)
    more: dict[str, Any] = {
        "amount": {"lines": [document.lines[0].model_copy(update={"amount": Decimal("0.005")}), *document.lines[1:]]},
        "due": {"due": document.due + Decimal("0.01")},
        "code": {"invoice_number": "9" * 21},
    }[wrong]
    stated_facts = stated("subcontractor_invoice", known=LINKED, **{**fields(document), **more})
    expected = {"amount": "amount_not_whole_cents", "due": "total_differs", "code": "field_too_long"}[wrong]
    assert expected in codes("subcontractor_invoice", stated_facts)


# Commitment change orders

order_lines = st.lists(
    st.fixed_dictionaries(
        {"amount": money, "pair": pairs, "on_line": st.one_of(st.none(), st.sampled_from(range(9001, 9007)))},
        optional={"description": st.text(max_size=30), "uom": st.sampled_from(["", "ea", "each", "ton"])},
    ),
    min_size=1,
    max_size=20,
)
numbers = st.text(alphabet="ab019-.", min_size=1, max_size=6)


@modest
@given(order_lines, numbers, st.text(max_size=40))
def test_a_change_order_carries_its_lines_to_the_cent(
    given_lines: list[dict[str, Any]], number: str, title: str
) -> None:
    lines = [
        change_order_line(n, **coded(one["pair"]), **{k: v for k, v in one.items() if k != "pair"})
        for n, one in enumerate(given_lines, start=1)
    ]
    document = change_order(lines=lines, number=number, title=title, total=None)
    refused = codes("commitment_change_order", stated("commitment_change_order", known=LINKED, **fields(document)))
    assert refused in ([], ["field_not_usable"])
    if refused:
        assert number.strip("0") == ""
        return
    plan = KINDS["commitment_change_order"].mapper.plan(export("commitment_change_order", document, references=LINKED))
    hold(plan)
    (group,) = plan.groups
    assert total(group, "amount") == group.total == sum((one["amount"] for one in given_lines), Decimal(0))
    assert len(group.lines) == len(lines)
    assert all(_on(line.on_line, row) for line, row in zip(lines, group.lines, strict=True))


def _on(on_line: int | None, row: Record) -> bool:
    """A row that names a task of the base names the line's own."""
    task = row.key.parts["task"]
    named = {key.parts["task"]: int(part) for part, key in BASE.items()}
    return task not in named or named[task] == on_line


@modest
@given(order_lines)
def test_a_lines_task_is_the_bases_once_and_then_one_of_its_own(given_lines: list[dict[str, Any]]) -> None:
    lines = [change_order_line(n, on_line=one["on_line"]) for n, one in enumerate(given_lines, start=1)]
    document = change_order(lines=lines, total=None)
    (group,) = (
        KINDS["commitment_change_order"]
        .mapper.plan(export("commitment_change_order", document, references=LINKED))
        .groups
    )
    first: dict[int | None, Record] = {}
    for line, row in zip(lines, group.lines, strict=True):
        known = BASE.get(str(line.on_line))
        expected = known.parts["task"] if known and line.on_line not in first else f"001-{line.position:03d}"
        first.setdefault(line.on_line, row)
        assert row.key.parts["task"] == expected


# Payments


@modest
@given(some, st.text(alphabet="0123456789", min_size=1, max_size=15), st.text(max_size=80))
def test_a_payment_carries_its_amount_to_the_cent_or_is_refused(amount: Decimal, number: str, notes: str) -> None:
    document = payment(amount=amount, number=number, notes=notes)
    refused = codes("invoice_payment", stated("invoice_payment", known=LINKED, **fields(document)))
    assert set(refused) <= {"field_too_long", "field_not_usable"}
    if refused:
        return
    plan = KINDS["invoice_payment"].mapper.plan(
        export("invoice_payment", document, references=LINKED, settings=settings_for("invoice_payment"))
    )
    hold(plan)
    (group,) = plan.groups
    assert group.total == group.header.values["amount"] == total(group, "amount") == amount
