"""The one-shot jobs, the databases, the dynamic config and the health check, each by itself."""

from __future__ import annotations

import asyncio
import dataclasses
import mmap
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import yaml
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from ledger.migrate import migrate
from ledger.pool import open_pool
from ledger.store import PgLedger
from tests.deploy.files import ROOT, environment, example, services, without_ours
from tests.deploy.running import (
    TOOLS,
    as_role,
    health_check,
    ledger_here,
    run_namespace_job,
    script,
    set_up_databases,
)
from tests.support import own_folder
from workers.health import serve_health
from workers.plant import Plant
from workers.stack import free_port, postgres, temporal
from workers.temporal import register_attributes
from workflows.attributes import ALL

TOOL = """#!/bin/sh
echo "$SQL_PLUGIN $SQL_HOST $*" >> "$CALLS"
[ "$3" = create ] && exit 0
[ "$3" = setup-schema ] && touch "$CALLS.$2" && exit 0
[ "$3" = update-schema ] && [ -e "$CALLS.$2" ]
"""


class TestTemporalSchema:
    """temporal-sql-tool comes in a container image only. This one writes down what it is asked, and has no schema until
    it is set up."""

    @pytest.fixture
    def calls(self, tmp_path: Path) -> Path:
        tool = tmp_path / "temporal-sql-tool"
        tool.write_text(TOOL)
        tool.chmod(0o755)
        return tmp_path / "calls"

    def run(self, calls: Path) -> list[str]:
        calls.unlink(missing_ok=True)
        env = without_ours(**environment("temporal-schema", example()), CALLS=str(calls))
        env["PATH"] = f"{calls.parent}:{env['PATH']}"
        subprocess.run(script("temporal-schema"), env=env, check=True)
        return calls.read_text().splitlines()

    @staticmethod
    def expected(first: bool) -> list[str]:
        server = environment("temporal", example())
        lines = []
        for database, folder in ((server["DBNAME"], "temporal"), (server["VISIBILITY_DBNAME"], "visibility")):
            update = f"update-schema -d /etc/temporal/schema/postgresql/v12/{folder}/versioned"
            steps = ["create", update, "setup-schema -v 0.0", update] if first else ["create", update]
            lines += [f"postgres12 postgres --db {database} {step}" for step in steps]
        return lines

    def test_first_it_makes_both_databases_and_then_only_brings_them_up_to_date(self, calls: Path) -> None:
        assert self.run(calls) == self.expected(first=True)
        assert self.run(calls) == self.expected(first=False)

    def test_a_failed_update_fails_the_job(self, calls: Path) -> None:
        calls.parent.joinpath("temporal-sql-tool").write_text('#!/bin/sh\n[ "$3" != update-schema ]\n')
        env = without_ours(PATH=f"{calls.parent}:/usr/bin:/bin")
        assert subprocess.run(script("temporal-schema"), env=env).returncode != 0


async def test_the_namespace_is_made_kept_and_ready_for_the_search_attributes(tmp_path: Path) -> None:
    asked = environment("temporal-namespace", example())["RETENTION"]
    with temporal(tmp_path, keep=False) as (address, _, _):
        for retention, days in (("30d", 30), (asked, 90)):
            namespace = run_namespace_job(address, RETENTION=retention)
            client = await Client.connect(address, namespace=namespace)
            answer = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
            assert answer.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=days)
        assert await register_attributes(client) == sorted(key.name for key in ALL)


@pytest.fixture
def superuser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with own_folder() as folder, postgres(folder) as url:
        yield url


async def test_the_ledgers_owner_can_migrate_and_temporals_cant_come_in(superuser: str) -> None:
    set_up_databases(superuser)
    await migrate(ledger_here(superuser))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(as_role(superuser, "temporal", urlsplit(ledger_here(superuser)).path[1:]))
    connection = await asyncpg.connect(as_role(superuser, "temporal", "postgres"))
    try:
        await connection.execute("create database temporal")
        supers = await connection.fetch("select rolname from pg_roles where rolsuper")
    finally:
        await connection.close()
    assert not {"temporal", "procore_cmic"} & {row["rolname"] for row in supers}


def test_the_dynamic_config_is_one_the_server_knows() -> None:
    path = Path(environment("temporal", example())["DYNAMIC_CONFIG_FILE_PATH"])
    mounted = dict(mount.split(":")[:2][::-1] for mount in services()["temporal"]["volumes"])
    settings = yaml.safe_load((ROOT / mounted[str(path.parent)] / path.name).read_text())
    assert settings["limit.maxIDLength"] == [{"value": 255, "constraints": {}}]
    assert all(isinstance(entry["value"], int) for entries in settings.values() for entry in entries)
    with (TOOLS / "temporal").open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as program:
        assert program.find(b"history.noSuchSettingAtAll") < 0
        assert [key for key in settings if program.find(key.encode()) < 0] == []


@pytest.mark.stack
async def test_the_health_check_fails_when_a_worker_lacks_something(plant: Plant) -> None:
    port = free_port()
    config = plant.config.model_copy(update={"health_port": port})
    env = without_ours(PROCORE_CMIC_HEALTH_PORT=str(port))

    async def asked() -> int:
        process = await asyncio.create_subprocess_exec(*health_check(), env=env, stderr=subprocess.DEVNULL)
        return await process.wait()

    assert await asked() != 0, "nobody listens"
    async with serve_health(dataclasses.replace(plant, config=config)):
        assert await asked() == 0
    gone = await open_pool(config.database_url.get_secret_value(), most=1)
    await gone.close()
    async with serve_health(dataclasses.replace(plant, config=config, ledger=PgLedger(gone))):
        assert await asked() != 0, "the ledger doesn't answer"
