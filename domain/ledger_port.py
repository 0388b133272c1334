"""The ledger's port: what activities ask of it. `ledger/` implements it on PostgreSQL (design §2, §3).

A `Case` is one object inside one transaction, its row locked. Everything that a judgement or a step changes goes through
one case, so that it is there whole or not at all.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from pydantic import BaseModel

from domain.commands import Answer, Head, Outcome
from domain.facts import Decided, Dependent, Prerequisite, References, WriteState
from domain.identity import ObjectId
from domain.permissions import Person
from domain.records import Found, Group, Key, Plan, Written
from domain.refusals import Refusal
from domain.settings import ExportSettings
from domain.states import Actor, Posting, State


class Snapshot(BaseModel):
    id: int
    hash: str
    document: dict[str, Any]


class Approval(BaseModel):
    """What an approver bound: the snapshot, what was typed and the settings of that moment. `mode` says how a found
    record is taken: `export` refuses it, `adopt` and `link` take it over."""

    sequence: int
    snapshot: Snapshot
    mode: str
    typed: dict[str, Any]
    settings: ExportSettings
    spent: bool = False
    """Its export is done: what is read later isn't held against it."""


class Watched(BaseModel):
    """A CMiC record that an object waits to see (`expected`), or whose end it waits for (`outstanding`)."""

    why: str
    key: Key
    posting: Posting


class Intent(BaseModel):
    """One group on its way to CMiC. `phase`: reserved, attempted, written."""

    id: int
    position: int
    group: Group
    phase: str
    open: bool = False
    """A write was cut off, or its answer never came: CMiC may have done it."""
    existed_before: bool = False
    written: list[Written] = []


class Transition(BaseModel):
    """A row to append. `changes` are further columns of the object's row that change with it."""

    request_id: str
    action: str
    to: State
    answer: Answer = Answer.DONE
    actor: Actor
    who: str
    """The person's name, or `operator`, or `connector`."""
    door: str
    note: str | None = None
    refusals: list[Refusal] = []
    details: dict[str, Any] = {}
    waits_for: list[Prerequisite] = []
    temporary: bool = False


class Overtaken(Exception):
    """Another run of the same object has gone on meanwhile: this attempt must not write."""


class KeyTaken(Exception):
    """A CMiC key is reserved or linked already. `holder` is the object that has it."""

    def __init__(self, erp_key: str, holder: str, linked: bool) -> None:
        super().__init__(f"{erp_key} belongs to {holder}")
        self.erp_key = erp_key
        self.holder = holder
        self.linked = linked


class Case(Protocol):
    """One object in one transaction. Nothing is kept unless the block ends without an error."""

    head: Head

    async def earlier(self, request_id: str) -> Outcome | None: ...
    async def append(self, transition: Transition) -> Head: ...
    async def describe(self, *, label: str, erp_company: str, job: str) -> None: ...
    async def settings(self) -> ExportSettings: ...
    async def snapshot(self) -> Snapshot | None: ...
    async def put_snapshot(self, document: dict[str, Any], hashed: str) -> Snapshot: ...
    async def approval(self) -> Approval | None: ...
    async def put_approval(
        self, sequence: int, snapshot: Snapshot, mode: str, typed: dict[str, Any], settings: ExportSettings
    ) -> None: ...
    async def references(self, erp_company: str, project: str | None, vendor: str | None) -> References: ...
    async def keys_of(self, objects: list[str]) -> dict[str, dict[str, Key]]: ...
    async def siblings(self, parent: str) -> list[Prerequisite]:
        """Others of this kind on the parent that CMiC must be done with first."""
        ...

    async def put_watches(self, keys: list[Key], why: str) -> None: ...
    async def watched(self) -> list[Watched]: ...
    async def holder_of_vendor(self, code: str) -> str: ...
    async def linked_elsewhere(self) -> frozenset[str]:
        """Last parts of the CMiC keys that the same Procore object is linked to in other CMiC companies."""
        ...

    async def erp_company_of(self, key: str) -> str: ...
    async def weigh(self, prerequisites: list[Prerequisite]) -> list[Prerequisite]: ...
    async def set_prerequisites(self, prerequisites: list[Prerequisite]) -> None: ...
    async def dependents(self) -> list[Dependent]: ...
    async def held_children(self) -> list[str]: ...
    async def restate(self, waiting: list[Prerequisite]) -> Head:
        """Say anew what a held object waits for. No history: nothing was decided."""
        ...

    async def sent_by(self) -> str: ...
    async def spend_approval(self) -> None: ...
    async def decided(self) -> Decided | None: ...
    async def write_state(self, settle: Decimal) -> WriteState | None: ...
    async def intents(self) -> list[Intent]: ...
    async def last_written(self) -> list[Group]: ...
    async def standing(self) -> list[Group]: ...
    async def ever_written(self) -> int: ...
    async def reserve(self, plan: Plan) -> list[Intent]: ...
    async def release_keys(self) -> None: ...
    async def links(self) -> list[Written]: ...
    async def link(self, written: list[Written], erp_company: str) -> None: ...
    async def unlink(self) -> None: ...
    async def put_codes(
        self,
        erp_company: str,
        job: str,
        pairs: list[tuple[str, str]],
        assignable: list[tuple[str, str]],
        names: dict[str, str] | None = None,
    ) -> None: ...
    async def add_codes(self, project: str, erp_company: str, job: str, pairs: list[tuple[str, str]]) -> None: ...
    async def seen(self) -> tuple[Posting, date | None]: ...
    async def posting_changed(self, seen: Posting, seen_on: date | None) -> bool: ...
    async def adopt_posting(self) -> None:
        """Take over into the object's row what CMiC was last seen to hold."""
        ...

    async def record_drift(self, drift: dict[str, Any] | None) -> None: ...


class Ledger(Protocol):
    def case(self, object_id: ObjectId) -> AbstractAsyncContextManager[Case]:
        """Open the object's case: its row is made if need be, and locked."""
        ...

    async def head(self, key: str) -> Head | None: ...
    async def active(self, after: str, most: int) -> list[Head]: ...
    async def releasable(self) -> list[str]: ...
    async def unshown(self, kinds: list[str]) -> list[str]: ...
    async def note_budgeted(self, key: str, erp_company: str, shown: bool) -> None: ...
    async def attempt(self, intent: int, sequence: int) -> datetime | None:
        """Commit that a write is about to be tried: before the request leaves, and only while the object stands at the
        sequence that the write belongs to. Returns since when an earlier one is open. Raises Overtaken."""
        ...

    async def settled(self, intent: int, still_open_since: datetime | None) -> None:
        """CMiC answered this write; an earlier one that was cut off stays open."""
        ...

    async def existed(self, intent: int) -> None: ...
    async def wrote(self, intent: int, written: list[Written]) -> None: ...
    async def note_seen(
        self, resource: str, erp_company: str, found: list[Found], *, missing: list[Key] | None = None
    ) -> list[str]:
        """Store what CMiC holds; returns the objects whose stored fact changed."""
        ...

    async def watched_keys(self, resource: str, erp_company: str) -> list[str]: ...
    async def cursor(self, resource: str, erp_company: str) -> str | None: ...
    async def move_cursor(self, resource: str, erp_company: str, newest: str) -> None: ...
    async def person(self, person_id: str) -> Person | None: ...
    async def settings_of(self, procore_company: int) -> ExportSettings: ...
