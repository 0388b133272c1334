"""Change management: potential change items (PCIs), their lines, types and statuses (cmic-api §3.10, §4.3).

What a line costs is assumption A-12, the scope of a header A-11. ``cmstatus`` is known as an endpoint and a screen only,
so its attribute names are assumed altogether.
"""

from sandbox.cmic.schema import (
    Attribute,
    Child,
    Table,
    amount,
    audit,
    code,
    day,
    fixed,
    flag,
    integer,
    key,
    number,
    text,
)


def _settled(name: str, length: int, label: str) -> Attribute:
    """A required code of a line that says which PCI it belongs to: a PATCH can't change it."""
    return Attribute(name, "code", "C", label, length, required=True, on_update=False)


CMMAST = Table(
    resource="cmmast",
    application="cm-rest-api",
    title="PCI",
    view="CmmastViewObj",
    methods=frozenset({"GET", "POST", "PATCH"}),
    indexes=(("CmmCompCode",), ("CmmCompCode", "CmmJobCode")),
    children=(
        Child(
            "CmdetailViewObj",
            "cmdetail",
            (("CmmCompCode", "CmdCompCode"), ("CmmJobCode", "CmdMastJobCode"), ("CmmCode", "CmdChgCode")),
        ),
    ),
    attributes=(
        key("CmmCompCode", 8, "Company", "C"),
        key("CmmJobCode", 10, "Job", "C"),
        key("CmmCode", 11, "PCI No.", "C"),
        code("CmmTypeCode", 4, "PCI Type", "C", required=True),
        text("CmmName", 200, "Description", "C", required=True),
        Attribute("CmmRefDate", "date", "C", "Date", required=True),
        code("CmmPrepostStatCode", 10, "Status", "C", required=True),
        code("CmmCalcProjAmtMethod", 1, "Projected Amount Calc Method", "C", required=True),
        text("CmmScopeDesc", 4000, "Scope Desc", "A"),
        code("CmmOwnerChgCode", 20, "Owner CO#", "D"),
        flag("CmmLumpsumFlag", "Lump Sum", "C"),
        flag("CmmBiditemFlag", "Bid Item", "C"),
        flag("CmmAutoCalcMarkupFlag", "Calculate Markups", "C"),
        day("CmmDueToOwnerDate", "Due to Owner", "C"),
        text("CmmSrcId", 30, "Source", "C"),
        text("CmmSourceText", 200, "Source Text", "C"),
        fixed("CmmPostDate", "date", "Post Date", "C"),
        fixed("CmmStatCode", "code", "Status Code", "C", 1),
        *audit("Cmm", "A", uuid_required=True),
    ),
)

CMDETAIL = Table(
    resource="cmdetail",
    application="cm-rest-api",
    title="PCI Detail",
    view="CmdetailViewObj",
    methods=frozenset({"GET", "POST", "PATCH", "DELETE"}),
    # A line has no natural key that anybody public knows (cmic-api §6).
    indexes=(("CmdCompCode",), ("CmdCompCode", "CmdMastJobCode"), ("CmdCompCode", "CmdMastJobCode", "CmdChgCode")),
    attributes=(
        _settled("CmdCompCode", 8, "Company"),
        _settled("CmdMastJobCode", 10, "Master Job"),
        _settled("CmdChgCode", 11, "PCI No."),
        code("CmdJobCode", 10, "Job", "C", required=True),
        code("CmdPhsCode", 16, "Cost Code", "C", required=True),
        code("CmdCatCode", 16, "Category", "C", required=True),
        code("CmdStatusCode", 10, "Status", "C"),
        amount("CmdBudgAmt", "Final Amount", "A"),
        number("CmdBudgUnit", "Quantity", "A"),
        number("CmdBudgRate", "Rate", "A"),
        code("CmdBudgWmCode", 2, "Budget WM", "A"),
        amount("CmdBillAmt", "Billing Amount", "C"),
        code("CmdBillCode", 50, "Bill Code", "C"),
        code("CmdBillCatCode", 16, "Billing Category", "C"),
        text("CmdBillName", 60, "Billing Name", "C"),
        day("CmdBillAmtChangeDate", "Billing Change Date", "C"),
        integer("CmdBillDrawNum", "Bill Draw Number", "C"),
        code("CmdScVenCode", 8, "Vendor", "D"),
        code("CmdScContCode", 20, "Contract", "D"),
        code("CmdPostingFlag", 12, "Posting", "C", default="UNPOSTED"),
        *audit("Cmd", "A", uuid_required=True),
    ),
)

CMTYPE = Table(
    resource="cmtype",
    application="cm-rest-api",
    title="PCI Type",
    view="CmtypeViewObj",
    methods=frozenset({"GET", "POST"}),
    attributes=(
        key("CmtCompCode", 8, "Company", "C"),
        key("CmtTypeCode", 4, "PCI Type", "C"),
        text("CmtName", 60, "Name", "C", required=True),
        code("CmtClassCode", 1, "Class", "C", required=True),
        code("CmtChgOrdNumberMask", 11, "PCI Number Mask", "C"),
        flag("CmtPciMaskOverrideFlag", "Override Mask", "C", default="Y"),
        flag("CmtAllowCostsFlag", "Allow Costs", "C", default="Y"),
        flag("CmtNotAllowBillAmtFlag", "Do Not Allow Billing Amount", "C", default="N"),
        *audit("Cmt", "A"),
    ),
)

CMSTATUS = Table(
    resource="cmstatus",
    application="cm-rest-api",
    title="PCI Status",
    view="CmstatusViewObj",
    methods=frozenset({"GET"}),
    attributes=(
        key("CmstatCode", 10, "Status", "A"),
        text("CmstatName", 60, "Name", "A", required=True),
        code("CmstatPendingType", 10, "Pending Type", "A", required=True),
        flag("CmstatForecastFlag", "Forecast", "A", default="N"),
        *audit("Cmstat", "A"),
    ),
)
