"""Signing in: Basic with `CLIENT||USER`, or a bearer token of an identity provider (cmic-api §1.2; S-29).

A token is fetched once for all who wait, renewed before it ends, and once after CMiC answers 401. No secret shows in a
repr, a log or an error.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from typing import Any, Protocol

import httpx

from domain.ports import Unavailable
from domain.refusals import Refused, refuse
from systems.cmic.config import BasicSignIn, OAuthSignIn
from systems.cmic.jsontext import NotJson, loads

TOKEN_SECONDS = 300
EARLY_SECONDS = 60
TOKEN_DEADLINE = 20.0


class Signer(Protocol):
    """Gives the `Authorization` header of a request."""

    async def header(self) -> str:
        """Raises Unavailable, Refused (cmic_not_granted)."""
        ...

    async def renewed(self, stale: str) -> str | None:
        """Another header after a 401 to `stale`; None where nothing else can be tried."""
        ...

    def secrets(self) -> list[str]:
        """What must never be shown."""
        ...

    async def aclose(self) -> None: ...


class BasicSigner:
    def __init__(self, sign_in: BasicSignIn) -> None:
        user = f"{sign_in.client_id}||{sign_in.user}" if sign_in.client_id else sign_in.user
        self._password = sign_in.password.get_secret_value()
        self._encoded = base64.b64encode(f"{user}:{self._password}".encode()).decode()

    async def header(self) -> str:
        return f"Basic {self._encoded}"

    async def renewed(self, stale: str) -> str | None:
        return None

    def secrets(self) -> list[str]:
        return [self._encoded, self._password]

    async def aclose(self) -> None:
        return None


class TokenSigner:
    """OAuth 2.0 client credentials. `http` reaches the identity provider, which has no part in CMiC's limits."""

    def __init__(
        self, sign_in: OAuthSignIn, http: httpx.AsyncClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sign_in = sign_in
        self._http = http
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._ends = 0.0

    async def header(self) -> str:
        async with self._lock:
            if not self._token or self._clock() >= self._ends:
                await self._fetch()
            return f"Bearer {self._token}"

    async def renewed(self, stale: str) -> str | None:
        """Who comes second finds the token that the first has fetched."""
        async with self._lock:
            if f"Bearer {self._token}" == stale:
                await self._fetch()
            return f"Bearer {self._token}"

    def secrets(self) -> list[str]:
        return [secret for secret in (self._sign_in.client_secret.get_secret_value(), self._token) if secret]

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _fetch(self) -> None:
        asked_at = self._clock()
        answer = await self._ask()
        token, seconds = answer.get("access_token"), _seconds(answer.get("expires_in"))
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise Unavailable("the sign-in service's answer holds no usable token")
        self._token = token
        self._ends = asked_at + max(seconds - EARLY_SECONDS, seconds / 2)

    async def _ask(self) -> dict[str, Any]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._sign_in.client_id,
            "client_secret": self._sign_in.client_secret.get_secret_value(),
            "scope": self._sign_in.scope,
        }
        try:
            answer = await self._http.post(self._sign_in.token_url, data={k: v for k, v in form.items() if v})
        except httpx.HTTPError as error:
            raise Unavailable(f"the sign-in service can't be reached ({type(error).__name__})") from None
        body = _object(answer)
        if answer.status_code in (408, 429) or answer.status_code >= 500:
            raise Unavailable(f"the sign-in service failed (HTTP {answer.status_code})")
        if answer.status_code != 200:
            raise Refused(refuse("cmic_not_granted", words=self._words(answer.status_code, body)))
        return body

    def _words(self, status: int, body: dict[str, Any]) -> str:
        said = [body[name] for name in ("error", "error_description") if isinstance(body.get(name), str)]
        reason = " – ".join(said).replace(self._sign_in.client_secret.get_secret_value(), "***")
        return f"the sign-in service answered HTTP {status}: {reason[:300] or 'no reason given'}"


def signer_for(sign_in: BasicSignIn | OAuthSignIn) -> Signer:
    """The signer of a configuration. It is closed with the gateway."""
    if isinstance(sign_in, BasicSignIn):
        return BasicSigner(sign_in)
    return TokenSigner(sign_in, httpx.AsyncClient(timeout=TOKEN_DEADLINE, follow_redirects=False))


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = loads(answer.content)
    except NotJson:
        return {}
    return body if isinstance(body, dict) else {}


def _seconds(expires_in: Any) -> float:
    """Providers send a number or a number as text; without one a short life is taken."""
    text = str(expires_in)
    return float(text) if text.isdigit() and 0 < int(text) < 10**8 else TOKEN_SECONDS
