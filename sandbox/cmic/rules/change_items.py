"""PCI headers and PCI types (cmic-api §3.10, §4.3).

A posted PCI is frozen except its descriptive fields; so is a rejected one, which plays a void one: CMiC's own word for
that is not public. A job that is closed for transactions still takes PCIs.
"""

import re

from sandbox.cmic import rows
from sandbox.cmic.errors import rule
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules.base import Rules, company, job
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant

EXTERNAL, INTERNAL, TRANSFER, ORIGINAL = CLASSES = ("E", "I", "T", "O")
"""Values of ``CmtClassCode``. The four classes and the length of the code are known, the letters are assumed."""

PRE_PENDING, PENDING, APPROVED, REJECTED = ("PREPENDING", "PENDING", "APPROVED", "REJECTED")
"""Values of ``CmstatPendingType``: the four are known, how they are coded is assumed."""

DESCRIPTIVE = frozenset({"CmmName", "CmmScopeDesc"})
"""What may still change in a posted PCI. That it is exactly these two is assumed."""


def header_of(tenant: Tenant, line: Row) -> Row | None:
    """The PCI a line belongs to."""
    return tenant.books.one("cmmast", line["CmdCompCode"], line["CmdMastJobCode"], line["CmdChgCode"])


def lines_of(tenant: Tenant, header: Row) -> list[Row]:
    """The lines of a PCI, oldest first."""
    (child,) = TABLES["cmmast"].children
    return tenant.books.select("cmdetail", {theirs: header[ours] for ours, theirs in child.join})


def type_of(tenant: Tenant, header: Row) -> Row:
    """The type of a PCI. Raises Refusal."""
    found = tenant.books.one("cmtype", header["CmmCompCode"], header["CmmTypeCode"])
    if found is None:
        raise rule(f"PCI Type {header['CmmTypeCode']} is not a valid PCI type of company {header['CmmCompCode']}.")
    return found


def pending_type(tenant: Tenant, header: Row) -> Value:
    """What the status of a PCI means: one of the four pending types, or nothing for a status that does not exist."""
    found = tenant.books.one("cmstatus", header["CmmPrepostStatCode"])
    return found["CmstatPendingType"] if found else None


def valid_status(tenant: Tenant, status: Value) -> None:
    """Refuse a status that does not exist."""
    if tenant.books.one("cmstatus", status) is None:
        raise rule(f"Status {status} is not a valid PCI status code.")


def frozen(tenant: Tenant, header: Row) -> str | None:
    """Why nothing but the description of this PCI may change, if it may not."""
    posted = "posted" if header["CmmPostDate"] else None
    state = "rejected" if pending_type(tenant, header) == REJECTED else posted
    return f"PCI {header['CmmCode']} of job {header['CmmJobCode']} is {state} and cannot be changed." if state else None


def in_status(tenant: Tenant, header: Row, status: Value) -> None:
    """Let the lines of a PCI follow its status."""
    for line in lines_of(tenant, header):
        tenant.books.put("cmdetail", rows.changed(tenant, TABLES["cmdetail"], line, {"CmdStatusCode": status}))


def _create(tenant: Tenant, row: Row) -> Row:
    company(tenant, row["CmmCompCode"])
    job(tenant, row["CmmCompCode"], row["CmmJobCode"])
    _check(tenant, row)
    return row


def _update(tenant: Tenant, old: Row, new: Row) -> Row:
    changed = {name for name in old if old[name] != new[name]}
    if (reason := frozen(tenant, old)) and changed - DESCRIPTIVE:
        raise rule(reason)
    _check(tenant, new)
    if "CmmTypeCode" in changed and lines_of(tenant, old):
        raise rule(f"PCI Type of PCI {old['CmmCode']} cannot be changed: it has details.")
    if "CmmPrepostStatCode" in changed:
        in_status(tenant, old, new["CmmPrepostStatCode"])
    return new


def _delete(tenant: Tenant, row: Row) -> None:
    if reason := frozen(tenant, row):
        raise rule(reason)


def _check(tenant: Tenant, row: Row) -> None:
    if row["CmmCalcProjAmtMethod"] not in ("A", "R"):
        raise rule("Projected Amount Calc Method must be A or R.")
    valid_status(tenant, row["CmmPrepostStatCode"])
    _check_mask(type_of(tenant, row), row)


def _check_mask(type_: Row, row: Row) -> None:
    mask = type_["CmtChgOrdNumberMask"]
    if mask is None or type_["CmtPciMaskOverrideFlag"] == "Y":
        return
    wanted = "".join("." if letter == "*" else re.escape(letter) for letter in str(mask))
    if not re.fullmatch(wanted, str(row["CmmCode"])):
        raise rule(f"PCI No. {row['CmmCode']} does not fit the mask {mask} of PCI Type {row['CmmTypeCode']}.")


def _create_type(tenant: Tenant, row: Row) -> Row:
    company(tenant, row["CmtCompCode"])
    if row["CmtClassCode"] not in CLASSES:
        raise rule(f"Class {row['CmtClassCode']} is not a valid PCI class.")
    return row


CHANGE_ITEM = Rules(create=_create, update=_update, delete=_delete)
CHANGE_ITEM_TYPE = Rules(create=_create_type)
