"""The registry of imports: one row an import. Adding one is adding its module, its workflow type and its row here."""

from __future__ import annotations

from mappers.incoming.base import Importer
from mappers.incoming.budget import BudgetImporter
from mappers.incoming.companies import CustomersImporter, VendorsImporter
from mappers.incoming.compliance import ComplianceImporter
from mappers.incoming.job_costs import JobCostsImporter
from mappers.incoming.jobs import JobsImporter, SubJobsImporter
from mappers.incoming.master_codes import MasterCodesImporter
from mappers.incoming.payments import PaymentsImporter
from mappers.incoming.prime_contract import PrimeContractImporter
from mappers.incoming.project_codes import ProjectCodesImporter
from mappers.incoming.transactions import TransactionsImporter

IMPORTERS: dict[str, Importer] = {
    i.kind.name: i
    for i in (
        MasterCodesImporter(),
        VendorsImporter(),
        CustomersImporter(),
        JobsImporter(),
        SubJobsImporter(),
        ProjectCodesImporter(),
        BudgetImporter(),
        PrimeContractImporter(),
        JobCostsImporter(),
        TransactionsImporter(),
        PaymentsImporter(),
        ComplianceImporter(),
    )
}
