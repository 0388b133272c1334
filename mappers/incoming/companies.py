"""Vendors and customers of CMiC, staged for Procore's directory (O-03, O-04, R-05 to R-07; requirements §3, vendor)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.incoming import Entry, ImportKind, Scope, Way
from domain.incoming_port import Place, Row
from domain.ports import Given
from domain.refusals import Refusal, refuse
from mappers.incoming.base import Arrived, Importer, Lookups, Stream, Take

ADDRESS = ("address", "city", "state_code", "zip", "country_code")
"""What doesn't sync any more once a company is linked (R-05)."""


def _takes(name: str, requirement: str) -> tuple[Take, ...]:
    return (
        Take("name", "name", name, requirement),
        Take("address", "address", "address", requirement),
        Take("city", "city", "city", requirement),
        Take("state_code", "state", "region", requirement),
        Take("zip", "zip", "postal_code", requirement),
        Take("country_code", "country", "country", requirement),
        Take("business_phone", "business phone", "phone", requirement),
        Take("fax_number", "fax", "fax", requirement),
        Take("email_address", "e-mail", "email", requirement),
        Take("website", "web site", "website", requirement),
    )


class _Companies(Importer):
    """Both come in the same way; which key they bear differs."""

    code: str
    linked_resource = "vendor"
    """A partner that is linked as a vendor is the same company as the customer of its code."""
    linked_kind = "company"
    proposed_from = "vendors"

    def named(self, body: Mapping[str, Any]) -> dict[str, str]:
        fields = {"name": "name", "zip": "zip", "phone": "business_phone", "email": "email_address"}
        return {ours: str(body.get(theirs) or "") for ours, theirs in fields.items()}

    def entry(self, stream: Stream, arrived: Arrived) -> Entry | None:
        made = super().entry(stream, arrived)
        if made is None:
            return None
        code = arrived.text(self.code).upper()
        body = {**made.body, "origin_code": code}
        return made.model_copy(update={"body": body, "matters": without_address(body)})

    def label(self, stream: Stream, arrived: Arrived) -> str:
        return f"{arrived.text(self.code)} {stream.takes[0].of(arrived) or ''}".strip()

    def given(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | list[Refusal] | None:
        """A new one whole, a linked one without its address. The origin id is the partner code itself (design §5). What CMiC
        says nothing of isn't sent: it would empty what people filled in Procore."""
        whole = row.body if row.procore_id is None else without_address(row.body)
        body = {name: value for name, value in whole.items() if value not in (None, "")}
        return Given(key=row.key, origin_id=row.body["origin_code"], id=row.procore_id, body=body)


class VendorsImporter(_Companies):
    code = "vendor"
    kind = ImportKind(
        name="vendors",
        workflow_type="VendorsImport",
        label="vendors",
        scope=Scope.COMPANY,
        way=Way.STAGED,
        permission="refresh_companies",
        requirement="O-03",
    )
    streams = (Stream("vendors", "vendor", "vendor", target="vendor", takes=_takes("partner_name", "§3 vendor")),)

    def judge(self, stream: Stream, arrived: Arrived) -> list[Refusal]:
        """Vendors of a masked class, or a masked source, are never offered (R-07)."""
        code, settings = arrived.text("vendor").upper(), arrived.settings
        is_masked = arrived.text("class").upper() in settings.masked_classes or code in settings.masked_sources
        return [refuse("masked", what="Vendor", erp_code=code)] if is_masked else []


class CustomersImporter(_Companies):
    """A customer comes in as a company; no export ever makes a customer (I-16)."""

    code = "customer"
    kind = ImportKind(
        name="customers",
        workflow_type="CustomersImport",
        label="customers",
        scope=Scope.COMPANY,
        way=Way.STAGED,
        permission="refresh_companies",
        requirement="O-04",
    )
    streams = (Stream("customers", "customer", "customer", target="vendor", takes=_takes("name", "§3 customer")[:-1]),)
    linked_kind = ""


def without_address(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ADDRESS}
