"""Whatever Procore answers becomes a document or is refused as unreadable; nothing else ever escapes (procore-api §2)."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.facts import Document
from domain.lines import total_of
from domain.refusals import Refused
from mappers.base import business_date, readable
from mappers.registry import KINDS
from tests.builders import modest, raw_commitment, raw_line
from tests.mappers.raws import (
    NEEDED,
    RAWS,
    raw_adjustment,
    raw_budget,
    raw_budget_change,
    raw_change_order,
    raw_cost_codes,
    raw_forecast,
    raw_invoice,
    raw_item,
    raw_markup,
    raw_modification,
    raw_order_line,
    raw_payment,
    raw_prime_change,
    raw_row,
)

every_kind = pytest.mark.parametrize("kind", list(RAWS))

texts = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=[]), max_size=12),
    st.sampled_from(
        ["", "NaN", "-Infinity", "1e400", "1e1000000", "250.0", "2026-03-01", "2026-13-01T", "T", "\x00", "\ud800"]
    ),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**63, max_value=2**70),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.sampled_from([Decimal("1e400"), Decimal("-0"), Decimal("1e-400")]),
    texts,
)
names = st.one_of(
    st.sampled_from(
        [
            *("id", "type", "company", "full_code", "code", "position", "amount", "line_items", "name", "lines"),
            *("project_id", "contract_id", "commitment_id", "locked", "to", "from", "transfer_amount", "markups"),
            *("cost_code", "category", "percentage", "original_budget_amount", "summary", "before", "vendor"),
        ]
    ),
    texts,
)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=10,
)


def paths(body: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inside = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [at, *(path for name, value in inside for path in paths(value, (*at, name)))]


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The body with another value at a place, if the place is there still."""
    if not path:
        return value
    changed = copy.copy(body)
    if isinstance(changed, dict | list) and path[0] in (changed if isinstance(changed, dict) else range(len(changed))):
        changed[path[0]] = replaced(changed[path[0]], path[1:], value)
    return changed


def answered(kind: str, raw: Any) -> Document | Refused:
    try:
        document: Document = KINDS[kind].mapper.from_procore(raw)
    except Refused as refused:
        return refused
    return document


def read(kind: str, raw: Any) -> Document | None:
    """The document, or nothing where it was refused as unreadable. Either can be stored."""
    answer = answered(kind, raw)
    if isinstance(answer, Refused):
        (refusal,) = answer.refusals
        assert refusal.code == "procore_unreadable"
        assert len(refusal.sentence) < 1500
        can_be_stored(refusal.model_dump())
        return None
    can_be_stored(answer.business())
    can_be_stored(answer.model_dump(mode="json"))
    return answer


def can_be_stored(body: Any) -> None:
    """No NUL and no lone surrogate: PostgreSQL and UTF-8 hold neither."""
    text = json.dumps(body, ensure_ascii=False)
    text.encode("utf-8")
    assert "\\u0000" not in text


@every_kind
@modest
@given(st.one_of(json_values, st.dictionaries(names, json_values, max_size=8)))
def test_any_json_at_all(kind: str, raw: Any) -> None:
    read(kind, raw)


@every_kind
@modest
@given(st.data())
def test_a_good_answer_with_anything_in_any_place(kind: str, data: st.DataObject) -> None:
    raw = RAWS[kind]()
    places = paths(raw)
    for _ in range(data.draw(st.integers(min_value=1, max_value=3))):
        raw = replaced(raw, data.draw(st.sampled_from(places)), data.draw(json_values))
    read(kind, raw)


@every_kind
@modest
@given(st.data())
def test_a_good_answer_that_lacks_anything(kind: str, data: st.DataObject) -> None:
    raw = RAWS[kind]()
    for name in data.draw(st.sets(st.sampled_from(sorted(raw)), min_size=1)):
        del raw[name]
    document = read(kind, raw)
    assert (document is not None) == (NEEDED[kind] <= set(raw))


def test_every_kind_that_goes_to_cmic_is_read_here() -> None:
    assert set(RAWS) == set(KINDS) - {"owner_invoice", "sub_job"} == set(NEEDED)


@every_kind
def test_a_good_answer_is_read(kind: str) -> None:
    assert read(kind, RAWS[kind]()) is not None


@every_kind
@pytest.mark.parametrize("raw", [None, [], "", 7, True, [{}], {}, {"id": None}, {"id": []}, {"id": {}}], ids=repr)
def test_what_is_no_record_is_refused(kind: str, raw: Any) -> None:
    assert read(kind, raw) is None


@every_kind
@pytest.mark.parametrize("number", ["\x00", "\ud800", "👷", "x" * 100_000], ids=ascii)
def test_an_id_that_is_none_is_refused_in_words(kind: str, number: str) -> None:
    named = "project_id" if kind == "budget" else "id"
    assert read(kind, {**RAWS[kind](), named: number}) is None


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "1e400", Decimal("NaN"), Decimal("1e400"), float("nan")], ids=repr
)
def test_an_amount_that_is_no_amount_is_refused(amount: Any) -> None:
    assert read("commitment", raw_commitment(line_items=[raw_line(amount=amount)])) is None
    assert read("commitment", raw_commitment(grand_total=amount)) is None


WITH_MONEY: dict[str, Any] = {
    "change order total": lambda v: ("commitment_change_order", raw_change_order(grand_total=v)),
    "change order line": lambda v: ("commitment_change_order", raw_change_order(lines=[raw_order_line(amount=v)])),
    "its quantity": lambda v: ("commitment_change_order", raw_change_order(lines=[raw_order_line(quantity=v)])),
    "its unit cost": lambda v: ("commitment_change_order", raw_change_order(lines=[raw_order_line(unit_cost=v)])),
    "work": lambda v: ("subcontractor_invoice", raw_invoice(lines=[raw_item(work_completed_this_period=v)])),
    "materials": lambda v: ("subcontractor_invoice", raw_invoice(lines=[raw_item(materials_presently_stored=v)])),
    "stored before": lambda v: (
        "subcontractor_invoice",
        raw_invoice(lines=[raw_item(before={"materials_presently_stored": v})]),
    ),
    "scheduled": lambda v: ("subcontractor_invoice", raw_invoice(lines=[raw_item(scheduled_value=v)])),
    "retained": lambda v: (
        "subcontractor_invoice",
        raw_invoice(lines=[raw_item(work_completed_retainage_retained_this_period=v)]),
    ),
    "released": lambda v: (
        "subcontractor_invoice",
        raw_invoice(lines=[raw_item(materials_stored_retainage_released_this_period=v)]),
    ),
    "due": lambda v: ("subcontractor_invoice", raw_invoice(summary={"current_payment_due": v})),
    "paid": lambda v: ("invoice_payment", raw_payment(amount=v)),
    "budgeted": lambda v: ("budget", raw_budget(lines=[raw_row(original_budget_amount=v)])),
    "forecast": lambda v: ("forecast", raw_forecast(lines=[raw_row(estimated_cost_at_completion=v)])),
    "to complete": lambda v: ("forecast", raw_forecast(lines=[raw_row(forecast_to_complete=v)])),
    "budget change line": lambda v: ("budget_change", raw_budget_change(lines=[raw_adjustment(amount=v)])),
    "budget change": lambda v: ("budget_change", raw_budget_change(amount=v)),
    "transfer": lambda v: ("budget_modification", raw_modification(transfer_amount=v)),
    "prime total": lambda v: ("prime_change_order", raw_prime_change(grand_total=v)),
    "prime line": lambda v: ("prime_change_order", raw_prime_change(lines=[raw_order_line(amount=v)])),
    "percentage": lambda v: ("prime_change_order", raw_prime_change(markups=[raw_markup(percentage=v)])),
    "code's budget": lambda v: (
        "cost_codes",
        raw_cost_codes(lines=[{"cost_code": "A", "category": "M", "original_budget_amount": v}]),
    ),
}
NO_MONEY = ["NaN", "sNaN", "Infinity", "1e400", "1e1000000", "five", "1,000.00", "½", "٥", "5_0", True, [1], {"a": 1}]
NO_MONEY += [Decimal("NaN"), Decimal("1e400"), Decimal("1e1000000"), float("nan"), 10**12]


@pytest.mark.parametrize("amount", NO_MONEY, ids=repr)
@pytest.mark.parametrize("place", list(WITH_MONEY))
def test_money_that_is_none_is_refused_wherever_it_stands(place: str, amount: Any) -> None:
    kind, raw = WITH_MONEY[place](amount)
    assert read(kind, raw) is None


@pytest.mark.parametrize("place", list(WITH_MONEY))
def test_money_that_is_some_is_read_wherever_it_stands(place: str) -> None:
    for amount in ("12.5", "-3.00", Decimal("12.5"), 7, "0"):
        kind, raw = WITH_MONEY[place](amount)
        assert read(kind, raw) is not None


@pytest.mark.parametrize("amount", ["1e1000000", Decimal("1e1000000")], ids=repr)
def test_an_amount_beyond_all_reckoning_is_refused(amount: Any) -> None:
    """`1e1000000` is good JSON, and a decimal."""
    assert read("commitment", raw_commitment(line_items=[raw_line(amount=amount)])) is None


def test_five_thousand_lines_are_read() -> None:
    raw = raw_commitment(line_items=[raw_line(9000 + n, n, description="👷🏽‍♀️ " * 20) for n in range(5000)])
    document: Any = read("commitment", raw)
    assert len(document.lines) == 5000
    assert total_of(document.lines) == 5000 * Decimal("250.0")


@pytest.mark.parametrize("text", ["x", "👷", "\x00", "\ud800"], ids=ascii)
def test_ten_megabytes_of_text_are_read(text: str) -> None:
    document: Any = read(
        "commitment", raw_commitment(description=text * (10_000_000 // len(text.encode("utf-8", "replace"))))
    )
    assert len(document.description) >= 2_500_000


@every_kind
def test_ten_megabytes_in_the_wrong_place_are_refused_in_few_words(kind: str) -> None:
    named = "project_id" if kind == "budget" else "id"
    assert read(kind, {**RAWS[kind](), named: "x" * 10_000_000}) is None
    assert read("commitment", raw_commitment(type="x" * 10_000_000)) is None


@every_kind
@pytest.mark.parametrize("depth", [100, 900])
def test_what_is_nested_as_deep_as_json_goes_is_read_or_refused(kind: str, depth: int) -> None:
    nested = json.loads("[" * depth + "]" * depth)
    read(kind, {**RAWS[kind](), "custom_fields": nested})


def test_nothing_that_is_refused_is_passed_on_half() -> None:
    def half(raw: dict[str, Any]) -> Any:
        return raw["there"], raw["missing"]

    with pytest.raises(Refused) as refused:
        readable(half, {"id": 7, "there": 1}, "thing")
    assert refused.value.refusals[0].sentence == "Procore's answer can't be read: KeyError at 'missing'"
    assert refused.value.refusals[0].where == "Procore's answer for thing 7"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", None),
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01T23:59:59Z", "2026-03-01"),
        ("2026-03-01T23:59:59-08:00", "2026-03-01"),
    ],
)
def test_a_business_date_is_the_date_part(text: str | None, expected: str | None) -> None:
    found = business_date(text)
    assert (found.isoformat() if found else None) == expected


@pytest.mark.parametrize("wrong", ["tomorrow", "2026-02-30", "03/01/2026", "Tuesday", 7, True, ["2026-03-01"]])
def test_what_is_no_date_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        business_date(wrong)
