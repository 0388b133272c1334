"""Which rows to read: a finder with its parameters, or a `q` expression (cmic-api §1.4).

Finders are strongly recommended by CMiC, but how a value with signs of its own is quoted in one isn't stated; such a
key goes by `q`, where a text stands in single quotes (A-26).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from systems.cmic.entries import CHANGED_AT, CREATED_AT, ByFinder, ByQuery
from systems.cmic.resource import Resource
from systems.cmic.values import moment

COMPANY = "company"
_PLAIN = re.compile(r"[A-Za-z0-9._/-]+")


@dataclass(frozen=True)
class Selection:
    """The query parameters that choose rows."""

    params: Mapping[str, str] = field(default_factory=dict)

    def only(self, names: Sequence[str]) -> Selection:
        """The same rows with only these attributes."""
        return Selection({**self.params, "fields": ",".join(names)})


def by_parts(resource: Resource, parts: Mapping[str, str]) -> Selection:
    """The rows of which some key parts are known: by the finder when they are all it asks for, with what the dialect puts
    beside it; else by `q`. A finder may select by fewer parts, so the caller still compares."""
    lookup = resource.lookup
    if isinstance(lookup, ByFinder):
        values = {theirs: parts.get(ours, "").upper() for theirs, ours in lookup.parameters.items()}
        if all(_PLAIN.fullmatch(value) for value in values.values()):
            finder = f"{lookup.finder};" + ",".join(f"{name}={value}" for name, value in values.items())
            beside = {ours: parts[ours] for ours in lookup.beside if parts.get(ours)}
            return Selection({"finder": finder, "q": _all(resource, beside)} if beside else {"finder": finder})
    return Selection({"q": _all(resource, parts)})


def by_any(resource: Resource, keys: Sequence[Mapping[str, str]]) -> Selection:
    """The rows of any of several keys, in one `q`."""
    if len(keys) == 1:
        return by_parts(resource, keys[0])
    return Selection({"q": " or ".join(f"({_all(resource, parts)})" for parts in keys)})


def changed_since(resource: Resource, company: str, since: str | None) -> Selection:
    """The rows changed since a moment, of one company where the resource has one; all without a moment. Raises
    ValueError for a moment that isn't one, LookupError for a resource whose changes can't be asked for."""
    narrowed = _all(resource, {COMPANY: company}) if company and COMPANY in resource.key else ""
    if since is None:
        return Selection({"q": narrowed} if narrowed else {})
    changes = changed_dates(resource, since)
    asked = changes.params.get("q")
    both = " and ".join([narrowed] * bool(narrowed) + [f"({asked})"] * bool(asked))
    return Selection({**changes.params, "q": both} if both else changes.params)


def changed_dates(resource: Resource, since: str) -> Selection:
    """The rows changed since a moment, of whatever company. Raises ValueError for a moment that isn't one, LookupError for a
    resource whose changes can't be asked for."""
    rule = resource.changed
    if rule is None:
        raise LookupError(resource.path)
    # With its offset and without a Z, as the working clients send it.
    at = moment(since).removesuffix("Z") + "+0000"
    if isinstance(rule, ByQuery):
        return Selection({"q": " or ".join(f"{resource.name(o)} >= {text(at)}" for o in (CHANGED_AT, CREATED_AT))})
    return Selection({"finder": f"{rule.finder};{rule.parameter}={at}"})


def text(value: str) -> str:
    """A text as `q` has it; a quote inside is doubled."""
    return "'" + value.replace("'", "''") + "'"


def _all(resource: Resource, parts: Mapping[str, str]) -> str:
    return " and ".join(f"{resource.name(ours)}={text(value.upper())}" for ours, value in parts.items())
