"""Directory companies: exported as a business partner and a vendor, or linked to a vendor that exists (O-03, R-05, R-08).

A company has one lifecycle in each CMiC company. Unlinking never asks for the vendor's deletion in CMiC (U-01, U-03).
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.export_rows import UNSENT, came_back, export_steps, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.guards import free_of_other_integrations
from domain.identity import parse_key
from domain.lifecycle import Lifecycle, Row
from domain.refusals import Refusal, refuse
from domain.states import State as S

KIND = "company"


class Company(BaseModel):
    """A company of Procore's directory."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str = ""
    is_active: bool = True
    address: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    website: str = ""
    origin_id: str | None = None

    @property
    def title(self) -> str:
        return self.name

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        """A vendor's origin id is the partner code itself (design §5): ours is the one that is linked, in this or another
        CMiC company, or that the approver types himself."""
        known = {references.vendor, *references.elsewhere, str(typed.get("erp_id") or "").upper()}
        return bool(self.origin_id) and self.origin_id in known

    def business(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"origin_id"})


class CompanyFields(BaseModel):
    """The approver types the ERP vendor id (O-03)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str = Field(min_length=1, max_length=8, pattern=r"^[A-Za-z0-9_.-]+$")
    preview: str | None = Field(default=None, min_length=6, max_length=64)


class RetryFields(CompanyFields):
    """On a retry the id that was reserved stays, unless another is typed."""

    erp_id: str | None = Field(default=None, min_length=1, max_length=8, pattern=r"^[A-Za-z0-9_.-]+$")  # type: ignore[assignment]  # narrower in the parent: here it may be left out


def export_is_on(facts: Facts) -> list[Refusal]:
    return [] if facts.settings.vendor_export else [refuse("export_switched_off", kind="company")]


def is_active(facts: Facts) -> list[Refusal]:
    return [] if facts.document.is_active else [refuse("company_inactive")]


def has_name(facts: Facts) -> list[Refusal]:
    limit, name = facts.settings.limits.company_name, facts.document.name
    if not name.strip():
        return [refuse("no_name", kind="company")]
    if len(name) > limit:
        where = "Procore, the company's name"
        return [refuse("field_too_long", field="The company's name", length=len(name), limit=limit, where=where)]
    return []


def id_is_its_own(facts: Facts) -> list[Refusal]:
    """One ERP id, one company of the directory: whatever CMiC companies it is linked in, a vendor's code is its origin id in
    Procore (O-03, R-08)."""
    holder = facts.references.holder_of_id
    return (
        [refuse("id_of_another", holder, erp_id=facts.typed.get("erp_id"), holder=holder, kind=KIND)] if holder else []
    )


def erp_company_is_configured(facts: Facts) -> list[Refusal]:
    """Only in a CMiC company that the settings name (R-08)."""
    wanted, known = parse_key(facts.head.key).scope, facts.settings.erp_companies
    if wanted in known:
        return []
    problem = f"{wanted!r} isn't one of {', '.join(known)}"
    return [refuse("field_not_usable", field="The CMiC company", problem=problem, where="Settings, erp_companies")]


def was_made_for_it(facts: Facts) -> list[Refusal]:
    """Adding asks for less than linking, so it joins only the company that was just made for the record (R-05)."""
    wanted = str(facts.typed.get("erp_id") or "").upper()
    if facts.document.origin_id == wanted:
        return []
    return [refuse("not_made_for_it", kind=KIND, erp_key=wanted, wanted=wanted)]


OWN_GUARDS = (export_is_on, erp_company_is_configured, is_active, has_name, id_is_its_own)

JOINING = (("link", "link", ()), ("add", "add_company", (was_made_for_it,)))
"""Both join Procore's record and CMiC's: `add` is for a vendor that was staged and was just made in Procore."""

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="CompanyLifecycle",
    label="company",
    rows=(
        *send_and_decide(OWN_GUARDS, CompanyFields),
        *export_steps(OWN_GUARDS, RetryFields),
        *came_back(),
        *unlink_and_watch("unlink_company"),
        *(
            Row(
                (*UNSENT, S.WAITING),
                action,
                permission,
                S.EXPORTING,
                (free_of_other_integrations, *more, erp_company_is_configured, id_is_its_own),
                reads=True,
                approves=True,
                links=True,
                fields=CompanyFields,
            )
            for action, permission, more in JOINING
        ),
    ),
    own_guards=OWN_GUARDS,
    unlink_needs_cmic_gone=False,
)
