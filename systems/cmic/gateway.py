"""CMiC in the connector's own words: the implementation of `CmicPort` (design §5, §8)."""

from __future__ import annotations

from typing import Any

import httpx

from domain.ports import Change, Difference, Listing
from domain.records import Found, Group, Key, Scalar, Written
from domain.refusals import Refused
from systems.cmic import describe as described
from systems.cmic.auth import signer_for
from systems.cmic.client import CmicClient
from systems.cmic.config import CmicConfig
from systems.cmic.dialect import Dialect
from systems.cmic.entries import ByQuery
from systems.cmic.finding import Finding
from systems.cmic.grouping import render
from systems.cmic.listing import Lists
from systems.cmic.lookups import Lookups
from systems.cmic.nested import Nested
from systems.cmic.pacing import paced
from systems.cmic.sending import lost, resource_of
from systems.cmic.wire import Wire
from systems.cmic.writing import Writing

KEYS_IN_ONE_QUERY = 20
JOB_CODE = "job_code"
NAME = "name"
MASTER_COST_CODE, MASTER_CATEGORY = "master_cost_code", "master_category"


class CmicGateway:
    """Safe to share between tasks of one event loop. One for each process and address: `open` it, and `aclose` it."""

    def __init__(self, config: CmicConfig, dialect: Dialect, client: CmicClient) -> None:
        nested = Nested(dialect, client)
        self._dialect = dialect
        self._client = client
        self._finding = Finding(dialect, client, nested)
        self._lists = Lists(dialect, client)
        self._writing = Writing(dialect, client, nested)
        self._lookups = Lookups(self._finding.any_of, self._keys_at_once, at_once=config.max_in_flight)

    @classmethod
    def open(
        cls, config: CmicConfig, *, dialect: Dialect | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> CmicGateway:
        """A gateway that paces, signs and translates. Without a dialect the configuration's file is loaded, or the standard
        one, without its `skip_attributes`. `transport` replaces the network below the pacing. Raises OSError and
        ValueError for a dialect that can't be used."""
        spoken = (dialect or Dialect.load(config.dialect)).skipping(config.skip_attributes)
        wire = Wire(config, spoken, paced(config, transport), signer_for(config.sign_in))
        return cls(config, spoken, CmicClient(config, spoken, wire))

    async def aclose(self) -> None:
        """Close every connection. Who still waits for a look-up is told Unavailable."""
        await self._lookups.aclose()
        await self._client.aclose()

    async def find(self, key: Key) -> Found | None:
        resource = resource_of(self._dialect, key.resource)
        if set(key.parts) != set(resource.key):
            raise lost(f"a key of {key.resource} has the parts {', '.join(resource.key)}")
        ordered = Key(resource=key.resource, parts={n: key.parts[n] for n in resource.key})
        return await self._inside(ordered) if resource.inside else await self._lookups.find(ordered)

    async def lines(self, header: Key, resource: str) -> list[Found]:
        return await self._finding.lines(header, resource)

    async def create(self, group: Group) -> list[Written] | None:
        return await self._writing.create(group)

    async def change(self, found: Found, values: dict[str, Scalar]) -> None:
        await self._writing.change(found, values)

    async def changed(self, resource: str, company: str, since: str | None, cursor: str | None) -> Change:
        return await self._finding.changed(resource, company, since, cursor)

    async def listed(
        self, resource: str, within: dict[str, str], *, since: str | None = None, cursor: str | None = None
    ) -> Listing:
        return await self._lists.page(resource, within, since, cursor)

    async def job_codes(self, company: str, job: str) -> list[tuple[str, str]]:
        keys = await self._finding.active_keys(JOB_CODE, {"company": company, "job": job})
        return list(dict.fromkeys((key["cost_code"], key["category"]) for key in keys))

    async def master_codes(self, company: str) -> tuple[dict[str, str], list[str]]:
        codes = await self._finding.active_keys(MASTER_COST_CODE, {"company": company}, NAME)
        categories = await self._finding.active_keys(MASTER_CATEGORY, {"company": company})
        names = {code["cost_code"]: code.get(NAME) or code["cost_code"] for code in codes}
        return names, list(dict.fromkeys(key["category"] for key in categories))

    async def describe(self) -> list[Difference]:
        found: list[Difference] = []
        for name in self._dialect.resources:
            found += await self._described(name)
        return found

    def render(self, group: Group) -> list[dict[str, Any]]:
        return render(self._dialect, group)

    def _keys_at_once(self, resource: str) -> int:
        return KEYS_IN_ONE_QUERY if isinstance(resource_of(self._dialect, resource).lookup, ByQuery) else 1

    async def _inside(self, key: Key) -> Found | None:
        """A line that has no place of its own, found among its header's."""
        place = resource_of(self._dialect, key.resource)
        parent = place.inside.resource if place.inside else key.resource
        parts = resource_of(self._dialect, parent).key
        if not set(parts) <= set(key.parts):
            raise lost(f"{key.resource} is read with its {parent}")
        header = Key(resource=parent, parts={part: key.parts[part] for part in parts})
        return next((f for f in await self.lines(header, key.resource) if f.key.text == key.text), None)

    async def _described(self, name: str) -> list[Difference]:
        found: list[Difference] = []
        for view in described.views(self._dialect, name):
            try:
                found += described.compare(view, await self._client.description(view.place, view.path))
            except Refused as refused:
                found += described.missing(view, refused.refusals[0].sentence)
        return found
