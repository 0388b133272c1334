"""What the imports share that a person confirms: a job's amounts by cost code and category, as CMiC has them (cmic-api §3.5).

An amount that CMiC doesn't tell isn't zero: taken for zero, it would be written over Procore's.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from domain.incoming_port import Row
from domain.money import is_whole_cents
from domain.refusals import Refusal, refuse
from mappers.incoming.base import Arrived, Known, Pair


def legible(arrived: Arrived, ours: str, title: str) -> list[Refusal]:
    """Whether the record tells the amount, in whole cents: Procore keeps no smaller parts."""
    pair = f"{arrived.text('cost_code')}/{arrived.text('category')}"
    if ours not in arrived.found.attributes:
        return [refuse("cmic_row_unreadable", problem=f"{pair} doesn't tell its {title}")]
    amount = arrived.amount(ours)
    if not is_whole_cents(amount):
        return [refuse("cmic_row_unreadable", problem=f"the {title} of {pair} has parts of a cent ({amount:f})")]
    return []


def number(value: Any) -> Decimal:
    """An amount or a quantity as Procore and the ledger write it; nothing is zero."""
    return Decimal(str(value)) if value not in (None, "") else Decimal(0)


def by_pair(rows: Iterable[Row]) -> dict[Pair, Row]:
    """The job's rows by cost code and category."""
    return {(row.body["cost_code"], row.body["category"]): row for row in rows}


def words_of(pair: Pair) -> str:
    return "/".join(pair)


def not_on_project(pairs: Iterable[Pair]) -> list[Refusal]:
    """All of them, by name."""
    return [refuse("code_not_on_project", pair=words_of(pair)) for pair in sorted(pairs)]


def custom_segments(known: Known) -> list[Refusal]:
    """A project that uses them is refused by name (requirements §1)."""
    names = ", ".join(str(row["name"]) for row in known.lists["custom_segments"])
    return [refuse("custom_segments", segments=names)] if names else []
