"""Deciding whether a row matches a ``q`` expression, with SQL's three values: true, false and unknown.

A comparison with a null attribute is unknown, and so is its negation; only true rows are returned. Codes compare
exactly: a lower-case literal finds nothing, because codes are stored in upper case.
"""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from sandbox.cmic import query as q
from sandbox.cmic.errors import bad, jbo
from sandbox.cmic.naming import Names
from sandbox.cmic.schema import NUMERIC, Attribute, Row, Value
from sandbox.cmic.values import parse_day, parse_moment

Verdict = bool | None
Test = Callable[[Row], Verdict]

_COMPARISONS: dict[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def compile_test(expression: q.Expression, names: Names) -> Test:
    """A test for rows. Raises Refusal 400 on an unknown attribute or a literal that doesn't fit it."""
    match expression:
        case q.All(operands):
            return _all([compile_test(operand, names) for operand in operands])
        case q.Any(operands):
            return _any([compile_test(operand, names) for operand in operands])
        case q.Not(operand):
            return _not(compile_test(operand, names))
        case q.IsNull(wire):
            name = names.attribute(wire).name
            return lambda row: row[name] is None
        case q.Like(wire, pattern):
            return _like(names.attribute(wire).name, pattern)
        case q.In(wire, values):
            return _any([_compare(names.attribute(wire), wire, "=", value) for value in values])
        case q.Between(wire, low, high):
            attribute = names.attribute(wire)
            return _all([_compare(attribute, wire, ">=", low), _compare(attribute, wire, "<=", high)])
        case q.Compare(wire, operator, value):
            return _compare(names.attribute(wire), wire, operator, value)


def literal(attribute: Attribute, wire: str, value: q.Literally) -> str | Decimal:
    """A literal as the attribute's own type. Raises Refusal 400."""
    if attribute.kind in NUMERIC:
        return _decimal(wire, value)
    written = str(value)
    if attribute.kind in ("date", "time"):
        moment = parse_day(written) if attribute.kind == "date" else parse_moment(written)
        if moment is None:
            raise bad(jbo(25009, f"Cannot create an object of type Date from value {written}", wire))
        return moment
    return written


def _decimal(wire: str, value: q.Literally) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise bad(jbo(25009, f"Cannot create an object of type BigDecimal from value {value}", wire))
    return number


def _compare(attribute: Attribute, wire: str, operator: str, value: q.Literally) -> Test:
    wanted, name, decide = literal(attribute, wire, value), attribute.name, _COMPARISONS[operator]

    def test(row: Row) -> Verdict:
        actual = row[name]
        return None if actual is None else decide(_order(actual, wanted))

    return test


def _order(actual: Value, wanted: str | Decimal) -> int:
    if isinstance(wanted, Decimal):
        number = Decimal(actual) if isinstance(actual, (int, Decimal)) else Decimal(0)
        return (number > wanted) - (number < wanted)
    return (str(actual) > wanted) - (str(actual) < wanted)


def _like(name: str, pattern: str) -> Test:
    translated = "".join({"*": ".*", "%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern)
    expression = re.compile(translated, re.DOTALL)

    def test(row: Row) -> Verdict:
        actual = row[name]
        return None if actual is None else bool(expression.fullmatch(str(actual)))

    return test


def _not(operand: Test) -> Test:
    def test(row: Row) -> Verdict:
        verdict = operand(row)
        return None if verdict is None else not verdict

    return test


def _all(operands: list[Test]) -> Test:
    def test(row: Row) -> Verdict:
        verdicts = [operand(row) for operand in operands]
        if False in verdicts:
            return False
        return None if None in verdicts else True

    return test


def _any(operands: list[Test]) -> Test:
    def test(row: Row) -> Verdict:
        verdicts = [operand(row) for operand in operands]
        if True in verdicts:
            return True
        return None if None in verdicts else False

    return test
