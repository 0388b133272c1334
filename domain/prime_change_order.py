"""Prime contract change orders: an un-posted PCI, later posted or added to an owner change order in CMiC (O-16, R-15, R-25).

A reset un-syncs at once and remembers the old PCI: sending it again is refused while that is still there (U-04, U-06).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.export_rows import came_back, export_steps, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.guards import free_of_other_integrations, no_dependents
from domain.lifecycle import Lifecycle, PrerequisiteRow, Row
from domain.lines import Line, Pair, has_lines, lines_on_known_codes, too_long, usable_code
from domain.money import Amount, cents, spread
from domain.refusals import Refusal, refuse
from domain.states import Condition
from domain.states import State as S

KIND = "prime_change_order"


class Markup(BaseModel):
    """A percentage on the change order's lines: `horizontal` on each line, on the line's own code; `vertical` on what stands
    above it, on a code of its own."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str = ""
    vertical: bool
    percentage: Amount
    position: int = 0
    cost_code: str = ""
    category: str = ""


class PrimeChangeOrder(BaseModel):
    """`dated` is the date that Procore has for it; money in the contract's currency."""

    model_config = ConfigDict(frozen=True)

    id: int
    contract_id: int
    number: str = ""
    title: str = ""
    description: str = ""
    status: str = ""
    dated: date | None = None
    total: Amount | None = None
    lines: list[Line] = []
    markups: list[Markup] = []

    @property
    def what(self) -> str:
        return "prime contract change order"

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        return True

    def business(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class PrimeChangeFields(BaseModel):
    """What the approver may type: the PCI's code, the transaction date."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str | None = Field(default=None, min_length=1, max_length=11, pattern=r"^[A-Za-z0-9_.-]+$")
    transaction_date: date | None = None
    preview: str | None = Field(default=None, min_length=6, max_length=64)


@dataclass(frozen=True)
class Billed:
    """What one line, or one markup, adds to the price. `cost` is nothing for a markup."""

    pair: Pair
    price: Decimal
    cost: Decimal | None
    label: str


def priced(order: PrimeChangeOrder) -> list[Billed]:
    """The lines with their horizontal markups, then the vertical ones, in whole cents that add up to the rounded sum; a
    residual goes to the largest (domain/money, spread). A vertical markup is on everything above it."""
    exact: list[tuple[Pair, Decimal, Decimal | None, str]] = []
    horizontal = sum((m.percentage for m in order.markups if not m.vertical), Decimal(0)) / 100
    for line in order.lines:
        exact.append((line.pair, line.amount * (1 + horizontal), line.amount, f"line {line.position}"))
    for markup in sorted((m for m in order.markups if m.vertical), key=lambda m: (m.position, m.id)):
        above = sum((price for _, price, _, _ in exact), Decimal(0))
        pair = (markup.cost_code.upper(), markup.category.upper())
        exact.append((pair, above * markup.percentage / 100, None, f"markup {markup.name or markup.id}"))
    prices = spread([price for _, price, _, _ in exact])
    return [
        Billed(pair, price, None if cost is None else cents(cost), label)
        for (pair, _, cost, label), price in zip(exact, prices, strict=True)
    ]


def status_is_approved(facts: Facts) -> list[Refusal]:
    status, kind = facts.document.status, facts.document.what
    return [] if status == "approved" else [refuse("status_not_approved", kind=kind, status=status or "empty")]


def has_date(facts: Facts) -> list[Refusal]:
    dated = facts.typed.get("transaction_date") or facts.document.dated
    return [] if dated else [refuse("no_date", kind=facts.document.what, what="date")]


def has_number(facts: Facts) -> list[Refusal]:
    code = str(facts.typed.get("erp_id") or facts.document.number)
    if not code:
        return [refuse("no_number", kind=facts.document.what, what="number")]
    where = "Procore, the change order's number, or the ERP id typed by the approver"
    return usable_code("The PCI number", code, facts.settings.limits.change_item, where)


def texts_fit(facts: Facts) -> list[Refusal]:
    document, limits = facts.document, facts.settings.limits
    return too_long(
        [
            ("The title", document.title, limits.change_item_title, "Procore, the change order's title"),
            ("The description", document.description, limits.scope, "Procore, the change order's description"),
        ]
    )


def markups_sit_on_codes(facts: Facts) -> list[Refusal]:
    """A vertical markup is billed on a code of its own."""
    missing = [m for m in facts.document.markups if m.vertical and not (m.cost_code and m.category)]
    return [refuse("line_without_code", line=f"of the markup {m.name or m.id}", what="cost code") for m in missing]


def price_agrees(facts: Facts) -> list[Refusal]:
    """Lines and markups make the change order's total to the cent (B-07)."""
    order: PrimeChangeOrder = facts.document
    price = sum((b.price for b in priced(order)), Decimal(0))
    if not order.lines or order.total is None or cents(order.total) == price:
        return []
    return [refuse("total_differs", kind=order.what, lines=price, total=order.total)]


def old_record_is_gone(facts: Facts) -> list[Refusal]:
    """U-06: after a reset the old PCI has to be void or gone before the change order goes again."""
    left = facts.references.outstanding
    return [refuse("old_record_there", erp_key=", ".join(left))] if left else []


OWN_GUARDS = (
    status_is_approved,
    has_date,
    has_number,
    texts_fit,
    has_lines,
    lines_on_known_codes,
    markups_sit_on_codes,
    price_agrees,
)

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="PrimeChangeOrderLifecycle",
    label="prime contract change order",
    rows=(
        *send_and_decide(OWN_GUARDS, PrimeChangeFields),
        *export_steps(OWN_GUARDS, PrimeChangeFields),
        *came_back(),
        *unlink_and_watch(),
        Row((S.SYNCED,), "reset", "reset", S.RESET_OUTSTANDING, (no_dependents,)),
        Row(
            (S.RESET_OUTSTANDING,),
            "resend",
            "resend",
            S.WAITING,
            (old_record_is_gone, free_of_other_integrations, *OWN_GUARDS),
            reads=True,
            looks=True,
        ),
    ),
    own_guards=OWN_GUARDS,
    prerequisites=(
        PrerequisiteRow("project", Condition.JOB_EXISTS),
        PrerequisiteRow("project", Condition.CONTRACT_IN_CMIC),
    ),
)
