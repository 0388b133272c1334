"""Where in Procore's API each record that comes from CMiC is written: one row a target (procore-api §3, §8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from domain.ports import Given, Taken
from systems.procore.budget_lines_in import BudgetLines
from systems.procore.client import ProcoreClient
from systems.procore.code_trees import ProjectCodes, StandardCodes
from systems.procore.compliance_in import ComplianceDocuments
from systems.procore.cost_types import CostTypes
from systems.procore.direct_costs import DirectCosts
from systems.procore.insurances_in import VendorInsurances
from systems.procore.pair_targets import CostTypeAssignments, JobCosts
from systems.procore.payments_in import PaymentsIn
from systems.procore.prime_contracts_in import PrimeContractLines, PrimeContracts
from systems.procore.sync_target import sync_target


class Target(Protocol):
    """The errors are those of `ProcoreImports`."""

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]: ...

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]: ...


TARGETS: dict[str, Callable[[ProcoreClient], Target]] = {
    "budget_line": BudgetLines,
    "compliance_document": ComplianceDocuments,
    "contract_payment": PaymentsIn,
    "cost_code": ProjectCodes,
    "cost_code_type": CostTypeAssignments,
    "cost_type": CostTypes,
    "direct_cost": DirectCosts,
    "job_cost": JobCosts,
    "prime_contract": PrimeContracts,
    "prime_contract_line": PrimeContractLines,
    "project": sync_target("/rest/v1.0/projects/sync", body=("company_id",)),
    "standard_cost_code": StandardCodes,
    "sub_job": sync_target("/rest/v1.0/sub_jobs/sync", body=("project_id",)),
    "vendor_insurance": VendorInsurances,
    "vendor": sync_target("/rest/v1.0/vendors/sync", body=("company_id",)),
}
