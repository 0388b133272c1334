"""Subcontract headers and their schedules of values (cmic-api §3.7).

A change order is a header with a change code other than ``000``. What posting sets is read-only here: no action that
posts a subcontract is public, an accountant does it.
"""

from decimal import Decimal

from sandbox.cmic.schema import (
    Attribute,
    Child,
    Finder,
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

SCMAST = Table(
    resource="scmast",
    application="pm-rest-api",
    title="Subcontract",
    view="ScmastViewObj",
    methods=frozenset({"GET", "POST", "PATCH"}),
    indexes=(
        ("ScmstCompCode",),
        ("ScmstCompCode", "ScmstContCode"),
        ("ScmstCompCode", "ScmstVenCode", "ScmstContCode"),
    ),
    finders=(
        Finder(
            "selectByCompany",
            {"CompCodeVar": "ScmstCompCode", "VendorCodeVar": "ScmstVenCode", "ContCodeVar": "ScmstContCode"},
        ),
        Finder("selectByPostDate", {}, since="AuditDate"),
    ),
    children=(
        Child(
            "ScschedViewObj",
            "scsched",
            (
                ("ScmstCompCode", "ScschCompCode"),
                ("ScmstVenCode", "ScschVenCode"),
                ("ScmstContCode", "ScschContCode"),
                ("ScmstChgCode", "ScschChgCode"),
            ),
        ),
    ),
    attributes=(
        key("ScmstCompCode", 8, "Company", "C"),
        key("ScmstVenCode", 8, "Vendor", "C"),
        # Not required as such: with the override flag N the server numbers the contract.
        Attribute("ScmstContCode", "code", "C", "Contract", 20, key=True),
        key("ScmstChgCode", 6, "Change Code", "C"),
        code("ScmstJobCode", 10, "Job", "C", required=True),
        code("ScmstCurrCode", 3, "Currency", "C", required=True),
        Attribute("ScmstOverrideFlag", "flag", "C", "Override Contract Number", 1, required=True),
        code("ScmstSubcontrCode", 20, "Subcontract", "C", default="NONE"),
        text("ScmstContType", 30, "Contract Type", "C"),
        text("ScmstName", 50, "Name", "C"),
        text("ScmstDesc", 2000, "Description", "C"),
        text("ScmstScopeDesc", 4000, "Scope of Work", "C"),
        day("ScmstDate", "Date", "C"),
        day("ScmstStartDate", "Start Date", "C"),
        day("ScmstIssuedDate", "Issued Date", "C"),
        day("ScmstEndDate", "End Date", "C"),
        day("ScmstExecutedDate", "Executed Date", "C"),
        day("ScmstReceivedDate", "Received Date", "C"),
        number("ScmstHldbkPc", "Retainage %", "C"),
        code("ScmstHldbkPcRule", 10, "Retainage Rule", "C"),
        flag("ScmstHldbkRlsFromSc", "Release Retainage from SC", "C"),
        code("ScmstTermCode", 6, "Terms", "C"),
        code("ScmstSubcontractorChgCode", 20, "Subcontractor Change Code", "C"),
        code("ScmstCmCompCode", 8, "PCI Company", "C"),
        code("ScmstCmJobCode", 10, "PCI Job", "C"),
        code("ScmstCmChgCode", 11, "PCI", "C"),
        integer("ScmstImpactDays", "Impact Days", "C"),
        flag("ScmstComplFlag", "Compliance", "C"),
        fixed("ScmstContAmt", "amount", "Contract Amount", "C", default=Decimal(0)),
        fixed("ScmstStatusCode", "code", "Status", "C", default="U"),
        fixed("ScmstStatCode", "code", "Status", "C"),
        fixed("ScmstPost", "flag", "Posted", "C", 1, default="N"),
        fixed("ScmstPostDate", "date", "Post Date", "C"),
        fixed("ScmstPostBatch", "integer", "Post Batch", "C"),
        fixed("ScmstDateTimePost", "time", "Posted At", "C"),
        fixed("ScmstWorkflowStatus", "code", "Workflow Status", "C", default="UNSUBMITTED"),
        fixed("ScmstMainContCode", "code", "Main Contract", "C"),
        fixed("ScmstMainVenCode", "code", "Main Vendor", "C"),
        fixed("ScmstMainChgCode", "code", "Main Change Code", "C"),
        *audit("Scmst", "C"),
    ),
)

SCSCHED = Table(
    resource="scsched",
    application="pm-rest-api",
    title="Subcontract Schedule of Values",
    view="ScschedViewObj",
    methods=frozenset({"GET", "POST", "PATCH"}),
    indexes=(
        ("ScschOraseq",),
        ("ScschCompCode", "ScschContCode"),
        ("ScschCompCode", "ScschVenCode", "ScschContCode", "ScschChgCode"),
    ),
    finders=(
        Finder(
            "selectSOV",
            {
                "CompCodeVar": "ScschCompCode",
                "ContCodeVar": "ScschContCode",
                "JobCodeSOV": "ScschJobCode",
                "ChgCodeVar": "ScschChgCode",
            },
        ),
    ),
    attributes=(
        key("ScschCompCode", 8, "Company", "C"),
        key("ScschVenCode", 8, "Vendor", "C"),
        key("ScschContCode", 20, "Contract", "C"),
        key("ScschChgCode", 6, "Change Code", "C"),
        key("ScschTaskCode", 16, "Task", "C"),
        text("ScschTaskName", 30, "Task Name", "D"),
        code("ScschJobCode", 10, "Job", "C", required=True),
        code("ScschPhsCode", 16, "Cost Code", "C", required=True),
        code("ScschCatCode", 16, "Category", "C", required=True),
        code("ScschWmCode", 2, "WM", "C", required=True),
        number("ScschUnit", "Units", "D"),
        number("ScschUnitRate", "Rate", "D"),
        amount("ScschAmt", "Amount", "C", required=True),
        code("ScschBillCode", 50, "Bill Code", "C"),
        number("ScschHldbkPct", "Retainage %", "C"),
        code("ScschApexpCode", 16, "AP Expense", "C"),
        fixed("ScschComplAmt", "amount", "Completed Amount", "C"),
        fixed("ScschComplPct", "number", "Completed %", "C"),
        fixed("ScschComplQty", "number", "Completed Quantity", "C"),
        fixed("ScschCurrHldbkAmt", "amount", "Retainage Held", "C"),
        fixed("ScschCurrHldbkRlsAmt", "amount", "Retainage Released", "C"),
        fixed("ScschOraseq", "integer", "Sequence", "D"),
        *audit("Scsch", "A", uuid_required=True),
    ),
)
