"""One row of a bulk command: asked like any other, again while it is busy, and never without an outcome (B-10)."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.bulk import MOST_REASONS, Bulk
from activities.messages import BulkRow
from domain.commands import Answer, Door, Outcome
from domain.ledger_port import Ledger
from domain.people import person_id
from domain.permissions import Person
from domain.refusals import Refusal, refuse
from domain.states import State
from mappers.registry import kind_of
from tests.builders import COMMITMENT

ADA = Person(name="Ada", may_push=True)
ROW = BulkRow(
    key=COMMITMENT.key,
    action="accept",
    person=person_id(ADA.name),
    door=Door.CLI,
    request_id="bulk:n1:0",
    fields={"erp_id": "C-1"},
    note_id="note-1",
    tries=3,
)


class People:
    """The ledger's memory of people. Nothing else of it may be asked."""

    async def person(self, number: str) -> Person | None:
        return ADA if number == person_id(ADA.name) else None


class Answering:
    """The door to lifecycles: answers in turn, the last one for ever."""

    def __init__(self, *answers: Answer, reasons: list[Refusal] | None = None) -> None:
        self.answers = list(answers) or [Answer.DONE]
        self.reasons = reasons if reasons is not None else [refuse("no_lines")]
        self.asked: list[dict[str, Any]] = []

    async def ask(self, key: str, action: str, **more: Any) -> Outcome:
        kind_of(key)
        self.asked.append({"key": key, "action": action, **more})
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        refusals = self.reasons if answer is Answer.REFUSED else []
        return Outcome(answer=answer, action=action, state=State.WAITING, sequence=7, refusals=refusals, sentence="so")


async def ask(door: Answering, row: BulkRow = ROW, attempt: int = 1) -> Outcome:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=attempt)
    outcome: Outcome = await environment.run(Bulk(cast(Ledger, People()), door).ask_one, row)
    return outcome


async def test_a_row_is_asked_whole() -> None:
    door = Answering()
    outcome = await ask(door)
    assert (outcome.answer, outcome.sequence) == (Answer.DONE, 7)
    assert door.asked == [
        {
            "key": COMMITMENT.key,
            "action": "accept",
            "person": ADA,
            "door": Door.CLI,
            "fields": {"erp_id": "C-1"},
            "note_id": "note-1",
            "request_id": "bulk:n1:0",
        }
    ]


@pytest.mark.parametrize("answer", [Answer.DONE, Answer.REFUSED, Answer.NOTHING])
async def test_a_decision_is_an_outcome_whatever_it_says(answer: Answer) -> None:
    outcome = await ask(Answering(answer))
    assert outcome.answer is answer
    assert [r.code for r in outcome.refusals] == (["no_lines"] if answer is Answer.REFUSED else [])


@pytest.mark.parametrize("attempt", [1, 2])
async def test_a_busy_one_is_asked_again_under_the_same_request(attempt: int) -> None:
    door = Answering(Answer.BUSY)
    with pytest.raises(ApplicationError, match="so") as again:
        await ask(door, attempt=attempt)
    assert (again.value.type, again.value.non_retryable) == ("busy", False)
    assert [a["request_id"] for a in door.asked] == ["bulk:n1:0"]


@pytest.mark.parametrize("attempt", [3, 4])
async def test_one_that_stays_busy_says_so_at_last(attempt: int) -> None:
    outcome = await ask(Answering(Answer.BUSY), attempt=attempt)
    assert (outcome.answer, outcome.sentence) == (Answer.BUSY, "so")


async def test_nobody_known_is_refused_for_good_and_nothing_is_asked() -> None:
    door = Answering()
    outcome = await ask(door, ROW.model_copy(update={"person": person_id("nobody")}))
    assert (outcome.answer, outcome.action, [r.code for r in outcome.refusals]) == (
        Answer.REFUSED,
        "accept",
        ["unknown_person"],
    )
    assert person_id("nobody") in outcome.refusals[0].sentence
    assert door.asked == []


@pytest.mark.parametrize("key", ["nonsense", "spaceship:562949:310:1", "commitment:562949:-:1"])
async def test_what_names_no_item_is_never_asked_again(key: str) -> None:
    """Another try changes nothing: ten minutes of them would keep nine other rows waiting."""
    outcome = await ask(Answering(), ROW.model_copy(update={"key": key}))
    assert (outcome.answer, outcome.action) == (Answer.REFUSED, "accept")
    assert [r.code for r in outcome.refusals] == ["bad_input"]
    assert key.split(":")[0] in outcome.refusals[0].sentence


@pytest.mark.parametrize("count", [1, MOST_REASONS, MOST_REASONS + 1, 40])
async def test_of_many_reasons_the_first_are_told_and_the_rest_are_counted(count: int) -> None:
    """A thousand outcomes have to fit into one answer."""
    door = Answering(Answer.REFUSED, reasons=[refuse("line_without_code", line=n, what="x") for n in range(count)])
    outcome = await ask(door)
    assert [r.parameters["line"] for r in outcome.refusals] == [str(n) for n in range(min(count, MOST_REASONS))]
    more = count - MOST_REASONS
    assert outcome.sentence == (f"so And {more} more reason(s): look at the item." if more > 0 else "so")
    assert (outcome.answer, outcome.sequence, outcome.state) == (Answer.REFUSED, 7, State.WAITING)
