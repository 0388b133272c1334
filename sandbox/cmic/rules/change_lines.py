"""The lines of a PCI (cmic-api §3.10, §4.3).

A line's job is the header's or one of its sub-jobs; its cost code and category must be assigned to that job. Whether
CMiC computes the amount from quantity and rate is unknown: here the two must agree, or the amount is left out.
"""

from decimal import Decimal

from sandbox.cmic.errors import bad, rule
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules.base import Rules, extended, job, unit_of_measure
from sandbox.cmic.rules.change_items import INTERNAL, ORIGINAL, frozen, header_of, lines_of, type_of, valid_status
from sandbox.cmic.rules.jobs import assigned, is_sub_job
from sandbox.cmic.rules.subcontracts import BASE
from sandbox.cmic.schema import Row
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.values import NotAValue, exact

UNPOSTED, POSTED = "UNPOSTED", "POSTED"
"""Values of ``CmdPostingFlag``: the first is CMiC's own sample, the second is assumed."""


def _create(tenant: Tenant, row: Row) -> Row:
    header = _open_header(tenant, row)
    return _check(tenant, header, row | {"CmdStatusCode": row["CmdStatusCode"] or header["CmmPrepostStatCode"]})


def _update(tenant: Tenant, old: Row, new: Row) -> Row:
    return _check(tenant, _open_header(tenant, old), new)


def _delete(tenant: Tenant, row: Row) -> None:
    _open_header(tenant, row)


def _open_header(tenant: Tenant, row: Row) -> Row:
    header = header_of(tenant, row)
    if header is None:
        raise rule(f"PCI {row['CmdChgCode']} does not exist for job {row['CmdMastJobCode']}.")
    if reason := frozen(tenant, header):
        raise rule(reason)
    return header


def _check(tenant: Tenant, header: Row, row: Row) -> Row:
    if row["CmdPostingFlag"] != UNPOSTED:
        raise rule(f"Posting {row['CmdPostingFlag']} cannot be entered.")
    valid_status(tenant, row["CmdStatusCode"])
    _check_cost_code(tenant, header, row)
    unit_of_measure(tenant, row["CmdBudgWmCode"])
    priced = _priced(tenant, row)
    _check_class(type_of(tenant, header), priced)
    _check_contract(tenant, priced)
    _check_unique(tenant, header, priced)
    return priced


def _check_cost_code(tenant: Tenant, header: Row, row: Row) -> None:
    company, code = row["CmdCompCode"], row["CmdJobCode"]
    job(tenant, company, code)
    if code != header["CmmJobCode"] and not is_sub_job(tenant, company, code, header["CmmJobCode"]):
        raise rule(f"Job {code} is neither the job of the PCI nor one of its sub-jobs.")
    assigned(tenant, company, code, row["CmdPhsCode"], row["CmdCatCode"])


def _priced(tenant: Tenant, row: Row) -> Row:
    units, rate, sent = row["CmdBudgUnit"], row["CmdBudgRate"], row["CmdBudgAmt"]
    if not isinstance(units, Decimal) or not isinstance(rate, Decimal):
        return row
    amount = extended(units, rate)
    if sent is not None and sent != amount:
        raise rule(f"Final Amount {sent} is not Quantity {units} times Rate {rate}.")
    table = TABLES["cmdetail"]
    wire = tenant.names("cmdetail").wire["CmdBudgAmt"]
    try:
        return row | {"CmdBudgAmt": exact(table.by_name["CmdBudgAmt"], wire, table.view, amount)}
    except NotAValue as problem:
        raise bad(problem.problem) from problem


def _check_class(type_: Row, row: Row) -> None:
    if row["CmdBillAmt"] and (type_["CmtClassCode"] == INTERNAL or type_["CmtNotAllowBillAmtFlag"] == "Y"):
        raise rule(f"Billing Amount is not allowed for PCI Type {type_['CmtTypeCode']}.")
    if row["CmdBudgAmt"] and type_["CmtAllowCostsFlag"] == "N":
        raise rule(f"Final Amount is not allowed for PCI Type {type_['CmtTypeCode']}.")
    if type_["CmtClassCode"] == ORIGINAL and (row["CmdScVenCode"] or row["CmdScContCode"]):
        raise rule(f"Contract is not allowed for PCI Type {type_['CmtTypeCode']}.")


def _check_contract(tenant: Tenant, row: Row) -> None:
    vendor, contract = row["CmdScVenCode"], row["CmdScContCode"]
    if (vendor or contract) and tenant.books.one("scmast", row["CmdCompCode"], vendor, contract, BASE) is None:
        raise rule(f"Contract {contract} of vendor {vendor} does not exist in company {row['CmdCompCode']}.")


def _check_unique(tenant: Tenant, header: Row, row: Row) -> None:
    """A line's own key is unknown (cmic-api §6): a setting makes job, cost code and category one."""
    if not tenant.settings.pci_lines_unique:
        return
    place = ("CmdJobCode", "CmdPhsCode", "CmdCatCode")
    for other in lines_of(tenant, header):
        if other["CmdVUuid"] != row["CmdVUuid"] and all(other[name] == row[name] for name in place):
            raise rule(
                f"Cost Code {row['CmdPhsCode']}, Category {row['CmdCatCode']} exists on PCI {row['CmdChgCode']}."
            )


CHANGE_LINE = Rules(create=_create, update=_update, delete=_delete)
