"""Attribute names as one tenant spells them: the canonical tables, seen through its renames (cmic-api §10.7)."""

from collections.abc import Mapping

from sandbox.cmic.errors import Problem, bad, jbo
from sandbox.cmic.schema import Attribute, Table, Value


class Names:
    """The names of one resource, in both directions."""

    def __init__(self, table: Table, renames: Mapping[str, str]) -> None:
        self.table = table
        self.wire = {name: renames.get(name, name) for name in table.by_name}
        self.canonical = {wire: name for name, wire in self.wire.items()}

    def attribute(self, wire_name: str) -> Attribute:
        """The attribute that a caller named. Raises Refusal 400 when there is none."""
        name = self.canonical.get(wire_name)
        if name is None:
            raise bad(self.unknown(wire_name))
        return self.table.by_name[name]

    def unknown(self, wire_name: str) -> Problem:
        """The message about a name that the resource does not have."""
        detail = f"Definition {wire_name} of type Attribute is not found in {self.table.view}."
        return jbo(25058, detail, wire_name)

    def out(self, row: Mapping[str, Value]) -> dict[str, Value]:
        """A row by the tenant's names, every attribute present."""
        return {wire: row.get(name) for name, wire in self.wire.items()}
