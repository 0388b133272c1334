"""The books of the demo: one company, one project, its cost codes, categories, units, vendors and budget views, two project
templates, no commitments.

Cost codes are divisions with codes below them, so that a code alone isn't its full code: division 03, code 100 is
"03-100". "99-999" is there to be unknown to the ERP.
"""

from __future__ import annotations

from sandbox.procore.values import Record

COMPANY = 562949
PROJECT = 310
LIST = 2001
ESTIMATED_COST = "estimated_cost_at_completion"

_DIVISIONS = {
    "01": "General Requirements",
    "02": "Existing Conditions",
    "03": "Concrete",
    "04": "Masonry",
    "05": "Metals",
    "07": "Thermal and Moisture Protection",
    "09": "Finishes",
    "22": "Plumbing",
    "23": "HVAC",
    "26": "Electrical",
    "31": "Earthwork",
    "99": "Unassigned",
}
_CODES = {
    "01-500": "Temporary Facilities",
    "02-410": "Demolition",
    "03-100": "Concrete",
    "03-200": "Reinforcing Steel",
    "04-200": "Unit Masonry",
    "05-120": "Structural Steel",
    "07-500": "Roofing",
    "09-290": "Gypsum Board",
    "22-100": "Plumbing Piping",
    "23-300": "Air Distribution",
    "26-050": "Electrical",
    "31-230": "Excavation",
    "99-999": "Not in the ERP",
}
_TYPES = {
    "L": ("Labor", "labor"),
    "M": ("Materials", "materials"),
    "S": ("Subcontract", "commitment"),
    "E": ("Equipment", "equipment"),
    "O": ("Other", "other"),
}
_UOMS = {
    "ea": ("Each", "Count"),
    "ls": ("Lump sum", "Count"),
    "lf": ("Linear foot", "Length"),
    "sf": ("Square foot", "Area"),
    "sy": ("Square yard", "Area"),
    "cy": ("Cubic yard", "Volume"),
    "ton": ("Ton", "Mass"),
    "hr": ("Hour", "Time"),
}
_VENDORS = (
    ("Acme Concrete LLC", "1200 Quarry Rd", "Oakland", "CA", "94607", "510-555-0101"),
    ("Baker Steel & Sons", "88 Mill St", "Fresno", "CA", "93701", "559-555-0102"),
    ("Delta Electric Inc.", "410 Current Ave", "San Jose", "CA", "95112", "408-555-0103"),
    ("Evergreen Drywall Co.", "7 Plaster Way", "Sacramento", "CA", "95814", "916-555-0104"),
    ("Fjord Mechanical", "2500 Duct Blvd", "Reno", "NV", "89501", "775-555-0105"),
    ("Granite State Excavating", "19 Digger Ln", "Stockton", "CA", "95202", "209-555-0106"),
)


def _cost_codes() -> list[Record]:
    common = {"company_id": COMPANY, "project_id": PROJECT}
    types = [3001 + index for index in range(len(_TYPES))]
    divisions = {code: 7001 + index for index, code in enumerate(_DIVISIONS)}
    rows: list[Record] = [
        {**common, "id": number, "code": code, "name": _DIVISIONS[code]} for code, number in divisions.items()
    ]
    for index, (full_code, name) in enumerate(_CODES.items()):
        division, _, code = full_code.partition("-")
        parent = divisions[division]
        rows.append({**common, "id": 7101 + index, "code": code, "name": name, "parent_id": parent,
                     "line_item_type_ids": types})  # fmt: skip
    return rows


def _standard_cost_codes() -> list[Record]:
    """The ERP's list as it stands in Procore: the demo's codes without the unknown one."""
    common = {"company_id": COMPANY, "standard_cost_code_list_id": LIST}
    names = ("code", "name", "parent_id")
    kept = [row for row in _cost_codes() if row["code"] not in ("99", "999")]
    return [
        {**common, "id": row["id"] - 2000}
        | {name: row[name] for name in names if name in row}
        | ({"parent_id": row["parent_id"] - 2000} if "parent_id" in row else {})
        for row in kept
    ]


def _project() -> Record:
    return {
        "company_id": COMPANY,
        "id": PROJECT,
        "name": "Harbour View Medical Center",
        "project_number": "1042",
        "address": "1 Harbour View Drive",
        "city": "Oakland",
        "state_code": "CA",
        "zip": "94607",
        "country_code": "US",
        "start_date": "2026-02-02",
        "completion_date": "2027-10-29",
        "total_value": "48500000.0",
        "time_zone": "America/Los_Angeles",
        "standard_cost_code_list_id": LIST,
    }


def _vendors() -> list[Record]:
    names = ("name", "address", "city", "state_code", "zip", "business_phone")
    common = {"company_id": COMPANY, "country_code": "US", "project_ids": [PROJECT]}
    return [
        {**common, "id": 4101 + index, **dict(zip(names, vendor, strict=True))} for index, vendor in enumerate(_VENDORS)
    ]


def _budget_views() -> list[Record]:
    """Two views: one whose formula yields an estimated cost at completion, and one of standard columns only."""
    columns = [
        {"key": "revised_budget", "name": "Revised Budget", "shows": "revised_budget", "type": "formula"},
        {"key": "committed_costs", "name": "Committed Costs", "shows": "committed_costs"},
        {"key": ESTIMATED_COST, "name": "Estimated Cost at Completion", "shows": ESTIMATED_COST, "type": "formula"},
    ]
    return [
        {"company_id": COMPANY, "id": 9001, "name": "Procore Standard Budget", "columns": columns},
        {"company_id": COMPANY, "id": 9002, "name": "Original Budget Only"},
    ]


def demo() -> dict[str, list[Record]]:
    """The demo's books as a seed document."""
    company = {"company_id": COMPANY}
    return {
        "companies": [{"id": COMPANY, "name": "Founders Construction"}],
        "uoms": [
            {**company, "id": 1001 + index, "name": name, "description": text, "category": category}
            for index, (name, (text, category)) in enumerate(_UOMS.items())
        ],
        "budget_views": _budget_views(),
        "standard_cost_code_lists": [{**company, "id": LIST, "name": "ERP Standard Cost Codes", "is_erp_list": True}],
        "standard_cost_codes": _standard_cost_codes(),
        "line_item_types": [
            {**company, "id": 3001 + index, "name": name, "csv_import_code": code, "base_type": base}
            for index, (code, (name, base)) in enumerate(_TYPES.items())
        ],
        "project_templates": [
            {**company, "id": 8001, "name": "Commercial Building"},
            {**company, "id": 8002, "name": "Tenant Improvement"},
        ],
        "projects": [_project()],
        "vendors": _vendors(),
        "cost_codes": _cost_codes(),
    }
