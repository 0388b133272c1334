"""One request and its answer: a deadline over the whole, a size guard, and every network fault in plain words.

Exception texts of the HTTP library are never passed on: they may quote headers, and so the token.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx

from domain.ports import Unavailable

MOST_ERROR_BYTES = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What came back. `whole` is False when the body was cut at the size guard; `next_url` is the Link header's next."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    whole: bool = True
    next_url: str | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


async def exchange(http: httpx.AsyncClient, request: httpx.Request, *, deadline: float, most: int) -> Answer:
    """Send one request and read its answer, at most `most` bytes of it. Raises Unavailable, with `maybe_done` set for a
    request that changes something and was cut off after the connection stood."""
    write = request.method != "GET"
    try:
        async with asyncio.timeout(deadline):
            response = await http.send(request, stream=True)
            try:
                return await _read(response, most)
            finally:
                await response.aclose()
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Unavailable(f"no connection ({type(error).__name__})") from None
    except (TimeoutError, httpx.TimeoutException):
        raise Unavailable(f"no answer within {deadline:g} seconds", maybe_done=write) from None
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise Unavailable(f"the connection broke off ({type(error).__name__})", maybe_done=write) from None


async def _read(response: httpx.Response, most: int) -> Answer:
    most = most if response.is_success else min(most, MOST_ERROR_BYTES)
    body, whole = bytearray(), True
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > most:
            whole = False
            break
    next_url = response.links.get("next", {}).get("url")
    return Answer(response.status_code, response.headers, bytes(body[:most]), whole, next_url)
