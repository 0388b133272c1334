"""An error body in plain words: the shapes that Procore's v1 and v2 answers take (procore-api §2), and what proxies send.

v1: {code, message, fields, reason, error} · {errors: {field: [..]}} · {errors: [..]} · {message, exception} ·
{error: {code, message, details}}. v2: {error: {code, message, details: [{reason_code, message, source}]}}.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from systems.procore.jsontext import UnreadableJson, load

MOST_CHARACTERS = 400
MOST_DEPTH = 6
MOST_PHRASES = 20
_SAID = ("message", "error_description", "error", "errors", "reason", "details", "fields")
_LAST_RESORT = ("exception", "reason_code", "code")
_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<[^>]{0,300}>")


def words(status: int, body: bytes) -> str:
    """What an error answer says, with its status, in at most a few hundred characters. Never raises."""
    said = said_in(body)
    return f"{said} (HTTP {status})" if said else f"HTTP {status}, without a word"


def said_in(body: bytes) -> str:
    """The sentences of a body of any kind; empty when there are none."""
    try:
        return phrases(load(body))
    except UnreadableJson:
        return _plain_text(body)


def phrases(node: Any) -> str:
    """The sentences of a parsed error body, each once, in the order in which they stand."""
    found: list[str] = []
    for phrase in _walk(node, 0):
        text = _tidy(phrase)
        if text and text not in found:
            found.append(text)
        if len(found) >= MOST_PHRASES:
            break
    return _shorten("; ".join(found))


def _walk(node: Any, depth: int) -> Iterator[str]:
    if depth > MOST_DEPTH or node is None or isinstance(node, bool):
        return
    if isinstance(node, dict):
        yield from _walk_dict(node, depth)
    elif isinstance(node, list):
        for part in node:
            yield from _walk(part, depth + 1)
    else:
        yield str(node)


def _walk_dict(node: dict[str, Any], depth: int) -> Iterator[str]:
    known = [name for name in _SAID if node.get(name)]
    if not known:
        known = [name for name in _LAST_RESORT if node.get(name)]
        if not known:
            yield from _by_field(node, depth)
            return
    source = node.get("source")
    for name in known:
        if name in ("errors", "fields") and isinstance(node[name], dict):
            yield from _by_field(node[name], depth)
            continue
        for phrase in _walk(node[name], depth + 1):
            yield f"{source}: {phrase}" if isinstance(source, str) and source and name == "message" else phrase


def _by_field(node: dict[str, Any], depth: int) -> Iterator[str]:
    for name, value in node.items():
        said = [_tidy(phrase) for phrase in _walk(value, depth + 1)]
        if said:
            yield f"{name}: {', '.join(said)}"


def _plain_text(body: bytes) -> str:
    text = body[:20_000].decode("utf-8", errors="replace")
    title = _TITLE.search(text)
    if title:
        return _shorten(_tidy(f"a web page: {title[1]}"))
    if text.lstrip().startswith("<"):
        return _shorten(_tidy(f"a web page: {_TAGS.sub(' ', text)}"))
    return _shorten(_tidy(text))


def _tidy(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text[:20_000])
    return " ".join(printable.split())


def _shorten(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
