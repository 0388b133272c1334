"""The append-only history of an object, and its head. Each row carries a hash over itself and its predecessor (B-11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.commands import Answer, Head, Outcome
from domain.facts import Decided, Prerequisite
from domain.ledger_port import Transition
from domain.people import person_id
from domain.records import digest
from domain.refusals import Refusal
from domain.states import Actor, Posting, State
from domain.texts import storable
from domain.words import words


def head_of(row: Mapping[str, Any]) -> Head:
    return Head(
        key=row["key"],
        kind=row["kind"],
        state=State(row["state"]),
        sequence=row["sequence"],
        posting=Posting(row["posting"]),
        procore_company=row["procore_company"],
        erp_company=row["erp_company"],
        project=row["project"],
        job=row["job"],
        erp_key=row["erp_key"],
        waits_for=row["waits_for"],
        budgeted=row["budgeted"],
        exported=row["exported"],
        failure_code=row["failure_code"],
        failure_is_temporary=row["failure_is_temporary"],
        words=row["words"],
    )


_HASHED = (
    "object",
    "sequence",
    "request_id",
    "at",
    "action",
    "from_state",
    "to_state",
    "answer",
    "actor",
    "who",
    "door",
)
_HASHED_JSON = ("refusals", "details")


def row_hash(row: Mapping[str, Any], previous: str) -> str:
    """The hash of one history row: over what it says, and over its predecessor's hash."""
    body = {name: str(row[name]) for name in _HASHED} | {name: row[name] for name in _HASHED_JSON}
    return digest({**body, "note": row["note"], "previous": previous})


def broken_at(rows: list[Mapping[str, Any]], last_sequence: int, last_hash: str) -> int | None:
    """The sequence at which a history stops being what was written; nothing if it is whole. The object's own row vouches
    for its end."""
    previous = ""
    for expected, row in enumerate(rows, start=1):
        whole = row["sequence"] == expected and row["previous_hash"] == previous
        if not whole or row["hash"] != row_hash(row, previous):
            return expected
        previous = row["hash"]
    if len(rows) < last_sequence:
        return len(rows) + 1
    return None if previous == last_hash else len(rows)


def _blocked(open_ones: list[Prerequisite]) -> list[str]:
    return [f"{p.parent} {p.condition}" for p in open_ones]


class History:
    """The part of a case that reads and writes the object's own story."""

    connection: Any
    head: Head

    async def earlier(self, request_id: str) -> Outcome | None:
        """What was decided on this request before, if it was."""
        row = await self.connection.fetchrow(
            "select * from transitions where object = $1 and request_id = $2", self.head.key, request_id
        )
        if row is None:
            return None
        return Outcome(
            answer=Answer(row["answer"]),
            action=row["action"],
            state=State(row["to_state"]),
            sequence=row["sequence"],
            refusals=[Refusal.model_validate(r) for r in row["refusals"]],
            sentence=row["details"].get("words", ""),
        )

    async def append(self, transition: Transition) -> Head:
        """Write one row of history and move the head with it. Returns the new head."""
        before = await self.connection.fetchrow(
            "select last_hash, posted_on, erp_key, posting, clock_timestamp() as now from objects where key = $1",
            self.head.key,
        )
        done = transition.answer is Answer.DONE
        after = self._moved(transition, before) if done else self.head
        row = storable(
            {
                "object": self.head.key,
                "sequence": self.head.sequence + 1,
                "request_id": transition.request_id,
                "at": before["now"],
                "action": transition.action,
                "from_state": self.head.state.value,
                "to_state": transition.to.value,
                "answer": transition.answer.value,
                "actor": transition.actor.value,
                "who": transition.who,
                "door": transition.door,
                "note": transition.note,
                "refusals": [r.model_dump(mode="json") for r in transition.refusals],
                "details": {**transition.details, "words": after.words},
            }
        )
        await self._insert(row, before["last_hash"])
        self.head = after.model_copy(update={"sequence": self.head.sequence + 1})
        await self._save(transition if done else None, before["now"])
        return self.head

    def _moved(self, transition: Transition, before: Mapping[str, Any]) -> Head:
        failed = transition.to is State.FAILED
        open_ones = [p for p in transition.waits_for if not p.met]
        erp_key, posting = before["erp_key"], Posting(before["posting"])
        text = words(
            transition.to,
            who="the approver" if transition.actor is Actor.APPROVER else f"the {transition.actor}",
            open_ones=open_ones,
            refusals=transition.refusals,
            temporary=transition.temporary,
            erp_key=erp_key,
            posting=posting,
            posted_on=before["posted_on"],
        )
        blocked = _blocked(open_ones) if transition.to in (State.WAITING, State.HELD) else []
        held_by_cmic = [r.code for r in transition.refusals] if transition.to is State.HELD and not blocked else []
        return self.head.model_copy(
            update={
                "state": transition.to,
                "waits_for": blocked or held_by_cmic,
                "failure_code": transition.refusals[0].code if failed and transition.refusals else "",
                "failure_is_temporary": failed and transition.temporary,
                "erp_key": erp_key,
                "posting": posting,
                "words": text,
            }
        )

    async def restate(self, waiting: list[Prerequisite]) -> Head:
        """Say anew what a held object waits for: some of it may have come. No history: nothing was decided."""
        text = words(State.HELD, who="", open_ones=waiting, refusals=[])
        if (blocked := _blocked(waiting)) != self.head.waits_for:
            await self.connection.execute(
                "update objects set waits_for = $2, words = $3 where key = $1", self.head.key, blocked, text
            )
            self.head = self.head.model_copy(update={"waits_for": blocked, "words": text})
        return self.head

    async def _insert(self, row: dict[str, Any], previous: str) -> None:
        sealed = {**row, "previous_hash": previous, "hash": row_hash(row, previous)}
        names = ", ".join(sealed)
        places = ", ".join(f"${n}" for n in range(1, len(sealed) + 1))
        await self.connection.execute(f"insert into transitions ({names}) values ({places})", *sealed.values())  # noqa: S608
        await self.connection.execute(
            "update objects set sequence = $2, last_hash = $3 where key = $1",
            row["object"],
            row["sequence"],
            sealed["hash"],
        )

    async def _save(self, transition: Transition | None, now: Any) -> None:
        if transition is None:
            return
        await self.connection.execute(
            """update objects set state = $2, waits_for = $3, failure_code = $4, failure_is_temporary = $5, words = $6,
                   refusals = $7, since = case when state = $2 then since else $8 end
               where key = $1""",
            self.head.key,
            self.head.state.value,
            self.head.waits_for,
            self.head.failure_code,
            self.head.failure_is_temporary,
            self.head.words,
            [r.model_dump(mode="json") for r in transition.refusals],
            now,
        )

    async def decided(self) -> Decided | None:
        """The last decision that changed something, by a person or by the connector for one."""
        row = await self.connection.fetchrow(
            """select action, actor, who, at, sequence from transitions
               where object = $1 and answer = 'done' and actor <> $2 order by sequence desc limit 1""",
            self.head.key,
            Actor.CONNECTOR.value,
        )
        if row is None:
            return None
        who = row["who"] if row["actor"] == Actor.OPERATOR else person_id(row["who"])
        return Decided(action=row["action"], who=who, at=row["at"], sequence=row["sequence"])

    async def sent_by(self) -> str:
        """Who sent it last; nobody where an operator or nobody did."""
        who: str | None = await self.connection.fetchval(
            """select case when actor = 'operator' then '' else who end from transitions
               where object = $1 and answer = 'done' and action in ('send', 'resend')
               order by sequence desc limit 1""",
            self.head.key,
        )
        return who or ""

    async def describe(self, *, label: str, erp_company: str, job: str) -> None:
        """What a person calls the object, and where it belongs."""
        await self.connection.execute(
            "update objects set label = $2, erp_company = $3, job = case when $4 = '' then job else $4 end where key = $1",
            self.head.key,
            storable(label[:200]),
            erp_company,
            job,
        )
        self.head = self.head.model_copy(update={"erp_company": erp_company, "job": job or self.head.job})

    async def record_drift(self, drift: dict[str, Any] | None) -> None:
        await self.connection.execute("update objects set drift = $2 where key = $1", self.head.key, drift)
