"""CMiC's compliance rows to Procore's compliance documents of contracts, and insurances of companies (O-19; cmic-api §3.13,
§4.6; procore-api §9).

A subcontract's rows come in for exported commitments only, a vendor's for linked companies only.
"""

from __future__ import annotations

from typing import Any

from domain.company_settings import Settings
from domain.identity import origin_id
from domain.incoming import ImportKind, Scope, Way
from domain.incoming_port import Exported, Place, Row
from domain.ports import Given
from domain.refusals import Refusal, refuse
from mappers.incoming.base import Arrived, Importer, Lookups, Pair, Stream, Take, TakeOut, never_read

BASE = "000"
CONTRACT_TYPES = {"subcontract": "work_order_contracts", "purchase order": "purchase_order_contracts"}

# Assumption: CMiC's cover type codes are each customer's own. These are codes as people commonly choose them; another one is
# a document of the type "other", and no insurance.
DOCUMENT_TYPES = {
    "BOND": "bond", "PBOND": "bond", "LIC": "license", "LICENSE": "license", "MSA": "master_agreement", "PERMIT": "permit",
    "SAFETY": "safety", "W9": "w9",
}  # fmt: skip
INSURANCES = frozenset({"COI", "GL", "WC", "AUTO", "AL", "UMB", "XS", "PROF", "INS"})
_O = "O-19"


def wanted(settings: Settings, project: int | None) -> list[Refusal]:
    return [] if settings.compliance else [refuse("import_switched_off", what="compliance", setting="compliance")]


def is_compliant(arrived: Arrived) -> bool:
    """A row whose dates matter needs both of CMiC's flags (cmic-api §4.6)."""
    return bool(arrived["compliant"]) and (not arrived["date_sensitive"] or bool(arrived["date_compliant"]))


def _name(arrived: Arrived) -> str:
    return arrived.text("cover_text") or arrived.text("cover")


def _notes(arrived: Arrived) -> str:
    """What a document has no field for."""
    said = (("Certificate", "certificate"), ("insurer", "insurer"), ("amount", "amount"))
    parts = [f"{word} {arrived.text(name)}" for word, name in said if arrived[name] not in (None, "")]
    return ", ".join(parts)


CONTRACTS = Stream(
    "contracts",
    "compliance of a contract",
    "insurance",
    target="compliance_document",
    removes=True,
    across=True,
    takes=(
        Take("name", "name", "cover_text", _O, _name),
        Take("type", "type", "cover", _O, lambda a: DOCUMENT_TYPES.get(a.text("cover").upper(), "other")),
        Take("notes", "notes", "certificate, insurer, amount", _O, _notes),
        Take("effective_at", "effective date", "start", _O),
        Take("expires_at", "expiration date", "end", _O),
        Take(
            "status",
            "status",
            "compliant, date_compliant",
            _O,
            lambda a: "compliant" if is_compliant(a) else "not_compliant",
        ),
        Take("is_insurance", "insurance status", "cover", _O, lambda a: a.text("cover").upper() in INSURANCES),
        Take(
            "contract_key",
            "(the commitment)",
            "company, vendor, contract",
            _O,
            lambda a: origin_id(*(a.text(name).upper() for name in ("company", "vendor", "contract")), BASE),
        ),
        Take("job", "(the project)", "job", _O),
    ),
)
VENDORS = Stream(
    "vendors",
    "insurance of a company",
    "insurance",
    target="vendor_insurance",
    removes=True,
    across=True,
    takes=(
        Take("insurance_type", "type", "cover_text", _O, _name),
        Take("policy_number", "policy number", "certificate", _O),
        Take("limit", "limit", "amount", _O),
        Take("effective_date", "effective date", "start", _O),
        Take("expiration_date", "expiration date", "end", _O),
        Take("name", "insurance provider", "insurer", _O),
        Take(
            "status",
            "status",
            "compliant, date_compliant",
            _O,
            lambda a: "compliant" if is_compliant(a) else "non_compliant",
        ),
        Take("vendor", "(the company)", "vendor", _O),
    ),
)
TYPES = {CONTRACTS.name: "SC", VENDORS.name: "VEN"}
"""CMiC's types of compliance rows (A-41)."""


class ComplianceImporter(Importer):
    kind = ImportKind(
        name="compliance",
        workflow_type="ComplianceImport",
        label="compliance",
        scope=Scope.COMPANY,
        way=Way.STRAIGHT,
        permission="refresh_companies",
        requirement="O-19",
        switch=wanted,
    )
    streams = (CONTRACTS, VENDORS)
    looks_up = frozenset({"vendors", "projects"})

    def within(self, stream: Stream, place: Place) -> dict[str, str]:
        return {**super().within(stream, place), "type": TYPES[stream.name]}

    def label(self, stream: Stream, arrived: Arrived) -> str:
        of = arrived.text("contract") if stream is CONTRACTS else ""
        return " ".join(part for part in (_name(arrived), "of", arrived.text("vendor"), of) if part)

    def names(self, stream: Stream, row: Row, lookups: Lookups) -> list[Pair]:
        key = row.body.get("contract_key")
        return [("subcontract", key)] if key else []

    def given(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | TakeOut | list[Refusal] | None:
        if reasons := never_read(row):
            return reasons
        return self._document(row, lookups) if stream is CONTRACTS else self._insurance(row, lookups)

    def _document(self, row: Row, lookups: Lookups) -> Given | list[Refusal] | None:
        """A contract that wasn't exported concerns nobody unless its job is a project of Procore's."""
        contract = lookups.exported.get("subcontract", {}).get(row.body["contract_key"])
        if contract is not None and not contract.ended:
            return _document_of(row, contract)
        if str(row.body["job"] or "").upper() not in lookups.projects:
            return None
        return [refuse("contract_not_exported", contract="/".join(row.body["contract_key"].split("|")[1:3]))]

    def _insurance(self, row: Row, lookups: Lookups) -> Given | list[Refusal] | None:
        """Masked vendors are never offered, so theirs are nobody's matter (R-07)."""
        body = dict(row.body)
        vendor = str(body.pop("vendor") or "").upper()
        if vendor in lookups.masked:
            return None
        if vendor not in lookups.vendors:
            return [refuse("vendor_not_linked", vendor=vendor)]
        body["vendor_id"] = lookups.vendors[vendor]
        return Given(key=row.key, origin_id=row.key, id=row.procore_id, body=body)

    def gone(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | list[Refusal]:
        if stream is VENDORS:
            return super().gone(stream, row, place, lookups)
        if reasons := never_read(row):
            return reasons
        contract = lookups.exported.get("subcontract", {}).get(row.body["contract_key"])
        if contract is not None:
            return _document_of(row, contract)
        return [refuse("contract_not_exported", contract="/".join(row.body["contract_key"].split("|")[1:3]))]


def _document_of(row: Row, contract: Exported) -> Given:
    document: dict[str, Any] = dict(row.body)
    is_insurance = document.pop("is_insurance")
    for name in ("contract_key", "job"):
        del document[name]
    body = {
        "contracts": CONTRACT_TYPES.get(contract.type, CONTRACT_TYPES["subcontract"]),
        "contract": contract.id,
        "kind": "insurance" if is_insurance else "compliance",
        "document": document,
    }
    return Given(key=row.key, origin_id=row.key, id=row.procore_id, project=contract.project, body=body)
