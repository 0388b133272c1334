"""A first start without containers: the compose file's own commands and environment, in its order, on real servers."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.files import ROOT, environment, example, services, without_ours
from tests.deploy.running import command, health_check, ledger_here, run_namespace_job, set_up_databases
from tests.support import own_folder
from workers.stack import end, free_port, postgres, temporal


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """PostgreSQL and Temporal as their own jobs leave them; their addresses."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with own_folder() as folder, postgres(folder) as superuser, temporal(folder, keep=False) as (address, _, _):
        set_up_databases(superuser)
        run_namespace_job(address)
        yield {
            "PROCORE_CMIC_DATABASE_URL": ledger_here(superuser),
            "PROCORE_CMIC_TEMPORAL_ADDRESS": address,
            "PROCORE_CMIC_HEALTH_PORT": str(free_port()),
            "PYTHONPATH": str(ROOT),
        }


def test_the_jobs_end_and_the_worker_is_healthy_and_stops_in_time(here: dict[str, str], tmp_path: Path) -> None:
    def env(service: str) -> dict[str, str]:
        return without_ours(**{**environment(service, example()), **here})

    for job in ("ledger-schema", "search-attributes"):
        done = subprocess.run(command(job), env=env(job), cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
    log = tmp_path / "worker.log"
    with log.open("wb") as said:
        worker = subprocess.Popen(command("worker"), env=env("worker"), cwd=tmp_path, stdout=said, stderr=said)
    try:
        for _ in range(60):
            check = subprocess.run(health_check(), env=env("worker"), stderr=subprocess.DEVNULL)
            if check.returncode == 0 or worker.poll() is not None:
                break
            time.sleep(0.5)
        assert check.returncode == 0, log.read_text()
        worker.terminate()
        grace = int(services()["worker"]["stop_grace_period"].removesuffix("s"))
        assert worker.wait(grace) == 0, log.read_text()
    finally:
        end(worker)
