"""A group as CMiC takes it: a lone row, a header and its lines in one batch, or a header's row with its lines inside
(cmic-api §1.5). And its exact rows for a preview.
"""

from __future__ import annotations

from typing import Any

from domain.records import Group, Record
from systems.cmic.dialect import Dialect
from systems.cmic.resource import Resource
from systems.cmic.sending import lost, resource_of, to_changes, to_row


def places_of(dialect: Dialect, group: Group) -> list[Resource]:
    """The resource of each record, the header's first. Raises Refused (lost_reference) where one can't be created."""
    places = [resource_of(dialect, record.key.resource) for record in group.records]
    if unwritten := sorted({place.path for place in places if "create" not in place.writes}):
        raise lost(f"{', '.join(unwritten)} can't be created")
    return places


def lines_inside(group: Group, places: list[Resource]) -> bool:
    """Do the lines go inside the header's row? Raises Refused (lost_reference) for lines that don't belong together."""
    kinds = {record.key.resource for record in group.lines}
    inside = {place.inside.resource for place in places[1:] if place.inside}
    if not inside:
        return False
    if len(kinds) != 1 or inside != {group.header.key.resource}:
        raise lost(f"{', '.join(sorted(kinds))} can't go inside {group.header.key.resource}")
    return True


def render(dialect: Dialect, group: Group) -> list[dict[str, Any]]:
    """The exact rows of a group under CMiC's own names, in the order in which they are sent; of a change, what changes. A
    number that is looked up when it is sent is told in words. Raises Refused (lost_reference)."""
    shown = []
    for record in group.records:
        place = resource_of(dialect, record.key.resource)
        row = to_changes(place, record.values) if group.updates else to_row(place, record.attributes, group.header.key)
        shown.append({"resource": _path(dialect, place), "row": row | _told(place, record)})
    return shown


def _path(dialect: Dialect, place: Resource) -> str:
    return f"{resource_of(dialect, place.inside.resource).path}/{place.path}" if place.inside else place.path


def _told(place: Resource, record: Record) -> dict[str, str]:
    through = place.through
    if through is None:
        return {}
    named = "/".join(record.key.parts[ours] for ours in through.gives)
    return {place.name(through.attribute): f"(looked up when it is sent: {through.resource.replace('_', ' ')} {named})"}
