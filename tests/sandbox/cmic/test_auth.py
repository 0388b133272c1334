"""Signing in: Basic, bearer tokens, API Security, the licence (cmic-api §1.2, §1.7)."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.sandbox.cmic.standin import Api, header, line, part, refused, running

TOKEN = "/_identity/oauth2/v2.0/token"
FORM = {
    "grant_type": "client_credentials",
    "client_id": "connector",
    "client_secret": "oauth-demo",
    "scope": "api://connector/.default",
}
SECRET = "a secret of the identity provider, long enough"


def status(api: Api, auth: tuple[str, str] | None = None, token: str | None = None) -> int:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return api.client.get(api.path("jcjob"), auth=auth, headers=headers).status_code


def test_basic_with_and_without_a_client_id(api: Api) -> None:
    assert status(api, ("DEMO||CONNECTOR", "cmic-demo")) == 200
    assert status(api, ("ONPREMISE", "cmic-demo")) == 200


@pytest.mark.parametrize(
    "auth",
    [
        ("CONNECTOR", "cmic-demo"),
        ("DEMO|CONNECTOR", "cmic-demo"),
        ("OTHER||CONNECTOR", "cmic-demo"),
        ("DEMO||CONNECTOR", "wrong"),
        ("DEMO||ONPREMISE", "cmic-demo"),
        ("", ""),
    ],
)
def test_other_basic_names_are_unauthorized(api: Api, auth: tuple[str, str]) -> None:
    assert status(api, auth) == 401


def test_no_credentials_are_unauthorized_and_say_how(api: Api) -> None:
    for value in (None, "Basic", "Basic !!!", "Basic /w==", "Bearer", "Digest x"):
        headers = {"authorization": value} if value else {}
        answer = api.client.get(api.path("jcjob"), headers=headers, auth=None)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", [TOKEN, "/_identity/some-tenant/oauth2/v2.0/token"])
def test_client_credentials_give_a_token_that_signs_in(api: Api, path: str) -> None:
    answer = api.client.post(path, data=FORM)
    body = answer.json()
    assert answer.status_code == 200
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert "refresh_token" not in body
    assert status(api, token=body["access_token"]) == 200


@pytest.mark.parametrize(
    ("changes", "code", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"scope": "openid"}, 400, "invalid_scope"),
    ],
)
def test_a_wrong_token_request(api: Api, changes: dict[str, str], code: int, error: str) -> None:
    answer = api.client.post(TOKEN, data=FORM | changes)
    assert (answer.status_code, answer.json()["error"]) == (code, error)


def test_a_token_request_is_form_encoded(api: Api) -> None:
    assert api.client.post(TOKEN, json=FORM).json()["error"] == "invalid_request"
    assert api.client.get(TOKEN).status_code == 404
    assert api.client.post("/_identity/other", data=FORM).status_code == 404


def test_a_token_runs_out(api: Api) -> None:
    api.control("PATCH", "settings", {"token_seconds": 1})
    body = api.client.post(TOKEN, data=FORM).json()
    assert body["expires_in"] == 1


@pytest.fixture(scope="module")
def own_key() -> Iterator[Api]:
    """A stand-in with a key, issuer and audience of our choice, so that we can make tokens ourselves."""
    with running(
        "--seed", "demo", "--limits", "off", "--jwt-key", SECRET, "--jwt-issuer", "us", "--jwt-audience", "cmic"
    ) as process:
        api = Api(process.url, None)
        yield api
        api.close()


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": "us", "aud": "cmic", "exp": now + 60, "cmicuser": "CONNECTOR"} | changes


def token(content: dict[str, Any], secret: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode({"alg": algorithm}, content, OctKey.import_key(secret), algorithms=[algorithm])


def test_a_token_of_the_configured_provider_is_taken(own_key: Api) -> None:
    assert status(own_key, token=token(claims())) == 200
    assert status(own_key, token=token(claims(cmicuser="DEMO||CONNECTOR"))) == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"cmicuser": "NOBODY"},
        {"cmicuser": None},
        {"cmicuser": ["CONNECTOR"]},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"iss": "them"},
        {"aud": "other"},
        {"nbf": int(time.time()) + 600},
    ],
)
def test_a_token_with_wrong_claims_is_not(own_key: Api, changes: dict[str, Any]) -> None:
    content = {name: value for name, value in claims(**changes).items() if value is not None}
    assert status(own_key, token=token(content)) == 401


def test_a_token_with_another_signature_is_not(own_key: Api) -> None:
    assert status(own_key, token=token(claims(), "another secret of about the same length")) == 401
    assert status(own_key, token=token(claims(), algorithm="HS384")) == 401
    assert status(own_key, token=token(claims())[:-4] + "AAAA") == 401
    assert status(own_key, token="a.b.c") == 401


def test_a_public_rsa_key_checks_but_does_not_sign(tmp_path: Path) -> None:
    key = RSAKey.generate_key(2048)
    pem = tmp_path / "public.pem"
    pem.write_bytes(key.as_pem(private=False))
    with running("--seed", "demo", "--jwt-algorithm", "RS256", "--jwt-key-file", str(pem)) as process:
        api = Api(process.url, None)
        signed = jwt.encode({"alg": "RS256"}, claims(), key)
        assert status(api, token=signed) == 200
        assert status(api, token=jwt.encode({"alg": "RS256"}, claims(), RSAKey.generate_key(2048))) == 401
        assert status(api, token=token(claims())) == 401
        answer = api.client.post(TOKEN, data=FORM)
        assert (answer.status_code, answer.json()["error"]) == (400, "server_error")
        api.close()


def test_a_right_can_be_taken_and_given_back(api: Api) -> None:
    api.control("POST", "security", {"action": "revoke", "user": "CONNECTOR", "resource": "scmast", "method": "POST"})
    answer = api.post("scmast", header())
    assert (answer.status_code, answer.json()["title"]) == (403, "Forbidden")
    assert api.get("scmast").status_code == 200
    assert api.post("scsched", line()).status_code == 400
    (failed,) = api.batch([part("1", "scmast", header())]).json()["parts"]
    assert failed["payload"]["status"] == "403"
    assert api.books("scmast") == []
    api.control("POST", "security", {"action": "grant", "user": "CONNECTOR", "resource": "scmast"})
    assert api.post("scmast", header()).status_code == 201


def test_rights_are_per_user(api: Api) -> None:
    api.control("POST", "security", {"action": "revoke", "user": "CONNECTOR"})
    assert api.get("jcjob").status_code == 403
    assert status(api, ("ONPREMISE", "cmic-demo")) == 200
    api.control("POST", "security", {"action": "grant"})
    assert api.control("GET", "security") == {"revoked": []}
    assert api.get("jcjob").status_code == 200


def test_without_a_licence_every_call_fails_with_an_oracle_error(api: Api) -> None:
    api.control("PATCH", "settings", {"licensed": False})
    text = refused(api.get("jcjob", framework=4))
    assert text.startswith("ORA-20001: <CMIC_ERR_CODE>")
    assert "not licensed" in text
    assert status(api, ("DEMO||CONNECTOR", "wrong")) == 401
