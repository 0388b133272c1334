"""Why something doesn't come in from CMiC: the imports' part of the catalogue (R-02 to R-09, R-16, R-22 to R-24)."""

from __future__ import annotations

from domain.refusals import Family, Owner, reason

R, O, D = Family.RULE, Family.OTHER_SYSTEM, Family.DEFECT  # noqa: E741
SENDER, ACCOUNTANT, ADMIN, OPERATOR = Owner.SENDER, Owner.ACCOUNTANT, Owner.ADMINISTRATOR, Owner.OPERATOR

reason("cmic_row_unreadable", D, OPERATOR, "CMiC's row can't be read: {problem}", "CMiC, the row; or the dialect")
reason(
    "not_linked",
    R,
    ADMIN,
    "Project {project} isn't linked to a job of CMiC.",
    "procore-cmic link project {project} JOB",
)
reason("import_switched_off", R, ADMIN, "Importing {what} is switched off.", "Settings, {setting}")
reason("refused_by_procore", O, ADMIN, "Procore refused it: {words}", "Procore; put it right there, then run it again")
reason("unknown_import", R, ADMIN, "There is no import {name!r}.", "Imports: {known}")
reason("unknown_staged", R, ADMIN, "CMiC hasn't shown a record {key!r} among the {what}.", "Refresh, then look again")

# Codes
reason(
    "not_hyphenated",
    R,
    ACCOUNTANT,
    "{erp_code} isn't delimited by hyphens, as Procore's codes are.",
    "CMiC, the cost code",
)
reason(
    "no_category", R, ACCOUNTANT, "Job {job} has {count} cost code(s) without a category: {list}.", "CMiC, job {job}"
)
reason(
    "code_not_on_project",
    R,
    ADMIN,
    "{pair} isn't on the project.",
    "procore-cmic import project_codes; or CMiC, the job",
)
reason(
    "code_unknown", R, ADMIN, "{erp_code} isn't among the company's standard codes.", "procore-cmic import master_codes"
)

reason("division_code", R, ADMIN, "{erp_code} is a division, which may not be used.", "Settings, division_codes")
reason(
    "no_erp_list",
    R,
    ADMIN,
    "The company has no ERP standard cost code list.",
    "Procore, company settings: cost codes",
)

# Vendors, customers, jobs
reason(
    "masked", R, ADMIN, "{what} {erp_code} is masked by the settings.", "Settings, masked_classes and masked_sources"
)
reason(
    "vendor_not_linked",
    R,
    ADMIN,
    "Vendor {vendor} isn't linked to a company of Procore's.",
    "procore-cmic staged list vendors",
)
reason("archived", R, ADMIN, "{what} {erp_code} is archived.", "procore-cmic staged restore")
reason("linked_cant_be_archived", R, ADMIN, "{erp_code} is linked: only what isn't can be archived.", "Unlink it first")
reason(
    "parent_not_linked", R, ADMIN, "Its control job {job} isn't a project of Procore's.", "Link or add that job first"
)
reason(
    "template_needed",
    R,
    ADMIN,
    "A job is added to Procore with a project template.",
    "--template, or settings, project_template",
)
reason("not_adding", R, ADMIN, "{what} can't be added or linked by hand.", "procore-cmic import")

# Transactions
reason("journal_not_mapped", R, ADMIN, "Its journal {journal} has no type of direct cost.", "Settings, journal_codes")
reason(
    "transactions_not_wanted",
    R,
    ADMIN,
    "Transactions aren't switched on for project {project}.",
    "Settings, transaction_projects",
)
reason("no_amount", R, ACCOUNTANT, "It has no amount.", "CMiC, the transaction")

# Budgets and prime contracts
reason(
    "budget_locked",
    R,
    SENDER,
    "The budget is locked: it can't be imported over.",
    "Procore, the project's budget: unlock it",
)
reason(
    "import_closed",
    R,
    ADMIN,
    "The budget was exported: its import is closed for good.",
    "Budget changes carry the rest",
)
reason(
    "import_preview_outdated",
    R,
    ADMIN,
    "What you confirmed ({given}) isn't what the import would do now ({current}).",
    "Look at the preview again, then confirm",
)
reason(
    "import_confirmation_short",
    R,
    ADMIN,
    "A confirmation names at least {least} characters of the preview: {given!r} is too short.",
    "The preview's hash",
)
reason(
    "import_not_finished",
    Family.TEMPORARY,
    OPERATOR,
    "It stopped half way: {words}. What was written stays.",
    "Look at the preview again, then confirm",
)
reason(
    "contract_not_approved",
    R,
    SENDER,
    "The prime contract is {status} in Procore: only an approved one is imported again.",
    "Procore, the prime contract's status",
)
reason(
    "contract_twice",
    R,
    ADMIN,
    "CMiC's contract {contract} was added to two projects: {projects}.",
    "Procore, the prime contract of the project that isn't linked to the job: delete it",
)
reason(
    "contract_by_hand",
    R,
    SENDER,
    "Prime contract {number} in Procore didn't come from CMiC, and {why}: nothing is written over it.",
    "Procore, the prime contract: delete it",
)
reason(
    "contract_lines_by_hand",
    R,
    SENDER,
    "The prime contract has {count} line(s) that didn't come from CMiC: {list}.",
    "Procore, the prime contract's schedule of values: remove them",
)
reason(
    "contract_type_stays",
    R,
    ADMIN,
    "The prime contract is {now}-based since it was imported: it can't become {wanted}-based.",
    "Import it as it is",
)
reason(
    "by_unit_not_offered", R, ADMIN, "Unit-based prime contracts aren't offered.", "Settings, prime_contract_by_unit"
)
reason("no_revenue", R, ACCOUNTANT, "Job {job} has no revenue budget.", "CMiC, Enter Budget")

# Job costs, reports
reason(
    "job_costs_not_offered",
    O,
    ADMIN,
    "Procore's budget columns were not written, because Procore doesn't take job costs here: {words}. The totals are in "
    "the ledger and in the Job Costs report.",
    "Procore: the company's activation as an ERP integrator; or Settings, job_costs_into_procore: off",
)
reason("report_switched_off", R, ADMIN, "The {report} report is switched off.", "Settings, {setting}")

# Payments, compliance
reason(
    "invoice_not_exported",
    R,
    ADMIN,
    "Its invoice {invoice} wasn't exported by this connector.",
    "Payments come in for exported invoices only",
)
reason(
    "contract_not_exported",
    R,
    ADMIN,
    "Its contract {contract} wasn't exported by this connector.",
    "Compliance comes in for exported contracts only",
)
reason(
    "import_left",
    Family.TEMPORARY,
    OPERATOR,
    "It stopped half way: {words}. The next run goes on where it stopped.",
    "Nobody needs to do anything",
)
reason("not_archived", R, ADMIN, "{what} {erp_code} isn't archived by hand.", "An inactive one is made active in CMiC")
reason("not_answered", Family.TEMPORARY, OPERATOR, "{words}", "Ask again: it is one command, however often it is asked")
reason("link_failed", R, ADMIN, "It couldn't be linked: {words}", "The inbox, the item")
reason(
    "too_many_gone",
    R,
    ADMIN,
    "{count} of {known} rows ({what}) aren't in CMiC any more: too many to take for deleted unasked.",
    "CMiC: may the connector still see them? If they are deleted: import with --accept-deletes",
)
reason(
    "not_made_for_it",
    R,
    ADMIN,
    "Procore's {kind} wasn't made for {erp_key}: adding joins only one that bears the origin id {wanted!r}.",
    "Link it instead",
)
reason(
    "code_in_directory",
    R,
    ADMIN,
    "Company {company} ({number}) of Procore's directory bears the origin id {origin_id!r} already.",
    "Link the record to that company; or take the id off it in Procore",
)
reason("not_in_directory", R, ADMIN, "Procore's directory has no company {number}.", "The Procore id")
