"""The smallest parts of the dialect: attributes, how rows are looked up, what tells a record's state (design §8).

Each bears its evidence: C confirmed, D derived by CMiC's naming rule, I inferred, A-nn assumed (cmic-api §9).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

UUID, CREATED_AT, CHANGED_AT = "uuid", "created_at", "changed_at"

Evidence = Annotated[str, Field(pattern=r"^(C|D|I|A-\d\d)$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=120)]
Segment = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=60)]


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(StrEnum):
    """`digits` is a whole number that counts as a text here: a cheque's, a voucher's, a row's sequence."""

    CODE = "code"
    TEXT = "text"
    NUMBER = "number"
    DIGITS = "digits"
    DATE = "date"
    TIME = "time"
    FLAG = "flag"


class Attribute(Entry):
    """One attribute. Without a name it has no known place in CMiC and isn't sent.

    A new row gets the connector's value; where it has none, `on_create`, the value of the attribute that it is `like`, or
    a `provisional` number: a negative one not below minus this, the same for every row of one group, made of its key.
    """

    name: Name | None
    type: Kind
    evidence: Evidence
    max_length: int | None = Field(default=None, gt=0)
    updatable: bool = True
    optional: bool = False
    direction: Literal["both", "read", "write"] = "both"
    on_create: str | None = None
    like: str | None = None
    provisional: int | None = Field(default=None, gt=0)
    shorten: bool = False
    values: dict[str, str] = {}

    @property
    def is_read(self) -> bool:
        return self.name is not None and self.direction != "write"

    @property
    def is_written(self) -> bool:
        return self.name is not None and self.direction != "read"


class ByQuery(Entry):
    by: Literal["q"]
    evidence: Evidence


class ByFinder(Entry):
    """`parameters`: the finder's parameter to our attribute. `beside`: key parts that go by `q` beside it, where known."""

    by: Literal["finder"]
    finder: Name
    parameters: dict[Name, str]
    beside: list[str] = []
    evidence: Evidence


class ChangedByFinder(Entry):
    by: Literal["finder"]
    finder: Name
    parameter: Name
    evidence: Evidence


class OrderBy(Entry):
    attributes: list[str] = Field(min_length=1)
    evidence: Evidence


class StateRule(Entry):
    """A record is in a state when the attribute holds one of these values of CMiC's, or anything at all."""

    attribute: str
    values: list[str] = []
    when_set: bool = False


class PostingRule(Entry):
    """Posted by a date that is set, or by a value; then `posted_on` may name the date. Void counts before posted."""

    posted_when_set: str | None = None
    posted: StateRule | None = None
    posted_on: str | None = None
    void: StateRule | None = None
    in_process: StateRule | None = None
    evidence: Evidence

    @property
    def date(self) -> str | None:
        """The attribute that holds the date of posting."""
        return self.posted_when_set or self.posted_on

    @property
    def references(self) -> list[str]:
        rules = [rule.attribute for rule in (self.posted, self.void, self.in_process) if rule]
        return [*rules, *([self.date] if self.date else [])]

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.posted_when_set is None) == (self.posted is None):
            raise ValueError("a posting rule has either posted_when_set or posted")
        if self.posted_when_set and self.posted_on:
            raise ValueError("posted_when_set is the date already")
        return self


class ActiveRule(Entry):
    """A record is inactive when the attribute holds one of these values of CMiC's."""

    attribute: str
    inactive: list[str]
    evidence: Evidence


class Inside(Entry):
    """A line that CMiC takes and shows inside its header of this resource; its path is the name of the list there."""

    resource: str
    evidence: Evidence


class Through(Entry):
    """Key parts that CMiC names by the number of another record. `attribute` holds that number in the line, `number` in
    the other record. `among` chooses the other records: their key parts by the header's attributes. `gives` says which
    key parts of the line are which of theirs."""

    attribute: str
    resource: str
    number: str
    among: dict[str, str] = Field(min_length=1)
    gives: dict[str, str] = Field(min_length=1)
    evidence: Evidence
