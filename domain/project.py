"""Projects: exported as a CMiC project, or linked to a CMiC job, which brings its cost codes and categories along (O-02,
O-05, R-03, R-09).

An export makes a CMiC project, never a job; its lifecycle waits for the job that a person makes, and so does everything
that needs the job.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.export_rows import came_back, export_steps, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.guards import free_of_other_integrations
from domain.identity import origin_id
from domain.lifecycle import Lifecycle, Row
from domain.lines import code_is_usable, too_long
from domain.refusals import Refusal, refuse
from domain.states import State as S

KIND = "project"


class Project(BaseModel):
    """A Procore project. The delimiter of its codes is a hyphen (R-03). Dates are business dates."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str = ""
    number: str = ""
    address: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    start_on: date | None = None
    completion_on: date | None = None
    custom_segments: list[str] = []
    is_erp_list: bool | None = None
    """Whether its cost codes come from the ERP standard list; nothing where Procore doesn't tell."""
    origin_id: str | None = None

    @property
    def title(self) -> str:
        return self.name

    @property
    def what(self) -> str:
        return KIND

    @property
    def own_code(self) -> str:
        """The code that it would bear in CMiC."""
        return self.number

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        return bool(self.origin_id) and str(self.origin_id).startswith(f"{references.erp_company}|")

    def business(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"origin_id"})


class ProjectFields(BaseModel):
    """The project's or job's code, and the CMiC company it belongs to (the settings' first one if left out)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str | None = Field(default=None, min_length=1, max_length=10, pattern=r"^[A-Za-z0-9_.-]+$")
    erp_company: str | None = Field(default=None, min_length=1, max_length=8, pattern=r"^[A-Za-z0-9_.-]+$")
    preview: str | None = Field(default=None, min_length=6, max_length=64)


class LinkFields(ProjectFields):
    """A link names the job."""

    erp_id: str = Field(min_length=1, max_length=10, pattern=r"^[A-Za-z0-9_.-]+$")


def no_custom_segments(facts: Facts) -> list[Refusal]:
    segments = facts.document.custom_segments
    return [refuse("custom_segments", segments=", ".join(segments))] if segments else []


def on_the_erp_list(facts: Facts) -> list[Refusal]:
    """Projects on a plain cost code list can't be integrated (erp-tool-behaviour T-02)."""
    return [refuse("plain_code_list")] if facts.document.is_erp_list is False else []


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


def not_exported(facts: Facts) -> list[Refusal]:
    """An exported project waits for its own job; a link to another one comes after an unlink."""
    own = facts.references.keys.get(facts.head.key, {}).get("")
    if own is not None and own.resource == "project":
        return [refuse("already_linked", facts.head.key, erp_key=own.text, holder="this project itself")]
    return []


def has_code(facts: Facts) -> list[Refusal]:
    """The CMiC project's code is Procore's project number, unless the approver types another."""
    code = str(facts.typed.get("erp_id") or facts.document.number)
    return code_is_usable(facts, code, "The project's number", facts.settings.limits.job, "project number")


def code_is_its_own(facts: Facts) -> list[Refusal]:
    """Two projects can't stand for one code: a CMiC project and a job of it give Procore the same origin id (F-05)."""
    holder = facts.references.holder_of_id
    code = facts.typed.get("erp_id") or facts.document.number
    return [refuse("id_of_another", holder, erp_id=code, holder=holder, kind=KIND)] if holder else []


def has_name(facts: Facts) -> list[Refusal]:
    name = facts.document.name
    if not name:
        return [refuse("no_name", kind="project")]
    return too_long([("The project's name", name, facts.settings.limits.project_name, "Procore, the project's name")])


def job_was_made(facts: Facts) -> list[Refusal]:
    """A quiet no while CMiC shows no job of the exported project, or it has been taken over already."""
    waits = not facts.references.job and "job" in facts.references.watched
    return [] if waits else [refuse("lost_reference", problem="no new job was seen in CMiC")]


def was_made_for_it(facts: Facts) -> list[Refusal]:
    """Adding joins only the project that was just made for the job; any other is linked."""
    company = facts.typed.get("erp_company") or facts.references.erp_company
    wanted = origin_id(str(company), str(facts.typed.get("erp_id") or "").upper())
    if str(facts.document.origin_id or "").upper() == wanted.upper():
        return []
    return [refuse("not_made_for_it", kind=KIND, erp_key=wanted, wanted=wanted)]


OWN_GUARDS = (no_custom_segments, on_the_erp_list, company_is_configured)
SEND_GUARDS = (*OWN_GUARDS, has_code, has_name)
ON_ACCEPT = (code_is_its_own,)

JOINING = (("link", "link", ()), ("add", "add_job", (was_made_for_it,)))
"""Both join Procore's record and CMiC's: `add` is for a job that was staged and was just made in Procore."""

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="ProjectLifecycle",
    label="project",
    rows=(
        *send_and_decide(SEND_GUARDS, ProjectFields, permission="add_project", linked=S.SYNCED, on_accept=ON_ACCEPT),
        *export_steps(SEND_GUARDS, ProjectFields, adopt=False, linked=S.SYNCED, on_accept=ON_ACCEPT),
        *came_back(can_hold=False),
        Row((S.SYNCED,), "job_made", "connector", S.EXPORTING, (job_was_made,), on_wake=True),
        *(
            Row(
                (S.NOT_SENT, S.REJECTED, S.RETRIEVED, S.FAILED),
                action,
                permission,
                S.EXPORTING,
                (free_of_other_integrations, *more, not_linked_to_another, not_exported, code_is_its_own, *OWN_GUARDS),
                reads=True,
                approves=True,
                links=True,
                fields=LinkFields,
            )
            for action, permission, more in JOINING
        ),
        Row((S.SYNCED,), "refresh", "link", S.EXPORTING, OWN_GUARDS, reads=True),
        *unlink_and_watch(),
    ),
    own_guards=OWN_GUARDS,
    unlink_needs_cmic_gone=False,
)
