"""Whatever CMiC, or something in front of it, answers: the port's errors in plain words, never a raw exception."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ports import Unavailable
from domain.records import Key
from domain.refusals import Refused
from systems.cmic.gateway import CmicGateway
from tests.systems.cmic.support import contract_key, contract_row, echo, group, opened

HTML = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>"
Ask = Callable[[CmicGateway], Awaitable[Any]]

ASKED: dict[str, Ask] = {
    "find": lambda gateway: gateway.find(contract_key()),
    "find by q": lambda gateway: gateway.find(Key(resource="partner", parts={"vendor": "A"})),
    "lines": lambda gateway: gateway.lines(contract_key(), "subcontract_line"),
    "create": lambda gateway: gateway.create(group(1)),
    "create alone": lambda gateway: gateway.create(group(0)),
    "changed": lambda gateway: gateway.changed("subcontract", "01", None, None),
    "job codes": lambda gateway: gateway.job_codes("01", "1042"),
    "describe": lambda gateway: gateway.describe(),
}

BAD: dict[str, httpx.Response] = {
    "html": httpx.Response(200, text=HTML, headers={"Content-Type": "text/html"}),
    "broken json": httpx.Response(200, text='{"items": [{"A":'),
    "not utf-8": httpx.Response(200, content=b'{"items": [{"A": "\xff"}]}'),
    "a number": httpx.Response(200, text="7"),
    "a text": httpx.Response(200, text='"yes"'),
    "NaN": httpx.Response(200, text='{"items": [{"ScmstContAmt": NaN}]}'),
    "10 MB": httpx.Response(200, text="x" * 10_000_000),
    "10 MB of brackets": httpx.Response(200, text="[" * 10_000_000),
    "items of texts": httpx.Response(200, json={"items": ["a"], "parts": "none"}),
    "html error": httpx.Response(502, text=HTML),
    "empty error": httpx.Response(400),
    "10 MB error": httpx.Response(400, text="x" * 10_000_000),
    "strange status": httpx.Response(599, json={"o:errorDetails": [{"detail": ["no", "text"]}]}),
}


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("bad", BAD)
async def test_a_bad_answer_is_said_in_plain_words(ask: str, bad: str) -> None:
    answer = BAD[bad]

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)

    async with opened(handler) as (gateway, _):
        if ask == "describe" and (answer.status_code < 500):
            found = await _or_error(ASKED[ask](gateway))
            assert isinstance(found, Unavailable) or all(d.verdict == "missing" for d in found)
            return
        error = await _or_error(ASKED[ask](gateway))
    assert isinstance(error, Refused | Unavailable)
    assert 0 < len(str(error)) < 1500
    if answer.status_code == 200 and ask.startswith("create"):
        assert isinstance(error, Unavailable)
        assert error.maybe_done


async def _or_error(asked: Awaitable[Any]) -> Any:
    try:
        return await asked
    except (Refused, Unavailable) as error:
        return error


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=True)
    | st.text(max_size=10)
    | st.sampled_from(["01", "ACME01", "SC-1", "000", "0001", "AB", "2026-01-02", "1e400", "Y", "N"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
CONTRACT_ROWS = st.lists(
    st.builds(
        lambda changes: contract_row(**changes), st.dictionaries(st.sampled_from(sorted(contract_row())), VALUES)
    ),
    max_size=3,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=CONTRACT_ROWS)
async def test_rows_of_any_values_never_escape_the_port(rows: list[dict[str, Any]]) -> None:
    text = json.dumps({"items": rows, "hasMore": False})
    async with opened(lambda request: httpx.Response(200, text=text)) as (gateway, _):
        for ask in ("find", "changed"):
            await _or_error(ASKED[ask](gateway))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.dictionaries(st.sampled_from(["id", "payload", "ScschAmt", "ScschVUuid", "ScschTaskCode"]), VALUES))
async def test_a_written_row_of_any_values_never_escapes_the_port(changes: dict[str, Any]) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        parts = json.loads(echo(request).content)["parts"]
        parts[1]["payload"].update({k: v for k, v in changes.items() if k.startswith("Scsch")})
        parts[1].update({k: v for k, v in changes.items() if not k.startswith("Scsch")})
        return httpx.Response(200, text=json.dumps({"parts": parts}))

    async with opened(handler) as (gateway, _):
        written = await _or_error(gateway.create(group(1)))
    assert written is None or isinstance(written, list | Refused | Unavailable)
