"""The dialect as data: every path, attribute, finder, key, order, length limit and value map (design §8).

Read from a YAML file and checked as a whole, so that a tenant's own file that doesn't hang together is refused at the
start. Tests load a second one with other names.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import Field, field_validator, model_validator

from systems.cmic.entries import Entry, Evidence, Name, Segment
from systems.cmic.resource import Action, Resource

STANDARD = Path(__file__).with_name("dialect.yaml")


class MediaTypes(Entry):
    item: str
    batch: str
    action: str
    plain: str
    evidence: Evidence


class TextPattern(Entry):
    """A regular expression, searched without regard to case in the answer's text."""

    pattern: str
    evidence: Evidence

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as problem:
            raise ValueError(f"{pattern!r} is no regular expression: {problem}") from None
        return pattern

    def found_in(self, text: str) -> bool:
        return re.search(self.pattern, text, re.IGNORECASE) is not None


class MessageMarks(Entry):
    """The marks around the human part of a database error."""

    open: str = Field(min_length=1)
    close: str = Field(min_length=1)
    evidence: Evidence


class ExpectedWord(Entry):
    value: str
    evidence: Evidence


class Texts(Entry):
    not_granted: list[TextPattern]
    duplicate: list[TextPattern]
    wants_first: list[TextPattern]
    error_message: MessageMarks
    action_success: ExpectedWord


class NamedHeader(Entry):
    name: Name
    evidence: Evidence


class SubPath(Entry):
    path: Segment
    evidence: Evidence


class BatchRule(Entry):
    most_parts: int = Field(gt=1)
    evidence: Evidence


class Dialect(Entry):
    assumptions: dict[Annotated[str, Field(pattern=r"^A-\d\d$")], str]
    media_types: MediaTypes
    framework_header: NamedHeader
    describe: SubPath
    batch: BatchRule
    texts: Texts
    actions: dict[str, Action] = {}
    resources: dict[str, Resource]

    @classmethod
    def load(cls, path: Path | None = None) -> Dialect:
        """Read a dialect file; the standard one without a path. Raises OSError, yaml.YAMLError, ValidationError."""
        return cls.model_validate(yaml.safe_load((path or STANDARD).read_text(encoding="utf-8")))

    def skipping(self, entries: Collection[str]) -> Dialect:
        """This dialect without some optional attributes, named `resource.attribute`: for a tenant that lacks them.
        Raises ValueError for an entry that isn't there or isn't optional, ValidationError for one that is needed."""
        if not entries:
            return self
        resources = {name: dict(resource.attributes) for name, resource in self.resources.items()}
        for entry in entries:
            name, _, ours = entry.partition(".")
            attribute = resources.get(name, {}).get(ours)
            if attribute is None or not attribute.optional:
                raise ValueError(f"{entry} is no optional attribute of the dialect")
            resources[name][ours] = attribute.model_copy(update={"name": None})
        kept = self.model_dump()
        for name, attributes in resources.items():
            kept["resources"][name]["attributes"] = {ours: a.model_dump() for ours, a in attributes.items()}
        return Dialect.model_validate(kept)

    @model_validator(mode="after")
    def _assumptions_are_explained(self) -> Self:
        tags = set(re.findall(r"'evidence': '(A-\d\d)'", str(self.model_dump())))
        if unexplained := sorted(tags - set(self.assumptions)):
            raise ValueError(f"assumptions without an explanation: {', '.join(unexplained)}")
        return self

    @model_validator(mode="after")
    def _lines_fit_their_headers(self) -> Self:
        for name, resource in self.resources.items():
            if resource.inside and (problem := self._misfit(resource, resource.inside.resource)):
                raise ValueError(f"{name} doesn't fit into its header: {problem}")
        return self

    def _misfit(self, line: Resource, parent: str) -> str | None:
        header = self.resources.get(parent)
        if header is None or header.inside:
            return f"there is no header {parent}"
        if unknown := sorted(
            {*line.inherited, *(line.through.among.values() if line.through else ())} - set(header.used)
        ):
            return f"{parent} has no {', '.join(unknown)}"
        if (through := line.through) is None:
            return None
        other = self.resources.get(through.resource)
        if other is None or other.inside:
            return f"there is no {through.resource}"
        named = {through.number} - set(other.used) | {*through.among, *through.gives.values()} - set(other.key)
        lacking = set(through.gives) - set(line.key)
        return f"{through.resource} is misnamed in {sorted(named | lacking)}" if named | lacking else None
