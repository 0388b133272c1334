"""A project's cost codes and types: those of CMiC's master list that the job lacks are assigned to it (O-02, R-21).

They usually go along with the first object that needs them. Where a company wants to accept them on their own, they are sent
like any object; a later send carries what is new. New codes are made in CMiC only: what its master list lacks stays out.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.export_rows import came_back, export_steps, resend_what_is_new, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.lifecycle import Lifecycle, PrerequisiteRow
from domain.lines import Pair
from domain.money import Amount
from domain.project import no_custom_segments, on_the_erp_list
from domain.refusals import Refusal, refuse
from domain.settings import ExportSettings
from domain.states import Condition
from domain.states import State as S

KIND = "cost_codes"


class CodePair(BaseModel):
    """A cost code of the project with one of its types, and what is budgeted on it."""

    model_config = ConfigDict(frozen=True)

    cost_code: str
    category: str
    budget: Amount | None = None

    @property
    def pair(self) -> Pair:
        return self.cost_code.upper(), self.category.upper()


class CostCodes(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: int
    name: str = ""
    custom_segments: list[str] = []
    is_erp_list: bool | None = None
    pairs: list[CodePair] = []

    @property
    def title(self) -> str:
        return f"Cost codes of {self.name or self.id}"

    @property
    def what(self) -> str:
        return "list of cost codes"

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        return True

    def business(self) -> dict[str, Any]:
        """Which pairs there are; of the budget only whether there is one, because that alone decides (R-21)."""
        pairs = [[*p.pair, bool(p.budget)] for p in self.pairs]
        return {"pairs": sorted(pairs), "custom_segments": self.custom_segments, "is_erp_list": self.is_erp_list}


class CodesFields(BaseModel):
    model_config = ConfigDict(extra="forbid")

    preview: str | None = Field(default=None, min_length=6, max_length=64)


def to_assign(codes: CostCodes, references: References, settings: ExportSettings) -> list[Pair]:
    """The pairs that the job lacks and the master list has; without money only where the setting sends those, too."""
    zero = settings.zero_dollar_codes
    return [p.pair for p in codes.pairs if p.pair in references.assignable and (zero or p.budget)]


def something_to_assign(facts: Facts) -> list[Refusal]:
    """Without a linked job that is a prerequisite's matter."""
    if not facts.references.job or to_assign(facts.document, facts.references, facts.settings):
        return []
    known = facts.references.codes | facts.references.assignable
    unknown = sorted({p.pair[0] for p in facts.document.pairs if p.pair not in known})
    new = [refuse("not_in_master", count=len(unknown), list=", ".join(unknown[:10]))] if unknown else []
    return [refuse("nothing_new", kind="list of cost codes"), *new]


OWN_GUARDS = (no_custom_segments, on_the_erp_list, something_to_assign)

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="CostCodesLifecycle",
    label="list of cost codes",
    rows=(
        *send_and_decide(OWN_GUARDS, CodesFields, linked=S.SYNCED),
        *export_steps(OWN_GUARDS, CodesFields, adopt=False, linked=S.SYNCED),
        *came_back(),
        *resend_what_is_new(OWN_GUARDS),
        *unlink_and_watch(),
    ),
    own_guards=OWN_GUARDS,
    prerequisites=(PrerequisiteRow("project", Condition.JOB_EXISTS),),
    unlink_needs_cmic_gone=False,
)
