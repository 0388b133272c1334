"""CMiC as these tests need it: records in memory, and what was asked of them."""

from __future__ import annotations

from typing import Any

from domain.ports import Change, Difference
from domain.records import Found, Group, Key, Scalar, Written


class Memory:
    """A CMiC that holds what it is given. What a test doesn't expect to be asked raises."""

    def __init__(self, *records: Found, codes: list[tuple[str, str]] | None = None) -> None:
        self.records = {r.key.text: r for r in records}
        self.codes = codes or []
        self.changes: list[tuple[str, dict[str, Scalar]]] = []
        self.looked_for: list[str] = []

    async def find(self, key: Key) -> Found | None:
        self.looked_for.append(key.text)
        return self.records.get(key.text)

    async def change(self, found: Found, values: dict[str, Scalar]) -> None:
        self.changes.append((found.key.text, values))
        record = self.records[found.key.text]
        self.records[found.key.text] = record.model_copy(update={"attributes": {**record.attributes, **values}})

    async def lines(self, header: Key, resource: str) -> list[Found]:
        raise AssertionError("no lines are asked for")

    async def create(self, group: Group) -> list[Written] | None:
        raise AssertionError("nothing is created")

    async def changed(self, resource: str, company: str, since: str | None, cursor: str | None) -> Change:
        raise AssertionError("nothing is listed")

    async def job_codes(self, company: str, job: str) -> list[tuple[str, str]]:
        return self.codes

    async def master_codes(self, company: str) -> tuple[dict[str, str], list[str]]:
        raise AssertionError("the master list isn't asked for")

    async def describe(self) -> list[Difference]:
        raise AssertionError("nothing is described")

    def render(self, group: Group) -> list[dict[str, Any]]:
        raise AssertionError("nothing is shown")
