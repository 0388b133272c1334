"""What CMiC's and Procore's own books hold of an object of any kind: every row by its natural key, with its amounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from tests.paperwork import Job
from tests.support import ERP, Site

Amounts = tuple[Decimal, ...]
Wants = dict[str, Amounts]


class Row(NamedTuple):
    """A row of CMiC's: the connector's word for what it is and its natural key, as the ledger writes them; its amounts; and
    what CMiC itself calls it."""

    key: str
    amounts: Amounts = ()
    uuid: str = ""


def money(*texts: str) -> Amounts:
    return tuple(Decimal(text) for text in texts)


def amounts(row: dict[str, Any], *names: str) -> Amounts:
    return tuple(Decimal(str(row[name] or 0)) for name in names)


@dataclass(frozen=True)
class Books:
    """`rows` reads what CMiC has now of the object, `wants` says what it has to be, each row once. `origin` reads Procore's id
    of it, where Procore has a place for one. Of cost codes `holder` is the project, whose they are once they were exported."""

    rows: Callable[[], Awaitable[list[Row]]]
    wants: Wants
    origin: Callable[[], Awaitable[str | None]] | None = None
    holder: str = ""

    def but(self, wants: Wants) -> Books:
        """The same with another content."""
        return replace(self, wants=wants)


async def origin_id(site: Site, table: str, number: int) -> str | None:
    answer = await site.procore.get(f"/_sandbox/books/{table}", params={"id": number})
    found: str | None = answer.json()[0]["origin_id"]
    return found


async def items(job: Job, *but: str) -> list[Row]:
    """All PCIs of the job with their lines, except those that stood there before."""
    found = []
    for header in await job.items():
        code = header["CmmCode"]
        if code not in but:
            found.append(Row(f"change_item {ERP}|{job.job}|{code}", (), header["CmmVUuid"]))
            for row in await job.item_lines(code):
                key = f"change_item_line {ERP}|{job.job}|{code}|{row['CmdPhsCode']}|{row['CmdCatCode']}"
                found.append(Row(key, amounts(row, "CmdBudgAmt", "CmdBillAmt"), row["CmdVUuid"]))
    return found


async def subcontract(site: Site, contract: str, change: str) -> list[Row]:
    """A contract's change order and its lines."""
    found = [
        Row(f"subcontract {ERP}|{row['ScmstVenCode']}|{contract}|{change}", (), row["ScmstVUuid"])
        for row in await site.rows("scmast", ScmstContCode=contract, ScmstChgCode=change)
    ]
    for row in await site.rows("scsched", ScschContCode=contract, ScschChgCode=change):
        key = f"subcontract_line {ERP}|{row['ScschVenCode']}|{contract}|{change}|{row['ScschTaskCode']}"
        found.append(Row(key, amounts(row, "ScschAmt"), row["ScschVUuid"]))
    return found


async def voucher(site: Site, contract: str, invoice: str) -> list[Row]:
    """A request for payment and what it bills; its lines name the schedule of values by number, and have no other name."""
    schedule = {row["ScschOraseq"]: row for row in await site.rows("scsched", ScschContCode=contract)}
    found = []
    for header in await site.rows("apvoucher", VouInvCode=invoice):
        key = f"{ERP}|{header['VouVenCode']}|{invoice}"
        found.append(Row(f"voucher {key}", amounts(header, "VouInvAmt"), str(header["VouNum"])))
        for row in await site.rows("apvoucherdetail", VdistVouNum=header["VouNum"]):
            billed = schedule[row["VdistTranScschOraseq"]]
            line = f"{key}|{billed['ScschChgCode']}|{billed['ScschTaskCode']}"
            names = ("VdistTranScschLstAmt", "VdistTranScschHldbkAmt", "VdistTranScschHldbkRlsAmt")
            found.append(Row(f"voucher_line {line}", amounts(row, *names), line))
    return found


async def cheque(site: Site, account: str, number: str) -> list[Row]:
    """A cheque and the vouchers that it pays."""
    found = []
    for header in await site.rows("manualcheck", ChqNum=number):
        found.append(Row(f"payment {ERP}|{account}|{number}", amounts(header, "ChqAmt"), str(header["ChqSeqNum"])))
        for row in await site.rows("payamtchqman", PaChqSeqNum=header["ChqSeqNum"]):
            line = f"{ERP}|{row['PaVenCode']}|{number}|{row['PaVouInvCode']}"
            found.append(Row(f"payment_line {line}", amounts(row, "PaAmt"), line))
    return found


async def codes(job: Job) -> list[Row]:
    """The categories that the job has."""
    rows = await job.site.rows("jcjobcategory", JcatJobCode=job.job)
    return [Row(f"job_code {ERP}|{job.job}|{row['JcatPhsCode']}|{row['JcatCode']}") for row in rows]


async def project(job: Job) -> list[Row]:
    """The project and its job."""
    projects = await job.site.rows("pmproject", GrpmpProjCode=job.job)
    jobs = await job.site.rows("jcjob", JobCode=job.job)
    key = f"{ERP}|{job.job}"
    found = [Row(f"project {key}", (), row["GrpmpVUuid"]) for row in projects]
    return found + [Row(f"job {key}", (), row["JobVUuid"]) for row in jobs]
