"""Projects: linked to a CMiC job, which brings the job's cost codes and categories along (O-02, O-05, R-03, R-09).

Only linking is offered here; an export creates a CMiC project, never a job, and a person makes the job.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.export_rows import unlink_and_watch
from domain.facts import Facts, References
from domain.guards import free_of_other_integrations
from domain.lifecycle import Lifecycle, Row
from domain.refusals import Refusal, refuse
from domain.states import State as S

KIND = "project"


class Project(BaseModel):
    """A Procore project, with the codes that its lines may sit on. The delimiter is a hyphen (R-03)."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str = ""
    number: str = ""
    custom_segments: list[str] = []
    origin_id: str | None = None

    @property
    def title(self) -> str:
        return self.name

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        return bool(self.origin_id) and str(self.origin_id).startswith(f"{references.erp_company}|")

    def business(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"origin_id"})


class ProjectFields(BaseModel):
    """The job's code, and the CMiC company it belongs to (the settings' first one if left out)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str = Field(min_length=1, max_length=10, pattern=r"^[A-Za-z0-9_.-]+$")
    erp_company: str | None = Field(default=None, min_length=1, max_length=8, pattern=r"^[A-Za-z0-9_.-]+$")


def no_custom_segments(facts: Facts) -> list[Refusal]:
    segments = facts.document.custom_segments
    return [refuse("custom_segments", segments=", ".join(segments))] if segments else []


def company_is_configured(facts: Facts) -> list[Refusal]:
    """A project belongs to one CMiC company, one that the settings name (R-08)."""
    wanted = facts.typed.get("erp_company")
    if wanted and wanted not in facts.settings.erp_companies:
        known = ", ".join(facts.settings.erp_companies)
        return [
            refuse(
                "field_not_usable",
                field="erp_company",
                problem=f"{wanted!r} isn't one of {known}",
                where="Settings, erp_companies",
            )
        ]
    return []


def not_linked_to_another(facts: Facts) -> list[Refusal]:
    """A linked project is unlinked before it goes to another job: Procore must never be told of one while the ledger has
    the other."""
    linked, wanted = facts.references.job, str(facts.typed.get("erp_id") or "").upper()
    if linked and wanted and linked != wanted:
        return [refuse("already_linked", facts.head.key, erp_key=linked, holder="this project itself")]
    return []


OWN_GUARDS = (no_custom_segments, company_is_configured)

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="ProjectLifecycle",
    label="project",
    rows=(
        Row(
            (S.NOT_SENT, S.FAILED),
            "link",
            "link",
            S.EXPORTING,
            (free_of_other_integrations, not_linked_to_another, *OWN_GUARDS),
            reads=True,
            approves=True,
            fields=ProjectFields,
        ),
        Row((S.EXPORTING,), "complete", "connector", S.SYNCED),
        Row((S.EXPORTING,), "fail", "connector", S.FAILED),
        Row((S.FAILED,), "try_again", "connector", S.EXPORTING),
        Row((S.SYNCED,), "refresh", "link", S.EXPORTING, OWN_GUARDS, reads=True),
        *unlink_and_watch(),
    ),
    own_guards=OWN_GUARDS,
    unlink_needs_cmic_gone=False,
)
