"""Job cost rows by the thousand, as years of work would leave them: several journals, sources, dates, quantities,
corrections and invoices on commitments. The same seed on the same books gives the same rows.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate

from sandbox.cmic import cost_rows, rows
from sandbox.cmic.derived import active_pair
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules.subcontracts import POSTED
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant

JOURNALS = (("AP", 45), ("PR", 25), ("PO", 12), ("JC", 10), ("EM", 8))
"""Journal codes and how many in a hundred rows have them: payables, payroll, purchase orders, entries, equipment."""

EMPLOYEES = (("E1001", "Dana Whitfield"), ("E1002", "Luis Ortega"), ("E1003", "Priya Raman"), ("E1004", "Tom Becker"))
MACHINES = (("EQ-07", "Crawler Crane 80 t"), ("EQ-12", "Wheel Loader"), ("EQ-31", "Boom Lift"))
UNITS = ("HR", "CY", "EA", "TN", "SF", None)
WORDS = ("Formwork", "Delivery", "Labor week", "Pump rental", "Rebar", "Cleanup", "Inspection", "Materials", "Fuel")

FIRST_DAY, DAYS = date(2025, 1, 1), 540
CORRECTED, COMMITTED = 0.03, 0.3
"""The share of rows that take back the row before, and that of invoices which are against a commitment."""

CENT = Decimal("0.01")
Named = tuple[str, Value]
NOBODY: Named = ("CASH", None)
"""The source of an invoice where there is no vendor."""


@dataclass(frozen=True)
class Sources:
    """What the rows of one company's job can come from; a contract is (vendor, its name, contract)."""

    vendors: tuple[Named, ...]
    contracts: tuple[tuple[str, Value, str], ...]


def templates(tenant: Tenant, company: str, job: str) -> list[Row]:
    """One whole row for each active cost code and category of the job, without what differs from row to row."""
    found = tenant.books.one("glcompany", company)
    made = []
    for pair in tenant.books.select("jcjobcategory", {"JcatCompCode": company, "JcatJobCode": job}):
        if active_pair(pair):
            place: Row = {"JcdtPhsCode": pair["JcatPhsCode"], "JcdtCatCode": pair["JcatCode"]}
            place |= {"JcdtCompCode": company, "JcdtJobCode": job, "JcdtDeptCode": "00", "JcdtAccCode": "5000"}
            place |= {"JcdtCurrCode": found["CompCurrCode"] if found else None}
            place |= cost_rows.controls(tenant, company, job, pair["JcatPhsCode"])
            made.append(rows.new(tenant, TABLES["jcdetailposted"], place))
    return made


def sources(tenant: Tenant, company: str, job: str) -> Sources:
    """The company's vendors, of every class and inactive ones too, and the job's posted contracts."""
    vendors = tenant.books.select("apvendor", {"BpvenCompCode": company})
    where = {"ScmstCompCode": company, "ScmstJobCode": job, "ScmstStatusCode": POSTED}
    contracts = tenant.books.select("scmast", where)
    return Sources(
        tuple((str(row["BpvenBpCode"]), cost_rows.partner_name(tenant, row["BpvenBpCode"])) for row in vendors),
        tuple(
            (str(row["ScmstVenCode"]), cost_rows.partner_name(tenant, row["ScmstVenCode"]), str(row["ScmstContCode"]))
            for row in contracts
        ),
    )


def generate(starts: list[Row], found: Sources, count: int, seed: str) -> Iterator[Row]:
    """That many rows on these templates."""
    chance = random.Random(seed)
    codes, weights = [code for code, _ in JOURNALS], list(accumulate(weight for _, weight in JOURNALS))
    before: Row | None = None
    for number in range(1, count + 1):
        if before is not None and chance.random() < CORRECTED:
            posted = date.fromisoformat(str(before["JcdtPostDate"])) + timedelta(days=chance.randrange(30))
            row = before | cost_rows.opposite(before, posted.isoformat())
            before = None
        else:
            journal = chance.choices(codes, cum_weights=weights)[0]
            row = before = chance.choice(starts) | _figures(chance, number, journal) | _source(chance, journal, found)
        yield row | {"JcdtVUuid": f"{chance.getrandbits(128):032X}"}


def _figures(chance: random.Random, number: int, journal: str) -> Row:
    worked = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
    unit = "HR" if journal == "PR" else chance.choice(UNITS)
    units = Decimal(chance.randrange(25, 20_000)) / 100 if unit else None
    cents = Decimal(chance.randrange(500, 2_500_000 if units is None else 20_000)) / 100
    return {
        "JcdtJourCode": journal,
        "JcdtBchNum": 10_000 + number // 50,
        "JcdtRefDate": worked.isoformat(),
        "JcdtPostDate": (worked + timedelta(days=chance.randrange(12))).isoformat(),
        "JcdtRefCode": f"{journal}{number:06d}",
        "JcdtRefDesc": chance.choice(WORDS),
        "JcdtUnit": units,
        "JcdtWmCode": unit,
        "JcdtAmt": cents if units is None else (units * cents).quantize(CENT, ROUND_HALF_UP),
    }


def _source(chance: random.Random, journal: str, found: Sources) -> Row:
    if journal == "JC":
        return {}
    if journal in ("PR", "EM"):
        person, called = chance.choice(EMPLOYEES if journal == "PR" else MACHINES)
        return {"JcdtSrcCode": person, "JcdtSrcDesc": called}
    invoice = f"{journal}-{chance.randrange(10**6):06d}"
    if journal == "AP" and found.contracts and chance.random() < COMMITTED:
        vendor, name, contract = chance.choice(found.contracts)
        return {"JcdtSrcCode": vendor, "JcdtSrcDesc": name, "JcdtSrcCommCode": contract, "JcdtInvNum": invoice}
    vendor, name = chance.choice(found.vendors) if found.vendors else NOBODY
    order = f"PO-{chance.randrange(1000, 1200)}" if journal == "PO" else None
    return {"JcdtSrcCode": vendor, "JcdtSrcDesc": name, "JcdtSrcCommCode": order, "JcdtInvNum": invoice}
