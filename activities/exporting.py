"""The export's two steps beside CMiC: prepare before the write, write back after it (design §5).

Each is safe to kill before, inside and after: it records its own transition in the transaction of its result, at the
sequence it belongs to, and does nothing where that sequence has passed.
"""

from __future__ import annotations

from typing import Any

from temporalio import activity

from activities.gathering import gather
from activities.messages import Step
from activities.recording import differing, keep, passed, read, record
from activities.trouble import beating
from domain.commands import Command, Door, Verdict
from domain.guards import free_of_other_integrations
from domain.identity import ObjectId, parse_key
from domain.ledger_port import Approval, Case, Intent, KeyTaken, Ledger
from domain.ports import NotThere, ProcorePort
from domain.records import Written, digest
from domain.refusals import Refusal, Refused, refuse
from domain.states import State
from mappers.registry import Kind, kind_of


class Exporting:
    def __init__(self, ledger: Ledger, procore: ProcorePort) -> None:
        self._ledger = ledger
        self._procore = procore

    @activity.defn(name="prepare")
    async def prepare(self, step: Step) -> Verdict:
        """Read the object, hold it against what was approved, check it again, and reserve its CMiC keys."""
        async with beating():
            kind, object_id = kind_of(step.key), parse_key(step.key)
            document, problem = await read(self._procore, kind, object_id)
            async with self._ledger.case(object_id) as case:
                approval = await case.approval()
                if case.head.sequence != step.sequence or approval is None:
                    return await passed(case)
                if any(i.phase == "written" or i.open for i in await case.intents()):
                    # What CMiC may hold is what was sent: it keeps its key and its body.
                    return Verdict(head=case.head)
                if problem is not None:
                    return await record(case, step, "fail", State.FAILED, [problem])
                return await self._reserve(case, kind, object_id, step, approval, document)

    async def _reserve(
        self, case: Case, kind: Kind, object_id: ObjectId, step: Step, approval: Approval, document: Any
    ) -> Verdict:
        command = Command(
            action="retry", request_id=f"prepare:{step.sequence}", door=Door.CONNECTOR, fields=approval.typed
        )
        facts = await gather(case, kind, object_id, command, document=document, settings=approval.settings)
        found, approved = digest(document.business()), _approved(kind, approval)
        if approval.mode != "link" and found != digest(approved):
            details = {"differences": differing(approved, document.business()), "now": found[:12]}
            await keep(case, document)
            await case.release_keys()
            await case.set_prerequisites(facts.prerequisites)
            return await record(
                case, step, "return_edited", State.WAITING, [], details=details, waits_for=facts.prerequisites
            )
        if waiting := [p for p in facts.prerequisites if not p.met]:
            await case.set_prerequisites(facts.prerequisites)
            return await record(case, step, "hold", State.HELD, [], waits_for=waiting)
        guards = () if approval.mode == "link" else kind.lifecycle.own_guards
        refusals = [r for guard in (free_of_other_integrations, *guards) for r in guard(facts)]
        if refusals:
            return await record(case, step, "fail", State.FAILED, refusals)
        await case.set_prerequisites(facts.prerequisites)
        plan = kind.mapper.plan(object_id, document, facts.references, approval.typed, approval.settings)
        try:
            await case.reserve(plan)
        except KeyTaken as taken:
            code = "already_linked" if taken.linked else "key_reserved"
            refusal = refuse(code, taken.holder, erp_key=taken.erp_key, holder=taken.holder)
            return await record(case, step, "fail", State.FAILED, [refusal])
        await case.describe(label=document.title, erp_company=facts.references.erp_company, job=facts.references.job)
        return Verdict(head=case.head)

    @activity.defn(name="write_back")
    async def write_back(self, step: Step) -> Verdict:
        """Give Procore the ids, join the records in the ledger, and wake who waited."""
        async with beating():
            kind, object_id = kind_of(step.key), parse_key(step.key)
            async with self._ledger.case(object_id) as case:
                approval, intents = await case.approval(), await case.intents()
                if case.head.sequence != step.sequence or approval is None:
                    return await passed(case)
            written = [w for i in intents for w in i.written]
            codes, refusals, drift = await self._give_ids(kind, object_id, approval, written)
            async with self._ledger.case(object_id) as case:
                if case.head.sequence != step.sequence:
                    return await passed(case)
                if refusals:
                    return await record(case, step, "fail", State.FAILED, refusals)
                return await self._complete(case, step, intents, codes, drift)

    async def _give_ids(
        self, kind: Kind, object_id: ObjectId, approval: Approval, written: list[Written]
    ) -> tuple[list[tuple[str, str]], list[Refusal], dict[str, Any] | None]:
        """Re-read before writing: an edit since the approval is drift, shown and never overwritten (B-08)."""
        records = [w for w in written if w.key.resource != "job_code"]
        in_cmic = {(w.key.parts["cost_code"], w.key.parts["category"]) for w in written if w not in records}
        try:
            raw = await self._procore.read(object_id)
            document = kind.mapper.from_procore(raw)
            now = document.business()
            approved = _approved(kind, approval)
            drift = None if digest(now) == digest(approved) else {"differences": differing(approved, now)}
            codes = []
            if in_cmic and object_id.project is not None:
                pairs = await self._procore.project_codes(object_id.company, object_id.project)
                codes = [p for p in pairs if (p[0].upper(), p[1].upper()) in in_cmic]
            ids = kind.mapper.write_back(object_id, records)
            there = {str(line["id"]) for line in raw.get("line_items") or []}
            ids = ids.model_copy(update={"lines": {line: value for line, value in ids.lines.items() if line in there}})
            refusals = await self._procore.write_ids(object_id, ids, raw)
        except NotThere:
            return [], [refuse("deleted_in_procore")], None
        except Refused as error:
            return [], error.refusals, None
        return codes, refusals, drift

    async def _complete(
        self, case: Case, step: Step, intents: list[Intent], codes: list[tuple[str, str]], drift: dict[str, Any] | None
    ) -> Verdict:
        records = [w for i in intents for w in i.written if w.key.resource != "job_code"]
        try:
            await case.link(records, case.head.erp_company)
        except KeyTaken as taken:
            refusal = refuse("already_linked", None, erp_key=taken.erp_key, holder=taken.holder)
            return await record(case, step, "fail", State.FAILED, [refusal])
        main = next(w for w in records if not w.part)
        if main.key.resource == "job":
            await case.put_codes(main.key.company, main.key.parts["job"], codes)
        await case.adopt_posting()
        await case.record_drift(drift)
        await case.release_keys()
        return await record(case, step, "complete", State.SYNCED, [], details={"drift": drift} if drift else {})


def _approved(kind: Kind, approval: Approval) -> dict[str, Any]:
    """The business fields that the approver saw."""
    return kind.mapper.restore(approval.snapshot.document).business()
