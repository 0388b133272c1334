"""Arbitrary parts of documents for property tests, and what is asked of every plan made of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from domain.records import Group, Plan
from systems.cmic.dialect import Dialect
from systems.cmic.sending import to_row, too_long

DIALECT = Dialect.load()
CODES = ["03-300", "05-100", "09-90a", "77-700"]
CATEGORIES = ["M", "l", "S"]
PAIRS = [(code, category) for code in CODES for category in CATEGORIES]
KNOWN = frozenset((code.upper(), category.upper()) for code, category in PAIRS)
"""All of them are on the job."""

pairs = st.sampled_from(PAIRS)
money = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
fractions = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
some = st.decimals(min_value=Decimal("0.01"), max_value=10**8, places=2)


def coded(pair: tuple[str, str]) -> dict[str, str]:
    return {"cost_code": pair[0], "category": pair[1]}


def total(group: Group, name: str) -> Decimal:
    """What an attribute comes to in all lines; nothing counts as nothing."""
    return sum((Decimal(str(r.values[name])) for r in group.lines if r.values[name] is not None), Decimal(0))


def by_pair(group: Group, name: str = "amount") -> dict[tuple[str, str], Decimal]:
    return {(r.key.parts["cost_code"], r.key.parts["category"]): Decimal(str(r.values[name] or 0)) for r in group.lines}


def hold(plan: Plan) -> None:
    """Keys and parts of their own, whole cents, the lines' sum in the group's total, and every row can be sent."""
    records = [record for group in plan.groups for record in group.records]
    assert len({(r.key.resource, r.key.text) for r in records}) == len(records)
    assert len({r.part for g in plan.groups if not g.common for r in g.records}) == sum(
        len(g.records) for g in plan.groups if not g.common
    )
    for group in plan.groups:
        for record in group.records:
            place = DIALECT.resources[record.key.resource]
            assert too_long(place, record) == []
            if not group.updates:
                to_row(place, record.attributes, group.header.key)
            _whole_cents(record.values)
        if group.total is not None:
            assert total(group, group.summed) == group.total


def _whole_cents(values: dict[str, Any]) -> None:
    for name in ("amount", "bill_amount", "retainage", "released", "projected"):
        value = values.get(name)
        if value is not None:
            assert isinstance(value, Decimal)
            assert value == value.quantize(Decimal("0.01"))
