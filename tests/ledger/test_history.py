"""The history of an object: append-only, sealed row by row, and the head that goes with it (design §3, B-11)."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from domain.commands import Answer, Head
from domain.facts import Prerequisite
from domain.people import person_id
from domain.records import digest
from domain.refusals import refuse
from domain.states import Actor, Condition, Posting, State
from ledger.history import row_hash
from ledger.reading import Reading
from ledger.store import PgLedger
from tests.builders import COMMITMENT, COMPANY, PROJECT, found, group, plan, transition, written
from tests.ledger.acts import another, link, move

OPEN = Prerequisite(parent=COMPANY.key, condition=Condition.SYNCED, label="company Acme")
REFUSAL = refuse("cmic_refused", words="ORA-20000")


async def told(ledger: PgLedger) -> None:
    """A story of three steps."""
    await move(ledger, COMMITMENT, State.WAITING, "send", note="n1", details={"fields": {"a": [1, "é 👷"]}})
    await move(ledger, COMMITMENT, State.EXPORTING, "accept", actor=Actor.APPROVER)
    await move(ledger, COMMITMENT, State.FAILED, "fail", actor=Actor.CONNECTOR, refusals=[REFUSAL])


async def test_an_object_that_nobody_sent_has_no_head_until_its_case_is_opened(ledger: PgLedger) -> None:
    assert await ledger.head(COMMITMENT.key) is None
    async with ledger.case(COMMITMENT) as case:
        assert case.head == Head(key=COMMITMENT.key, kind="commitment", procore_company=562949, project=310)
    assert await ledger.head(COMMITMENT.key) == case.head


async def test_a_companys_scope_is_its_cmic_company(ledger: PgLedger) -> None:
    async with ledger.case(COMPANY) as case:
        assert (case.head.erp_company, case.head.project) == ("01", None)


TRANSITIONS: list[dict[str, Any]] = [
    {"action": "send", "to": State.WAITING, "waits_for": [OPEN, OPEN.model_copy(update={"met": True})]},
    {"action": "accept", "to": State.HELD, "waits_for": [OPEN]},
    {"action": "hold", "to": State.HELD, "refusals": [refuse("cmic_wants_first", words="post it")]},
    {"action": "fail", "to": State.FAILED, "refusals": [REFUSAL]},
    {"action": "fail", "to": State.FAILED, "refusals": [refuse("cmic_unreachable", words="busy")], "temporary": True},
    {"action": "complete", "to": State.SYNCED, "temporary": True},
    {"action": "accept", "to": State.NOT_SENT, "answer": Answer.REFUSED, "refusals": [REFUSAL]},
]


@pytest.mark.parametrize("stated", TRANSITIONS, ids=lambda s: f"{s['action']} {s['to']}")
async def test_the_head_that_append_returns_is_the_one_that_is_loaded(ledger: PgLedger, stated: dict[str, Any]) -> None:
    async with ledger.case(COMMITMENT) as case:
        returned = await case.append(transition(**stated))
        assert case.head == returned
    assert await ledger.head(COMMITMENT.key) == returned
    async with ledger.case(COMMITMENT) as case:
        assert case.head == returned


async def test_the_head_says_what_it_waits_for_and_why_it_failed(ledger: PgLedger) -> None:
    waiting = await move(ledger, COMMITMENT, State.HELD, waits_for=[OPEN, OPEN.model_copy(update={"met": True})])
    assert waiting.waits_for == [f"{COMPANY.key} synced"]
    assert waiting.words == "Accepted, and held: it needs company Acme to be synced. It leaves by itself."
    wanted = await move(ledger, COMMITMENT, State.HELD, refusals=[refuse("cmic_wants_first", words="post it")])
    assert wanted.waits_for == ["cmic_wants_first"]
    failed = await move(ledger, COMMITMENT, State.FAILED, refusals=[REFUSAL], temporary=True)
    assert (failed.failure_code, failed.failure_is_temporary, failed.waits_for) == ("cmic_refused", True, [])
    synced = await move(ledger, COMMITMENT, State.SYNCED)
    assert (synced.failure_code, synced.failure_is_temporary) == ("", False)


@pytest.mark.parametrize("state", State)
async def test_only_what_can_still_leave_waits(ledger: PgLedger, state: State) -> None:
    head = await move(ledger, COMMITMENT, state, waits_for=[OPEN])
    assert head.waits_for == ([f"{COMPANY.key} synced"] if state in (State.WAITING, State.HELD) else [])


async def test_a_held_item_says_anew_what_it_waits_for(ledger: PgLedger, reading: Reading) -> None:
    job = Prerequisite(parent=PROJECT.key, condition=Condition.JOB_EXISTS, label="project Tower")
    await move(ledger, COMMITMENT, State.HELD, waits_for=[job, OPEN])
    async with ledger.case(COMMITMENT) as case:
        restated = await case.restate([OPEN])
    assert restated.waits_for == [f"{COMPANY.key} synced"]
    assert restated.words == "Accepted, and held: it needs company Acme to be synced. It leaves by itself."
    assert (restated.state, restated.sequence) == (State.HELD, 1)
    assert await ledger.head(COMMITMENT.key) == restated
    assert await reading.verify(COMMITMENT.key) is None
    async with ledger.case(COMMITMENT) as case:
        assert await case.restate([OPEN]) == restated


async def test_the_head_goes_with_what_a_case_links_and_sees(ledger: PgLedger) -> None:
    await ledger.note_seen("subcontract", "01", [found(group().header, posting=Posting.POSTED)])
    async with ledger.case(COMMITMENT) as case:
        await case.link(written(*group().records), "01")
        await case.adopt_posting()
        await case.describe(label="Concrete", erp_company="01", job="1042")
        returned = await case.append(transition("complete", State.SYNCED))
    assert (returned.erp_key, returned.posting) == ("01|ACME|SC-001|000", Posting.POSTED)
    assert (returned.erp_company, returned.job) == ("01", "1042")
    assert returned.words == "In CMiC as 01|ACME|SC-001|000; posted."
    assert await ledger.head(COMMITMENT.key) == returned


async def test_the_head_goes_with_an_unlink(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, written(*group().records))
    async with ledger.case(COMMITMENT) as case:
        await case.unlink()
        returned = await case.append(transition("gone", State.NOT_SENT))
    assert (returned.erp_key, returned.posting) == ("", Posting.UNKNOWN)
    assert await ledger.head(COMMITMENT.key) == returned


async def test_the_head_goes_with_the_job_that_its_codes_belong_to(ledger: PgLedger) -> None:
    project = another("project", "-")
    async with ledger.case(project) as case:
        await case.put_codes("01", "1042", [("03-300", "M")])
        returned = await case.append(transition("complete", State.SYNCED))
    assert returned.job == "1042"
    assert await ledger.head(project.key) == returned


async def test_a_refused_command_is_history_and_changes_nothing_else(ledger: PgLedger, reading: Reading) -> None:
    before = await move(ledger, COMMITMENT, State.WAITING, "send", waits_for=[OPEN])
    item = await reading.item(COMMITMENT.key)
    after = await move(ledger, COMMITMENT, State.WAITING, "accept", answer=Answer.REFUSED, refusals=[REFUSAL])
    assert after == before.model_copy(update={"sequence": 2})
    now = await reading.item(COMMITMENT.key)
    assert item is not None
    assert now is not None
    moved = {"sequence", "last_hash"}
    assert {k: v for k, v in now.items() if k not in moved} == {k: v for k, v in item.items() if k not in moved}
    assert [row["answer"] for row in await reading.history(COMMITMENT.key)] == ["done", "refused"]


async def test_a_state_is_as_old_as_its_first_row(ledger: PgLedger, reading: Reading) -> None:
    await move(ledger, COMMITMENT, State.SYNCED)
    first = await reading.item(COMMITMENT.key)
    await move(ledger, COMMITMENT, State.SYNCED, "record_posting")
    same = await reading.item(COMMITMENT.key)
    await move(ledger, COMMITMENT, State.UNLINKING)
    other = await reading.item(COMMITMENT.key)
    assert first is not None
    assert same is not None
    assert other is not None
    assert first["since"] == same["since"] < other["since"]


# Requests


async def test_a_request_is_answered_once(ledger: PgLedger) -> None:
    sentence = (await move(ledger, COMMITMENT, State.WAITING, "send", request_id="r1")).words
    async with ledger.case(COMMITMENT) as case:
        earlier = await case.earlier("r1")
        assert earlier is not None
        assert (earlier.answer, earlier.action, earlier.state, earlier.sequence) == (
            Answer.DONE,
            "send",
            State.WAITING,
            1,
        )
        assert (earlier.sentence, earlier.refusals) == (sentence, [])
        assert await case.earlier("r2") is None


async def test_a_refusal_is_remembered_with_its_reasons(ledger: PgLedger) -> None:
    stated: dict[str, Any] = {"answer": Answer.REFUSED, "refusals": [REFUSAL], "request_id": "r1"}
    await move(ledger, COMMITMENT, State.NOT_SENT, "send", **stated)
    async with ledger.case(COMMITMENT) as case:
        earlier = await case.earlier("r1")
    assert earlier is not None
    assert (earlier.answer, earlier.refusals) == (Answer.REFUSED, [REFUSAL])


async def test_a_request_id_is_one_objects_own(ledger: PgLedger) -> None:
    await move(ledger, COMMITMENT, State.WAITING, request_id="r1")
    await move(ledger, another(), State.WAITING, request_id="r1")
    with pytest.raises(asyncpg.UniqueViolationError):
        await move(ledger, COMMITMENT, State.RETRIEVED, request_id="r1")
    head = await ledger.head(COMMITMENT.key)
    assert head is not None
    assert (head.state, head.sequence) == (State.WAITING, 1)


async def test_a_sequence_is_given_once(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    await told(ledger)
    with pytest.raises(asyncpg.UniqueViolationError):
        await pool.execute(
            """insert into transitions select object, sequence, 'another', at, action, from_state, to_state, answer, actor,
               who, door, note, refusals, details, previous_hash, hash from transitions where sequence = 2"""
        )


async def test_nothing_is_kept_of_a_block_that_ends_in_an_error(ledger: PgLedger) -> None:
    async def broken() -> None:
        async with ledger.case(COMMITMENT) as case:
            await case.append(transition("send"))
            await case.reserve(plan())
            raise RuntimeError("the worker dies here")

    with pytest.raises(RuntimeError):
        await broken()
    assert await ledger.head(COMMITMENT.key) is None


# Whoever decided


async def test_the_last_decision_of_a_person_is_known_by_his_id(ledger: PgLedger) -> None:
    async with ledger.case(COMMITMENT) as case:
        assert await case.decided() is None
    await move(ledger, COMMITMENT, State.WAITING, "send", who="Ada")
    await move(ledger, COMMITMENT, State.EXPORTING, "accept", who="Grace", actor=Actor.APPROVER)
    await move(ledger, COMMITMENT, State.SYNCED, "complete", who="connector", actor=Actor.CONNECTOR)
    await move(ledger, COMMITMENT, State.SYNCED, "reject", who="Eve", answer=Answer.REFUSED)
    async with ledger.case(COMMITMENT) as case:
        decided = await case.decided()
    assert decided is not None
    assert (decided.action, decided.who, decided.sequence) == ("accept", person_id("Grace"), 2)
    assert decided.at.tzinfo is not None


async def test_an_operator_is_called_one(ledger: PgLedger) -> None:
    await move(ledger, COMMITMENT, State.RETRIEVED, "retrieve", who="operator", actor=Actor.OPERATOR)
    async with ledger.case(COMMITMENT) as case:
        decided = await case.decided()
    assert decided is not None
    assert decided.who == "operator"


# Append-only


@pytest.mark.parametrize(
    "statement",
    [
        "update transitions set who = 'Eve'",
        "update transitions set who = who",
        "delete from transitions",
        "delete from transitions where sequence = 3",
        "truncate transitions",
    ],
)
async def test_the_history_can_only_grow(ledger: PgLedger, pool: asyncpg.Pool, statement: str) -> None:
    await told(ledger)
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await pool.execute(statement)
    assert await pool.fetchval("select count(*) from transitions") == 3


async def forge(pool: asyncpg.Pool, statement: str, *arguments: Any) -> None:
    """What only a superuser can do: change the history behind its trigger."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("alter table transitions disable trigger all")
        await connection.execute(statement, *arguments)
        await connection.execute("alter table transitions enable trigger all")


async def test_a_history_that_nobody_touched_is_whole(ledger: PgLedger, reading: Reading) -> None:
    assert await reading.verify(COMMITMENT.key) is None
    await told(ledger)
    assert await reading.verify(COMMITMENT.key) is None


FORGED = [
    ("request_id", "'another'"),
    ("at", "at + interval '1 microsecond'"),
    ("action", "'reject'"),
    ("from_state", "'synced'"),
    ("to_state", "'synced'"),
    ("answer", "'refused'"),
    ("actor", "'operator'"),
    ("who", "'Eve'"),
    ("door", "'console'"),
    ("note", "'another note'"),
    ("refusals", """'[{"code": "no_lines"}]'"""),
    ("details", """details || '{"words": "Never mind."}'"""),
    ("previous_hash", "'0'"),
    ("hash", "'0'"),
]


@pytest.mark.parametrize(("column", "value"), FORGED, ids=[column for column, _ in FORGED])
@pytest.mark.parametrize("sequence", [1, 2, 3])
async def test_an_edit_shows(
    ledger: PgLedger, pool: asyncpg.Pool, reading: Reading, column: str, value: str, sequence: int
) -> None:
    await told(ledger)
    await forge(pool, f"update transitions set {column} = {value} where sequence = $1", sequence)
    assert await reading.verify(COMMITMENT.key) == sequence


@pytest.mark.parametrize("sequence", [1, 2, 3])
async def test_a_row_that_is_gone_shows(ledger: PgLedger, pool: asyncpg.Pool, reading: Reading, sequence: int) -> None:
    await told(ledger)
    await forge(pool, "delete from transitions where sequence = $1", sequence)
    assert await reading.verify(COMMITMENT.key) == sequence


async def test_a_history_that_is_gone_altogether_shows(ledger: PgLedger, pool: asyncpg.Pool, reading: Reading) -> None:
    await told(ledger)
    await forge(pool, "delete from transitions")
    assert await reading.verify(COMMITMENT.key) == 1


async def test_rows_that_changed_places_show(ledger: PgLedger, pool: asyncpg.Pool, reading: Reading) -> None:
    await told(ledger)
    await forge(pool, "update transitions set sequence = case sequence when 2 then 13 else 12 end where sequence > 1")
    await forge(pool, "update transitions set sequence = sequence - 10 where sequence > 10")
    assert await reading.verify(COMMITMENT.key) == 2


@pytest.mark.parametrize(("sequence", "shows_at"), [(2, 3), (3, 3)])
async def test_an_edit_that_was_sealed_again_shows(
    ledger: PgLedger, pool: asyncpg.Pool, reading: Reading, sequence: int, shows_at: int
) -> None:
    """Whoever knows how rows are sealed still has to seal all that follows, and the object's own row."""
    await told(ledger)
    (row,) = await pool.fetch("select * from transitions where sequence = $1", sequence)
    sealed = row_hash({**dict(row), "who": "Eve"}, row["previous_hash"])
    await forge(pool, "update transitions set who = 'Eve', hash = $1 where sequence = $2", sealed, sequence)
    assert await reading.verify(COMMITMENT.key) == shows_at


async def test_histories_dont_vouch_for_one_another(ledger: PgLedger, pool: asyncpg.Pool, reading: Reading) -> None:
    other = another()
    await told(ledger)
    await move(ledger, other, State.WAITING, "send")
    await forge(pool, "update transitions set who = 'Eve' where object = $1", other.key)
    assert await reading.verify(COMMITMENT.key) is None
    assert await reading.verify(other.key) == 1


# Whatever was typed

TYPED: list[Any] = [
    'emoji 👷🏽‍♀️, 契約, \n\t"quotes" and \\',
    "\x00 and \ud800",
    {"\x00": ["\x00"], "": None},
    10**40,
    1.5,
    -0.0,
    1e16,
    1e300,
    float("nan"),
    float("inf"),
    [[[[[]]]]],
    "x" * 1_000_000,
]


@pytest.mark.parametrize("typed", TYPED, ids=lambda v: repr(v)[:30])
async def test_whatever_was_typed_is_recorded_and_the_history_stays_whole(
    ledger: PgLedger, reading: Reading, typed: Any
) -> None:
    details = {"fields": {"typed": typed}}
    await move(ledger, COMMITMENT, State.NOT_SENT, "accept", answer=Answer.REFUSED, details=details, note="n")
    await move(ledger, COMMITMENT, State.WAITING, "send", details=details)
    assert await reading.verify(COMMITMENT.key) is None
    assert [row["details"].keys() >= {"fields"} for row in await reading.history(COMMITMENT.key)] == [True, True]


@pytest.mark.parametrize("words", ["\x00", "\ud800", "👷 \U0001f6a7"], ids=ascii)
@pytest.mark.parametrize("answer", [Answer.DONE, Answer.REFUSED])
async def test_foreign_words_in_a_reason_are_recorded(
    ledger: PgLedger, reading: Reading, words: str, answer: Answer
) -> None:
    refusal = refuse("cmic_refused", words=f"it said {words}")
    head = await move(ledger, COMMITMENT, State.FAILED, "fail", refusals=[refusal], answer=answer)
    assert await reading.verify(COMMITMENT.key) is None
    assert await ledger.head(COMMITMENT.key) == head


def test_a_seal_covers_what_went_before() -> None:
    row = dict.fromkeys(("object", "sequence", "request_id", "at", "action", "from_state", "to_state"), "x")
    row |= dict.fromkeys(("answer", "actor", "who", "door", "refusals", "details", "note"), "y")
    assert row_hash(row, "") != row_hash(row, digest("another"))
