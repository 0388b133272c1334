"""Who may do what: the only place that says so (requirements §5, erp-tool-behaviour U-01).

A transition names a permission; this table says what that permission asks of a person. The connector and the operator
(who speaks through Temporal's own UI and CLI, and is authenticated there) hold no permission of their own.
"""

from __future__ import annotations

from enum import IntEnum

from pydantic import BaseModel, ConfigDict

from domain.people import person_id
from domain.refusals import Refusal, refuse
from domain.settings import ExportSettings
from domain.states import Actor


class Level(IntEnum):
    NONE = 0
    READ_ONLY = 1
    STANDARD = 2
    ADMIN = 3

    @property
    def words(self) -> str:
        return self.name.replace("_", " ").title()


class Person(BaseModel):
    """A person as the door that let him in knows him. `name` is what the history bears."""

    model_config = ConfigDict(frozen=True)

    name: str
    erp_level: Level = Level.NONE
    may_push: bool = False
    owning_tool_admin: bool = False


class Permission(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    actor: Actor
    erp_level: Level = Level.NONE
    push: bool = False
    owning_tool_admin: bool = False
    by_signal: bool = False
    opens_to_standard: bool = False
    """S-31 lets Standard do it, too, where the privilege is there."""

    @property
    def needs(self) -> str:
        parts = []
        if self.erp_level:
            parts.append(f"{self.erp_level.words} on the ERP Integrations tool")
        if self.push:
            parts.append('the privilege "Can Push to Accounting"')
        if self.owning_tool_admin:
            parts.append("Admin on the tool where the item lives")
        return ", ".join(parts) or "nothing"


def _permission(id: str, actor: Actor, **needs: object) -> Permission:  # noqa: A002
    return Permission.model_validate({"id": id, "actor": actor, **needs})


PERMISSIONS: dict[str, Permission] = {
    p.id: p
    for p in (
        _permission("send", Actor.SENDER, owning_tool_admin=True, by_signal=True),
        _permission("retrieve", Actor.SENDER, owning_tool_admin=True, by_signal=True),
        _permission("resend", Actor.SENDER, owning_tool_admin=True, by_signal=True),
        _permission("accept", Actor.APPROVER, erp_level=Level.ADMIN, push=True, opens_to_standard=True),
        _permission("reject", Actor.APPROVER, erp_level=Level.ADMIN, push=True, by_signal=True, opens_to_standard=True),
        _permission("retry", Actor.APPROVER, erp_level=Level.ADMIN, push=True, by_signal=True, opens_to_standard=True),
        _permission("add_project", Actor.SENDER, erp_level=Level.STANDARD, by_signal=True),
        _permission("reset", Actor.APPROVER, erp_level=Level.ADMIN, by_signal=True),
        _permission("adopt", Actor.APPROVER, erp_level=Level.ADMIN, push=True),
        _permission(
            "unlink", Actor.APPROVER, erp_level=Level.STANDARD, push=True, owning_tool_admin=True, by_signal=True
        ),
        _permission("unlink_company", Actor.APPROVER, erp_level=Level.STANDARD, by_signal=True),
        _permission("adopt_project", Actor.APPROVER, erp_level=Level.ADMIN, push=True),
        _permission("link", Actor.APPROVER, erp_level=Level.ADMIN),
        _permission("refresh_codes", Actor.APPROVER, erp_level=Level.ADMIN),
        _permission("refresh_companies", Actor.APPROVER, erp_level=Level.ADMIN),
        _permission("link_company", Actor.APPROVER, erp_level=Level.ADMIN),
        _permission("add_company", Actor.APPROVER, erp_level=Level.STANDARD),
        _permission("archive_company", Actor.APPROVER, erp_level=Level.STANDARD),
        _permission("add_job", Actor.APPROVER, erp_level=Level.ADMIN),
        _permission("import_sub_job", Actor.APPROVER, erp_level=Level.STANDARD),
        _permission("import_budget", Actor.APPROVER, erp_level=Level.STANDARD),
        _permission("import_prime_contract", Actor.APPROVER, erp_level=Level.STANDARD),
        _permission("sync_job_costs", Actor.APPROVER, erp_level=Level.ADMIN),
        _permission("sync_payments", Actor.APPROVER, erp_level=Level.ADMIN),
        _permission("settings", Actor.APPROVER, erp_level=Level.ADMIN),
        _permission("schedules", Actor.APPROVER, erp_level=Level.ADMIN),
        _permission("accountant_report", Actor.APPROVER, erp_level=Level.ADMIN),
        _permission("job_costs_report", Actor.APPROVER, erp_level=Level.ADMIN),
        _permission("project_job_costs_report", Actor.APPROVER, erp_level=Level.ADMIN, owning_tool_admin=True),
        _permission("view_sub_jobs", Actor.APPROVER, erp_level=Level.STANDARD),
        _permission("connector", Actor.CONNECTOR),
    )
}


def missing(permission: Permission, who: Person, action: str, settings: ExportSettings) -> list[Refusal]:
    """What the person lacks: nothing, or one refusal that names it all."""
    if permission.opens_to_standard and settings.standard_may_approve:
        permission = permission.model_copy(update={"erp_level": Level.STANDARD})
    enough = (
        who.erp_level >= permission.erp_level
        and (who.may_push or not permission.push)
        and (who.owning_tool_admin or not permission.owning_tool_admin)
    )
    return [] if enough else [refuse("not_permitted", who=person_id(who.name), action=action, needs=permission.needs)]
