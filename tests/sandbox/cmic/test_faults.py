"""Faults: errors, delays, and connections cut before, at and long before the commit."""

import socket
import time
from typing import Any

import httpx
import pytest

from tests.sandbox.cmic.standin import Api, header, line, part

CUTS = (httpx.RemoteProtocolError, httpx.ReadError)


def test_an_error_strikes_as_often_as_ordered(api: Api) -> None:
    api.fault("status", status=429, times=2)
    assert [api.get("jcjob").status_code for _ in range(3)] == [429, 429, 200]
    assert api.control("GET", "faults") == {"faults": []}


def test_a_fault_can_stay_until_it_is_withdrawn(api: Api) -> None:
    fault = api.fault("status", status=500, times=None)
    answer = api.get("jcjob", framework=4)
    assert (answer.status_code, answer.json()["status"]) == (500, "500")
    assert {api.get("jcjob").status_code for _ in range(3)} == {500}
    (standing,) = api.control("GET", "faults")["faults"]
    assert (standing["id"], standing["struck"]) == (fault, 4)
    api.control("DELETE", f"faults/{fault}")
    assert api.get("jcjob").status_code == 200
    api.control("DELETE", f"faults/{fault}", status=409)


def test_a_fault_is_for_one_method_and_resource(api: Api) -> None:
    api.fault("status", method="POST", resource="scsched", times=None)
    api.create("scmast", header())
    assert api.post("scsched", line()).status_code == 500
    assert api.get("scsched").status_code == 200
    assert api.books("scsched") == []
    api.control("DELETE", "faults")
    assert api.post("scsched", line()).status_code == 201


def test_a_fault_can_follow_one_record_for_ever(api: Api) -> None:
    first, second = (api.create("scmast", header(contract)) for contract in ("SC-1", "SC-2"))
    api.fault("status", key="SC-1", times=None)
    finder = "selectByCompany;CompCodeVar=01,ContCodeVar="
    assert api.get("scmast", finder=f"{finder}'SC-1'").status_code == 500
    assert api.get("scmast", q="ScmstContCode = 'SC-1'").status_code == 500
    assert api.get("scmast", finder=f"{finder}SC-2").status_code == 200
    assert api.get("scmast", first["ScmstVUuid"]).status_code == 500
    assert api.patch("scmast", first["ScmstVUuid"], {"ScmstName": "X"}).status_code == 500
    assert api.patch("scmast", second["ScmstVUuid"], {"ScmstName": "X"}).status_code == 200
    assert api.post("scsched", line("sc-1")).status_code == 500
    assert api.batch([part("1", "scsched", line("SC-1"))]).status_code == 500
    assert api.batch([part("1", "scsched", line("SC-2"))]).status_code == 200


def test_a_batch_is_met_by_its_parts_or_as_a_batch(api: Api) -> None:
    api.fault("status", resource="scmast", method="POST")
    assert api.batch([part("1", "scmast", header())]).status_code == 500
    api.fault("status", resource="batch")
    assert api.get("scmast").status_code == 200
    assert api.batch([part("1", "scmast", header())]).status_code == 500
    assert api.batch([part("1", "scmast", header())]).status_code == 200


def test_a_delay(api: Api) -> None:
    api.fault("delay", seconds=0.2)
    started = time.monotonic()
    assert api.post("scmast", header()).status_code == 201
    assert time.monotonic() - started >= 0.2


def test_a_cut_before_the_commit_leaves_nothing(api: Api) -> None:
    api.fault("cut_before_commit")
    with pytest.raises(CUTS):
        api.post("scmast", header())
    assert api.books("scmast") == []
    assert api.post("scmast", header()).status_code == 201


@pytest.mark.parametrize("seconds", [0, 0.05])
def test_a_cut_at_the_commit_leaves_the_row(api: Api, seconds: float) -> None:
    api.fault("cut_after_commit", seconds=seconds)
    with pytest.raises(CUTS):
        api.batch([part("1", "scmast", header()), part("2", "scsched", line())])
    assert [row["ScmstContAmt"] for row in api.books("scmast")] == [1000]


def test_a_cut_read_is_cut_too(api: Api) -> None:
    api.fault("cut_after_commit", method="GET")
    with pytest.raises(CUTS):
        api.get("jcjob")
    assert api.get("jcjob").status_code == 200


def test_the_commit_may_come_seconds_after_the_cut(api: Api) -> None:
    api.fault("commit_after_cut", seconds=0.4)
    started = time.monotonic()
    with pytest.raises(CUTS):
        api.post("scmast", header())
    assert api.books("scmast") == []
    assert api.control("GET", "health")["pending"] == 1
    assert api.items("scmast") == []
    api.settle()
    assert time.monotonic() - started >= 0.4
    assert [row["ScmstContCode"] for row in api.books("scmast")] == ["SC-1"]


def test_a_late_commit_can_lose_against_a_retry(api: Api) -> None:
    api.fault("commit_after_cut", seconds=0.2)
    with pytest.raises(CUTS):
        api.post("scmast", header(ScmstName="First"))
    api.create("scmast", header(ScmstName="Second"))
    api.settle()
    assert [row["ScmstName"] for row in api.books("scmast")] == ["Second"]


@pytest.mark.parametrize(("kind", "committed"), [("delay", False), ("delay_answer", True)])
def test_a_request_that_takes_too_long_is_cut_and_commits_all_the_same(api: Api, kind: str, committed: bool) -> None:
    api.control("PATCH", "settings", {"cut_after_seconds": 0.2})
    api.fault(kind, seconds=0.5)
    started = time.monotonic()
    with pytest.raises(CUTS):
        api.post("scmast", header())
    assert time.monotonic() - started >= 0.2
    assert bool(api.books("scmast")) is committed
    api.settle()
    assert len(api.books("scmast")) == 1


def test_a_batch_may_answer_without_rows(api: Api) -> None:
    api.fault("batch_without_rows", times=2)
    answer = api.batch([part("1", "scmast", header()), part("2", "scsched", line())])
    assert answer.status_code == 200
    assert answer.json() == {
        "parts": [
            {"id": "1", "path": "/1/scmast", "operation": "create"},
            {"id": "2", "path": "/1/scsched", "operation": "create"},
        ]
    }
    assert len(api.books("scsched")) == 1
    refusal = api.batch([part("1", "scmast", header())])
    assert (refusal.status_code, refusal.json()["parts"][0]["id"]) == (400, "1")


def test_the_databases_clock_can_be_off(api: Api) -> None:
    now = time.time()
    api.control("PATCH", "settings", {"clock_offset_seconds": 90})
    created = api.create("scmast", header())["ScmstIuCreateDate"]
    ahead = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + 88))
    behind = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + 95))
    assert ahead <= created <= behind


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "explode"},
        {"kind": "delay", "times": 0},
        {"kind": "delay", "seconds": -1},
        {"kind": "delay", "x": 1},
        {},
    ],
)
def test_an_impossible_order_is_refused(api: Api, order: dict[str, Any]) -> None:
    api.control("POST", "faults", order, 400)


def test_a_cut_request_is_noted_as_such(api: Api) -> None:
    api.fault("cut_before_commit")
    with pytest.raises(CUTS):
        api.post("scmast", header())
    (line_,) = api.control("GET", "traffic")["requests"]
    assert (line_["method"], line_["status"]) == ("POST", None)
    assert api.control("GET", "traffic/summary")["by_status"] == {"cut": 1}


def test_the_connection_is_really_closed_without_a_byte(api: Api) -> None:
    api.fault("cut_after_commit")
    port = httpx.URL(api.client.base_url).port
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(b"GET /cmictest/jc-rest-api/rest/1/jcjob HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            received = raw.recv(1000)
        except ConnectionResetError:
            received = b""
    assert received == b""
