"""Why a setting isn't changed: the settings' part of the catalogue (B-02, B-06)."""

from __future__ import annotations

from domain.refusals import Family, Owner, reason

R, ADMIN = Family.RULE, Owner.ADMINISTRATOR

reason(
    "unknown_setting", R, ADMIN, "There is no setting {name!r}.{near}", "procore-cmic settings get; docs/settings.md"
)
reason(
    "setting_not_possible",
    R,
    ADMIN,
    "{problem}. Possible: {allowed}.{near}",
    "procore-cmic settings get {name}",
)
reason(
    "setting_without_entries",
    R,
    ADMIN,
    "{name} has no entries to add or remove: it is {allowed}.",
    "procore-cmic settings set {name} VALUE",
)
reason(
    "setting_entry_unknown",
    R,
    ADMIN,
    "{name} has no entry {entry!r}; it has {entries}.{near}",
    "procore-cmic settings get {name}",
)
reason(
    "settings_busy",
    Family.TEMPORARY,
    ADMIN,
    "The settings kept being changed by others meanwhile: nothing was changed.",
    "Try again",
)
