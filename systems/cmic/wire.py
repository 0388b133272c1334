"""One exchange with CMiC: signs, sends, reads within bounds, and turns everything that goes wrong into the port's errors
(cmic-api §1.2, §1.6, §1.7; design §5). Nothing of httpx escapes from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import structlog

from domain.ports import Unavailable
from systems.cmic.auth import Signer
from systems.cmic.config import CmicConfig
from systems.cmic.dialect import Dialect
from systems.cmic.errors import Reply, classify, retry_after
from systems.cmic.values import Unreadable

ERROR_BYTES = 1024 * 1024
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

log = structlog.get_logger("systems.cmic")


@dataclass(frozen=True)
class Call:
    """A request. `media` is one of ADF's types for a body; `labels` says what a person calls the parts of a batch."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    media: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


class Wire:
    """`transport` is the paced one of the address."""

    def __init__(
        self, config: CmicConfig, dialect: Dialect, transport: httpx.AsyncBaseTransport, signer: Signer
    ) -> None:
        self._config = config
        self._dialect = dialect
        self._signer = signer
        self._plain = {dialect.media_types.item} if config.media_types == "json" else set()
        # The deadline is kept by the transport; httpx's own is only behind it.
        beyond = config.deadline_seconds + 5
        self._http = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(beyond, connect=config.connect_seconds, pool=None),
            headers={dialect.framework_header.name: str(config.framework_version)},
            follow_redirects=False,
            trust_env=False,
        )

    async def aclose(self) -> None:
        await self._http.aclose()
        await self._signer.aclose()

    async def exchange(self, call: Call) -> bytes:
        """The body of a successful answer. Raises Refused, DuplicateKey, WantsFirst, Unavailable."""
        signed = await self._signer.header()
        reply, body = await self._send(call, signed)
        if reply.status == 401 and (renewed := await self._signer.renewed(signed)):
            reply, body = await self._send(call, renewed)
            signed = renewed
        if reply.status == 415 and self._may_go_plain(call):
            self._plain.add(call.media)
            reply, body = await self._send(call, signed)
        if 200 <= reply.status < 300:
            return body
        log.info("cmic said no", method=call.method, path=call.path, status=reply.status)
        shown = Reply(reply.status, self._without_secrets(body.decode("utf-8", "replace")), reply.retry_after)
        raise classify(shown, self._dialect.texts, call.labels)

    async def _send(self, call: Call, signed: str) -> tuple[Reply, bytes]:
        headers = {"Authorization": signed}
        if call.body is not None:
            headers["Content-Type"] = self._dialect.media_types.plain if call.media in self._plain else call.media
        if self._http.is_closed:
            raise Unavailable("the connector is stopping")
        request = self._http.build_request(
            call.method,
            f"{self._config.address}/{call.path}",
            params=dict(call.params) or None,
            content=call.body,
            headers=headers,
        )
        try:
            response = await self._http.send(request, stream=True)
            try:
                body = await self._bounded(response)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise self._lost(call, error) from None
        return Reply(response.status_code, "", retry_after(response.headers.get("Retry-After"))), body

    def _may_go_plain(self, call: Call) -> bool:
        """A-02: a media type that CMiC doesn't take is replaced by plain JSON, from then on."""
        return self._config.media_types == "auto" and call.body is not None and call.media not in self._plain

    async def _bounded(self, response: httpx.Response) -> bytes:
        """The body, as far as it is of use: an error's beginning, or all of a success within the limit."""
        succeeded = 200 <= response.status_code < 300
        limit = self._config.max_answer_bytes if succeeded else ERROR_BYTES
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > limit:
                if succeeded:
                    raise Unreadable(f"it is longer than {limit} bytes")
                break
        return bytes(body[:limit])

    def _lost(self, call: Call, error: httpx.HTTPError) -> Unavailable:
        never_sent = isinstance(error, _NEVER_SENT)
        log.info("cmic unreachable", method=call.method, path=call.path, error=type(error).__name__)
        if isinstance(error, httpx.TimeoutException):
            words = "no connection in time" if never_sent else "no complete answer in time"
        elif never_sent:
            words = f"no connection ({self._without_secrets(str(error))[:200] or type(error).__name__})"
        elif isinstance(error, httpx.DecodingError):
            words = "its answer's encoding is broken"
        else:
            words = f"the connection was cut ({type(error).__name__})"
        return Unavailable(words, maybe_done=not never_sent)

    def _without_secrets(self, text: str) -> str:
        for secret in self._signer.secrets():
            text = text.replace(secret, "***")
        return text
