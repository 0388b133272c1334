"""The vocabulary of the attribute tables: what one attribute, one finder and one resource are.

The tables themselves are data, in ``sandbox.cmic.resources``. Every attribute carries its evidence tag as in the
reference: ``C`` confirmed, ``D`` derived from a documented column by CMiC's naming rule, ``A`` assumed (cmic-api §3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

Value = str | int | Decimal | None
"""What a stored attribute can be: text, a date or time as text, a whole number, an exact decimal, or nothing."""

Row = dict[str, Value]
"""One stored record, by canonical attribute name. A row is replaced, never edited in place."""

Kind = Literal["code", "text", "flag", "amount", "number", "integer", "date", "time", "uuid"]
Evidence = Literal["C", "D", "A"]

NUMERIC: frozenset[Kind] = frozenset({"amount", "number", "integer"})


@dataclass(frozen=True)
class Attribute:
    """One attribute of a resource.

    ``length`` is the longest text in characters. ``settable`` tells whether a caller may send it at all,
    ``updatable`` whether a PATCH may, ``on_create`` whether a POST may; ``on_update`` keeps a PATCH from what is no part
    of a key. ``default`` is what the server fills in.
    """

    name: str
    kind: Kind
    evidence: Evidence
    label: str
    length: int | None = None
    key: bool = False
    required: bool = False
    settable: bool = True
    on_create: bool = True
    on_update: bool = True
    default: Value = None

    @property
    def updatable(self) -> bool:
        """Whether a PATCH may change it: settable, and no part of the natural key."""
        return self.settable and self.on_update and not self.key and self.kind != "uuid"

    @property
    def creatable(self) -> bool:
        """Whether a POST may carry it."""
        return self.settable and self.on_create


@dataclass(frozen=True)
class Finder:
    """A named query: its parameters, each tied to an attribute or (for ``since``) to the row's last change.

    ``ignores`` are parameters that are accepted and have no effect, as a public client found (cmic-api §1.4).
    """

    name: str
    equals: Mapping[str, str]
    since: str | None = None
    ignores: frozenset[str] = frozenset()

    @property
    def parameters(self) -> frozenset[str]:
        """Every parameter name that a caller may use."""
        return frozenset(self.equals) | self.ignores | ({self.since} if self.since else frozenset())


@dataclass(frozen=True)
class Child:
    """A child collection: its accessor name, its resource, and (parent attribute, child attribute) pairs.

    ``nested`` children are created in the POST of their parent, as an array of that name (cmic-api §1.5).
    """

    name: str
    resource: str
    join: tuple[tuple[str, str], ...]
    nested: bool = False


@dataclass(frozen=True)
class Table:
    """One resource: where it lives in the URL, what it allows, and its attributes.

    One without methods has no URL of its own: it is met as a child only. ``derived_from`` is the resource that keeps
    its rows. ``address`` is the attribute that names a row in URLs where that isn't the VUuid (cmic-api §1.1).
    """

    resource: str
    application: str
    title: str
    view: str
    attributes: tuple[Attribute, ...]
    methods: frozenset[str]
    root: str = "rest"
    version: str = "1"
    finders: tuple[Finder, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    children: tuple[Child, ...] = ()
    derived_from: str | None = None
    address: str | None = None

    @property
    def store(self) -> str:
        """The resource that keeps its rows."""
        return self.derived_from or self.resource

    @property
    def url_key(self) -> str:
        """The name of the attribute that names a row in URLs."""
        return self.address or self.uuid

    @cached_property
    def nested(self) -> Child | None:
        """The children that are created with their parent, if it has such."""
        return next((child for child in self.children if child.nested), None)

    @cached_property
    def by_name(self) -> dict[str, Attribute]:
        """The attributes by canonical name."""
        return {attribute.name: attribute for attribute in self.attributes}

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The natural key: the attribute names that make a row unique (cmic-api §6); the VUuid when none is known."""
        return tuple(attribute.name for attribute in self.attributes if attribute.key) or (self.uuid,)

    @cached_property
    def uuid(self) -> str:
        """The name of the ``...VUuid`` attribute, the row's key in URLs."""
        return next(attribute.name for attribute in self.attributes if attribute.kind == "uuid")

    @cached_property
    def created(self) -> str:
        """The name of the ``...IuCreateDate`` attribute."""
        return next(name for name in self.by_name if name.endswith("IuCreateDate"))

    @cached_property
    def updated(self) -> str:
        """The name of the ``...IuUpdateDate`` attribute."""
        return next(name for name in self.by_name if name.endswith("IuUpdateDate"))

    def key_of(self, row: Mapping[str, Value]) -> tuple[Value, ...]:
        """The natural key of a row."""
        return tuple(row.get(name) for name in self.key)

    def finder(self, name: str) -> Finder | None:
        """The finder of that name, if the resource has one."""
        return next((finder for finder in self.finders if finder.name == name), None)

    def child(self, name: str) -> Child | None:
        """The child accessor of that name, if the resource has one."""
        return next((child for child in self.children if child.name == name), None)


def code(
    name: str, length: int, label: str, evidence: Evidence, *, required: bool = False, default: str | None = None
) -> Attribute:
    """A code: text that the server turns into upper case."""
    return Attribute(name, "code", evidence, label, length, required=required, default=default)


def key(name: str, length: int, label: str, evidence: Evidence, *, default: str | None = None) -> Attribute:
    """A required code that is part of the natural key."""
    return Attribute(name, "code", evidence, label, length, key=True, required=default is None, default=default)


def text(
    name: str, length: int, label: str, evidence: Evidence, *, required: bool = False, default: str | None = None
) -> Attribute:
    """Free text, kept as sent."""
    return Attribute(name, "text", evidence, label, length, required=required, default=default)


def flag(name: str, label: str, evidence: Evidence, *, required: bool = False, default: str | None = None) -> Attribute:
    """A flag, ``Y`` or ``N``."""
    return Attribute(name, "flag", evidence, label, 1, required=required, default=default)


def amount(name: str, label: str, evidence: Evidence, *, required: bool = False) -> Attribute:
    """Money with two decimals."""
    return Attribute(name, "amount", evidence, label, required=required)


def number(name: str, label: str, evidence: Evidence) -> Attribute:
    """A quantity, rate or percentage with up to six decimals."""
    return Attribute(name, "number", evidence, label)


def integer(name: str, label: str, evidence: Evidence) -> Attribute:
    """A whole number."""
    return Attribute(name, "integer", evidence, label)


def day(name: str, label: str, evidence: Evidence) -> Attribute:
    """A business date, ``YYYY-MM-DD``."""
    return Attribute(name, "date", evidence, label)


def fixed(
    name: str, kind: Kind, label: str, evidence: Evidence, length: int | None = None, *, default: Value = None
) -> Attribute:
    """An attribute that only the server sets."""
    return Attribute(name, kind, evidence, label, length, settable=False, default=default)


def audit(prefix: str, evidence: Evidence, *, uuid_required: bool = False) -> tuple[Attribute, ...]:
    """The three attributes every row ends with: creation time, last change (null until then), and the row's key."""
    return (
        fixed(f"{prefix}IuCreateDate", "time", "Create Date", evidence),
        fixed(f"{prefix}IuUpdateDate", "time", "Update Date", evidence),
        Attribute(f"{prefix}VUuid", "uuid", evidence, "Unique Row ID", 64, required=uuid_required),
    )
