"""People by reference: workflow history bears a person's id, the ledger knows his name (design §3).

Texts that pass through a workflow name people by these tokens; whoever shows them to people puts the names in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

TOKEN = re.compile(r"\bp-[0-9a-f]{20}\b")


def person_id(name: str) -> str:
    """The id of the person who bears the name: the same on every door."""
    return "p-" + hashlib.sha256(name.strip().encode()).hexdigest()[:20]


def tokens(texts: Iterable[str]) -> set[str]:
    """The ids that appear in some texts."""
    return {found for text in texts for found in TOKEN.findall(text)}


def named(text: str, names: Mapping[str, str]) -> str:
    """The text with names in place of the ids that are known."""
    return TOKEN.sub(lambda found: names.get(found[0], found[0]), text)
