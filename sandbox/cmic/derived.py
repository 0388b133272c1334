"""What a view shows that is stored elsewhere: names of the company, partner or job a row points at.

``jcjobcostcatcodes`` is altogether derived: the active cost code and category pairs of ``jcjobcategory``.
"""

from collections.abc import Callable, Mapping

from sandbox.cmic.books import Books
from sandbox.cmic.resources import TABLES
from sandbox.cmic.schema import Row, Table, Value

_PAIRS = {name: name.replace("Jccat", "Jcat") for name in TABLES["jcjobcostcatcodes"].by_name}


def rows(books: Books, table: Table, equals: Mapping[str, Value]) -> list[Row]:
    """The rows of a resource that have these stored values, as its view shows them, oldest first."""
    if table.derived_from:
        wanted = {_PAIRS[name]: value for name, value in equals.items()}
        return [_pair(row) for row in books.select(table.derived_from, wanted) if active_pair(row)]
    found = books.select(table.resource, equals)
    lookup = _LOOKUPS.get(table.resource)
    return [lookup(books, row) for row in found] if lookup else found


def row(books: Books, table: Table, uuid: str) -> Row | None:
    """One row by its VUuid, as its view shows it."""
    found = books.get(table.derived_from or table.resource, uuid)
    if found is None or table.derived_from:
        return _pair(found) if found and active_pair(found) else None
    lookup = _LOOKUPS.get(table.resource)
    return lookup(books, found) if lookup else found


def active_pair(row: Row) -> bool:
    """Whether a job's cost code and category may be used."""
    return row["JcatCatActiveFlag"] == "Y" and row["JcatPhaseActiveFlag"] == "Y"


def selectable(table: Table) -> frozenset[str]:
    """The attributes that rows can be selected by through an index."""
    return frozenset(table.key).union(*table.indexes)


def _pair(row: Row) -> Row:
    return {name: row[stored] for name, stored in _PAIRS.items()}


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


_LOOKUPS: dict[str, Callable[[Books, Row], Row]] = {
    "pmproject": _project,
    "pmcontracttype": _contract_type,
    "businesspartner": _partner,
    "apvendor": _vendor,
}
