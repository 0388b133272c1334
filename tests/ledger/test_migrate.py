"""The schema: made once, left alone after that, and as strict as the ledger relies on."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import ledger as ledger_package
from domain.ledger_port import Approval, Snapshot, Watched
from domain.records import Key, Written
from domain.settings import ExportSettings
from domain.states import Posting, State
from ledger.migrate import migrate
from ledger.pool import open_pool
from ledger.reading import Reading
from ledger.store import PgLedger
from tests.builders import COMMITMENT, COMPANY, PROJECT, group
from tests.ledger.acts import move

SCHEMA = """select table_name, column_name, data_type from information_schema.columns
            where table_schema = 'public' order by 1, ordinal_position"""


async def schema(dsn: str) -> list[tuple[str, str, str]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [(row[0], row[1], row[2]) for row in await connection.fetch(SCHEMA)]
    finally:
        await connection.close()


async def test_an_empty_database_gets_the_ledgers_tables(empty: str) -> None:
    assert await schema(empty) == []
    await migrate(empty)
    tables = {table for table, _, _ in await schema(empty)}
    assert tables >= {"objects", "transitions", "snapshots", "approvals", "intents", "links", "dependencies", "seen"}
    assert tables >= {"cursors", "settings", "notes", "people", "inbox", "schema_version"}


async def test_migrating_twice_is_migrating_once(dsn: str) -> None:
    pool = await open_pool(dsn)
    ledger = PgLedger(pool)
    head = await move(ledger, COMMITMENT, State.WAITING)
    before = await schema(dsn)
    await migrate(dsn)
    await migrate(dsn)
    assert await schema(dsn) == before
    assert await ledger.head(COMMITMENT.key) == head
    assert await pool.fetchval("select count(*) from schema_version") == 1
    await pool.close()


async def test_moments_are_in_utc_wherever_the_server_stands(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    database = await connection.fetchval("select current_database()")
    await connection.execute(f"alter database {database} set timezone = 'America/Los_Angeles'")
    await connection.close()
    pool = await open_pool(dsn)
    moment = await pool.fetchval("select now()")
    assert (await pool.fetchval("show timezone"), moment.utcoffset().total_seconds()) == ("UTC", 0)
    await pool.close()


async def test_keys_keep_the_order_of_their_parts_and_documents_neednt(dsn: str) -> None:
    """`json`, not `jsonb`, where a natural key is stored."""
    types = {(table, column): kind for table, column, kind in await schema(dsn)}
    assert {types["links", "key_parts"], types["intents", "body"], types["intents", "written"]} == {"json"}
    assert types["snapshots", "document"] == "jsonb"


# From the first shape to the second, with what stands there


async def first_shape(dsn: str) -> None:
    """Only the first migration, as an installation of the first version has it."""

    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(ledger_package.__path__[0]) / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")

    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn))
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()


OLD = (
    """insert into objects (key, kind, procore_company, scope, procore_id, project, state, sequence, erp_company, job, erp_key,
           posting, posted_on, label, snapshot, approval)
       values ('commitment:562949:310:7001', 'commitment', 562949, '310', 7001, 310, 'synced', 3, '01', '1042',
               '01|ACME|SC-001|000', 'posted', '2026-03-05', 'Concrete', 1, 2),
              ('project:562949:-:310', 'project', 562949, '-', 310, 310, 'synced', 2, '01', '1042', '01|1042', 'unknown', null,
               'Tower', null, null),
              ('company:562949:01:8001', 'company', 562949, '01', 8001, null, 'held', 2, '01', '', '', 'unknown', null,
               'Acme', null, null)""",
    """insert into snapshots (object, hash, document)
       values ('commitment:562949:310:7001', 'c0ffee', '{"title": "Concrete"}')""",
    """insert into approvals (object, sequence, snapshot, mode, typed, settings, hash)
       values ('commitment:562949:310:7001', 2, 1, 'export', '{"erp_id": "SC-001"}', '{"currency": "CAD"}', 'x')""",
    """insert into links (object, part, erp_company, resource, erp_key, erp_uuid, key_parts)
       values ('project:562949:-:310', '', '01', 'job', '01|1042', 'j', '{"company": "01", "job": "1042"}'),
              ('project:562949:-:310', '03-300/M', '01', 'job_code', '01|1042|03-300|M', '', '{}')""",
    """insert into dependencies (child, parent, condition, label)
       values ('commitment:562949:310:7001', 'project:562949:-:310', 'job exists', 'project Tower')""",
)


@pytest.fixture
async def old(empty: str) -> str:
    """A database of the first version with a synced commitment, its project, and a company that is held."""
    await first_shape(empty)
    connection = await asyncpg.connect(empty)
    for statement in OLD:
        await connection.execute(statement)
    record = group().header
    await connection.execute(
        """insert into intents (object, position, erp_company, resource, erp_key, shared, body, phase, released_at)
           values ('commitment:562949:310:7001', 0, '01', 'subcontract', $1, false, $2, 'written', now())""",
        record.key.text,
        group().model_copy(update={"header": record}).model_dump_json(exclude={"updates", "common", "aside", "summed"}),
    )
    await connection.execute(
        """insert into links (object, part, erp_company, resource, erp_key, erp_uuid, key_parts)
           values ('commitment:562949:310:7001', '', '01', 'subcontract', $1, 'u', $2)""",
        record.key.text,
        record.key.model_dump_json(include={"parts"}).removeprefix('{"parts":').removesuffix("}"),
    )
    await connection.close()
    return empty


async def test_the_first_shape_lacks_what_the_second_adds(empty: str) -> None:
    await first_shape(empty)
    before = set(await schema(empty))
    await migrate(empty)
    added = set(await schema(empty)) - before
    changed = {"objects", "approvals", "watches", "master_codes", "settings"}
    new = {
        "adoptions",
        "import_places",
        "import_runs",
        "import_streams",
        "import_marks",
        "import_arrived",
        "incoming",
        "incoming_actions",
    }
    assert {table for table, _, _ in added} == changed | new | {"staged_records"}
    assert before < set(await schema(empty))


async def test_a_database_with_data_is_brought_to_the_newest_schema(old: str) -> None:
    await migrate(old)
    assert await schema(old) != []
    pool = await open_pool(old)
    ledger, reading = PgLedger(pool), Reading(pool)
    head = await ledger.head(COMMITMENT.key)
    assert head is not None
    assert (head.state, head.sequence, head.posting, head.budgeted) == (State.SYNCED, 3, Posting.POSTED, False)
    held = await ledger.head(COMPANY.key)
    assert held is not None
    assert held.state is State.HELD
    project = await ledger.head(PROJECT.key)
    assert project is not None
    assert (head.exported, project.exported, held.exported) == (True, True, False)
    async with ledger.case(PROJECT) as case:
        contract = Key(resource="prime_contract", parts={"company": "01", "contract": "1042"})
        assert await case.watched() == [Watched(why="expected", key=contract, posting=Posting.UNKNOWN)]
        assert [list(w.key.parts) for w in await case.watched()] == [["company", "contract"]]
    async with ledger.case(COMMITMENT) as case:
        snapshot = Snapshot(id=1, hash="c0ffee", document={"title": "Concrete"})
        settings = ExportSettings(currency="CAD")
        assert await case.approval() == Approval(
            sequence=2, snapshot=snapshot, mode="export", typed={"erp_id": "SC-001"}, settings=settings, spent=False
        )
        assert await case.links() == [Written(part="", key=group().header.key, uuid="u")]
        assert await case.standing() == [group()]
        assert (await case.ever_written(), await case.watched()) == (1, [])
        found = await case.references("01", PROJECT.key, None)
        assert (found.job, set(found.codes), set(found.assignable)) == ("1042", {("03-300", "M")}, set())
        assert await case.keys_of([PROJECT.key]) == {
            PROJECT.key: {"": Key(resource="job", parts={"company": "01", "job": "1042"})}
        }
    assert [row["key"] for row in await reading.inbox()] == [COMPANY.key]
    await pool.close()


async def test_a_migrated_database_goes_on(old: str) -> None:
    await migrate(old)
    pool = await open_pool(old)
    ledger = PgLedger(pool)
    async with ledger.case(PROJECT) as case:
        await case.put_codes("01", "1042", [("03-300", "M"), ("05-100", "L")])
        await case.put_master("01", {"09-900": "Painting"}, ["L"])
        await case.put_watches(
            [Key(resource="prime_contract", parts={"company": "01", "contract": "1042"})], "expected"
        )
    async with ledger.case(COMMITMENT) as case:
        await case.spend_approval()
        approval = await case.approval()
        assert approval is not None
        assert approval.spent
        await case.unlink()
    assert await ledger.unshown(["commitment"]) == []
    await move(ledger, COMPANY, State.SYNCED)
    await pool.close()
