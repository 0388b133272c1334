"""Adopting a project that was made before the connection: read, propose, and do what a person confirms, item by item (R-09,
B-09).

Everything is done through the lifecycles of the objects, which judge and record it; a request id made of the order and the
item makes a repetition the same command.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.adopt_messages import AdoptBegun, AdoptEnd, AdoptOrder, AdoptProposed, AdoptStep, AdoptSummary
from activities.adopting_procore import read_project
from activities.bulk import Asks
from activities.import_messages import Summary
from activities.trouble import beating
from domain import adopting, commands
from domain.adopting import Answer, Became, Proposal
from domain.adopting_port import Adoption, Adoptions
from domain.adopting_sides import Item, Known, ProcoreSide, What
from domain.identity import project_key
from domain.incoming_port import Runs
from domain.ledger_port import Ledger
from domain.permissions import PERMISSIONS, Person, missing
from domain.ports import NotThere, ProcoreImports, ProcorePort
from domain.refusals import Refused, refuse
from domain.states import State

PATIENCE = 240
"""Seconds for which one item is waited for; it goes on by itself after that."""
LEAST_CHARACTERS = 6
"""Of a proposal's hash, to confirm it."""
CODES = "codes"
ACTIONS = {What.PROJECT: "link", What.VENDOR: "link", What.COMMITMENT: "take_over"}


class Reads(ProcorePort, ProcoreImports, Protocol):
    """Procore, read whole and record by record."""


class Runner(Protocol):
    """Who runs the import of the project's codes."""

    async def order(self, name: str, company: int, *, person: Person, project: int | None = None) -> Any: ...


class Adopting:
    def __init__(
        self, ledger: Ledger, runs: Runs, adoptions: Adoptions, procore: Reads, asking: Asks, runner: Runner
    ) -> None:
        self._ledger, self._runs, self._adoptions = ledger, runs, adoptions
        self._procore, self._asking, self._runner = procore, asking, runner

    @activity.defn(name="begin_adoption")
    async def begin_adoption(self, order: AdoptOrder) -> AdoptBegun:
        """Note the order; or say why it may not be."""
        async with beating():
            settings = await self._ledger.settings_of(order.company)
            person = await self._ledger.person(order.person)
            if person is None:
                return AdoptBegun(refusals=[refuse("unknown_person", person=order.person)])
            if lacking := missing(PERMISSIONS["adopt_project"], person, "adopt a project", settings):
                return AdoptBegun(refusals=lacking)
            if order.erp_company not in settings.erp_companies:
                problem = f"{order.erp_company!r} isn't one of {', '.join(settings.erp_companies)}"
                where = "Settings, erp_companies"
                refusal = refuse("field_not_usable", field="The CMiC company", problem=problem, where=where)
                return AdoptBegun(refusals=[refusal])
            wanted = Adoption(
                procore_company=order.company,
                project=order.project,
                erp_company=order.erp_company,
                job=order.job,
                who=person.name,
            )
            return AdoptBegun(adoption=await self._adoptions.begin(activity.info().workflow_run_id or "", wanted))

    @activity.defn(name="propose_adoption")
    async def propose_adoption(self, step: AdoptStep) -> AdoptProposed:
        """Hold both sides against each other; and whether what a person confirms is exactly that."""
        async with beating():
            wanted = await self._adoptions.one(step.adoption)
            if wanted.confirmed and wanted.proposal is not None:
                return _proposed(wanted.id, wanted.proposal, is_confirmed=True)
            if wanted.erp is None or wanted.erp.job is None:
                key = f"{wanted.erp_company}|{wanted.job}"
                return AdoptProposed(adoption=wanted.id, refusals=[refuse("not_in_cmic", what="job", erp_key=key)])
            try:
                procore = await read_project(self._procore, wanted.procore_company, wanted.project)
            except NotThere:
                gone = refuse("not_in_procore", kind="project", id=wanted.project)
                return AdoptProposed(adoption=wanted.id, refusals=[gone])
            except Refused as error:
                return AdoptProposed(adoption=wanted.id, refusals=error.refusals)
            proposal = adopting.propose(wanted.erp, procore, await self._known(wanted, procore))
            return await self._judged(wanted, proposal, step.confirm.strip().lower())

    async def _judged(self, wanted: Adoption, proposal: Proposal, given: str) -> AdoptProposed:
        """A hash that isn't the present one may be that of an order which was carried out in part: then that one goes on."""
        current = proposal.hash
        is_it = len(given) >= LEAST_CHARACTERS and current.startswith(given)
        await self._adoptions.propose(wanted.id, proposal, confirmed=is_it)
        if is_it or not given:
            return _proposed(wanted.id, proposal, is_confirmed=is_it)
        if len(given) < LEAST_CHARACTERS:
            short = refuse("import_confirmation_short", least=LEAST_CHARACTERS, given=given)
            return AdoptProposed(adoption=wanted.id, hash=current, refusals=[short])
        earlier = await self._adoptions.carried_out(wanted, given)
        before = await self._adoptions.one(earlier) if earlier is not None else None
        if before is not None and before.proposal is not None:
            await self._adoptions.finish(wanted.id, "done", f"It went on with order {before.id}.")
            return _proposed(before.id, before.proposal, is_confirmed=True)
        outdated = refuse("import_preview_outdated", given=given[:12], current=current[:12])
        return AdoptProposed(adoption=wanted.id, hash=current, refusals=[outdated])

    async def _known(self, wanted: Adoption, procore: ProcoreSide) -> Known:
        company, erp_company = wanted.procore_company, wanted.erp_company
        settings = await self._runs.settings_of(company)
        project = await self._ledger.head(project_key(company, wanted.project))
        linked = (await self._runs.projects(company, erp_company)).get(wanted.job)
        contracts = [c.key for c in wanted.erp.contracts] if wanted.erp else []
        exported = await self._runs.exported(company, erp_company, "subcontract", contracts)
        known = Known(
            company=company,
            project=wanted.project,
            erp_company=erp_company,
            job=wanted.job,
            settings=settings.for_exports(),
            masked_classes=settings.masked_classes,
            masked_sources=settings.masked_sources,
            linked_job=project.job if project is not None and project.exported else "",
            linked_project=linked if linked != wanted.project else None,
            vendors=await self._runs.vendors(company, erp_company),
            holders={key: one.object for key, one in exported.items() if not one.ended},
        )
        keys = [known.commitment_key(c.id) for c in procore.commitments]
        heads = {key: head for key in keys if (head := await self._ledger.head(key)) is not None}
        return known.model_copy(update={"heads": heads})

    @activity.defn(name="adopt_item")
    async def adopt_item(self, step: AdoptStep) -> Became:
        """Ask the item's own lifecycle, as a person would, and wait for what becomes of it."""
        async with beating():
            wanted = await self._adoptions.one(step.adoption)
            if wanted.proposal is None or step.position is None or not wanted.confirmed:
                raise LookupError(f"adoption {step.adoption} wasn't confirmed")
            before = wanted.outcomes.get(str(step.position))
            if before is not None and before.answer is Became.DONE:
                return before.answer
            item = wanted.proposal.items[step.position]
            answer = await self._asked(step, wanted, item)
            await self._adoptions.settle(step.adoption, str(step.position), answer)
            return answer.answer

    async def _asked(self, step: AdoptStep, wanted: Adoption, item: Item) -> Answer:
        person = await self._ledger.person(step.person)
        if person is None:
            return Answer(answer=Became.REFUSED, refusals=[refuse("unknown_person", person=step.person)])
        fields: dict[str, object] = {"erp_id": item.erp_id} if item.erp_id else {}
        if item.what is What.PROJECT:
            fields["erp_company"] = wanted.erp_company
        request = f"adopt:{wanted.id}:{step.position}"
        action = ACTIONS[item.what]
        outcome = await self._asking.ask(
            item.key, action, person=person, door=step.door, fields=fields, request_id=request
        )
        if outcome.answer is commands.Answer.BUSY:
            raise ApplicationError(outcome.sentence, type="busy")
        if outcome.answer is not commands.Answer.DONE:
            return Answer(answer=Became.REFUSED, sentence=outcome.sentence, refusals=outcome.refusals)
        return await self._settled(item.key)

    async def _settled(self, key: str) -> Answer:
        """What became of it, once its lifecycle has come to rest."""
        for _ in range(PATIENCE * 5):
            head = await self._ledger.head(key)
            if head is not None and head.state is not State.EXPORTING:
                resting = {State.SYNCED: Became.DONE, State.HELD: Became.WAITS}
                return Answer(answer=resting.get(head.state, Became.FAILED), sentence=head.words)
            await asyncio.sleep(0.2)
        return Answer(answer=Became.WAITS, sentence="It is still under way: look at the item.")

    @activity.defn(name="adopt_codes")
    async def adopt_codes(self, step: AdoptStep) -> Became:
        """Bring the job's codes into the project, by the import of its own."""
        async with beating():
            wanted = await self._adoptions.one(step.adoption)
            answer = await self._codes(step, wanted)
            await self._adoptions.settle(step.adoption, CODES, answer)
            return answer.answer

    async def _codes(self, step: AdoptStep, wanted: Adoption) -> Answer:
        person = await self._ledger.person(step.person)
        if person is None:
            return Answer(answer=Became.REFUSED, refusals=[refuse("unknown_person", person=step.person)])
        try:
            handle = await self._runner.order(
                "project_codes", wanted.procore_company, person=person, project=wanted.project
            )
        except Refused as error:
            return Answer(answer=Became.REFUSED, refusals=error.refusals)
        summary: Summary = await handle.result()
        became = {"done": Became.DONE, "refused": Became.REFUSED}.get(summary.state, Became.FAILED)
        return Answer(answer=became, sentence=summary.words, refusals=summary.refusals)

    @activity.defn(name="end_adoption")
    async def end_adoption(self, end: AdoptEnd) -> AdoptSummary:
        """End it; what became of its items, in words."""
        async with beating():
            ended = await self._adoptions.one(end.adoption)
            unanswered = await self._unanswered(ended, end) if ended.confirmed else []
            answers = [a.answer for a in (*ended.outcomes.values(), *unanswered)]
            counts = [f"{answers.count(became)} {became.value}" for became in Became if became in answers]
            words = ". ".join(w for w in (", ".join(counts), end.words) if w)
            await self._adoptions.finish(end.adoption, end.state, words)
            return AdoptSummary(adoption=end.adoption, state=end.state, words=words)

    async def _unanswered(self, ended: Adoption, end: AdoptEnd) -> list[Answer]:
        """Every item has an outcome, if only that none came."""
        todo = [n for what in ACTIONS for n in ended.proposal.todo(what)] if ended.proposal else []
        left = [str(n) for n in todo if str(n) not in ended.outcomes]
        answer = Answer(answer=Became.WAITS, sentence="No answer came in time: look at the item.")
        if end.state == "stopped":
            answer = Answer(answer=Became.REFUSED, sentence=f"{end.words}.")
        for item in left:
            await self._adoptions.settle(ended.id, item, answer)
        return [answer for _ in left]


def _proposed(number: int, proposal: Proposal, *, is_confirmed: bool) -> AdoptProposed:
    todo = {what: proposal.todo(what) for what in ACTIONS}
    return AdoptProposed(
        adoption=number,
        hash=proposal.hash,
        is_confirmed=is_confirmed,
        project=todo[What.PROJECT],
        brings_codes=bool(todo[What.PROJECT] or proposal.brings),
        vendors=todo[What.VENDOR],
        commitments=todo[What.COMMITMENT],
    )
