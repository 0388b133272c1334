"""Lines that CMiC takes and shows inside their header, and that name another record by its number: a voucher's lines, which
name the rows of a contract's schedule of values (cmic-api §3.8, §3.9). What is inside what, the dialect says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.records import Found, Group, Key, Record, Scalar
from domain.refusals import Refused, refuse
from systems.cmic.client import CmicClient
from systems.cmic.dialect import Dialect
from systems.cmic.query import by_parts
from systems.cmic.reading import to_found
from systems.cmic.resource import Resource
from systems.cmic.sending import resource_of, to_row
from systems.cmic.values import Row, read_value

Numbers = Mapping[str, Mapping[str, str]]
"""The key parts of the records that lines may name, by their numbers."""


class Nested:
    def __init__(self, dialect: Dialect, client: CmicClient) -> None:
        self._dialect = dialect
        self._client = client

    async def numbers(self, line: Resource, header: Mapping[str, Scalar]) -> Numbers:
        """The records that the lines of a header may name, looked up; none where lines name no other record. Raises
        Refused, Unavailable."""
        through = line.through
        if through is None:
            return {}
        other = resource_of(self._dialect, through.resource)
        among = {theirs: str(header.get(ours) or "").strip().upper() for theirs, ours in through.among.items()}
        if not all(among.values()):
            return {}
        rows = await self._client.rows(other, by_parts(other, among))
        found = [to_found(through.resource, other, row) for row in rows]
        fitting = [f for f in found if all(f.key.parts[theirs] == value for theirs, value in among.items())]
        return {str(f.attributes.get(through.number) or ""): f.key.parts for f in fitting}

    def rows(self, line: Resource, group: Group, numbers: Numbers) -> list[Row]:
        """The rows of a group's lines. Raises Refused (not_in_cmic) with every line that names a record CMiC lacks."""
        named = [self._named(line, group, record, numbers) for record in group.lines]
        if missing := [name for name in named if isinstance(name, Key)]:
            raise Refused(*(refuse("not_in_cmic", what=key.resource, erp_key=key.text) for key in missing))
        return [
            to_row(line, record.attributes | (name if isinstance(name, dict) else {}), group.header.key)
            for record, name in zip(group.lines, named, strict=True)
        ]

    async def read(self, header: Found, name: str, numbers: Numbers | None = None) -> list[Found]:
        """All lines of a header that CMiC shows. `numbers` is looked up unless it is given. Raises Refused, Unavailable."""
        line = resource_of(self._dialect, name)
        parent = resource_of(self._dialect, header.key.resource)
        rows = await self._client.children(parent, header.uuid, line)
        if rows and numbers is None:
            numbers = await self.numbers(line, header.attributes)
        return self.found(name, header, rows, numbers or {})

    def found(self, name: str, header: Found, rows: Sequence[Row], numbers: Numbers) -> list[Found]:
        """Rows of a header's lines as records. One that names a record which isn't among `numbers` has no such key
        parts. Raises Unreadable."""
        line = resource_of(self._dialect, name)
        inherited = {ours: str(header.attributes.get(ours) or "") for ours in line.inherited}
        return [to_found(name, line, row, inherited | _given(line, row, numbers)) for row in rows]

    def _named(self, line: Resource, group: Group, record: Record, numbers: Numbers) -> dict[str, Scalar] | Key:
        """The number that a line names, as its attribute; or the key that no number stands for."""
        through = line.through
        if through is None:
            return {}
        wanted = {theirs: record.key.parts[ours].upper() for ours, theirs in through.gives.items()}
        for number, parts in numbers.items():
            if number and all(parts[theirs] == value for theirs, value in wanted.items()):
                return {through.attribute: number}
        header = group.header.attributes
        known = wanted | {theirs: str(header.get(ours) or "") for theirs, ours in through.among.items()}
        key = resource_of(self._dialect, through.resource).key
        return Key(resource=through.resource, parts={theirs: known.get(theirs, "") for theirs in key})


def _given(line: Resource, row: Row, numbers: Numbers) -> dict[str, str]:
    """The key parts of a line that the number in its row stands for."""
    through = line.through
    if through is None:
        return {}
    held = read_value(line.attributes[through.attribute], row.get(line.name(through.attribute)))
    parts = numbers.get(str(held or ""), {})
    return {ours: parts.get(theirs, "") for ours, theirs in through.gives.items()}
