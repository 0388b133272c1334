"""Answers that fail on command."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.sandbox.procore.stand import ACME, COMPANY, PROJECT, WO, Api, Json

VENDOR = f"/rest/v1.0/vendors/{ACME}"


def fault(api: Api, **order: Json) -> Json:
    return api.stand.control("POST", "/faults", order)


def renamed(api: Api) -> httpx.Response:
    return api.patch(VENDOR, {"company_id": COMPANY, "vendor": {"name": "Renamed"}})


def name(api: Api) -> str:
    return str(api.ok(api.get(VENDOR, company_id=COMPANY))["name"])


@pytest.mark.parametrize(("status", "after"), [(429, 7), (500, None), (503, 2)])
def test_a_status_strikes_so_many_times(api: Api, status: int, after: int | None) -> None:
    fault(api, status=status, retry_after=after, times=2, method="PATCH", path="/vendors/")
    answers = [renamed(api) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [status] * 2
    assert answers[0].json()["code"] == status
    assert answers[0].headers.get("retry-after") == (str(after) if after else None)
    assert name(api) == "Acme Concrete LLC"
    assert renamed(api).status_code == 200


def test_a_fault_may_last_for_ever_until_taken_back(api: Api) -> None:
    laid = fault(api, status=500, times=None)
    assert [renamed(api).status_code for _ in range(3)] == [500] * 3
    assert [row["hits"] for row in api.stand.control("GET", "/faults")] == [3]
    api.stand.control("DELETE", f"/faults/{laid['id']}")
    assert renamed(api).status_code == 200
    api.stand.control("DELETE", f"/faults/{laid['id']}", status=404)
    fault(api, status=500, times=None)
    api.stand.control("DELETE", "/faults")
    assert renamed(api).status_code == 200


def test_a_fault_may_let_some_through(api: Api) -> None:
    fault(api, status=500, skip=2)
    assert [renamed(api).status_code for _ in range(4)] == [200, 200, 500, 200]


def test_a_status_after_the_commit(api: Api) -> None:
    fault(api, status=500, when="after")
    assert renamed(api).status_code == 500
    assert name(api) == "Renamed"


@pytest.mark.parametrize(("when", "kept"), [("before", "Acme Concrete LLC"), ("after", "Renamed")])
def test_a_connection_is_cut_before_or_after_the_commit(api: Api, when: str, kept: str) -> None:
    fault(api, cut=True, when=when)
    with pytest.raises(httpx.RemoteProtocolError):
        renamed(api)
    assert name(api) == kept
    (seen,) = api.stand.control("GET", "/traffic?method=PATCH")
    assert seen["status"] is None


def test_a_cut_sync_has_applied_half_its_rows(api: Api) -> None:
    made = api.commitment(lines=[{"cost_code": "03-100", "line_item_type": "S", "amount": "1"}] * 4)
    rows = [{"id": number, "origin_id": f"L{number}"} for number in made["line_item_ids"]]
    fault(api, cut=True, when="half", path="line_items/sync")
    path = f"{WO}/{made['id']}/line_items"
    with pytest.raises(httpx.RemoteProtocolError):
        api.patch(f"{path}/sync", {"updates": rows}, project_id=PROJECT)
    kept = api.get(path, project_id=PROJECT).json()
    assert [bool(row["origin_id"]) for row in kept] == [True, True, False, False]
    api.ok(api.patch(f"{path}/sync", {"updates": rows}, project_id=PROJECT))
    assert all(row["origin_id"] for row in api.get(path, project_id=PROJECT).json())


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_delay(api: Api, when: str) -> None:
    fault(api, delay=0.3, when=when)
    began = time.monotonic()
    assert renamed(api).status_code == 200
    assert 0.3 <= time.monotonic() - began < 2


def test_a_caller_who_gives_up_may_have_written(api: Api) -> None:
    fault(api, delay=0.5, when="after")
    with pytest.raises(httpx.ReadTimeout), httpx.Client(base_url=api.stand.url, timeout=0.2) as impatient:
        impatient.patch(VENDOR, json={"company_id": COMPANY, "vendor": {"name": "Renamed"}}, headers=api.headers)
    assert name(api) == "Renamed"


def test_other_requests_go_on_during_a_delay(api: Api) -> None:
    fault(api, delay=0.5, when="before", method="PATCH")
    with pytest.raises(httpx.ReadTimeout), httpx.Client(base_url=api.stand.url, timeout=0.1) as impatient:
        impatient.patch(VENDOR, json={"company_id": COMPANY, "vendor": {"name": "Late"}}, headers=api.headers)
    assert name(api) == "Acme Concrete LLC"
    time.sleep(0.5)
    assert name(api) == "Late"


def test_a_malformed_body(api: Api) -> None:
    fault(api, malformed=True)
    answer = api.get(VENDOR, company_id=COMPANY)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_dropped_and_replaced_values(api: Api) -> None:
    made = api.commitment()
    order = {
        "drop": ["line_items.*.cost_code.id", "title", "nothing.here"],
        "set": {"grand_total": 12, "vendor.id": "x"},
    }
    fault(api, **order)
    path = f"{WO}/{made['id']}"
    bent = api.get(path, project_id=PROJECT).json()
    assert "title" not in bent
    assert "id" not in bent["line_items"][0]["cost_code"]
    assert (bent["grand_total"], bent["vendor"]["id"]) == (12, "x")
    honest = api.get(path, project_id=PROJECT).json()
    assert (honest["title"], honest["grand_total"], honest["vendor"]["id"]) == ("Foundations", "1000.0", ACME)
    fault(api, drop=["0", "*.vendor"], set={"1.extra": [1]})
    assert api.get("/rest/v1.0/vendors", company_id=COMPANY).json()[0]["id"] == ACME + 1


def test_a_login_can_fail_too(api: Api) -> None:
    fault(api, status=503, path="^/oauth/token$")
    body = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret"}
    assert api.stand.http.post("/oauth/token", data=body).status_code == 503
    assert api.stand.http.post("/oauth/token", data=body).status_code == 200


@pytest.mark.parametrize("order", [{"status": 200}, {"path": "("}, {"whne": "after"}, {"times": 0}, {"when": "later"}])
def test_wrong_orders_are_refused(api: Api, order: Json) -> None:
    assert api.stand.control("POST", "/faults", order, status=400)["error"]
