"""A resource of the dialect: where it lives, its key, how its rows are found and read, what may be written (design §8)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from systems.cmic.entries import (
    CHANGED_AT,
    CREATED_AT,
    UUID,
    ActiveRule,
    Attribute,
    ByFinder,
    ByQuery,
    ChangedByFinder,
    Entry,
    Evidence,
    Inside,
    Name,
    OrderBy,
    PostingRule,
    Segment,
    Through,
)


class Place(Entry):
    """Where something lives below the environment's address."""

    application: Segment
    root: Segment
    version: Segment
    path: Segment
    evidence: Evidence


class Listing(Entry):
    """Another path of the same application that shows these rows, where the one that takes them doesn't show all."""

    path: Segment
    evidence: Evidence


class Action(Place):
    """A procedure call. `parameters`: our name to CMiC's, in the order in which they are sent."""

    name: Name
    parameters: dict[str, Name]


class Resource(Place):
    """A line that is `inside` its header is neither looked up nor listed by itself; the key parts that it has no attribute
    for are its header's attributes, or come `through` another record."""

    key: list[str] = Field(min_length=1)
    order_by: OrderBy
    writes: list[Literal["create", "change"]] = []
    lookup: Annotated[ByQuery | ByFinder, Field(discriminator="by")] | None = None
    listing: Listing | None = None
    changed: Annotated[ByQuery | ChangedByFinder, Field(discriminator="by")] | None = None
    posting: PostingRule | None = None
    active: list[ActiveRule] = []
    inside: Inside | None = None
    through: Through | None = None
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

    @property
    def inherited(self) -> list[str]:
        """The key parts of a line inside its header that are its header's attributes, and not in its own row."""
        given = self.through.gives if self.through else {}
        return [ours for ours in self.key if ours not in self.used and ours not in given] if self.inside else []

    @property
    def shown_at(self) -> str:
        """The path at which all its rows are shown."""
        return self.listing.path if self.listing else self.path

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = [a.name for a in self.used.values()]
        if len(set(names)) != len(names):
            raise ValueError(f"two attributes of {self.path} have one name")
        if self.inside is None and UUID not in self.used:
            raise ValueError(f"{self.path} needs the attribute {UUID}")
        if (self.lookup is None) != (self.inside is not None) or (self.through and not self.inside):
            raise ValueError(f"{self.path} is looked up, or it is inside its header")
        if self.inside and (self.listing or self.changed or self.posting):
            raise ValueError(f"what is inside {self.inside.resource} is neither listed nor posted by itself")
        if unknown := sorted({ours for ours in self._references() if ours not in self.used}):
            raise ValueError(f"{self.path} refers to attributes that it doesn't name: {', '.join(unknown)}")
        return self

    def _references(self) -> list[str]:
        found = [*self.order_by.attributes, *(a.like for a in self.used.values() if a.like)]
        found += [] if self.inside else self.key
        found += [self.through.attribute] if self.through else []
        if isinstance(self.lookup, ByFinder):
            found += [*self.lookup.parameters.values(), *self.lookup.beside]
        if self.posting:
            found += self.posting.references
        if isinstance(self.changed, ByQuery):
            found += [CREATED_AT, CHANGED_AT]
        # A rule whose list is empty decides nothing, so its attribute may be skipped.
        return found + [rule.attribute for rule in self.active if rule.inactive]
