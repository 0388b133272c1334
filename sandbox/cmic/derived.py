"""What a view shows that is stored elsewhere: names of the company, partner or job a row points at.

Some resources are altogether derived: ``jcjobcostcatcodes`` shows the active pairs of ``jcjobcategory``, and vouchers
and cheques are seen through several resources (cmic-api §3.8, §3.9).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.cmic.books import Books
from sandbox.cmic.payment_requests import detail, totals
from sandbox.cmic.resources import TABLES
from sandbox.cmic.schema import Row, Table, Value

_PAIRS = {name: name.replace("Jccat", "Jcat") for name in TABLES["jcjobcostcatcodes"].by_name}


@dataclass(frozen=True)
class Derivation:
    """How a derived row comes from a stored one: ``names`` are the attributes that are stored under another name or
    the same one, ``show`` makes the row, ``keep`` tells which stored rows the resource has.
    """

    names: Mapping[str, str]
    show: Callable[[Books, Row], Row]
    keep: Callable[[Row], bool] = lambda row: True


def rows(books: Books, table: Table, equals: Mapping[str, Value]) -> list[Row]:
    """The rows of a resource that have these stored values, as its view shows them, oldest first."""
    if derivation := _DERIVATIONS.get(table.resource):
        wanted = {derivation.names[name]: value for name, value in equals.items() if name in derivation.names}
        kept = [row for row in books.select(table.store, wanted) if derivation.keep(row)]
        shown = [derivation.show(books, row) for row in kept]
        return [row for row in shown if all(row[name] == value for name, value in equals.items())]
    found = books.select(table.resource, equals)
    lookup = _LOOKUPS.get(table.resource)
    return [lookup(books, row) for row in found] if lookup else found


def row(books: Books, table: Table, uuid: str) -> Row | None:
    """One row by its VUuid, as its view shows it."""
    found = books.get(table.store, uuid)
    if found is None:
        return None
    if derivation := _DERIVATIONS.get(table.resource):
        return derivation.show(books, found) if derivation.keep(found) else None
    lookup = _LOOKUPS.get(table.resource)
    return lookup(books, found) if lookup else found


def addressed(books: Books, table: Table, key: str) -> Row | None:
    """One row by what names it in URLs: its VUuid, or a number where the table says so."""
    if table.address is None:
        return row(books, table, key)
    if not (key.isascii() and key.isdigit()):
        return None
    return next(iter(rows(books, table, {table.address: int(key)})), None)


def active_pair(row: Row) -> bool:
    """Whether a job's cost code and category may be used."""
    return row["JcatCatActiveFlag"] == "Y" and row["JcatPhaseActiveFlag"] == "Y"


def composed(table: Table) -> bool:
    """Whether rows of this resource show anything that other resources' rows store."""
    return table.resource in _DERIVATIONS or table.resource in _LOOKUPS


def selectable(table: Table) -> frozenset[str]:
    """The attributes that rows can be selected by through an index."""
    return frozenset(table.key).union(*table.indexes)


def _same(resource: str) -> dict[str, str]:
    return {name: name for name in TABLES[resource].by_name}


def _renamed(names: Mapping[str, str]) -> Callable[[Books, Row], Row]:
    return lambda books, row: {name: row[stored] for name, stored in names.items()}


def _unposted(row: Row) -> bool:
    return row["VouStatusCode"] == "U"


_DERIVATIONS = {
    "jcjobcostcatcodes": Derivation(_PAIRS, _renamed(_PAIRS), active_pair),
    "apallvouchers": Derivation(_same("apallvouchers"), _renamed(_same("apallvouchers"))),
    "unpostedvouchers": Derivation(_same("unpostedvouchers"), _renamed(_same("unpostedvouchers")), _unposted),
    "apcheque": Derivation(_same("apcheque"), _renamed(_same("apcheque"))),
    "scrfptotals": Derivation(
        {"VsovVouUuid": "VouVUuid", "VsovCompCode": "VouCompCode", "VsovVenCode": "VouVenCode"}
        | {"VsovContCode": "VouContCode"},
        totals,
    ),
    "scrfpdetail": Derivation({"VsovVUuid": "VdistVUuid"}, detail),
}


def _project(books: Books, row: Row) -> Row:
    job = books.one("jcjob", row["GrpmpCompCode"], row["GrpmpJobCode"])
    return row | {"GrpmpJobName": job["JobName"], "GrpmpJobStatusCode": job["JobStatusCode"]} if job else row


def _contract_type(books: Books, row: Row) -> Row:
    company = books.one("glcompany", row["PmctCompCode"])
    return row | {"PmctCompName": company["CompName"]} if company else row


def _partner(books: Books, row: Row) -> Row:
    is_vendor = books.select("apvendor", {"BpvenBpCode": row["BpCode"]})
    return row | {"BpVendorStatusFlag": "Y" if is_vendor else "N"}


def _vendor(books: Books, row: Row) -> Row:
    partner = books.one("businesspartner", row["BpvenBpCode"])
    return row | {"BpvenBpName": partner["BpName"]} if partner else row


def _customer(books: Books, row: Row) -> Row:
    partner = books.one("businesspartner", row["BpcustBpCode"])
    return row | {"BpcustBpName": partner["BpName"]} if partner else row


_LOOKUPS: dict[str, Callable[[Books, Row], Row]] = {
    "pmproject": _project,
    "pmcontracttype": _contract_type,
    "businesspartner": _partner,
    "apvendor": _vendor,
    "arcustomer": _customer,
}
