"""Every row of the field mappings as it is implemented: the mappers' and importers' own tables, with CMiC's names from the
dialect."""

from __future__ import annotations

from mappers.incoming.registry import IMPORTERS
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


def _source(resource: Resource | None, ours: str) -> str:
    """Where a value comes from: CMiC's attribute, or words in brackets for what isn't one."""
    is_named = resource is not None and not ours.startswith("(")
    if resource is None or not is_named:
        return ours
    return ", ".join(f"{resource.path}.{_place(resource, part)}" for part in ours.split(", "))


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
    rows += [
        {
            "object": stream.title,
            "procore": take.procore,
            "direction": "←",
            "cmic": _source(dialect.resources.get(stream.resource), take.ours),
            "requirement": take.requirement,
        }
        for importer in IMPORTERS.values()
        for stream in importer.streams
        for take in stream.takes
    ]
    return [dict(pairs) for pairs in dict.fromkeys(tuple(row.items()) for row in rows)]
