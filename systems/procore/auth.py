"""The connector's access token: OAuth client credentials of a developer managed service account (procore-api §1).

A token lives for about 90 minutes and has no refresh token; it is simply asked for again, shortly before its end or once
Procore no longer takes it. However many requests wait for it, one asks.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx
import structlog

from domain.ports import NotThere, Unavailable
from systems.procore.config import ProcoreConfig
from systems.procore.errors import Rejected, failure, unreadable
from systems.procore.jsontext import UnreadableJson, load
from systems.procore.transport import MOST_ERROR_BYTES, Answer, exchange

EARLY = 60.0
"""Seconds before its end at which a token is renewed."""
UNNAMED_LIFETIME = 300.0
_USABLE = re.compile(r"[\x21-\x7e]{1,16384}")

log = structlog.get_logger(__name__)


class Tokens:
    """Holds the token. Its repr, its errors and its log lines never show a secret."""

    def __init__(
        self, config: ProcoreConfig, http: httpx.AsyncClient, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._config, self._http, self._clock = config, http, clock
        self._token = ""
        self._renew_at = 0.0
        self._renewal: asyncio.Task[str] | None = None

    async def current(self) -> str:
        """A token that should work. Raises Unavailable, Refused."""
        if self._token and self._clock() < self._renew_at:
            return self._token
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew())
            self._renewal.add_done_callback(self._renewed)
        # Shielded, so that one caller who gives up doesn't take the token from the others.
        return await asyncio.shield(self._renewal)

    def spoiled(self, token: str) -> None:
        """Procore no longer takes this token."""
        if token == self._token:
            self._token = ""

    def scrub(self, body: bytes) -> bytes:
        """A body without our secrets, should an answer ever quote them."""
        for secret in (self._config.client_secret.get_secret_value(), self._token):
            for form in {secret, json.dumps(secret)[1:-1], secret.replace("/", "\\/")} - {""}:
                body = body.replace(form.encode(), b"***")
        return body

    async def aclose(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)

    def _renewed(self, task: asyncio.Task[str]) -> None:
        self._renewal = None
        if not task.cancelled():
            task.exception()  # Looked at here, because everyone who waited may have given up.

    async def _renew(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._config.client_id,
            "client_secret": self._config.client_secret.get_secret_value(),
        }
        request = self._http.build_request(
            "POST", f"{self._config.login_url}/oauth/token", data=form, headers={"Accept": "application/json"}
        )
        try:
            answer = await exchange(self._http, request, deadline=self._config.deadline_seconds, most=MOST_ERROR_BYTES)
        except Unavailable as error:
            raise Unavailable(f"signing in: {error.words}") from None
        if not answer.ok:
            raise self._sign_in_failed(answer)
        self._token, lifetime = _read(answer)
        self._renew_at = self._clock() + lifetime - min(EARLY, lifetime / 2)
        log.info("procore_signed_in", lifetime_seconds=int(lifetime))
        return self._token

    def _sign_in_failed(self, answer: Answer) -> Exception:
        clean = Answer(answer.status, answer.headers, self.scrub(answer.body), answer.whole)
        error = failure(clean, write=False)
        if isinstance(error, Unavailable):
            return Unavailable(f"signing in: {error.words}", retry_after=error.retry_after)
        said = error.said if isinstance(error, Rejected) else str(error)
        if isinstance(error, NotThere):
            return Rejected(f"there is nothing to sign in to at the login address: {said}", answer.status)
        return Rejected(f"it doesn't sign the connector in: {said}", answer.status)


def _read(answer: Answer) -> tuple[str, float]:
    try:
        body = load(answer.body)
    except UnreadableJson:
        raise Unavailable("signing in: the answer is no JSON") from None
    if not isinstance(body, dict):
        raise unreadable("it isn't a JSON object", "the sign-in")
    token, kind = body.get("access_token"), body.get("token_type", "bearer")
    if not isinstance(token, str) or not _USABLE.fullmatch(token):
        raise unreadable("it has no usable access_token", "the sign-in")
    if str(kind).lower() != "bearer":
        raise unreadable("its token is of another type than bearer", "the sign-in")
    return token, _lifetime(body.get("expires_in"))


def _lifetime(value: Any) -> float:
    """Seconds; a cautious guess where the answer names none that makes sense."""
    try:
        seconds = Decimal(str(value))
    except InvalidOperation:
        return UNNAMED_LIFETIME
    return float(seconds) if seconds.is_finite() and 0 < seconds <= 10**7 else UNNAMED_LIFETIME
