"""Judge one command: one regular activity and one database transaction (design §3).

Never a local activity: an update whose task dies after its commit would be gone from history while the ledger has it.
"""

from __future__ import annotations

import json
from typing import Any

from temporalio import activity

from activities.gathering import CONTINUING, JOINING, gather
from activities.messages import ON_CMIC, Ask, GiveUp
from activities.recording import keep, passed, read
from activities.taking import TAKING
from activities.trouble import beating
from domain.commands import CONNECTORS, WAKE, Answer, Command, Door, Outcome, Verdict
from domain.facts import Facts
from domain.identity import ObjectId, parse_key
from domain.judging import Decision, decide
from domain.ledger_port import Case, Ledger, Transition
from domain.lifecycle import Row
from domain.ports import ProcorePort
from domain.refusals import Refusal, refuse
from domain.states import Actor, Posting, State
from mappers.registry import Kind, kind_of

CONNECTOR = "connector"
OPERATOR = "operator"
LONGEST_FIELDS = 4_000


class Judging:
    """Given the ledger and Procore: a send reads the object before it is judged."""

    def __init__(self, ledger: Ledger, procore: ProcorePort) -> None:
        self._ledger = ledger
        self._procore = procore

    @activity.defn(name="load")
    async def load(self, key: str) -> Verdict:
        """Where the object stands: what a lifecycle's first step asks."""
        async with beating(), self._ledger.case(parse_key(key)) as case:
            return await passed(case)

    @activity.defn(name="judge")
    async def judge(self, ask: Ask) -> Verdict:
        async with beating():
            kind, object_id = kind_of(ask.key), parse_key(ask.key)
            before = await self._ledger.head(ask.key)
            row = kind.lifecycle.row(before.state if before else State.NOT_SENT, ask.command.action)
            blind = before is not None and not ask.looked and _looks(kind, before.state, ask.command)
            if before is not None and blind and not ask.unavailable:
                return Verdict(head=before, look_first=True)
            document, problem = await self._read(kind, object_id, row, ask.unavailable, blind)
            person = await self._ledger.person(ask.command.person) if ask.command.person else None
            async with self._ledger.case(object_id) as case:
                if (earlier := await case.earlier(ask.command.request_id)) is not None:
                    return Verdict(head=case.head, outcome=earlier, wake=await case.held_children())
                believed = ask.sequence if ask.sequence is not None else (before.sequence if before else 0)
                if case.head.sequence != believed:
                    return await passed(case)
                facts = await gather(
                    case, kind, object_id, ask.command, document=document, problem=problem, person=person
                )
                return await self._carry_out(case, kind, facts, decide(kind.lifecycle, facts))

    async def _read(
        self, kind: Kind, object_id: ObjectId, row: Row | None, unavailable: str, blind: bool
    ) -> tuple[Any, Refusal | None]:
        """The object from Procore, for an action that takes a snapshot; or why it can't be had."""
        if row is not None and unavailable and (row.reads or row.looks):
            return None, refuse("cmic_unreachable" if blind else "procore_unreachable", words=unavailable)
        if row is None or not row.reads:
            return None, None
        return await read(self._procore, kind, object_id)

    async def _carry_out(self, case: Case, kind: Kind, facts: Facts, decision: Decision) -> Verdict:
        command = facts.command
        if decision.answer is Answer.NOTHING:
            if decision.open:
                await case.set_prerequisites(facts.prerequisites)
                await case.restate(decision.open)
            outcome = _outcome(command, case.head.state, case.head.sequence, decision)
            return Verdict(head=case.head, outcome=outcome, wake=await case.held_children())
        row = decision.row or kind.lifecycle.row(case.head.state, command.action)
        keeps = False
        if decision.answer is Answer.DONE and row is not None:
            keeps = await _keeps_keys(case, row, facts)
            await _effects(case, kind, row, facts, decision.to)
        head = await case.append(
            Transition(
                request_id=command.request_id,
                action=decision.row.action if decision.row else command.action,
                to=decision.to,
                answer=decision.answer,
                actor=_actor(command, row),
                who=_who(facts),
                door=command.door.value,
                note=command.note_id,
                refusals=decision.refusals,
                details=_kept(command),
                waits_for=facts.prerequisites,
            )
        )
        if decision.answer is Answer.DONE and row is not None and row.approves:
            await _approve(case, row, facts, keeps)
        outcome = _outcome(command, head.state, head.sequence, decision).model_copy(update={"sentence": head.words})
        return Verdict(head=head, outcome=outcome, wake=await case.held_children())

    @activity.defn(name="give_up")
    async def give_up(self, given: GiveUp) -> Verdict:
        """A step could not be done for as long as patience lasts: the object is failed (temporary), or stays linked."""
        object_id = parse_key(given.step.key)
        async with beating(), self._ledger.case(object_id) as case:
            if case.head.sequence != given.step.sequence:
                return await passed(case)
            code = "cmic_unreachable" if given.name in ON_CMIC else "procore_unreachable"
            linked = bool(await case.links())
            to, action = State.FAILED, "fail"
            if case.head.state is State.UNLINKING:
                to, action = (State.SYNCED, "still_there") if linked else (State.FAILED, "still_failed")
            head = await case.append(
                Transition(
                    request_id=f"{CONNECTORS}give_up:{given.name}:{given.step.sequence}",
                    action=action,
                    to=to,
                    actor=Actor.CONNECTOR,
                    who=CONNECTOR,
                    door=Door.CONNECTOR.value,
                    refusals=[refuse(code, words=given.words)],
                    temporary=case.head.state is State.EXPORTING,
                )
            )
            return Verdict(head=head, wake=await case.held_children())


def _looks(kind: Kind, state: State, command: Command) -> bool:
    """Whether what the command asks for is decided on what CMiC shows now."""
    if command.action == WAKE and command.door is Door.CONNECTOR:
        return any(row.looks for row in kind.lifecycle.woken(state))
    row = kind.lifecycle.row(state, command.action)
    return row is not None and row.looks


def _kept(command: Command) -> dict[str, Any]:
    """The fields as the history keeps them: whole, unless somebody sent a novel."""
    if not command.fields:
        return {}
    text = json.dumps(command.fields, default=str)
    return {"fields": command.fields} if len(text) < LONGEST_FIELDS else {"fields": text[:LONGEST_FIELDS]}


def _who(facts: Facts) -> str:
    if facts.person is not None:
        return facts.person.name
    return {Door.SIGNAL: OPERATOR, Door.CONNECTOR: CONNECTOR}.get(facts.command.door, "nobody known")


def _actor(command: Command, row: Row | None) -> Actor:
    if command.door is Door.SIGNAL:
        return Actor.OPERATOR
    if command.door is Door.CONNECTOR:
        return Actor.CONNECTOR
    return row.actor if row is not None else Actor.SENDER


def _outcome(command: Command, state: State, sequence: int, decision: Decision) -> Outcome:
    return Outcome(
        answer=decision.answer, action=command.action, state=state, sequence=sequence, refusals=decision.refusals
    )


async def _effects(case: Case, kind: Kind, row: Row, facts: Facts, to: State) -> None:
    """What a decision changes beside the state, in the same transaction."""
    if row.reads and facts.document is not None:
        await keep(case, facts.document)
        await case.describe(
            label=facts.document.title, erp_company=facts.references.erp_company, job=facts.references.job
        )
    decides = row.actor is not Actor.CONNECTOR or row.held_while_open
    if facts.document is not None and decides and row.to is not State.UNLINKING:
        await case.set_prerequisites(facts.prerequisites)
    if row.to is State.REJECTED:
        await case.release_keys()
    if (row.links or row.action == "retry") and not await _keeps_keys(case, row, facts):
        await case.release_keys()
    if row.action == "record_posting" or to is State.SYNCED:
        await case.adopt_posting()
    if row.to is State.RESET_OUTSTANDING:
        await _reset(case)
    if row.from_states == (State.RESET_OUTSTANDING,):
        await case.put_watches([], "outstanding")


async def _reset(case: Case) -> None:
    """Un-sync at once, and remember what stays behind in CMiC (U-04, U-06)."""
    left = [w.key for w in await case.links() if w.part in ("", w.key.parts.get("change_item"))]
    await case.put_watches(left, "outstanding")
    await case.unlink()


async def _keeps_keys(case: Case, row: Row, facts: Facts) -> bool:
    """CMiC shows a record under the key that we tried to write: then what was sent stays what is compared. A link writes
    nothing there, so nothing of an earlier one needs to stay; and a void record is gone."""
    before, write = await case.approval(), facts.write
    linking = row.links or (before is not None and before.mode in JOINING)
    seen = write.seen if write is not None else Posting.UNKNOWN
    there = seen is not Posting.UNKNOWN and not seen.counts_as_gone
    return bool(not linking and write and write.attempted and not write.existed_before and there)


async def _approve(case: Case, row: Row, facts: Facts, kept: bool) -> None:
    """Bind the current snapshot, what was typed (a retry keeps what was typed before) and today's settings. Where CMiC has
    some of it already, the settings under which that was written stay."""
    snapshot = await case.snapshot()
    if snapshot is None:
        raise LookupError(f"{case.head.key} was approved without a snapshot")
    before = await case.approval()
    typed = row.fields.model_validate(facts.command.fields).model_dump(
        mode="json", exclude_none=True, exclude={"preview"}
    )
    keeps = before is not None and row.action in CONTINUING
    mode = row.action if row.action in TAKING else "link" if row.links else "export"
    if before is not None and keeps:
        typed = {**before.typed, **typed}
        mode = before.mode if before.mode in JOINING else mode
    settings = before.settings if before is not None and keeps and kept else facts.settings
    await case.put_approval(case.head.sequence, snapshot, mode, typed, settings)
