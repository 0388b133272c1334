"""Cost codes of a job: those that are synced, and those of the master list that could be assigned to it (O-02)."""

from __future__ import annotations

import pytest

from domain.facts import References
from domain.identity import ObjectId
from domain.ledger_port import KeyTaken
from domain.lines import Pair
from domain.records import Group, Key, Plan, Record
from ledger.reading import Reading
from ledger.store import PgLedger
from tests.builders import COMMITMENT, ERP_COMPANY, JOB, PROJECT, job_key
from tests.ledger.acts import another, link_project, reserve


async def put(
    ledger: PgLedger, pairs: list[Pair], assignable: list[Pair], project: ObjectId = PROJECT, job: str = JOB
) -> None:
    async with ledger.case(project) as case:
        await case.put_codes(ERP_COMPANY, job, pairs, assignable)


async def add(ledger: PgLedger, *pairs: Pair) -> None:
    """As an object does whose codes went along with it."""
    async with ledger.case(COMMITMENT) as case:
        await case.add_codes(PROJECT.key, ERP_COMPANY, JOB, list(pairs))


async def references(ledger: PgLedger, project: ObjectId = PROJECT) -> References:
    async with ledger.case(COMMITMENT) as case:
        return await case.references(ERP_COMPANY, project.key, None)


async def known(ledger: PgLedger, project: ObjectId = PROJECT) -> tuple[set[Pair], set[Pair]]:
    """Synced pairs, and assignable ones."""
    found = await references(ledger, project)
    return set(found.codes), set(found.assignable)


async def test_what_could_be_assigned_is_told_apart_from_what_is_synced(ledger: PgLedger) -> None:
    await put(ledger, [("03-300", "m")], [("03-400", "M"), ("09-900", "l"), ("09-900", "L")])
    found = await references(ledger)
    assert found.codes == {("03-300", "M")}
    assert found.assignable == {("03-400", "M"), ("09-900", "L")}


async def test_what_could_be_assigned_bears_the_name_that_the_master_list_gives_it(ledger: PgLedger) -> None:
    names = {"03-400": "Precast \x00 Concrete", "31-200": "Not asked for"}
    async with ledger.case(PROJECT) as case:
        wanted = [("03-400", "M"), ("03-400", "L"), ("09-900", "l")]
        await case.put_codes(ERP_COMPANY, JOB, [], wanted, names)
    assert (await references(ledger)).code_names == {"03-400": "Precast \ufffd Concrete", "09-900": "09-900"}
    await add(ledger, ("03-400", "M"), ("09-900", "L"))
    assert (await references(ledger)).code_names == {"03-400": "Precast \ufffd Concrete"}
    await put(ledger, [], [])
    assert (await references(ledger)).code_names == {}


async def test_a_refresh_replaces_both(ledger: PgLedger) -> None:
    await put(ledger, [("03-300", "M")], [("03-400", "M"), ("09-900", "L")])
    await put(ledger, [("03-400", "M")], [("21-000", "S")])
    assert await known(ledger) == ({("03-400", "M")}, {("21-000", "S")})
    await put(ledger, [], [])
    assert await known(ledger) == (set(), set())


async def test_a_pair_that_went_along_is_synced_from_then_on(ledger: PgLedger) -> None:
    await put(ledger, [("03-300", "M")], [("03-400", "M"), ("03-400", "L")])
    await add(ledger, ("03-400", "m"))
    found = await references(ledger)
    assert found.codes == {("03-300", "M"), ("03-400", "M")}
    assert found.assignable == {("03-400", "L")}


async def test_a_pair_that_comes_again_is_no_trouble(ledger: PgLedger) -> None:
    await put(ledger, [("03-300", "M")], [("03-400", "M")])
    for _ in range(2):
        await add(ledger, ("03-300", "M"), ("03-300", "m"), ("03-400", "M"))
    assert (await references(ledger)).codes == {("03-300", "M"), ("03-400", "M")}


async def test_a_pair_that_was_never_thought_assignable_can_be_added(ledger: PgLedger) -> None:
    await put(ledger, [], [])
    await add(ledger, ("31-200", "E"))
    assert (await references(ledger)).codes == {("31-200", "E")}


async def test_a_code_that_left_the_job_can_come_back(ledger: PgLedger) -> None:
    await put(ledger, [("03-300", "M")], [])
    await put(ledger, [], [("03-300", "M")])
    await add(ledger, ("03-300", "M"))
    assert await known(ledger) == ({("03-300", "M")}, set())


async def test_codes_are_their_projects_own(ledger: PgLedger) -> None:
    elsewhere = another("project", "-")
    await put(ledger, [("03-300", "M")], [("03-400", "M")])
    await put(ledger, [("05-100", "L")], [("09-900", "L")], elsewhere, "2001")
    await add(ledger, ("03-400", "M"))
    assert await known(ledger) == ({("03-300", "M"), ("03-400", "M")}, set())
    assert await known(ledger, elsewhere) == ({("05-100", "L")}, {("09-900", "L")})


async def test_without_a_project_nothing_is_assignable(ledger: PgLedger) -> None:
    await put(ledger, [], [("03-400", "M")])
    async with ledger.case(COMMITMENT) as case:
        assert await case.references(ERP_COMPANY, None, None) == References(erp_company=ERP_COMPANY)


async def test_added_codes_are_not_the_adding_objects_links(ledger: PgLedger) -> None:
    await link_project(ledger)
    await add(ledger, ("03-400", "M"))
    async with ledger.case(COMMITMENT) as case:
        assert await case.links() == []
        assert await case.keys_of([COMMITMENT.key, PROJECT.key]) == {PROJECT.key: {"": job_key()}}


async def test_a_job_moved_to_takes_its_codes_with_it(ledger: PgLedger, reading: Reading) -> None:
    """Codes of the former job end; the same pairs of the new one begin."""
    await put(ledger, [("03-300", "M"), ("05-100", "L")], [])
    await put(ledger, [("03-300", "M")], [], job="1055")
    assert (await references(ledger)).codes == {("03-300", "M")}
    assert [row["erp_key"] for row in await reading.links(PROJECT.key)] == ["01|1055|03-300|M"]


async def test_a_common_code_may_be_reserved_though_the_project_has_it(ledger: PgLedger) -> None:
    """Two objects may bring the same code along, and a third when it is linked already."""
    key = Key(resource="job_code", parts={**job_key().parts, "cost_code": "03-100", "category": "S"})
    code = Group(header=Record(key=key, part="code:03-100/S"), may_exist=True, common=True)
    for one in (COMMITMENT, another("budget")):
        assert len(await reserve(ledger, one, Plan(groups=[code]))) == 1
    await put(ledger, [], [])
    await add(ledger, ("03-100", "S"))
    assert len(await reserve(ledger, another(), Plan(groups=[code]))) == 1
    alone = code.model_copy(update={"common": False})
    with pytest.raises(KeyTaken) as taken:
        await reserve(ledger, another(), Plan(groups=[alone]))
    assert (taken.value.holder, taken.value.linked) == (PROJECT.key, True)
