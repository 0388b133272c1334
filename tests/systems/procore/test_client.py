"""One call at its lowest level: headers, bodies, renewal, limits, cut connections, pages, and answers nobody can read."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from domain.ports import NotThere, Unavailable
from domain.refusals import Refused
from systems.procore.client import MOST_TIMES_LIMITED, ProcoreClient
from tests.systems.procore.fake import (
    API,
    COMPANY,
    SECRET,
    TOKEN,
    Answer,
    FakeProcore,
    FakeTime,
    body_of,
    client_of,
    fails,
    reply,
    token,
)

THING = "/rest/v1.0/things/1"
LIST = "/rest/v1.0/things"


async def test_a_call_bears_company_token_and_query(procore: FakeProcore, client: ProcoreClient) -> None:
    procore.on("GET", THING, reply({"id": 1}))
    assert await client.get(THING, COMPANY, {"project_id": 310}) == {"id": 1}
    (request,) = procore.sent("GET")
    assert str(request.url) == f"{API}{THING}?project_id=310"
    assert request.headers["procore-company-id"] == str(COMPANY)
    assert request.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("method", ["PATCH", "POST"])
async def test_a_body_is_json_with_decimals_and_dates_as_texts(
    procore: FakeProcore, client: ProcoreClient, method: str
) -> None:
    procore.on(method, THING, reply({"id": 1}, 201))
    call = client.patch if method == "PATCH" else client.post
    await call(THING, COMPANY, {"amount": Decimal("10.50"), "date": date(2026, 3, 1), "origin_id": None})
    (request,) = procore.sent(method)
    assert request.headers["content-type"] == "application/json"
    assert body_of(request) == {"amount": "10.50", "date": "2026-03-01", "origin_id": None}


async def test_numbers_come_back_as_decimals(procore: FakeProcore, client: ProcoreClient) -> None:
    procore.on("GET", THING, reply(b'{"quantity": 0.10, "amount": "0.10"}'))
    assert repr(await client.get(THING, COMPANY)) == "{'quantity': Decimal('0.10'), 'amount': '0.10'}"


async def test_a_token_no_longer_taken_is_renewed_once(procore: FakeProcore, client: ProcoreClient) -> None:
    procore.on("POST", "/oauth/token", token("first"), token("second"))
    procore.on("PATCH", THING, reply(status=401, body=""), reply({"id": 1}))
    assert await client.patch(THING, COMPANY, {"a": "b"}) == {"id": 1}
    sent = procore.sent("PATCH")
    assert [r.headers["authorization"] for r in sent] == ["Bearer first", "Bearer second"]
    assert [body_of(r) for r in sent] == [{"a": "b"}, {"a": "b"}]


async def test_a_second_401_is_a_refusal(procore: FakeProcore, client: ProcoreClient) -> None:
    procore.on("GET", THING, reply({"message": "Unauthorized"}, 401))
    with pytest.raises(Refused, match="Unauthorized"):
        await client.get(THING, COMPANY)
    assert procore.sign_ins() == 2


async def test_many_401s_at_once_sign_in_once(procore: FakeProcore, client: ProcoreClient) -> None:
    def only_second(request: httpx.Request) -> httpx.Response:
        good = request.headers["authorization"] == "Bearer second"
        return httpx.Response(200 if good else 401, json={})

    procore.on("POST", "/oauth/token", token("first"), token("second"), token("third"))
    procore.on("GET", THING, only_second)
    await asyncio.gather(*(client.get(THING, COMPANY) for _ in range(20)))
    assert procore.sign_ins() == 2


async def test_a_short_limit_is_waited_out(procore: FakeProcore, client: ProcoreClient, time: FakeTime) -> None:
    procore.on("PATCH", THING, reply(status=429, body="", headers={"Retry-After": "5"}), reply({"id": 1}))
    assert await client.patch(THING, COMPANY, {}) == {"id": 1}
    assert time.slept == [5]


async def test_a_long_limit_is_handed_on(procore: FakeProcore, client: ProcoreClient, time: FakeTime) -> None:
    procore.on("PATCH", THING, reply(status=429, body="", headers={"Retry-After": "600"}))
    with pytest.raises(Unavailable) as caught:
        await client.patch(THING, COMPANY, {})
    assert (caught.value.retry_after, caught.value.maybe_done) == (600, False)
    assert len(procore.sent("PATCH")) == 1
    with pytest.raises(Unavailable):
        await client.get(THING, COMPANY)
    assert procore.sent("GET") == []


async def test_a_limit_that_never_ends_is_handed_on(procore: FakeProcore, client: ProcoreClient) -> None:
    procore.on("GET", THING, reply(status=429, body="", headers={"Retry-After": "1"}))
    with pytest.raises(Unavailable):
        await client.get(THING, COMPANY)
    assert len(procore.sent("GET")) == 1 + MOST_TIMES_LIMITED


async def test_what_is_left_is_used_up_before_waiting(
    procore: FakeProcore, client: ProcoreClient, time: FakeTime
) -> None:
    procore.on("GET", THING, reply({}, headers=time.window(25, 1, 8)), reply({}, headers=time.window(25, 0, 8)))
    for _ in range(3):
        await client.get(THING, COMPANY)
    assert len(time.slept) == 1


CUT_OFF = [
    (httpx.ConnectError("x"), False),
    (httpx.ConnectTimeout("x"), False),
    (httpx.PoolTimeout("x"), False),
    (httpx.ReadTimeout("x"), True),
    (httpx.WriteTimeout("x"), True),
    (httpx.ReadError("x"), True),
    (httpx.WriteError("x"), True),
    (httpx.RemoteProtocolError(f"x {TOKEN}"), True),
    (httpx.LocalProtocolError(f"Illegal header value {TOKEN}"), True),
    (httpx.DecodingError("x"), True),
]


@pytest.mark.parametrize(("error", "maybe"), CUT_OFF)
async def test_a_cut_off_request_is_unavailable(
    procore: FakeProcore, client: ProcoreClient, error: Exception, maybe: bool
) -> None:
    procore.on("GET", THING, fails(error))
    procore.on("PATCH", THING, fails(error))
    with pytest.raises(Unavailable) as read:
        await client.get(THING, COMPANY)
    with pytest.raises(Unavailable) as written:
        await client.patch(THING, COMPANY, {})
    assert (read.value.maybe_done, written.value.maybe_done) == (False, maybe)
    assert TOKEN not in str(written.value)


class Slow(httpx.AsyncByteStream):
    """A body that never ends."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"id": '
        await asyncio.Event().wait()


async def test_the_deadline_is_over_the_whole_answer(procore: FakeProcore) -> None:
    procore.on("PATCH", THING, lambda _: httpx.Response(200, stream=Slow()))
    client = client_of(procore, deadline_seconds=0.01)
    with pytest.raises(Unavailable, match=r"no answer within 0\.01 seconds") as caught:
        await client.patch(THING, COMPANY, {})
    assert caught.value.maybe_done is True
    await client.aclose()


@pytest.fixture
async def narrow(procore: FakeProcore) -> AsyncIterator[ProcoreClient]:
    client = client_of(procore, max_answer_bytes=2000)
    yield client
    await client.aclose()


async def test_an_answer_that_is_too_large_is_not_read(procore: FakeProcore, narrow: ProcoreClient) -> None:
    huge = reply(b"[" + b"1," * 5_000_000 + b"1]")
    procore.on("GET", THING, huge)
    procore.on("PATCH", THING, huge)
    with pytest.raises(Refused, match="larger than 2000 bytes") as caught:
        await narrow.get(THING, COMPANY)
    assert caught.value.refusals[0].code == "procore_unreadable"
    with pytest.raises(Unavailable) as written:
        await narrow.patch(THING, COMPANY, {})
    assert written.value.maybe_done is True


async def test_a_compressed_flood_is_not_read(procore: FakeProcore, narrow: ProcoreClient) -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    procore.on("GET", THING, reply(bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(Refused, match="larger than"):
        await narrow.get(THING, COMPANY)


@pytest.mark.parametrize("body", ["", "<html><title>Maintenance</title>", '{"id": 1', "[NaN]", b"\xff\xfe"])
async def test_a_yes_that_is_no_json_is_worth_another_try(
    procore: FakeProcore, client: ProcoreClient, body: str | bytes
) -> None:
    procore.on("GET", THING, reply(body))
    procore.on("PATCH", THING, reply(body))
    with pytest.raises(Unavailable) as read:
        await client.get(THING, COMPANY)
    with pytest.raises(Unavailable) as written:
        await client.patch(THING, COMPANY, {})
    assert (read.value.maybe_done, written.value.maybe_done) == (False, True)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (reply({"message": "Not found", "exception": "X"}, 404), NotThere, "Not found"),
        (reply({"errors": {"number": ["is taken"]}}, 422), Refused, "number: is taken"),
        (reply({"error": {"code": "x", "message": "App is not connected"}}, 403), Refused, "App is not connected"),
        (reply("<html><title>502 Bad Gateway</title>", 502), Unavailable, "502 Bad Gateway"),
        (reply("x" * 10_000_000, 500), Unavailable, "xxxx"),
        (reply("", 400), Refused, "HTTP 400, without a word"),
        (reply('{"message": "half', 409), Refused, "half"),
        (reply("", 302, {"Location": "https://x.test"}), Refused, "redirection"),
    ],
)
async def test_every_no_is_one_of_the_ports_errors_in_words(
    procore: FakeProcore, client: ProcoreClient, answer: Answer, kind: type[Exception], said: str
) -> None:
    procore.on("GET", THING, answer)
    with pytest.raises(kind) as caught:
        await client.get(THING, COMPANY)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 800


async def test_no_secret_leaves_by_error_log_or_repr(
    procore: FakeProcore, client: ProcoreClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    procore.on("GET", THING, reply({"message": f"you sent Bearer {TOKEN} and {SECRET}"}, 403))
    with caplog.at_level(logging.DEBUG), pytest.raises(Refused) as caught:
        await client.get(THING, COMPANY)
    shown = str(caught.value) + repr(caught.value) + repr(caught.value.refusals) + caplog.text
    shown += repr(client) + repr(client.config) + "".join(capsys.readouterr())
    assert SECRET not in shown
    assert TOKEN not in shown


# Lists


def page(rows: list[Any], link: str | None) -> Answer:
    return reply(rows, headers={"Link": link} if link else None)


def next_link(url: str) -> str:
    return f'<{API}{LIST}?page=1>; rel="first", <{url}>; rel="next", <{API}{LIST}?page=9>; rel="last"'


async def test_a_list_is_followed_to_its_last_page(procore: FakeProcore, client: ProcoreClient) -> None:
    procore.on(
        "GET",
        LIST,
        page([{"id": 1}], next_link(f"{API}{LIST}?page=2&per_page=7&project_id=999")),
        page([{"id": 2}], next_link(f"{LIST}?page=3")),
        page([{"id": 3}], f'<{API}{LIST}?page=2>; rel="prev"'),
    )
    rows = await client.all_pages(LIST, COMPANY, {"project_id": 310})
    assert [row["id"] for row in rows] == [1, 2, 3]
    # Only the page's number is taken from a link; the rest of the request stays ours.
    assert [dict(r.url.params) for r in procore.sent("GET")] == [
        {"project_id": "310", "page": str(number), "per_page": "500"} for number in (1, 2, 3)
    ]


async def test_a_list_that_does_not_page_is_one_request(procore: FakeProcore, client: ProcoreClient) -> None:
    procore.on("GET", LIST, reply([{"id": n} for n in range(600)]))
    assert len(await client.all_pages(LIST, COMPANY)) == 600
    assert len(procore.sent("GET")) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/rest/v1.0/things?page=2",
        "https://api.procore.test:8443/rest/v1.0/things?page=2",
        f"{API}{LIST}?page=1",
        f"{API}{LIST}?page=x",
        f"{API}{LIST}",
        f"{API}{LIST}?page=99999999999999999999",
        f"{API}{LIST}?page=5000",
        "https://[bad?page=2",
    ],
)
async def test_a_next_page_that_can_not_be_trusted_is_refused(
    procore: FakeProcore, client: ProcoreClient, url: str
) -> None:
    procore.on("GET", LIST, page([{"id": 1}], next_link(url)))
    with pytest.raises(Refused) as caught:
        await client.all_pages(LIST, COMPANY)
    assert caught.value.refusals[0].code == "procore_unreadable"
    assert len(procore.sent("GET")) == 1


@pytest.mark.parametrize("body", [{}, {"data": []}, b"null", b'"text"', 5, [1], [None], [[]]])
async def test_what_is_no_list_of_records_is_refused(procore: FakeProcore, client: ProcoreClient, body: object) -> None:
    procore.on("GET", LIST, reply(body))
    for call in (client.all_pages, client.rows):
        with pytest.raises(Refused, match="isn't a list of records"):
            await call(LIST, COMPANY)


async def test_a_v2_list_is_unwrapped_and_followed(procore: FakeProcore, client: ProcoreClient) -> None:
    link = {"Link": f'<{API}{LIST}?page=2&per_page=100>; rel="next"', "Total": "2"}
    pages = reply({"data": [{"id": "1"}]}, headers=link), reply({"data": [{"id": "2"}]}, headers={"Total": "2"})
    procore.on("GET", LIST, *pages)
    assert await client.all_data(LIST, COMPANY, {"a": "b"}) == [{"id": "1"}, {"id": "2"}]
    assert [dict(r.url.params) for r in procore.sent("GET")] == [
        {"a": "b", "page": "1", "per_page": "100"},
        {"a": "b", "page": "2", "per_page": "100"},
    ]


@pytest.mark.parametrize("body", [[], {}, {"rows": []}, {"data": None}, {"data": [1]}, b"null"])
async def test_what_is_no_v2_list_is_refused(procore: FakeProcore, client: ProcoreClient, body: object) -> None:
    procore.on("GET", LIST, reply(body))
    with pytest.raises(Refused) as caught:
        await client.all_data(LIST, COMPANY)
    assert caught.value.refusals[0].code == "procore_unreadable"


@pytest.mark.parametrize(("total", "complete"), [("2", False), ("1", True), ("0", True), ("", True), ("many", True)])
async def test_a_list_shorter_than_it_says_is_worth_another_try(
    procore: FakeProcore, client: ProcoreClient, total: str, complete: bool
) -> None:
    procore.on("GET", LIST, reply([{"id": 1}], headers={"Total": total}))
    if complete:
        assert await client.all_pages(LIST, COMPANY) == [{"id": 1}]
        return
    with pytest.raises(Unavailable, match="1 records of 2"):
        await client.all_pages(LIST, COMPANY)
