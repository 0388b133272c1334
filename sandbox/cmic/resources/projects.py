"""PM projects and contract types (cmic-api §2, §3.2; contract type attributes: DEV Create a PM Contract Type).

Which project attributes CMiC itself requires is not public: company, code and name are assumed.
"""

from sandbox.cmic.schema import Attribute, Finder, Table, audit, code, day, fixed, flag, key, text

PMPROJECT = Table(
    resource="pmproject",
    application="pm-rest-api",
    title="PM Project",
    view="PmProjectViewObj",
    methods=frozenset({"GET", "POST", "PATCH"}),
    indexes=(("GrpmpCompCode", "GrpmpJobCode"),),
    finders=(
        Finder("selectByCompProj", {"compCode": "GrpmpCompCode", "projCode": "GrpmpProjCode"}),
        Finder("selectByJobCode", {"companyCode": "GrpmpCompCode", "projectCode": "GrpmpJobCode"}),
        Finder("selectByPmProjInfo", {}, since="pmprojectDate"),
    ),
    attributes=(
        key("GrpmpCompCode", 8, "Company", "C"),
        key("GrpmpProjCode", 10, "Project", "C"),
        text("GrpmpProjName", 50, "Project Name", "C", required=True),
        code("GrpmpProjCtrlCode", 10, "Controlling Project", "C", default="ALL"),
        code("GrpmpJobCode", 10, "Controlling Job", "C"),
        flag("GrpmpCreateJobFlag", "Create Job", "C", default="N"),
        code("GrpmpStatusCode", 10, "Status", "C"),
        text("GrpmpAddLine1", 40, "Address 1", "C"),
        text("GrpmpAddLine2", 40, "Address 2", "C"),
        text("GrpmpAddLine3", 40, "City", "C"),
        code("GrpmpRegionCode", 4, "State/Province", "C"),
        text("GrpmpPostalCode", 10, "Zip/Postal Code", "C"),
        text("GrpmpCountry", 30, "Country", "C"),
        text("GrpmpPhoneNum", 20, "Phone", "C"),
        day("GrpmpStartDate", "Start Date", "C"),
        day("GrpmpEndDate", "End Date", "C"),
        code("GrpmpCustCode", 8, "Customer", "C"),
        text("GrpmpProjDescription", 2000, "Description", "C"),
        fixed("GrpmpCurrContAmt", "amount", "Current Contract Amount", "C"),
        fixed("GrpmpJobName", "text", "Job Name", "C"),
        fixed("GrpmpJobStatusCode", "code", "Job Status", "C"),
        *audit("Grpmp", "C"),
    ),
)

PMCONTRACTTYPE = Table(
    resource="pmcontracttype",
    application="pm-rest-api",
    title="PM Contract Type",
    view="PmContractTypeViewObj",
    methods=frozenset({"GET", "POST"}),
    attributes=(
        key("PmctCompCode", 8, "Company", "C"),
        # The documented sample is in mixed case, so this key is text: the server leaves its case alone.
        Attribute("PmctContractType", "text", "C", "Contract Type", 30, key=True, required=True),
        flag("PmctActiveFlag", "Active", "C", required=True),
        code("PmctContTypeCode", 10, "Contract Type Code", "C"),
        fixed("PmctCompName", "text", "Company Name", "C"),
        *audit("Pmct", "A", uuid_required=True),
    ),
)
