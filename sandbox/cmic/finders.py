"""The ``finder`` parameter: ``finder=Name;a=1,b='2'`` (cmic-api §1.4).

A semicolon follows the name, commas mean and; quoted and bare values both occur in CMiC's own samples. A parameter
that is left out does not filter. An unknown finder or parameter is refused.
"""

import re
from dataclasses import dataclass

from sandbox.cmic.errors import Refusal, bad, jbo
from sandbox.cmic.matching import literal
from sandbox.cmic.schema import NUMERIC, Finder, Row, Table, Value
from sandbox.cmic.values import parse_moment

_PARAMETER = re.compile(r"""\s*(?P<name>\w+)\s*=\s*(?P<value>'(?:[^']|'')*'|"[^"]*"|[^,]*?)\s*(?:,|$)""")


@dataclass(frozen=True)
class Search:
    """What a finder asks for: attribute values, and the earliest last change (UTC text), if any."""

    equals: dict[str, Value]
    since: str | None = None

    def matches(self, table: Table, row: Row) -> bool:
        """Whether the row changed since then. (The values were used to select it.)"""
        if self.since is None:
            return True
        changed = row[table.updated] or row[table.created]
        return changed is not None and str(changed) >= self.since


def parse(text: str) -> tuple[str, dict[str, str]]:
    """Split into the finder's name and its parameters, quotes removed. Raises Refusal 400."""
    name, _, rest = text.partition(";")
    parameters: dict[str, str] = {}
    position = 0
    while position < len(rest):
        found = _PARAMETER.match(rest, position)
        if found is None:
            raise bad(jbo(27520, f"The finder {text} cannot be read."))
        parameters[found["name"]] = _unquoted(found["value"])
        position = found.end()
    return name.strip(), parameters


def search(table: Table, text: str) -> Search:
    """What this finder asks of this resource. Raises Refusal 400."""
    name, parameters = parse(text)
    finder = table.finder(name)
    if finder is None:
        raise bad(jbo(27520, f"Finder {name} is not found in {table.view}."))
    for parameter in parameters:
        if parameter not in finder.parameters:
            raise bad(jbo(27520, f"Variable {parameter} is not found in finder {name}."))
    named = {finder.equals[parameter]: value for parameter, value in parameters.items() if parameter in finder.equals}
    equals: dict[str, Value] = {name: _typed(table, name, value) for name, value in named.items()}
    return Search(equals, _since(finder, parameters))


def _typed(table: Table, name: str, value: str) -> Value:
    return literal(table.by_name[name], name, value) if table.by_name[name].kind in NUMERIC else value


def _since(finder: Finder, parameters: dict[str, str]) -> str | None:
    if finder.since is None or finder.since not in parameters:
        return None
    moment = parse_moment(parameters[finder.since])
    if moment is None:
        raise _not_a_date(finder.since, parameters[finder.since])
    return moment


def _not_a_date(parameter: str, value: str) -> Refusal:
    return bad(jbo(25009, f"Cannot create an object of type Date from value {value} for variable {parameter}"))


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1].replace(value[0] * 2, value[0])
    return value
