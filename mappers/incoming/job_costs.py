"""Costs to date of a job, by cost code and category, as the budget's columns and the Job Costs report show them (O-17, R-24,
R-28; requirements §3, job costs; cmic-api §3.5, §3.11).

The job's posted rows and its codes stay in the ledger; the totals are computed there, and are what Procore is given.
"""

from __future__ import annotations

from decimal import Decimal

from domain.company_settings import Settings
from domain.identity import origin_id
from domain.incoming import ImportKind, Scope, Way
from domain.incoming_port import Place, Row
from domain.ports import Given
from domain.refusals import Refusal, refuse
from mappers.incoming.base import Arrived, Importer, Lookups, Stream, Take

TYPES = {"C": "cost", "O": "commitment"}
"""What CMiC's type codes mean (A-14). Rows of other types stay in the ledger and count for nothing."""
_J = "§3 job costs"
_COMMITTED = "sum of commitments"


def _code(ours: str) -> Take:
    labels = {"cost_code": "cost code", "category": "category"}
    return Take(ours, labels[ours], ours, _J, lambda a: a.text(ours).upper())


def _computed(field: str, procore: str, name: str, words: str) -> Take:
    """An amount, or a name, that the ledger made: `words` say of what."""
    return Take(field, procore, f"({words})", _J, lambda a: a[name])


def _type(arrived: Arrived) -> str:
    code = arrived.text("type").upper()
    return TYPES.get(code, code)


def _direct_costs(arrived: Arrived) -> Decimal:
    return arrived.amount("job_to_date") - arrived.amount("commitment_invoiced")


def _budget_changes(arrived: Arrived) -> Decimal | None:
    """Nothing where CMiC doesn't show a budget (A-07)."""
    if arrived["original_budget"] is None or arrived["current_budget"] is None:
        return None
    return arrived.amount("current_budget") - arrived.amount("original_budget")


DETAIL = Stream(
    "detail",
    "job cost",
    "job_cost",
    takes=(
        _code("cost_code"),
        _code("category"),
        Take("type", "(cost or commitment)", "type", "A-14", _type),
        Take("amount", "(adds to the totals)", "amount", _J),
        Take("commitment", "(invoiced on a commitment, if any)", "commitment", "A-14", lambda a: a.text("commitment")),
    ),
)
CODES = Stream(
    "codes",
    "job's cost code and category",
    "job_code",
    changes=False,
    takes=(
        _code("cost_code"),
        _code("category"),
        Take("name", "name", "name", _J, lambda a: a.text("name")),
        Take("original_budget", "original budget", "original_budget", _J),
        Take("current_budget", "revised budget", "current_budget", _J),
    ),
)
TOTALS = Stream(
    "totals",
    "costs to date",
    "",
    target="job_cost",
    removes=True,
    changes=False,
    takes=(
        _computed("cost_code", "cost code", "cost_code", "the costs' and the codes'"),
        _computed("category", "category", "category", "the costs' and the codes'"),
        _computed("name", "name", "name", "the code's"),
        _computed("original_estimate", "original budget", "original_budget", "the code's original budget"),
        Take("approved_estimate_changes", "budget changes", "(revised less original budget)", _J, _budget_changes),
        _computed("estimate", "revised budget", "current_budget", "the code's revised budget"),
        _computed("original_commitment", "original commitment", "committed", _COMMITTED),
        _computed("revised_commitment", "revised commitment", "committed", _COMMITTED),
        _computed("committed_costs", "committed costs", "committed", _COMMITTED),
        _computed(
            "commitment_invoiced", "commitment invoiced", "commitment_invoiced", "sum of costs with a commitment"
        ),
        _computed("job_to_date_cost", "JTD cost", "job_to_date", "sum of costs"),
        Take("direct_costs", "direct costs", "(JTD cost less commitment invoiced)", "R-24", _direct_costs),
    ),
)
"""CMiC's rows don't tell a contract's original amounts from its changes, so both of Procore's columns show all of it. Direct
costs are the report's: Procore's budget makes them of its columns itself."""
OURS_ONLY = frozenset({"cost_code", "category", "name", "direct_costs"})


class JobCostsImporter(Importer):
    kind = ImportKind(
        name="job_costs",
        workflow_type="JobCostsImport",
        label="job costs",
        scope=Scope.PROJECT,
        way=Way.STRAIGHT,
        permission="sync_job_costs",
        requirement="O-17",
    )
    streams = (DETAIL, CODES, TOTALS)
    looks_up = frozenset({"codes"})

    def gives(self, stream: Stream, settings: Settings) -> bool:
        return stream is TOTALS and settings.job_costs_into_procore

    def label(self, stream: Stream, arrived: Arrived) -> str:
        parts = ("cost_code", "category", "amount" if stream is DETAIL else "name")
        return " ".join(str(arrived[p]) for p in parts if arrived[p] not in (None, ""))

    def given(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | list[Refusal]:
        """With the ids of its code; the project is named by its job. A code that the project hasn't is set aside, and the
        report shows it all the same."""
        pair = str(row.body["cost_code"]), str(row.body["category"])
        ids = lookups.codes.get(pair)
        if ids is None:
            return [refuse("code_not_on_project", pair="/".join(pair))]
        amounts = {name: value for name, value in row.body.items() if name not in OURS_ONLY and value is not None}
        body = {"cost_code_id": ids[0], "line_item_type_id": ids[1], **amounts}
        return Given(key=row.key, origin_id=origin_id(place.erp_company, place.job), id=row.procore_id, body=body)
