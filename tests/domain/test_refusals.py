"""The catalogue of refusals: each reason can be said, is used somewhere, and every use has its row (B-02)."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from domain.refusals import CATALOGUE, Family, Reason, Refused, refuse

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("activities", "cli", "console", "domain", "ledger", "mappers", "systems", "workers", "workflows")


def fields(reason: Reason) -> set[str]:
    parsed = string.Formatter().parse(f"{reason.sentence} {reason.where}")
    return {name for _, name, _, _ in parsed if name}


def texts(node: ast.AST) -> set[str]:
    """The texts that an expression may have as its value."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) | texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def assigned(function: ast.AST, name: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            found |= texts(node.value)
    return found


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, set[str]]]:
    """Each call of `refuse` with the codes that it may be given."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refuse":
                code = node.args[0]
                yield node, assigned(function, code.id) if isinstance(code, ast.Name) else texts(code)


@cache
def uses() -> list[tuple[str, ast.Call, frozenset[str]]]:
    found = []
    for path in sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call, codes in calls(tree):
            found.append((f"{path.relative_to(ROOT)}:{call.lineno}", call, frozenset(codes)))
    return found


def test_the_source_refuses_in_many_places() -> None:
    assert len(uses()) > 40


def test_every_use_names_its_code_plainly() -> None:
    assert [where for where, _, codes in uses() if not codes] == []


def test_every_code_that_is_used_is_in_the_catalogue() -> None:
    assert {(where, code) for where, _, codes in uses() for code in codes if code not in CATALOGUE} == set()


def test_every_code_in_the_catalogue_is_used() -> None:
    used = {code for _, _, codes in uses() for code in codes}
    assert set(CATALOGUE) - used == set()


def test_every_use_gives_what_the_sentence_needs() -> None:
    lacking = set()
    for where, call, codes in uses():
        given = {keyword.arg for keyword in call.keywords}
        if None in given:
            continue
        for code in codes & set(CATALOGUE):
            lacking |= {(where, code, name) for name in fields(CATALOGUE[code]) - given}
    assert lacking == set()


@pytest.mark.parametrize("reason", CATALOGUE.values(), ids=lambda r: r.code)
def test_every_reason_can_be_said(reason: Reason) -> None:
    parameters = {name: f"<{name}>" for name in fields(reason)}
    refusal = refuse(reason.code, "project:1:-:2", **parameters)
    assert refusal.family is reason.family
    assert (refusal.code, refusal.owner, refusal.object) == (reason.code, reason.owner.value, "project:1:-:2")
    assert refusal.parameters == parameters
    assert all(f"<{name}>" in refusal.sentence + refusal.where for name in parameters)
    assert refusal.sentence
    assert refusal.where


@pytest.mark.parametrize("reason", CATALOGUE.values(), ids=lambda r: r.code)
def test_every_sentence_is_one(reason: Reason) -> None:
    assert reason.sentence[0].isupper() or reason.sentence[0] == "{"
    assert reason.sentence.rstrip()[-1] in ".}"


def test_there_are_four_kinds_of_reasons() -> None:
    assert {reason.family for reason in CATALOGUE.values()} == set(Family)


def test_what_a_person_typed_is_never_taken_for_a_template() -> None:
    refusal = refuse("unknown_action", action="{kind}", kind="{0.__class__}", allowed="%s {")
    assert refusal.sentence == "There is no action '{kind}' for a {0.__class__}."
    assert refusal.where == "Actions: %s {"


def test_no_refusal_carries_a_document() -> None:
    refusal = refuse("cmic_refused", words="x" * 10_000)
    assert len(refusal.parameters["words"]) == 600
    assert len(refusal.sentence) < 700


def test_refused_carries_every_reason() -> None:
    one, other = refuse("no_lines"), refuse("company_inactive")
    error = Refused(one, other)
    assert error.refusals == [one, other]
    assert str(error) == f"{one.sentence}; {other.sentence}"
