"""Money: decimals to the cent, half up; what is no usable number is refused at the door (B-07, procore-api §2)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.money import CENT, LARGEST, Amount, cents, is_whole_cents, shown, spread
from tests.builders import modest

AMOUNT: TypeAdapter[Decimal] = TypeAdapter(Amount)
usable = st.decimals(min_value=-LARGEST, max_value=LARGEST, allow_nan=False, places=6)


@modest
@given(usable)
def test_cents_are_rounded_half_up_away_from_zero(amount: Decimal) -> None:
    doubled = abs(Fraction(amount)) * 200 + 1
    nearest = Fraction(doubled.numerator // doubled.denominator // 2, 100)
    assert Fraction(cents(amount)) == (nearest if amount >= 0 else -nearest)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.005", "0.01"),
        ("0.0049", "0.00"),
        ("-0.005", "-0.01"),
        ("2.675", "2.68"),
        ("1.115", "1.12"),
        ("1E+2", "100.00"),
    ],
)
def test_a_half_goes_up(amount: str, rounded: str) -> None:
    assert str(cents(Decimal(amount))) == rounded


@modest
@given(usable)
def test_rounding_twice_is_rounding_once(amount: Decimal) -> None:
    assert cents(cents(amount)) == cents(amount)
    assert is_whole_cents(cents(amount))


@modest
@given(usable)
def test_an_amount_comes_in_exactly_as_text_or_as_a_decimal(amount: Decimal) -> None:
    assert AMOUNT.validate_python(str(amount)) == amount
    assert AMOUNT.validate_python(amount) == amount
    assert AMOUNT.validate_python(f"  {amount:f} ") == amount


@modest
@given(st.integers(min_value=-(10**12) + 1, max_value=10**12 - 1))
def test_a_whole_number_comes_in_exactly(number: int) -> None:
    assert AMOUNT.validate_python(number) == number


STRANGE: list[Any] = [
    *("NaN", "nan", "-NaN", "sNaN", "Infinity", "-inf", "1e400", "-1e400", "1e13", "1000000000000.00"),
    *("", " ", "12,5", "1,000.00", "$5", "five", "0x10", "1.2.3", "1 2", "--1", "\x00", "½", "五"),
    *(True, False, 1.0, 0.1, float("nan"), float("inf"), None, [], {}, ["1"], {"decimal": "1"}, b"1"),
    *(Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e400"), 10**12, LARGEST + Decimal("0.01")),
]


@pytest.mark.parametrize("strange", STRANGE, ids=repr)
def test_what_is_no_usable_number_is_refused(strange: Any) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_python(strange)


@pytest.mark.parametrize("huge", ["1e1000000", "-9e999999999", Decimal("1e1000000")], ids=repr)
def test_a_number_beyond_all_reckoning_is_refused_like_any_other(huge: Any) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_python(huge)


@modest
@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_is_refused(text: str) -> None:
    try:
        amount = AMOUNT.validate_python(text)
    except ValidationError:
        return
    assert amount.is_finite()
    assert abs(amount) <= LARGEST


def test_the_largest_amount_is_usable() -> None:
    assert AMOUNT.validate_python(str(LARGEST)) == LARGEST
    assert AMOUNT.validate_python(str(-LARGEST)) == -LARGEST


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1234.5", "1,234.50"), ("0", "0.00"), ("-1234567.891", "-1,234,567.891"), ("1E+3", "1,000.00")],
)
def test_amounts_are_shown_as_people_read_them(amount: str, text: str) -> None:
    assert shown(Decimal(amount)) == text


# Spreading (B-07): parts to whole cents that make the whole

parts = st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=6), max_size=30)


@modest
@given(parts)
def test_what_is_spread_adds_up_to_the_whole_rounded(given_parts: list[Decimal]) -> None:
    found = spread(given_parts)
    assert len(found) == len(given_parts)
    assert sum(found, Decimal(0)) == cents(sum(given_parts, Decimal(0)))
    assert all(is_whole_cents(part) for part in found)


@modest
@given(parts)
def test_all_but_one_part_are_rounded_by_themselves_and_that_one_is_the_largest(given_parts: list[Decimal]) -> None:
    found = spread(given_parts)
    moved = [n for n, part in enumerate(given_parts) if found[n] != cents(part)]
    assert len(moved) <= 1
    for n in moved:
        assert abs(given_parts[n]) == max(abs(part) for part in given_parts)
        assert n == min(m for m, part in enumerate(given_parts) if abs(part) == abs(given_parts[n]))
        assert abs(found[n] - cents(given_parts[n])) <= CENT * len(given_parts)


@modest
@given(st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=2), max_size=30))
def test_whole_cents_stay_as_they_are(given_parts: list[Decimal]) -> None:
    assert spread(given_parts) == given_parts


@modest
@given(parts)
def test_spreading_twice_is_spreading_once(given_parts: list[Decimal]) -> None:
    assert spread(spread(given_parts)) == spread(given_parts)


@pytest.mark.parametrize(
    ("given_parts", "found"),
    [
        ([], []),
        (["0.004"], ["0.00"]),
        (["0.005", "0.005"], ["0.00", "0.01"]),
        (["0.333", "0.333", "0.334"], ["0.33", "0.33", "0.34"]),
        (["3.335", "3.335", "3.335"], ["3.33", "3.34", "3.34"]),
        (["1.004", "-0.004"], ["1.00", "0.00"]),
        (["-5.005", "1.005", "1.005"], ["-5.02", "1.01", "1.01"]),
    ],
)
def test_the_residual_goes_to_the_largest_the_first_among_equals(given_parts: list[str], found: list[str]) -> None:
    assert spread([Decimal(part) for part in given_parts]) == [Decimal(part) for part in found]
