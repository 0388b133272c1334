"""The dialect held against a tenant's own `describe`: what is present, missing or different (cmic-api §1.4, §9). That is
how assumptions get settled on site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.ports import Difference
from systems.cmic.dialect import Dialect
from systems.cmic.entries import Attribute, ByFinder, ChangedByFinder, Kind
from systems.cmic.resource import Resource

PRESENT, MISSING, DIFFERENT, UNSENT = "present", "missing", "different", "unsent"
LISTING = " listing"
_TEXTS = frozenset({"string"})
_DATES = frozenset({"date", "datetime", "timestamp", "date-time", "string"})
_NUMBERS = frozenset({"number", "integer", "decimal", "long", "float", "double"})
_FITTING = {
    Kind.CODE: _TEXTS,
    Kind.TEXT: _TEXTS,
    Kind.FLAG: _TEXTS,
    Kind.NUMBER: _NUMBERS,
    Kind.DIGITS: _NUMBERS,
    Kind.DATE: _DATES,
    Kind.TIME: _DATES,
}


@dataclass(frozen=True)
class View:
    """A part of the dialect that one description settles: some attributes of a resource at one of its paths. `inside`
    names the list of a header that the resource's rows stand in."""

    entry: str
    resource: Resource
    place: Resource
    path: str
    attributes: Mapping[str, Attribute]
    finders: tuple[ByFinder | ChangedByFinder, ...] = ()
    inside: str = ""


def views(dialect: Dialect, name: str) -> list[View]:
    """What has to be asked about a resource: itself; its header where it stands inside one; and where its rows are shown."""
    resource = dialect.resources[name]
    if resource.inside:
        parent = dialect.resources[resource.inside.resource]
        return [View(name, resource, parent, parent.path, resource.attributes, inside=resource.path)]
    rules = (resource.lookup, resource.changed)
    finders = tuple(rule for rule in rules if isinstance(rule, ByFinder | ChangedByFinder))
    if resource.listing is None:
        return [View(name, resource, resource, resource.path, resource.attributes, finders)]
    sent = {o: a for o, a in resource.attributes.items() if a.is_written or a.on_create is not None or a.provisional}
    read = {o: a.model_copy(update={"updatable": False}) for o, a in resource.attributes.items() if a.is_read}
    return [
        View(name, resource, resource, resource.path, sent),
        View(name + LISTING, resource, resource, resource.listing.path, read, finders),
    ]


def missing(view: View, why: str) -> list[Difference]:
    """A resource that can't be described: one entry, which says why."""
    detail = f"{view.inside or view.path}: {why}"
    return [Difference(entry=view.entry, evidence=_evidence(view), verdict=MISSING, detail=detail)]


def compare(view: View, description: Any) -> list[Difference]:
    """Every entry of a view against its description. What the description leaves open isn't held against it."""
    described = _described(view.path, description)
    if described is None:
        return missing(view, "its description can't be read")
    if view.inside:
        return _inside(view, described)
    return [*_entries(view, described), *_finders(view, described)]


def _inside(view: View, header: dict[str, Any]) -> list[Difference]:
    """A list inside a header. Where the description only names it, its attributes stay open."""
    children = header.get("children")
    described = children.get(view.inside) if isinstance(children, dict) else None
    if not isinstance(described, dict):
        return missing(view, f"{view.path} has no such list")
    if isinstance(described.get("attributes"), list):
        return _entries(view, described)
    return [_present(view)]


def _entries(view: View, described: dict[str, Any]) -> list[Difference]:
    theirs = {str(a["name"]): a for a in _dicts(described.get("attributes")) if "name" in a}
    found = (_attribute(f"{view.entry}.{ours}", a, theirs) for ours, a in view.attributes.items())
    return [_present(view), *found]


def _present(view: View) -> Difference:
    return Difference(entry=view.entry, evidence=_evidence(view), verdict=PRESENT, detail=view.inside or view.path)


def _evidence(view: View) -> str:
    listing = view.resource.listing
    return listing.evidence if listing and view.path == listing.path else view.resource.evidence


def _described(path: str, description: Any) -> dict[str, Any] | None:
    resources = description.get("Resources") if isinstance(description, dict) else None
    found = resources.get(path) if isinstance(resources, dict) else description
    return found if isinstance(found, dict) and isinstance(found.get("attributes"), list) else None


def _attribute(entry: str, ours: Attribute, theirs: dict[str, dict[str, Any]]) -> Difference:
    def verdict(word: str, detail: str) -> Difference:
        return Difference(entry=entry, evidence=ours.evidence, verdict=word, detail=detail)

    if ours.name is None:
        return verdict(UNSENT, "the dialect knows no place for it, so it isn't sent")
    described = theirs.get(ours.name)
    if described is None:
        hint = f"; add {entry.replace(LISTING, '')} to skip_attributes to leave it out" if ours.optional else ""
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


def _finders(view: View, described: dict[str, Any]) -> Iterator[Difference]:
    collection = described.get("collection")
    listed = _dicts(collection.get("finders") if isinstance(collection, dict) else described.get("finders"))
    theirs = {str(f.get("name")): {str(a.get("name")) for a in _dicts(f.get("attributes"))} for f in listed}
    for rule in view.finders:
        wanted = set(rule.parameters) if isinstance(rule, ByFinder) else {rule.parameter}
        entry, evidence = f"{view.entry} finder {rule.finder}", rule.evidence
        if rule.finder not in theirs:
            yield Difference(entry=entry, evidence=evidence, verdict=MISSING, detail=rule.finder)
        elif lacking := sorted(wanted - theirs[rule.finder]):
            detail = f"{rule.finder} has no {', '.join(lacking)}"
            yield Difference(entry=entry, evidence=evidence, verdict=DIFFERENT, detail=detail)
        else:
            yield Difference(entry=entry, evidence=evidence, verdict=PRESENT, detail=rule.finder)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
