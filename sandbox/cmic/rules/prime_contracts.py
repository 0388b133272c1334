"""JB contracts and their billing items (cmic-api §3.12).

A job's contract code defaults to the job's own code (cmic-api §3.3); an external PCI is posted only when that contract
exists (§4.3).
"""

from sandbox.cmic.errors import rule
from sandbox.cmic.rules.base import Rules, currency
from sandbox.cmic.rules.jobs import assigned
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant


def contract_code(job: Row) -> Value:
    """The code of the contract that a job has, or would have."""
    return job["JobContCode"] or job["JobCode"]


def has_contract(tenant: Tenant, company: Value, job_code: Value) -> bool:
    """Whether there is a JB contract for a job."""
    job = tenant.books.one("jcjob", company, job_code)
    return job is not None and tenant.books.one("jbcont", company, contract_code(job)) is not None


def _check(tenant: Tenant, row: Row) -> Row:
    company, contract = row["JbcdCompCode"], row["JbcdContCode"]
    if tenant.books.one("jbcont", company, contract) is None:
        raise rule(f"Contract {contract} does not exist in company {company}.")
    currency(row["JbcdCurrCode"])
    assigned(tenant, company, row["JbcdBillJobCode"], row["JbcdBillPhsCode"], row["JbcdBillCatCode"])
    return row


def _update(tenant: Tenant, old: Row, new: Row) -> Row:
    return _check(tenant, new)


CONTRACT_ITEM = Rules(create=_check, update=_update)
