"""The login host (procore-api §1)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.sandbox.procore.stand import COMPANY, Json, Stand, started

CLIENT = {"client_id": "demo-client", "client_secret": "demo-secret"}
BACK = "http://127.0.0.1:9/back"
ME = "/rest/v1.0/me"


def me(stand: Stand, token: str) -> httpx.Response:
    return stand.http.get(ME, headers={"Authorization": f"Bearer {token}", "Procore-Company-Id": str(COMPANY)})


def code(stand: Stand) -> str:
    query = {"response_type": "code", "client_id": "demo-client", "redirect_uri": BACK, "state": "s 1"}
    answer = stand.http.get("/oauth/authorize", params=query)
    assert answer.status_code == 302
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert back["state"] == ["s 1"]
    return back["code"][0]


def exchanged(stand: Stand, word: str, **changes: str) -> httpx.Response:
    body = {**CLIENT, "grant_type": "authorization_code", "code": word, "redirect_uri": BACK, **changes}
    return stand.http.post("/oauth/token", data=body)


@pytest.mark.parametrize("way", ["form", "json", "basic"])
def test_client_credentials_come_in_three_ways(stand: Stand, way: str) -> None:
    body = {"grant_type": "client_credentials"}
    if way == "form":
        answer = stand.http.post("/oauth/token", data=body | CLIENT)
    elif way == "json":
        answer = stand.http.post("/oauth/token", json=body | CLIENT)
    else:
        answer = stand.http.post("/oauth/token", data=body, auth=("demo-client", "demo-secret"))
    assert answer.status_code == 200
    token = answer.json()
    assert set(token) == {"access_token", "token_type", "expires_in", "created_at"}
    assert (token["token_type"], token["expires_in"]) == ("bearer", 5400)
    assert me(stand, token["access_token"]).json()["name"].startswith("Connector")


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"grant_type": "client_credentials"} | CLIENT | {"client_secret": "x"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "demo-client"}, 401, "invalid_client"),
        ({"grant_type": "password"} | CLIENT, 400, "unsupported_grant_type"),
        (CLIENT, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"} | CLIENT, 400, "invalid_grant"),
    ],
)
def test_refused_token_requests(stand: Stand, body: dict[str, str], status: int, error: str) -> None:
    answer = stand.http.post("/oauth/token", data=body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


def test_wrong_basic_credentials_are_refused(stand: Stand) -> None:
    body = {"grant_type": "client_credentials"}
    assert stand.http.post("/oauth/token", data=body, auth=("demo-client", "no")).status_code == 401
    garbled = stand.http.post("/oauth/token", data=body, headers={"Authorization": "Basic %%%"})
    assert garbled.json()["error"] == "invalid_client"


def test_a_code_serves_once_and_its_redirect_must_match(stand: Stand) -> None:
    assert exchanged(stand, code(stand), redirect_uri="http://elsewhere/").json()["error"] == "invalid_grant"
    word = code(stand)
    token = exchanged(stand, word).json()
    assert me(stand, token["access_token"]).json()["name"] == "Pat Morgan"
    assert exchanged(stand, word).json()["error"] == "invalid_grant"


def test_a_code_lives_ten_minutes(stand: Stand) -> None:
    word = code(stand)
    stand.control("POST", "/clock", {"advance_seconds": 601})
    assert exchanged(stand, word).json()["error"] == "invalid_grant"


def test_a_refresh_token_serves_once(stand: Stand) -> None:
    first = exchanged(stand, code(stand)).json()
    body = {**CLIENT, "grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = stand.http.post("/oauth/token", data=body)
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert stand.http.post("/oauth/token", data=body).json()["error"] == "invalid_grant"
    body["refresh_token"] = second.json()["refresh_token"]
    assert stand.http.post("/oauth/token", data=body).status_code == 200


def test_authorize_refuses_strangers(stand: Stand) -> None:
    query = {"response_type": "code", "client_id": "nobody", "redirect_uri": BACK}
    assert stand.http.get("/oauth/authorize", params=query).status_code == 401
    query = {"response_type": "word", "client_id": "demo-client", "redirect_uri": BACK}
    assert stand.http.get("/oauth/authorize", params=query).json()["error"] == "invalid_request"


def test_an_implicit_token_comes_in_the_fragment(stand: Stand) -> None:
    query = {"response_type": "token", "client_id": "demo-client", "redirect_uri": BACK}
    fragment = parse_qs(urlsplit(stand.http.get("/oauth/authorize", params=query).headers["location"]).fragment)
    assert me(stand, fragment["access_token"][0]).status_code == 200


def test_tokens_expire(stand: Stand) -> None:
    token = stand.api().headers["Authorization"].partition(" ")[2]
    assert me(stand, token).status_code == 200
    stand.control("POST", "/clock", {"advance_seconds": 5401})
    assert_unauthorized(me(stand, token), "expired")


def test_every_token_can_be_expired_now(stand: Stand) -> None:
    token = stand.api().headers["Authorization"].partition(" ")[2]
    assert stand.control("POST", "/oauth/expire") == {"expired": 1}
    assert_unauthorized(me(stand, token), "expired")
    assert me(stand, stand.api().headers["Authorization"].partition(" ")[2]).status_code == 200


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Bearer", "Basic abc"])
def test_without_a_token_nothing_is_answered(stand: Stand, header: str | None) -> None:
    headers = {"Procore-Company-Id": str(COMPANY)} | ({"Authorization": header} if header else {})
    assert_unauthorized(stand.http.get(ME, headers=headers), "missing or invalid")


def assert_unauthorized(answer: httpx.Response, words: str) -> None:
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "fields", "reason", "error"}
    assert words in answer.json()["message"]


def info(stand: Stand, token: str) -> httpx.Response:
    return stand.http.get("/oauth/token/info", headers={"Authorization": f"Bearer {token}"})


def test_token_info(stand: Stand) -> None:
    token = stand.api().headers["Authorization"].partition(" ")[2]
    body: Json = info(stand, token).json()
    assert body["application"] == {"uid": "demo-client"}
    assert 5390 <= body["expires_in_seconds"] <= 5400
    assert (body["scopes"], body["resource_owner_id"]) == ([], 9001)
    assert info(stand, "x").status_code == 401


def test_revoking_ends_both_tokens_of_a_grant(stand: Stand) -> None:
    token = exchanged(stand, code(stand)).json()
    other = stand.api().headers["Authorization"].partition(" ")[2]
    revoke = {**CLIENT, "token": token["access_token"]}
    assert stand.http.post("/oauth/revoke", data=revoke).status_code == 200
    assert me(stand, token["access_token"]).status_code == 401
    body = {**CLIENT, "grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    assert stand.http.post("/oauth/token", data=body).json()["error"] == "invalid_grant"
    assert me(stand, other).status_code == 200
    assert stand.http.post("/oauth/revoke", data={**CLIENT, "token": "unknown"}).status_code == 200
    assert stand.http.post("/oauth/revoke", data={"token": "unknown"}).status_code == 401


def test_credentials_and_lifetime_are_options() -> None:
    with started("--client-id", "a", "--client-secret", "b", "--token-seconds", "60") as stand:
        body = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
        assert stand.http.post("/oauth/token", data=body).json()["expires_in"] == 60
        assert stand.http.post("/oauth/token", data={**body, **CLIENT}).status_code == 401
