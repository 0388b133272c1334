"""Actions on vouchers: is there an unposted request for payment, and void or delete one (cmic-api §1.5).

``checkunpostedrfps`` takes a flat body whose parts may each be left out; its answer is unknown and assumed: ``Y`` or
``N``. ``voidDeleteVoucher`` voids a posted voucher and deletes an unposted one; a refusal is a 400 (CMiC developer
portal, Void/Delete Voucher).
"""

from collections.abc import Mapping
from typing import Any

from sandbox.cmic import payables
from sandbox.cmic.accountant import NotPossible
from sandbox.cmic.errors import rule
from sandbox.cmic.rules.subcontracts import UNPOSTED
from sandbox.cmic.schema import Value
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.values import parse_day

FILTERS = {"CompCode": "VouCompCode", "VenCode": "VouVenCode", "ContCode": "VouContCode"}
VOID_PARAMETERS = frozenset({"compCode", "invCode", "vouNum", "venCode", "postFlag", "voidDate"})


def unposted_requests(tenant: Tenant, parameters: Mapping[str, Any]) -> str:
    """``Y`` when a request for payment with these codes is unposted, otherwise ``N``."""
    where: dict[str, Value] = {FILTERS[name]: str(value) for name, value in parameters.items() if value}
    found = tenant.books.select("apvoucher", where | {"VouStatusCode": UNPOSTED})
    return "Y" if found else "N"


def void_or_delete(tenant: Tenant, parameters: Mapping[str, Any]) -> str:
    """Void a posted voucher, delete an unposted one. Raises Refusal 400."""
    key = (str(parameters["compCode"]), str(parameters["venCode"]), str(parameters["invCode"]))
    day = str(parameters["voidDate"])
    if parse_day(day) is None:
        raise rule(f"Void Date {day} is not a valid date.")
    try:
        found = payables.voucher(tenant, key)
        if str(found["VouNum"]) != str(parameters["vouNum"]):
            raise rule(f"Voucher Num {parameters['vouNum']} is not that of invoice {key[2]}, {found['VouNum']}.")
        if found["VouStatusCode"] == UNPOSTED:
            payables.delete_voucher(tenant, key)
        elif parameters["postFlag"] != "Y":
            raise rule("Post Flag must be Y: a void that waits for its posting is not available.")
        else:
            payables.void_voucher(tenant, key, day)
    except NotPossible as problem:
        raise rule(f"Voucher cannot be voided: {problem}.") from problem
    return "SUCCESS"
