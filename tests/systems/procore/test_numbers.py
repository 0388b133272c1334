"""Numbers as Procore writes them, and what is none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.refusals import Refused
from systems.procore.numbers import amount, amount_or_none, whole, whole_or_none


@pytest.mark.parametrize(
    ("value", "number"), [(5, 5), ("5", 5), (Decimal("5.0"), 5), ("9223372036854775807", 2**63 - 1)]
)
def test_whole_numbers(value: Any, number: int) -> None:
    assert whole(value, "x", "y") == whole_or_none(value, "x", "y") == number


@pytest.mark.parametrize("value", [True, "5.0", " 5", "-5", "5e3", "٣", "1" * 20, Decimal("5.5"), [], {}])
def test_what_is_no_whole_number(value: Any) -> None:
    for read in (whole, whole_or_none):
        with pytest.raises(Refused, match="x isn't a whole number"):
            read(value, "x", "y")


@pytest.mark.parametrize(
    ("value", "number"), [(5, "5"), ("250.0", "250.0"), ("-1.25", "-1.25"), (Decimal("0.10"), "0.10"), (0, "0")]
)
def test_amounts(value: Any, number: str) -> None:
    for read in (amount, amount_or_none):
        found = read(value, "x", "y")
        assert isinstance(found, Decimal)
        assert str(found) == number


@pytest.mark.parametrize("value", [True, "1,000.00", "$5", "1_000", "NaN", "1e3", "٣", ".5", "5.", "1" * 31, [], {}])
def test_what_is_no_amount(value: Any) -> None:
    for read in (amount, amount_or_none):
        with pytest.raises(Refused, match="x isn't a number"):
            read(value, "x", "y")


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_is_only_allowed_where_there_may_be_none(value: Any) -> None:
    assert whole_or_none(value, "x", "y") is None
    assert amount_or_none(value, "x", "y") is None
    for read in (whole, amount):
        with pytest.raises(Refused):
            read(value, "x", "y")
