"""The hourly and the spike limit (procore-api §2)."""

from __future__ import annotations

import time

from tests.sandbox.procore.stand import Api, Stand, started

ME = "/rest/v1.0/me"


def left(api: Api) -> tuple[int, int]:
    headers = api.get(ME).headers
    return int(headers["x-rate-limit-limit"]), int(headers["x-rate-limit-remaining"])


def test_the_nearer_limit_is_described_and_enforced() -> None:
    with started("--hourly", "6", "--spike", "4") as stand:
        api = stand.api()
        assert [left(api) for _ in range(4)] == [(4, 3), (4, 2), (4, 1), (4, 0)]
        refused = api.get(ME)
        assert refused.status_code == 429
        assert refused.json()["code"] == 429
        assert refused.headers["x-rate-limit-remaining"] == "0"
        assert 0 < int(refused.headers["x-rate-limit-reset"]) - time.time() <= 11
        assert 1 <= int(refused.headers["retry-after"]) <= 10
        stand.control("POST", "/clock", {"advance_seconds": 11})
        assert [left(api) for _ in range(2)] == [(6, 1), (6, 0)]
        refused = api.get(ME)
        assert refused.status_code == 429
        assert 3000 < int(refused.headers["retry-after"]) <= 3600
        stand.control("POST", "/clock", {"advance_seconds": 3600})
        assert left(api) == (4, 3)


def test_retry_after_can_be_withheld() -> None:
    with started("--spike", "1", "--retry-after", "off") as stand:
        api = stand.api()
        api.get(ME)
        refused = api.get(ME)
        assert refused.status_code == 429
        assert "retry-after" not in refused.headers


def test_limits_are_on_by_default_and_on_every_response() -> None:
    with started() as stand:
        api = stand.api()
        assert left(api) == (100, 99)
        for answer in (api.get("/rest/v1.0/nothing"), stand.http.get(ME), stand.http.post("/oauth/token")):
            assert answer.status_code in (404, 401)
            assert {"x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"} <= set(answer.headers)


def test_limits_can_be_off_and_changed(stand: Stand) -> None:
    api = stand.api()
    assert "x-rate-limit-limit" not in api.get(ME).headers
    try:
        changed = stand.control("POST", "/limits", {"enabled": True, "spike": 2})
        assert changed == {"enabled": True, "hourly": 3600, "spike": 2}
        assert [api.get(ME).status_code for _ in range(3)] == [200, 200, 429]
    finally:
        stand.control("POST", "/limits", {"enabled": False, "spike": 100})
    assert api.get(ME).status_code == 200
