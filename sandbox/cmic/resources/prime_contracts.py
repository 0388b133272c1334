"""Job billing contracts with the owner: what CMiC calls a JB contract (cmic-api §3.12).

The attributes of the header are unknown (A-15), so are those of the amounts: a contract proves only that it exists.
"""

from sandbox.cmic.schema import Attribute, Table, audit, code, flag, key, text

JBCONT = Table(
    resource="jbcont",
    application="jb-rest-api",
    title="JB Contract",
    view="JbcontViewObj",
    methods=frozenset({"GET"}),
    indexes=(("JbcontCompCode",),),
    attributes=(
        key("JbcontCompCode", 8, "Company", "A"),
        key("JbcontCode", 10, "Contract", "A"),
        code("JbcontJobCode", 10, "Job", "A", required=True),
        text("JbcontName", 60, "Name", "A"),
        *audit("Jbcont", "A"),
    ),
)

JBCONTDET = Table(
    resource="jbcontdet",
    application="jb-rest-api",
    title="JB Contract Detail",
    view="JbcontdetViewObj",
    methods=frozenset({"GET", "POST", "PATCH"}),
    indexes=(("JbcdCompCode", "JbcdContCode"),),
    attributes=(
        key("JbcdCompCode", 8, "Company", "C"),
        key("JbcdContCode", 10, "Contract", "C"),
        # The documented sample of a bill code is in upper case and holds any character.
        Attribute("JbcdBillCode", "text", "C", "Billing Code", 50, key=True, required=True),
        code("JbcdBillJobCode", 10, "Job", "C", required=True),
        code("JbcdBillPhsCode", 16, "Cost Code", "C", required=True),
        code("JbcdBillCatCode", 16, "Cat", "C", required=True),
        code("JbcdBillingTypeCode", 4, "Type", "C", required=True),
        code("JbcdCurrCode", 3, "Curr $", "C", required=True),
        text("JbcdDesc", 60, "Description", "C", required=True),
        code("JbcdInvoiceFormatCode", 4, "Inv Fmt", "C", required=True),
        text("JbcdAmtBurdenFilter", 10, "Filter", "C", required=True),
        flag("JbcdMultiSubcontFlag", "MultiSubContract", "C", required=True),
        flag("JbcdMultiSubcontVenFlag", "MultiSubcontract Vendor", "C", required=True),
        *audit("Jbcd", "A"),
    ),
)
