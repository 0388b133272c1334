"""What people do in CMiC's own screens with vouchers, cheques and jobs: post, void, delete, create.

Posting a request for payment is a person's work (cmic-api §1.5, A-19); the connector watches. What is void stays and
keeps its key.
"""

from sandbox.cmic import cost_rows, rows
from sandbox.cmic.accountant import NotPossible
from sandbox.cmic.jsontext import plain
from sandbox.cmic.payment_requests import NOTHING, lines_of, money, scheduled, tally
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules.base import ALL
from sandbox.cmic.rules.cheques import REVERSED, amounts_of, pay, settle, spoken_for, voucher_of
from sandbox.cmic.rules.periods import closed
from sandbox.cmic.rules.subcontracts import POSTED, UNPOSTED, VOID, header_of
from sandbox.cmic.rules.vouchers import track
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.writing import erase


def voucher(tenant: Tenant, key: tuple[str, str, str]) -> Row:
    """The voucher of (company, vendor, invoice). Raises NotPossible."""
    row = tenant.books.one("apvoucher", *key)
    if row is None:
        raise NotPossible(f"there is no voucher {'/'.join(key)}")
    return row


def post_voucher(tenant: Tenant, key: tuple[str, str, str], post_date: str | None) -> Row:
    """Post a request for payment: what it asks for becomes outstanding. Raises NotPossible."""
    row = voucher(tenant, key)
    _only(row, UNPOSTED)
    for line in lines_of(tenant.books, row):
        found = scheduled(tenant.books, line["VdistTranScschOraseq"])
        header = header_of(tenant, found) if found else None
        if header is None or header["ScmstStatusCode"] != POSTED:
            change = header["ScmstChgCode"] if header else "?"
            raise NotPossible(f"contract {row['VouContCode']}/{change} is not posted")
    day = open_day(tenant, post_date or row["VouPostDate"])
    values: dict[str, Value] = {"VouStatusCode": POSTED, "VouBchPost": "Y", "VouPostDate": day}
    posted = _changed(tenant, "apvoucher", row, values)
    pay(tenant, posted)
    track(tenant, row)
    cost_rows.spend(tenant, posted)
    return voucher(tenant, key)


def void_voucher(tenant: Tenant, key: tuple[str, str, str], void_date: str | None) -> Row:
    """Void a posted voucher that nothing was paid of. Raises NotPossible."""
    row = voucher(tenant, key)
    _only(row, POSTED)
    day = open_day(tenant, void_date)
    if money(row["VouPaidAmt"]) or spoken_for(tenant, row):
        raise NotPossible(f"voucher {row['VouNum']} is paid by a cheque")
    nothing = dict.fromkeys(("VouInvOutstandAmt", "VouInvOutStandGrandAmt"), NOTHING)
    void = _changed(tenant, "apvoucher", row, {"VouStatusCode": VOID, **nothing})
    for line in lines_of(tenant.books, row):
        left = tally(tenant.books, line["VdistTranScschOraseq"])
        if abs(left.released) > abs(left.held):
            raise NotPossible(f"retainage of voucher {row['VouNum']} was released by another one")
    track(tenant, row)
    cost_rows.unspend(tenant, row, day)
    return void


def delete_voucher(tenant: Tenant, key: tuple[str, str, str]) -> None:
    """Delete an unposted voucher with its lines; its key is free again. Raises NotPossible."""
    row = voucher(tenant, key)
    _only(row, UNPOSTED)
    erase(tenant, TABLES["apvoucher"], row)


def post_cheque(tenant: Tenant, cheque: Row, post_date: str | None) -> Row:
    """Post a cheque: its vouchers' outstanding amounts go down. Raises NotPossible."""
    if cheque["ChqRevDate"] or cheque["ChqBchPost"] == "Y":
        raise NotPossible(f"cheque {cheque['ChqNum']} is {'void' if cheque['ChqRevDate'] else 'posted'}")
    for amount in amounts_of(tenant, cheque):
        paid = voucher_of(tenant, amount)
        outstanding = money(paid["VouInvOutstandAmt"]) if paid and paid["VouStatusCode"] == POSTED else NOTHING
        if money(amount["PaAmt"]) > outstanding:
            raise NotPossible(f"of invoice {amount['PaVouInvCode']} only {plain(outstanding)} is outstanding")
    return settle(tenant, cheque, open_day(tenant, post_date or cheque["ChqPostDate"]))


def void_cheque(tenant: Tenant, cheque: Row, void_date: str | None) -> Row:
    """Void a posted cheque: what it paid is outstanding again. Raises NotPossible."""
    if cheque["ChqRevDate"] or cheque["ChqBchPost"] != "Y":
        raise NotPossible(f"cheque {cheque['ChqNum']} is {'void' if cheque['ChqRevDate'] else 'not posted'}")
    values: dict[str, Value] = {"ChqRevDate": open_day(tenant, void_date), "ChqRevCode": REVERSED}
    payments = standing(tenant, cheque)
    void = _changed(tenant, "manualcheck", cheque, values)
    for payment in payments:
        tenant.books.drop("apvouchq", str(payment["VouchqVUuid"]))
        for paid in tenant.books.select("apvoucher", {"VouNum": payment["VouchqVouNum"]}):
            pay(tenant, paid)
    return void


def standing(tenant: Tenant, cheque: Row) -> list[Row]:
    """What a posted cheque paid, if nobody took it back yet. Raises NotPossible."""
    payments = tenant.books.select("apvouchq", {"VouchqChqSeqNum": cheque["ChqSeqNum"]})
    for payment in payments:
        for paid in tenant.books.select("apvoucher", {"VouNum": payment["VouchqVouNum"]}):
            if money(paid["VouPaidAmt"]) < money(payment["VouchqAmt"]):
                raise NotPossible(f"cheque {cheque['ChqNum']} is reversed")
    return payments


def cheque(tenant: Tenant, company: str, number: int, department: str | None, account: str | None) -> Row:
    """The one cheque of that number, of a bank account where several have it. Raises NotPossible."""
    where: dict[str, Value] = {"ChqCompCode": company, "ChqNum": number}
    where |= {name: value for name, value in (("ChqDeptCode", department), ("ChqAccCode", account)) if value}
    found = tenant.books.select("manualcheck", where)
    if len(found) != 1:
        raise NotPossible(f"there are {len(found)} cheques {number} of company {company}")
    return found[0]


def create_job(
    tenant: Tenant, company: str, code: str, project: str | None, name: str | None, control: str | None
) -> Row:
    """Make a job, and make it the controlling job of a project. Raises NotPossible."""
    if tenant.books.one("glcompany", company) is None:
        raise NotPossible(f"there is no company {company}")
    if tenant.books.one("jcjob", company, code) is not None:
        raise NotPossible(f"there already is a job {code}")
    if control and tenant.books.one("jcjob", company, control) is None:
        raise NotPossible(f"there is no controlling job {control}")
    linked = tenant.books.one("pmproject", company, project) if project else None
    if project and linked is None:
        raise NotPossible(f"there is no project {project}")
    named = name or (str(linked["GrpmpProjName"]) if linked else code)
    values = {"JobCompCode": company, "JobCode": code, "JobName": named, "JobContCode": code}
    row = rows.new(tenant, TABLES["jcjob"], values | {"JobCtrlCode": control or ALL})
    tenant.books.put("jcjob", row)
    if linked is not None:
        _changed(tenant, "pmproject", linked, {"GrpmpJobCode": code})
    return row


def _only(row: Row, state: str) -> None:
    if row["VouStatusCode"] != state:
        raise NotPossible(f"voucher {row['VouNum']} is in status {row['VouStatusCode']}")


def open_day(tenant: Tenant, day: Value) -> str:
    """The day, or today; in an open period. Raises NotPossible."""
    chosen = str(day or tenant.stamp()[:10])
    if reason := closed(tenant, chosen):
        raise NotPossible(reason)
    return chosen


def _changed(tenant: Tenant, resource: str, row: Row, values: dict[str, Value]) -> Row:
    new = rows.changed(tenant, TABLES[resource], row, values)
    tenant.books.put(resource, new)
    return new
