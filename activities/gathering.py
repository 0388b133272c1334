"""Facts for a judgement, gathered inside one case (design §3, "Judging")."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.commands import Command
from domain.facts import Facts, Prerequisite, References
from domain.identity import ObjectId, project_key
from domain.ledger_port import Case
from domain.permissions import Person
from domain.records import preview_hash, sums_by_code
from domain.refusals import Refusal
from domain.settings import ExportSettings
from domain.states import Posting
from mappers.registry import Kind

CONTINUING = ("retry", "adopt")
"""Actions that keep what was typed for the approval before them."""
JOINING = ("link", "take_over")
"""Modes of an approval that joins what CMiC has and writes nothing there, however often it is retried."""


async def erp_company_of(
    case: Case, kind: Kind, object_id: ObjectId, typed: dict[str, Any], settings: ExportSettings
) -> str:
    """The CMiC company an object belongs to (R-08): a company's own scope, a project's choice, or its project's."""
    if kind.scope == "erp_company":
        return object_id.scope
    if kind.scope == "none":
        return str(typed.get("erp_company") or case.head.erp_company or settings.erp_companies[0])
    return await case.erp_company_of(project_key(object_id.company, int(object_id.scope))) or settings.erp_companies[0]


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
    typed = {**before, **command.fields}
    erp_company = await erp_company_of(case, kind, object_id, typed, settings)
    wanted: list[Prerequisite] = []
    if document is not None:
        wanted = kind.mapper.prerequisites(object_id, document, erp_company)
    alone_on = _alone_on(kind, wanted)
    if alone_on:
        # Before the parents are locked together: siblings are judged one after the other.
        await case.lock(alone_on)
    weighed = await case.weigh(wanted)
    siblings = await case.siblings(alone_on) if alone_on else []
    seen, seen_on = await case.seen()
    return Facts(
        head=case.head,
        command=command,
        typed_before=before,
        linking=approval is not None and approval.mode in JOINING,
        person=person,
        settings=settings,
        document=document,
        document_problem=problem,
        references=await _references(case, kind, object_id, erp_company, document, wanted, typed),
        prerequisites=[*weighed, *siblings],
        dependents=await case.dependents(),
        write=await case.write_state(settings.settle_seconds),
        decided=await case.decided(),
        sent_by=await case.sent_by(),
        snapshot=preview_hash(snapshot.hash, settings) if snapshot else "",
        seen=seen,
        budgeted=await case.shown_as_budgeted(),
        posting_changed=await case.posting_changed(seen, seen_on),
    )


def _alone_on(kind: Kind, wanted: list[Prerequisite]) -> str | None:
    """The parent on which CMiC takes one record of this kind at a time."""
    alone_on = kind.lifecycle.one_at_a_time_on
    return next((p.parent for p in wanted if alone_on and p.parent.startswith(f"{alone_on}:")), None)


async def _references(
    case: Case,
    kind: Kind,
    object_id: ObjectId,
    erp_company: str,
    document: Any,
    wanted: list[Prerequisite],
    typed: dict[str, Any],
) -> References:
    project = project_key(object_id.company, object_id.project) if object_id.project is not None else None
    company = next((p.parent for p in wanted if p.parent.startswith("company:")), None)
    vendor = object_id.key if kind.scope == "erp_company" else company
    watched = await case.watched()
    more: dict[str, Any] = {
        "elsewhere": await case.linked_elsewhere(),
        "keys": await case.keys_of([object_id.key, *{p.parent for p in wanted}]),
        "watched": frozenset(w.key.resource for w in watched if w.why == "expected" and _there(w.posting)),
        "outstanding": [w.key.text for w in watched if w.why == "outstanding" and not w.posting.counts_as_gone],
        "exports": await case.ever_written(),
    }
    if kind.lifecycle.grows:
        standing = await case.standing()
        imported = await case.imported_budget() if kind.shown_as_budget else {}
        more["sent"] = _added(imported, sums_by_code([g for g in standing if not g.aside]))
        more["sent_along"] = sums_by_code([g for g in standing if g.aside])
    if code := str(typed.get("erp_id") or getattr(document, "own_code", "") or ""):
        more["holder_of_id"] = await case.holder_of(code, erp_company)
    references = await case.references(erp_company, project, vendor)
    return references.model_copy(update=more)


def _there(posting: Posting) -> bool:
    return posting is not Posting.UNKNOWN and not posting.counts_as_gone


def _added(first: dict[str, Decimal], second: dict[str, Decimal]) -> dict[str, Decimal]:
    return {pair: first.get(pair, Decimal(0)) + second.get(pair, Decimal(0)) for pair in (*first, *second)}
