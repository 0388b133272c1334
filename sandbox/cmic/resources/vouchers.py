"""Requests for payment: AP vouchers against a schedule of values (cmic-api §3.8, §4.5).

A voucher and its distribution are created in one POST. The other resources show the same vouchers from other sides.
The values of ``VouStatusCode`` are unknown and assumed like those of a subcontract (A-09).
"""

from dataclasses import replace
from decimal import Decimal

from sandbox.cmic.schema import (
    Attribute,
    Child,
    Evidence,
    Finder,
    Table,
    amount,
    audit,
    code,
    day,
    fixed,
    flag,
    key,
    number,
    text,
)


def _held(name: str, label: str) -> Attribute:
    """An amount that is nothing unless it is sent."""
    return Attribute(name, "amount", "C", label, default=Decimal(0))


def _sum(name: str, label: str, evidence: Evidence = "C") -> Attribute:
    """An amount that only the server sets."""
    return fixed(name, "amount", label, evidence, default=Decimal(0))


APVOUCHER = Table(
    resource="apvoucher",
    application="ap-rest-api",
    title="AP Voucher",
    view="ApVoucherViewObj",
    methods=frozenset({"GET", "POST"}),
    address="VouNum",
    indexes=(("VouNum",), ("VouCompCode",), ("VouCompCode", "VouVenCode", "VouContCode"), ("VouVUuid",)),
    children=(Child("ApVoucherDetailViewObj", "apvoucherdetail", (("VouNum", "VdistVouNum"),), nested=True),),
    attributes=(
        key("VouCompCode", 8, "Company", "C"),
        key("VouVenCode", 8, "Vendor", "C"),
        key("VouInvCode", 20, "Invoice", "C"),
        # The caller's number is provisional; the server puts its own in its place.
        Attribute("VouNum", "integer", "C", "Voucher Num", required=True, on_update=False),
        code("VouJobCode", 10, "Job", "C", required=True),
        code("VouContCode", 20, "Contract", "C", required=True),
        code("VouChgCode", 6, "Change Code", "C", required=True),
        code("VouInvSeriesCode", 8, "Invoice Series", "C"),
        code("VouCurrCode", 3, "Currency", "C", required=True),
        Attribute("VouInvDate", "date", "C", "Invoice Date", required=True),
        Attribute("VouDueDate", "date", "C", "Due Date", required=True),
        day("VouPostDate", "Post Date", "C"),
        amount("VouInvAmt", "Invoice Amount", "C", required=True),
        flag("VouBchPost", "Batch Post", "C", default="N"),
        flag("VouFinalRfpFlag", "Final RFP", "C", default="N"),
        flag("VouPayByManualChqFlag", "Pay by Manual Cheque", "C", default="N"),
        # no attribute for the description is known.
        text("VouRemitDesc", 60, "Remittance Description", "A"),
        fixed("VouStatusCode", "code", "Status", "C", default="U"),
        _sum("VouInvOutstandAmt", "Outstanding Amount"),
        _sum("VouInvOutStandGrandAmt", "Outstanding Grand Amount"),
        _sum("VouPaidAmt", "Paid Amount"),
        _sum("VouHldbkAmt", "Retainage Held"),
        _sum("VouHldbkPaid", "Retainage Released"),
        fixed("VouPartialApprovedAmt", "amount", "Partially Approved Amount", "C"),
        fixed("VouLastPayAmt", "amount", "Last Payment", "C"),
        *audit("Vou", "A"),
    ),
)

APVOUCHERDETAIL = Table(
    resource="apvoucherdetail",
    application="ap-rest-api",
    title="AP Voucher Detail",
    view="ApVoucherDetailViewObj",
    methods=frozenset(),
    indexes=(("VdistVouNum",), ("VdistTranScschOraseq",)),
    attributes=(
        Attribute("VdistVouNum", "integer", "C", "Voucher Num", key=True, required=True),
        Attribute("VdistTranScschOraseq", "integer", "C", "Schedule of Values Row", key=True, required=True),
        amount("VdistTranScschLstAmt", "Amount This Period", "C", required=True),
        _held("VdistTranScschHldbkAmt", "Retainage Held"),
        _held("VdistTranScschHldbkRlsAmt", "Retainage Released"),
        *audit("Vdist", "A"),
    ),
)

UNCONFIRMED = frozenset(
    {
        *("VouChgCode", "VouInvSeriesCode", "VouCurrCode", "VouDueDate", "VouBchPost"),
        *("VouFinalRfpFlag", "VouPayByManualChqFlag"),
    }
)
"""Attributes of a voucher that a public client of ``apallvouchers`` does not list (cmic-api §3.8)."""

APALLVOUCHERS = replace(
    APVOUCHER,
    resource="apallvouchers",
    title="AP All Vouchers",
    view="ApAllVouchersViewObj",
    methods=frozenset({"GET"}),
    derived_from="apvoucher",
    children=(),
    finders=(
        Finder(
            "VouInvOutGrandAmtFinder",
            {"CompCodeVar": "VouCompCode", "VendorCodeVar": "VouVenCode", "ContCodeVar": "VouContCode"},
        ),
    ),
    attributes=tuple(
        replace(attribute, evidence="A") if attribute.name in UNCONFIRMED else attribute
        for attribute in APVOUCHER.attributes
    ),
)

UNPOSTEDVOUCHERS = replace(
    APALLVOUCHERS,
    resource="unpostedvouchers",
    title="AP Unposted Vouchers",
    view="UnpostedVouchersViewObj",
    finders=(),
)

_PROGRESS = (
    amount("VsovTaskAmt", "Scheduled Amount", "C"),
    number("VsovTaskQty", "Scheduled Quantity", "C"),
    number("VsovComplPct", "Completed %", "C"),
    amount("VsovComplAmt", "Completed Amount", "C"),
    number("VsovComplQty", "Completed Quantity", "C"),
    amount("VsovPrevCertAmt", "Previously Certified", "C"),
    number("VsovPrevCertQty", "Previously Certified Quantity", "C"),
    number("VsovRetainagePct", "Retainage %", "C"),
    amount("VsovContRetainedAmt", "Retained on Contract", "C"),
    amount("VsovVouRetainedAmt", "Retained on Voucher", "C"),
    amount("VsovVouRetainRlsAmt", "Released on Voucher", "C"),
    amount("VsovInvLineAmt", "Invoiced Amount", "C"),
)

SCRFPTOTALS = Table(
    resource="scrfptotals",
    application="ap-rest-api",
    title="SC RFP Totals",
    view="ScRfpTotalsViewObj",
    methods=frozenset({"GET"}),
    derived_from="apvoucher",
    finders=(Finder("scRfpTotal", {"vendorCode": "VsovVenCode", "contractCode": "VsovContCode"}),),
    indexes=(("VsovVenCode", "VsovContCode"),),
    attributes=(
        Attribute("VsovVouUuid", "uuid", "C", "Voucher UUID", 64, key=True),
        code("VsovCompCode", 8, "Company", "C"),
        code("VsovVenCode", 8, "Vendor", "C"),
        code("VsovContCode", 20, "Contract", "C"),
        *_PROGRESS,
    ),
)

SCRFPDETAIL = Table(
    resource="scrfpdetail",
    application="ap-rest-api",
    title="SC RFP Detail",
    view="ScRfpDetailViewObj",
    methods=frozenset({"GET"}),
    derived_from="apvoucherdetail",
    finders=(
        Finder(
            "scRfpDetail",
            {"vendorCode": "VsovVenCode", "contractCode": "VsovContCode", "voucherUuid": "VsovVouUuid"},
        ),
    ),
    attributes=(
        code("VsovVouUuid", 64, "Voucher UUID", "A"),
        code("VsovCompCode", 8, "Company", "A"),
        code("VsovVenCode", 8, "Vendor", "A"),
        code("VsovContCode", 20, "Contract", "A"),
        code("VsovChgCode", 6, "Change Code", "A"),
        code("VsovTaskCode", 16, "Task", "A"),
        text("VsovTaskName", 30, "Task Name", "A"),
        code("VsovJobCode", 10, "Job", "A"),
        code("VsovPhsCode", 16, "Cost Code", "A"),
        code("VsovCatCode", 16, "Category", "A"),
        code("VsovWmCode", 2, "WM", "A"),
        fixed("VsovScschOraseq", "integer", "Schedule of Values Row", "A"),
        *(replace(attribute, evidence="A") for attribute in _PROGRESS),
        Attribute("VsovVUuid", "uuid", "A", "Unique Row ID", 64, key=True),
    ),
)
