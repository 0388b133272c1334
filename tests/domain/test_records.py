"""What is written to CMiC: typed through JSON and back, compared as CMiC keeps it, hashed stably (design §5, B-04)."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.records import Found, Group, Key, Plan, Record, Scalar, differences, digest, same
from tests.builders import found, group, line_record, modest

decimals = st.decimals(allow_nan=False, allow_infinity=False)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), decimals, st.dates(), st.text(max_size=30))
names = st.text(alphabet="abcdefgh_", min_size=1, max_size=8)
keys = st.builds(Key, resource=names, parts=st.dictionaries(names, st.text(max_size=12), min_size=1, max_size=5))
records = st.builds(Record, key=keys, values=st.dictionaries(names, scalars, max_size=6), part=names, label=st.text())


def typed(values: dict[str, Scalar]) -> dict[str, tuple[type, str]]:
    return {name: (type(value), str(value)) for name, value in values.items()}


@modest
@given(records)
def test_a_record_comes_back_from_json_as_what_it_was(record: Record) -> None:
    back = Record.model_validate(json.loads(json.dumps(record.model_dump(mode="json"))))
    assert back == record
    assert typed(back.values) == typed(record.values)
    assert list(back.key.parts.items()) == list(record.key.parts.items())


@modest
@given(records, st.lists(records, max_size=3), st.one_of(st.none(), decimals))
def test_a_plan_comes_back_from_json_with_the_same_hash(
    header: Record, lines: list[Record], total: Decimal | None
) -> None:
    plan = Plan(groups=[Group(header=header, lines=lines, total=total)])
    back = Plan.model_validate_json(plan.model_dump_json())
    assert (back, back.hash) == (plan, plan.hash)


def test_a_text_that_looks_like_a_date_or_an_amount_stays_a_text() -> None:
    values: dict[str, Scalar] = {"a": "2026-03-01", "b": "250.00", "c": "1", "d": "true", "e": ""}
    record = Record(key=Key(resource="x", parts={"company": "01"}), values=values)
    assert Record.model_validate(record.model_dump(mode="json")).values == values


def test_a_flag_and_a_number_are_told_apart() -> None:
    back = Record.model_validate(
        Record(key=Key(resource="x", parts={}), values={"flag": True, "one": 1}).model_dump(mode="json")
    )
    assert back.values["flag"] is True
    assert type(back.values["one"]) is int


def test_codes_of_a_key_compare_in_upper_case_and_in_order() -> None:
    key = Key(resource="subcontract", parts={"company": "01", "vendor": "acme", "contract": "sc-1"})
    assert key.text == str(key) == "01|ACME|SC-1"
    assert key.company == "01"
    assert Key(resource="partner", parts={"vendor": "ACME"}).company == ""


@pytest.mark.parametrize(
    ("ours", "theirs", "agree"),
    [
        (None, "", True),
        ("", None, True),
        (None, None, True),
        (None, "x", False),
        ("x", None, False),
        (Decimal(0), None, False),
        (None, Decimal(0), False),
        (Decimal("250.00"), Decimal("250"), True),
        (Decimal("250.00"), "250.0", True),
        (Decimal("250.00"), 250, True),
        (Decimal("250.00"), Decimal("250.01"), False),
        (Decimal("1"), "one", False),
        (Decimal("1"), "NaN", False),
        (Decimal("1"), "sNaN", False),
        (1, True, False),
        (7, "7", True),
        ("sc-001", "SC-001", True),
        (" Concrete ", "CONCRETE", True),
        ("Concrete", "Concrete works", False),
        (date(2026, 3, 1), date(2026, 3, 1), True),
        (date(2026, 3, 1), "2026-03-01", True),
        (date(2026, 3, 1), date(2026, 3, 2), False),
        (True, True, True),
        (True, False, False),
        ("straße", "STRASSE", True),
    ],
)
def test_attributes_agree_as_cmic_keeps_them(ours: Scalar, theirs: Scalar, agree: bool) -> None:
    assert same(ours, theirs) is agree


@modest
@given(scalars)
def test_everything_agrees_with_itself(value: Any) -> None:
    assert same(value, value)


@modest
@given(scalars, scalars)
def test_a_comparison_always_has_an_answer(ours: Any, theirs: Any) -> None:
    assert same(ours, theirs) in (True, False)


def test_a_record_that_agrees_has_no_differences() -> None:
    record = line_record()
    assert differences(record, found(record)) == []


def test_every_attribute_that_disagrees_is_shown() -> None:
    record = line_record(task_name=None, uom="LS")
    theirs = found(record, attributes={**record.attributes, "amount": Decimal("1.00"), "task_name": "x", "uom": None})
    assert differences(record, theirs) == [
        "amount: ours 250.00, CMiC 1.00",
        "task_name: ours nothing, CMiC x",
        "uom: ours LS, CMiC nothing",
    ]


def test_the_keys_own_parts_are_compared_too() -> None:
    record = line_record("0001")
    theirs = found(record, attributes={**record.attributes, "task": "0009"})
    assert differences(record, theirs) == ["task: ours 0001, CMiC 0009"]


def test_what_cmic_doesnt_show_is_not_compared() -> None:
    record = line_record()
    assert differences(record, Found(key=record.key, uuid="u", attributes={"amount": Decimal("250")})) == []


def test_long_values_are_shown_in_part() -> None:
    record = line_record(task_name="x" * 500)
    theirs = found(record, attributes={"task_name": "y"})
    assert differences(record, theirs) == [f"task_name: ours {'x' * 80}, CMiC y"]


@modest
@given(st.dictionaries(names, scalars, max_size=6))
def test_a_digest_doesnt_depend_on_the_order_of_fields(body: dict[str, Any]) -> None:
    assert digest(body) == digest(dict(reversed(list(body.items()))))


def test_a_digest_tells_contents_apart() -> None:
    bodies: list[Any] = [{}, [], "", None, {"a": 1}, {"a": "1"}, {"a": None}, {"b": 1}, [1, 2], [2, 1], {"a": [1]}]
    assert len({digest(body) for body in bodies}) == len(bodies)


def test_a_plan_is_another_when_a_cent_is_another() -> None:
    one, other = group("A", line_record(amount="1.00")), group("A", line_record(amount="1.01"))
    assert Plan(groups=[one]).hash != Plan(groups=[other]).hash


def test_a_group_writes_its_header_first() -> None:
    one = group()
    assert one.records == [one.header, *one.lines]
