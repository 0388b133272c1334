"""A kind's own guards asked together: what one fault in a good document is answered with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain.facts import Facts, References
from domain.refusals import Owner, Refusal
from domain.states import State
from mappers.registry import KINDS
from tests.builders import DOCUMENTS, command, facts
from tests.domain.documents import settings_for


@dataclass(frozen=True)
class Fault:
    """What is wrong, and what the guards say to it: code, sentence and who can put it right."""

    name: str
    code: str
    sentence: str
    owner: Owner
    document: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)
    known: References | None = None
    where: str = ""


def given(
    kind: str,
    *,
    typed: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    known: References | None = None,
    more: dict[str, Any] | None = None,
    **document: Any,
) -> Facts:
    """Facts of an accept, with other fields in the document."""
    stated: dict[str, Any] = {
        "document": DOCUMENTS[kind](**document),
        "settings": settings_for(kind, **(settings or {})),
    }
    stated |= {"references": known} if known is not None else {}
    return facts(command("accept", fields=typed or {}), State.WAITING, kind, **{**stated, **(more or {})})


def own(kind: str, stated: Facts) -> list[Refusal]:
    """What the kind's own guards say, in their order."""
    return [refusal for guard in KINDS[kind].lifecycle.own_guards for refusal in guard(stated)]


def codes(kind: str, stated: Facts) -> list[str]:
    return [r.code for r in own(kind, stated)]


def check(kind: str, fault: Fault) -> None:
    """The fault alone is refused, in its words, by its owner."""
    stated = given(kind, typed=fault.typed, settings=fault.settings, known=fault.known, **fault.document)
    found = own(kind, stated)
    assert [r.code for r in found] == [fault.code]
    assert found[0].sentence == fault.sentence
    assert found[0].owner == fault.owner.value
    assert "{" not in found[0].where
    assert found[0].where
    if fault.where:
        assert found[0].where == fault.where
