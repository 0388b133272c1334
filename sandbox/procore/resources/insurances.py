"""Insurances of vendors, of the company or of a project (procore-api §9).

The insurer is written as `name` and read as `insurance_provider`. Once one has an ERP's id, its policy number, type, dates,
limit and name are closed to plain writes (procore-api §3); that it then can't be deleted either is assumed, and so is that a
list shows its own level only, and that a new one is undecided. The sync writes everything.
"""

from __future__ import annotations

from sandbox.procore.desk import Desk
from sandbox.procore.errors import Errors, Invalid
from sandbox.procore.house import House
from sandbox.procore.values import Fields, Record, choice, day, flag, origin, text, whole

FROZEN = "can't be changed: the insurance is synced with an ERP"
STATUSES = (
    "compliant", "compliant_in_progress", "expired", "non_compliant", "non_compliant_in_progress", "undecided",
    "unregistered",
)  # fmt: skip
LOCKED = ("policy_number", "insurance_type", "effective_date", "expiration_date", "limit", "name")

_TEXTS = (
    "insurance_type", "limit", "name", "notes", "policy_number", "additional_insured", "division_template",
    "insurance_sets", "origin_data",
)  # fmt: skip
_FLAGS = ("enable_expired_insurance_notifications", "exempt", "info_received")


class InsuranceDesk(Desk):
    """Insurances. The scope says of which level (`project_id` or none) and, if it is so narrow, of which vendor."""

    table = "insurances"
    internal: Fields = {"project_id": whole}
    blank: Record = {**dict.fromkeys(_FLAGS, False), "status": "undecided"}

    def __init__(self, house: House, scope: Record, *, as_user: bool = False, by_sync: bool = False) -> None:
        super().__init__(house, scope, as_user=as_user)
        self.by_sync = by_sync
        self.fields = {
            **dict.fromkeys(_TEXTS, text),
            **dict.fromkeys(_FLAGS, flag),
            **dict.fromkeys(("effective_date", "expiration_date"), day),
            "status": choice(*STATUSES),
            "origin_id": origin,
            **({} if "vendor_id" in scope else {"vendor_id": whole}),
        }

    def check(self, row: Record, before: Record | None) -> Errors:
        """The vendor must be one of the company's, and what is frozen stays."""
        errors: Errors = {}
        vendor = self.house.books.get("vendors", row["vendor_id"])
        if row["vendor_id"] is None:
            errors["vendor_id"] = ["can't be blank"]
        elif vendor is None or vendor["deleted_at"] or vendor["company_id"] != row["company_id"]:
            errors["vendor_id"] = ["must exist"]
        if not row["status"]:
            errors["status"] = ["can't be blank"]
        if before is not None and self.frozen(before):
            errors |= {name: [FROZEN] for name in LOCKED if row[name] != before[name]}
        return errors

    def frozen(self, row: Record) -> bool:
        """Whether plain writes may not touch what identifies the policy."""
        return bool(row["origin_id"]) and not self.as_user and not self.by_sync

    def delete(self, row: Record) -> None:
        """Keep it as deleted. Raises Invalid for a synced one."""
        if self.frozen(row):
            raise Invalid({"base": [FROZEN]})
        super().delete(row)

    def show(self, row: Record) -> Record:
        """The only shape an insurance has."""
        names = ("id", "vendor_id", "effective_date", "expiration_date", "status", "origin_id", *_FLAGS, *_TEXTS)
        return {name: row[name] for name in names if name != "name"} | {"insurance_provider": row["name"]}
