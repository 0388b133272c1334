"""What every PCI has in common: header, lines, and the rule that a cost code and category is one line of it (cmic-api §3.10,
§4.3). Budgets, budget changes and modifications, forecasts and prime contract change orders all go as PCIs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from domain.lines import Pair
from domain.records import Group, Record
from mappers.fields import Export, Field, Source, Table, carried

COMPANY = Field("company", "the project's CMiC company", lambda s: s.export.references.erp_company, "R-08")
JOB = Field("job", "project number", lambda s: s.export.references.job, "O-05")
STATUS = Field("status", "(always Approved)", lambda s: s.export.settings.approved_status, "O-07")
METHOD = Field(
    "projection_method",
    "(setting: projection_method)",
    lambda s: s.export.settings.projection_method.value,
    "cmic-api §4.2",
)


@dataclass(frozen=True)
class Item:
    """One line of a PCI: cost budget and billing in the contract's currency, nothing where it has none."""

    pair: Pair
    amount: Decimal | None
    bill: Decimal | None = None
    label: str = ""
    uom: str | None = None


def header_table(title: str, code: Field, *values: Field) -> Table:
    return Table(title, "change_item", key=(COMPANY, JOB, code), values=(STATUS, METHOD, *values))


def line_table(title: str, header: Table, amount: str, bill: str, requirement: str, uom: str = "") -> Table:
    """`amount`, `bill` and `uom` say where they come from in Procore; an empty text: never sent."""
    amounts = [Field("amount", amount, lambda s: s.line.amount, requirement)] if amount else []
    bills = [Field("bill_amount", bill, lambda s: s.line.bill, requirement)] if bill else []
    units = [Field("uom", uom, lambda s: s.line.uom, requirement)] if uom else []
    return Table(
        title,
        "change_item_line",
        key=(
            *carried(header),
            Field("cost_code", "cost code", lambda s: s.line.pair[0], requirement),
            Field("category", "cost type", lambda s: s.line.pair[1], requirement),
        ),
        values=(
            Field("line_job", "project number", lambda s: s.export.references.job, "O-05"),
            *amounts,
            *bills,
            *units,
        ),
    )


def pair_of(line: Record) -> Pair:
    """The cost code and category of a PCI's line."""
    return line.key.parts["cost_code"], line.key.parts["category"]


def merged(items: Iterable[Item]) -> list[Item]:
    """One item a cost code and category, in the order in which they first stand."""
    found: dict[Pair, Item] = {}
    for item in items:
        before = found.get(item.pair)
        if before is not None:
            known = [i.uom for i in (before, item) if i.amount is not None]
            unit = known[0] if len(set(known)) == 1 else None
            item = Item(item.pair, _plus(before.amount, item.amount), _plus(before.bill, item.bill), before.label, unit)
        found[item.pair] = item
    return list(found.values())


def _plus(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return b if a is None else a if b is None else a + b


def change_item(
    tables: tuple[Table, Table],
    export: Export,
    items: list[Item],
    *,
    code: str,
    part: str,
    label: str,
    summed: str = "amount",
    more: object = None,
) -> Group:
    """A PCI of these items. Its first part is the object itself; later ones, and lines, are told apart by the PCI's code."""
    header = tables[0].record(Source(export, more, {"code": code}), part=part, label=label)
    lines = [
        tables[1].record(
            Source(export, item, header.key.parts),
            part=f"{code}:{'/'.join(item.pair)}",
            label=item.label or _named(item),
        )
        for item in items
    ]
    amounts = [i.amount if summed == "amount" else i.bill for i in items]
    total = sum((a for a in amounts if a is not None), Decimal(0))
    return Group(header=header, lines=lines, total=total, summed=summed)


def _named(item: Item) -> str:
    return " ".join(item.pair)


def first_part(export: Export, code: str) -> str:
    """The object's main part, if it isn't linked yet; else a part named after the PCI."""
    return code if "" in export.references.keys.get(export.object_id.key, {}) else ""


def code_field(procore: str, requirement: str) -> Field:
    return Field("change_item", procore, lambda s: str(s.more["code"]).upper(), requirement)


def numbered(stem: str, number: int) -> str:
    """The code of an object's next PCI; from a hundred on the digits alone."""
    return f"{stem}-{number:02d}" if number < 100 else f"{stem}{number:03d}"


def next_code(export: Export, stem: str) -> str:
    """The code typed, or the stem with the number of this export."""
    return str(export.typed.get("erp_id") or numbered(stem, export.references.exports + 1)).upper()
