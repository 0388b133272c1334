"""Signing in: one token for all, renewed in time and once after a 401; no secret in any error (cmic-api §1.2)."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from domain.ports import Unavailable
from domain.refusals import Refused
from systems.cmic.auth import BasicSigner, TokenSigner, signer_for
from systems.cmic.config import BasicSignIn, OAuthSignIn

SECRET = "s3cret-value"
SIGN_IN = OAuthSignIn(
    token_url="https://id.test/tenant/token",
    client_id="connector",
    client_secret=SecretStr(SECRET),
    scope="api://connector/.default",
)


class Provider:
    """An identity provider; `answer` makes its next answers."""

    def __init__(self, answer: Callable[[int], httpx.Response] | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self.now = 0.0
        self.answer = answer or (lambda n: httpx.Response(200, json={"access_token": f"t{n}", "expires_in": 3600}))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(len(self.requests))

    def signer(self) -> TokenSigner:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return TokenSigner(SIGN_IN, http, clock=lambda: self.now)


@pytest.mark.parametrize(("client", "name"), [("DEMO", "DEMO||CONNECTOR"), (None, "CONNECTOR"), ("", "CONNECTOR")])
async def test_basic_names_client_and_user(client: str | None, name: str) -> None:
    signer = BasicSigner(BasicSignIn(client_id=client, user="CONNECTOR", password=SecretStr("pässword:x")))
    scheme, _, encoded = (await signer.header()).partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(encoded).decode() == f"{name}:pässword:x"
    assert await signer.renewed(await signer.header()) is None


async def test_the_configuration_chooses_the_signer() -> None:
    for sign_in, kind in ((BasicSignIn(user="U", password=SecretStr("p")), BasicSigner), (SIGN_IN, TokenSigner)):
        signer = signer_for(sign_in)
        assert isinstance(signer, kind)
        await signer.aclose()


async def test_one_token_for_all_who_wait() -> None:
    provider = Provider()
    signer = provider.signer()
    headers = await asyncio.gather(*(signer.header() for _ in range(20)))
    assert set(headers) == {"Bearer t1"}
    assert len(provider.requests) == 1
    form = dict(httpx.QueryParams(provider.requests[0].content.decode()))
    assert form == {
        "grant_type": "client_credentials",
        "client_id": "connector",
        "client_secret": SECRET,
        "scope": "api://connector/.default",
    }
    await signer.aclose()


@pytest.mark.parametrize(
    ("expires_in", "still", "over"), [(3600, 3500, 3545), ("3600", 3500, 3545), (30, 14, 16), (None, 200, 250)]
)
async def test_a_token_is_renewed_before_it_ends(expires_in: Any, still: float, over: float) -> None:
    provider = Provider(lambda n: httpx.Response(200, json={"access_token": f"t{n}", "expires_in": expires_in}))
    signer = provider.signer()
    await signer.header()
    provider.now = still
    assert await signer.header() == "Bearer t1"
    provider.now = over
    assert await signer.header() == "Bearer t2"


async def test_many_401s_fetch_one_new_token() -> None:
    provider = Provider()
    signer = provider.signer()
    stale = await signer.header()
    renewed = await asyncio.gather(*(signer.renewed(stale) for _ in range(10)))
    assert set(renewed) == {"Bearer t2"}
    assert len(provider.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_refusing_provider_is_the_operators_matter(status: int) -> None:
    said = {"error": "invalid_client", "error_description": f"AADSTS7000215: {SECRET} is wrong\r\nTrace 1"}
    signer = Provider(lambda n: httpx.Response(status, json=said)).signer()
    with pytest.raises(Refused) as caught:
        await signer.header()
    assert caught.value.refusals[0].code == "cmic_not_granted"
    assert "invalid_client" in str(caught.value)
    assert SECRET not in json.dumps([r.model_dump() for r in caught.value.refusals])


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(429),
        httpx.Response(503, text="<html>"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"access_token": ""}),
        httpx.Response(200, json={"access_token": "a\r\nb"}),
        httpx.Response(200, json={"access_token": 7}),
    ],
)
async def test_a_failing_provider_is_temporary(answer: httpx.Response) -> None:
    signer = Provider(lambda n: answer).signer()
    with pytest.raises(Unavailable) as caught:
        await signer.header()
    assert not caught.value.maybe_done


async def test_an_unreachable_provider_is_temporary() -> None:
    def broken(number: int) -> httpx.Response:
        raise httpx.ConnectError(f"no route, and {SECRET}")

    signer = Provider(broken).signer()
    with pytest.raises(Unavailable) as caught:
        await signer.header()
    assert SECRET not in str(caught.value)
    assert not caught.value.maybe_done
    assert SECRET not in repr(signer)
