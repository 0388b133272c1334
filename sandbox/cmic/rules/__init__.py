"""CMiC's business rules by resource: what is checked and filled in when a row is created or changed."""

from sandbox.cmic.rules.base import Rules
from sandbox.cmic.rules.jobs import JOB_CATEGORY, JOB_COST_CODE
from sandbox.cmic.rules.partners import PARTNER, VENDOR
from sandbox.cmic.rules.projects import CONTRACT_TYPE, PROJECT
from sandbox.cmic.rules.schedule import SCHEDULE
from sandbox.cmic.rules.subcontracts import SUBCONTRACT

RULES: dict[str, Rules] = {
    "pmproject": PROJECT,
    "pmcontracttype": CONTRACT_TYPE,
    "jcjobcostcodes": JOB_COST_CODE,
    "jcjobcategory": JOB_CATEGORY,
    "businesspartner": PARTNER,
    "apvendor": VENDOR,
    "scmast": SUBCONTRACT,
    "scsched": SCHEDULE,
}


def rules_for(resource: str) -> Rules:
    """The rules of a resource; none for one that nobody can write."""
    return RULES.get(resource, Rules())
