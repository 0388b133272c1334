"""A directory company to a CMiC business partner and vendor (O-03; requirements §3, vendor; cmic-api §3.6)."""

from __future__ import annotations

from typing import Any

from domain.company import Company
from domain.facts import Prerequisite, References
from domain.identity import ObjectId
from domain.ports import WriteBack
from domain.records import Group, Key, Plan, Record, Scalar, Written
from domain.settings import ExportSettings
from mappers.base import readable


class CompanyMapper:
    def from_procore(self, raw: dict[str, Any]) -> Company:
        return readable(_company, raw, "company")

    def restore(self, body: dict[str, Any]) -> Company:
        return Company.model_validate(body)

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        return []

    def plan(
        self,
        object_id: ObjectId,
        document: Any,
        references: References,
        typed: dict[str, Any],
        settings: ExportSettings,
    ) -> Plan:
        """A partner that exists is used as it is, and only the vendor is made (O-03)."""
        company: Company = document
        code = str(typed.get("erp_id") or references.vendor).upper()
        partner = Record(
            key=Key(resource="partner", parts={"vendor": code}),
            values=_partner(company),
            part="partner",
            label=company.name,
        )
        vendor_key = Key(resource="vendor", parts={"company": references.erp_company, "vendor": code})
        vendor = Record(key=vendor_key, values=_vendor(company, settings), label=company.name)
        return Plan(groups=[Group(header=partner, may_exist=True), Group(header=vendor)])

    def write_back(self, object_id: ObjectId, written: list[Written]) -> WriteBack:
        code = next(w for w in written if not w.part).key.parts["vendor"]
        return WriteBack(origin_id=code, code=code)


def _partner(company: Company) -> dict[str, Scalar]:
    return {
        "name": company.name,
        "short_name": company.name[:10],
        "address": company.address or None,
        "city": company.city or None,
        "region": company.state or None,
        "postal_code": company.zip or None,
        "country": company.country or None,
        "phone": company.phone or None,
        "fax": company.fax or None,
        "email": company.email or None,
        "website": company.website or None,
    }


def _vendor(company: Company, settings: ExportSettings) -> dict[str, Scalar]:
    values = {k: v for k, v in _partner(company).items() if k != "short_name"}
    return {**values, "currency": settings.currency, "terms": settings.vendor_terms, "class": settings.vendor_class}


def _company(raw: dict[str, Any]) -> Company:
    def text(name: str) -> str:
        value = raw.get(name)
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} is not a text")
        return (value or "").strip()

    return Company(
        id=raw["id"],
        name=text("name"),
        is_active=raw.get("is_active", True) is not False,
        address=text("address"),
        city=text("city"),
        state=text("state_code"),
        zip=text("zip"),
        country=text("country_code"),
        phone=text("business_phone"),
        fax=text("fax_number"),
        email=text("email_address"),
        website=text("website"),
        origin_id=raw.get("origin_id"),
    )
