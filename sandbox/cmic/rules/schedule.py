"""The schedule of values of a subcontract (cmic-api §3.7, §4.4).

A line's job is the header's or one of its sub-jobs; its cost code and category must be assigned to that job. A line
with units and a rate costs units times rate, rounded half up to the cent, whatever amount was sent.
"""

from decimal import Decimal

from sandbox.cmic.errors import bad, rule
from sandbox.cmic.jsontext import plain
from sandbox.cmic.payment_requests import money, tally
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules.base import Rules, extended, open_job, percentage, unit_of_measure
from sandbox.cmic.rules.jobs import assigned, is_sub_job
from sandbox.cmic.rules.subcontracts import BASE, frozen, header_of, lines_of
from sandbox.cmic.schema import Row
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.values import NotAValue, exact


def _create(tenant: Tenant, row: Row) -> Row:
    checked = _check(tenant, row)
    return checked | {"ScschOraseq": tenant.books.next("oraseq")}


def _update(tenant: Tenant, old: Row, new: Row) -> Row:
    checked = _check(tenant, new)
    _check_billed(tenant, checked)
    return checked


def _check_billed(tenant: Tenant, row: Row) -> None:
    """A contract in process may be billed already: its rows can't get smaller than that."""
    amount, billed = money(row["ScschAmt"]), tally(tenant.books, row["ScschOraseq"]).billed
    if billed and not (0 < billed <= amount or amount <= billed < 0):
        raise rule(f"Amount {plain(amount)} of task {row['ScschTaskCode']} is less than the {plain(billed)} billed.")


def _delete(tenant: Tenant, row: Row) -> None:
    header = header_of(tenant, row)
    if header is not None and (reason := frozen(header)):
        raise rule(reason)
    if tenant.books.select("apvoucherdetail", {"VdistTranScschOraseq": row["ScschOraseq"]}):
        raise rule(f"Task {row['ScschTaskCode']} is billed and cannot be deleted.")


def _check(tenant: Tenant, row: Row) -> Row:
    header = header_of(tenant, row)
    if header is None:
        contract = f"{row['ScschContCode']}/{row['ScschChgCode']}"
        raise rule(f"Contract {contract} of vendor {row['ScschVenCode']} does not exist.")
    if reason := frozen(header):
        raise rule(reason)
    _check_cost(tenant, row, header)
    _check_task(tenant, row)
    unit_of_measure(tenant, row["ScschWmCode"])
    percentage(row["ScschHldbkPct"], "Retainage %")
    return _priced(tenant, row)


def _check_cost(tenant: Tenant, row: Row, header: Row) -> None:
    company, job = row["ScschCompCode"], row["ScschJobCode"]
    open_job(tenant, company, job)
    if job != header["ScmstJobCode"] and not is_sub_job(tenant, company, job, header["ScmstJobCode"]):
        raise rule(f"Job {job} is neither the job of the contract nor one of its sub-jobs.")
    assigned(tenant, company, job, row["ScschPhsCode"], row["ScschCatCode"])


def _check_task(tenant: Tenant, row: Row) -> None:
    """A change order's line may name a task of the base contract; it then stays on that task's cost code."""
    names = ("ScschJobCode", "ScschPhsCode", "ScschCatCode")
    key = [row[name] for name in ("ScschCompCode", "ScschVenCode", "ScschContCode")]
    base = tenant.books.one("scsched", *key, BASE, row["ScschTaskCode"])
    if row["ScschChgCode"] != BASE and base is not None and any(row[name] != base[name] for name in names):
        where = " ".join(str(base[name]) for name in names)
        raise rule(f"Task {row['ScschTaskCode']} of the contract is on Job, Cost Code and Category {where}.")


def _priced(tenant: Tenant, row: Row) -> Row:
    units, rate = row["ScschUnit"], row["ScschUnitRate"]
    if not isinstance(units, Decimal) or not isinstance(rate, Decimal):
        return row
    amount = extended(units, rate)
    table = TABLES["scsched"]
    wire = tenant.names("scsched").wire["ScschAmt"]
    try:
        return row | {"ScschAmt": exact(table.by_name["ScschAmt"], wire, table.view, amount)}
    except NotAValue as problem:
        raise bad(problem.problem) from problem


def roll_up(tenant: Tenant, line: Row) -> None:
    """The header's amount is the sum of its lines. That alone does not move the header's change date."""
    header = header_of(tenant, line)
    if header is None:
        return
    amounts = [amount for row in lines_of(tenant, header) if isinstance(amount := row["ScschAmt"], Decimal)]
    total = sum(amounts, Decimal(0))
    if header["ScmstContAmt"] != total:
        tenant.books.put("scmast", header | {"ScmstContAmt": total})


SCHEDULE = Rules(create=_create, update=_update, delete=_delete, after=roll_up)
