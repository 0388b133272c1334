"""Requests for payment: vouchers against a subcontract's schedule of values (cmic-api §3.8, §4.5).

The contract must be posted or in process and may have one open request at a time. No line goes beyond what remains of
its schedule of values row, no release beyond the retainage held so far.
"""

from decimal import Decimal

from sandbox.cmic.errors import rule
from sandbox.cmic.jsontext import plain
from sandbox.cmic.payment_requests import Tally, money, of_line, scheduled, share, tally
from sandbox.cmic.rules.base import Rules, company, currency, open_job
from sandbox.cmic.rules.jobs import is_sub_job
from sandbox.cmic.rules.partners import usable_vendor
from sandbox.cmic.rules.periods import closed
from sandbox.cmic.rules.subcontracts import BASE, IN_PROCESS, POSTED, UNPOSTED, VOID
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant

FIRST_NUMBER = 100_000
"""Below the server's own voucher numbers."""

FIXED = ("VouJobCode", "VouContCode", "VouChgCode", "VouInvAmt", "VouBchPost")
"""What a PATCH of an unposted voucher may not change."""

STATES = {POSTED: "posted", VOID: "void"}


def frozen(voucher: Row) -> str | None:
    """Why nothing of this voucher may change, if it may not."""
    state = STATES.get(str(voucher["VouStatusCode"]))
    return f"Voucher {voucher['VouNum']} is {state} and cannot be changed." if state else None


def next_number(tenant: Tenant) -> int:
    """The server's next voucher number."""
    while True:
        number = FIRST_NUMBER + tenant.books.next("voucher")
        if not tenant.books.select("apvoucher", {"VouNum": number}):
            return number


def contract_of(tenant: Tenant, row: Row, change: Value) -> Row | None:
    """The header of a voucher's contract, or of one of its change orders."""
    return tenant.books.one("scmast", row["VouCompCode"], row["VouVenCode"], row["VouContCode"], change)


def _create(tenant: Tenant, row: Row) -> Row:
    company(tenant, row["VouCompCode"])
    usable_vendor(tenant, row["VouCompCode"], row["VouVenCode"])
    currency(row["VouCurrCode"])
    open_job(tenant, row["VouCompCode"], row["VouJobCode"])
    if int(str(row["VouNum"])) >= 0:
        raise rule("Voucher Num must be a provisional, negative number.")
    if row["VouBchPost"] != "N":
        raise rule("Batch Post must be N: requests for payment are posted in CMiC.")
    if reason := closed(tenant, row["VouPostDate"]):
        raise rule(reason)
    _check_invoice(tenant, row)
    _check_contract(tenant, row)
    _check_open(tenant, row)
    return row


def _check_invoice(tenant: Tenant, row: Row) -> None:
    names = ("VouCompCode", "VouVenCode", "VouInvCode")
    found = tenant.books.one("apvoucher", *(row[name] for name in names))
    if found is not None:
        where = f"vendor {row['VouVenCode']} in company {row['VouCompCode']}"
        raise rule(f"Invoice {row['VouInvCode']} of {where} already exists: voucher {found['VouNum']}.")


def _check_contract(tenant: Tenant, row: Row) -> None:
    contract, job = row["VouContCode"], row["VouJobCode"]
    base = contract_of(tenant, row, BASE)
    if base is None:
        raise rule(f"Contract {contract} of vendor {row['VouVenCode']} does not exist in company {row['VouCompCode']}.")
    _check_payable(tenant, row, BASE)
    _check_payable(tenant, row, row["VouChgCode"])
    if job != base["ScmstJobCode"] and not is_sub_job(tenant, row["VouCompCode"], job, base["ScmstJobCode"]):
        raise rule(f"Job {job} is neither the job of contract {contract} nor one of its sub-jobs.")
    if row["VouCurrCode"] != base["ScmstCurrCode"]:
        raise rule(f"Currency {row['VouCurrCode']} is not the currency of contract {contract}.")


def _check_payable(tenant: Tenant, row: Row, change: Value) -> None:
    """Payment can be asked for what is posted or in process only."""
    header, shown = contract_of(tenant, row, change), f"{row['VouContCode']}/{change}"
    if header is None:
        raise rule(f"Change Code {change} of contract {row['VouContCode']} does not exist.")
    if header["ScmstStatusCode"] == VOID:
        raise rule(f"Request for payment cannot be entered: contract {shown} is void.")
    if header["ScmstStatusCode"] not in (POSTED, IN_PROCESS):
        raise rule(f"Request for payment cannot be entered: contract {shown} is not posted.")


def open_requests(tenant: Tenant, row: Row) -> list[Row]:
    """The unposted vouchers of the same contract."""
    where = {name: row[name] for name in ("VouCompCode", "VouVenCode", "VouContCode")}
    return [other for other in tenant.books.select("apvoucher", where) if other["VouStatusCode"] == UNPOSTED]


def _check_open(tenant: Tenant, row: Row) -> None:
    settings = tenant.settings
    for other in () if settings.several_open_rfps else open_requests(tenant, row):
        if settings.change_orders_in_contract_rfp or other["VouChgCode"] == row["VouChgCode"]:
            shown = f"invoice {other['VouInvCode']}, voucher {other['VouNum']}"
            raise rule(f"Contract {row['VouContCode']} of vendor {row['VouVenCode']} has an open RFP: {shown}.")


def _compose(tenant: Tenant, row: Row, lines: list[Row]) -> tuple[Row, list[Row]]:
    if not lines:
        raise rule(f"Invoice {row['VouInvCode']} has no distribution against the schedule of values.")
    seen: set[Value] = set()
    for line in lines:
        _check_line(tenant, row, line)
        if line["VdistTranScschOraseq"] in seen:
            raise rule(f"Schedule of values row {line['VdistTranScschOraseq']} is distributed twice.")
        seen.add(line["VdistTranScschOraseq"])
    total = sum((of_line(line) for line in lines), Tally())
    _check_total(row, total)
    own = next_number(tenant)
    sums: Row = {"VouNum": own, "VouHldbkAmt": total.held, "VouHldbkPaid": total.released}
    return row | sums, [line | {"VdistVouNum": own} for line in lines]


def _check_total(row: Row, total: Tally) -> None:
    amount = money(row["VouInvAmt"])
    if amount != total.billed:
        raise rule(f"Invoice Amount {plain(amount)} is not the sum of its distribution, {plain(total.billed)}.")
    if not amount and not total.released:
        raise rule(f"Invoice Amount of {row['VouInvCode']} is 0 and it releases no retainage.")


def _check_line(tenant: Tenant, row: Row, line: Row) -> None:
    oraseq = line["VdistTranScschOraseq"]
    if line["VdistVouNum"] != row["VouNum"]:
        raise rule(f"Voucher Num {line['VdistVouNum']} of a line is not that of its voucher, {row['VouNum']}.")
    found = scheduled(tenant.books, oraseq)
    names = ("CompCode", "VenCode", "ContCode")
    if found is None or any(found[f"Scsch{name}"] != row[f"Vou{name}"] for name in names):
        raise rule(f"Schedule of values row {oraseq} does not belong to contract {row['VouContCode']}.")
    _check_change(tenant, row, found)
    open_job(tenant, found["ScschCompCode"], found["ScschJobCode"])
    _check_balance(found, of_line(line), tally(tenant.books, oraseq))


def _check_change(tenant: Tenant, row: Row, found: Row) -> None:
    """A request on the contract may bill its change orders too, if the tenant merges them; no other mix."""
    change = found["ScschChgCode"]
    merged = tenant.settings.change_orders_in_contract_rfp and row["VouChgCode"] == BASE
    if change != row["VouChgCode"] and not merged:
        raise rule(f"Task {found['ScschTaskCode']} belongs to change code {change}, not to {row['VouChgCode']}.")
    _check_payable(tenant, row, change)


def _check_balance(found: Row, own: Tally, so_far: Tally) -> None:
    """A row of a negative amount is billed, held and released in negative amounts."""
    scheduled_amount, task = money(found["ScschAmt"]), found["ScschTaskCode"]
    sign = -1 if scheduled_amount < 0 else 1
    if not own.billed and not own.held and not own.released:
        raise rule(f"Task {task} has neither an amount nor retainage.")
    if not 0 <= (so_far.billed + own.billed) * sign <= scheduled_amount * sign:
        left = plain(scheduled_amount - so_far.billed)
        raise rule(f"Amount {plain(own.billed)} of task {task} exceeds the remaining balance {left}.")
    if not _within(own.held, own.billed):
        raise rule(f"Retainage {plain(own.held)} of task {task} is not within its amount {plain(own.billed)}.")
    left = plain(so_far.held - so_far.released)
    if own.released * sign < 0 or (own.released * sign > (so_far.held - so_far.released) * sign):
        raise rule(f"Retainage release {plain(own.released)} of task {task} exceeds the retainage held {left}.")
    if (so_far.held + own.held - so_far.released - own.released) * sign < 0:
        raise rule(f"Retainage {plain(own.held)} of task {task} takes back more than is held, {left}.")


def _within(part: Decimal, whole: Decimal) -> bool:
    """Whether a part has the sign of the whole and is no larger."""
    return 0 <= part <= whole or whole <= part <= 0


def _update(tenant: Tenant, old: Row, new: Row) -> Row:
    if reason := frozen(old) or closed(tenant, new["VouPostDate"]):
        raise rule(reason)
    for name in FIXED:
        if new[name] != old[name]:
            raise rule(f"{tenant.names('apvoucher').wire[name]} of voucher {old['VouNum']} cannot be changed.")
    currency(new["VouCurrCode"])
    return new


def _delete(tenant: Tenant, row: Row) -> None:
    if reason := frozen(row):
        raise rule(reason)


def track(tenant: Tenant, row: Row) -> None:
    """The contract's schedule of values shows what its posted vouchers billed, held and released.

    That alone does not move a row's change date.
    """
    where = {f"Scsch{name}": row[f"Vou{name}"] for name in ("CompCode", "ContCode", "VenCode")}
    for found in tenant.books.select("scsched", where):
        so_far = tally(tenant.books, found["ScschOraseq"], frozenset({POSTED}))
        shown: Row = {
            "ScschComplAmt": so_far.billed,
            "ScschComplPct": share(so_far.billed, money(found["ScschAmt"])),
            "ScschCurrHldbkAmt": so_far.held,
            "ScschCurrHldbkRlsAmt": so_far.released,
        }
        if any(money(found[name]) != value for name, value in shown.items()):
            tenant.books.put("scsched", found | shown)


VOUCHER = Rules(create=_create, compose=_compose, update=_update, delete=_delete, after=track)
