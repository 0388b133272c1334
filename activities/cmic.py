"""The steps that speak to CMiC. They run in the one process that holds the lease on its address (design §8)."""

from __future__ import annotations

from temporalio import activity

from activities.codes import brought, is_division, own_records
from activities.messages import Step
from activities.recording import passed, record
from activities.setting import budgeted, set_values, shown_budget
from activities.taking import take
from activities.trouble import beating
from domain.commands import Verdict
from domain.identity import parse_key
from domain.ledger_port import Intent, Ledger, Overtaken
from domain.ports import CmicPort, Difference, DuplicateKey, Unavailable, WantsFirst
from domain.records import Found, Group, Key, Written
from domain.refusals import Refused, refuse
from domain.states import Posting, State
from mappers.registry import Kind, kind_of


class CMiC:
    def __init__(self, ledger: Ledger, cmic: CmicPort) -> None:
        self._ledger = ledger
        self._cmic = cmic

    @activity.defn(name="write")
    async def write(self, step: Step) -> Verdict:
        """Write each reserved group once: look for it, commit that it is tried, create it in one batch, verify (B-03)."""
        async with beating():
            object_id, kind = parse_key(step.key), kind_of(step.key)
            async with self._ledger.case(object_id) as case:
                approval, intents, head = await case.approval(), await case.intents(), case.head
                if head.sequence != step.sequence or approval is None:
                    return await passed(case)
            try:
                for intent in intents:
                    if intent.phase != "written":
                        written = await self._once(step, intent, approval.mode, kind, head.erp_company)
                        await self._ledger.wrote(intent.id, written)
            except Overtaken:
                async with self._ledger.case(object_id) as case:
                    return await passed(case)
            except WantsFirst as error:
                return await self._record(step, "hold", State.HELD, error)
            except Refused as error:
                return await self._record(step, "fail", State.FAILED, error)
            return Verdict(head=head)

    async def _record(self, step: Step, action: str, to: State, error: Refused) -> Verdict:
        async with self._ledger.case(parse_key(step.key)) as case:
            if case.head.sequence != step.sequence:
                return await passed(case)
            return await record(case, step, action, to, error.refusals)

    async def _once(self, step: Step, intent: Intent, mode: str, kind: Kind, erp_company: str) -> list[Written]:
        """One group, exactly once. A found record is never written over, and no second write is blind."""
        group = intent.group
        found = await self._find(group.header.key, kind, erp_company)
        if group.updates and found is not None:
            return await set_values(self._cmic, group, found)
        if found is not None:
            if intent.phase == "reserved" and mode == "export" and not group.may_exist:
                # Another run of this object may have tried it since the intents were read.
                intent = await self._now(step, intent)
                await self._ledger.existed(intent.id)
            return await take(self._cmic, intent, found, mode)
        if mode != "export" or group.updates or group.header.key.resource == "job":
            raise Refused(refuse("not_in_cmic", what=group.header.key.resource, erp_key=group.header.key.text))
        if kind.shown_as_budget and intent.phase == "reserved" and group.lines and not group.aside:
            intent = await self._with_base(intent)
        return await self._create(step, intent, kind, erp_company)

    async def _with_base(self, intent: Intent) -> Intent:
        """Note what CMiC shows as budgeted before it is told of more: only then can it be seen that it was taken up."""
        group = intent.group.model_copy(update={"base": await shown_budget(self._cmic, intent.group.lines)})
        await self._ledger.note_base(intent.id, group)
        return intent.model_copy(update={"group": group})

    async def _now(self, step: Step, intent: Intent) -> Intent:
        """The intent as it stands now. Raises Overtaken where it was re-planned."""
        async with self._ledger.case(parse_key(step.key)) as case:
            standing = {i.id: i for i in await case.intents()}
        if intent.id not in standing:
            raise Overtaken
        return standing[intent.id]

    async def _create(self, step: Step, intent: Intent, kind: Kind, erp_company: str) -> list[Written]:
        group = intent.group
        open_since = await self._ledger.attempt(intent.id, step.sequence)
        try:
            written = await self._cmic.create(group)
        except DuplicateKey as error:
            return await self._take_after_attempt(intent, kind, erp_company, error)
        except Refused:
            await self._ledger.settled(intent.id, open_since)
            raise
        except Unavailable as error:
            if not error.maybe_done:
                await self._ledger.settled(intent.id, open_since)
            raise
        if written is None:
            nothing = Unavailable("CMiC accepted the batch but shows no record yet", maybe_done=True)
            return await self._take_after_attempt(intent, kind, erp_company, nothing)
        posting = Posting.UNPOSTED if group.header.key.resource == kind.posting_of else Posting.PRESENT
        header = Found(key=group.header.key, uuid=written[0].uuid, posting=posting)
        await self._note(erp_company, [header], [])
        return written

    async def _take_after_attempt(
        self, intent: Intent, kind: Kind, erp_company: str, otherwise: Exception
    ) -> list[Written]:
        """CMiC's answer leaves it open what is there: look, and hold what is found against what was sent."""
        found = await self._find(intent.group.header.key, kind, erp_company)
        if found is None:
            raise otherwise
        return await take(self._cmic, intent.model_copy(update={"phase": "attempted"}), found, "export")

    async def _find(self, key: Key, kind: Kind, erp_company: str) -> Found | None:
        """Look a record up, and store what was seen."""
        found = await self._cmic.find(key)
        await self._note(erp_company, [found] if found else [], [] if found else [key])
        return found

    async def _note(self, erp_company: str, found: list[Found], missing: list[Key]) -> None:
        for f in found:
            await self._ledger.note_seen(f.key.resource, f.key.company or erp_company, [f])
        for key in missing:
            await self._ledger.note_seen(key.resource, key.company or erp_company, [], missing=[key])

    @activity.defn(name="look")
    async def look(self, step: Step) -> None:
        """Look up what the object has, or may have, in CMiC, and store it: guards read the stored fact, never live CMiC."""
        async with beating():
            object_id, kind = parse_key(step.key), kind_of(step.key)
            async with self._ledger.case(object_id) as case:
                links = await case.links()
                main = next((w.key.resource for w in links if not w.part), "")
                keys = [w.key for w in links if w.key.resource == main]
                keys += [i.group.header.key for i in await case.intents() if not i.group.may_exist]
                keys += [w.key for w in await case.watched()]
                erp_company = case.head.erp_company
                waits_to_show = kind.shown_as_budget and not await case.shown_as_budgeted()
                standing = await case.standing() if waits_to_show else []
            for key in {(k.resource, k.text): k for k in keys}.values():
                await self._find(key, kind, erp_company)
            if waits_to_show:
                await self._ledger.note_budgeted(step.key, erp_company, await budgeted(self._cmic, standing))

    @activity.defn(name="describe")
    async def describe(self) -> list[Difference]:
        """Hold the dialect against the tenant's own description: through the one process that paces requests."""
        async with beating():
            return await self._cmic.describe()

    @activity.defn(name="job_codes")
    async def job_codes(self, step: Step) -> None:
        """A linked job brings its cost codes and categories along (O-02): kept with the intent until they are linked."""
        async with beating():
            async with self._ledger.case(parse_key(step.key)) as case:
                intents = await case.intents()
                if case.head.sequence != step.sequence:
                    return
            settings = await self._ledger.settings_of(parse_key(step.key).company)
            for intent in intents:
                if intent.group.header.key.resource == "job":
                    await self._bring_codes(intent, divisions=settings.division_codes)

    async def _bring_codes(self, intent: Intent, *, divisions: bool) -> None:
        job: Group = intent.group
        parts = job.header.key.parts
        pairs = await self._cmic.job_codes(parts["company"], parts["job"])
        if not divisions:
            pairs = [pair for pair in pairs if not is_division(pair[0], [code for code, _ in pairs])]
        master = await self._cmic.master_codes(parts["company"])
        codes = brought(parts["company"], parts["job"], pairs, master)
        await self._ledger.wrote(intent.id, [*own_records(intent.written), *codes])
