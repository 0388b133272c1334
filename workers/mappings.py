"""Every row of the field mappings as it is implemented: the mappers' own tables, with CMiC's names from the dialect."""

from __future__ import annotations

from mappers.registry import KINDS
from systems.cmic.dialect import Dialect


def mappings(dialect: Dialect) -> list[dict[str, str]]:
    """`[{object, procore, direction, cmic, requirement}]`, in the order of the registry. An attribute for which the dialect
    knows no place says so: it isn't sent."""
    rows = []
    for kind in KINDS.values():
        for table in kind.mapper.tables:
            resource = dialect.resources[table.resource]
            for field in table.fields:
                name = resource.attributes[field.ours].name
                cmic = f"{resource.path}.{name}" if name else f"{resource.path}: no place known for {field.ours}"
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
