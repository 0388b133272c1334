"""Business partners and vendors: a partner must exist before its vendor (cmic-api §3.6)."""

from sandbox.cmic.errors import rule
from sandbox.cmic.rules.base import Rules, company, currency, percentage
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant


def usable_vendor(tenant: Tenant, company_code: Value, code: Value) -> Row:
    """A vendor of that company that is active and takes transactions. Raises Refusal."""
    found = tenant.books.one("apvendor", company_code, code)
    if found is None:
        raise rule(f"Vendor {code} does not exist in company {company_code}.")
    if found["BpvenActiveFlag"] != "Y":
        raise rule(f"Vendor {code} is not active.")
    if found["BpvenAllowTranFlag"] != "Y":
        raise rule(f"Vendor {code} does not allow transactions.")
    return found


def _create(tenant: Tenant, row: Row) -> Row:
    company(tenant, row["BpvenCompCode"])
    if tenant.books.one("businesspartner", row["BpvenBpCode"]) is None:
        raise rule(f"Business Partner {row['BpvenBpCode']} does not exist.")
    return _check(tenant, row, row)


def _check(tenant: Tenant, old: Row, new: Row) -> Row:
    currency(new["BpvenCurrCode"])
    percentage(new["BpvenHldbkPc"], "Retainage %")
    return new


PARTNER = Rules()
VENDOR = Rules(create=_create, update=_check)
