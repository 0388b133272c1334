"""Company-level cost codes and categories (cmic-api §2).

Only the endpoints are public: the REST prefixes are unknown (cmic-api §3.1), so every attribute name here is assumed.
"""

from sandbox.cmic.schema import Table, audit, flag, key, text

JCMASTERCOSTCODES = Table(
    resource="jcmastercostcodes",
    application="jc-rest-api",
    title="Master Cost Code",
    view="JcMasterCostCodesViewObj",
    methods=frozenset({"GET"}),
    indexes=(("MphsCompCode",),),
    attributes=(
        key("MphsCompCode", 8, "Company", "A"),
        key("MphsCode", 16, "Cost Code", "A"),
        text("MphsCtrlCode", 16, "Controlling Cost Code", "A", default="ALL"),
        text("MphsName", 50, "Name", "A", required=True),
        flag("MphsActiveFlag", "Active", "A", default="Y"),
        *audit("Mphs", "A"),
    ),
)

JCMASTERCATEGORIES = Table(
    resource="jcmastercategories",
    application="jc-rest-api",
    title="Master Category",
    view="JcMasterCategoriesViewObj",
    methods=frozenset({"GET"}),
    indexes=(("McatCompCode",),),
    attributes=(
        key("McatCompCode", 8, "Company", "A"),
        key("McatCode", 16, "Category", "A"),
        text("McatName", 30, "Name", "A", required=True),
        flag("McatActiveFlag", "Active", "A", default="Y"),
        *audit("Mcat", "A"),
    ),
)
