"""Subcontract headers and change orders (cmic-api §3.7, §4.4).

A posted or void header is frozen. A change order needs its base contract posted or in process. With the override flag
N the server numbers a contract (job code and a running number) or takes a contract's next change code.
"""

from sandbox.cmic.errors import bad, jbo, rule
from sandbox.cmic.rules.base import Rules, company, currency, open_job, percentage
from sandbox.cmic.rules.partners import usable_vendor
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant

BASE = "000"
"""The change code of a base contract (cmic-api §3.7)."""

UNPOSTED, IN_PROCESS, POSTED, VOID = "U", "I", "P", "V"
"""Values of ``ScmstStatusCode``. CMiC's own are unknown: assumption A-09."""


def frozen(header: Row) -> str | None:
    """Why nothing of this contract may change, if it may not."""
    state = {POSTED: "posted", VOID: "void"}.get(str(header["ScmstStatusCode"]))
    contract = f"{header['ScmstContCode']}/{header['ScmstChgCode']}"
    return f"Subcontract {contract} is {state} and cannot be changed." if state else None


def header_of(tenant: Tenant, line: Row) -> Row | None:
    """The header a schedule of values line belongs to."""
    names = ("ScschCompCode", "ScschVenCode", "ScschContCode", "ScschChgCode")
    return tenant.books.one("scmast", *(line[name] for name in names))


def lines_of(tenant: Tenant, header: Row) -> list[Row]:
    """The schedule of values of a contract or change order."""
    names = ("CompCode", "VenCode", "ContCode", "ChgCode")
    return tenant.books.select("scsched", {f"Scsch{name}": header[f"Scmst{name}"] for name in names})


def _create(tenant: Tenant, row: Row) -> Row:
    company(tenant, row["ScmstCompCode"])
    _check(tenant, row)
    if row["ScmstChgCode"] == BASE:
        return _numbered(tenant, row)
    return _change_order(tenant, row)


def _update(tenant: Tenant, old: Row, new: Row) -> Row:
    if reason := frozen(old):
        raise rule(reason)
    if new["ScmstJobCode"] != old["ScmstJobCode"] and lines_of(tenant, old):
        raise rule(f"Job of subcontract {old['ScmstContCode']} cannot be changed: it has a schedule of values.")
    _check(tenant, new)
    return new


def _delete(tenant: Tenant, row: Row) -> None:
    if reason := frozen(row):
        raise rule(reason)
    names = ("ScmstCompCode", "ScmstVenCode", "ScmstContCode")
    whole = tenant.books.select("scmast", {name: row[name] for name in names})
    if row["ScmstChgCode"] == BASE and len(whole) > 1:
        raise rule(f"Subcontract {row['ScmstContCode']} has change orders and cannot be deleted.")


def _check(tenant: Tenant, row: Row) -> None:
    open_job(tenant, row["ScmstCompCode"], row["ScmstJobCode"])
    usable_vendor(tenant, row["ScmstCompCode"], row["ScmstVenCode"])
    currency(row["ScmstCurrCode"])
    percentage(row["ScmstHldbkPc"], "Retainage %")
    _check_type(tenant, row)
    source = [row[name] for name in ("ScmstCmCompCode", "ScmstCmJobCode", "ScmstCmChgCode")]
    if any(source) and tenant.books.one("cmmast", *source) is None:
        raise rule(f"PCI {row['ScmstCmChgCode']} does not exist for job {row['ScmstCmJobCode']}.")


def _check_type(tenant: Tenant, row: Row) -> None:
    wanted = row["ScmstContType"]
    if wanted is None:
        return
    found = tenant.books.one("pmcontracttype", row["ScmstCompCode"], wanted)
    if found is None or found["PmctActiveFlag"] != "Y":
        raise rule(f"Contract Type {wanted} is not a valid contract type of company {row['ScmstCompCode']}.")


def _numbered(tenant: Tenant, row: Row) -> Row:
    if row["ScmstOverrideFlag"] == "Y":
        if row["ScmstContCode"] is None:
            wire = tenant.names("scmast").wire["ScmstContCode"]
            raise bad(jbo(27014, f"Attribute {wire} in ScmastViewObj is required.", wire))
        return row
    return row | {"ScmstContCode": _next_contract(tenant, row["ScmstCompCode"], row["ScmstJobCode"])}


def _next_contract(tenant: Tenant, company_code: Value, job: Value) -> str:
    while True:
        number = f"{job}{tenant.books.next(f'contract/{company_code}/{job}'):03d}"
        if not tenant.books.select("scmast", {"ScmstCompCode": company_code, "ScmstContCode": number}):
            return number


def _change_order(tenant: Tenant, row: Row) -> Row:
    company_code, vendor, contract = row["ScmstCompCode"], row["ScmstVenCode"], row["ScmstContCode"]
    base = tenant.books.one("scmast", company_code, vendor, contract, BASE)
    if base is None:
        raise rule(f"Contract {contract} of vendor {vendor} does not exist in company {company_code}.")
    if base["ScmstStatusCode"] not in (POSTED, IN_PROCESS):
        raise rule(f"Change order cannot be entered: contract {contract} is not posted or in process.")
    if row["ScmstJobCode"] != base["ScmstJobCode"]:
        raise rule(f"Job {row['ScmstJobCode']} is not the job of contract {contract}.")
    if row["ScmstCurrCode"] != base["ScmstCurrCode"]:
        raise rule(f"Currency {row['ScmstCurrCode']} is not the currency of contract {contract}.")
    if row["ScmstOverrideFlag"] == "N":
        row = row | {"ScmstChgCode": _next_change(tenant, row)}
    main = {"ScmstMainContCode": contract, "ScmstMainVenCode": vendor, "ScmstMainChgCode": BASE}
    return row | main


def _next_change(tenant: Tenant, row: Row) -> str:
    names = ("ScmstCompCode", "ScmstVenCode", "ScmstContCode")
    codes = [str(other["ScmstChgCode"]) for other in tenant.books.select("scmast", {n: row[n] for n in names})]
    return f"{max(int(code) for code in codes if code.isdigit()) + 1:03d}"


SUBCONTRACT = Rules(create=_create, update=_update, delete=_delete)
