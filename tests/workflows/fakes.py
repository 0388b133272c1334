"""A small ledger in memory and the activities of every step over it, for tests that need to skip time.

Faithful where the engine looks: sequences, request ids, adoption of another's row, and the real `decide` over facts.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from temporalio import activity

from activities.messages import Ask, GiveUp, Step
from activities.trouble import beating
from domain.commands import WAKE, Answer, Command, Door, Head, Outcome, Verdict
from domain.facts import Decided, Facts, Prerequisite
from domain.identity import parse_key
from domain.judging import decide
from domain.lifecycle import Lifecycle
from domain.people import person_id
from domain.permissions import Person
from domain.ports import Unavailable
from domain.refusals import Refusal, refuse
from domain.settings import ExportSettings
from domain.states import Actor, Condition, Posting, State
from domain.words import words
from mappers.registry import kind_of
from tests.workflows.papers import DOCUMENTS, REFERENCES

PARENT = "company:562949:01:4101"


@dataclass(frozen=True)
class Entry:
    """A row of an object's history."""

    sequence: int
    request_id: str
    action: str
    answer: Answer
    to: State
    who: str
    at: datetime
    refusals: tuple[Refusal, ...] = ()


@dataclass
class Item:
    """`outstanding`: what a reset left behind in CMiC. `shown`: what CMiC shows now; what of it was `seen` is what the last
    look, or the posting watch, stored."""

    head: Head
    entries: list[Entry] = field(default_factory=list)
    linked: bool = False
    outstanding: list[str] = field(default_factory=list)
    shown: Posting = Posting.UNKNOWN
    seen: Posting = Posting.UNKNOWN
    job_is_there: bool = False

    @property
    def table(self) -> Lifecycle:
        return kind_of(self.head.key).lifecycle

    def done(self) -> list[str]:
        return [e.action for e in self.entries if e.answer is Answer.DONE]


class Books:
    """The ledger: items by key. `parent_is_open` makes every item wait for a vendor."""

    def __init__(self, clock: Callable[[], Awaitable[datetime]]) -> None:
        self.clock = clock
        self.items: dict[str, Item] = {}
        self.parent_is_open = False
        self.people: dict[str, Person] = {}

    async def put_person(self, person: Person) -> str:
        self.people[person_id(person.name)] = person
        return person_id(person.name)

    async def names(self, ids: set[str]) -> dict[str, str]:
        return {i: self.people[i].name for i in ids if i in self.people}

    def item(self, key: str) -> Item:
        if key not in self.items:
            object_id = parse_key(key)
            head = Head(
                key=key,
                kind=object_id.kind,
                procore_company=object_id.company,
                erp_company="01",
                project=310,
                job="1042",
            )
            self.items[key] = Item(head)
        return self.items[key]

    def earlier(self, item: Item, request_id: str) -> Outcome | None:
        for e in item.entries:
            if e.request_id == request_id:
                return Outcome(
                    answer=e.answer, action=e.action, state=e.to, sequence=e.sequence, refusals=list(e.refusals)
                )
        return None

    def facts(self, item: Item, command: Command) -> Facts:
        last = [e for e in item.entries if e.answer is Answer.DONE and e.who != "connector"]
        decided = None
        if last:
            decided = Decided(action=last[-1].action, who=last[-1].who, at=last[-1].at, sequence=last[-1].sequence)
        waits = Prerequisite(parent=PARENT, condition=Condition.SYNCED, met=not self.parent_is_open)
        known: dict[str, Any] = {"outstanding": item.outstanding}
        if item.head.kind == "project":
            known |= {"job": "", "watched": frozenset({"job"} if item.job_is_there else ())}
        return Facts(
            head=item.head,
            command=command,
            person=self.people.get(command.person or ""),
            settings=ExportSettings(),
            document=DOCUMENTS[item.head.kind],
            references=REFERENCES.model_copy(update=known),
            prerequisites=[waits],
            decided=decided,
            posting_changed=item.seen is not item.head.posting,
        )

    async def append(
        self,
        item: Item,
        request_id: str,
        action: str,
        to: State,
        *,
        answer: Answer = Answer.DONE,
        who: str = "connector",
        refusals: list[Refusal] | None = None,
        waits_for: list[Prerequisite] | None = None,
        temporary: bool = False,
    ) -> Head:
        """Write one row, move the head with it where something was done. Two rows of one request are a defect."""
        assert self.earlier(item, request_id) is None, f"{request_id} was recorded before"
        refusals, waits_for = refusals or [], [p for p in waits_for or [] if not p.met]
        sequence = item.head.sequence + 1
        item.entries.append(Entry(sequence, request_id, action, answer, to, who, await self.clock(), tuple(refusals)))
        changes: dict[str, Any] = {"sequence": sequence}
        if answer is Answer.DONE:
            failed = to is State.FAILED
            changes |= {
                "state": to,
                "waits_for": [f"{p.parent} {p.condition}" for p in waits_for],
                "failure_code": refusals[0].code if failed and refusals else "",
                "failure_is_temporary": failed and temporary,
                "words": words(to, who=who, open_ones=waits_for, refusals=refusals, temporary=temporary),
            }
        item.head = item.head.model_copy(update=changes)
        return item.head


@dataclass
class FakeSteps:
    """The activities, under their real names. `down`: steps that answer with a temporary error; `gates`: steps that wait
    until told to go on; `refused`: steps that CMiC or Procore refuses."""

    books: Books
    down: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    calls: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    async def _meet(self, name: str) -> None:
        self.calls[name].append(await self.books.clock())
        if name in self.gates:
            await self.gates[name].wait()
        if name in self.down:
            raise Unavailable(f"{name} has no answer")

    @activity.defn(name="load")
    async def load(self, key: str) -> Verdict:
        return Verdict(head=self.books.item(key).head)

    @activity.defn(name="judge")
    async def judge(self, ask: Ask) -> Verdict:
        async with beating():
            await self._meet("judge")
            item, command = self.books.item(ask.key), ask.command
            blind = not ask.looked and _looks(item.table, item.head.state, command)
            if item.entries and blind and not ask.unavailable:
                return Verdict(head=item.head, look_first=True)
            if (earlier := self.books.earlier(item, command.request_id)) is not None:
                return Verdict(head=item.head, outcome=earlier)
            if ask.sequence is not None and item.head.sequence != ask.sequence:
                return Verdict(head=item.head)
            facts = self.books.facts(item, command)
            if ask.unavailable and blind and command.action != WAKE:
                facts.document_problem = refuse("cmic_unreachable", words=ask.unavailable)
            decision = decide(item.table, facts)
            if decision.row is not None:
                _effects(item, decision.row.action, decision.to)
            if decision.answer is not Answer.NOTHING:
                await self.books.append(
                    item,
                    command.request_id,
                    decision.row.action if decision.row else command.action,
                    decision.to,
                    answer=decision.answer,
                    who=_who(command),
                    refusals=decision.refusals,
                    waits_for=facts.prerequisites if decision.to is State.HELD else [],
                )
            outcome = Outcome(
                answer=decision.answer,
                action=command.action,
                state=item.head.state,
                sequence=item.head.sequence,
                refusals=decision.refusals,
            )
            return Verdict(head=item.head, outcome=outcome)

    @activity.defn(name="give_up")
    async def give_up(self, given: GiveUp) -> Verdict:
        item, step = self.books.item(given.step.key), given.step
        if item.head.sequence == step.sequence:
            code = "cmic_unreachable" if given.name in ("write", "look") else "procore_unreachable"
            to, action = State.FAILED, "fail"
            if item.head.state is State.UNLINKING:
                to, action = (State.SYNCED, "still_there") if item.linked else (State.FAILED, "still_failed")
            await self.books.append(
                item,
                f"give_up:{given.name}:{step.sequence}",
                action,
                to,
                refusals=[refuse(code, words=given.words)],
                temporary=item.head.state is State.EXPORTING,
            )
        return Verdict(head=item.head)

    @activity.defn(name="prepare")
    async def prepare(self, step: Step) -> Verdict:
        return await self._go_on("prepare", step)

    @activity.defn(name="write")
    async def write(self, step: Step) -> Verdict:
        return await self._go_on("write", step)

    async def _go_on(self, name: str, step: Step) -> Verdict:
        async with beating():
            await self._meet(name)
            item = self.books.item(step.key)
            if name in self.refused and item.head.sequence == step.sequence:
                no = refuse("cmic_refused", words="The period is closed.")
                await self.books.append(item, f"fail:{step.sequence}", "fail", State.FAILED, refusals=[no])
            return Verdict(head=item.head)

    @activity.defn(name="write_back")
    async def write_back(self, step: Step) -> Verdict:
        return await self._conclude("write_back", step, "complete", State.SYNCED, linked=True)

    @activity.defn(name="unlink")
    async def unlink(self, step: Step) -> Verdict:
        return await self._conclude("unlink", step, "gone", State.NOT_SENT, linked=False)

    async def _conclude(self, name: str, step: Step, action: str, to: State, *, linked: bool) -> Verdict:
        async with beating():
            await self._meet(name)
            item = self.books.item(step.key)
            if item.head.sequence == step.sequence:
                item.linked = linked
                item.shown = item.seen = Posting.UNKNOWN
                await self.books.append(item, f"{action}:{step.sequence}", action, to)
            return Verdict(head=item.head)

    @activity.defn(name="look")
    async def look(self, step: Step) -> None:
        async with beating():
            await self._meet("look")
            item = self.books.item(step.key)
            item.seen = item.shown
            if item.shown.counts_as_gone:
                item.outstanding.clear()

    @activity.defn(name="wake")
    async def wake(self, keys: list[str]) -> None:
        self.calls["wake"].append(await self.books.clock())

    @activity.defn(name="job_codes")
    async def job_codes(self, step: Step) -> None:
        async with beating():
            await self._meet("job_codes")

    @property
    def lifecycle_activities(self) -> list[Callable[..., Any]]:
        return [self.load, self.judge, self.give_up, self.prepare, self.write_back, self.unlink, self.wake]

    @property
    def cmic_activities(self) -> list[Callable[..., Any]]:
        return [self.write, self.look, self.job_codes]


def _who(command: Command) -> str:
    if command.person is not None:
        return command.person
    return Actor.OPERATOR.value if command.door is Door.SIGNAL else Actor.CONNECTOR.value


def _looks(table: Lifecycle, state: State, command: Command) -> bool:
    if command.action == WAKE and command.door is Door.CONNECTOR:
        return any(row.looks for row in table.woken(state))
    row = table.row(state, command.action)
    return row is not None and row.looks


def _effects(item: Item, action: str, to: State) -> None:
    """What a decision changes beside the state."""
    if action == "record_posting":
        item.head = item.head.model_copy(update={"posting": item.seen})
    if action == "job_made":
        item.job_is_there = False
    if to is State.RESET_OUTSTANDING:
        item.outstanding, item.linked = [f"01|1042|{item.head.key}"], False
