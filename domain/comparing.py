"""An import that a person confirms: what CMiC has, what Procore has, and what Procore would have afterwards (I-09, R-16)."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel

from domain.money import Amount
from domain.ports import Given
from domain.records import digest
from domain.refusals import Refusal


class ComparedLine(BaseModel):
    """One cost code and category. Amounts are in the job's currency; nothing where that side has no such line."""

    label: str
    erp: Amount | None
    procore: Amount | None
    after: Amount | None


class Comparison(BaseModel):
    """What an import would do. `giving` is what it would write: by target, in this order; `refusals` forbid it. `note` is what
    a person should know besides."""

    lines: list[ComparedLine] = []
    giving: list[tuple[str, list[Given]]] = []
    removing: list[tuple[str, list[Given]]] = []
    """What it would take out, after that."""
    refusals: list[Refusal] = []
    note: str = ""

    @property
    def hash(self) -> str:
        """What a person confirms: exactly this, and nothing that CMiC or Procore changed since."""
        return digest([self.model_dump(mode="json", include={"lines", "giving", "removing", "note"})])

    @property
    def totals(self) -> ComparedLine:
        """CMiC's total, Procore's total, and Procore's after the import."""
        sums = {n: sum((getattr(line, n) or Decimal(0) for line in self.lines), Decimal(0)) for n in SIDES}
        return ComparedLine(label="total", **sums)

    @property
    def shown(self) -> dict[str, object]:
        """For people and programs."""
        return {
            "hash": self.hash,
            "totals": self.totals.model_dump(mode="json", include=set(SIDES)),
            "changes": sum(len(rows) for _, rows in self.giving),
            "removals": sum(len(rows) for _, rows in self.removing),
            "note": self.note,
            "lines": [line.model_dump(mode="json") for line in self.lines],
        }


SIDES = ("erp", "procore", "after")
