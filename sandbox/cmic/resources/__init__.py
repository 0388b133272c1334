"""Every resource of the stand-in, by name. Adding a resource is adding its table to this registry."""

from sandbox.cmic.resources.companies import GLCOMPANY, WEIGHTMEASURE
from sandbox.cmic.resources.jobs import JCJOB, JCJOBCATEGORY, JCJOBCOSTCATCODES, JCJOBCOSTCODES
from sandbox.cmic.resources.master import JCMASTERCATEGORIES, JCMASTERCOSTCODES
from sandbox.cmic.resources.partners import APVENDOR, BUSINESSPARTNER
from sandbox.cmic.resources.projects import PMCONTRACTTYPE, PMPROJECT
from sandbox.cmic.resources.subcontracts import SCMAST, SCSCHED
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
        JCMASTERCOSTCODES,
        JCMASTERCATEGORIES,
        BUSINESSPARTNER,
        APVENDOR,
        SCMAST,
        SCSCHED,
    )
}

APPLICATIONS: dict[str, dict[tuple[str, str], dict[str, Table]]] = {}
"""application -> (rest root, version) -> resource -> table."""

for _table in TABLES.values():
    APPLICATIONS.setdefault(_table.application, {}).setdefault((_table.root, _table.version), {})[_table.resource] = (
        _table
    )
