"""What the imports of codes share: which codes Procore could have, and which are left out (R-03, R-21, S-20)."""

from __future__ import annotations

import re

from domain.refusals import Refusal, refuse

TOP = "ALL"
"""CMiC's word for a code, or a job, that stands below no other (cmic-api §4.1)."""
_HYPHENATED = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")


def hyphenated(code: str) -> list[Refusal]:
    """The hyphen is the only delimiter that is taken from CMiC (R-03)."""
    return [] if _HYPHENATED.fullmatch(code.upper()) else [refuse("not_hyphenated", erp_code=code)]
