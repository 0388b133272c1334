"""Job cost transactions to direct costs (O-18, R-22 to R-24; requirements §3, transaction; cmic-api §3.11)."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

from domain.company_settings import DateChoice, Settings
from domain.incoming import Entry, ImportKind, Scope, Way
from domain.incoming_port import Place, Row
from domain.ports import Given
from domain.refusals import Refusal, refuse
from mappers.incoming.base import Arrived, Importer, Lookups, Stream, Take
from mappers.incoming.codes import procore_unit, unit_names

COST = "C"
EVERY_DIGIT = 100
"""Digits to calculate with: more than the product of two of CMiC's numbers has."""
_T = "§3 transaction"


def wanted(settings: Settings, project: int | None) -> list[Refusal]:
    """Opt-in twice: for the company, and for the project (S-26, I-12)."""
    if not settings.transactions:
        return [refuse("import_switched_off", what="job cost transactions", setting="transactions")]
    if project is not None and project not in settings.transaction_projects:
        return [refuse("transactions_not_wanted", project=project)]
    return []


def _date(arrived: Arrived, choice: DateChoice) -> Any:
    chosen, other = ("post_date", "reference_date") if choice is DateChoice.POST else ("reference_date", "post_date")
    return arrived[chosen] or arrived[other]


def _journal(arrived: Arrived) -> str:
    kind = arrived.settings.journal_codes.get(arrived.text("journal").upper())
    return kind.value if kind else ""


def _unit_cost(arrived: Arrived) -> Decimal | None:
    """Amount by quantity (A-13); nothing where that isn't exact to the millionth."""
    quantity, amount = arrived.amount("quantity"), arrived.amount("amount")
    if not quantity:
        return None
    with localcontext(prec=EVERY_DIGIT):
        cost = (amount / quantity).quantize(Decimal("0.000001"))
        return cost if cost * quantity == amount else None


def _unit(unit: str, text: str, quantity: str | None, lookups: Lookups) -> dict[str, Any]:
    """The unit where Procore's list has it; else the description says how much it was of what."""
    known = procore_unit(unit, lookups.settings, lookups.uoms) if unit else None
    said = "" if known or not unit or not quantity else f"{quantity} {unit}"
    return {"uom": known, "description": " ".join(part for part in (text, said and f"({said})") if part) or None}


class TransactionsImporter(Importer):
    kind = ImportKind(
        name="transactions",
        workflow_type="TransactionsImport",
        label="job cost transactions",
        scope=Scope.PROJECT,
        way=Way.STRAIGHT,
        permission="sync_job_costs",
        requirement="O-18",
        switch=wanted,
    )
    streams = (
        Stream(
            "rows",
            "job cost transaction",
            "job_cost",
            target="direct_cost",
            removes=True,
            vendor="vendor",
            takes=(
                Take("direct_cost_type", "type", "journal", "S-25", _journal),
                Take("journal", "(the report of what can't come in)", "journal", "P-03", lambda a: a.text("journal")),
                Take(
                    "direct_cost_date",
                    "date",
                    "reference_date",
                    "S-23",
                    lambda a: _date(a, a.settings.transaction_date),
                ),
                Take(
                    "received_date", "received date", "post_date", "S-23", lambda a: _date(a, a.settings.received_date)
                ),
                Take("vendor", "vendor", "source", _T),
                Take("invoice_number", "invoice #", "invoice", _T),
                Take("status", "status", "(always Approved)", _T, lambda a: "approved"),
                Take("description", "description", "source_text", _T),
                Take("cost_code", "budget code", "cost_code", _T),
                Take("cost_type", "cost type", "category", _T),
                Take("quantity", "quantity", "quantity", _T),
                Take("uom", "UOM", "uom", _T),
                Take("unit_cost", "unit cost", "(amount by quantity)", _T, _unit_cost),
                Take("amount", "amount", "amount", _T),
                Take("line_description", "line description", "reference_text", _T),
            ),
        ),
    )
    looks_up = frozenset({"codes", "uoms", "vendors"})

    def label(self, stream: Stream, arrived: Arrived) -> str:
        parts = ("journal", "source", "cost_code", "category", "amount")
        return " ".join(str(arrived[p]) for p in parts if arrived[p] not in (None, ""))

    def entry(self, stream: Stream, arrived: Arrived) -> Entry | None:
        """Actual costs only (R-23): a commitment's rows aren't."""
        entry = super().entry(stream, arrived) if arrived.text("type").upper() == COST else None
        names = unit_names(arrived.text("uom"), arrived.settings)
        return entry.given_under(units=names) if entry and names else entry

    def judge(self, stream: Stream, arrived: Arrived) -> list[Refusal]:
        found = []
        source = arrived.text("source").upper()
        if source in arrived.settings.masked_sources:
            found.append(refuse("masked", what="Cost source", erp_code=source))
        if not _journal(arrived):
            found.append(refuse("journal_not_mapped", journal=arrived.text("journal") or "(none)"))
        if arrived["amount"] is None:
            found.append(refuse("no_amount"))
        return found

    def given(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | list[Refusal]:
        """With the ids of its code, and of its vendor where that is a company of Procore's: a source may be an employee or
        a machine, which Procore's directory of companies doesn't have."""
        body = dict(row.body)
        code, cost_type, source = (str(body.pop(n) or "").upper() for n in ("cost_code", "cost_type", "vendor"))
        body.pop("journal", None)
        if source in lookups.masked:
            return [refuse("masked", what="Vendor", erp_code=source)]
        ids = lookups.codes.get((code, cost_type))
        if ids is None:
            return [refuse("code_not_on_project", pair=f"{code}/{cost_type}")]
        line = {name: body.pop(name) for name in ("quantity", "unit_cost", "amount")}
        line |= {"cost_code_id": ids[0], "line_item_type_id": ids[1], "extended_type": "manual"}
        line |= _unit(str(body.pop("uom") or ""), str(body.pop("line_description") or ""), line["quantity"], lookups)
        header = {**body, "vendor_id": lookups.vendors.get(source)}
        return Given(key=row.key, origin_id=row.key, id=row.procore_id, body={"header": header, "line": line})
