"""What posting writes into the job cost detail, and what was spent to date of it (cmic-api §3.11, §10.6).

A posted subcontract or change order is a commitment row (type ``O``) for each line, a posted voucher a cost row (type
``C``) that names its contract; voiding enters the same again with the opposite sign. Spent to date of a cost code and
category is the sum of its cost rows. Which reference, source and journal codes the rows have is assumed.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from sandbox.cmic import rows
from sandbox.cmic.payment_requests import NOTHING, money, scheduled
from sandbox.cmic.payment_requests import lines_of as voucher_lines
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules.base import ALL
from sandbox.cmic.rules.subcontracts import lines_of
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant

COST, COMMITMENT = "C", "O"
"""Values of ``JcdtTypeCode`` (A-14)."""

SUBCONTRACTS, PAYABLES = "SC", "AP"
"""Journal codes of what is posted here; a customer chooses its own."""

PAIR = ("CompCode", "JobCode", "PhsCode", "CatCode")
OPPOSITE = ("JcdtAmt", "JcdtUnit", "JcdtBillAmt")
_SIXTH = Decimal("0.000001")


def commit(tenant: Tenant, header: Row) -> None:
    """Enter the commitment rows of a contract or change order that was just posted."""
    batch, day = header["ScmstPostBatch"], header["ScmstPostDate"]
    enter(
        tenant,
        (
            _of_line(tenant, line)
            | {
                "JcdtTypeCode": COMMITMENT,
                "JcdtRefDate": header["ScmstDate"] or day,
                "JcdtPostDate": day,
                "JcdtRefCode": header["ScmstChgCode"],
                "JcdtRefDesc": line["ScschTaskName"] or header["ScmstName"],
                "JcdtJourCode": SUBCONTRACTS,
                "JcdtBchNum": batch,
                "JcdtUnit": line["ScschUnit"],
                "JcdtAmt": line["ScschAmt"],
                "JcdtCurrCode": header["ScmstCurrCode"],
            }
            for line in lines_of(tenant, header)
            if money(line["ScschAmt"])
        ),
    )


def release(tenant: Tenant, header: Row, day: str) -> None:
    """Take the commitment rows of a contract or change order back."""
    where = {"JcdtTypeCode": COMMITMENT, "JcdtSrcCode": header["ScmstVenCode"], "JcdtRefCode": header["ScmstChgCode"]}
    _reverse(tenant, header["ScmstCompCode"], header["ScmstContCode"], where, day)


def spend(tenant: Tenant, voucher: Row) -> None:
    """Enter the cost rows of a voucher that was just posted: what it bills, before retainage."""
    batch = tenant.books.next("post_batch")
    made: list[Row] = []
    for line in voucher_lines(tenant.books, voucher):
        billed, row = money(line["VdistTranScschLstAmt"]), scheduled(tenant.books, line["VdistTranScschOraseq"])
        if not billed or row is None:
            continue
        own: Row = {
            "JcdtTypeCode": COST,
            "JcdtRefDate": voucher["VouInvDate"],
            "JcdtPostDate": voucher["VouPostDate"],
            "JcdtRefCode": str(voucher["VouNum"]),
            "JcdtRefDesc": row["ScschTaskName"],
            "JcdtJourCode": PAYABLES,
            "JcdtBchNum": batch,
            "JcdtUnit": _units(billed, row["ScschUnitRate"]),
            "JcdtAmt": billed,
            "JcdtInvNum": voucher["VouInvCode"],
            "JcdtCurrCode": voucher["VouCurrCode"],
        }
        made.append(_of_line(tenant, row) | own)
    enter(tenant, made)


def unspend(tenant: Tenant, voucher: Row, day: str) -> None:
    """Take the cost rows of a voucher back."""
    where = {"JcdtTypeCode": COST, "JcdtSrcCode": voucher["VouVenCode"], "JcdtRefCode": str(voucher["VouNum"])}
    _reverse(tenant, voucher["VouCompCode"], voucher["VouContCode"], where, day)


def enter(tenant: Tenant, values: Iterable[Mapping[str, Value]]) -> list[Row]:
    """Enter rows, and let what was spent to date follow. Returns the rows."""
    table = TABLES["jcdetailposted"]
    entered = [rows.new(tenant, table, row) for row in values]
    for row in entered:
        tenant.books.put(table.resource, row)
    resum(tenant, entered)
    return entered


def opposite(row: Row, day: str) -> dict[str, Value]:
    """The same again with the opposite sign, as a row that is still to be entered."""
    table = TABLES["jcdetailposted"]
    kept = {name: value for name, value in row.items() if name not in (table.uuid, table.created, table.updated)}
    turned: Row = {name: -value if isinstance(value := row[name], Decimal) else value for name in OPPOSITE}
    return kept | turned | {"JcdtPostDate": day}


def resum(tenant: Tenant, touched: Iterable[Row]) -> None:
    """Spent to date of every cost code and category that these rows are on: the sum of its cost rows."""
    for key in {tuple(row[f"Jcdt{name}"] for name in PAIR) for row in touched}:
        pair = tenant.books.one("jcjobcategory", *key)
        if pair is None:
            continue
        where = {f"Jcdt{name}": value for name, value in zip(PAIR, key, strict=True)}
        found = tenant.books.select("jcdetailposted", where | {"JcdtTypeCode": COST})
        spent = sum((money(row["JcdtAmt"]) for row in found), NOTHING)
        if money(pair["JcatSpentAmt"]) != spent:
            changed = rows.changed(tenant, TABLES["jcjobcategory"], pair, {"JcatSpentAmt": spent})
            tenant.books.put("jcjobcategory", changed)


def controls(tenant: Tenant, company: Value, job: Value, cost_code: Value) -> dict[str, Value]:
    """The controlling job and cost code that a row shows."""
    above = tenant.books.one("jcjob", company, job)
    code = tenant.books.one("jcjobcostcodes", company, job, cost_code)
    return {
        "JcdtJobCtrlCode": above["JobCtrlCode"] if above else ALL,
        "JcdtPhsCtrlCode": code["GjjpCtrlCode"] if code else ALL,
    }


def partner_name(tenant: Tenant, code: Value) -> Value:
    """The name of a vendor, if there is such a partner."""
    found = tenant.books.one("businesspartner", code)
    return found["BpName"] if found else None


def _of_line(tenant: Tenant, line: Row) -> dict[str, Value]:
    """What a row shows of the schedule of values line it comes from."""
    place = {f"Jcdt{name}": line[f"Scsch{name}"] for name in PAIR}
    own: Row = {
        "JcdtSrcCode": line["ScschVenCode"],
        "JcdtSrcDesc": partner_name(tenant, line["ScschVenCode"]),
        "JcdtSrcCommCode": line["ScschContCode"],
        "JcdtWmCode": line["ScschWmCode"],
    }
    return place | controls(tenant, line["ScschCompCode"], line["ScschJobCode"], line["ScschPhsCode"]) | own


def _units(billed: Decimal, rate: Value) -> Decimal | None:
    """How many units an amount is, of a line that has a rate."""
    return (billed / rate).quantize(_SIXTH, ROUND_HALF_UP) if isinstance(rate, Decimal) and rate else None


def _reverse(tenant: Tenant, company: Value, contract: Value, where: Mapping[str, Value], day: str) -> None:
    found = tenant.books.select("jcdetailposted", {"JcdtCompCode": company, "JcdtSrcCommCode": contract, **where})
    batch: Row = {"JcdtBchNum": tenant.books.next("post_batch")}
    enter(tenant, [opposite(row, day) | batch for row in found])
