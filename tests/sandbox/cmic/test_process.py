"""The process: announcing itself, ending, keeping its books through restarts and kill -9, its command line."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.sandbox.cmic.standin import Api, Process, header, line, part, posting, running


def test_it_announces_one_line_and_is_ready_quickly() -> None:
    started = time.monotonic()
    with running("--seed", "demo") as process:
        assert time.monotonic() - started < 1.5
        assert json.loads(process.announced) == {"name": "cmic", "url": process.url}
        assert process.url.startswith("http://127.0.0.1:")
        assert httpx.get(f"{process.url}/_sandbox/health").json()["name"] == "cmic"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_even_while_busy(number: signal.Signals) -> None:
    process = Process("--seed", "demo")
    api = Api(process.url)
    api.fault("commit_after_cut", seconds=60)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        api.get("jcjob")
    assert api.get("jcjob").status_code == 200
    started = time.monotonic()
    assert process.stop(number) == 0
    assert time.monotonic() - started < 3
    api.close()


def test_books_survive_a_restart(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "books" / "cmic.json"), "--limits", "off")
    with running(*state, "--seed", "demo") as process:
        api = Api(process.url)
        api.batch([part("h", "scmast", header()), part("l", "scsched", line(ScschAmt=70.1))])
        api.control("POST", "subcontracts/post", posting())
        api.control("POST", "delete", {"resource": "jcjob", "where": {"JobCode": "2001"}})
        before = {name: api.client.get(f"/_sandbox/books/{name}").text for name in api.control("GET", "books")}
        api.close()
    with running(*state, "--seed", "demo") as process:
        api = Api(process.url)
        assert before == {name: api.client.get(f"/_sandbox/books/{name}").text for name in before}
        assert api.books("jcjob", JobCode="2001") == []
        assert api.post("scmast", header()).status_code == 400
        api.create("scmast", header(ScmstChgCode="001"))
        row = api.create("scsched", line(ScschChgCode="001"))
        assert row["ScschOraseq"] == 2
        api.close()


def test_without_a_state_file_nothing_is_kept() -> None:
    with running("--no-state", "--limits", "off") as process:
        assert sum(httpx.get(f"{process.url}/_sandbox/books").json().values()) == 0


def test_every_answered_write_survives_kill_9(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "cmic.json"), "--limits", "off", "--seed", "demo")
    process = Process(*state)
    acknowledged: list[str] = []

    def write() -> None:
        api = Api(process.url)
        try:
            for number in range(100_000):
                contract = f"K{number}"
                parts = [part("h", "scmast", header(contract)), part("l", "scsched", line(contract))]
                if api.batch(parts).status_code == 200:
                    acknowledged.append(contract)
        except httpx.HTTPError:
            return
        finally:
            api.close()

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.7)
    assert process.stop(signal.SIGKILL) == -signal.SIGKILL
    writer.join(timeout=10)
    assert len(acknowledged) > 20
    with running(*state) as restarted:
        api = Api(restarted.url)
        kept = {row["ScmstContCode"]: row["ScmstContAmt"] for row in api.books("scmast")}
        assert set(acknowledged) <= set(kept)
        # Header and line are one commit: no contract came through without its line.
        assert set(kept.values()) == {1000}
        assert len(kept) == len(api.books("scsched")) <= len(acknowledged) + 1
        api.close()


def test_traffic_can_be_kept_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "traffic.jsonl"
    with running("--traffic", str(file)) as process:
        api = Api(process.url)
        api.get("jcjob")
        api.control("GET", "health")
        api.close()
    (noted,) = [json.loads(text) for text in file.read_text().splitlines()]
    assert (noted["path"], noted["status"]) == ("/cmictest/jc-rest-api/rest/1/jcjob", 200)


def test_a_seed_of_ones_own_and_settings_at_the_start(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"glcompany": [{"CompCode": "77", "CompName": "Own", "CompCurrCode": "CAD"}]}))
    settings = json.dumps({"renames": {"glcompany": {"CompName": "CompTitle"}}})
    with running(
        "--seed", str(seed), "--settings", settings, "--environment", "cmicprod", "--cut-after", "7",
        "--basic", "ACME||API=p=w:d",
    ) as process:  # fmt: skip
        answer = httpx.get(f"{process.url}/cmicprod/glrestapi/rest/v1/glcompany", auth=("ACME||API", "p=w:d"))
        (row,) = answer.json()["items"]
        assert (row["CompCode"], row["CompTitle"]) == ("77", "Own")
        assert httpx.get(f"{process.url}/_sandbox/settings").json()["cut_after_seconds"] == 7


@pytest.mark.parametrize(
    "arguments",
    [
        ["--settings", '{"nothing": 1}'],
        ["--settings", "{"],
        ["--basic", "nopassword"],
        ["--oauth-client", "id:secret"],
        ["--jwt-algorithm", "RS256", "--jwt-key", "no key"],
        ["--jwt-key-file", "/no/such/file"],
        ["--state", "x", "--no-state"],
        ["--limits", "maybe"],
    ],
)
def test_a_wrong_command_line_is_refused(arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox.cmic", *arguments], capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == 2
    assert "error:" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_imports_nothing_of_the_product() -> None:
    program = "import sys, sandbox.cmic.server; print([m for m in sys.modules])"
    listed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)
    rooms = {"activities", "cli", "console", "domain", "ledger", "mappers", "systems", "workers", "workflows"}
    assert not {name.partition(".")[0] for name in eval(listed.stdout)} & rooms


def test_a_caller_who_leaves_in_the_middle_of_a_request_changes_nothing() -> None:
    with running("--seed", "demo", "--limits", "off") as process:
        api = Api(process.url)
        with socket.create_connection(("127.0.0.1", httpx.URL(process.url).port)) as raw:
            raw.sendall(b"POST /cmictest/pm-rest-api/rest/1/scmast HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
        time.sleep(0.1)
        assert api.books("scmast") == []
        assert api.get("jcjob").status_code == 200
        api.close()
