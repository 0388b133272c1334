"""The ``q`` parameter in framework version 1: query by example, ``Attr value;Attr>=value`` (cmic-api §1.3).

Terms are joined by semicolons and all must hold; ``*`` is a wildcard. The richer expressions of later versions are
refused, as they are incompatible.
"""

import re

from sandbox.cmic.query import All, Compare, Expression, Like, Operator, QuerySyntax

_TERM = re.compile(r"\s*(?P<attribute>[A-Za-z_]\w*)\s*(?P<sign><=|>=|!=|<>|=|<|>|\s)\s*(?P<value>.+?)\s*")
_EXPRESSION = re.compile(r"['\"()]|\b(?:and|or)\s+\w+\s*[=!<>]", re.IGNORECASE)


def parse(source: str) -> Expression:
    """Read a query by example. Raises QuerySyntax."""
    return All(tuple(_term(part) for part in source.split(";")))


def _term(part: str) -> Expression:
    found = _TERM.fullmatch(part)
    if found is None or _EXPRESSION.search(found["value"]):
        raise QuerySyntax(f"{part.strip()!r} is no query by example")
    attribute, sign, value = found["attribute"], found["sign"].strip() or "=", found["value"]
    if sign == "=" and "*" in value:
        return Like(attribute, value)
    operators: dict[str, Operator] = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
    return Compare(attribute, operators[sign], value)
