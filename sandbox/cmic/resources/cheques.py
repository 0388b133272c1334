"""Payments: cheques and what they pay (cmic-api §3.9).

``manualcheck`` and ``apcheque`` show the same cheques. An unposted cheque has the amounts it will pay, a posted one its
rows of ``apvouchq``, whose attribute names are assumed (A-10).
"""

from dataclasses import replace
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
    key,
    text,
)

MANUALCHECK = Table(
    resource="manualcheck",
    application="ap-rest-api",
    title="AP Manual Cheque",
    view="ManualCheckViewObj",
    methods=frozenset({"GET", "POST"}),
    address="ChqSeqNum",
    indexes=(("ChqSeqNum",), ("ChqCompCode",), ("ChqCompCode", "ChqNum")),
    finders=(
        Finder("ChequeFinder", {"ChqNumVar": "ChqNum", "CompCodeVar": "ChqCompCode", "VenCodeVar": "ChqVenCode"}),
    ),
    children=(
        Child("PayamtChqmanViewObj", "payamtchqman", (("ChqSeqNum", "PaChqSeqNum"),), nested=True),
        Child("VouChqViewObj", "apvouchq", (("ChqSeqNum", "VouchqChqSeqNum"),)),
    ),
    attributes=(
        key("ChqBankCompCode", 8, "Bank Company", "C"),
        key("ChqDeptCode", 10, "Bank Department", "C"),
        key("ChqAccCode", 16, "Bank Account", "C"),
        Attribute("ChqNum", "integer", "C", "Cheque Number", key=True, required=True),
        # Ties the amounts to the cheque; the server puts its own number in its place.
        Attribute("ChqSeqNum", "integer", "C", "Cheque Sequence", required=True, on_update=False),
        code("ChqCompCode", 8, "Company", "C", required=True),
        code("ChqVenCode", 8, "Vendor", "C", required=True),
        code("ChqCurrCode", 3, "Currency", "C"),
        Attribute("ChqDate", "date", "C", "Cheque Date", required=True),
        day("ChqPostDate", "Post Date", "C"),
        amount("ChqAmt", "Cheque Amount", "C", required=True),
        text("ChqDesc", 60, "Description", "C"),
        code("ChqDraftCode", 1, "Cheque Type", "C", default="M"),
        flag("ChqVouCode", "Pays a Voucher", "C"),
        flag("ChqBchPost", "Batch Post", "C", default="N"),
        text("ChqBchName", 30, "Batch Name", "C"),
        flag("ChqVoidVouFlag", "Void Voucher", "C"),
        flag("ChqRecCode", "Reconciled", "C"),
        code("ChqJobCode", 10, "Job", "C"),
        code("ChqScContCode", 20, "Contract", "C"),
        fixed("ChqBchNum", "integer", "Batch", "C"),
        fixed("ChqRevCode", "code", "Reversal", "C"),
        fixed("ChqRevDate", "date", "Reversal Date", "C"),
        *audit("Chq", "C"),
    ),
)

PAYAMTCHQMAN = Table(
    resource="payamtchqman",
    application="ap-rest-api",
    title="AP Manual Cheque Amount",
    view="PayamtChqmanViewObj",
    methods=frozenset(),
    indexes=(("PaChqSeqNum",), ("PaCompCode", "PaVenCode", "PaVouInvCode")),
    attributes=(
        Attribute("PaChqSeqNum", "integer", "C", "Cheque Sequence", key=True, required=True),
        key("PaCompCode", 8, "Company", "C"),
        key("PaVenCode", 8, "Vendor", "C"),
        key("PaVouInvCode", 20, "Invoice", "C"),
        Attribute("PaChqNum", "integer", "C", "Cheque Number", required=True),
        code("PaChqCompCode", 8, "Cheque Company", "C"),
        amount("PaPayCurrAmt", "Amount in Cheque Currency", "C", required=True),
        amount("PaAmt", "Amount", "C", required=True),
        Attribute("PaDiscAmt", "amount", "C", "Discount", default=Decimal(0)),
        *audit("Pa", "A"),
    ),
)

_HEADER = (
    *("ChqBankCompCode", "ChqDeptCode", "ChqAccCode", "ChqNum", "ChqSeqNum", "ChqCompCode", "ChqVenCode"),
    *("ChqCurrCode", "ChqDate", "ChqPostDate", "ChqAmt", "ChqDesc", "ChqDraftCode", "ChqVouCode", "ChqVoidVouFlag"),
    *("ChqJobCode", "ChqScContCode", "ChqBchNum", "ChqRevCode", "ChqRevDate", "ChqBchName"),
    *("ChqIuCreateDate", "ChqIuUpdateDate", "ChqVUuid"),
)

APCHEQUE = replace(
    MANUALCHECK,
    resource="apcheque",
    title="AP Cheque",
    view="ApChequeViewObj",
    derived_from="manualcheck",
    finders=(),
    children=(),
    attributes=tuple(MANUALCHECK.by_name[name] for name in _HEADER),
)

APVOUCHQ = Table(
    resource="apvouchq",
    application="ap-rest-api",
    title="AP Voucher Cheque",
    view="VouChqViewObj",
    methods=frozenset({"GET"}),
    indexes=(("VouchqVouNum",), ("VouchqChqSeqNum",), ("VouchqCompCode",)),
    attributes=(
        Attribute("VouchqVouNum", "integer", "A", "Voucher Num", key=True),
        Attribute("VouchqChqSeqNum", "integer", "A", "Cheque Sequence", key=True),
        Attribute("VouchqChqNum", "integer", "A", "Cheque Number"),
        code("VouchqCompCode", 8, "Company", "A"),
        amount("VouchqAmt", "Amount", "A"),
        day("VouchqPostDate", "Post Date", "A"),
        *audit("Vouchq", "A"),
    ),
)
