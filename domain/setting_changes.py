"""Changing a setting, as a person types it or as a form has it, and what changed between two versions (B-06).

Whatever isn't possible is refused in plain words: what is, and which names are near.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from domain import setting_refusals  # noqa: F401  # enters its reasons into the catalogue
from domain.company_settings import SCHEDULED, Settings, changed
from domain.refusals import Refused, refuse
from domain.setting_table import allowed, may_be_nothing, plain, shown, unwrapped, values_of
from domain.settings import Limits

LONG = 80
_SWITCH = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}


class Edit(BaseModel):
    """One change as it is asked for: another value, or entries of a list or a map that come and go. `value` is a text as a
    person types it; `is_text` is off where a form gives the value itself."""

    name: str
    value: Any = None
    is_text: bool = True
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class Version(BaseModel):
    """One version of the settings, as it is stored."""

    number: int
    body: dict[str, Any]
    who: str
    at: datetime
    note: str = ""


class Difference(BaseModel):
    """What changed: a setting, or one entry of a map. Nothing (None) is an entry that wasn't there, or isn't any more."""

    name: str
    entry: str | None = None
    before: Any
    after: Any

    @property
    def words(self) -> str:
        what = self.name if self.entry is None else f"{self.name}, {self.entry}"
        return f"{what}: {self._side(self.before)} → {self._side(self.after)}"

    def _side(self, value: Any) -> str:
        return "none" if value is None else shown(value)


class Change(BaseModel):
    """What became of an edit: the version that counts now, and what is different in it; nothing if it was so already."""

    version: int
    differences: list[Difference] = []


def edited(settings: Settings, edit: Edit) -> Settings:
    """The settings after an edit. Raises Refused."""
    known(edit.name)
    if edit.add or edit.remove:
        return _with_entries(settings, edit)
    return with_value(settings, edit.name, typed(edit.name, edit.value) if edit.is_text else edit.value)


def known(name: str) -> None:
    """Raises Refused (unknown_setting), with the names that are near."""
    if name not in Settings.model_fields:
        raise Refused(refuse("unknown_setting", name=name, near=_near(name, Settings.model_fields)))


def with_value(settings: Settings, name: str, value: Any) -> Settings:
    """The settings with another value in one of them. Raises Refused (setting_not_possible)."""
    try:
        return changed(settings, name, value)
    except ValidationError as error:
        raise _refusal(name, value, error) from None


def typed(name: str, text: str) -> Any:
    """The value that a typed text means: JSON for lists and maps, plain words for the rest. Raises Refused."""
    annotation = Settings.model_fields[name].annotation
    core, word = unwrapped(annotation), text.strip()
    if may_be_nothing(name) and word.lower() in ("", "null", "none"):
        return None
    if _has_entries(name):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise _unfit(name, text, ", which isn't JSON") from None
    return _plain_word(core, word)


def _plain_word(core: Any, word: str) -> Any:
    if word.startswith('"') and word.endswith('"') and len(word) > 1:
        word = word[1:-1]
    if core is bool:
        return _SWITCH.get(word.lower(), word)
    return next((v for v in values_of(core) if v.lower() == word.lower()), word)


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """What two stored versions differ in. A setting that a version doesn't know yet had its default."""
    found: list[Difference] = []
    for name in dict.fromkeys([*Settings.model_fields, *before, *after]):
        old, new = (body.get(name, _default(name)) for body in (before, after))
        if isinstance(old, dict) and isinstance(new, dict):
            entries = [e for e in dict.fromkeys([*old, *new]) if old.get(e) != new.get(e)]
            found += [Difference(name=name, entry=e, before=old.get(e), after=new.get(e)) for e in entries]
        elif old != new:
            found.append(Difference(name=name, before=old, after=new))
    return found


def _default(name: str) -> Any:
    field = Settings.model_fields.get(name)
    return plain(name, field.get_default()) if field else None


# Entries of lists and maps


def _has_entries(name: str) -> bool:
    core = unwrapped(Settings.model_fields[name].annotation)
    return get_origin(core) in (list, dict) or (isinstance(core, type) and issubclass(core, BaseModel))


def _with_entries(settings: Settings, edit: Edit) -> Settings:
    if not _has_entries(edit.name):
        raise Refused(refuse("setting_without_entries", name=edit.name, allowed=allowed(edit.name)))
    now = plain(edit.name, getattr(settings, edit.name))
    if isinstance(now, list):
        return with_value(settings, edit.name, _list_with(now, edit))
    return with_value(settings, edit.name, _map_with(now, edit))


def _list_with(now: list[Any], edit: Edit) -> list[Any]:
    kind = get_args(unwrapped(Settings.model_fields[edit.name].annotation))[0]
    gone = [_entry(edit.name, kind, text) for text in edit.remove]
    for entry in gone:
        _must_be_there(edit.name, entry, now)
    return list(dict.fromkeys([*(e for e in now if e not in gone), *(_entry(edit.name, kind, t) for t in edit.add)]))


def _map_with(now: dict[str, Any], edit: Edit) -> dict[str, Any]:
    """Entries are written NAME=VALUE. What is taken out of the limits has its default again."""
    core = unwrapped(Settings.model_fields[edit.name].annotation)
    keys, values = get_args(core) or (str, int)
    gone = [_entry(edit.name, keys, text) for text in edit.remove]
    for key in gone:
        _must_be_there(edit.name, key, now)
    new: dict[str, Any] = {}
    for text in edit.add:
        key, equals, value = text.partition("=")
        if not equals:
            raise _unfit(edit.name, text, ": an entry is written NAME=VALUE")
        new[_entry(edit.name, keys, key)] = _value_of_entry(values, value.strip())
    return {**{k: v for k, v in now.items() if k not in gone}, **new}


def _value_of_entry(kind: Any, text: str) -> Any:
    if get_origin(kind) is not list:
        return _plain_word(unwrapped(kind), text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return [part.strip() for part in text.split(",") if part.strip()]


def _entry(name: str, kind: Any, text: str) -> Any:
    """An entry as the model has it: a code in upper case, an id as a number."""
    try:
        return TypeAdapter(kind).validate_python(text.strip())
    except ValidationError:
        raise _unfit(name, text) from None


def _must_be_there(name: str, entry: Any, now: Iterable[Any]) -> None:
    there = [str(e) for e in now]
    if str(entry) not in there:
        entries = ", ".join(there) or "none"
        raise Refused(
            refuse("setting_entry_unknown", name=name, entry=str(entry), entries=entries, near=_near(str(entry), there))
        )


# Refusals


def _impossible(name: str, problem: str, near: str = "") -> Refused:
    return Refused(refuse("setting_not_possible", name=name, problem=problem, allowed=allowed(name), near=near))


def _unfit(name: str, text: str, why: str = "") -> Refused:
    return _impossible(name, f"{name} can't be {_json(text)}{why}")


def _refusal(name: str, value: Any, error: ValidationError) -> Refused:
    """What is wrong, where inside a list or a map, and what is near."""
    first = error.errors(include_url=False)[0]
    spot, word = " ".join(str(p) for p in first["loc"][1:] if p != "[key]"), str(first["input"])
    if first["type"] == "value_error":
        words = str(first["ctx"]["error"])
        near = _near(words.split(" ")[0], SCHEDULED) if name == "schedules" else ""
        return _impossible(name, f"{name}: {words}", near)
    if first["type"] == "extra_forbidden":
        return _impossible(name, f"{name}: there is no {spot!r}", _near(spot, Limits.model_fields))
    core = unwrapped(Settings.model_fields[name].annotation)
    near = _near(word, [v for kind in (core, *get_args(core)) for v in values_of(kind)])
    if not spot:
        return _impossible(name, f"{name} can't be {_json(value)}", near)
    return _impossible(name, f"{name}: {spot} can't be {word!r}" if spot != word else f"{name}: no {word!r}", near)


def _json(value: Any) -> str:
    text = shown(value) if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= LONG else f"{text[:LONG]}…"


def _near(word: str, options: Iterable[str]) -> str:
    """A hint at the names that hold what was typed, or else are near it; nothing if there are none."""
    names, wanted = list(options), word.strip().lower()
    holding = [name for name in names if len(wanted) > 2 and wanted in name.lower()]
    hints = (holding or get_close_matches(wanted, names, n=3, cutoff=0.6))[:5]
    return f" Did you mean {' or '.join(hints)}?" if hints else ""
