"""What will be written to CMiC, in the connector's own words. The dialect alone knows CMiC's names (design §8)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from domain.states import Posting


def _tagged(value: Any) -> Any:
    """JSON has no dates and no decimals: in the ledger they bear their type, so that they come back as what they were."""
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    return {"date": value.isoformat()} if isinstance(value, date) else value


def _untagged(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        ((tag, text),) = value.items()
        return Decimal(text) if tag == "decimal" else date.fromisoformat(text)
    return value


Scalar = Annotated[
    str | bool | int | Decimal | date | None, BeforeValidator(_untagged), PlainSerializer(_tagged, when_used="json")
]


class Key(BaseModel):
    """A natural key: resource, and its parts in order (cmic-api §6). Codes compare in upper case, as CMiC keeps them."""

    model_config = ConfigDict(frozen=True)

    resource: str
    parts: dict[str, str]

    @property
    def company(self) -> str:
        return self.parts.get("company", "")

    @property
    def text(self) -> str:
        return "|".join(part.upper() for part in self.parts.values())

    def __str__(self) -> str:
        return self.text


class Record(BaseModel):
    """One row to create: its natural key, and every other mapped attribute. `part` names the Procore thing it stands
    for ("" for the object itself, else the line's id); `label` is what a person calls it."""

    key: Key
    values: dict[str, Scalar] = {}
    part: str = ""
    label: str = ""

    @property
    def attributes(self) -> dict[str, Scalar]:
        return {**self.key.parts, **self.values}


class Group(BaseModel):
    """A header and its lines, written in one request, all or nothing. With `may_exist`, a found record is used as is; with
    `updates`, the record has to exist, and its values are set (setting them again changes nothing)."""

    header: Record
    lines: list[Record] = []
    total: Decimal | None = None
    may_exist: bool = False
    updates: bool = False
    common: bool = False
    """Belongs to no object alone: others use the record too (a partner, a job's cost code)."""
    aside: bool = False
    """Travels along with the object and isn't its own matter (a forecast with a budget)."""
    base: dict[str, Decimal] | None = None
    """What CMiC showed as budgeted on each line's cost code and category before this was written (R-17)."""
    summed: str = "amount"
    """The lines' attribute that adds up to the total."""

    @property
    def records(self) -> list[Record]:
        return [self.header, *self.lines]


class Plan(BaseModel):
    """All groups of one export, in the order in which they are written."""

    groups: list[Group]

    @property
    def hash(self) -> str:
        return digest(self.model_dump(mode="json"))


class Found(BaseModel):
    """A record as CMiC holds it, in the connector's words."""

    key: Key
    uuid: str
    attributes: dict[str, Scalar] = {}
    posting: Posting = Posting.UNPOSTED
    posted_on: date | None = None
    active: bool = True
    changed_at: str = ""


class Written(BaseModel):
    """A record's place in CMiC after it was written and verified: what becomes a link."""

    part: str
    key: Key
    uuid: str


def spot_of(line: Record) -> str:
    """The cost code and category of a line, as one text."""
    return "/".join(line.key.parts.get(name, "") for name in ("cost_code", "category"))


def sums_by_code(groups: Sequence[Group]) -> dict[str, Decimal]:
    """The lines' amounts by cost code and category."""
    sums: dict[str, Decimal] = {}
    for line in (line for group in groups for line in group.lines):
        sums[spot_of(line)] = sums.get(spot_of(line), Decimal(0)) + Decimal(str(line.values.get("amount") or 0))
    return sums


def digest(body: Any) -> str:
    """A stable hash of a JSON-able body, whatever foreign text is in it."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def preview_hash(snapshot_hash: str, settings: BaseModel) -> str:
    """What an approver names: the business fields he saw, under the settings that made the rows he saw (B-04, B-05). What
    he types stands in his own command."""
    return digest([snapshot_hash, settings.model_dump(mode="json")])


def same(ours: Scalar, theirs: Scalar) -> bool:
    """Do two attributes agree? Empty is empty; numbers compare as numbers, texts without case and outer blanks, because
    CMiC upper-cases codes."""
    if ours in (None, "") or theirs in (None, ""):
        return (ours in (None, "")) and (theirs in (None, ""))
    if isinstance(ours, Decimal | int) and not isinstance(ours, bool):
        try:
            return Decimal(str(theirs)) == ours
        except ArithmeticError:
            return False
    return str(ours).strip().casefold() == str(theirs).strip().casefold()


def differences(ours: Record, theirs: Found) -> list[str]:
    """Every mapped attribute in which a found record disagrees, in words."""
    return [
        f"{name}: ours {_word(value)}, CMiC {_word(theirs.attributes.get(name))}"
        for name, value in ours.attributes.items()
        if name in theirs.attributes and not same(value, theirs.attributes[name])
    ]


def _word(value: Scalar) -> str:
    return "nothing" if value in (None, "") else str(value)[:80]
