"""Cost codes of a job: those that are synced, and those of its CMiC company's master list that could be assigned (O-02)."""

from __future__ import annotations

import asyncio

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

NAMES = {"03-300": "Concrete", "03-400": "Precast", "09-900": "Painting"}
CATEGORIES = ["M", "L"]
EVERY: set[Pair] = {(code, category) for code in NAMES for category in CATEGORIES}
"""What a job that has nothing yet could be given."""


async def put(ledger: PgLedger, pairs: list[Pair], project: ObjectId = PROJECT, job: str = JOB) -> None:
    async with ledger.case(project) as case:
        await case.put_codes(ERP_COMPANY, job, pairs)


async def put_master(
    ledger: PgLedger,
    names: dict[str, str] | None = None,
    categories: list[str] | None = None,
    *,
    company: str = ERP_COMPANY,
    project: ObjectId = PROJECT,
) -> None:
    """As a project does that is linked or refreshed."""
    async with ledger.case(project) as case:
        await case.put_master(
            company, NAMES if names is None else names, CATEGORIES if categories is None else categories
        )


async def add(ledger: PgLedger, *pairs: Pair) -> None:
    """As an object does whose codes went along with it."""
    async with ledger.case(COMMITMENT) as case:
        await case.add_codes(PROJECT.key, ERP_COMPANY, JOB, list(pairs))


async def references(ledger: PgLedger, project: ObjectId | None = PROJECT, company: str = ERP_COMPANY) -> References:
    async with ledger.case(COMMITMENT) as case:
        return await case.references(company, project.key if project else None, None)


async def known(
    ledger: PgLedger, project: ObjectId = PROJECT, company: str = ERP_COMPANY
) -> tuple[set[Pair], set[Pair]]:
    """Synced pairs, and assignable ones."""
    found = await references(ledger, project, company)
    return set(found.codes), set(found.assignable)


# The master list of a CMiC company


async def test_every_code_of_the_master_list_could_be_assigned_with_every_category(ledger: PgLedger) -> None:
    """Whatever pairs Procore's project has: an object may bring along any code that CMiC knows (O-02)."""
    await put_master(ledger)
    found = await references(ledger)
    assert (set(found.codes), set(found.assignable), found.code_names) == (set(), EVERY, NAMES)


async def test_what_could_be_assigned_is_told_apart_from_what_is_synced(ledger: PgLedger) -> None:
    await put_master(ledger)
    await put(ledger, [("03-300", "m"), ("77-700", "M")])
    found = await references(ledger)
    assert found.codes == {("03-300", "M"), ("77-700", "M")}
    assert found.assignable == EVERY - {("03-300", "M")}


async def test_codes_keep_their_names_whether_the_job_has_them_or_not(ledger: PgLedger) -> None:
    await put_master(ledger)
    await put(ledger, [(code, category) for code, category in EVERY])
    found = await references(ledger)
    assert (found.assignable, found.code_names) == (frozenset(), NAMES)


async def test_a_name_is_storable_and_a_code_is_cmics(ledger: PgLedger) -> None:
    await put_master(ledger, {"09-90a": "Precast \x00 Concrete"}, ["l"])
    found = await references(ledger)
    assert found.code_names == {"09-90A": "Precast \ufffd Concrete"}
    assert found.assignable == {("09-90A", "L")}


async def test_one_code_in_two_spellings_is_one(ledger: PgLedger) -> None:
    await put_master(ledger, {"09-90a": "First", "09-90A": "Second"}, ["l", "L"])
    found = await references(ledger)
    assert found.assignable == {("09-90A", "L")}
    assert found.code_names["09-90A"] in ("First", "Second")


@pytest.mark.parametrize(("names", "categories"), [({}, CATEGORIES), (NAMES, []), ({}, [])], ids=str)
async def test_half_a_master_list_assigns_nothing(
    ledger: PgLedger, names: dict[str, str], categories: list[str]
) -> None:
    await put_master(ledger, names, categories)
    assert (await references(ledger)).assignable == frozenset()


async def test_a_code_and_a_category_of_one_name_are_two_things(ledger: PgLedger) -> None:
    await put_master(ledger, {"M": "Materials"}, ["M"])
    found = await references(ledger)
    assert (set(found.assignable), found.code_names) == ({("M", "M")}, {"M": "Materials"})


async def test_a_refresh_replaces_the_whole_list(ledger: PgLedger) -> None:
    await put_master(ledger)
    await put_master(ledger, {"03-300": "Concrete Works", "21-000": "Fire"}, ["S"])
    found = await references(ledger)
    assert found.code_names == {"03-300": "Concrete Works", "21-000": "Fire"}
    assert found.assignable == {("03-300", "S"), ("21-000", "S")}
    await put_master(ledger, {}, [])
    assert await references(ledger) == References(erp_company=ERP_COMPANY)


async def test_each_cmic_company_has_a_list_of_its_own(ledger: PgLedger) -> None:
    """Two companies, two lists: neither is taken for the other's, nor lost by its refresh (R-08)."""
    other = another("project", "-")
    await put_master(ledger)
    await put_master(ledger, {"03-300": "Beton", "88-800": "Signs"}, ["S"], company="02", project=other)
    assert (await references(ledger)).assignable == EVERY
    elsewhere = await references(ledger, other, "02")
    assert elsewhere.assignable == {("03-300", "S"), ("88-800", "S")}
    assert elsewhere.code_names == {"03-300": "Beton", "88-800": "Signs"}
    await put_master(ledger, {}, [], company="02", project=other)
    assert (await references(ledger)).code_names == NAMES
    assert (await references(ledger, other, "02")).assignable == frozenset()
    assert (await references(ledger, other, "03")).assignable == frozenset()


async def test_projects_of_one_company_share_its_list(ledger: PgLedger) -> None:
    """Whichever of them was refreshed last; what each job has is its own."""
    other = another("project", "-")
    await put_master(ledger)
    await put(ledger, [("03-300", "M")])
    await put_master(ledger, {"03-300": "Concrete", "21-000": "Fire"}, ["M"], project=other)
    await put(ledger, [("21-000", "M")], other, "2001")
    assert await known(ledger) == ({("03-300", "M")}, {("21-000", "M")})
    assert await known(ledger, other) == ({("21-000", "M")}, {("03-300", "M")})


async def test_two_projects_that_are_refreshed_together_leave_one_list(ledger: PgLedger) -> None:
    """Neither half of one and half of the other, nor a quarrel."""
    lists = [({f"{n:02d}-{k:03d}": "x" for k in range(20)}, [f"C{n}"]) for n in range(6)]

    async def refresh(names: dict[str, str], categories: list[str], project: ObjectId) -> None:
        await put_master(ledger, names, categories, project=project)

    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        for names, categories in lists:
            tasks.create_task(refresh(names, categories, another("project", "-")))
    found = await references(ledger)
    assert (found.code_names, sorted({category for _, category in found.assignable})) in lists


# What a job has


async def test_a_refresh_of_the_job_replaces_what_it_has(ledger: PgLedger) -> None:
    await put_master(ledger)
    await put(ledger, [("03-300", "M")])
    await put(ledger, [("03-400", "M")])
    assert await known(ledger) == ({("03-400", "M")}, EVERY - {("03-400", "M")})
    await put(ledger, [])
    assert await known(ledger) == (set(), EVERY)


async def test_a_pair_that_went_along_is_synced_from_then_on(ledger: PgLedger) -> None:
    await put_master(ledger)
    await put(ledger, [("03-300", "M")])
    await add(ledger, ("03-400", "m"))
    found = await references(ledger)
    assert found.codes == {("03-300", "M"), ("03-400", "M")}
    assert found.assignable == EVERY - found.codes


async def test_a_pair_that_comes_again_is_no_trouble(ledger: PgLedger) -> None:
    await put(ledger, [("03-300", "M")])
    for _ in range(2):
        await add(ledger, ("03-300", "M"), ("03-300", "m"), ("03-400", "M"))
    assert (await references(ledger)).codes == {("03-300", "M"), ("03-400", "M")}


async def test_a_pair_that_was_never_thought_assignable_can_be_added(ledger: PgLedger) -> None:
    await put(ledger, [])
    await add(ledger, ("31-200", "E"))
    assert (await references(ledger)).codes == {("31-200", "E")}


async def test_a_code_that_left_the_job_can_come_back(ledger: PgLedger) -> None:
    await put_master(ledger)
    await put(ledger, [("03-300", "M")])
    await put(ledger, [])
    assert await known(ledger) == (set(), EVERY)
    await add(ledger, ("03-300", "M"))
    assert await known(ledger) == ({("03-300", "M")}, EVERY - {("03-300", "M")})


async def test_codes_are_their_projects_own(ledger: PgLedger) -> None:
    elsewhere = another("project", "-")
    await put_master(ledger)
    await put(ledger, [("03-300", "M")])
    await put(ledger, [("05-100", "L")], elsewhere, "2001")
    await add(ledger, ("03-400", "M"))
    assert await known(ledger) == (mine := {("03-300", "M"), ("03-400", "M")}, EVERY - mine)
    assert await known(ledger, elsewhere) == ({("05-100", "L")}, EVERY)


async def test_without_a_project_no_job_has_anything(ledger: PgLedger) -> None:
    """A company of the directory has no job; the list of its CMiC company is there all the same."""
    await put_master(ledger)
    await put(ledger, [("03-300", "M")])
    found = await references(ledger, None)
    assert found == References(erp_company=ERP_COMPANY, assignable=frozenset(EVERY), code_names=NAMES)


async def test_added_codes_are_not_the_adding_objects_links(ledger: PgLedger) -> None:
    await link_project(ledger)
    await add(ledger, ("03-400", "M"))
    async with ledger.case(COMMITMENT) as case:
        assert await case.links() == []
        assert await case.keys_of([COMMITMENT.key, PROJECT.key]) == {PROJECT.key: {"": job_key()}}


async def test_a_job_moved_to_takes_its_codes_with_it(ledger: PgLedger, reading: Reading) -> None:
    """Codes of the former job end; the same pairs of the new one begin."""
    await put(ledger, [("03-300", "M"), ("05-100", "L")])
    await put(ledger, [("03-300", "M")], job="1055")
    assert (await references(ledger)).codes == {("03-300", "M")}
    assert [row["erp_key"] for row in await reading.links(PROJECT.key)] == ["01|1055|03-300|M"]


async def test_a_common_code_may_be_reserved_though_the_project_has_it(ledger: PgLedger) -> None:
    """Two objects may bring the same code along, and a third when it is linked already."""
    key = Key(resource="job_code", parts={**job_key().parts, "cost_code": "03-100", "category": "S"})
    code = Group(header=Record(key=key, part="code:03-100/S"), may_exist=True, common=True)
    for one in (COMMITMENT, another("budget")):
        assert len(await reserve(ledger, one, Plan(groups=[code]))) == 1
    await put(ledger, [])
    await add(ledger, ("03-100", "S"))
    assert len(await reserve(ledger, another(), Plan(groups=[code]))) == 1
    alone = code.model_copy(update={"common": False})
    with pytest.raises(KeyTaken) as taken:
        await reserve(ledger, another(), Plan(groups=[alone]))
    assert (taken.value.holder, taken.value.linked) == (PROJECT.key, True)
