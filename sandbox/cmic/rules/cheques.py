"""Cheques: manual ones pay posted vouchers, the others only record that they were drawn (cmic-api §3.9, §4.5).

A cheque pays a voucher's outstanding amount or a part of it. What unposted cheques are going to pay is spoken for.
"""

from dataclasses import replace
from decimal import Decimal

from sandbox.cmic import rows
from sandbox.cmic.errors import rule
from sandbox.cmic.jsontext import plain
from sandbox.cmic.payment_requests import NOTHING, money
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules.base import Rules, company, currency
from sandbox.cmic.rules.partners import usable_vendor
from sandbox.cmic.rules.periods import closed
from sandbox.cmic.rules.subcontracts import POSTED
from sandbox.cmic.schema import Row
from sandbox.cmic.tenant import Tenant

MANUAL, SYSTEM = "M", "C"
"""Values of ``ChqDraftCode``."""

REVERSED = "R"
"""What a void cheque has as ``ChqRevCode``: CMiC's own values are unknown."""

_SAME = (("CompCode", "CompCode"), ("VenCode", "VenCode"), ("InvCode", "VouInvCode"))
"""The key of a voucher, after ``Vou`` and after ``Pa``."""


def frozen(cheque: Row) -> str | None:
    """Why nothing of this cheque may change, if it may not."""
    state = "void" if cheque["ChqRevDate"] else "posted" if cheque["ChqBchPost"] == "Y" else None
    return f"Cheque {cheque['ChqNum']} is {state} and cannot be changed." if state else None


def next_number(tenant: Tenant) -> int:
    """The server's next cheque sequence number."""
    while True:
        number = tenant.books.next("cheque")
        if not tenant.books.select("manualcheck", {"ChqSeqNum": number}):
            return number


def amounts_of(tenant: Tenant, cheque: Row) -> list[Row]:
    """What an unposted cheque is going to pay."""
    return tenant.books.select("payamtchqman", {"PaChqSeqNum": cheque["ChqSeqNum"]})


def spoken_for(tenant: Tenant, voucher: Row) -> Decimal:
    """What unposted cheques are going to pay of a voucher."""
    where = {f"Pa{theirs}": voucher[f"Vou{ours}"] for ours, theirs in _SAME}
    return sum((money(row["PaAmt"]) for row in tenant.books.select("payamtchqman", where)), NOTHING)


def voucher_of(tenant: Tenant, amount: Row) -> Row | None:
    """The voucher that an amount pays."""
    return tenant.books.one("apvoucher", *(amount[f"Pa{theirs}"] for _, theirs in _SAME))


def _header(tenant: Tenant, row: Row) -> Row:
    company(tenant, row["ChqCompCode"])
    company(tenant, row["ChqBankCompCode"])
    vendor = usable_vendor(tenant, row["ChqCompCode"], row["ChqVenCode"])
    if row["ChqCurrCode"] is not None:
        currency(row["ChqCurrCode"])
    if money(row["ChqAmt"]) <= 0:
        raise rule("Cheque Amount must be more than 0.")
    if reason := closed(tenant, row["ChqPostDate"]):
        raise rule(reason)
    return row | {"ChqCurrCode": row["ChqCurrCode"] or vendor["BpvenCurrCode"]}


def _create_manual(tenant: Tenant, row: Row) -> Row:
    if row["ChqDraftCode"] != MANUAL:
        raise rule(f"Cheque Type {row['ChqDraftCode']} is not that of a manual cheque.")
    if row["ChqVouCode"] != "Y":
        raise rule("Pays a Voucher must be Y: this cheque has to pay vouchers.")
    return _header(tenant, row)


def _create_plain(tenant: Tenant, row: Row) -> Row:
    if row["ChqDraftCode"] not in (MANUAL, SYSTEM):
        raise rule(f"Cheque Type {row['ChqDraftCode']} is not a valid cheque type.")
    if row["ChqVouCode"] == "Y":
        raise rule("A cheque that pays vouchers needs their amounts: enter a manual cheque.")
    return _header(tenant, row) | {"ChqSeqNum": next_number(tenant)}


def _compose(tenant: Tenant, row: Row, amounts: list[Row]) -> tuple[Row, list[Row]]:
    if not amounts:
        raise rule(f"Cheque {row['ChqNum']} pays no voucher.")
    if len({tuple(amount[f"Pa{theirs}"] for _, theirs in _SAME) for amount in amounts}) < len(amounts):
        raise rule(f"Cheque {row['ChqNum']} names a voucher twice.")
    for amount in amounts:
        _check_amount(tenant, row, amount)
    total = sum((money(amount["PaAmt"]) for amount in amounts), NOTHING)
    if total != money(row["ChqAmt"]):
        raise rule(f"Cheque Amount {plain(money(row['ChqAmt']))} is not the sum of what it pays, {plain(total)}.")
    own = next_number(tenant)
    return row | {"ChqSeqNum": own}, [amount | {"PaChqSeqNum": own} for amount in amounts]


def _check_amount(tenant: Tenant, row: Row, amount: Row) -> None:
    for ours, theirs in (("ChqSeqNum", "PaChqSeqNum"), ("ChqNum", "PaChqNum"), ("ChqVenCode", "PaVenCode")):
        if amount[theirs] != row[ours]:
            raise rule(f"{theirs} {amount[theirs]} of an amount is not the {ours} of its cheque, {row[ours]}.")
    voucher, invoice = voucher_of(tenant, amount), amount["PaVouInvCode"]
    if voucher is None:
        raise rule(f"Invoice {invoice} of vendor {amount['PaVenCode']} does not exist in {amount['PaCompCode']}.")
    if voucher["VouStatusCode"] != POSTED:
        raise rule(f"Invoice {invoice} cannot be paid: voucher {voucher['VouNum']} is not posted.")
    if money(amount["PaDiscAmt"]):
        raise rule("Discount must be 0.")
    if money(amount["PaAmt"]) <= 0 or amount["PaAmt"] != amount["PaPayCurrAmt"]:
        raise rule(f"Amount paid of invoice {invoice} must be more than 0, and the same in the cheque's currency.")
    left = money(voucher["VouInvOutstandAmt"]) - spoken_for(tenant, voucher)
    if money(amount["PaAmt"]) > left:
        paid = plain(money(amount["PaAmt"]))
        raise rule(f"Amount {paid} exceeds the outstanding amount {plain(left)} of invoice {invoice}.")


def _update(tenant: Tenant, old: Row, new: Row) -> Row:
    if reason := frozen(old) or closed(tenant, new["ChqPostDate"]):
        raise rule(reason)
    for name in ("ChqAmt", "ChqVenCode", "ChqCompCode", "ChqVouCode", "ChqBchPost", "ChqCurrCode"):
        if new[name] != old[name]:
            raise rule(f"{tenant.names('manualcheck').wire[name]} of cheque {old['ChqNum']} cannot be changed.")
    return new


def _delete(tenant: Tenant, row: Row) -> None:
    if reason := frozen(row):
        raise rule(reason)


def _post_at_once(tenant: Tenant, row: Row) -> None:
    """``ChqBchPost`` Y posts a cheque as it is entered."""
    if row["ChqBchPost"] == "Y" and row["ChqBchNum"] is None:
        settle(tenant, row, str(row["ChqPostDate"] or row["ChqDate"]))


def settle(tenant: Tenant, row: Row, day: str) -> Row:
    """Post a cheque: its amounts become payments, and its vouchers' outstanding amounts go down."""
    values: Row = {"ChqBchPost": "Y", "ChqPostDate": day, "ChqBchNum": tenant.books.next("post_batch")}
    posted = rows.changed(tenant, TABLES["manualcheck"], row, values)
    tenant.books.put("manualcheck", posted)
    for amount in amounts_of(tenant, row):
        voucher = voucher_of(tenant, amount)
        assert voucher is not None, "a voucher that a cheque names stays"
        payment: Row = {
            "VouchqVouNum": voucher["VouNum"],
            "VouchqChqSeqNum": row["ChqSeqNum"],
            "VouchqChqNum": row["ChqNum"],
            "VouchqCompCode": voucher["VouCompCode"],
            "VouchqAmt": amount["PaAmt"],
            "VouchqPostDate": day,
        }
        tenant.books.drop("payamtchqman", str(amount["PaVUuid"]))
        tenant.books.put("apvouchq", rows.new(tenant, TABLES["apvouchq"], payment))
        pay(tenant, voucher)
    return posted


def pay(tenant: Tenant, voucher: Row) -> None:
    """A voucher's paid and outstanding amounts follow from the payments that stand."""
    paid = [money(row["VouchqAmt"]) for row in tenant.books.select("apvouchq", {"VouchqVouNum": voucher["VouNum"]})]
    net = money(voucher["VouInvAmt"]) - money(voucher["VouHldbkAmt"]) + money(voucher["VouHldbkPaid"])
    values = {
        "VouPaidAmt": sum(paid, NOTHING),
        "VouLastPayAmt": paid[-1] if paid else None,
        "VouInvOutstandAmt": net - sum(paid, NOTHING),
        "VouInvOutStandGrandAmt": net - sum(paid, NOTHING),
    }
    tenant.books.put("apvoucher", rows.changed(tenant, TABLES["apvoucher"], voucher, values))


MANUAL_CHEQUE = Rules(create=_create_manual, compose=_compose, update=_update, delete=_delete, after=_post_at_once)
CHEQUE = replace(MANUAL_CHEQUE, create=_create_plain)
