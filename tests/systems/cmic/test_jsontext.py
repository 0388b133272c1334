"""Money passes through JSON exactly."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from systems.cmic.jsontext import NotJson, dumps, loads

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | DECIMALS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(VALUES)
def test_what_goes_out_comes_back(value: Any) -> None:
    assert loads(dumps(value)) == value


@settings(deadline=None)
@given(DECIMALS)
def test_a_decimal_is_a_number_with_all_its_digits(value: Decimal) -> None:
    text = dumps({"amount": value})
    assert "E" not in text
    assert json.loads(text, parse_float=str, parse_int=str)["amount"] == format(value, "f")


def test_more_digits_than_a_float_has_are_kept() -> None:
    assert dumps(Decimal("123456789012345678.12")) == "123456789012345678.12"
    assert loads("0.1000000000000000055511151231257827") == Decimal("0.1000000000000000055511151231257827")


def test_dates_and_exponents() -> None:
    assert dumps([date(2026, 1, 31), Decimal("1E+3"), Decimal("-0.50")]) == '["2026-01-31",1000,-0.50]'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "NaN",
        "[Infinity]",
        '{"a":-Infinity}',
        "<html>",
        b"\xff\xfe",
        "[" * 100_000,
        "1" * 5000,
        "1e" + "9" * 40,
    ],
)
def test_what_is_no_json_is_said_so(text: str | bytes) -> None:
    with pytest.raises(NotJson):
        loads(text)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_number_is_not_sent(value: Decimal) -> None:
    with pytest.raises(ValueError, match="can't be sent"):
        dumps(value)


def test_what_has_no_place_in_json_is_not_sent() -> None:
    with pytest.raises(TypeError):
        dumps({"amount": 0.1})
