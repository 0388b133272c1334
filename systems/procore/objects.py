"""Every kind of object that the connector reads from Procore and writes ids to: one row a kind, one file a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from domain.identity import ObjectId
from domain.ports import WriteBack
from domain.refusals import Refusal
from systems.procore.budget_changes import BudgetChanges
from systems.procore.budget_modifications import BudgetModifications
from systems.procore.budgets import Budgets, Forecasts
from systems.procore.client import ProcoreClient
from systems.procore.commitment_change_orders import CommitmentChangeOrders
from systems.procore.commitments import Commitments
from systems.procore.companies import Companies
from systems.procore.contract_payments import ContractPayments
from systems.procore.cost_codes import CostCodes
from systems.procore.prime_change_orders import PrimeChangeOrders
from systems.procore.projects import Projects
from systems.procore.subcontractor_invoices import SubcontractorInvoices
from systems.procore.syncing import Syncs


class Kind(Protocol):
    """What every kind offers. The errors are those of `ProcorePort`."""

    async def read(self, object_id: ObjectId) -> dict[str, Any]: ...

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]: ...


KINDS: dict[str, Callable[[ProcoreClient, Syncs], Kind]] = {
    "budget": Budgets,
    "budget_change": BudgetChanges,
    "budget_modification": BudgetModifications,
    "commitment": Commitments,
    "commitment_change_order": CommitmentChangeOrders,
    "company": Companies,
    "cost_codes": CostCodes,
    "forecast": Forecasts,
    "invoice_payment": ContractPayments,
    "prime_change_order": PrimeChangeOrders,
    "project": Projects,
    "subcontractor_invoice": SubcontractorInvoices,
}
