"""The ``q`` parameter from framework version 2 on: a small expression language (cmic-api §1.3, §7).

``and``, ``or``, ``not``, parentheses, ``= != <> < <= > >= like in between``, ``is null``; text in single or double
quotes, a doubled quote standing for itself. Parsing yields a tree of plain records; ``sandbox.cmic.matching`` reads it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Literally = str | Decimal
Operator = Literal["=", "!=", "<", "<=", ">", ">="]

DEEPEST = 50
"""How deep parentheses and ``not`` may nest."""


class QuerySyntax(ValueError):
    """The expression cannot be read."""


@dataclass(frozen=True)
class Compare:
    """An attribute against one value."""

    attribute: str
    operator: Operator
    value: Literally


@dataclass(frozen=True)
class Like:
    """Text against a pattern: ``*`` and ``%`` for any text, ``_`` for one character."""

    attribute: str
    pattern: str


@dataclass(frozen=True)
class In:
    """An attribute against several values."""

    attribute: str
    values: tuple[Literally, ...]


@dataclass(frozen=True)
class Between:
    """An attribute within two values, both included."""

    attribute: str
    low: Literally
    high: Literally


@dataclass(frozen=True)
class IsNull:
    """An attribute that is empty."""

    attribute: str


@dataclass(frozen=True)
class Not:
    """The opposite; the opposite of unknown is unknown."""

    operand: "Expression"


@dataclass(frozen=True)
class All:
    """Every operand holds."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True)
class Any:
    """At least one operand holds."""

    operands: tuple["Expression", ...]


Expression = Compare | Like | In | Between | IsNull | Not | All | Any

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*") |
    (?P<number>-?\d+(?:\.\d+)?) |
    (?P<word>[A-Za-z_]\w*) |
    (?P<sign><=|>=|!=|<>|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE,
)
_KEYWORDS = frozenset({"and", "or", "not", "like", "in", "between", "is", "null"})

Token = tuple[str, str]


def tokens(source: str) -> list[Token]:
    """Split an expression into (kind, text). Keywords get their own kind. Raises QuerySyntax."""
    found: list[Token] = []
    position, end = 0, len(source.rstrip())
    while position < end:
        match = _TOKEN.match(source, position)
        if match is None or match.lastgroup is None:
            raise QuerySyntax(f"unexpected {source[position : position + 10].strip()!r} at position {position}")
        kind, value = match.lastgroup, match[match.lastgroup]
        if kind == "word" and value.lower() in _KEYWORDS:
            kind, value = "keyword", value.lower()
        found.append((kind, value))
        position = match.end()
    return found


def parse(source: str) -> Expression:
    """Read an expression. Raises QuerySyntax."""
    parser = _Parser(tokens(source))
    expression = parser.disjunction(0)
    parser.finish()
    return expression


def quote(text: str) -> str:
    """A text as the language writes it."""
    return "'" + text.replace("'", "''") + "'"


class _Parser:
    """Recursive descent over the tokens: or, and, not, comparison."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self._position = 0

    def disjunction(self, depth: int) -> Expression:
        """Terms joined by ``or``."""
        operands = [self._conjunction(depth)]
        while self._take("keyword", "or"):
            operands.append(self._conjunction(depth))
        return operands[0] if len(operands) == 1 else Any(tuple(operands))

    def finish(self) -> None:
        """Refuse anything that is left."""
        if self._position < len(self._tokens):
            raise QuerySyntax(f"unexpected {self._tokens[self._position][1]!r}")

    def _conjunction(self, depth: int) -> Expression:
        operands = [self._negation(depth)]
        while self._take("keyword", "and"):
            operands.append(self._negation(depth))
        return operands[0] if len(operands) == 1 else All(tuple(operands))

    def _negation(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise QuerySyntax("the expression is nested too deeply")
        if self._take("keyword", "not"):
            return Not(self._negation(depth + 1))
        if self._take("sign", "("):
            inside = self.disjunction(depth + 1)
            self._expect("sign", ")")
            return inside
        return self._comparison()

    def _comparison(self) -> Expression:
        attribute = self._expect("word")
        if self._take("keyword", "is"):
            negated = self._take("keyword", "not")
            self._expect("keyword", "null")
            return Not(IsNull(attribute)) if negated else IsNull(attribute)
        if self._take("keyword", "not"):
            return Not(self._membership(attribute))
        if self._next()[0] == "keyword":
            return self._membership(attribute)
        return Compare(attribute, self._operator(), self._value())

    def _membership(self, attribute: str) -> Expression:
        if self._take("keyword", "like"):
            return Like(attribute, str(self._value()))
        if self._take("keyword", "between"):
            low = self._value()
            self._expect("keyword", "and")
            return Between(attribute, low, self._value())
        self._expect("keyword", "in")
        self._expect("sign", "(")
        values = [self._value()]
        while self._take("sign", ","):
            values.append(self._value())
        self._expect("sign", ")")
        return In(attribute, tuple(values))

    def _operator(self) -> Operator:
        sign = self._expect("sign")
        operators: dict[str, Operator] = {
            "=": "=",
            "!=": "!=",
            "<>": "!=",
            "<": "<",
            "<=": "<=",
            ">": ">",
            ">=": ">=",
        }
        if sign not in operators:
            raise QuerySyntax(f"{sign!r} is no comparison")
        return operators[sign]

    def _value(self) -> Literally:
        kind, value = self._next()
        if kind == "text":
            self._position += 1
            return value[1:-1].replace(value[0] * 2, value[0])
        return Decimal(self._expect("number"))

    def _next(self) -> Token:
        return self._tokens[self._position] if self._position < len(self._tokens) else ("end", "end of expression")

    def _take(self, kind: str, value: str) -> bool:
        if self._next() == (kind, value):
            self._position += 1
            return True
        return False

    def _expect(self, kind: str, value: str | None = None) -> str:
        found_kind, found = self._next()
        if found_kind != kind or value not in (None, found):
            raise QuerySyntax(f"expected {value or kind} instead of {found!r}")
        self._position += 1
        return found
