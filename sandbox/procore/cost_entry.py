"""Direct costs and compliance as a Procore user would enter them: codes named by what people see (see contract_entry)."""

from __future__ import annotations

from sandbox.procore.document_entry import Entry, fields_of
from sandbox.procore.resources.compliance import ComplianceDesk, ComplianceDocumentDesk
from sandbox.procore.resources.direct_cost_lines import DirectCostLineDesk
from sandbox.procore.resources.direct_costs import DirectCostDesk
from sandbox.procore.values import Record


def direct_cost(entry: Entry, body: Record) -> Record:
    """Add a direct cost with `lines`. Raises ValueError or Invalid."""
    desk = DirectCostDesk(entry.house, entry.scope(body), as_user=True)
    row = desk.create(fields_of(desk, body, "project_id", "lines"), body.get("id"))
    direct_cost_lines(entry, row, body.get("lines") or [])
    return desk.get(row["id"])


def direct_cost_lines(entry: Entry, row: Record, bodies: list[Record]) -> list[Record]:
    """Add lines to a direct cost. Raises ValueError or Invalid."""
    scope = {name: row[name] for name in ("company_id", "project_id")} | {"direct_cost_id": row["id"]}
    desk = DirectCostLineDesk(entry.house, scope, as_user=True)
    rows = []
    for body in bodies:
        own = fields_of(desk, body, "cost_code", "line_item_type")
        rows.append(desk.create({**own, **entry.code_ids(row["project_id"], body)}, body.get("id")))
    return rows


def compliance(entry: Entry, body: Record) -> Record:
    """Write what is said of a commitment's compliance. Raises ValueError or Invalid."""
    desk = ComplianceDesk(entry.house, entry.contract("commitments", body), as_user=True)
    return desk.write(fields_of(desk, body, "project_id", "commitment", "contract_id"))


def compliance_document(entry: Entry, body: Record) -> Record:
    """Add a compliance document to a commitment. Raises ValueError or Invalid."""
    desk = ComplianceDocumentDesk(entry.house, entry.contract("commitments", body), as_user=True)
    return desk.create(fields_of(desk, body, "project_id", "commitment", "contract_id"), body.get("id"))
