"""Business partners, AP vendors and AR customers (cmic-api §3.6). A partner is shared; a vendor or a customer belongs to
one company. The attributes of customers are unknown, so all of them are assumption A-08.
"""

from sandbox.cmic.schema import Attribute, Evidence, Finder, Table, audit, code, fixed, flag, key, number, text

BUSINESSPARTNER = Table(
    resource="businesspartner",
    application="sys-rest-api",
    title="Business Partner",
    view="BusinessPartnerViewObj",
    # A PATCH of a partner is documented nowhere (cmic-api §2).
    methods=frozenset({"GET", "POST"}),
    attributes=(
        key("BpCode", 8, "Business Partner", "C"),
        text("BpName", 50, "Name", "C", required=True),
        code("BpAbbrevCode", 8, "Abbreviation", "C", required=True),
        flag("BpDispatchFlag", "Dispatch", "C", required=True),
        flag("BpPrequalRequiredFlag", "Prequalification Required", "C", required=True),
        code("BpRegionCode", 4, "State/Province", "C"),
        text("BpFax", 20, "Fax", "C"),
        text("BpWebSite", 60, "Web Site", "C"),
        text("BpRegistrationCode", 30, "Tax Registration Code", "C"),
        text("BpAdd1", 40, "Address", "D"),
        text("BpAdd2", 40, "Suite", "D"),
        text("BpAdd3", 40, "City", "D"),
        text("BpPhone", 20, "Phone", "D"),
        text("BpEmail", 60, "Email", "D"),
        text("BpPostalCode", 10, "ZIP/Postal Code", "D"),
        text("BpCountry", 30, "Country", "D"),
        fixed("BpVendorStatusFlag", "flag", "Vendor", "C", 1, default="N"),
        *audit("Bp", "A", uuid_required=True),
    ),
)


def _address(prefix: str, label: str, evidence: Evidence) -> tuple[Attribute, ...]:
    """An address block: a vendor has one to pay and one to order, a customer has one."""
    return (
        text(f"{prefix}Add1", 40, f"{label}Address 1", evidence),
        text(f"{prefix}Add2", 40, f"{label}Address 2", evidence),
        text(f"{prefix}Add3", 40, f"{label}City", evidence),
        code(f"{prefix}RegionCode", 4, f"{label}State/Province", evidence),
        text(f"{prefix}PostalCode", 10, f"{label}ZIP/Postal Code", evidence),
        text(f"{prefix}Country", 30, f"{label}Country", evidence),
        text(f"{prefix}Phone", 20, f"{label}Phone", evidence),
        text(f"{prefix}Fax", 20, f"{label}Fax", evidence),
        text(f"{prefix}Email", 60, f"{label}Email", evidence),
    )


APVENDOR = Table(
    resource="apvendor",
    application="ap-rest-api",
    title="AP Vendor",
    view="ApVendorViewObj",
    methods=frozenset({"GET", "POST", "PATCH"}),
    indexes=(("BpvenBpCode",), ("BpvenCompCode",)),
    finders=(
        Finder("selectByDate", {}, since="auditDate"),
        Finder("ApVendorFinder", {}, ignores=frozenset({"CompCode"})),
    ),
    attributes=(
        key("BpvenCompCode", 8, "Company", "C"),
        key("BpvenBpCode", 8, "Business Partner", "C"),
        code("BpvenTermCode", 6, "Terms", "C", required=True),
        flag("BpvenSpecialTermsFlag", "Special Terms", "C", required=True),
        code("BpvenCurrCode", 3, "Currency", "C", required=True),
        fixed("BpvenBpName", "text", "Name", "C", 50),
        code("BpvenClassCode", 8, "Class", "C"),
        code("BpvenStatusCode", 8, "Status", "C"),
        flag("BpvenActiveFlag", "Active", "C", default="Y"),
        flag("BpvenAllowTranFlag", "Allow Transactions", "C", default="Y"),
        *_address("BpvenPay", "Pay ", "C"),
        *_address("BpvenOrd", "Order ", "C"),
        text("BpvenWebSite", 60, "Web Site", "C"),
        number("BpvenHldbkPc", "Retainage %", "C"),
        *audit("Bpven", "C"),
    ),
)

ARCUSTOMER = Table(
    resource="arcustomer",
    application="ar-rest-api",
    title="AR Customer",
    view="ArCustomerViewObj",
    methods=frozenset({"GET"}),
    indexes=(("BpcustBpCode",), ("BpcustCompCode",)),
    attributes=(
        key("BpcustCompCode", 8, "Company", "A"),
        key("BpcustBpCode", 8, "Business Partner", "A"),
        fixed("BpcustBpName", "text", "Name", "A", 50),
        flag("BpcustActiveFlag", "Active", "A", default="Y"),
        *_address("Bpcust", "", "A"),
        *audit("Bpcust", "A"),
    ),
)
