"""CMiC's business rules by resource: what is checked and filled in when a row is created or changed."""

from sandbox.cmic.rules.base import Rules
from sandbox.cmic.rules.change_items import CHANGE_ITEM, CHANGE_ITEM_TYPE
from sandbox.cmic.rules.change_lines import CHANGE_LINE
from sandbox.cmic.rules.cheques import CHEQUE, MANUAL_CHEQUE
from sandbox.cmic.rules.compliance import COMPLIANCE
from sandbox.cmic.rules.jobs import JOB_CATEGORY, JOB_COST_CODE
from sandbox.cmic.rules.partners import PARTNER, VENDOR
from sandbox.cmic.rules.prime_contracts import CONTRACT_ITEM
from sandbox.cmic.rules.projects import CONTRACT_TYPE, PROJECT
from sandbox.cmic.rules.schedule import SCHEDULE
from sandbox.cmic.rules.subcontracts import SUBCONTRACT
from sandbox.cmic.rules.vouchers import VOUCHER

RULES: dict[str, Rules] = {
    "pmproject": PROJECT,
    "pmcontracttype": CONTRACT_TYPE,
    "jcjobcostcodes": JOB_COST_CODE,
    "jcjobcategory": JOB_CATEGORY,
    "businesspartner": PARTNER,
    "apvendor": VENDOR,
    "apinsurance": COMPLIANCE,
    "scmast": SUBCONTRACT,
    "scsched": SCHEDULE,
    "apvoucher": VOUCHER,
    "manualcheck": MANUAL_CHEQUE,
    "apcheque": CHEQUE,
    "cmtype": CHANGE_ITEM_TYPE,
    "cmmast": CHANGE_ITEM,
    "cmdetail": CHANGE_LINE,
    "jbcontdet": CONTRACT_ITEM,
}


def rules_for(resource: str) -> Rules:
    """The rules of a resource; none for one that nobody can write."""
    return RULES.get(resource, Rules())
