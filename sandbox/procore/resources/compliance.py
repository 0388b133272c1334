"""The compliance of a commitment, and the documents that prove it (procore-api §9).

What is set by hand stands beside what is derived; how it is derived is assumed: no document, nothing is required; one that is
not compliant or has expired, not compliant; otherwise compliant. Insurances are those of the contract's vendor, of the company
and of the project, an exempt one counting as compliant. Requirements aren't played. Nothing here has an external id.
"""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.procore.desk import LIVE, Desk, required
from sandbox.procore.errors import Errors
from sandbox.procore.house import House
from sandbox.procore.oauth import DMSA, PERSON
from sandbox.procore.values import Fields, Record, choice, day, flag, text

STATES = ("compliant", "not_compliant", "not_required")
DOCUMENT_TYPES = ("bond", "license", "master_agreement", "permit", "safety", "w9", "other")


class ContractPartDesk(Desk):
    """The writer of what belongs to one commitment."""

    def __init__(self, house: House, contract: Record, *, as_user: bool = False) -> None:
        names = ("company_id", "project_id")
        scope = {name: contract[name] for name in names} | {"contract_id": contract["id"]}
        super().__init__(house, scope, as_user=as_user)
        self.contract = contract


class ComplianceDocumentDesk(ContractPartDesk):
    """The compliance documents of one commitment."""

    table = "compliance_documents"
    fields: Fields = {
        **dict.fromkeys(("name", "notes"), text),
        **dict.fromkeys(("effective_at", "expires_at"), day),
        "type": choice(*DOCUMENT_TYPES),
        "status": choice("compliant", "not_compliant"),
        "send_expiration_notification": flag,
    }
    blank: Record = {"status": "not_compliant", "send_expiration_notification": False}

    def check(self, row: Record, before: Record | None) -> Errors:
        """Name, type and status are required: assumed."""
        return required(row, "name", "type", "status")

    def show(self, row: Record) -> Record:
        """The only shape a document has."""
        names = ("id", "name", "notes", "type", "status", "effective_at", "expires_at", "created_at", "updated_at")
        return {name: row[name] for name in names} | {"attachments": []}


class ComplianceDesk(ContractPartDesk):
    """What somebody said of a commitment's compliance: one record, made when it is first written."""

    table = "compliances"
    fields: Fields = {
        **dict.fromkeys(("compliance_status", "insurance_status"), choice(*STATES)),
        **dict.fromkeys(("compliance_notes", "insurance_notes"), text),
    }

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """Who wrote it last."""
        return {**row, "updated_by_id": (PERSON if self.as_user else DMSA)["id"]}

    def write(self, body: Record) -> Record:
        """Write some of it. Raises Invalid."""
        found = self.rows()
        return self.update(found[0], body) if found else self.create(body)

    @property
    def now(self) -> Record:
        """The record as it stands; all null until somebody wrote it."""
        found = self.rows()
        return found[0] if found else dict.fromkeys((*self.fields, "updated_at", "updated_by_id"))

    def show(self, row: Record) -> Record:
        """As a PATCH answers it."""
        return {name: row[name] for name in ("updated_at", "updated_by_id", *self.fields)}

    def single(self) -> Record:
        """As a GET answers it."""
        documents = ComplianceDocumentDesk(self.house, self.contract)
        rows, insurances = documents.rows(), self._insurances()
        proofs = [(row["status"] == "compliant", row["expires_at"]) for row in rows]
        policies = [(row["exempt"] or row["status"] == "compliant", row["expiration_date"]) for row in insurances]
        return self.show(self.now) | {
            "derived_compliance_status": self._derived(proofs),
            "derived_insurance_status": self._derived(policies),
            "compliance_documents": [documents.show(row) for row in rows],
            "insurance_documents": [_insurance(row) for row in insurances],
            "insurance_requirements_not_created": [],
            "compliance_requirements_not_created": [],
        }

    def _insurances(self) -> list[Record]:
        company = {"company_id": self.contract["company_id"]}
        levels = (None, self.contract["project_id"])
        rows = self.house.books.find("insurances", **company, vendor_id=self.contract["vendor_id"], **LIVE)
        return [row for row in rows if row["project_id"] in levels and row["vendor_id"] is not None]

    def _derived(self, proofs: Iterable[tuple[bool, str | None]]) -> str:
        today = self.house.clock.text()[:10]
        good = [fine and (until is None or until >= today) for fine, until in proofs]
        if not good:
            return "not_required"
        return "compliant" if all(good) else "not_compliant"


def _insurance(row: Record) -> Record:
    return {
        "id": row["id"],
        "name": row["name"],
        "insurance_type": row["insurance_type"],
        "level": "project" if row["project_id"] else "company",
        "status": row["status"],
        "effective_at": row["effective_date"],
        "expires_at": row["expiration_date"],
        "attachments": [],
    }
