"""The two types of commitments, and what the union list's record tells of one (procore-api §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from systems.procore.client import ProcoreClient
from systems.procore.errors import unreadable
from systems.procore.numbers import whole_or_none
from systems.procore.records import part, record


@dataclass(frozen=True)
class Contract:
    """One of the two types. The published header sync of purchase orders has no `id`, so they are updated one by one."""

    type: str
    path: str
    body_key: str
    header_sync_by_id: bool


CONTRACTS = {
    contract.type: contract
    for contract in (
        Contract("WorkOrderContract", "/rest/v1.0/work_order_contracts", "work_order_contract", True),
        Contract("PurchaseOrderContract", "/rest/v1.0/purchase_order_contracts", "purchase_order_contract", False),
    )
}


async def union_record(
    client: ProcoreClient, company: int, project: int, number: int
) -> tuple[dict[str, Any], Contract]:
    """A commitment as the union list knows it, and its type. Raises NotThere, Unavailable, Refused."""
    what = f"commitment {number}"
    answer = await client.get(f"/rest/v1.0/commitments/{number}", company, {"project_id": project})
    found = record(answer, number, what)
    contract = CONTRACTS.get(str(found.get("type")))
    if contract is None:
        raise unreadable(f"its type is {str(found.get('type'))[:40]!r}", what)
    return found, contract


async def contract_of(client: ProcoreClient, company: int, project: int, number: int, what: str) -> dict[str, Any]:
    """The commitment that an object belongs to: `id`, `number`, `type` and `vendor` (`id`, `company`; None without one).
    Raises Unavailable, Refused."""
    found, contract = await part(union_record(client, company, project, number), "contract", what)
    return {
        "id": number,
        "number": str(found.get("number") or ""),
        "type": contract.type,
        "vendor": _vendor(found.get("vendor"), what),
    }


def _vendor(vendor: Any, what: str) -> dict[str, Any] | None:
    """The union list calls it `name`, the contracts themselves call it `company`."""
    if not isinstance(vendor, dict) or (number := whole_or_none(vendor.get("id"), "its vendor's id", what)) is None:
        return None
    return {"id": number, "company": str(vendor.get("company") or vendor.get("name") or "")}
