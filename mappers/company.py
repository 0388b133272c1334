"""A directory company to a CMiC business partner and vendor (O-03; requirements §3, vendor; cmic-api §3.6)."""

from __future__ import annotations

from typing import Any

from domain.company import Company
from domain.identity import ObjectId
from domain.ports import WriteBack
from domain.records import Group, Plan, Written
from mappers.base import Mapper, text_of
from mappers.fields import Export, Field, Source, Table


def _code(source: Source) -> str:
    return str(source.export.typed.get("erp_id") or source.export.references.vendor).upper()


_VENDOR = "§3 vendor"
ADDRESS = (
    Field("name", "name", lambda s: s.document.name, _VENDOR, "↔"),
    Field("address", "address", lambda s: s.document.address or None, _VENDOR, "↔"),
    Field("city", "city", lambda s: s.document.city or None, _VENDOR, "↔"),
    Field("region", "state", lambda s: s.document.state or None, _VENDOR, "↔"),
    Field("postal_code", "zip", lambda s: s.document.zip or None, _VENDOR, "↔"),
    Field("country", "country", lambda s: s.document.country or None, _VENDOR, "↔"),
    Field("phone", "business phone", lambda s: s.document.phone or None, _VENDOR, "↔"),
    Field("fax", "fax", lambda s: s.document.fax or None, _VENDOR, "↔"),
    Field("email", "e-mail", lambda s: s.document.email or None, _VENDOR, "↔"),
    Field("website", "web site", lambda s: s.document.website or None, _VENDOR, "↔"),
)
PARTNER = Table(
    "company (business partner)",
    "partner",
    key=(Field("vendor", "ERP vendor id", _code, _VENDOR, "↔"),),
    values=(*ADDRESS, Field("short_name", "name", lambda s: s.document.name[:10], _VENDOR)),
)
VENDOR = Table(
    "company (vendor)",
    "vendor",
    key=(
        Field("company", "(the CMiC company)", lambda s: s.export.references.erp_company, "R-08"),
        Field("vendor", "ERP vendor id", _code, _VENDOR, "↔"),
    ),
    values=(
        *ADDRESS,
        Field("currency", "(setting: currency)", lambda s: s.export.settings.currency, "S-05"),
        Field("terms", "(setting: vendor_terms)", lambda s: s.export.settings.vendor_terms, "cmic-api §3.6"),
        Field("class", "(setting: vendor_class)", lambda s: s.export.settings.vendor_class, "cmic-api §3.6"),
    ),
)


class CompanyMapper(Mapper):
    document = Company
    tables = (PARTNER, VENDOR)

    def read(self, raw: dict[str, Any]) -> Company:
        return _company(raw)

    def plan(self, export: Export) -> Plan:
        """A partner that exists is used as it is, and only the vendor is made (O-03)."""
        name = export.document.name
        partner = PARTNER.record(Source(export), part="partner", label=name)
        vendor = VENDOR.record(Source(export), label=name)
        return Plan(groups=[Group(header=partner, may_exist=True, common=True), Group(header=vendor)])

    def write_back(self, object_id: ObjectId, written: list[Written]) -> WriteBack:
        code = next(w for w in written if not w.part).key.parts["vendor"]
        return WriteBack(origin_id=code, code=code)


def _company(raw: dict[str, Any]) -> Company:
    return Company(
        id=raw["id"],
        name=text_of(raw, "name"),
        is_active=raw.get("is_active", True) is not False,
        address=text_of(raw, "address"),
        city=text_of(raw, "city"),
        state=text_of(raw, "state_code"),
        zip=text_of(raw, "zip"),
        country=text_of(raw, "country_code"),
        phone=text_of(raw, "business_phone"),
        fax=text_of(raw, "fax_number"),
        email=text_of(raw, "email_address"),
        website=text_of(raw, "website"),
        origin_id=raw.get("origin_id"),
    )
