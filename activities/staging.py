"""What people do with staged records: link, add, archive, restore, one row at a time (erp-tool-behaviour §4, §7).

Everything is safe to repeat: a record that is made in Procore is found again by its origin id, a link is asked for under a
request id of its own, and a request that was answered gets the same answer.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.bulk import Asks
from activities.import_messages import StagedAnswer, StagedRow
from activities.looking_up import look_up
from activities.trouble import beating
from domain import permissions, staged
from domain.commands import Answer, Head
from domain.identity import company_key, project_key
from domain.incoming_port import Place, Row, Runs
from domain.ledger_port import Ledger
from domain.permissions import Person
from domain.ports import Given, NotThere, ProcoreImports
from domain.refusals import Refusal, Refused, refuse
from domain.staged import Staged, StagedAction
from domain.states import State
from mappers.incoming.base import Importer
from mappers.incoming.registry import IMPORTERS

PATIENCE = 120
"""Seconds for which a link is waited for: a job's codes come in after it."""


class Records(Protocol):
    """The ledger's staged records."""

    async def one(self, name: str, procore_company: int, erp_company: str, key: str) -> Staged | None: ...
    async def archive(self, record: Staged, *, archived: bool) -> None: ...
    async def joined(self, record: Staged, procore_id: int) -> None: ...
    async def taken_ids(self, name: str, procore_company: int, erp_company: str) -> frozenset[int]: ...
    async def answered(self, request_id: str) -> tuple[str, list[Refusal]] | None: ...
    async def note(
        self, record: Staged, request_id: str, action: str, who: str, refusals: list[Refusal], details: dict[str, Any]
    ) -> None: ...


class Runner(Protocol):
    """Who runs other imports: a job that was added gets its codes."""

    async def order(self, name: str, company: int, *, person: Person, project: int | None = None) -> Any: ...


class Staging:
    def __init__(
        self, ledger: Ledger, runs: Runs, records: Records, procore: ProcoreImports, asking: Asks, runner: Runner
    ) -> None:
        self._ledger, self._runs, self._records = ledger, runs, records
        self._procore, self._asking, self._runner = procore, asking, runner

    @activity.defn(name="act_on_staged")
    async def act_on_staged(self, row: StagedRow) -> StagedAnswer:
        """The outcome of one row."""
        async with beating():
            if before := await self._records.answered(row.request_id):
                return StagedAnswer(key=row.key, done=before[0] == "done", refusals=before[1])
            person = await self._ledger.person(row.person)
            record = await self._records.one(row.name, row.company, row.erp_company, row.key)
            if record is None or person is None:
                what = staged.NAMES.get(row.name, row.name).lower() + "s"
                problem = refuse("unknown_staged", key=row.key, what=what)
                unknown = refuse("unknown_person", person=row.person)
                return StagedAnswer(key=row.key, refusals=[problem if person else unknown])
            is_so = await self._is_so(row, record)
            refusals = await self._judged(row, record, person, is_so)
            if not refusals:
                do = self._finish if is_so else self._do
                try:
                    refusals = await do(row, record, person)
                except (Refused, NotThere) as error:
                    refusals = error.refusals if isinstance(error, Refused) else [_refused(str(error))]
            await self._records.note(record, row.request_id, row.action, person.name, refusals, row.fields)
            return StagedAnswer(key=row.key, done=not refusals, refusals=refusals)

    async def _is_so(self, row: StagedRow, record: Staged) -> bool:
        """It is linked to exactly what is asked for: an earlier attempt was cut off before it could be noted. Who asks anew to
        add what is linked is told so."""
        if record.status != "linked":
            return False
        if row.action is StagedAction.LINK:
            return record.linked_to == row.fields.get("procore_id")
        if row.action is not StagedAction.ADD or activity.info().attempt == 1:
            return False
        source = IMPORTERS[row.name].proposed_from
        if not source:
            return True
        origin_id = record.body.get("origin_code") or record.key
        listed = await self._procore.listing(source, row.company, None)
        return any(int(r["id"]) == record.linked_to and r.get("origin_id") == origin_id for r in listed)

    async def _judged(self, row: StagedRow, record: Staged, person: Person, is_so: bool) -> list[Refusal]:
        permission = staged.PERMISSIONS.get((row.name, row.action))
        if permission is None:
            return [refuse("not_adding", what=record.what)]
        settings = await self._runs.settings_of(row.company)
        lacking = permissions.missing(permissions.PERMISSIONS[permission], person, row.action, settings)
        return lacking or ([] if is_so else staged.judge(row.action, record) or row.against)

    async def _finish(self, row: StagedRow, record: Staged, person: Person) -> list[Refusal]:
        """What follows a link that an earlier attempt made."""
        if IMPORTERS[row.name].linked_kind == "project":
            await self._runner.order("project_codes", row.company, person=person, project=record.linked_to)
        return []

    async def _do(self, row: StagedRow, record: Staged, person: Person) -> list[Refusal]:
        importer = IMPORTERS[row.name]
        if row.action in (StagedAction.ARCHIVE, StagedAction.RESTORE):
            await self._records.archive(record, archived=row.action is StagedAction.ARCHIVE)
            return []
        place = await self._runs.place(
            Place(
                name=row.name,
                procore_company=row.company,
                erp_company=row.erp_company,
                resource=importer.linked_resource,
            )
        )
        number = row.fields.get("procore_id") if row.action is StagedAction.LINK else None
        if row.action is StagedAction.LINK and not isinstance(number, int):
            return [refuse("field_missing", field="The Procore id", action="link")]
        if row.action is StagedAction.ADD or not importer.linked_kind:
            made = await self._make(importer, place, record, row.fields, number)
            if isinstance(made, list):
                return made
            number = made
        if importer.linked_kind:
            return await self._link(importer, row, record, person, int(number or 0))
        await self._records.joined(record, int(number or 0))
        return []

    async def _make(
        self, importer: Importer, place: Place, record: Staged, fields: dict[str, Any], number: int | None
    ) -> int | list[Refusal]:
        """Procore's record of it, made or found by its origin id; or the one that a person names, given that origin id."""
        stream = importer.stream(record.stream)
        lookups = await look_up(importer.looks_up, place, self._runs, self._procore)
        given = importer.given(stream, Row(key=record.key, body=record.body), place, lookups)
        if not isinstance(given, Given):
            return given if isinstance(given, list) else []
        added = importer.added(given, fields, lookups.settings)
        if isinstance(added, list):
            return added
        if importer.proposed_from == "vendors" and (against := await self._against(place, record, added, number)):
            return against
        row = added if number is None else _joins(added, number)
        (taken,) = await self._procore.upsert(
            stream.target, place.procore_company, added.project or place.project, [row]
        )
        return [_refused(taken.refusal)] if taken.refusal or taken.id is None else taken.id

    async def _against(self, place: Place, record: Staged, added: Given, number: int | None) -> list[Refusal]:
        """What the directory has against it. Procore finds a company by its partner code, whoever gave it that."""
        company, origin_id = place.procore_company, added.origin_id or ""
        directory = await self._procore.listing("vendors", company, None)
        if number is None:
            ours = await self._ours(place, record.code)
            return staged.against_adding(directory, origin_id, str(added.body.get("name") or ""), ours)
        taken = await self._records.taken_ids(record.name, company, place.erp_company)
        return staged.against_joining(directory, origin_id, number, taken)

    async def _ours(self, place: Place, code: str) -> set[int]:
        """The companies that a partner code is linked to, as a vendor or a customer, in any CMiC company (R-08)."""
        company, found = place.procore_company, set[int | None]()
        for erp_company in (await self._runs.settings_of(company)).erp_companies:
            found.add((await self._runs.vendors(company, erp_company)).get(code))
            for name in ("vendors", "customers"):
                other = await self._records.one(name, company, erp_company, f"{erp_company}|{code}")
                found.add(other.linked_to if other else None)
        return {number for number in found if number is not None}

    async def _link(
        self, importer: Importer, row: StagedRow, record: Staged, person: Person, number: int
    ) -> list[Refusal]:
        """Ask the lifecycle of the object, as a person would: it reads both sides, and judges."""
        kind = importer.linked_kind
        key = company_key(row.company, row.erp_company, number)
        fields: dict[str, object] = {"erp_id": record.code}
        if kind == "project":
            key = project_key(row.company, number)
            fields["erp_company"] = row.erp_company
        outcome = await self._asking.ask(
            key, row.action.value, person=person, door=row.door, fields=fields, request_id=f"{row.request_id}:{kind}"
        )
        if outcome.answer is Answer.BUSY:
            # The same request is asked again: it is one command.
            raise ApplicationError(outcome.sentence, type="busy")
        if outcome.answer is not Answer.DONE:
            return outcome.refusals or [refuse("not_answered", words=outcome.sentence)]
        head = await self._settled(key)
        if head is not None and head.state is State.FAILED:
            return [refuse("link_failed", key, words=head.words)]
        if kind == "project" and head is not None:
            await self._runner.order("project_codes", row.company, person=person, project=number)
        return []

    async def _settled(self, key: str) -> Head | None:
        """The object once its link is through; nothing where that takes longer, which the inbox shows."""
        for _ in range(PATIENCE * 4):
            head = await self._ledger.head(key)
            if head is not None and head.state in (State.SYNCED, State.FAILED):
                return head
            await asyncio.sleep(0.25)
        return None


def _joins(given: Given, number: int) -> Given:
    """A company that people keep is given its ids, and nothing else."""
    ids = {name: value for name, value in given.body.items() if name == "origin_code"}
    return given.model_copy(update={"id": number, "body": ids})


def _refused(words: str) -> Refusal:
    return refuse("refused_by_procore", words=words or "it gave no id")
