"""Every import as a workflow type of its own, so that Temporal's UI and its schedules read like the business (design §6)."""

from __future__ import annotations

from temporalio import workflow

from activities.import_messages import Order, Summary
from workflows.importing import ImportWorkflow


@workflow.defn(name="MasterCodesImport")
class MasterCodesImport(ImportWorkflow):
    """Cost codes and cost types of a CMiC company (O-01)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.bring(order)


@workflow.defn(name="VendorsImport")
class VendorsImport(ImportWorkflow):
    """Vendors of a CMiC company, staged (O-03)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.bring(order)


@workflow.defn(name="CustomersImport")
class CustomersImport(ImportWorkflow):
    """Customers of a CMiC company, staged (O-04)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.bring(order)


@workflow.defn(name="JobsImport")
class JobsImport(ImportWorkflow):
    """Jobs of a CMiC company, staged (O-05)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.bring(order)


@workflow.defn(name="SubJobsImport")
class SubJobsImport(ImportWorkflow):
    """Jobs under a control job, staged (O-06)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.bring(order)


@workflow.defn(name="ProjectCodesImport")
class ProjectCodesImport(ImportWorkflow):
    """Cost codes of a project, from its job (O-02)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.bring(order)


@workflow.defn(name="BudgetImport")
class BudgetImport(ImportWorkflow):
    """A job's original budget, once a person confirmed it (O-07)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.confirm(order)


@workflow.defn(name="PrimeContractImport")
class PrimeContractImport(ImportWorkflow):
    """A job's revenue budget as the prime contract, once a person confirmed it (O-15)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.confirm(order)


@workflow.defn(name="JobCostsImport")
class JobCostsImport(ImportWorkflow):
    """Costs to date of a project's job, by cost code and category (O-17)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.bring(order)


@workflow.defn(name="TransactionsImport")
class TransactionsImport(ImportWorkflow):
    """Job cost transactions of a project's job, as direct costs (O-18)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.bring(order)


@workflow.defn(name="PaymentsImport")
class PaymentsImport(ImportWorkflow):
    """CMiC's payments of exported invoices, as payments issued (O-14)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.bring(order)


@workflow.defn(name="ComplianceImport")
class ComplianceImport(ImportWorkflow):
    """Compliance documents of exported contracts, and insurances of linked companies (O-19)."""

    @workflow.run
    async def run(self, order: Order) -> Summary:
        return await self.bring(order)


IMPORTS: tuple[type[ImportWorkflow], ...] = (
    MasterCodesImport,
    VendorsImport,
    CustomersImport,
    JobsImport,
    SubJobsImport,
    ProjectCodesImport,
    BudgetImport,
    PrimeContractImport,
    JobCostsImport,
    TransactionsImport,
    PaymentsImport,
    ComplianceImport,
)
