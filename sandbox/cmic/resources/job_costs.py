"""Posted job cost detail: one row for every cost and every commitment that reached a job (cmic-api §3.11).

The columns of the table are confirmed, so the attribute names are derived; that there is a VUuid is assumption A-13, the
type codes ``C`` for cost and ``O`` for commitment are assumption A-14.
"""

from sandbox.cmic.schema import Table, amount, audit, code, day, integer, number, text

JCDETAILPOSTED = Table(
    resource="jcdetailposted",
    application="jc-rest-api",
    title="JC Posted Detail",
    view="JcDetailPostedViewObj",
    methods=frozenset({"GET"}),
    indexes=(
        ("JcdtCompCode",),
        ("JcdtCompCode", "JcdtJobCode"),
        ("JcdtCompCode", "JcdtSrcCommCode"),
        ("JcdtCompCode", "JcdtJobCode", "JcdtPhsCode", "JcdtCatCode"),
    ),
    attributes=(
        code("JcdtCompCode", 8, "Company", "D", required=True),
        code("JcdtJobCode", 10, "Job", "D", required=True),
        code("JcdtJobCtrlCode", 10, "Controlling Job", "D"),
        code("JcdtPhsCode", 16, "Cost Code", "D", required=True),
        code("JcdtPhsCtrlCode", 16, "Controlling Cost Code", "D"),
        code("JcdtCatCode", 16, "Category", "D", required=True),
        code("JcdtCatCtrlCode", 16, "Controlling Category", "D"),
        code("JcdtTypeCode", 1, "Type", "D", default="C"),
        day("JcdtRefDate", "Reference Date", "D"),
        day("JcdtPostDate", "Post Date", "D"),
        code("JcdtRefCode", 20, "Reference", "D"),
        text("JcdtRefDesc", 60, "Reference Description", "D"),
        code("JcdtSrcCode", 16, "Source", "C"),
        text("JcdtSrcDesc", 60, "Source Description", "D"),
        code("JcdtSrcCode2", 16, "Second Source", "D"),
        code("JcdtSrcCommCode", 20, "Source Commitment", "D"),
        code("JcdtDsrcCompCode", 8, "Detail Source Company", "D"),
        code("JcdtDsrcCode", 16, "Detail Source", "D"),
        code("JcdtJourCode", 2, "Journal", "D", default="JC"),
        integer("JcdtBchNum", "Batch", "D"),
        number("JcdtUnit", "Units", "D"),
        code("JcdtWmCode", 2, "WM", "D"),
        amount("JcdtAmt", "Amount", "D", required=True),
        amount("JcdtBillAmt", "Billing Amount", "D"),
        code("JcdtBillCode", 50, "Bill Code", "D"),
        code("JcdtInvNum", 20, "Invoice", "D"),
        code("JcdtDeptCode", 10, "Department", "D"),
        code("JcdtAccCode", 16, "Account", "D"),
        code("JcdtCurrCode", 3, "Currency", "D"),
        *audit("Jcdt", "A"),
    ),
)
