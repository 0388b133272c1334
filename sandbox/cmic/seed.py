"""Books to start with. ``demo`` is a small contractor: two companies, their jobs and cost codes, vendors, customers.

Names and figures are invented. A seed is an object of lists of rows by resource, in canonical attribute names; rules
are not asked, defaults are filled in.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.cmic.jsontext import load

Seed = dict[str, list[dict[str, Any]]]

COMPANIES = (("01", "Northgate Construction Inc."), ("02", "Northgate Civil Ltd."))

JOBS = (
    ("01", "1042", "Harbour View Medical Center", "ALL"),
    ("01", "1042A", "Harbour View Parking Deck", "1042"),
    ("01", "1055", "Cedar Street School", "ALL"),
    ("02", "2001", "River Road Bridge", "ALL"),
)

CATEGORIES = (("L", "Labor"), ("M", "Material"), ("S", "Subcontract"), ("E", "Equipment"), ("O", "Other"))

COST_CODES = (
    # code, controlling code, name, categories assigned on job 1042, original budget per category
    ("01-000", "ALL", "General Requirements", "", 0),
    ("03-000", "ALL", "Concrete", "", 0),
    ("01-100", "01-000", "Project Management", "LO", 180_000),
    ("01-500", "01-000", "Temporary Facilities", "LMEO", 42_500),
    ("02-200", "ALL", "Demolition", "LSE", 96_000),
    ("03-100", "03-000", "Concrete Formwork", "LMSEO", 125_000),
    ("03-300", "03-000", "Cast-in-Place Concrete", "LMS", 310_000),
    ("04-200", "ALL", "Unit Masonry", "MS", 88_750),
    ("05-100", "ALL", "Structural Steel", "MS", 640_000),
    ("07-500", "ALL", "Membrane Roofing", "S", 152_300),
    ("09-250", "ALL", "Gypsum Board", "LMS", 74_900),
    ("22-000", "ALL", "Plumbing", "S", 415_000),
    ("23-000", "ALL", "Heating and Cooling", "SE", 780_000),
    ("26-000", "ALL", "Electrical", "SM", 560_000),
)

MASTER_ONLY = (
    # In the company's master list, but assigned to no job: code, controlling code, name.
    ("03-400", "03-000", "Precast Concrete"),
    ("06-100", "ALL", "Rough Carpentry"),
    ("08-100", "ALL", "Doors and Frames"),
    ("09-900", "ALL", "Painting and Coating"),
    ("21-000", "ALL", "Fire Suppression"),
    ("31-000", "ALL", "Earthwork"),
    ("31-200", "31-000", "Earth Moving"),
)

UNITS = (
    ("$", "Lump Sum"),
    ("CY", "Cubic Yard"),
    ("EA", "Each"),
    ("HR", "Hour"),
    ("LF", "Linear Foot"),
    ("LS", "Lump Sum Item"),
    ("SF", "Square Foot"),
    ("SY", "Square Yard"),
    ("TN", "Ton"),
)

PARTNERS = (
    # Vendors: code, name, street, city, companies.
    ("ACME01", "Acme Concrete LLC", "210 Quarry Road", "Springfield", ("01", "02")),
    ("BOLT02", "Bolt Steel Erectors Inc.", "18 Foundry Lane", "Riverton", ("01",)),
    ("ELLIS03", "Jordan Ellis", "7 Alder Court", "Riverton", ("01",)),
    ("MILL04", "Old Mill Excavating Co.", "3 Mill Road", "Springfield", ("01",)),
)

VENDOR_CHANGES: dict[str, dict[str, str]] = {
    # An employee who is paid back, whose name is nobody's business, and a vendor that isn't used any more.
    "ELLIS03": {"BpvenClassCode": "EMPL"},
    "MILL04": {"BpvenActiveFlag": "N"},
}

CUSTOMERS = (
    # code, name, street, city, companies
    ("RIVER05", "City of Riverton", "1 Civic Square", "Riverton", ("01", "02")),
    ("CEDAR06", "Cedar Street School District", "90 Cedar Street", "Springfield", ("01",)),
)

INSURANCES = (
    # vendor, compliance code, description, certificate, start, end, amount, compliant
    ("ACME01", "GL", "General Liability", "GL-88120", "2026-01-01", "2026-12-31", 2_000_000, "Y"),
    ("ACME01", "WC", "Workers Compensation", "WC-4471", "2024-07-01", "2025-06-30", 1_000_000, "N"),
    ("BOLT02", "GL", "General Liability", "GL-90034", "2026-04-01", "2027-03-31", 1_000_000, "Y"),
)

PCI_TYPES = (
    # code, name, class
    ("EXT", "External", "E"),
    ("INT", "Internal", "I"),
    ("TFR", "Transfer", "T"),
    ("OBC", "Original Budget", "O"),
    ("FCT", "Forecast", "I"),
)

PCI_STATUSES = (
    # code, name, pending type, counts into the forecast
    ("PREPEND", "Pre-Pending", "PREPENDING", "N"),
    ("PENDING", "Pending", "PENDING", "Y"),
    ("APPROVED", "Approved", "APPROVED", "Y"),
    ("REJECTED", "Rejected", "REJECTED", "N"),
)

CONTRACTS = (("01", "1042"), ("02", "2001"))

WIP_FLAGS = ("JcatExclCostWip", "JcatExclCostBudgWip", "JcatLabourForecastFlag", "JcatCostToComplOvrdFlg")


def demo() -> Seed:
    """The demonstration books."""
    return {
        "glcompany": [{"CompCode": code, "CompName": name, "CompCurrCode": "USD"} for code, name in COMPANIES],
        "weightmeasure": [{"WmCode": code, "WmName": name} for code, name in UNITS],
        "jcmastercategories": _per_company("Mcat", [{"Code": code, "Name": name} for code, name in CATEGORIES]),
        "jcmastercostcodes": _per_company("Mphs", _master_codes()),
        "pmcontracttype": _per_company(
            "Pmct", [{"ContractType": code, "ActiveFlag": "Y", "ContTypeCode": code} for code in ("SUB", "PO")]
        ),
        "cmtype": _per_company(
            "Cmt", [{"TypeCode": code, "Name": name, "ClassCode": class_} for code, name, class_ in PCI_TYPES]
        ),
        "cmstatus": _statuses(),
        "jcjob": _jobs(),
        "jbcont": _contracts(),
        "pmproject": _projects(),
        "jcjobcostcodes": _cost_codes(),
        "jcjobcategory": _categories(),
        "businesspartner": [_partner(*partner[:4]) for partner in PARTNERS + CUSTOMERS],
        "apvendor": [_vendor(company, partner[0]) for partner in PARTNERS for company in partner[4]],
        "arcustomer": [_customer(company, *customer[:4]) for customer in CUSTOMERS for company in customer[4]],
        "apinsurance": [_insurance(*insurance) for insurance in INSURANCES],
    }


def _per_company(prefix: str, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {f"{prefix}CompCode": company, **{f"{prefix}{name}": value for name, value in row.items()}}
        for company, _ in COMPANIES
        for row in rows
    ]


def _master_codes() -> list[dict[str, str]]:
    codes = [(code, above, name) for code, above, name, *_ in COST_CODES] + list(MASTER_ONLY)
    return [{"Code": code, "CtrlCode": above, "Name": name} for code, above, name in codes]


def _jobs() -> list[dict[str, Any]]:
    names = ("JobCompCode", "JobCode", "JobName", "JobCtrlCode")
    return [dict(zip(names, job, strict=True)) | {"JobContCode": job[1]} for job in JOBS]


def _contracts() -> list[dict[str, Any]]:
    """A contract with the owner for some jobs only: a PCI that needs one has to wait on the others."""
    names = {(company, code): name for company, code, name, _ in JOBS}
    return [
        {"JbcontCompCode": company, "JbcontCode": job, "JbcontJobCode": job, "JbcontName": names[company, job]}
        for company, job in CONTRACTS
    ]


def _statuses() -> list[dict[str, Any]]:
    names = ("CmstatCode", "CmstatName", "CmstatPendingType", "CmstatForecastFlag")
    return [dict(zip(names, status, strict=True)) for status in PCI_STATUSES]


def _projects() -> list[dict[str, Any]]:
    names = ("GrpmpCompCode", "GrpmpProjCode", "GrpmpProjName", "GrpmpProjCtrlCode")
    return [dict(zip(names, job, strict=True)) | {"GrpmpJobCode": job[1]} for job in JOBS]


def _cost_codes() -> list[dict[str, Any]]:
    return [
        {
            "GjjpCompCode": company,
            "GjjpJobCode": job,
            "GjjpCode": code,
            "GjjpCtrlCode": above,
            "GjjpName": name,
            "GjjpActiveFlag": "Y",
            "GjjpFactorableFlg": "N",
            "GjjpJobCtrlCode": control,
        }
        for company, job, _, control in JOBS
        for code, above, name, *_ in COST_CODES
    ]


def _categories() -> list[dict[str, Any]]:
    names = dict(CATEGORIES)
    return [
        {
            "JcatCompCode": company,
            "JcatJobCode": job,
            "JcatPhsCode": code,
            "JcatCode": category,
            "JcatName": names[category],
            "JcatCatActiveFlag": "Y",
            "JcatPhaseActiveFlag": "Y",
            **dict.fromkeys(WIP_FLAGS, "N"),
            **dict.fromkeys(("JcatOrigBudgAmt", "JcatCurrBudgAmt", "JcatProjAmt"), budget),
        }
        for company, job, *_ in JOBS
        for code, _, _, assigned, budget in COST_CODES
        for category in assigned
    ]


def _partner(code: str, name: str, street: str, city: str) -> dict[str, Any]:
    return {
        "BpCode": code,
        "BpName": name,
        "BpAbbrevCode": code,
        "BpDispatchFlag": "N",
        "BpPrequalRequiredFlag": "N",
        "BpAdd1": street,
        "BpAdd3": city,
        "BpRegionCode": "OR",
        "BpPostalCode": "97000",
        "BpCountry": "US",
    }


def _vendor(company: str, code: str) -> dict[str, Any]:
    return {
        "BpvenCompCode": company,
        "BpvenBpCode": code,
        "BpvenTermCode": "NET30",
        "BpvenSpecialTermsFlag": "N",
        "BpvenCurrCode": "USD",
        **VENDOR_CHANGES.get(code, {}),
    }


def _customer(company: str, code: str, _: str, street: str, city: str) -> dict[str, Any]:
    block = {"Add1": street, "Add3": city, "RegionCode": "OR", "PostalCode": "97000", "Country": "US"}
    own = {"BpcustCompCode": company, "BpcustBpCode": code}
    return own | {f"Bpcust{name}": value for name, value in block.items()}


def _insurance(
    vendor: str, cover: str, named: str, certificate: str, start: str, end: str, amount: int, compliant: str
) -> dict[str, Any]:
    return {
        "InsComplType": "VEN",
        "InsCompCode": "01",
        "InsVenCode": vendor,
        "InsCoverTypeCode": cover,
        "InsCoverTypeDesc": named,
        "InsCertNum": certificate,
        "InsStartDate": start,
        "InsEndDate": end,
        "InsAmt": amount,
        "InsDateSensitiveFlag": "Y",
        "InsDateComplianceFlag": compliant,
        "InsComplianceFlag": "Y",
    }


SEEDS: dict[str, Callable[[], Seed]] = {"demo": demo}


def named(name: str) -> Seed:
    """A seed by its name, or from a JSON file. Raises FileNotFoundError and NotJson."""
    if name in SEEDS:
        return SEEDS[name]()
    content: Seed = load(Path(name).read_bytes())
    return content
