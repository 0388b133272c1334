"""Vendors by the hundred, with names as they grow in a real company: "&" and "and", Inc. and LLC and neither, different
capitals, the same firm entered twice. The same seed on the same books gives the same vendors.
"""

import random
from collections.abc import Iterator
from typing import Any

from sandbox.cmic import accountant
from sandbox.cmic.accountant import NotPossible
from sandbox.cmic.tenant import Tenant

FIRST = ("Abbott", "Baxter", "Cascade", "Delgado", "Evergreen", "Fisher", "Granite", "Hollis", "Ironwood", "Juniper")
SECOND = ("Sons", "Marsh", "Valley", "Brothers", "Peak", "Lowe", "Harbor", "Reyes", "Stone", "Whitman")
TRADES = (
    "Concrete",
    "Electric",
    "Plumbing",
    "Steel",
    "Roofing",
    "Drywall",
    "Excavating",
    "Supply",
    "Painting",
    "Glass",
)
ENDINGS = ("Inc.", "Inc", ", Inc.", "LLC", "L.L.C.", "Co.", "Company", "Corp.", "")
JOINTS = ("&", "and", "AND", "+", "-")
PEOPLE = ("Alex Kim", "Maria Santos", "Ravi Patel", "Chris O'Neil", "Ana Núñez")
STREETS = ("Industrial Way", "Main Street", "Dock Road", "5th Avenue", "Old Post Road")
CITIES = (("Springfield", "OR", "97001"), ("Riverton", "OR", "97002"), ("Fairview", "WA", "98010"))

TWICE, PERSON, INACTIVE = 0.06, 0.03, 0.05
"""The share of firms that were entered before, of people paid back, and of vendors that aren't used any more."""

LONGEST_NAME = 50
EMPLOYEES = "EMPL"


def enter(tenant: Tenant, company: str, count: int, seed: int) -> list[str]:
    """Enter that many partners with their vendors in a company; returns their codes. Raises NotPossible."""
    if tenant.books.one("glcompany", company) is None:
        raise NotPossible(f"there is no company {company}")
    chance = random.Random(f"{company}/{seed}")
    codes = [_free_code(tenant) for _ in range(count)]
    people = list(_people(chance, count))
    partners = [_partner(chance, code, name) for code, (name, _) in zip(codes, people, strict=True)]
    vendors = [_vendor(chance, company, partner, class_) for partner, (_, class_) in zip(partners, people, strict=True)]
    accountant.seed(tenant, {"businesspartner": partners, "apvendor": vendors})
    return codes


def _free_code(tenant: Tenant) -> str:
    while True:
        code = f"V{tenant.books.next('vendors'):06d}"
        if tenant.books.one("businesspartner", code) is None:
            return code


def _people(chance: random.Random, count: int) -> Iterator[tuple[str, str | None]]:
    """Names with their classes."""
    known: list[str] = []
    for _ in range(count):
        if chance.random() < PERSON:
            yield chance.choice(PEOPLE), EMPLOYEES
        elif known and chance.random() < TWICE:
            yield chance.choice(known), None
        else:
            known.append(_firm(chance))
            yield known[-1], None


def _firm(chance: random.Random) -> str:
    start = f"{chance.choice(FIRST)} {chance.choice(JOINTS)} {chance.choice(SECOND)}"
    ending = chance.choice(ENDINGS)
    name = f"{start} {chance.choice(TRADES)}{'' if ending.startswith(',') else ' '}{ending}".strip()
    return (name.upper() if chance.random() < 0.1 else name)[:LONGEST_NAME]


def _partner(chance: random.Random, code: str, name: str) -> dict[str, Any]:
    city, region, postal = chance.choice(CITIES)
    return {
        "BpCode": code,
        "BpName": name,
        "BpAbbrevCode": code,
        "BpDispatchFlag": "N",
        "BpPrequalRequiredFlag": "N",
        "BpAdd1": f"{chance.randrange(1, 9000)} {chance.choice(STREETS)}",
        "BpAdd3": city,
        "BpRegionCode": region,
        "BpPostalCode": postal,
        "BpCountry": "US",
        "BpPhone": f"503-555-{chance.randrange(10_000):04d}",
        "BpEmail": f"office@{code.lower()}.example",
    }


def _vendor(chance: random.Random, company: str, partner: dict[str, Any], class_: str | None) -> dict[str, Any]:
    names = ("Add1", "Add3", "RegionCode", "PostalCode", "Country", "Phone", "Email")
    return {
        "BpvenCompCode": company,
        "BpvenBpCode": partner["BpCode"],
        "BpvenTermCode": chance.choice(("NET30", "NET15", "COD")),
        "BpvenSpecialTermsFlag": "N",
        "BpvenCurrCode": "USD",
        "BpvenClassCode": class_,
        "BpvenActiveFlag": "N" if chance.random() < INACTIVE else "Y",
        **{f"BpvenPay{name}": partner[f"Bp{name}"] for name in names},
    }
