"""What the rules of a resource are, and the checks that several of them share.

The sentences are ours, in CMiC's style: CMiC's own are not public, except that they name the field's label
(cmic-api §1.5, §1.7). A client should recognise as little of them as it can.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from sandbox.cmic.errors import rule
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant

ALL = "ALL"
"""The control code of a row that is under no other one (cmic-api §3.2 to §3.4)."""

CENT = Decimal("0.01")
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)

CURRENCIES = frozenset({"AUD", "CAD", "EUR", "GBP", "USD"})


def _keep(tenant: Tenant, row: Row) -> Row:
    return row


def _keep_all(tenant: Tenant, row: Row, children: list[Row]) -> tuple[Row, list[Row]]:
    return row, children


def _keep_new(tenant: Tenant, old: Row, new: Row) -> Row:
    return new


def _nothing(tenant: Tenant, row: Row) -> None:
    return None


@dataclass(frozen=True)
class Rules:
    """``create`` and ``update`` return the row to store, ``delete`` lets it go, or they raise Refusal; ``after`` rolls
    the row's effects up. ``compose`` completes a new row and the children that were sent with it.
    """

    create: Callable[[Tenant, Row], Row] = _keep
    compose: Callable[[Tenant, Row, list[Row]], tuple[Row, list[Row]]] = _keep_all
    update: Callable[[Tenant, Row, Row], Row] = _keep_new
    delete: Callable[[Tenant, Row], None] = _nothing
    after: Callable[[Tenant, Row], None] = _nothing


def company(tenant: Tenant, code: Value) -> Row:
    """The company with that code. Raises Refusal."""
    found = tenant.books.one("glcompany", code)
    if found is None:
        raise rule(f"Company {code} is not a valid company code.")
    return found


def job(tenant: Tenant, company_code: Value, code: Value, label: str = "Job") -> Row:
    """The job of that company. Raises Refusal."""
    found = tenant.books.one("jcjob", company_code, code)
    if found is None:
        raise rule(f"{label} {code} does not exist in company {company_code}.")
    return found


def open_job(tenant: Tenant, company_code: Value, code: Value) -> Row:
    """A job that takes transactions. Raises Refusal."""
    found = job(tenant, company_code, code)
    if found["JobStatusCode"] != "A" or found["JobAllowTransFlag"] != "Y":
        raise rule(f"Job {code} is closed for transactions.")
    return found


def currency(code: Value) -> None:
    """Refuse a currency that does not exist."""
    if code not in CURRENCIES:
        raise rule(f"Currency {code} is not a valid currency code.")


def unit_of_measure(tenant: Tenant, code: Value) -> None:
    """Refuse a unit of measure that does not exist."""
    if code is not None and tenant.books.one("weightmeasure", code) is None:
        raise rule(f"WM {code} is not a valid weight/measure code.")


def extended(units: Decimal, rate: Decimal) -> Decimal:
    """Units times rate, rounded half up to the cent."""
    return _WIDE.quantize(_WIDE.multiply(units, rate), CENT)


def percentage(value: Value, label: str) -> None:
    """Refuse a percentage outside 0 to 100."""
    if isinstance(value, Decimal) and not 0 <= value <= 100:
        raise rule(f"{label} must be between 0 and 100.")
