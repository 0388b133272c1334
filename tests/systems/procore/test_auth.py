"""Signing in: one asks for all, in time and again, and no secret ever shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import httpx
import pytest

from domain.ports import Unavailable
from domain.refusals import Refused
from systems.procore.auth import UNNAMED_LIFETIME, Tokens
from tests.systems.procore.fake import LOGIN, SECRET, FakeProcore, FakeTime, config, fails, reply, token


@pytest.fixture
async def tokens(procore: FakeProcore, time: FakeTime) -> AsyncIterator[Tokens]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(procore)) as http:
        tokens = Tokens(config(), http, clock=time.clock)
        yield tokens
        await tokens.aclose()


async def test_the_form_is_the_documented_one(procore: FakeProcore, tokens: Tokens) -> None:
    assert await tokens.current() == "tok.en-1"
    (request,) = procore.requests
    assert str(request.url) == f"{LOGIN}/oauth/token"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["the-client"],
        "client_secret": [SECRET],
    }


async def test_many_wait_and_one_asks(procore: FakeProcore, tokens: Tokens) -> None:
    found = await asyncio.gather(*(tokens.current() for _ in range(50)))
    assert set(found) == {"tok.en-1"}
    assert procore.sign_ins() == 1


async def test_it_is_renewed_shortly_before_its_end(procore: FakeProcore, tokens: Tokens, time: FakeTime) -> None:
    procore.on("POST", "/oauth/token", token("first", 5400), token("second", 5400))
    assert await tokens.current() == "first"
    time.now += 5339
    assert await tokens.current() == "first"
    time.now += 2
    assert await tokens.current() == "second"


async def test_a_short_lived_token_is_used_all_the_same(procore: FakeProcore, tokens: Tokens, time: FakeTime) -> None:
    procore.on("POST", "/oauth/token", token("first", 20), token("second", 20))
    assert await tokens.current() == "first"
    time.now += 9
    assert await tokens.current() == "first"
    time.now += 2
    assert await tokens.current() == "second"


async def test_a_spoiled_token_is_replaced_but_not_its_successor(procore: FakeProcore, tokens: Tokens) -> None:
    procore.on("POST", "/oauth/token", token("first"), token("second"), token("third"))
    first = await tokens.current()
    tokens.spoiled(first)
    assert await tokens.current() == "second"
    tokens.spoiled(first)
    assert await tokens.current() == "second"


async def test_one_who_gives_up_does_not_take_it_from_the_others(procore: FakeProcore, tokens: Tokens) -> None:
    impatient = asyncio.create_task(tokens.current())
    patient = asyncio.create_task(tokens.current())
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == "tok.en-1"
    assert procore.sign_ins() == 1


async def test_a_failure_is_told_to_all_who_waited_and_asked_again_by_the_next(
    procore: FakeProcore, tokens: Tokens
) -> None:
    procore.on("POST", "/oauth/token", reply(status=500, body="down"), token())
    found = await asyncio.gather(*(tokens.current() for _ in range(5)), return_exceptions=True)
    assert all(isinstance(error, Unavailable) for error in found)
    assert procore.sign_ins() == 1
    assert await tokens.current() == "tok.en-1"


async def test_a_failure_that_nobody_waits_for_is_silent(procore: FakeProcore, tokens: Tokens) -> None:
    procore.on("POST", "/oauth/token", reply(status=500, body="down"))
    alone = asyncio.create_task(tokens.current())
    await asyncio.sleep(0)
    alone.cancel()
    await asyncio.gather(alone, return_exceptions=True)
    for _ in range(10):
        await asyncio.sleep(0)
    assert tokens._renewal is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302])
async def test_wrong_credentials_are_refused(procore: FakeProcore, tokens: Tokens, status: int) -> None:
    procore.on("POST", "/oauth/token", reply({"error": "invalid_client"}, status))
    with pytest.raises(Refused) as caught:
        await tokens.current()
    assert [r.code for r in caught.value.refusals] == ["procore_refused"]
    assert "sign" in str(caught.value)


async def test_a_limit_at_the_login_names_its_time(procore: FakeProcore, tokens: Tokens) -> None:
    procore.on("POST", "/oauth/token", reply(status=429, body="", headers={"Retry-After": "9"}))
    with pytest.raises(Unavailable) as caught:
        await tokens.current()
    assert (caught.value.retry_after, caught.value.maybe_done) == (9, False)


@pytest.mark.parametrize("error", [httpx.ReadTimeout("x"), httpx.ConnectError("x"), httpx.RemoteProtocolError("x")])
async def test_a_sign_in_that_is_cut_off_changes_nothing(
    procore: FakeProcore, tokens: Tokens, error: Exception
) -> None:
    procore.on("POST", "/oauth/token", fails(error))
    with pytest.raises(Unavailable) as caught:
        await tokens.current()
    assert caught.value.maybe_done is False


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        "",
        [],
        None,
        {},
        {"access_token": 5},
        {"access_token": ""},
        {"access_token": "with blank"},
        {"access_token": "line\nbreak"},
        {"access_token": "x", "token_type": "mac"},
    ],
)
async def test_an_answer_that_is_no_token_is_told_in_words(procore: FakeProcore, tokens: Tokens, body: object) -> None:
    procore.on("POST", "/oauth/token", reply(body))
    with pytest.raises((Refused, Unavailable)):
        await tokens.current()


@pytest.mark.parametrize("named", [None, "soon", -1, 0, True, [], "NaN", 10**12])
async def test_a_strange_lifetime_is_a_short_one(
    procore: FakeProcore, tokens: Tokens, time: FakeTime, named: object
) -> None:
    procore.on("POST", "/oauth/token", reply({"access_token": "one", "expires_in": named}), token("two"))
    assert await tokens.current() == "one"
    time.now += UNNAMED_LIFETIME
    assert await tokens.current() == "two"


async def test_no_secret_is_in_any_error(procore: FakeProcore, tokens: Tokens) -> None:
    echo = {"error": f"bad credentials {SECRET}", "error_description": "form was client_secret=" + SECRET}
    procore.on("POST", "/oauth/token", reply(echo, 401))
    with pytest.raises(Refused) as caught:
        await tokens.current()
    assert SECRET not in str(caught.value) + repr(caught.value.refusals) + repr(tokens)
    assert "***" in str(caught.value)


def test_a_body_is_scrubbed_in_every_spelling(tokens: Tokens) -> None:
    tokens._token = 'to"ken/1'
    body = rb'{"a": "s3cr3t/with+signs=", "b": "s3cr3t\/with+signs=", "c": "to\"ken/1", "d": "kept"}'
    assert tokens.scrub(body) == b'{"a": "***", "b": "***", "c": "***", "d": "kept"}'
