"""Every row of the field mappings as it is implemented: the mappers' own tables, with CMiC's names from the dialect."""

from __future__ import annotations

from mappers.registry import KINDS
from systems.cmic.dialect import Dialect
from systems.cmic.resource import Resource


def _place(resource: Resource, ours: str) -> str:
    """CMiC's name; a line that travels inside its header's request is named by that, or by the row it stands for."""
    attribute = resource.attributes.get(ours)
    if attribute is not None:
        return attribute.name or f"(no place known for {ours})"
    through = resource.through
    if through is not None and ours in through.gives:
        return f"{resource.attributes[through.attribute].name} (the row's {ours})"
    return f"(its header's {ours})"


def mappings(dialect: Dialect) -> list[dict[str, str]]:
    """`[{object, procore, direction, cmic, requirement}]`, in the order of the registry. An attribute for which the dialect
    knows no place says so: it isn't sent."""
    rows = []
    for kind in KINDS.values():
        for table in kind.mapper.tables:
            resource = dialect.resources[table.resource]
            for field in table.fields:
                cmic = f"{resource.path}.{_place(resource, field.ours)}"
                rows.append(
                    {
                        "object": table.title,
                        "procore": field.procore,
                        "direction": field.direction,
                        "cmic": cmic,
                        "requirement": field.requirement,
                    }
                )
    return [dict(pairs) for pairs in dict.fromkeys(tuple(row.items()) for row in rows)]
