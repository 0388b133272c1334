"""The settings as a table: each with its requirement, meaning, what is possible, default, and when it takes effect (§4).

The command line, the console and docs/settings.md show this; it is read from the model's own fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from domain.company_settings import LEAST_MINUTES, MOST_MINUTES, SCHEDULED, Code, ProjectId, Settings
from domain.settings import CompanyCode, Currency, ExportSettings, Length, Unit

_IDS = re.compile(r"\bS-\d\d\b")


class Group(StrEnum):
    EXPORTS = "exports"
    APPROVALS = "approvals"
    IMPORTS = "imports"
    SCHEDULES = "schedules"
    LIMITS = "limits"


_GROUPS = {
    Group.APPROVALS: ("direct_exports", "standard_may_approve", "sender_may_not_approve", "approver_report"),
    Group.SCHEDULES: ("schedules", "full_sweep_hours"),
    Group.LIMITS: ("limits", "settle_seconds"),
}

_KNOWN: tuple[tuple[Any, str, str], ...] = (
    (CompanyCode, "a company's code", "companies' codes (letters, digits, dots, hyphens, underscores; 10 at most)"),
    (Currency, "three capital letters", ""),
    (Code, "a code", "codes"),
    (Unit, "a unit", "units"),
    (Length, "a whole number from 1 to 10000", ""),
    (ProjectId, "an id in Procore, a whole number above 0", "ids in Procore, whole numbers above 0"),
)
"""Types that have a name of their own: what one of them is called, and several."""


@dataclass(frozen=True)
class Setting:
    """One setting. `default` and `example` are as JSON has them."""

    name: str
    group: Group
    ids: tuple[str, ...]
    meaning: str
    allowed: str
    default: Any
    example: Any
    frozen: bool
    """An approval keeps the value it was given under."""

    @property
    def takes_effect(self) -> str:
        return "with the next approval" if self.frozen else "at once"


def setting(name: str) -> Setting:
    """Raises KeyError for a setting that doesn't exist."""
    field = Settings.model_fields[name]
    meaning = " ".join((field.description or "").split())
    default = plain(name, field.get_default(call_default_factory=True))
    return Setting(
        name=name,
        group=_group(name),
        ids=tuple(dict.fromkeys(_IDS.findall(meaning))),
        meaning=_sentence(re.sub(r"^S-\d\d(, S-\d\d)*: ", "", meaning)),
        allowed=allowed(name),
        default=default,
        example=(field.examples or [default])[0],
        frozen=name in ExportSettings.model_fields,
    )


def settings_table() -> Iterator[Setting]:
    """Every setting, group by group."""
    found = [setting(name) for name in Settings.model_fields]
    for group in Group:
        yield from (s for s in found if s.group is group)


def plain(name: str, value: Any) -> Any:
    """A setting's value as JSON has it."""
    return TypeAdapter(Settings.model_fields[name].rebuild_annotation()).dump_python(value, mode="json")


def shown(value: Any) -> str:
    """A value as a person types and reads it: JSON, without quotes around a plain text."""
    if isinstance(value, str) and value:
        return value
    return json.dumps(value, ensure_ascii=False)


def values_of(annotation: Any) -> list[str]:
    """The words that a field of an enumeration takes; none for another."""
    core = unwrapped(annotation)
    return [str(member.value) for member in core] if isinstance(core, type) and issubclass(core, Enum) else []


def unwrapped(annotation: Any) -> Any:
    """The type itself, without the constraints and the None beside it."""
    if get_origin(annotation) is Annotated:
        return unwrapped(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return next(unwrapped(a) for a in get_args(annotation) if a is not NoneType)
    return annotation


def may_be_nothing(name: str) -> bool:
    return NoneType in get_args(Settings.model_fields[name].annotation)


def allowed(name: str) -> str:
    """What a setting may be, in plain words."""
    field = Settings.model_fields[name]
    if name == "schedules":
        return f"a map of import to minutes, {LEAST_MINUTES} to {MOST_MINUTES} or 0 for never; imports: {', '.join(SCHEDULED)}"
    if name == "time_zone":
        return "the IANA name of a time zone, such as America/Chicago"
    words = _words(field.rebuild_annotation())
    if field.metadata and get_origin(field.annotation) is list:
        words += ", at least one"
    return words + (", or null for none" if may_be_nothing(name) else "")


def _words(annotation: Any) -> str:
    if known := next((one for kind, one, _ in _KNOWN if annotation == kind), None):
        return known
    if get_origin(annotation) in (Union, UnionType):
        return _words(next(a for a in get_args(annotation) if a is not NoneType))
    core = unwrapped(annotation)
    if values := values_of(annotation):
        return "one of " + ", ".join(values)
    origin, args = get_origin(core), get_args(core)
    if origin is list:
        return f"a list of {_plural(args[0])}"
    if origin is dict:
        return f"a map of {_plural(args[0])}, each to {_words(args[1])}"
    if core is bool:
        return "yes or no"
    if core in (int, Decimal):
        return _number("a whole number" if core is int else "a number", annotation)
    if isinstance(core, type) and issubclass(core, BaseModel):
        first = next(iter(core.model_fields.values()))
        return f"a map of {', '.join(core.model_fields)}, each to {_words(first.rebuild_annotation())}"
    return _text(annotation)


def _plural(annotation: Any) -> str:
    return next((several for kind, _, several in _KNOWN if annotation == kind), "texts")


def _number(kind: str, annotation: Any) -> str:
    least, most, above = (_bound(annotation, n) for n in ("ge", "le", "gt"))
    if least is not None and most is not None:
        return f"{kind} from {least} to {most}"
    return f"{kind} above {above}" if above is not None else kind


def _text(annotation: Any) -> str:
    least, most = _bound(annotation, "min_length") or 0, _bound(annotation, "max_length")
    return f"a text of {'up to' if not least else f'{least} to'} {most} characters" if most is not None else "a text"


def _bound(annotation: Any, name: str) -> Any:
    """A constraint, from whatever of the type's annotations carries it."""
    flat = [m for one in get_args(annotation)[1:] for m in (one.metadata if isinstance(one, FieldInfo) else [one])]
    return next((b for m in flat if (b := getattr(m, name, None)) is not None), None)


def _group(name: str) -> Group:
    for group, names in _GROUPS.items():
        if name in names:
            return group
    return Group.EXPORTS if name in ExportSettings.model_fields else Group.IMPORTS


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
