"""What goes over the wire: addresses, headers, bodies, pages, and what comes back of every fault (cmic-api §1)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx
import pytest

from domain.ports import DuplicateKey, NotThere, Unavailable, WantsFirst
from domain.refusals import Refused
from systems.cmic.answers import items
from systems.cmic.auth import BasicSigner, Signer
from systems.cmic.client import CmicClient, Part
from systems.cmic.pacing import paced
from systems.cmic.query import Selection
from systems.cmic.values import Unreadable
from systems.cmic.wire import Wire
from tests.systems.cmic.support import DIALECT, PASSWORD, collection, config, contract_row

CONTRACT, LINE = DIALECT.resources["subcontract"], DIALECT.resources["subcontract_line"]
ALL = Selection()


@asynccontextmanager
async def client(
    handler: Callable[[httpx.Request], httpx.Response], signer: Signer | None = None, **changes: Any
) -> AsyncIterator[CmicClient]:
    settings = config(**changes)
    assert settings.sign_in.mode == "basic"
    wire = Wire(
        settings, DIALECT, paced(settings, httpx.MockTransport(handler)), signer or BasicSigner(settings.sign_in)
    )
    made = CmicClient(settings, DIALECT, wire)
    try:
        yield made
    finally:
        await made.aclose()


async def test_a_collection_is_asked_for_with_finder_limit_and_order() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return collection(contract_row())

    selection = Selection({"finder": "selectByCompany;CompCodeVar=01", "q": "ScmstCompCode='01'"}).only(
        ["ScmstContCode"]
    )
    async with client(handler) as cmic:
        assert await cmic.rows(CONTRACT, selection) == [contract_row()]
    (request,) = seen
    assert request.method == "GET"
    assert str(request.url.copy_with(query=None)) == "http://cmic.test/cmictest/pm-rest-api/rest/1/scmast"
    assert dict(request.url.params) == {
        "finder": "selectByCompany;CompCodeVar=01",
        "q": "ScmstCompCode='01'",
        "fields": "ScmstContCode",
        "limit": "500",
        "offset": "0",
        "orderBy": "ScmstCompCode:asc,ScmstVenCode:asc,ScmstContCode:asc,ScmstChgCode:asc",
    }
    assert request.headers["Rest-Framework-Version"] == "4"
    assert request.headers["Authorization"].startswith("Basic ")
    assert "Content-Type" not in request.headers


async def test_pages_are_read_while_there_are_more_by_the_rows_that_came() -> None:
    """A page may be shorter than was asked for; the next begins after what came. Links are not followed."""
    rows = [contract_row(f"SC-{n}") for n in range(7)]
    offsets = []

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "cmic.test"
        offsets.append(int(request.url.params["offset"]))
        page = rows[offsets[-1] : offsets[-1] + 3]
        return collection(*page, has_more=offsets[-1] + 3 < len(rows))

    async with client(handler, page_size=4) as cmic:
        assert await cmic.rows(CONTRACT, ALL) == rows
    assert offsets == [0, 3, 6]


async def test_without_has_more_a_full_page_means_more() -> None:
    rows = [contract_row(f"SC-{n}") for n in range(5)]

    def handler(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        return httpx.Response(200, json={"items": rows[offset : offset + 2]})

    async with client(handler, page_size=2) as cmic:
        assert await cmic.rows(CONTRACT, ALL) == rows


@pytest.mark.parametrize("rows", [[], [contract_row()]])
async def test_paging_that_never_ends_is_noticed(rows: list[dict[str, Any]]) -> None:
    async with client(lambda request: collection(*rows, has_more=True)) as cmic:
        with pytest.raises(Unreadable):
            await cmic.rows(CONTRACT, ALL)


def test_children_come_as_arrays_or_objects() -> None:
    row = {"A": 1}
    assert items([row]) == items({"items": [row], "hasMore": False}) == [row]
    for odd in ({"items": None}, {"items": [1]}, {}, "rows", None):
        with pytest.raises(Unreadable):
            items(odd)


async def test_numbers_of_a_page_are_exact() -> None:
    text = '{"items":[{"A":0.1,"B":12345678901234567.89}],"hasMore":false}'
    async with client(lambda request: httpx.Response(200, text=text)) as cmic:
        assert await cmic.rows(CONTRACT, ALL) == [{"A": Decimal("0.1"), "B": Decimal("12345678901234567.89")}]


async def test_an_item_is_read_by_its_uuid() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.raw_path == b"/cmictest/pm-rest-api/rest/1/scmast/A%2FB%3F"
        return httpx.Response(200, json=contract_row())

    async with client(handler) as cmic:
        assert await cmic.item(CONTRACT, "A/B?") == contract_row()


async def test_an_item_that_is_not_there() -> None:
    async with client(lambda request: httpx.Response(404, json={"title": "Not Found", "status": "404"})) as cmic:
        with pytest.raises(NotThere):
            await cmic.item(CONTRACT, "AB")
        with pytest.raises(Refused):
            await cmic.rows(CONTRACT, ALL)
    async with client(lambda request: httpx.Response(400, text="bad key")) as cmic:
        with pytest.raises(Refused):
            await cmic.item(CONTRACT, "AB")


async def test_create_and_patch_send_exact_numbers_in_adfs_media_type() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201 if request.method == "POST" else 200, json=contract_row())

    async with client(handler) as cmic:
        assert await cmic.create(CONTRACT, {"ScmstHldbkPc": Decimal("7.10"), "ScmstName": "Ünder"}) == contract_row()
        assert await cmic.patch(CONTRACT, "AB", {"ScmstEndDate": None}) == contract_row()
    create, patch = seen
    assert create.content == b'{"ScmstHldbkPc":7.10,"ScmstName":"\\u00dcnder"}'
    assert create.headers["Content-Type"] == "application/vnd.oracle.adf.resourceitem+json"
    assert (patch.method, patch.content) == ("PATCH", b'{"ScmstEndDate":null}')
    assert patch.url.path == "/cmictest/pm-rest-api/rest/1/scmast/AB"


async def test_a_create_answered_with_nothing_gives_no_row() -> None:
    async with client(lambda request: httpx.Response(201)) as cmic:
        assert await cmic.create(CONTRACT, {}) is None


async def test_a_415_falls_back_to_plain_json_for_good() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Content-Type"])
        return httpx.Response(415 if "oracle" in seen[-1] else 201, json=contract_row())

    async with client(handler) as cmic:
        await cmic.create(CONTRACT, {})
        await cmic.create(CONTRACT, {})
    assert seen == ["application/vnd.oracle.adf.resourceitem+json", "application/json", "application/json"]


async def test_each_media_type_falls_back_by_itself() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Content-Type"].rpartition(".")[2])
        return httpx.Response(415 if "resourceitem" in seen[-1] else 200, json={"parts": []})

    async with client(handler) as cmic:
        await cmic.create(CONTRACT, {})
        await cmic.batch([Part("a", CONTRACT, {})])
    assert seen == ["resourceitem+json", "application/json", "batch+json"]


async def test_media_types_can_be_settled_in_the_configuration() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(415 if "oracle" in request.headers["Content-Type"] else 201, json=contract_row())

    async with client(handler, media_types="json") as cmic:
        assert await cmic.create(CONTRACT, {}) == contract_row()
    async with client(handler, media_types="adf") as cmic:
        with pytest.raises(Refused):
            await cmic.create(CONTRACT, {})


async def test_a_batch_addresses_one_application() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "http://cmic.test/cmictest/pm-rest-api/rest"
        assert request.headers["Content-Type"] == "application/vnd.oracle.adf.batch+json"
        body = json.loads(request.content)
        assert body == {
            "parts": [
                {"id": "a", "path": "/1/scmast", "operation": "create", "payload": {"X": 1}},
                {"id": "b", "path": "/1/scsched", "operation": "create", "payload": {"Y": 2}},
            ]
        }
        return httpx.Response(200, json={"parts": [{"id": "b", "payload": {"Y": 2}}, {"id": "a"}, "odd"]})

    async with client(handler) as cmic:
        assert await cmic.batch([Part("a", CONTRACT, {"X": 1}), Part("b", LINE, {"Y": 2})]) == {"b": {"Y": 2}}
        with pytest.raises(ValueError, match="one application"):
            await cmic.batch([Part("a", CONTRACT, {}), Part("b", DIALECT.resources["vendor"], {})])


async def test_an_error_inside_a_batch_that_says_200_is_an_error() -> None:
    part = {
        "id": "b",
        "payload": {"title": "Bad Request", "o:errorDetails": [{"detail": "JBO-25013: Too many objects"}]},
    }
    async with client(lambda request: httpx.Response(200, json={"parts": [part]})) as cmic:
        with pytest.raises(DuplicateKey, match="line 1"):
            await cmic.batch([Part("a", CONTRACT, {}), Part("b", LINE, {}, "line 1")])


async def test_an_action_succeeds_by_its_text_not_by_its_status() -> None:
    values = {"company": "01", "job": "1042", "change_item": "PCI-1", "posted_on": "2026-03-04"}

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/cmictest/cm-rest-api/rest/1/postcm"
        assert request.headers["Content-Type"] == "application/vnd.oracle.adf.action+json"
        assert json.loads(request.content) == {
            "name": "postCm",
            "parameters": [
                {"compCode": "01"}, {"jobCode": "1042"}, {"chgCode": "PCI-1"}, {"postDate": "2026-03-04"},
            ],
        }  # fmt: skip
        return httpx.Response(200, json={"result": "success "})

    async with client(handler) as cmic:
        assert await cmic.action("post_change_item", values) == "success "


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (httpx.Response(200, json={"result": "PCI 01/1042/PCI-1 is not approved"}), Refused, "is not approved"),
        (httpx.Response(200, json={"result": "The base contract is not posted"}), WantsFirst, "is not posted"),
        (httpx.Response(404, json={"error": "Batch was posted before"}), Refused, "Batch was posted before"),
        (httpx.Response(200, json={}), Unavailable, "no result"),
        (httpx.Response(200, text="ok"), Unavailable, "not JSON"),
    ],
)
async def test_an_action_that_did_not_succeed(answer: httpx.Response, error: type[Exception], words: str) -> None:
    values = {"company": "01", "job": "1042", "change_item": "PCI-1", "posted_on": "2026-03-04"}
    async with client(lambda request: answer) as cmic:
        with pytest.raises(error, match=words):
            await cmic.action("post_change_item", values)


class Tokens:
    """A signer whose first token CMiC doesn't like."""

    def __init__(self) -> None:
        self.current = "Bearer old"

    async def header(self) -> str:
        return self.current

    async def renewed(self, stale: str) -> str | None:
        assert stale == "Bearer old"
        self.current = "Bearer new"
        return self.current

    def secrets(self) -> list[str]:
        return ["old", "new"]

    async def aclose(self) -> None:
        return None


async def test_a_401_is_tried_once_more_with_a_new_token() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return collection() if seen[-1] == "Bearer new" else httpx.Response(401, text="expired")

    async with client(handler, Tokens()) as cmic:
        assert await cmic.rows(CONTRACT, ALL) == []
    assert seen == ["Bearer old", "Bearer new"]


async def test_a_second_401_is_the_operators_matter() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(401, text="401 Unauthorized")

    async with client(handler, Tokens()) as cmic:
        with pytest.raises(Refused) as caught:
            await cmic.create(CONTRACT, {})
    assert caught.value.refusals[0].code == "cmic_not_granted"
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("fault", "maybe_done"),
    [
        (httpx.ConnectError("[Errno 111] Connection refused"), False),
        (httpx.ConnectError("[Errno -2] Name or service not known"), False),
        (httpx.ConnectTimeout("slow"), False),
        (httpx.PoolTimeout("full"), False),
        (httpx.ReadTimeout("no answer"), True),
        (httpx.WriteTimeout("stuck"), True),
        (httpx.ReadError("reset"), True),
        (httpx.WriteError("broken pipe"), True),
        (httpx.CloseError("odd"), True),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), True),
        (httpx.DecodingError("bad gzip"), True),
    ],
)
async def test_a_lost_request_says_whether_it_may_be_done(fault: httpx.HTTPError, maybe_done: bool) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise fault

    async with client(handler) as cmic:
        with pytest.raises(Unavailable) as caught:
            await cmic.create(CONTRACT, {})
    assert caught.value.maybe_done is maybe_done
    assert caught.value.words


async def test_a_broken_encoding_is_a_lost_answer() -> None:
    answer = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip"))
    async with client(lambda request: answer) as cmic:
        with pytest.raises(Unavailable) as caught:
            await cmic.create(CONTRACT, {})
    assert caught.value.maybe_done


async def test_an_answer_beyond_all_bounds_is_dropped() -> None:
    async with client(lambda request: httpx.Response(200, text="x" * 20_000), max_answer_bytes=10_000) as cmic:
        with pytest.raises(Unreadable, match="longer than 10000 bytes"):
            await cmic.create(CONTRACT, {})


async def test_a_redirect_is_not_followed() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers={"Location": "https://elsewhere.test/login?token=1"})

    async with client(handler) as cmic:
        with pytest.raises(Refused, match="is its address right"):
            await cmic.rows(CONTRACT, ALL)
    assert len(seen) == 1


async def test_no_secret_in_any_error_or_log(capsys: pytest.CaptureFixture[str]) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        sent = request.headers["Authorization"]
        return httpx.Response(400, text=f"what you sent: {sent}, {PASSWORD}")

    async with client(handler) as cmic:
        with pytest.raises(Refused) as caught:
            await cmic.create(CONTRACT, {})
        shown = "".join([str(caught.value), repr(caught.value.refusals), repr(cmic), *capsys.readouterr()])
    settings = config().sign_in
    assert settings.mode == "basic"
    assert [secret for secret in BasicSigner(settings).secrets() if secret in shown] == []
    assert "what you sent: Basic ***" in shown
