"""A company to a partner and a vendor: every line of the mapping, ids back, snapshots (O-03; requirements §3, vendor)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.company import Company
from domain.facts import References
from domain.records import Group, Written, digest
from domain.refusals import Refused
from domain.settings import ExportSettings
from mappers.company import CompanyMapper
from tests.builders import COMPANY, company, export, raw_company, references

MAPPER = CompanyMapper()


def groups(
    document: Company, typed: dict[str, Any], known: References | None = None, settings: ExportSettings | None = None
) -> tuple[Group, Group]:
    partner, vendor = MAPPER.plan(
        export(
            "company",
            document,
            references=known or references(vendor=""),
            typed=typed,
            settings=settings or ExportSettings(),
        )
    ).groups
    return partner, vendor


def test_a_company_is_read_whole() -> None:
    assert MAPPER.from_procore(raw_company()) == Company(
        id=COMPANY.id,
        name="Acme Concrete",
        address="1 Main Street",
        city="Springfield",
        state="IL",
        zip="62701",
        country="US",
        phone="555-0100",
        fax="555-0101",
        email="office@acme.example",
        website="https://acme.example",
    )


def test_only_the_id_is_needed() -> None:
    assert MAPPER.from_procore({"id": 7}) == Company(id=7)


@pytest.mark.parametrize("name", ["name", "address", "zip", "business_phone", "email_address", "website"])
@pytest.mark.parametrize("wrong", [7, ["x"], {"x": 1}, True])
def test_a_text_that_is_none_is_refused(name: str, wrong: Any) -> None:
    with pytest.raises(Refused) as refused:
        MAPPER.from_procore(raw_company(**{name: wrong}))
    assert refused.value.refusals[0].parameters["problem"] == f"TypeError at {name} is not a text"


def test_an_inactive_company_is_read_as_inactive() -> None:
    assert MAPPER.from_procore(raw_company(is_active=False)).is_active is False
    assert MAPPER.from_procore({"id": 7}).is_active is True


def test_an_export_makes_a_partner_and_a_vendor() -> None:
    partner, vendor = groups(MAPPER.from_procore(raw_company()), {"erp_id": "acme"})
    address = {
        "address": "1 Main Street",
        "city": "Springfield",
        "region": "IL",
        "postal_code": "62701",
        "country": "US",
        "phone": "555-0100",
        "fax": "555-0101",
        "email": "office@acme.example",
        "website": "https://acme.example",
    }
    assert partner.header.attributes == {
        "vendor": "ACME",
        "name": "Acme Concrete",
        "short_name": "Acme Concr",
        **address,
    }
    assert vendor.header.attributes == {
        "company": "01",
        "vendor": "ACME",
        "name": "Acme Concrete",
        **address,
        "currency": "USD",
        "terms": "30",
        "class": None,
    }


def test_a_partner_that_exists_is_used_and_a_vendor_never() -> None:
    partner, vendor = groups(company(), {"erp_id": "ACME"})
    assert (partner.may_exist, vendor.may_exist) == (True, False)
    assert (partner.common, vendor.common) == (True, False)
    assert (partner.header.part, vendor.header.part) == ("partner", "")
    assert (partner.lines, vendor.lines) == ([], [])


def test_terms_class_and_currency_are_settings() -> None:
    settings = ExportSettings(vendor_terms="60", vendor_class="SUBS", currency="CAD")
    _, vendor = groups(company(), {"erp_id": "ACME"}, settings=settings)
    assert [vendor.header.values[name] for name in ("terms", "class", "currency")] == ["60", "SUBS", "CAD"]


def test_a_retry_keeps_the_code_that_is_linked() -> None:
    _, vendor = groups(company(), {}, references(vendor="ACME"))
    assert vendor.header.key.text == "01|ACME"


def test_what_is_empty_is_sent_as_nothing() -> None:
    partner, _ = groups(Company(id=1, name="A"), {"erp_id": "A"})
    empty = set(partner.header.values) - {"name", "short_name"}
    assert {partner.header.values[name] for name in empty} == {None}


def test_a_company_waits_for_nothing() -> None:
    assert MAPPER.prerequisites(COMPANY, company(), "01") == []


def test_the_vendors_origin_id_is_the_partner_code() -> None:
    partner, vendor = groups(company(), {"erp_id": "acme"})
    both = [Written(part=g.header.part, key=g.header.key, uuid="u") for g in (partner, vendor)]
    back = MAPPER.write_back(COMPANY, both)
    assert (back.origin_id, back.code, back.lines) == ("ACME", "ACME", {})


def test_a_snapshot_is_restored_with_the_same_business() -> None:
    document = MAPPER.from_procore(raw_company(name="Łódź & Söhne 👷", origin_id="ACME"))
    restored = MAPPER.restore(document.model_dump(mode="json"))
    assert restored == document
    assert digest(restored.business()) == digest(document.business())
    assert digest(MAPPER.restore(document.business()).business()) == digest(document.business())


def test_the_origin_id_is_not_business_and_the_address_is() -> None:
    plain = digest(MAPPER.from_procore(raw_company()).business())
    assert digest(MAPPER.from_procore(raw_company(origin_id="ACME", origin_code="ACME")).business()) == plain
    assert digest(MAPPER.from_procore(raw_company(city="Shelbyville")).business()) != plain
