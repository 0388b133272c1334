"""What the imports of codes share: which codes Procore could have, and which are left out (R-03, R-21, S-20)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from domain.company_settings import Settings
from domain.refusals import Refusal, refuse

TOP = "ALL"
"""CMiC's word for a code, or a job, that stands below no other (cmic-api §4.1)."""
_HYPHENATED = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")


def hyphenated(code: str) -> list[Refusal]:
    """The hyphen is the only delimiter that is taken from CMiC (R-03)."""
    return [] if _HYPHENATED.fullmatch(code.upper()) else [refuse("not_hyphenated", erp_code=code)]


def procore_unit(unit: str, settings: Settings, uoms: Mapping[str, str]) -> str | None:
    """Procore's name of a CMiC unit: the one that the settings turn into it, or the one of the same name; nothing where the
    company's list has neither, because Procore refuses a unit that isn't on it (procore-api §5)."""
    return next((uoms[name] for name in (unit.strip().upper(), *unit_names(unit, settings)) if name in uoms), None)


def unit_names(unit: str, settings: Settings) -> list[str]:
    """Procore's units, in upper case, that the settings turn into a CMiC unit."""
    theirs = unit.strip().upper()
    return [name.upper() for name, ours in settings.uom_map.items() if ours.upper() == theirs]
