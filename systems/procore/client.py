"""Procore's REST API at its lowest level: one call, one parsed answer, and lists page by page (procore-api §2).

Every call bears the Procore-Company-Id header. A token that is no longer taken is renewed once; a 429 with a short wait is
sent again, since Procore did nothing; everything else is left to the caller, in the three errors of the port.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from domain.ports import Unavailable
from systems.procore.auth import Tokens
from systems.procore.config import ProcoreConfig
from systems.procore.errors import failure, unreadable
from systems.procore.jsontext import UnreadableJson, dump, load
from systems.procore.limits import Limits
from systems.procore.paging import MOST_ROWS_OF_V2, check_total, data_of, following, rows_of
from systems.procore.transport import Answer, exchange

MOST_TIMES_LIMITED = 3

Query = Mapping[str, str | int]


class ProcoreClient:
    """Calls on one Procore environment. `http` is closed by `aclose`."""

    def __init__(
        self,
        config: ProcoreConfig,
        http: httpx.AsyncClient,
        *,
        limits: Limits | None = None,
        tokens: Tokens | None = None,
    ) -> None:
        self.config = config
        self._http = http
        self._limits = limits or Limits(config.max_in_flight)
        self._tokens = tokens or Tokens(config, http)

    async def aclose(self) -> None:
        await self._tokens.aclose()
        await self._http.aclose()

    async def get(self, path: str, company: int, query: Query | None = None) -> Any:
        """The parsed answer. Raises NotThere, Unavailable, Refused."""
        return _parsed(await self._call("GET", path, company, query), f"GET {path}", write=False)

    async def patch(self, path: str, company: int, body: Any, query: Query | None = None) -> Any:
        """Send a change; the parsed answer. Raises NotThere, Unavailable, Refused."""
        return _parsed(await self._call("PATCH", path, company, query, body), f"PATCH {path}", write=True)

    async def post(self, path: str, company: int, body: Any, query: Query | None = None) -> Any:
        """Send a new record; the parsed answer. Raises NotThere, Unavailable, Refused."""
        return _parsed(await self._call("POST", path, company, query, body), f"POST {path}", write=True)

    async def delete(self, path: str, company: int, query: Query | None = None) -> None:
        """Delete a record. Raises NotThere, Unavailable, Refused."""
        await self._call("DELETE", path, company, query)

    async def rows(self, path: str, company: int, query: Query | None = None) -> list[dict[str, Any]]:
        """A list that doesn't page. Raises NotThere, Unavailable, Refused."""
        return rows_of(await self.get(path, company, query), path)

    async def all_pages(self, path: str, company: int, query: Query | None = None) -> list[dict[str, Any]]:
        """A whole list, page after page, for as long as the Link header names a next one. Raises NotThere, Unavailable,
        Refused."""
        return await self._pages(path, company, query, self.config.page_size, rows_of)

    async def all_data(self, path: str, company: int, query: Query | None = None) -> list[dict[str, Any]]:
        """The same for a v2 list, whose rows come under `data`, fewer a page. Raises NotThere, Unavailable, Refused."""
        most = min(self.config.page_size, MOST_ROWS_OF_V2)
        return await self._pages(path, company, query, most, lambda body, path: rows_of(data_of(body, path), path))

    async def _pages(
        self, path: str, company: int, query: Query | None, size: int, rows: Callable[[Any, str], list[dict[str, Any]]]
    ) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page: int | None = 1
        while page is not None:
            asked = {**(query or {}), "page": page, "per_page": size}
            answer = await self._call("GET", path, company, asked)
            found += rows(_parsed(answer, f"GET {path}", write=False), path)
            page = following(answer, page, self.config.api_url, path)
        check_total(answer, len(found), path)
        return found

    async def _call(self, method: str, path: str, company: int, query: Query | None, body: Any = None) -> Answer:
        write = method != "GET"
        content = None if body is None else dump(body)
        renewed, limited = False, 0
        while True:
            token = await self._tokens.current()
            request = self._request(method, path, company, query, content, token)
            answer = await self._send(request)
            if answer.ok:
                return answer
            if answer.status == 401 and not renewed:
                renewed = True
                self._tokens.spoiled(token)
            elif answer.status == 429 and limited < MOST_TIMES_LIMITED:
                limited += 1
            else:
                raise failure(answer, write=write)

    async def _send(self, request: httpx.Request) -> Answer:
        async with self._limits.turn():
            answer = await exchange(
                self._http, request, deadline=self.config.deadline_seconds, most=self.config.max_answer_bytes
            )
            self._limits.saw(answer.status, answer.headers)
        return dataclasses.replace(answer, body=self._tokens.scrub(answer.body))

    def _request(
        self, method: str, path: str, company: int, query: Query | None, content: bytes | None, token: str
    ) -> httpx.Request:
        headers = {
            "Authorization": f"Bearer {token}",
            "Procore-Company-Id": str(company),
            "Accept": "application/json",
        }
        if content is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self.config.api_url}{path}"
        return self._http.build_request(method, url, params=dict(query or {}), content=content, headers=headers)


def _parsed(answer: Answer, what: str, *, write: bool) -> Any:
    if not answer.whole:
        problem = f"it is larger than {len(answer.body)} bytes"
        if write:
            raise Unavailable(f"the answer to {what} can't be read: {problem}", maybe_done=True)
        raise unreadable(problem, what)
    try:
        return load(answer.body)
    except UnreadableJson:
        # Most likely a proxy's page or a cut answer: worth another try.
        raise Unavailable(f"the answer to {what} is no readable JSON", maybe_done=write) from None
