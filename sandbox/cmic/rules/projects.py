"""Projects and contract types (cmic-api §3.2, §4.1).

Saving a project with a customer creates its job in CMiC's screen unless that is switched off; through the API only
where the flag asks for it. Otherwise a person makes the job.
"""

from sandbox.cmic import rows
from sandbox.cmic.errors import rule
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules.base import ALL, Rules, company, job
from sandbox.cmic.schema import Row
from sandbox.cmic.tenant import Tenant


def _create(tenant: Tenant, row: Row) -> Row:
    company(tenant, row["GrpmpCompCode"])
    _check(tenant, row)
    if row["GrpmpCreateJobFlag"] == "Y" and row["GrpmpCustCode"] and not row["GrpmpJobCode"]:
        _create_job(tenant, row)
        return row | {"GrpmpJobCode": row["GrpmpProjCode"]}
    return row


def _update(tenant: Tenant, old: Row, new: Row) -> Row:
    _check(tenant, new)
    return new


def _check(tenant: Tenant, row: Row) -> None:
    code, control = row["GrpmpCompCode"], row["GrpmpProjCtrlCode"]
    if control != ALL and tenant.books.one("pmproject", code, control) is None:
        raise rule(f"Controlling Project {control} does not exist in company {code}.")
    if row["GrpmpJobCode"] is not None:
        job(tenant, code, row["GrpmpJobCode"], "Controlling Job")


def _create_job(tenant: Tenant, row: Row) -> None:
    if tenant.books.one("jcjob", row["GrpmpCompCode"], row["GrpmpProjCode"]) is None:
        values = {
            "JobCompCode": row["GrpmpCompCode"],
            "JobCode": row["GrpmpProjCode"],
            "JobName": row["GrpmpProjName"],
            "JobContCode": row["GrpmpProjCode"],
        }
        tenant.books.put("jcjob", rows.new(tenant, TABLES["jcjob"], values))


def _create_type(tenant: Tenant, row: Row) -> Row:
    company(tenant, row["PmctCompCode"])
    return row


PROJECT = Rules(create=_create, update=_update)
CONTRACT_TYPE = Rules(create=_create_type)
