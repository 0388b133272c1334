"""Everything this stand-in had to assume, in one place, each changeable at start and while running.

The references leave these open (procore-api §13) or contradict themselves; the labels say which. Start with
`--assume name=value`, or post to `/_sandbox/assumptions`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(slots=True)
class Assumptions:
    """Switches for behaviour that no public source settles."""

    missing_company_header_status: int = 400
    """The text is documented, its status is not (procore-api §2)."""
    company_header_enforced: bool = True
    """Documented: every call needs the header. Procore's page on integration health adds that enforcement is still being
    widened. Off: a call without the header is about the company, or the project's company, that it names otherwise."""
    dmsa_sends_company_header: bool = True
    """Documented: a client_credentials token needs the header on /me and /companies too. Off: those two are exempt."""
    retry_after_on_429: bool = True
    """Procore's own documents contradict each other (procore-api §2, rate limits)."""
    default_per_page: int = 100
    """Page size of v1.0 lists when none is asked for: documented only as "varies"."""
    max_per_page: int = 2000
    """Largest page of v1.0 lists: documented as guidance. A larger wish is cut down to it."""
    projects_by_status: str = "Active"
    """What a list of projects shows when `filters[by_status]` is absent: Active, Inactive or All."""
    commitment_numbers_unique: bool = True
    """A commitment's number is unique among the live commitments of its project, over both contract types."""
    deleted_keep_origin_id: bool = False
    """Whether a deleted record still occupies its origin_id."""
    line_write_moves_contract: bool = True
    """Whether writing a line item also moves its contract's updated_at. Off: only when the contract's total changes."""
    erp_cost_code_write_status: int = 422
    """Plain writes of cost codes "will not work" on ERP-integrated projects (procore-api §4.2); no status is given."""
    project_cost_codes_have_sub_jobs: bool = False
    """Whether a list of cost codes that names no sub job has the codes of sub jobs, too; no source says."""
    change_order_numbers_unique: bool = True
    """A change order's number and revision are unique among the live change orders of its contract."""
    contract_markups_for_change_orders: bool = True
    """A new prime contract change order gets its contract's markups for change orders as its own."""
    payment_status_paid: str = "paid"
    """The status of a payment that counts, and of one that the API adds. No public source lists the statuses."""
    payment_status_pending: str = "pending"
    """The status of a payment that is under way and doesn't count yet."""
    payment_status_void: str = "void"
    """The status of a payment that was taken back."""

    unlock_keeps_modifications: bool = True
    """Published: unlocking a budget may keep its modifications. Off: one with modifications can't be unlocked so, as with
    some connectors (erp-tool-behaviour B-05)."""
    modifications_need_a_lock: bool = True
    """A budget modification can only be written while the budget is locked."""
    formula_columns_listed: bool = True
    """The columns of a budget view that a formula yields are in the list of its columns, too, as source columns."""

    def as_dict(self) -> dict[str, Any]:
        """All switches by name."""
        return asdict(self)

    def change(self, name: str, value: Any) -> None:
        """Set one switch from a JSON value or from text. Raises ValueError for an unknown name or a wrong value."""
        kinds = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        if name not in kinds:
            raise ValueError(f"no assumption is called {name!r}; there are: {', '.join(kinds)}")
        setattr(self, name, _converted(value, kinds[name]))


def _converted(value: Any, kind: type) -> Any:
    if kind is bool:
        words = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}
        word = str(value).lower()
        if word not in words:
            raise ValueError(f"{value!r} is neither on nor off")
        return words[word]
    return kind(value)
