"""What people do in CMiC's own screens to pay: a cheque for a posted voucher or a part of it, and one that takes another
back. A reversing cheque has a number of its own and a negative amount: how CMiC reverses is unknown, this is assumed;
voiding (``sandbox.cmic.payables``) is the other way.
"""

from dataclasses import dataclass
from decimal import Decimal

from sandbox.cmic import rows
from sandbox.cmic.accountant import NotPossible
from sandbox.cmic.books import DuplicateKey
from sandbox.cmic.jsontext import plain
from sandbox.cmic.payables import open_day, standing, voucher
from sandbox.cmic.payment_requests import money
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules import cheques
from sandbox.cmic.rules.subcontracts import POSTED
from sandbox.cmic.schema import Row
from sandbox.cmic.tenant import Tenant

FIRST_NUMBER = 20_000
"""Below the numbers of the cheques that are drawn here."""


@dataclass(frozen=True)
class Account:
    """The bank account that a cheque is drawn on, and the cheque's number; the next free one when it is left out."""

    department: str = "00"
    account: str = "10001"
    number: int | None = None


def pay(
    tenant: Tenant, key: tuple[str, str, str], amount: Decimal | None, on: Account, day: str | None, text: str | None
) -> Row:
    """Pay what is outstanding of a posted voucher, or a part of it, by a cheque that is posted. Raises NotPossible."""
    paid = voucher(tenant, key)
    if paid["VouStatusCode"] != POSTED:
        raise NotPossible(f"voucher {paid['VouNum']} is not posted")
    left = money(paid["VouInvOutstandAmt"]) - cheques.spoken_for(tenant, paid)
    wanted = left if amount is None else amount
    if not 0 < wanted <= left:
        raise NotPossible(f"of voucher {paid['VouNum']} {plain(left)} can be paid, not {plain(wanted)}")
    chosen = open_day(tenant, day)
    drawn = _draw(tenant, _header(tenant, paid, wanted, on) | {"ChqDate": chosen, "ChqDesc": text})
    part: Row = {
        "PaChqSeqNum": drawn["ChqSeqNum"],
        "PaChqNum": drawn["ChqNum"],
        "PaCompCode": key[0],
        "PaVenCode": key[1],
        "PaVouInvCode": key[2],
        "PaPayCurrAmt": wanted,
        "PaAmt": wanted,
    }
    tenant.books.put("payamtchqman", rows.new(tenant, TABLES["payamtchqman"], part))
    return cheques.settle(tenant, drawn, chosen)


def _header(tenant: Tenant, paid: Row, amount: Decimal, on: Account) -> Row:
    return {
        "ChqBankCompCode": paid["VouCompCode"],
        "ChqDeptCode": on.department,
        "ChqAccCode": on.account,
        "ChqNum": on.number or _next_number(tenant),
        "ChqSeqNum": cheques.next_number(tenant),
        "ChqCompCode": paid["VouCompCode"],
        "ChqVenCode": paid["VouVenCode"],
        "ChqCurrCode": paid["VouCurrCode"],
        "ChqAmt": amount,
        "ChqDraftCode": cheques.SYSTEM,
        "ChqVouCode": "Y",
        "ChqJobCode": paid["VouJobCode"],
        "ChqScContCode": paid["VouContCode"],
    }


def reverse(tenant: Tenant, cheque: Row, number: int | None, day: str | None) -> Row:
    """Enter and post a cheque of the opposite amount: both stay in the list. Raises NotPossible."""
    if cheque["ChqRevDate"] or cheque["ChqBchPost"] != "Y" or money(cheque["ChqAmt"]) <= 0:
        raise NotPossible(f"cheque {cheque['ChqNum']} is void, not posted, or a reversal")
    payments, chosen = standing(tenant, cheque), open_day(tenant, day)
    table = TABLES["manualcheck"]
    kept = {name: value for name, value in cheque.items() if name not in (table.uuid, table.created, table.updated)}
    own: Row = {
        "ChqNum": number or _next_number(tenant),
        "ChqSeqNum": cheques.next_number(tenant),
        "ChqAmt": -money(cheque["ChqAmt"]),
        "ChqDate": chosen,
        "ChqPostDate": chosen,
        "ChqDesc": f"REVERSAL OF {cheque['ChqNum']}",
        "ChqBchNum": tenant.books.next("post_batch"),
    }
    drawn = _draw(tenant, kept | own)
    for payment in payments:
        back: Row = {
            "VouchqVouNum": payment["VouchqVouNum"],
            "VouchqCompCode": payment["VouchqCompCode"],
            "VouchqChqNum": drawn["ChqNum"],
            "VouchqChqSeqNum": drawn["ChqSeqNum"],
            "VouchqAmt": -money(payment["VouchqAmt"]),
            "VouchqPostDate": chosen,
        }
        tenant.books.put("apvouchq", rows.new(tenant, TABLES["apvouchq"], back))
        for paid in tenant.books.select("apvoucher", {"VouNum": payment["VouchqVouNum"]}):
            cheques.pay(tenant, paid)
    return drawn


def _draw(tenant: Tenant, values: Row) -> Row:
    row = rows.new(tenant, TABLES["manualcheck"], values)
    try:
        tenant.books.put("manualcheck", row)
    except DuplicateKey as problem:
        raise NotPossible(f"there already is a cheque {row['ChqNum']} of that bank account") from problem
    return row


def _next_number(tenant: Tenant) -> int:
    return FIRST_NUMBER + tenant.books.next("cheque_number")
