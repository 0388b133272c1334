"""Unlink: CMiC's record must be gone, nothing is ever deleted there, and Procore forgets our ids (U-02, U-03)."""

from __future__ import annotations

from temporalio import activity

from activities.codes import own_records
from activities.messages import Step
from activities.recording import passed, record
from activities.trouble import beating
from domain.commands import Verdict
from domain.facts import WriteState
from domain.identity import ObjectId, parse_key
from domain.ledger_port import Case, Ledger
from domain.ports import NotThere, ProcorePort, WriteBack
from domain.records import Written
from domain.refusals import Refusal, Refused, refuse
from domain.states import State
from mappers.registry import Kind, kind_of


class Unlinking:
    def __init__(self, ledger: Ledger, procore: ProcorePort) -> None:
        self._ledger = ledger
        self._procore = procore

    @activity.defn(name="unlink")
    async def unlink(self, step: Step) -> Verdict:
        """Judge what the look showed, clear Procore's ids (unless a link in another CMiC company stands on them), and end the
        links: in this order, so that nothing is forgotten before it is gone."""
        async with beating():
            object_id, kind = parse_key(step.key), kind_of(step.key)
            async with self._ledger.case(object_id) as case:
                if case.head.sequence != step.sequence:
                    return await passed(case)
                links, write = await case.links(), await case.write_state((await case.settings()).settle_seconds)
                seen, _ = await case.seen()
                ours = bool(links) or bool(write and write.attempted and not write.existed_before)
                tried = _tried_stands(write)
                back = _back(bool(links) and not tried)
                stands = tried or (bool(links) and not seen.counts_as_gone)
                if kind.lifecycle.unlink_needs_cmic_gone and ours and stands:
                    erp_key = write.erp_key if write and tried else case.head.erp_key
                    return await _stay(case, step, back, [refuse("still_in_cmic", erp_key=erp_key)])
                written = links or [w for i in await case.intents() for w in i.written]
                shared = await case.linked_elsewhere()
            refusals = await self._clear(object_id, kind, written) if written and not shared else []
            async with self._ledger.case(object_id) as case:
                if case.head.sequence != step.sequence:
                    return await passed(case)
                if refusals:
                    return await _stay(case, step, back, refusals)
                await case.unlink()
                return await record(case, step, "gone", State.NOT_SENT, [])

    async def _clear(self, object_id: ObjectId, kind: Kind, written: list[Written]) -> list[Refusal]:
        """Clear the ids that we gave, and no others: another integration may have taken the object over since."""
        own = own_records(written)
        if not any(not w.part for w in own):
            return []
        given = kind.mapper.write_back(object_id, own)
        if given is None:
            return []
        try:
            raw = await self._procore.read(object_id)
            standing = {str(line["id"]): line.get("origin_id") for line in raw.get("line_items") or []}
            lines = {
                line: None for line, ours in given.lines.items() if ours is not None and standing.get(line) == ours
            }
            is_ours = raw.get("origin_id") == given.origin_id
            kept = WriteBack(origin_id=None if is_ours else raw.get("origin_id"), lines=dict(lines))
            return await self._procore.write_ids(object_id, kept, raw)
        except NotThere:
            return []
        except Refused as error:
            return error.refusals


def _tried_stands(write: WriteState | None) -> bool:
    """Whether CMiC may have something of an export that hasn't come to its end."""
    return bool(write and write.attempted and not write.existed_before and not write.seen.counts_as_gone)


async def _stay(case: Case, step: Step, back: tuple[str, State], refusals: list[Refusal]) -> Verdict:
    """It stays what it was, with what the look has shown; of an export that left nothing in CMiC nothing is kept."""
    if back[1] is State.SYNCED:
        await case.adopt_posting()
        await case.release_keys()
    return await record(case, step, *back, refusals)


def _back(linked: bool) -> tuple[str, State]:
    return ("still_there", State.SYNCED) if linked else ("still_failed", State.FAILED)
