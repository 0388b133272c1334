"""The dialect held against a tenant's own `describe`: what is present, missing or different (cmic-api §1.4, §9). That is
how assumptions get settled on site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.ports import Difference
from systems.cmic.dialect import Attribute, ByFinder, ChangedByFinder, Kind, Resource

PRESENT, MISSING, DIFFERENT, UNSENT = "present", "missing", "different", "unsent"
_TEXTS = frozenset({"string"})
_DATES = frozenset({"date", "datetime", "timestamp", "date-time", "string"})
_NUMBERS = frozenset({"number", "integer", "decimal", "long", "float", "double"})
_FITTING = {
    Kind.CODE: _TEXTS,
    Kind.TEXT: _TEXTS,
    Kind.FLAG: _TEXTS,
    Kind.NUMBER: _NUMBERS,
    Kind.DATE: _DATES,
    Kind.TIME: _DATES,
}


def missing(name: str, resource: Resource, why: str) -> list[Difference]:
    """A resource that can't be described: one entry, which says why."""
    return [Difference(entry=name, evidence=resource.evidence, verdict=MISSING, detail=f"{resource.path}: {why}")]


def compare(name: str, resource: Resource, description: Any) -> list[Difference]:
    """Every entry of a resource against its description. What the description leaves open isn't held against it."""
    described = _described(resource, description)
    if described is None:
        return missing(name, resource, "its description can't be read")
    theirs = {str(a["name"]): a for a in _dicts(described.get("attributes")) if "name" in a}
    found = [Difference(entry=name, evidence=resource.evidence, verdict=PRESENT, detail=resource.path)]
    found += [_attribute(f"{name}.{ours}", attribute, theirs) for ours, attribute in resource.attributes.items()]
    return [*found, *_finders(name, resource, described)]


def _described(resource: Resource, description: Any) -> dict[str, Any] | None:
    resources = description.get("Resources") if isinstance(description, dict) else None
    found = resources.get(resource.path) if isinstance(resources, dict) else description
    return found if isinstance(found, dict) and isinstance(found.get("attributes"), list) else None


def _attribute(entry: str, ours: Attribute, theirs: dict[str, dict[str, Any]]) -> Difference:
    def verdict(word: str, detail: str) -> Difference:
        return Difference(entry=entry, evidence=ours.evidence, verdict=word, detail=detail)

    if ours.name is None:
        return verdict(UNSENT, "the dialect knows no place for it, so it isn't sent")
    described = theirs.get(ours.name)
    if described is None:
        hint = f"; add {entry} to skip_attributes to leave it out" if ours.optional else ""
        return verdict(MISSING, f"{ours.name}{hint}")
    differences = list(_differences(ours, described))
    if differences:
        return verdict(DIFFERENT, f"{ours.name}: {'; '.join(differences)}")
    length = _length(described)
    return verdict(PRESENT, ours.name if length is None or ours.max_length else f"{ours.name}, length {length}")


def _differences(ours: Attribute, described: dict[str, Any]) -> Iterator[str]:
    kind = str(described.get("type") or "").lower()
    if kind and kind not in _FITTING[ours.type]:
        yield f"a {ours.type.value} here, {kind} in CMiC"
    length = _length(described)
    if ours.max_length and length is not None and length != ours.max_length:
        yield f"length {ours.max_length} here, {length} in CMiC"
    if ours.is_written and described.get("updatable") is False and ours.updatable:
        yield "written here, read only in CMiC"


def _length(described: dict[str, Any]) -> int | None:
    """The length of a text; a number's precision is none."""
    precision = described.get("precision")
    is_text = str(described.get("type") or "string").lower() in _TEXTS
    return precision if is_text and isinstance(precision, int) and precision > 0 else None


def _finders(name: str, resource: Resource, described: dict[str, Any]) -> Iterator[Difference]:
    collection = described.get("collection")
    listed = _dicts(collection.get("finders") if isinstance(collection, dict) else described.get("finders"))
    theirs = {str(f.get("name")): {str(a.get("name")) for a in _dicts(f.get("attributes"))} for f in listed}
    for rule in (resource.lookup, resource.changed):
        if not isinstance(rule, ByFinder | ChangedByFinder):
            continue
        wanted = set(rule.parameters) if isinstance(rule, ByFinder) else {rule.parameter}
        entry, evidence = f"{name} finder {rule.finder}", rule.evidence
        if rule.finder not in theirs:
            yield Difference(entry=entry, evidence=evidence, verdict=MISSING, detail=rule.finder)
        elif lacking := sorted(wanted - theirs[rule.finder]):
            detail = f"{rule.finder} has no {', '.join(lacking)}"
            yield Difference(entry=entry, evidence=evidence, verdict=DIFFERENT, detail=detail)
        else:
            yield Difference(entry=entry, evidence=evidence, verdict=PRESENT, detail=rule.finder)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
