"""The export's two steps beside CMiC: prepare before the write, write back after it (design §5).

Each is safe to kill before, inside and after: it records its own transition in the transaction of its result, at the
sequence it belongs to, and does nothing where that sequence has passed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from temporalio import activity

from activities.codes import JobCodes, own_records, sorted_out
from activities.gathering import JOINING, gather
from activities.messages import Step
from activities.recording import differing, keep, passed, read, record
from activities.trouble import beating
from domain.commands import Command, Door, Verdict
from domain.guards import free_of_other_integrations
from domain.identity import ObjectId, parse_key, project_key
from domain.ledger_port import Approval, Case, Intent, KeyTaken, Ledger
from domain.ports import NotThere, ProcorePort, WriteBack
from domain.records import Written, digest
from domain.refusals import Refusal, Refused, refuse
from domain.settings import ExportSettings
from domain.states import Posting, State
from mappers.fields import Export
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
        if approval.mode not in JOINING and not approval.spent and found != digest(approved):
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
        guards = () if approval.mode == "link" or approval.spent else kind.lifecycle.own_guards
        refusals = [r for guard in (free_of_other_integrations, *guards) for r in guard(facts)]
        if refusals:
            return await record(case, step, "fail", State.FAILED, refusals)
        await case.set_prerequisites(facts.prerequisites)
        # What was approved is what is exported, down to what an approval isn't bound to.
        fresh = approval.mode in JOINING or approval.spent
        plan = kind.mapper.plan(
            Export(
                object_id=object_id,
                document=document if fresh else kind.mapper.restore(approval.snapshot.document),
                references=facts.references,
                typed=approval.typed,
                settings=approval.settings,
                on=today(approval.settings),
                mode=approval.mode,
            )
        )
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
            job, refusals, drift = await self._give_ids(kind, object_id, approval, written)
            async with self._ledger.case(object_id) as case:
                if case.head.sequence != step.sequence:
                    return await passed(case)
                if refusals:
                    return await record(case, step, "fail", State.FAILED, refusals)
                return await self._complete(case, kind, step, intents, job, drift)

    async def _give_ids(
        self, kind: Kind, object_id: ObjectId, approval: Approval, written: list[Written]
    ) -> tuple[JobCodes, list[Refusal], dict[str, Any] | None]:
        """Re-read before writing: an edit since the approval is drift, shown and never overwritten (B-08)."""
        records = own_records(written)
        job = JobCodes()
        try:
            raw = await self._procore.read(object_id)
            document = kind.mapper.from_procore(raw)
            now = document.business()
            approved = _approved(kind, approval)
            drift = None if digest(now) == digest(approved) else {"differences": differing(approved, now)}
            if any(w.key.resource == "job" for w in records) and object_id.project is not None:
                job = sorted_out(written, await self._procore.project_codes(object_id.company, object_id.project))
            ids = kind.mapper.write_back(object_id, records)
            refusals = await self._write_ids(object_id, ids, raw) if ids is not None else []
        except NotThere:
            return job, [refuse("deleted_in_procore")], None
        except Refused as error:
            return job, error.refusals, None
        return job, refusals, drift

    async def _write_ids(self, object_id: ObjectId, ids: WriteBack, raw: dict[str, Any]) -> list[Refusal]:
        there = {str(line["id"]) for line in raw.get("line_items") or []}
        lines = {line: value for line, value in ids.lines.items() if line in there}
        return await self._procore.write_ids(object_id, ids.model_copy(update={"lines": lines}), raw)

    async def _complete(
        self,
        case: Case,
        kind: Kind,
        step: Step,
        intents: list[Intent],
        job: JobCodes,
        drift: dict[str, Any] | None,
    ) -> Verdict:
        written = [w for i in intents for w in i.written]
        records = own_records(written)
        try:
            await case.link(records, case.head.erp_company)
        except KeyTaken as taken:
            refusal = refuse("already_linked", None, erp_key=taken.erp_key, holder=taken.holder)
            return await record(case, step, "fail", State.FAILED, [refusal])
        await self._join_codes(case, written, job)
        await case.put_watches(kind.mapper.watches(parse_key(step.key), records), "expected")
        # What it waits for may have been seen already: then nothing will ever change about it.
        seen = [w.posting for w in await case.watched() if w.why == "expected"]
        there = any(p is not Posting.UNKNOWN and not p.counts_as_gone for p in seen)
        await case.adopt_posting()
        await case.record_drift(drift)
        await case.spend_approval()
        await case.release_keys()
        details = {"drift": drift} if drift else {}
        verdict = await record(case, step, "complete", State.SYNCED, [], details=details)
        return verdict.model_copy(update={"wake": [*verdict.wake, *([step.key] if there else [])]})

    async def _join_codes(self, case: Case, written: list[Written], job: JobCodes) -> None:
        """A job's codes are its project's; codes that went along with another object are, too."""
        linked = next((w.key for w in written if w.key.resource == "job"), None)
        if linked is not None:
            await case.put_codes(linked.company, linked.parts["job"], job.synced)
            await case.put_master(linked.company, job.names, job.categories)
            return
        project = parse_key(case.head.key).project
        codes = [w.key for w in written if w.key.resource == "job_code"]
        if codes and project is not None:
            pairs = [(k.parts["cost_code"], k.parts["category"]) for k in codes]
            owner = project_key(case.head.procore_company, project)
            await case.add_codes(owner, codes[0].company, codes[0].parts["job"], pairs)


def today(settings: ExportSettings) -> date:
    """The business date in the company's time zone."""
    return datetime.now(ZoneInfo(settings.time_zone)).date()


def _approved(kind: Kind, approval: Approval) -> dict[str, Any]:
    """The business fields that the approver saw."""
    business: dict[str, Any] = kind.mapper.restore(approval.snapshot.document).business()
    return business
