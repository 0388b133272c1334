"""What a ``q`` expression asks for, taken apart so that long lists stay quick: values that an index finds, limits on the
attribute that the rows are ordered by, and the rest, which every row has to be tested for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.cmic import query as q
from sandbox.cmic.matching import literal
from sandbox.cmic.naming import Names
from sandbox.cmic.schema import Value

LIMITING = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True)
class Limit:
    """The order attribute against one value."""

    operator: q.Operator
    value: str | Decimal


@dataclass
class Conditions:
    """All of these hold. ``contradictory``: no row can."""

    equals: dict[str, Value] = field(default_factory=dict)
    limits: list[Limit] = field(default_factory=list)
    rest: list[q.Expression] = field(default_factory=list)
    contradictory: bool = False

    def equal(self, name: str, value: Value) -> None:
        """Add that an attribute has a value."""
        if name in self.equals and self.equals[name] != value:
            self.contradictory = True
        self.equals[name] = value


def conditions(expression: q.Expression, names: Names, indexed: frozenset[str], ordered_by: str | None) -> Conditions:
    """Take an expression apart; ``ordered_by`` is the attribute that the rows ascend by. Raises Refusal 400."""
    found = Conditions()
    for operand in _operands(expression):
        if not isinstance(operand, q.Compare):
            found.rest.append(operand)
            continue
        attribute = names.attribute(operand.attribute)
        value = literal(attribute, operand.attribute, operand.value)
        if operand.operator == "=" and attribute.name in indexed:
            found.equal(attribute.name, value)
        elif operand.operator in LIMITING and attribute.name == ordered_by:
            found.limits.append(Limit(operand.operator, value))
        else:
            found.rest.append(operand)
    return found


def _operands(expression: q.Expression) -> Iterator[q.Expression]:
    """Everything that must hold, whatever the parentheses."""
    if isinstance(expression, q.All):
        for operand in expression.operands:
            yield from _operands(operand)
    else:
        yield expression
