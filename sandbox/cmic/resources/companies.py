"""GL companies and units of measure (cmic-api §2; company attribute names: cmic-api source TAP).

``weightmeasure`` is known as an endpoint only; its attribute names are assumed.
"""

from sandbox.cmic.schema import Finder, Table, audit, code, key, text

GLCOMPANY = Table(
    resource="glcompany",
    application="glrestapi",
    version="v1",
    title="GL Company",
    view="GlCompanyViewObj",
    methods=frozenset({"GET"}),
    finders=(Finder("selectByDate", {}, since="auditDate"),),
    attributes=(
        key("CompCode", 8, "Company", "C"),
        text("CompName", 50, "Name", "C", required=True),
        text("CompLegalName", 50, "Legal Name", "C"),
        code("CompCurrCode", 3, "Currency", "C", required=True),
        code("CompCtrlCode", 8, "Controlling Company", "C"),
        text("CompAdd1", 40, "Address 1", "C"),
        text("CompAdd2", 40, "Address 2", "C"),
        text("CompAdd3", 40, "Address 3", "C"),
        text("CompCountry", 30, "Country", "C"),
        text("CompContactName", 50, "Contact", "C"),
        text("CompEmailAdd", 60, "E-mail", "C"),
        *audit("Comp", "C"),
    ),
)

WEIGHTMEASURE = Table(
    resource="weightmeasure",
    application="sys-rest-api",
    title="Weight/Measure",
    view="WeightMeasureViewObj",
    methods=frozenset({"GET"}),
    attributes=(
        key("WmCode", 2, "WM", "A"),
        text("WmName", 30, "Name", "A", required=True),
        *audit("Wm", "A"),
    ),
)
