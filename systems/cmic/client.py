"""CMiC's REST interface as Oracle ADF offers it: collections, items, creates, patches, batches, actions (cmic-api §1.3 to
§1.5). It speaks CMiC's names, which it is given; the gateway translates.

Links in answers are never followed (they name another scheme and port); every address is built here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from domain.ports import NotThere
from domain.refusals import Refused
from systems.cmic.answers import items, read_json, read_row
from systems.cmic.config import CmicConfig
from systems.cmic.dialect import Dialect
from systems.cmic.errors import Reply, classify
from systems.cmic.jsontext import dumps
from systems.cmic.query import Selection
from systems.cmic.resource import Place, Resource
from systems.cmic.values import Row, Unreadable
from systems.cmic.wire import Call, Wire

MOST_PAGES = 5000


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    has_more: bool


@dataclass(frozen=True)
class Part:
    """One create of a batch. `label` is what a person calls the record."""

    id: str
    resource: Resource
    row: Row
    label: str = ""


class CmicClient:
    """Every method raises Refused and Unavailable as the ports say; writes also DuplicateKey and WantsFirst."""

    def __init__(self, config: CmicConfig, dialect: Dialect, wire: Wire) -> None:
        self._config = config
        self._dialect = dialect
        self._wire = wire

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def page(self, resource: Resource, selection: Selection, offset: int = 0) -> Page:
        """One page, always with a limit and an order: paging by offset isn't stable without one."""
        return await self._page(_path(resource, below=resource.shown_at), resource, selection, offset)

    async def _page(self, path: str, resource: Resource, selection: Selection, offset: int) -> Page:
        order = ",".join(f"{resource.name(ours)}:asc" for ours in resource.order_by.attributes)
        limit = self._config.page_size
        params = {**selection.params, "limit": str(limit), "offset": str(offset), "orderBy": order}
        body = read_json(await self._wire.exchange(Call("GET", path, params)))
        rows = items(body)
        more = body.get("hasMore") if isinstance(body, dict) else None
        has_more = len(rows) >= limit if more is None else more is True
        if has_more and not rows:
            raise Unreadable(f"{resource.path} promises more rows and gives none")
        return Page(rows, has_more)

    async def rows(self, resource: Resource, selection: Selection) -> list[Row]:
        """All rows, page by page."""
        return await self._rows(_path(resource, below=resource.shown_at), resource, selection)

    async def children(self, parent: Resource, uuid: str, line: Resource) -> list[Row]:
        """All lines of a resource that one row has inside (cmic-api §7)."""
        return await self._rows(_path(parent, uuid, "child", line.path), line, Selection())

    async def _rows(self, path: str, resource: Resource, selection: Selection) -> list[Row]:
        found: list[Row] = []
        begins: Row = {}
        for _ in range(MOST_PAGES):
            page = await self._page(path, resource, selection, len(found))
            if begins and page.rows[:1] == [begins]:
                raise Unreadable(f"{resource.path} gives the same page again")
            found += page.rows
            if not page.has_more:
                return found
            begins = page.rows[0]
        raise Unreadable(f"{resource.path} has more than {MOST_PAGES} pages")

    async def item(self, resource: Resource, uuid: str) -> Row:
        """One row by its uuid. Raises NotThere besides."""
        try:
            return read_row(await self._wire.exchange(Call("GET", _path(resource, uuid))))
        except Refused as refused:
            if refused.refusals[0].parameters.get("status") == "404":
                raise NotThere(f"CMiC has no {resource.path} {uuid}") from None
            raise

    async def create(self, resource: Resource, row: Row, label: str = "") -> Row | None:
        """The created row as CMiC answers it; None when it answers with nothing."""
        media, labels = self._dialect.media_types.item, {"": label}
        body = await self._wire.exchange(Call("POST", _path(resource), body=_bytes(row), media=media, labels=labels))
        return read_row(body) if body.strip() else None

    async def patch(self, resource: Resource, uuid: str, changes: Row, label: str = "") -> Row | None:
        """The changed row; None when CMiC answers with nothing. Only what is given is sent."""
        call = Call(
            "PATCH",
            _path(resource, uuid),
            body=_bytes(changes),
            media=self._dialect.media_types.item,
            labels={"": label},
        )
        body = await self._wire.exchange(call)
        return read_row(body) if body.strip() else None

    async def batch(self, parts: Sequence[Part]) -> dict[str, Row]:
        """Create rows of one application in one request, all or nothing. Returns the rows of CMiC's answer by part;
        a part without a row is left out. Raises ValueError when the parts don't belong to one application."""
        first = parts[0].resource
        if any((p.resource.application, p.resource.root) != (first.application, first.root) for p in parts):
            raise ValueError("a batch addresses one application")
        body = {"parts": [_part(part) for part in parts]}
        labels = {part.id: part.label for part in parts}
        media, path = self._dialect.media_types.batch, f"{first.application}/{first.root}"
        answer = await self._wire.exchange(Call("POST", path, body=_bytes(body), media=media, labels=labels))
        return self._written(answer, labels) if answer.strip() else {}

    async def action(self, name: str, values: Mapping[str, str]) -> str:
        """Call a procedure of the dialect's. Its answer is 200 whether it succeeds or not, so its result text is read.
        Raises Refused with that text, or WantsFirst."""
        action = self._dialect.actions[name]
        parameters = [{theirs: values[ours]} for ours, theirs in action.parameters.items()]
        body = _bytes({"name": action.name, "parameters": parameters})
        answer = await self._wire.exchange(
            Call("POST", _path(action), body=body, media=self._dialect.media_types.action)
        )
        said = read_json(answer)
        result = said.get("result") if isinstance(said, dict) else None
        if not isinstance(result, str):
            raise Unreadable(f"{action.path} gave no result")
        if result.strip().upper() != self._dialect.texts.action_success.value:
            raise classify(Reply(400, answer.decode("utf-8", "replace")), self._dialect.texts)
        return result

    async def description(self, resource: Resource, path: str) -> Any:
        """The tenant's own description of one of a resource's paths."""
        call = Call("GET", _path(resource, self._dialect.describe.path, below=path))
        return read_json(await self._wire.exchange(call))

    def _written(self, answer: bytes, labels: Mapping[str, str]) -> dict[str, Row]:
        body = read_json(answer)
        if not isinstance(body, dict) or not isinstance(parts := body.get("parts"), list):
            raise Unreadable("a batch's answer has no parts")
        rows: dict[str, Row] = {}
        for part in parts:
            payload = part.get("payload") if isinstance(part, dict) else None
            if isinstance(payload, dict) and "o:errorDetails" in payload:
                raise classify(Reply(400, answer.decode("utf-8", "replace")), self._dialect.texts, labels)
            if isinstance(payload, dict) and payload:
                rows[str(part.get("id"))] = payload
        return rows


def _path(place: Place, *further: str, below: str = "") -> str:
    """An address; `below` is another path of the same application."""
    parts = (place.application, place.root, place.version, below or place.path)
    return "/".join((*parts, *(quote(f, safe="") for f in further)))


def _part(part: Part) -> dict[str, Any]:
    path = f"/{part.resource.version}/{part.resource.path}"
    return {"id": part.id, "path": path, "operation": "create", "payload": part.row}


def _bytes(body: Any) -> bytes:
    return dumps(body).encode()
