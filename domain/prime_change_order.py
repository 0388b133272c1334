"""Prime contract change orders: an un-posted PCI, later posted or added to an owner change order in CMiC (O-16, R-15, R-25).

A reset un-syncs at once and remembers the old PCI: sending it again is refused while that is still there (U-04, U-06).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.export_rows import came_back, export_steps, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.guards import free_of_other_integrations, no_dependents
from domain.lifecycle import Lifecycle, PrerequisiteRow, Row
from domain.lines import (
    Line,
    Pair,
    code_is_usable,
    goes_along,
    has_lines,
    lines_on_known_codes,
    title_and_description,
    unknown_units,
)
from domain.money import CENT, Amount, cents
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
    uom: str = ""


def priced(order: PrimeChangeOrder) -> list[Billed]:
    """The lines with their horizontal markups, then the vertical ones, each on everything above it; every markup is rounded
    half up to the cent. How Procore rounds isn't published: a residual of at most a cent a markup amount goes to the
    largest price, so that the sum is the change order's total (B-07)."""
    horizontal = [m for m in order.markups if not m.vertical]
    found: list[Billed] = []
    for line in order.lines:
        marked = sum((cents(line.amount * m.percentage / 100) for m in horizontal), Decimal(0))
        found.append(
            Billed(line.pair, cents(line.amount) + marked, cents(line.amount), f"line {line.position}", line.uom)
        )
    for markup in sorted((m for m in order.markups if m.vertical), key=lambda m: (m.position, m.id)):
        price = cents(sum((b.price for b in found), Decimal(0)) * markup.percentage / 100)
        pair = (markup.cost_code.upper(), markup.category.upper())
        found.append(Billed(pair, price, None, f"markup {markup.name or markup.id}"))
    return _with_residual(order, found)


def _with_residual(order: PrimeChangeOrder, found: list[Billed]) -> list[Billed]:
    vertical = sum(m.vertical for m in order.markups)
    roundings = len(order.lines) * (len(order.markups) - vertical) + vertical
    residual = cents(order.total) - sum((b.price for b in found), Decimal(0)) if order.total is not None else Decimal(0)
    if not residual or not found or abs(residual) > roundings * CENT:
        return found
    largest = max(range(len(found)), key=lambda n: (abs(found[n].price), -n))
    return [replace(b, price=b.price + residual) if n == largest else b for n, b in enumerate(found)]


def status_is_approved(facts: Facts) -> list[Refusal]:
    status, kind = facts.document.status, facts.document.what
    return [] if status == "approved" else [refuse("status_not_approved", kind=kind, status=status or "empty")]


def has_date(facts: Facts) -> list[Refusal]:
    dated = facts.typed.get("transaction_date") or facts.document.dated
    return [] if dated else [refuse("no_date", kind=facts.document.what, what="date")]


def has_number(facts: Facts) -> list[Refusal]:
    code = str(facts.typed.get("erp_id") or facts.document.number)
    return code_is_usable(facts, code, "The PCI number", facts.settings.limits.change_item)


def texts_fit(facts: Facts) -> list[Refusal]:
    return title_and_description(facts, facts.settings.limits.change_item_title)


def markups_sit_on_codes(facts: Facts) -> list[Refusal]:
    """A vertical markup is billed on a code of its own, which the job has to have like any line's."""
    refusals: list[Refusal] = []
    references = facts.references
    for markup in (m for m in facts.document.markups if m.vertical):
        pair, line = (markup.cost_code.upper(), markup.category.upper()), f"of the markup {markup.name or markup.id}"
        if not all(pair):
            refusals.append(refuse("line_without_code", line=line, what="cost code"))
        elif references.job and pair not in references.codes and not goes_along(pair, facts):
            shown = f"{markup.cost_code} {markup.category}"
            refusals.append(refuse("code_not_synced", line=line, pair=shown, job=references.job))
    return refusals


def price_agrees(facts: Facts) -> list[Refusal]:
    """Lines and markups make the change order's total to the cent (B-07)."""
    order: PrimeChangeOrder = facts.document
    try:
        price = sum((b.price for b in priced(order)), Decimal(0))
    except ArithmeticError:
        return [refuse("total_differs", kind=order.what, lines="more than can be counted", total=order.total)]
    if not order.lines or order.total is None or cents(order.total) == price:
        return []
    return [refuse("total_differs", kind=order.what, lines=price, total=order.total)]


def units_have_a_place(facts: Facts) -> list[Refusal]:
    """Units go along with the cost budget, where lines have one."""
    costs = not facts.settings.revenue_only_changes
    return unknown_units(facts, [(n, n.uom) for n in facts.document.lines if n.uom and costs])


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
    units_have_a_place,
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
