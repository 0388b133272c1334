"""Compliance rows: whom they are about, and their dates (cmic-api §3.13, §4.6).

A vendor's row (``VEN``) names no contract; a subcontract's (``SC``, assumed) names one of the vendor's, and takes its job.
Rows of purchase orders and vouchers are not played. That a date sensitive row needs both dates, and that they must be in
order, is derived. What compliance does to payments is not played.
"""

from sandbox.cmic.errors import rule
from sandbox.cmic.rules.base import Rules, company
from sandbox.cmic.rules.subcontracts import BASE
from sandbox.cmic.schema import Row
from sandbox.cmic.tenant import Tenant

VENDOR, SUBCONTRACT = "VEN", "SC"
"""Values of ``InsComplType``: the first is confirmed, the second is assumed."""


def _create(tenant: Tenant, row: Row) -> Row:
    company(tenant, row["InsCompCode"])
    if tenant.books.one("apvendor", row["InsCompCode"], row["InsVenCode"]) is None:
        raise rule(f"Vendor {row['InsVenCode']} does not exist in company {row['InsCompCode']}.")
    _check(row)
    if row["InsComplType"] == VENDOR:
        if row["InsScContCode"] or row["InsScJobCode"]:
            raise rule(f"Contract is not allowed for Compliance Type {VENDOR}.")
        return row
    return _of_contract(tenant, row)


def _of_contract(tenant: Tenant, row: Row) -> Row:
    if row["InsComplType"] != SUBCONTRACT:
        raise rule(f"Compliance Type {row['InsComplType']} is not a valid compliance type.")
    vendor, contract = row["InsVenCode"], row["InsScContCode"]
    found = tenant.books.one("scmast", row["InsCompCode"], vendor, contract, BASE)
    if found is None:
        raise rule(f"Contract {contract} of vendor {vendor} does not exist in company {row['InsCompCode']}.")
    if row["InsScJobCode"] not in (None, found["ScmstJobCode"]):
        raise rule(f"Job {row['InsScJobCode']} is not the job of contract {contract}.")
    return row | {"InsScJobCode": found["ScmstJobCode"]}


def _update(tenant: Tenant, old: Row, new: Row) -> Row:
    _check(new)
    return new


def _check(row: Row) -> None:
    start, end = row["InsStartDate"], row["InsEndDate"]
    if row["InsDateSensitiveFlag"] == "Y" and not (start and end):
        raise rule("Start Date and End Date are required for a date sensitive compliance code.")
    if start and end and str(end) < str(start):
        raise rule(f"End Date {end} is before Start Date {start}.")


COMPLIANCE = Rules(create=_create, update=_update)
