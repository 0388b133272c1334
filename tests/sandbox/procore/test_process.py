"""The process: its announcement, its exit, its speed, and books that survive a stop and a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.sandbox.procore.stand import ACME, COMPANY, PROJECT, ROOT, WO, Stand, started


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(number: signal.Signals) -> None:
    with started("--no-state") as stand:
        stand.process.send_signal(number)
        assert stand.process.wait(timeout=5) == 0


def test_a_delayed_answer_does_not_hold_the_exit_up() -> None:
    with started("--no-state") as stand:
        stand.control("POST", "/faults", {"delay": 60})
        asked = threading.Thread(target=suppressed, args=(stand,))
        asked.start()
        while not stand.control("GET", "/faults")[0]["hits"]:
            time.sleep(0.01)
        stand.process.send_signal(signal.SIGTERM)
        assert stand.process.wait(timeout=5) == 0
        asked.join()


def suppressed(stand: Stand) -> None:
    with suppress(httpx.HTTPError):
        httpx.get(f"{stand.url}/rest/v1.0/me")


def test_it_is_ready_soon() -> None:
    began = time.monotonic()
    with started("--no-state"):
        assert time.monotonic() - began < 1.5


def test_it_answers_some_hundred_requests_a_second(stand: Stand) -> None:
    api = stand.api()
    began = time.monotonic()
    for _ in range(400):
        assert api.get("/rest/v1.0/vendors", company_id=COMPANY).status_code == 200
    assert 400 / (time.monotonic() - began) > 200


@pytest.mark.parametrize("kill", [False, True])
def test_books_and_tokens_survive(tmp_path: Path, kill: bool) -> None:
    file = tmp_path / "books.sqlite"
    with started("--state", str(file), "--limits", "off", kill=kill) as stand:
        api = stand.api()
        made = api.commitment()
        path = f"{WO}/{made['id']}"
        api.ok(api.patch(path, {"project_id": PROJECT, "work_order_contract": {"origin_id": "01-SC-001"}}))
        api.ok(api.delete(f"{WO}/{api.commitment()['id']}", project_id=PROJECT))
        before = {table: stand.control("GET", f"/books/{table}") for table in stand.control("GET", "/books")}
    with started("--state", str(file), "--limits", "off") as again:
        after = {table: again.control("GET", f"/books/{table}") for table in again.control("GET", "/books")}
        assert after == before
        assert len(after["commitments"]) == 2
        same_token = again.http.get(path, params={"project_id": PROJECT}, headers=api.headers)
        assert same_token.json()["origin_id"] == "01-SC-001"
        highest = max(row["id"] for table in after if table != "tokens" for row in after[table])
        assert again.api().commitment()["id"] > highest


def test_without_state_nothing_survives() -> None:
    with started("--no-state") as stand:
        stand.api().commitment()
    with started("--no-state") as stand:
        assert stand.control("GET", "/books/commitments") == []


def test_a_seed_file_fills_the_books(tmp_path: Path) -> None:
    seed = {
        "companies": [{"id": 7, "name": "Seven Builders"}],
        "projects": [{"id": 70, "company_id": 7, "name": "Bridge"}],
        "line_item_types": [{"id": 71, "company_id": 7, "name": "Subcontract", "csv_import_code": "S"}],
        "cost_codes": [{"id": 72, "company_id": 7, "project_id": 70, "code": "03", "name": "Concrete"}],
        "commitments": [
            {
                "id": 73,
                "project_id": 70,
                "type": "PurchaseOrderContract",
                "lines": [{"cost_code": "03", "line_item_type": "S", "amount": "5"}],
            }
        ],
    }
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(seed))
    with started("--no-state", "--seed", str(file)) as stand:
        (commitment,) = stand.control("GET", "/books/commitments")
        assert (commitment["id"], commitment["grand_total"]) == (73, "5.0")
        assert [row["name"] for row in stand.control("GET", "/books/companies")] == ["Seven Builders"]


def test_assumptions_are_options() -> None:
    with started("--assume", "missing_company_header_status=401", "--assume", "default_per_page=2") as stand:
        api = stand.api()
        assert len(api.get("/rest/v1.0/vendors", company_id=COMPANY).json()) == 2
        del api.headers["Procore-Company-Id"]
        assert api.get("/rest/v1.0/vendors", company_id=COMPANY).status_code == 401


@pytest.mark.parametrize(
    "arguments",
    [
        ("--seed", "/no/such/file"),
        ("--seed", "pyproject.toml"),
        ("--assume", "weather=fine"),
        ("--state", "a", "--no-state"),
        ("--state", "pyproject.toml"),
        ("--limits", "maybe"),
    ],
)
def test_wrong_arguments_are_refused(arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "sandbox.procore", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10, check=False)
    assert ended.returncode == 2
    assert "error" in ended.stderr


def test_a_taken_port_is_an_error(running: Stand) -> None:
    command = [sys.executable, "-m", "sandbox.procore", "--port", running.url.rpartition(":")[2]]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10, check=False)
    assert ended.returncode == 1
    assert "in use" in ended.stderr


def test_it_imports_nothing_of_the_product() -> None:
    script = (
        "import sys, sandbox.procore.__main__\n"
        "ours = {'activities', 'cli', 'domain', 'ledger', 'mappers', 'systems', 'workers', 'workflows', 'httpx'}\n"
        "sys.exit(', '.join(ours & {name.partition('.')[0] for name in sys.modules}) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_demo_has_what_it_promises(stand: Stand) -> None:
    api = stand.api()
    codes = api.get("/rest/v1.0/cost_codes", project_id=PROJECT).json()
    leaves = {row["full_code"]: row["name"] for row in codes if row["parent"]["id"]}
    assert len(leaves) == 13
    assert leaves["03-100"] == "Concrete"
    assert "99-999" in leaves
    standard = api.get("/rest/v1.0/standard_cost_codes", company_id=COMPANY, standard_cost_code_list_id=2001).json()
    assert set(leaves) - {row["full_code"] for row in standard} == {"99-999"}
    types = api.get("/rest/v1.0/line_item_types", company_id=COMPANY, project_id=PROJECT).json()
    assert [row["code"] for row in types] == ["L", "M", "S", "E", "O"]
    project = api.get(f"/rest/v1.0/projects/{PROJECT}", company_id=COMPANY).json()
    assert (project["name"], project["project_number"]) == ("Harbour View Medical Center", "1042")
    vendors = {row["id"]: row["name"] for row in api.get("/rest/v1.0/vendors", company_id=COMPANY).json()}
    assert vendors[ACME] == "Acme Concrete LLC"
    assert {"Baker Steel & Sons", "Delta Electric Inc."} <= set(vendors.values())
    assert api.get("/rest/v1.0/commitments", project_id=PROJECT).json() == []
