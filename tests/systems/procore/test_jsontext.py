"""JSON in and out: no floats, no surprises."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from systems.procore.jsontext import UnreadableJson, dump, load


def test_numbers_with_a_fraction_are_decimals() -> None:
    found = load(b'{"amount": 0.1, "rate": 1e3, "count": 3}')
    assert found == {"amount": Decimal("0.1"), "rate": Decimal("1E+3"), "count": 3}
    assert isinstance(found["amount"], Decimal)
    assert isinstance(found["count"], int)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"<html>",
        b"\xff\xfe\x00",
        b'{"a": NaN}',
        b"[Infinity]",
        b"[1e9999999999999999999]",
        b"[" + b"9" * 5000 + b"]",
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_is_one_error(text: bytes) -> None:
    with pytest.raises(UnreadableJson):
        load(text)


def test_decimals_dates_and_moments_are_written_as_procore_reads_them() -> None:
    berlin = timezone(timedelta(hours=2))
    body = {
        "amount": Decimal("1E+3"),
        "date": date(2026, 3, 1),
        "at": datetime(2026, 3, 1, 14, 30, tzinfo=berlin),
        "none": None,
        "umlaut": "ü",
    }
    assert json.loads(dump(body)) == {
        "amount": "1000",
        "date": "2026-03-01",
        "at": "2026-03-01T12:30:00Z",
        "none": None,
        "umlaut": "ü",
    }


@pytest.mark.parametrize(
    "value", [Decimal("NaN"), datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None), object(), float("nan")]
)
def test_what_procore_could_not_read_is_never_sent(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        dump({"value": value})
