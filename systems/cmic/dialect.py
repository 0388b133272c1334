"""The dialect as data: every path, attribute, finder, key, order, length limit and value map (design §8).

Read from a YAML file and checked as a whole, so that a tenant's own file that doesn't hang together is refused at the
start. Tests load a second one with other names.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

STANDARD = Path(__file__).with_name("dialect.yaml")
UUID, CREATED_AT, CHANGED_AT = "uuid", "created_at", "changed_at"

Evidence = Annotated[str, Field(pattern=r"^(C|D|I|A-\d\d)$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=120)]
Segment = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=60)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(StrEnum):
    CODE = "code"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    FLAG = "flag"


class Attribute(_Entry):
    """One attribute. Without a name it has no known place in CMiC and isn't sent."""

    name: Name | None
    type: Kind
    evidence: Evidence
    max_length: int | None = Field(default=None, gt=0)
    updatable: bool = True
    optional: bool = False
    direction: Literal["both", "read", "write"] = "both"
    on_create: str | None = None
    shorten: bool = False
    values: dict[str, str] = {}

    @property
    def is_read(self) -> bool:
        return self.name is not None and self.direction != "write"

    @property
    def is_written(self) -> bool:
        return self.name is not None and self.direction != "read"


class ByQuery(_Entry):
    by: Literal["q"]
    evidence: Evidence


class ByFinder(_Entry):
    """`parameters`: the finder's parameter to our attribute."""

    by: Literal["finder"]
    finder: Name
    parameters: dict[Name, str]
    evidence: Evidence


class ChangedByFinder(_Entry):
    by: Literal["finder"]
    finder: Name
    parameter: Name
    evidence: Evidence


class OrderBy(_Entry):
    attributes: list[str] = Field(min_length=1)
    evidence: Evidence


class VoidRule(_Entry):
    attribute: str
    values: list[str]


class PostingRule(_Entry):
    posted_when_set: str
    void: VoidRule | None = None
    evidence: Evidence


class ActiveRule(_Entry):
    """A record is inactive when the attribute holds one of these values of CMiC's."""

    attribute: str
    inactive: list[str]
    evidence: Evidence


class Place(_Entry):
    """Where something lives below the environment's address."""

    application: Segment
    root: Segment
    version: Segment
    path: Segment
    evidence: Evidence


class Resource(Place):
    key: list[str] = Field(min_length=1)
    order_by: OrderBy
    lookup: Annotated[ByQuery | ByFinder, Field(discriminator="by")]
    changed: Annotated[ByQuery | ChangedByFinder, Field(discriminator="by")] | None = None
    posting: PostingRule | None = None
    active: list[ActiveRule] = []
    attributes: dict[str, Attribute]

    def name(self, attribute: str) -> str:
        """CMiC's name of an attribute that is known to have one."""
        name = self.attributes[attribute].name
        if name is None:
            raise KeyError(attribute)
        return name

    @property
    def used(self) -> dict[str, Attribute]:
        """The attributes that have a place in CMiC."""
        return {ours: attribute for ours, attribute in self.attributes.items() if attribute.name is not None}

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = [a.name for a in self.used.values()]
        if len(set(names)) != len(names):
            raise ValueError(f"two attributes of {self.path} have one name")
        if UUID not in self.used:
            raise ValueError(f"{self.path} needs the attribute {UUID}")
        if unknown := sorted({ours for ours in self._references() if ours not in self.used}):
            raise ValueError(f"{self.path} refers to attributes that it doesn't name: {', '.join(unknown)}")
        return self

    def _references(self) -> list[str]:
        found = [*self.key, *self.order_by.attributes]
        if isinstance(self.lookup, ByFinder):
            found += self.lookup.parameters.values()
        if self.posting:
            found.append(self.posting.posted_when_set)
            found += [self.posting.void.attribute] if self.posting.void else []
        if isinstance(self.changed, ByQuery):
            found += [CREATED_AT, CHANGED_AT]
        # A rule whose list is empty decides nothing, so its attribute may be skipped.
        return found + [rule.attribute for rule in self.active if rule.inactive]


class Action(Place):
    """A procedure call. `parameters`: our name to CMiC's, in the order in which they are sent."""

    name: Name
    parameters: dict[str, Name]


class MediaTypes(_Entry):
    item: str
    batch: str
    action: str
    plain: str
    evidence: Evidence


class TextPattern(_Entry):
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


class MessageMarks(_Entry):
    """The marks around the human part of a database error."""

    open: str = Field(min_length=1)
    close: str = Field(min_length=1)
    evidence: Evidence


class ExpectedWord(_Entry):
    value: str
    evidence: Evidence


class Texts(_Entry):
    not_granted: list[TextPattern]
    duplicate: list[TextPattern]
    wants_first: list[TextPattern]
    error_message: MessageMarks
    action_success: ExpectedWord


class NamedHeader(_Entry):
    name: Name
    evidence: Evidence


class SubPath(_Entry):
    path: Segment
    evidence: Evidence


class BatchRule(_Entry):
    most_parts: int = Field(gt=1)
    evidence: Evidence


class Dialect(_Entry):
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
