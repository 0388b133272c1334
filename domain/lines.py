"""Lines that carry money on a cost code and category, and the guards on them that every kind with lines shares (R-10, R-12,
B-07)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from domain.facts import Facts
from domain.money import Amount, cents, is_whole_cents
from domain.refusals import Refusal, refuse

Pair = tuple[str, str]
"""A cost code and a category, as CMiC writes them: in upper case."""


class Line(BaseModel):
    """A line. Money in the contract's currency; `calculated` means quantity × unit cost."""

    model_config = ConfigDict(frozen=True)

    id: int
    position: int
    description: str = ""
    cost_code: str = ""
    category: str = ""
    amount: Amount
    quantity: Amount | None = None
    unit_cost: Amount | None = None
    uom: str = ""
    calculated: bool = False

    @property
    def is_unit_based(self) -> bool:
        return self.calculated and self.quantity is not None and self.unit_cost is not None

    @property
    def pair(self) -> Pair:
        return self.cost_code.upper(), self.category.upper()


def total_of(lines: Sequence[Line]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0))


def goes_along(pair: Pair, facts: Facts) -> bool:
    """Whether the export brings the pair along: CMiC's master list has it, the job doesn't yet (O-02)."""
    return facts.settings.cost_codes_go_along and pair in facts.references.assignable


def has_lines(facts: Facts) -> list[Refusal]:
    lines, limit = facts.document.lines, facts.settings.limits.lines
    if not lines:
        return [refuse("no_lines")]
    return [refuse("too_many_lines", count=len(lines), limit=limit)] if len(lines) > limit else []


def lines_on_known_codes(facts: Facts) -> list[Refusal]:
    return on_known_codes(facts, facts.document.lines)


def on_known_codes(facts: Facts, lines: Sequence[Line]) -> list[Refusal]:
    """Every line sits on a synced cost code and category, or on one that goes along (R-10, O-02). Without a linked job that is
    a prerequisite's matter."""
    refusals: list[Refusal] = []
    for line in lines:
        if not line.cost_code or not line.category:
            what = "category" if line.cost_code else "cost code"
            refusals.append(refuse("line_without_code", line=line.position, what=what))
        elif facts.references.job and line.pair not in facts.references.codes and not goes_along(line.pair, facts):
            pair = f"{line.cost_code} {line.category}"
            refusals.append(refuse("code_not_synced", line=line.position, pair=pair, job=facts.references.job))
    return refusals


def lines_add_up(facts: Facts) -> list[Refusal]:
    """A unit line's amount is its quantity × rate rounded half up, because CMiC recomputes it; the lines make the total."""
    document = facts.document
    refusals: list[Refusal] = []
    for line in document.lines:
        if not is_whole_cents(line.amount):
            refusals.append(refuse("amount_not_whole_cents", line=line.position, amount=line.amount))
        if line.is_unit_based:
            product = cents((line.quantity or Decimal(0)) * (line.unit_cost or Decimal(0)))
            if product != line.amount:
                refusals.append(
                    refuse(
                        "unit_amount_differs",
                        line=line.position,
                        quantity=line.quantity,
                        unit_cost=line.unit_cost,
                        product=product,
                        amount=line.amount,
                    )
                )
    lines = total_of(document.lines)
    if document.lines and document.total is not None and document.total != lines:
        refusals.append(refuse("total_differs", kind=document.what, lines=lines, total=document.total))
    return refusals


def units_are_known(facts: Facts) -> list[Refusal]:
    """The units of lines by quantity; the others get the configured one (R-22)."""
    return unknown_units(facts, [(n, n.uom if n.is_unit_based else None) for n in facts.document.lines])


def unknown_units(facts: Facts, units: Sequence[tuple[Line, str | None]]) -> list[Refusal]:
    """CMiC's units of measure have two letters (cmic-api §1.5); the map in the settings translates longer ones."""
    return [
        refuse(
            "field_not_usable",
            field=f"Line {line.position}'s unit of measure",
            problem=f"{line.uom!r} has no two letter unit in CMiC",
            where="Settings, uom_map; or the line's unit in Procore",
        )
        for line, unit in units
        if not 1 <= len(facts.settings.uom(unit)) <= 2
    ]


def too_long(texts: list[tuple[str, str, int, str]]) -> list[Refusal]:
    """Over-long texts are refused, never cut (erp-tool-behaviour §5): (name, text, limit, where) each."""
    return [
        refuse("field_too_long", field=name, length=len(text), limit=limit, where=where)
        for name, text, limit, where in texts
        if len(text) > limit
    ]


def line_texts(facts: Facts) -> list[tuple[str, str, int, str]]:
    limit = facts.settings.limits.task_name
    return [
        (f"The description of line {n.position}", n.description, limit, f"Procore, line {n.position}")
        for n in facts.document.lines
    ]


def title_and_description(facts: Facts, title_limit: int) -> list[Refusal]:
    document, whose = facts.document, f"Procore, the {facts.document.what}'s"
    return too_long(
        [
            ("The title", document.title, title_limit, f"{whose} title"),
            ("The description", document.description, facts.settings.limits.scope, f"{whose} description"),
        ]
    )


def code_is_usable(facts: Facts, code: str, field: str, limit: int, number: str = "number") -> list[Refusal]:
    """The code that CMiC is given: Procore's number, or what the approver typed. `number` is what Procore calls it."""
    what = facts.document.what
    if not code:
        return [refuse("no_number", kind=what, what=number)]
    return usable_code(field, code, limit, f"Procore, the {what}'s number, or the ERP id typed by the approver")


def usable_code(name: str, code: str, limit: int, where: str) -> list[Refusal]:
    """A code that people gave and CMiC has to take: short enough, printable, and without a bar, which parts keys."""
    if len(code) > limit:
        return [refuse("field_too_long", field=name, length=len(code), limit=limit, where=where)]
    if not code.isascii() or not code.isprintable() or "|" in code:
        problem = f"{code!r} has characters that a code can't have"
        return [refuse("field_not_usable", field=name, problem=problem, where=where)]
    return []
