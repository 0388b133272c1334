"""How far a schedule of values is billed: sums over the vouchers against it (cmic-api §3.8, §4.4).

Also what ``scrfpdetail`` and ``scrfptotals`` show of a voucher: one row a line, and one row for all of them. The names of
the totals are confirmed, what each means is assumed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.cmic.books import Books
from sandbox.cmic.schema import Row, Value

LIVE = frozenset({"U", "P"})
"""The states of vouchers that use a schedule of values up: all but void."""

NOTHING = Decimal(0)
HUNDRED = Decimal(100)
_SIXTH = Decimal("0.000001")


@dataclass(frozen=True)
class Tally:
    """Amounts of one schedule of values row: billed before retainage, retainage held, retainage released."""

    billed: Decimal = NOTHING
    held: Decimal = NOTHING
    released: Decimal = NOTHING

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.billed + other.billed, self.held + other.held, self.released + other.released)


def money(value: Value) -> Decimal:
    """An amount; nothing counts as zero."""
    return value if isinstance(value, Decimal) else Decimal(value or 0)


def of_line(line: Row) -> Tally:
    """What one line of a voucher bills."""
    names = ("VdistTranScschLstAmt", "VdistTranScschHldbkAmt", "VdistTranScschHldbkRlsAmt")
    return Tally(*(money(line[name]) for name in names))


def tally(books: Books, oraseq: Value, statuses: frozenset[str] = LIVE, before: Value = None) -> Tally:
    """What the vouchers in these states have billed of a row; with ``before``, those entered earlier only."""
    total = Tally()
    for line in books.select("apvoucherdetail", {"VdistTranScschOraseq": oraseq}):
        voucher = voucher_of(books, line)
        earlier = before is None or int(str(line["VdistVouNum"])) < int(str(before))
        if voucher and voucher["VouStatusCode"] in statuses and earlier:
            total += of_line(line)
    return total


def voucher_of(books: Books, line: Row) -> Row | None:
    """The voucher that a line belongs to."""
    return next(iter(books.select("apvoucher", {"VouNum": line["VdistVouNum"]})), None)


def lines_of(books: Books, voucher: Row) -> list[Row]:
    """The lines of a voucher."""
    return books.select("apvoucherdetail", {"VdistVouNum": voucher["VouNum"]})


def scheduled(books: Books, oraseq: Value) -> Row | None:
    """The schedule of values row with that sequence."""
    return next(iter(books.select("scsched", {"ScschOraseq": oraseq})), None)


def detail(books: Books, line: Row) -> Row:
    """A voucher line as ``scrfpdetail`` shows it."""
    voucher = voucher_of(books, line) or {}
    row = scheduled(books, line["VdistTranScschOraseq"]) or {}
    shown: Row = {f"Vsov{name}": voucher.get(f"Vou{name}") for name in ("CompCode", "VenCode", "ContCode")}
    names = ("ChgCode", "TaskCode", "TaskName", "JobCode", "PhsCode", "CatCode", "WmCode")
    shown |= {f"Vsov{name}": row.get(f"Scsch{name}") for name in names}
    own: Row = {
        "VsovVouUuid": voucher.get("VouVUuid"),
        "VsovScschOraseq": line["VdistTranScschOraseq"],
        "VsovVUuid": line["VdistVUuid"],
    }
    return shown | own | _progress(books, [line])


def totals(books: Books, voucher: Row) -> Row:
    """A voucher as ``scrfptotals`` shows it."""
    shown: Row = {f"Vsov{name}": voucher[f"Vou{name}"] for name in ("CompCode", "VenCode", "ContCode")}
    return shown | {"VsovVouUuid": voucher["VouVUuid"]} | _progress(books, lines_of(books, voucher))


def _progress(books: Books, lines: list[Row]) -> dict[str, Value]:
    """How far the rows that these lines bill are, with these lines and all that were entered before."""
    rows = [scheduled(books, line["VdistTranScschOraseq"]) or {} for line in lines]
    earlier = _sum(tally(books, line["VdistTranScschOraseq"], before=line["VdistVouNum"]) for line in lines)
    now = _sum(of_line(line) for line in lines)
    through, task = earlier + now, sum((money(row.get("ScschAmt")) for row in rows), NOTHING)
    return {
        "VsovTaskAmt": task,
        "VsovTaskQty": _quantity(rows),
        "VsovComplPct": share(through.billed, task),
        "VsovComplAmt": through.billed,
        "VsovComplQty": None,
        "VsovPrevCertAmt": earlier.billed,
        "VsovPrevCertQty": None,
        "VsovRetainagePct": share(now.held, now.billed),
        "VsovContRetainedAmt": through.held - through.released,
        "VsovVouRetainedAmt": now.held,
        "VsovVouRetainRlsAmt": now.released,
        "VsovInvLineAmt": now.billed,
    }


def _sum(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def _quantity(rows: Sequence[Mapping[str, Value]]) -> Value:
    """The quantity of one row; several have units of their own."""
    return rows[0].get("ScschUnit") if len(rows) == 1 else None


def share(part: Decimal, whole: Decimal) -> Decimal:
    """A percentage with six decimals; of nothing it is 0."""
    return (part * HUNDRED / whole).quantize(_SIXTH) if whole else NOTHING
