"""Compliance: the insurance and other requirements of vendors and subcontracts (cmic-api §3.13, §4.6).

The attribute names are confirmed. Which of them a POST needs, and the type of a subcontract's rows, are assumed.
"""

from sandbox.cmic.schema import Attribute, Table, amount, audit, code, day, flag, integer, text


def _fixed_on_create(name: str, length: int, label: str, *, required: bool = False) -> Attribute:
    """A code that says what a row is about: a PATCH can't change it."""
    return Attribute(name, "code", "C", label, length, required=required, on_update=False)


APINSURANCE = Table(
    resource="apinsurance",
    application="ap-rest-api",
    title="AP Insurance",
    view="ApInsuranceViewObj",
    methods=frozenset({"GET", "POST", "PATCH"}),
    # No natural key is known: a vendor may have several rows of one compliance code.
    indexes=(("InsCompCode",), ("InsCompCode", "InsVenCode"), ("InsCompCode", "InsVenCode", "InsScContCode")),
    attributes=(
        _fixed_on_create("InsComplType", 4, "Compliance Type", required=True),
        _fixed_on_create("InsCompCode", 8, "Company", required=True),
        _fixed_on_create("InsVenCode", 8, "Vendor", required=True),
        _fixed_on_create("InsScContCode", 20, "Contract"),
        _fixed_on_create("InsScJobCode", 10, "Job"),
        code("InsPoNum", 20, "Purchase Order", "C"),
        integer("InsVouNum", "Voucher Num", "C"),
        code("InsCoverTypeCode", 10, "Compliance Code", "C", required=True),
        text("InsCoverTypeDesc", 60, "Compliance Description", "C"),
        text("InsCertNum", 30, "Certificate Number", "C"),
        code("InsInscompCode", 10, "Insurance Company", "C"),
        amount("InsAmt", "Amount", "C"),
        day("InsStartDate", "Start Date", "C"),
        day("InsEndDate", "End Date", "C"),
        flag("InsDateSensitiveFlag", "Date Sensitive", "C", default="N"),
        flag("InsDateComplianceFlag", "Date Compliance", "C", default="N"),
        flag("InsComplianceFlag", "Compliance", "C", default="Y"),
        flag("InsScAutoAssignFlag", "Auto Assign to Subcontracts", "C", default="N"),
        *audit("Ins", "C"),
    ),
)
