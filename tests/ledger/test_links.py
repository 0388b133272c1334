"""Links join a record with an object, once; codes of a job come and go with it (design §5, O-02)."""

from __future__ import annotations

import asyncpg
import pytest

from domain.facts import References
from domain.identity import ObjectId
from domain.ledger_port import KeyTaken
from domain.records import Key, Written
from domain.states import Posting, State
from ledger.reading import Reading
from ledger.store import PgLedger
from tests.builders import COMMITMENT, COMPANY, PROJECT, found, group, header_key, plan, written
from tests.ledger.acts import another, link, link_company, link_project, move, reserve

RECORDS = written(*group().records)
OTHER = another()


async def links_of(ledger: PgLedger) -> list[Written]:
    async with ledger.case(COMMITMENT) as case:
        return await case.links()


async def references(
    ledger: PgLedger, project: str | None = PROJECT.key, vendor: str | None = COMPANY.key
) -> References:
    async with ledger.case(COMMITMENT) as case:
        return await case.references("01", project, vendor)


async def test_header_and_lines_are_linked_with_their_keys_in_order(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, RECORDS)
    linked = await links_of(ledger)
    assert linked == RECORDS
    assert [list(one.key.parts) for one in linked] == [list(one.key.parts) for one in RECORDS]
    head = await ledger.head(COMMITMENT.key)
    assert head is not None
    assert head.erp_key == "01|ACME|SC-001|000"


async def test_linking_twice_is_linking_once(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    await link(ledger, COMMITMENT, RECORDS)
    await link(ledger, COMMITMENT, RECORDS)
    assert await links_of(ledger) == RECORDS
    assert await pool.fetchval("select count(*) from links") == len(RECORDS)


async def test_a_record_is_linked_to_one_object(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    await link(ledger, COMMITMENT, RECORDS)
    with pytest.raises(KeyTaken) as taken:
        await link(ledger, OTHER, RECORDS)
    assert taken.value.linked
    assert await pool.fetchval("select count(*) from links where object = $1", OTHER.key) == 0


async def test_one_line_that_is_taken_leaves_the_whole_group_unlinked(ledger: PgLedger) -> None:
    await link(ledger, OTHER, written(*group("SC-002").records))
    mixed = [*RECORDS[:1], *written(*group("SC-002").lines)]
    async with ledger.case(COMMITMENT) as case:
        with pytest.raises(KeyTaken):
            await case.link(mixed, "01")
        assert await case.links() == []


async def test_the_database_itself_refuses_a_second_link(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    await link(ledger, COMMITMENT, RECORDS)
    await move(ledger, OTHER, State.NOT_SENT)
    copy = """insert into links (object, part, erp_company, resource, erp_key, erp_uuid)
              select $1, part || $2, erp_company, resource, erp_key || $3, erp_uuid from links where part = ''"""
    with pytest.raises(asyncpg.UniqueViolationError, match="one_link_a_record"):
        await pool.execute(copy, OTHER.key, "", "")
    with pytest.raises(asyncpg.UniqueViolationError, match="one_link_a_part"):
        await pool.execute(copy, COMMITMENT.key, "", " another")


async def test_the_same_code_in_another_cmic_company_is_another_record(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, RECORDS)
    elsewhere = Key(resource="subcontract", parts={**header_key().parts, "company": "02"})
    await link(ledger, OTHER, [Written(part="", key=elsewhere, uuid="u")], "02")


async def test_an_object_may_own_many_records(ledger: PgLedger) -> None:
    await link_company(ledger)
    async with ledger.case(COMPANY) as case:
        assert [(w.part, w.key.resource) for w in await case.links()] == [("partner", "partner"), ("", "vendor")]
    head = await ledger.head(COMPANY.key)
    assert head is not None
    assert head.erp_key == "01|ACME"


async def test_unlinking_frees_the_records_and_the_reservations(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    await reserve(ledger, COMMITMENT, plan())
    await link(ledger, COMMITMENT, RECORDS)
    async with ledger.case(COMMITMENT) as case:
        await case.record_drift({"differences": ["title: a → b"]})
        await case.unlink()
        assert (await case.links(), await case.intents()) == ([], [])
    await link(ledger, OTHER, RECORDS)
    rows = await pool.fetch("select erp_key, posting, posted_on, drift from objects where key = $1", COMMITMENT.key)
    assert [tuple(row) for row in rows] == [("", "unknown", None, None)]
    assert await pool.fetchval("select count(*) from links where object = $1", COMMITMENT.key) == len(RECORDS)


# Whether anything of an object is linked


async def exported(ledger: PgLedger, object_id: ObjectId = COMMITMENT) -> bool:
    head = await ledger.head(object_id.key)
    async with ledger.case(object_id) as case:
        assert case.head.exported is (head is not None and head.exported)
        return case.head.exported


async def test_an_object_is_exported_from_its_link_to_its_unlink(ledger: PgLedger) -> None:
    assert not await exported(ledger)
    await reserve(ledger, COMMITMENT, plan())
    assert not await exported(ledger)
    async with ledger.case(COMMITMENT) as case:
        await case.link(RECORDS, "01")
        assert case.head.exported
    for state in (State.SYNCED, State.WAITING, State.FAILED, State.UNLINKING):
        await move(ledger, COMMITMENT, state)
        assert await exported(ledger)
    async with ledger.case(COMMITMENT) as case:
        await case.unlink()
        assert not case.head.exported
    assert not await exported(ledger)
    await link(ledger, COMMITMENT, RECORDS)
    assert await exported(ledger)


async def test_an_object_without_a_record_of_its_own_is_exported_too(ledger: PgLedger) -> None:
    """A list of cost codes: what it brings is the job's."""
    codes = another("cost_codes")
    await link(ledger, codes, [])
    assert await exported(ledger, codes)
    async with ledger.case(codes) as case:
        assert await case.links() == []
        await case.unlink()
    assert not await exported(ledger, codes)


async def test_a_link_that_fails_exports_nothing(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, RECORDS)
    async with ledger.case(OTHER) as case:
        with pytest.raises(KeyTaken):
            await case.link(RECORDS, "01")
        assert not case.head.exported
    assert not await exported(ledger, OTHER)
    assert await exported(ledger)


async def test_drift_is_recorded_and_forgotten(ledger: PgLedger, reading: Reading) -> None:
    for drift in ({"differences": ["title: a → b"]}, None):
        async with ledger.case(COMMITMENT) as case:
            await case.record_drift(drift)
        item = await reading.item(COMMITMENT.key)
        assert item is not None
        assert item["drift"] == drift


# What links say of the surroundings


async def test_links_say_job_vendor_and_codes(ledger: PgLedger) -> None:
    await link_project(ledger)
    await link_company(ledger)
    codes = frozenset({("03-300", "M"), ("05-100", "L")})
    assert await references(ledger) == References(erp_company="01", job="1042", vendor="ACME", codes=codes)


async def test_what_isnt_linked_is_empty(ledger: PgLedger) -> None:
    assert await references(ledger) == References(erp_company="01")
    assert await references(ledger, None, None) == References(erp_company="01")


async def test_what_was_unlinked_says_nothing_any_more(ledger: PgLedger) -> None:
    await link_project(ledger)
    await link_company(ledger)
    for parent in (PROJECT, COMPANY):
        async with ledger.case(parent) as case:
            await case.unlink()
    assert await references(ledger) == References(erp_company="01")


async def test_codes_are_made_exactly_those_of_the_job(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    await link_project(ledger)
    async with ledger.case(PROJECT) as case:
        await case.put_codes("01", "1042", [("05-100", "L"), ("09-900", "e")])
    assert (await references(ledger)).codes == {("05-100", "L"), ("09-900", "E")}
    ended = await pool.fetch("select part from links where resource = 'job_code' and ended_at is not null")
    assert [row["part"] for row in ended] == ["03-300/M"]


async def test_codes_that_come_again_are_kept(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    for _ in range(2):
        async with ledger.case(PROJECT) as case:
            await case.put_codes("01", "1042", [("03-300", "M"), ("03-300", "m"), ("03-300", "L")])
    assert await pool.fetchval("select count(*) from links") == 2
    async with ledger.case(PROJECT) as case:
        await case.put_codes("01", "1042", [])
    assert (await references(ledger)).codes == frozenset()


async def test_codes_are_no_links_of_the_object(ledger: PgLedger) -> None:
    await link_project(ledger)
    async with ledger.case(PROJECT) as case:
        assert [w.key.resource for w in await case.links()] == ["job"]


async def test_a_thousand_codes_are_put_at_once(ledger: PgLedger) -> None:
    pairs = [(f"{n:02d}-{m:03d}", "M") for n in range(20) for m in range(50)]
    async with ledger.case(PROJECT) as case:
        await case.put_codes("01", "1042", pairs)
    assert (await references(ledger)).codes == set(pairs)


async def test_a_directory_company_is_linked_in_several_cmic_companies(ledger: PgLedger) -> None:
    """One lifecycle in each; the origin id is common to all (R-08)."""
    second = ObjectId(kind="company", company=COMPANY.company, scope="02", id=COMPANY.id)
    key = Key(resource="vendor", parts={"company": "02", "vendor": "ACME2"})
    await link_company(ledger)
    await link_company(ledger, another("company", "01"), "BAKER")
    await link(ledger, second, [Written(part="", key=key, uuid="v")], "02")
    for company, elsewhere in ((COMPANY, {"ACME2"}), (second, {"ACME"}), (another("company", "02"), set())):
        async with ledger.case(company) as case:
            assert await case.linked_elsewhere() == elsewhere
    async with ledger.case(second) as case:
        await case.unlink()
    async with ledger.case(COMPANY) as case:
        assert await case.linked_elsewhere() == frozenset()


async def test_only_companies_are_linked_elsewhere(ledger: PgLedger) -> None:
    moved = ObjectId(kind="commitment", company=COMMITMENT.company, scope="311", id=COMMITMENT.id)
    await link(ledger, COMMITMENT, RECORDS)
    async with ledger.case(moved) as case:
        assert await case.linked_elsewhere() == frozenset()


async def test_the_cmic_company_of_another_object_is_known(ledger: PgLedger) -> None:
    async with ledger.case(PROJECT) as case:
        await case.describe(label="Tower", erp_company="02", job="")
    async with ledger.case(COMMITMENT) as case:
        assert await case.erp_company_of(PROJECT.key) == "02"
        assert await case.erp_company_of("project:1:-:2") == ""


async def test_a_description_without_a_job_leaves_the_job(ledger: PgLedger, reading: Reading) -> None:
    for label, job in (("Concrete", "1042"), ("\x00" + "x" * 500, "")):
        async with ledger.case(COMMITMENT) as case:
            await case.describe(label=label, erp_company="01", job=job)
    item = await reading.item(COMMITMENT.key)
    assert item is not None
    assert (item["job"], item["label"]) == ("1042", "\ufffd" + "x" * 199)


# What was seen under the key


async def test_what_cmic_shows_of_the_link_is_adopted(ledger: PgLedger, reading: Reading) -> None:
    await link(ledger, COMMITMENT, RECORDS)
    await ledger.note_seen("subcontract", "01", [found(group().header, posting=Posting.UNPOSTED)])
    async with ledger.case(COMMITMENT) as case:
        seen = await case.seen()
        assert seen == (Posting.UNPOSTED, None)
        assert await case.posting_changed(*seen)
        await case.adopt_posting()
        assert case.head.posting is Posting.UNPOSTED
        assert not await case.posting_changed(*await case.seen())
    item = await reading.item(COMMITMENT.key)
    assert item is not None
    assert item["posting"] == "unposted"


async def test_a_link_counts_before_a_reservation(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, RECORDS)
    (intent,) = await reserve(ledger, COMMITMENT, plan("SC-002"))
    await ledger.note_seen("subcontract", "01", [found(group().header, posting=Posting.POSTED)])
    await ledger.note_seen("subcontract", "01", [found(intent.group.header, posting=Posting.VOID)])
    async with ledger.case(COMMITMENT) as case:
        assert (await case.seen())[0] is Posting.POSTED


async def test_what_was_never_looked_at_is_unknown(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, RECORDS)
    async with ledger.case(COMMITMENT) as case:
        assert await case.seen() == (Posting.UNKNOWN, None)
