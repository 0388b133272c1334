"""One action for many items: an outcome for every row whatever the others say, and nothing lost with a worker (B-10)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.bulk import Bulk
from activities.messages import BulkOrder, BulkProgress
from domain.commands import Answer, Door, Outcome
from domain.ledger_port import Ledger
from domain.people import person_id
from domain.permissions import Person
from domain.refusals import refuse
from domain.states import State
from mappers.registry import kind_of
from tests.support import APPROVER, SENDER, Site
from tests.workflows.bulk_worker import READY
from tests.workflows.skipping import TEST_SERVER
from workers.converter import data_converter
from workers.plant import Plant
from workers.stack import end
from workers.worker import runner
from workflows.bulk import AT_ONCE, MOST_ROWS, BulkCommand

ADA = Person(name="Ada")
Answers = Callable[[str, int], Answer]
"""What an item answers, by its key and the how-manieth time it is asked."""


def keys(count: int) -> list[str]:
    return [f"commitment:562949:310:{n}" for n in range(1, count + 1)]


def order(rows: list[str], action: str = "accept", number: str = "n1", **more: Any) -> BulkOrder:
    stated: dict[str, Any] = {"person": person_id(ADA.name), "door": Door.CLI, "note_id": "note-1", **more}
    return BulkOrder(number=number, action=action, rows=[(key, {"erp_id": key[-1]}) for key in rows], **stated)


class Items:
    """The door to items, and everybody known."""

    def __init__(self, answers: Answers = lambda key, times: Answer.DONE) -> None:
        self.answers = answers
        self.asked: list[dict[str, Any]] = []
        self.times: Counter[str] = Counter()
        self.inside = self.most_inside = 0
        self.gates: dict[str, asyncio.Event] = {}
        self.broken: set[str] = set()
        self.refusals = 1

    async def person(self, number: str) -> Person | None:
        return ADA if number == person_id(ADA.name) else None

    async def ask(self, key: str, action: str, **more: Any) -> Outcome:
        kind_of(key)
        self.asked.append({"key": key, "action": action, **more})
        self.times[key] = times = self.times[key] + 1
        self.inside += 1
        self.most_inside = max(self.inside, self.most_inside)
        try:
            await (self.gates[key].wait() if key in self.gates else asyncio.sleep(0.002))
        finally:
            self.inside -= 1
        if key in self.broken:
            raise RuntimeError("a defect")
        answer = self.answers(key, times)
        reasons = [
            refuse("code_not_synced", line=n, pair="03-100 S", job="1042")
            for n in range(1, self.refusals + 1)
            if answer is Answer.REFUSED
        ]
        return Outcome(answer=answer, action=action, state=State.WAITING, sequence=2, refusals=reasons, sentence=key)


@asynccontextmanager
async def worker(client: Client, items: Items, queue: str = "lifecycle") -> AsyncIterator[None]:
    bulk = Bulk(cast(Ledger, items), items)
    async with Worker(
        client,
        task_queue=queue,
        workflows=[BulkCommand],
        activities=[bulk.ask_one],
        workflow_runner=runner(),
        disable_payload_error_limit=True,  # As the product's worker does.
    ):
        yield


@asynccontextmanager
async def skipping(items: Items) -> AsyncIterator[WorkflowEnvironment]:
    env = await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter, test_server_existing_path=str(TEST_SERVER)
    )
    async with env, worker(env.client, items):
        yield env


async def run(env: WorkflowEnvironment, wanted: BulkOrder) -> BulkProgress:
    done: BulkProgress = await env.client.execute_workflow(
        BulkCommand.run, wanted, id=f"bulk:{wanted.number}", task_queue="lifecycle"
    )
    return done


def answers_of(done: BulkProgress) -> list[Answer]:
    return [o.answer for o in done.outcomes if o is not None]


async def until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to that")


async def test_a_thousand_rows_have_an_outcome_each_in_their_order() -> None:
    some = {key: (Answer.DONE, Answer.REFUSED, Answer.NOTHING)[n % 3] for n, key in enumerate(keys(MOST_ROWS))}
    items = Items(lambda key, times: some[key])
    async with skipping(items) as env:
        done = await run(env, order(list(some)))
    assert (done.total, done.answered) == (MOST_ROWS, MOST_ROWS)
    assert answers_of(done) == list(some.values())
    assert [o.sentence for o in done.outcomes if o] == list(some)
    assert {r.code for o in done.outcomes if o and o.answer is Answer.REFUSED for r in o.refusals} == {
        "code_not_synced"
    }
    assert set(items.times.values()) == {1}
    assert 1 < items.most_inside <= AT_ONCE


async def test_each_row_is_asked_with_its_own_fields_under_a_request_of_its_own() -> None:
    items = Items()
    async with skipping(items) as env:
        await run(env, order(keys(5), "retry"))
    assert sorted(items.asked, key=lambda a: str(a["key"])) == [
        {
            "key": key,
            "action": "retry",
            "person": ADA,
            "door": Door.CLI,
            "fields": {"erp_id": key[-1]},
            "note_id": "note-1",
            "request_id": f"bulk:n1:{n}",
        }
        for n, key in enumerate(keys(5))
    ]


async def test_no_rows_are_an_answer_too() -> None:
    async with skipping(Items()) as env:
        assert await run(env, order([])) == BulkProgress(total=0, outcomes=[])


async def test_the_same_item_twice_has_two_outcomes() -> None:
    items = Items(lambda key, times: Answer.DONE if times == 1 else Answer.REFUSED)
    async with skipping(items) as env:
        done = await run(env, order(keys(1) * 2))
    assert sorted(answers_of(done)) == [Answer.DONE, Answer.REFUSED]
    assert {a["request_id"] for a in items.asked} == {"bulk:n1:0", "bulk:n1:1"}


async def test_a_busy_one_is_asked_again_and_keeps_nobody_waiting() -> None:
    slow = keys(30)[4]
    items = Items(lambda key, times: Answer.BUSY if key == slow and times < 6 else Answer.DONE)
    async with skipping(items) as env:
        done = await run(env, order(keys(30)))
    assert answers_of(done) == [Answer.DONE] * 30
    assert items.times[slow] == 6
    asked = [a["key"] for a in items.asked]
    assert asked.index(keys(30)[-1]) < max(n for n, key in enumerate(asked) if key == slow)
    assert {a["request_id"] for a in items.asked if a["key"] == slow} == {"bulk:n1:4"}


async def test_one_that_stays_busy_says_so_within_ten_minutes() -> None:
    slow = keys(3)[1]
    items = Items(lambda key, times: Answer.BUSY if key == slow else Answer.DONE)
    async with skipping(items) as env:
        began = await env.get_current_time()
        done = await run(env, order(keys(3)))
        assert await env.get_current_time() - began <= timedelta(minutes=10, seconds=5)
    assert answers_of(done) == [Answer.DONE, Answer.BUSY, Answer.DONE]
    assert done.outcomes[1] is not None
    assert done.outcomes[1].sentence


async def test_what_never_answers_takes_no_other_row_with_it() -> None:
    """Even a defect is an outcome, and says that the item itself has to be looked at."""
    items = Items()
    items.broken = set(keys(20)[3:5])
    async with skipping(items) as env:
        done = await run(env, order(keys(20)))
    assert Counter(answers_of(done)) == {Answer.DONE: 18, Answer.BUSY: 2}
    assert {o.sentence for o in done.outcomes if o and o.answer is Answer.BUSY} == {
        "No answer within ten minutes; look at the item, then ask again."
    }


async def test_nobody_known_gets_an_outcome_that_says_so() -> None:
    """Not that it took ten minutes: it took none, and another try changes nothing."""
    async with skipping(items := Items()) as env:
        done = await run(env, order(keys(3), person=person_id("nobody")))
    assert items.asked == []
    assert (done.answered, Answer.DONE in answers_of(done)) == (3, False)
    assert not any("ten minutes" in o.sentence for o in done.outcomes if o)


async def test_a_row_that_names_no_item_is_refused_and_not_asked_again() -> None:
    """A refusal, where one that was asked again and again would end as busy."""
    rows = ["nonsense", *keys(2), "spaceship:1:2:3"]
    async with skipping(items := Items()) as env:
        done = await run(env, order(rows))
    assert sorted(items.times.values()) == [1, 1]
    assert [o.answer for o in done.outcomes if o] == [Answer.REFUSED, Answer.DONE, Answer.DONE, Answer.REFUSED]


# Progress


async def progress_of(handle: WorkflowHandle[Any, Any]) -> BulkProgress:
    return await handle.query(BulkCommand.progress)


async def test_progress_shows_what_is_answered_and_what_isnt() -> None:
    items = Items()
    items.gates = {key: asyncio.Event() for key in keys(25)}
    async with skipping(items) as env:
        handle = await env.client.start_workflow(BulkCommand.run, order(keys(25)), id="bulk:n1", task_queue="lifecycle")
        await until(lambda: items.inside == AT_ONCE)
        begun = await progress_of(handle)
        assert (begun.total, begun.answered, begun.outcomes) == (25, 0, [None] * 25)
        items.gates[keys(25)[7]].set()
        await until(lambda: len(items.asked) == AT_ONCE + 1)
        later = await progress_of(handle)
        assert (later.total, later.answered) == (25, 1)
        assert [n for n, o in enumerate(later.outcomes) if o] == [7]
        for gate in items.gates.values():
            gate.set()
        done = await handle.result()
        assert await progress_of(handle) == done
        assert done.answered == 25


async def test_a_thousand_long_refusals_fit_into_one_answer(own_plant: Plant) -> None:
    """Two dozen lines without a code in each of a thousand commitments: the server takes two megabytes, and nobody is told
    less because others were told much."""
    items = Items(lambda key, times: Answer.REFUSED)
    items.refusals = 24
    client = own_plant.client
    async with worker(client, items, "bulk-large"):
        async with asyncio.timeout(40):
            done: BulkProgress = await client.execute_workflow(
                BulkCommand.run,
                order(keys(MOST_ROWS), number="large"),
                id="bulk:large",
                task_queue="bulk-large",
                execution_timeout=timedelta(seconds=30),
            )
    assert Counter(answers_of(done)) == {Answer.REFUSED: MOST_ROWS}
    assert all(o and o.refusals for o in done.outcomes)


async def test_all_that_fits_an_order_fits_its_start(own_plant: Plant) -> None:
    """The most rows that there may be, with what people type for each."""
    items = Items()
    client = own_plant.client
    async with worker(client, items, "bulk-start"):
        wanted = order(keys(MOST_ROWS), number="start")
        done = await client.execute_workflow(BulkCommand.run, wanted, id="bulk:start", task_queue="bulk-start")
        history = await client.get_workflow_handle("bulk:start").fetch_history()
    assert Counter(answers_of(done)) == {Answer.DONE: MOST_ROWS}
    failed = [e for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED]
    assert failed == []
    assert len(history.events) < 10_000, "Temporal warns of longer histories, and ends one of fifty thousand"


# A worker that dies


@contextmanager
def bulk_worker(address: str, queue: str, log: Path, dies_at: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.workflows.bulk_worker", address, queue, str(log), str(dies_at)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == READY
        yield process
    finally:
        end(process)
        if process.stdout:
            process.stdout.close()


@pytest.mark.parametrize("dies_at", [1, 57])
async def test_a_worker_that_dies_in_the_middle_leaves_nothing_half_asked(
    own_plant: Plant, site: Site, tmp_path: Path, dies_at: int
) -> None:
    """The rows that it was asking are asked again under their own requests: one command each; the others are asked once."""
    log, queue = tmp_path / "asked", f"bulk-{dies_at}"
    address = site.stack.temporal_address
    wanted = order(keys(120), number=f"dying {dies_at}")
    with bulk_worker(address, queue, log, dies_at) as first:
        handle = await own_plant.client.start_workflow(
            BulkCommand.run, wanted, id=f"bulk:{wanted.number}", task_queue=queue
        )
        await asyncio.to_thread(first.wait, 30)
        assert first.returncode == -9
        before = log.read_text().split("\n")[:-1]
        assert len(before) >= dies_at
        with bulk_worker(address, queue, log, 0):
            async with asyncio.timeout(60):
                done: BulkProgress = await handle.result()
    assert answers_of(done) == [Answer.DONE] * 120
    asked = Counter(log.read_text().split("\n")[:-1])
    assert set(asked) == {f"bulk:{wanted.number}:{n}" for n in range(120)}
    twice = {request for request, times in asked.items() if times > 1}
    assert twice <= set(before)
    assert len(twice) <= AT_ONCE
    assert max(asked.values()) <= 2


# With real items


async def test_real_items_are_each_accepted_or_refused_for_their_own_reasons(own: Site) -> None:
    good, retrieved, draft = (
        [await own.sent() for _ in range(4)],
        await own.sent(),
        await own.commitment(status="Draft"),
    )
    await own.granted(retrieved, "retrieve", SENDER)
    await own.office.ledger.put_note("bulk-note", good[0], APPROVER.name, "All of November")
    person = await own.office.ledger.put_person(APPROVER)
    rows = [good[0], retrieved, good[1], draft, good[2], good[3]]
    wanted = BulkOrder(
        number="real", action="accept", person=person, door=Door.CLI, rows=[(k, {}) for k in rows], note_id="bulk-note"
    )
    client, queue = own.office.client, own.office.config.task_queue
    done = await client.execute_workflow(BulkCommand.run, wanted, id="bulk:real", task_queue=queue)
    answers = dict(zip(rows, answers_of(done), strict=True))
    assert answers == {**dict.fromkeys(good, Answer.DONE), retrieved: Answer.REFUSED, draft: Answer.REFUSED}
    for key in good:
        await own.until(key, State.SYNCED)
        assert (await own.in_cmic(key))[0] == 1
        entry = (await own.office.reading.history(key))[1]
        assert (entry["action"], entry["who"], entry["note_text"]) == ("accept", APPROVER.name, "All of November")
    again = await client.execute_workflow(BulkCommand.run, wanted, id="bulk:real again", task_queue=queue)
    assert answers_of(again) == answers_of(done)
    assert [(await own.actions(key)).count("accept") for key in good] == [1] * 4
