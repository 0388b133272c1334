"""The login host: tokens, their information and revocation, and a minimal authorization redirect (procore-api §1).

Access tokens live 5,400 seconds, refresh tokens serve once, codes serve once and for ten minutes. Error bodies have the
form of RFC 6749; that Procore's do is inferred.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from sandbox.procore.errors import ApiError
from sandbox.procore.house import House
from sandbox.procore.values import Record
from sandbox.procore.web import Reply, Request, Routes

CODE_SECONDS = 600
DMSA = {"id": 9001, "login": "connector@service-account.example", "name": "Connector (service account)"}
PERSON = {"id": 9002, "login": "pat.morgan@example.com", "name": "Pat Morgan"}

OAuthHandler = Callable[[House, Request], Reply]
ROUTES: Routes[OAuthHandler] = Routes()


class OAuthRefusal(Exception):
    """A refused token request: an RFC 6749 error code and its status."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.body = {"error": code, "error_description": description}
        self.status = status


def bearer(house: House, request: Request) -> Record:
    """The live access token a request carries. Raises ApiError 401."""
    scheme, _, word = request.headers.get("authorization", "").partition(" ")
    token = house.books.get("tokens", word.strip()) if scheme.lower() == "bearer" else None
    if token is None or token["kind"] != "access":
        raise ApiError(401, "The access token is missing or invalid")
    if token["expires_at"] <= house.clock.seconds():
        raise ApiError(401, "The access token expired")
    return token


def user_of(token: Record) -> Record:
    """Who a token acts for: the service account, or the person who authorized the application."""
    return DMSA if token["grant"] == "client_credentials" else PERSON


def credentials(request: Request) -> Record:
    """The body of a form or JSON request, with the client's id and secret from HTTP Basic if they came so."""
    is_json = request.headers.get("content-type", "").startswith("application/json")
    body: Record = dict(request.json()) if is_json else dict(request.form())
    scheme, _, word = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client, _, secret = base64.b64decode(word, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise OAuthRefusal("invalid_client", "Client authentication failed", 401) from None
        body |= {"client_id": client, "client_secret": secret}
    return body


def token(house: House, request: Request) -> Reply:
    """POST /oauth/token."""
    body = credentials(request)
    _check_client(house, body)
    grant = body.get("grant_type")
    if not grant:
        raise OAuthRefusal("invalid_request", "Missing required parameter: grant_type")
    if grant == "client_credentials":
        return Reply(200, _issued(house, grant))
    if grant == "authorization_code":
        code = _spent(house, body.get("code"), "code")
        if code["redirect_uri"] != body.get("redirect_uri"):
            raise OAuthRefusal("invalid_grant", "The redirect_uri doesn't match the authorization request")
        return Reply(200, _issued(house, grant, refreshable=True))
    if grant == "refresh_token":
        _spent(house, body.get("refresh_token"), "refresh")
        return Reply(200, _issued(house, grant, refreshable=True))
    raise OAuthRefusal("unsupported_grant_type", "The authorization grant type is not supported")


def authorize(house: House, request: Request) -> Reply:
    """GET /oauth/authorize: consents at once and redirects with a code."""
    if request.value("client_id") != house.settings.client_id:
        raise OAuthRefusal("invalid_client", "Unknown client", 401)
    target = request.value("redirect_uri") or ""
    kind = request.value("response_type")
    if kind not in ("code", "token") or not target:
        raise OAuthRefusal("invalid_request", "response_type and redirect_uri are required")
    answer: dict[str, Any] = {"state": state} if (state := request.value("state")) else {}
    if kind == "token":
        issued = _issued(house, "implicit")
        return Reply(302, None, {"Location": f"{target}#{urlencode(answer | issued)}"})
    code = _kept(house, "code", "authorization_code", CODE_SECONDS, redirect_uri=target)
    joint = "&" if "?" in target else "?"
    return Reply(302, None, {"Location": f"{target}{joint}{urlencode({'code': code['id'], **answer})}"})


def token_info(house: House, request: Request) -> Reply:
    """GET /oauth/token/info."""
    found = bearer(house, request)
    left = max(0, int(found["expires_at"] - house.clock.seconds()))
    return Reply(
        200,
        {
            "resource_owner_id": user_of(found)["id"],
            "scopes": [],
            "expires_in_seconds": left,
            "application": {"uid": found["client_id"]},
            "created_at": found["issued_at"],
        },
    )


def revoke(house: House, request: Request) -> Reply:
    """POST /oauth/revoke: both tokens of a grant go; an unknown token is no error."""
    body = credentials(request)
    _check_client(house, body)
    found = house.books.get("tokens", str(body.get("token")))
    if found is not None:
        for sibling in house.books.find("tokens", family=found["family"]):
            house.books.remove("tokens", sibling["id"])
    return Reply(200, {})


def expire_all(house: House) -> int:
    """Let every access token expire now; says how many."""
    live = [row for row in house.books.find("tokens", kind="access") if row["expires_at"] > house.clock.seconds()]
    for row in live:
        house.books.change("tokens", row["id"], {"expires_at": 0})
    return len(live)


def _check_client(house: House, body: Record) -> None:
    expected = (house.settings.client_id, house.settings.client_secret)
    if (body.get("client_id"), body.get("client_secret")) != expected:
        raise OAuthRefusal("invalid_client", "Client authentication failed", 401)


def _spent(house: House, word: Any, kind: str) -> Record:
    """A code or refresh token that now has served. Raises OAuthRefusal when it can't."""
    found = house.books.get("tokens", str(word))
    if found is None or found["kind"] != kind or found["expires_at"] <= house.clock.seconds():
        raise OAuthRefusal("invalid_grant", "The authorization grant is invalid, expired, revoked or already used")
    house.books.remove("tokens", found["id"])
    return found


def _issued(house: House, grant: str, *, refreshable: bool = False) -> Record:
    family = secrets.token_urlsafe(8)
    access = _kept(house, "access", grant, house.settings.token_seconds, family=family)
    answer = {
        "access_token": access["id"],
        "token_type": "bearer",
        "expires_in": house.settings.token_seconds,
        "created_at": access["issued_at"],
    }
    if refreshable:
        # No fixed expiry is documented for refresh tokens; ten years stand for that.
        answer["refresh_token"] = _kept(house, "refresh", grant, 315_360_000, family=family)["id"]
    return answer


def _kept(house: House, kind: str, grant: str, seconds: int, **more: Any) -> Record:
    now = house.clock.seconds()
    row = {
        "id": secrets.token_urlsafe(32),
        "kind": kind,
        "grant": grant,
        "client_id": house.settings.client_id,
        "issued_at": int(now),
        "expires_at": now + seconds,
        "family": secrets.token_urlsafe(8),
        **more,
    }
    return house.books.insert("tokens", row)


ROUTES.add("POST", "/oauth/token", token)
ROUTES.add("GET", "/oauth/authorize", authorize)
ROUTES.add("GET", "/oauth/token/info", token_info)
ROUTES.add("POST", "/oauth/revoke", revoke)
