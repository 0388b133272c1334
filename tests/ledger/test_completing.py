"""What the end of an export leaves in the real ledger, and what a judgement reads there again (O-02, O-05, F-05, R-17)."""

from __future__ import annotations

from typing import Any, cast

import pytest
from temporalio.testing import ActivityEnvironment

from activities.codes import brought
from activities.exporting import Exporting
from activities.judging import Judging
from activities.messages import Ask, Step
from domain.commands import Answer, Command, Door, Verdict
from domain.identity import ObjectId
from domain.people import person_id
from domain.ports import ProcorePort, WriteBack
from domain.records import Found, Group, Key, Plan, Record, Written, digest
from domain.refusals import Refusal
from domain.settings import ExportSettings
from domain.states import Posting, State
from ledger.store import PgLedger
from mappers.registry import kind_of
from tests.builders import ERP_COMPANY, EVERYTHING, JOB, PROJECT, job_key, raw_project
from tests.ledger.acts import another, link, link_company, move, reserve

CONTRACT = Key(resource="prime_contract", parts={"company": ERP_COMPANY, "contract": JOB})
EXPORTED = Key(resource="project", parts={"company": ERP_COMPANY, "project": JOB})
MASTER = ({"03-300": "Concrete", "09-900": "Painting"}, ["M", "L"])


class Procore:
    """A Procore with one project and two of its pairs, which takes every id."""

    def __init__(self) -> None:
        self.ids: list[WriteBack] = []

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        return raw_project(id=object_id.id)

    async def project_codes(self, company: int, project: int) -> list[tuple[str, str]]:
        return [("03-300", "M"), ("05-100", "L")]

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]:
        self.ids.append(ids)
        return []


async def run(step: Any, argument: Any) -> Verdict:
    verdict: Verdict = await ActivityEnvironment().run(step, argument)
    return verdict


async def snapshot(ledger: PgLedger, object_id: ObjectId = PROJECT, **more: Any) -> None:
    document = kind_of(object_id.key).mapper.from_procore(raw_project(id=object_id.id, **more))
    async with ledger.case(object_id) as case:
        await case.put_snapshot(document.model_dump(mode="json"), digest(document.business()))


async def approved(ledger: PgLedger, mode: str = "export") -> None:
    await snapshot(ledger)
    await move(ledger, PROJECT, State.EXPORTING, "accept")
    async with ledger.case(PROJECT) as case:
        kept = await case.snapshot()
        assert kept is not None
        await case.put_approval(case.head.sequence, kept, mode, {}, ExportSettings())


async def completed(ledger: PgLedger, written: list[Written], mode: str = "export") -> Verdict:
    """The records were written; the ids are given, and the export comes to its end."""
    await approved(ledger, mode)
    main = next(w for w in written if not w.part)
    (intent,) = await reserve(ledger, PROJECT, Plan(groups=[Group(header=Record(key=main.key), may_exist=True)]))
    head = await ledger.head(PROJECT.key)
    assert head is not None
    await ledger.attempt(intent.id, head.sequence)
    await ledger.wrote(intent.id, written)
    step = Step(key=PROJECT.key, sequence=head.sequence)
    verdict = await run(Exporting(ledger, cast(ProcorePort, Procore())).write_back, step)
    assert verdict.head.state is State.SYNCED
    return verdict


async def see(ledger: PgLedger, key: Key, posting: Posting = Posting.PRESENT) -> None:
    await ledger.note_seen(key.resource, ERP_COMPANY, [Found(key=key, uuid="u", posting=posting)])


# Whom the end of an export wakes


async def test_an_export_that_waits_for_what_nobody_has_seen_wakes_nobody(ledger: PgLedger) -> None:
    verdict = await completed(ledger, [Written(part="", key=EXPORTED, uuid="p")])
    assert verdict.wake == []
    async with ledger.case(PROJECT) as case:
        assert {w.key.resource for w in await case.watched()} == {"job", "prime_contract"}


@pytest.mark.parametrize("seen", [job_key(), CONTRACT], ids=lambda key: key.resource)
async def test_an_export_whose_job_or_contract_was_seen_before_it_wakes_itself(ledger: PgLedger, seen: Key) -> None:
    """Nothing will ever change about it again: no news would come."""
    await see(ledger, seen)
    verdict = await completed(ledger, [Written(part="", key=EXPORTED, uuid="p")])
    assert verdict.wake == [PROJECT.key]


@pytest.mark.parametrize("posting", [Posting.GONE, Posting.VOID])
async def test_what_was_seen_to_be_gone_is_nothing_to_wake_for(ledger: PgLedger, posting: Posting) -> None:
    await see(ledger, CONTRACT, posting)
    verdict = await completed(ledger, [Written(part="", key=EXPORTED, uuid="p")])
    assert verdict.wake == []


# What it brings along


async def test_a_linked_job_brings_its_codes_and_its_companys_master_list(ledger: PgLedger) -> None:
    job = Written(part="", key=job_key(), uuid="j")
    await completed(ledger, [job, *brought(ERP_COMPANY, JOB, [("03-300", "M"), ("77-700", "S")], MASTER)], "link")
    async with ledger.case(PROJECT) as case:
        found = await case.references(ERP_COMPANY, PROJECT.key, None)
        assert await case.links() == [job]
        assert case.head.exported
    assert (found.job, set(found.codes)) == (JOB, {("03-300", "M")})
    assert found.assignable == {("03-300", "L"), ("09-900", "M"), ("09-900", "L")}
    assert found.code_names == MASTER[0]


# What a judgement is told


def accept(**fields: Any) -> Command:
    stated = {"request_id": "request of accept", "door": Door.CLI, "person": person_id(EVERYTHING.name)}
    return Command.model_validate({"action": "accept", "fields": fields, **stated})


async def judged(ledger: PgLedger, **fields: Any) -> Verdict:
    await ledger.put_person(EVERYTHING)
    asked = Ask(key=PROJECT.key, sequence=None, command=accept(**fields))
    return await run(Judging(ledger, cast(ProcorePort, Procore())).judge, asked)


@pytest.fixture
async def waiting(ledger: PgLedger) -> PgLedger:
    """The project is sent: its number is 1042."""
    await snapshot(ledger)
    await move(ledger, PROJECT, State.WAITING, "send", who="Grace")
    return ledger


async def refused(ledger: PgLedger, **fields: Any) -> list[tuple[str, str | None]]:
    verdict = await judged(ledger, **fields)
    assert verdict.outcome is not None
    assert (verdict.outcome.answer is Answer.REFUSED) == bool(verdict.outcome.refusals)
    return [(r.code, r.object) for r in verdict.outcome.refusals]


async def test_a_project_is_accepted_where_nobody_has_its_code(waiting: PgLedger) -> None:
    assert await refused(waiting) == []


@pytest.mark.parametrize("key", [EXPORTED, job_key()], ids=lambda key: key.resource)
async def test_a_project_whose_number_another_one_bears_isnt_accepted(waiting: PgLedger, key: Key) -> None:
    other = another("project", "-")
    await link(waiting, other, [Written(part="", key=key, uuid="u")])
    assert await refused(waiting) == [("id_of_another", other.key)]


async def test_the_code_that_is_typed_counts_before_the_projects_number(waiting: PgLedger) -> None:
    other = another("project", "-")
    await link(waiting, other, [Written(part="", key=job_key("P-77"), uuid="u")])
    assert await refused(waiting, erp_id="p-77") == [("id_of_another", other.key)]


async def test_another_code_may_be_typed_for_a_number_that_is_taken(waiting: PgLedger) -> None:
    await link(waiting, another("project", "-"), [Written(part="", key=EXPORTED, uuid="u")])
    assert await refused(waiting, erp_id="P-77") == []


async def test_a_vendor_of_the_same_code_is_no_hindrance(waiting: PgLedger) -> None:
    await link_company(waiting, another("company", ERP_COMPANY), JOB)
    assert await refused(waiting) == []
