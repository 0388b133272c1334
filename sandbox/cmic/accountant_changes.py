"""What people do in CMiC's change management and job billing screens: post, reject and delete PCIs, enter a contract,
start a job. Of these only posting is in the API too, as the action ``postcm``.
"""

from sandbox.cmic import posting, rows
from sandbox.cmic.accountant import NotPossible, seed
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules.change_items import REJECTED, pending_type
from sandbox.cmic.rules.prime_contracts import contract_code
from sandbox.cmic.schema import Row
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.writing import erase

Key = tuple[str, str, str]
"""A PCI: company, job, PCI code."""


def post(tenant: Tenant, key: Key, post_date: str | None) -> Row:
    """Post an approved PCI. Raises NotPossible."""
    header = _header(tenant, key)
    if reason := posting.obstacle(tenant, header):
        raise NotPossible(reason)
    return posting.post(tenant, header, post_date or tenant.stamp()[:10])


def void(tenant: Tenant, key: Key) -> Row:
    """Reject a PCI: the record stays, keeps its code and post date, and leaves the budget. Raises NotPossible."""
    header = _header(tenant, key)
    if pending_type(tenant, header) == REJECTED:
        raise NotPossible("the PCI is rejected")
    statuses = tenant.books.select("cmstatus", {"CmstatPendingType": REJECTED})
    if not statuses:
        raise NotPossible("there is no PCI status with pending type rejected")
    return posting.reject(tenant, header, statuses[0]["CmstatCode"])


def delete(tenant: Tenant, key: Key) -> None:
    """Delete a PCI that is not in the budget, with its lines. Raises NotPossible."""
    header = _header(tenant, key)
    if header["CmmPostDate"] is not None and pending_type(tenant, header) != REJECTED:
        raise NotPossible("the PCI is posted")
    erase(tenant, TABLES["cmmast"], header)


def settle(tenant: Tenant, company: str | None, job: str | None, code: str | None) -> int:
    """Let posted PCIs show in the budget, all or those of a company, job or code; returns how many lines did."""
    given = {"CmmCompCode": company, "CmmJobCode": job, "CmmCode": code}
    found = tenant.books.select("cmmast", {name: value for name, value in given.items() if value is not None})
    return sum(posting.settle(tenant, header) for header in found)


def create_contract(tenant: Tenant, company: str, job: str) -> Row:
    """Enter the JB contract of a job, under the job's contract code. Raises NotPossible."""
    found = _job(tenant, company, job)
    code = contract_code(found)
    values = {"JbcontCompCode": company, "JbcontCode": code, "JbcontJobCode": job, "JbcontName": found["JobName"]}
    seed(tenant, {"jbcont": [values]})
    row = tenant.books.one("jbcont", company, code)
    assert row is not None, "it was just entered"
    return row


def start_job(tenant: Tenant, company: str, job: str) -> Row:
    """Start a job: from now on its original budget changes by PCI only. Raises NotPossible."""
    row = rows.changed(tenant, TABLES["jcjob"], _job(tenant, company, job), {"JobStartedFlag": "Y"})
    tenant.books.put("jcjob", row)
    return row


def _job(tenant: Tenant, company: str, code: str) -> Row:
    found = tenant.books.one("jcjob", company, code)
    if found is None:
        raise NotPossible(f"there is no job {code} in company {company}")
    return found


def _header(tenant: Tenant, key: Key) -> Row:
    row = tenant.books.one("cmmast", *key)
    if row is None:
        raise NotPossible(f"there is no PCI {'/'.join(key)}")
    return row
