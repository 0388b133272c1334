"""Job cost: jobs, their cost codes, their budgeted cost code and category pairs (cmic-api §3.3 to §3.5).

The amount attributes of ``jcjobcategory`` are assumption A-07; the attribute names of ``jcjobcostcatcodes`` are assumed
altogether, and its rows are the active pairs of ``jcjobcategory``.
"""

from sandbox.cmic.schema import (
    Attribute,
    Finder,
    Table,
    audit,
    code,
    fixed,
    flag,
    key,
    number,
    text,
)

JCJOB = Table(
    resource="jcjob",
    application="jc-rest-api",
    title="JC Job",
    view="JcJobViewObj",
    # Whether jobs can be created by REST is unknown (cmic-api §2): a person makes them.
    methods=frozenset({"GET"}),
    indexes=(("JobCompCode",), ("JobCompCode", "JobCtrlCode")),
    attributes=(
        key("JobCompCode", 8, "Company", "D"),
        key("JobCode", 10, "Job", "C"),
        text("JobName", 50, "Job Name", "C", required=True),
        code("JobCtrlCode", 10, "Controlling Job", "D", default="ALL"),
        code("JobContCode", 20, "Contract", "D"),
        code("JobDefaultDeptCode", 10, "Default Department", "C"),
        code("JobStatusCode", 10, "Status", "A", default="A"),
        flag("JobAllowTransFlag", "Allow Transactions", "A", default="Y"),
        flag("JobStartedFlag", "Job Started", "A", default="N"),
        *audit("Job", "A"),
    ),
)

JCJOBCOSTCODES = Table(
    resource="jcjobcostcodes",
    application="jc-rest-api",
    title="JC Job Cost Code",
    view="JcJobCostCodesViewObj",
    methods=frozenset({"GET", "POST", "PATCH"}),
    indexes=(("GjjpCompCode", "GjjpJobCode"),),
    attributes=(
        key("GjjpCompCode", 8, "Company", "C"),
        key("GjjpJobCode", 10, "Job", "C"),
        key("GjjpCode", 16, "Cost Code", "C"),
        code("GjjpCtrlCode", 16, "Controlling Cost Code", "C", required=True),
        text("GjjpName", 50, "Name", "C", required=True),
        flag("GjjpActiveFlag", "Active", "C", required=True),
        flag("GjjpFactorableFlg", "Factorable", "C", required=True),
        # Required by the oldest documentation set only, so the server fills it in when it is missing.
        flag("GjjpStoreFcastApprovedFlg", "Forecast Approved", "C", default="N"),
        code("GjjpJobCtrlCode", 10, "Controlling Job", "C"),
        code("GjjpWmCode", 2, "WM", "C"),
        code("GjjpBillCode", 12, "Bill Code", "C"),
        *audit("Gjjp", "A"),
    ),
)


def _budget(name: str, label: str) -> Attribute:
    """A budget amount: it goes in by PATCH, after the pair was assigned (DEV Create a JC Job Category)."""
    return Attribute(name, "amount", "A", label, on_create=False)


JCJOBCATEGORY = Table(
    resource="jcjobcategory",
    application="jc-rest-api",
    title="JC Job Category",
    view="JcJobCategoryViewObj",
    methods=frozenset({"GET", "POST", "PATCH"}),
    indexes=(("JcatJobCode",), ("JcatCompCode", "JcatJobCode")),
    finders=(Finder("selectJobCategory", {"jobCode": "JcatJobCode"}),),
    attributes=(
        key("JcatCompCode", 8, "Company", "C"),
        key("JcatJobCode", 10, "Job", "C"),
        key("JcatPhsCode", 16, "Cost Code", "C"),
        key("JcatCode", 16, "Category", "C"),
        text("JcatName", 30, "Name", "A"),
        flag("JcatCatActiveFlag", "Category Active", "C", required=True),
        flag("JcatPhaseActiveFlag", "Cost Code Active", "C", required=True),
        flag("JcatExclCostWip", "Exclude Cost WIP", "C", required=True),
        flag("JcatExclCostBudgWip", "Exclude Cost Budget WIP", "C", required=True),
        flag("JcatLabourForecastFlag", "Labour Forecast", "C", required=True),
        flag("JcatCostToComplOvrdFlg", "Cost to Complete Override", "C", required=True),
        code("JcatWmCode", 2, "WM", "A"),
        number("JcatBudgUnit", "Budget Units", "A"),
        _budget("JcatOrigBudgAmt", "Original Budget"),
        _budget("JcatProjAmt", "Projected Amount"),
        _budget("JcatOrigRevBudgAmt", "Original Revenue Budget"),
        number("JcatRevBudgUnit", "Revenue Budget Units", "A"),
        code("JcatRevBudgWmCode", 2, "Revenue Budget WM", "A"),
        fixed("JcatCurrBudgAmt", "amount", "Current Budget", "A"),
        fixed("JcatCurrRevBudgAmt", "amount", "Current Revenue Budget", "A"),
        fixed("JcatSpentAmt", "amount", "Spent to Date", "A"),
        *audit("Jcat", "A"),
    ),
)

JCJOBCOSTCATCODES = Table(
    resource="jcjobcostcatcodes",
    application="jc-rest-api",
    title="JC Job Cost Code/Category",
    view="JcJobCostCatCodesViewObj",
    methods=frozenset({"GET"}),
    derived_from="jcjobcategory",
    attributes=(
        key("JccatCompCode", 8, "Company", "A"),
        key("JccatJobCode", 10, "Job", "A"),
        key("JccatPhsCode", 16, "Cost Code", "A"),
        key("JccatCode", 16, "Category", "A"),
        text("JccatName", 30, "Name", "A"),
        *audit("Jccat", "A"),
    ),
)
