"""Facts for a judgement, gathered inside one case (design §3, "Judging")."""

from __future__ import annotations

from typing import Any

from domain.commands import Command
from domain.facts import Facts, Prerequisite
from domain.identity import ObjectId
from domain.ledger_port import Case
from domain.permissions import Person
from domain.records import preview_hash
from domain.refusals import Refusal
from domain.settings import ExportSettings
from mappers.registry import Kind

CONTINUING = ("retry", "adopt")
"""Actions that keep what was typed for the approval before them."""


async def erp_company_of(
    case: Case, kind: Kind, object_id: ObjectId, typed: dict[str, Any], settings: ExportSettings
) -> str:
    """The CMiC company an object belongs to (R-08): a company's own scope, a project's choice, or its project's."""
    if kind.scope == "erp_company":
        return object_id.scope
    if kind.scope == "none":
        return str(typed.get("erp_company") or case.head.erp_company or settings.erp_companies[0])
    project = ObjectId(kind="project", company=object_id.company, scope="-", id=int(object_id.scope))
    return await case.erp_company_of(project.key) or settings.erp_companies[0]


async def gather(
    case: Case,
    kind: Kind,
    object_id: ObjectId,
    command: Command,
    *,
    document: Any = None,
    problem: Refusal | None = None,
    settings: ExportSettings | None = None,
    person: Person | None = None,
) -> Facts:
    """Read everything that a guard may know. Parents are locked while their conditions are read. The document is the one
    just read from Procore, or else the current snapshot's."""
    settings = settings or await case.settings()
    snapshot = await case.snapshot()
    if document is None and snapshot is not None:
        document = kind.mapper.restore(snapshot.document)
    approval = await case.approval() if command.action in CONTINUING else None
    before = approval.typed if approval else {}
    erp_company = await erp_company_of(case, kind, object_id, {**before, **command.fields}, settings)
    wanted: list[Prerequisite] = []
    if document is not None:
        wanted = kind.mapper.prerequisites(object_id, document, erp_company)
    parents = {p.parent.split(":", 1)[0]: p.parent for p in wanted}
    own = {kind.name: object_id.key}
    weighed = await case.weigh(wanted)
    references = await case.references(
        erp_company, {**parents, **own}.get("project"), {**parents, **own}.get("company")
    )
    references = references.model_copy(update={"elsewhere": await case.linked_elsewhere()})
    seen, seen_on = await case.seen()
    return Facts(
        head=case.head,
        command=command,
        typed_before=before,
        person=person,
        settings=settings,
        document=document,
        document_problem=problem,
        references=references,
        prerequisites=weighed,
        dependents=await case.dependents(),
        write=await case.write_state(settings.settle_seconds),
        decided=await case.decided(),
        snapshot=preview_hash(snapshot.hash, settings) if snapshot else "",
        seen=seen,
        posting_changed=await case.posting_changed(seen, seen_on),
    )
