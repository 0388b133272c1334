"""Every resource of the stand-in, by name. Adding a resource is adding its table to this registry."""

from sandbox.cmic.resources.change_items import CMDETAIL, CMMAST, CMSTATUS, CMTYPE
from sandbox.cmic.resources.cheques import APCHEQUE, APVOUCHQ, MANUALCHECK, PAYAMTCHQMAN
from sandbox.cmic.resources.companies import GLCOMPANY, WEIGHTMEASURE
from sandbox.cmic.resources.compliance import APINSURANCE
from sandbox.cmic.resources.job_costs import JCDETAILPOSTED
from sandbox.cmic.resources.jobs import JCJOB, JCJOBCATEGORY, JCJOBCOSTCATCODES, JCJOBCOSTCODES
from sandbox.cmic.resources.master import JCMASTERCATEGORIES, JCMASTERCOSTCODES
from sandbox.cmic.resources.partners import APVENDOR, ARCUSTOMER, BUSINESSPARTNER
from sandbox.cmic.resources.prime_contracts import JBCONT, JBCONTDET
from sandbox.cmic.resources.projects import PMCONTRACTTYPE, PMPROJECT
from sandbox.cmic.resources.subcontracts import SCMAST, SCSCHED
from sandbox.cmic.resources.vouchers import (
    APALLVOUCHERS,
    APVOUCHER,
    APVOUCHERDETAIL,
    SCRFPDETAIL,
    SCRFPTOTALS,
    UNPOSTEDVOUCHERS,
)
from sandbox.cmic.schema import Table

TABLES: dict[str, Table] = {
    table.resource: table
    for table in (
        GLCOMPANY,
        WEIGHTMEASURE,
        PMPROJECT,
        PMCONTRACTTYPE,
        JCJOB,
        JCJOBCOSTCODES,
        JCJOBCATEGORY,
        JCJOBCOSTCATCODES,
        JCDETAILPOSTED,
        JCMASTERCOSTCODES,
        JCMASTERCATEGORIES,
        BUSINESSPARTNER,
        APVENDOR,
        ARCUSTOMER,
        APINSURANCE,
        SCMAST,
        SCSCHED,
        APVOUCHER,
        APVOUCHERDETAIL,
        APALLVOUCHERS,
        UNPOSTEDVOUCHERS,
        SCRFPTOTALS,
        SCRFPDETAIL,
        MANUALCHECK,
        PAYAMTCHQMAN,
        APCHEQUE,
        APVOUCHQ,
        CMTYPE,
        CMSTATUS,
        CMMAST,
        CMDETAIL,
        JBCONT,
        JBCONTDET,
    )
}

APPLICATIONS: dict[str, dict[tuple[str, str], dict[str, Table]]] = {}
"""application -> (rest root, version) -> resource -> table."""

for _table in TABLES.values():
    if _table.methods:
        _versions = APPLICATIONS.setdefault(_table.application, {})
        _versions.setdefault((_table.root, _table.version), {})[_table.resource] = _table
