"""JSON with exact decimals: numbers come in as Decimal and go out as JSON numbers, never through a float.

Trailing zeros are dropped on the way out, as an Oracle NUMBER drops them, so a client meets ``12000`` and ``12.5``.
"""

import json
from decimal import Decimal
from json.encoder import encode_basestring_ascii
from typing import Any, NoReturn

Json = dict[str, "Json"] | list["Json"] | str | int | bool | Decimal | None


class NotJson(ValueError):
    """The body is no JSON text."""


def _constant(name: str) -> NoReturn:
    raise NotJson(f"{name} is not a JSON number")


def load(body: bytes) -> Any:
    """Read JSON with exact decimals. Raises NotJson."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_constant)
    except (ValueError, RecursionError) as problem:
        raise NotJson(str(problem)) from problem


def plain(value: Decimal) -> str:
    """A decimal as a JSON number without exponent and without trailing zeros."""
    written = format(value, "f")
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written


def _write(value: Any, out: list[str]) -> None:
    if value is None:
        out.append("null")
    elif isinstance(value, str):
        out.append(encode_basestring_ascii(value))
    elif isinstance(value, bool):
        out.append("true" if value else "false")
    elif isinstance(value, Decimal):
        out.append(plain(value))
    elif isinstance(value, int):
        out.append(str(value))
    elif isinstance(value, float):
        out.append(repr(value))
    elif isinstance(value, dict):
        _write_object(value, out)
    elif isinstance(value, (list, tuple)):
        _write_array(value, out)
    else:
        raise TypeError(f"cannot write {type(value).__name__} as JSON")


def _write_object(value: dict[str, Any], out: list[str]) -> None:
    out.append("{")
    separator = ""
    for name, item in value.items():
        out.append(separator)
        out.append(encode_basestring_ascii(name))
        out.append(":")
        _write(item, out)
        separator = ","
    out.append("}")


def _write_array(value: list[Any] | tuple[Any, ...], out: list[str]) -> None:
    out.append("[")
    for position, item in enumerate(value):
        if position:
            out.append(",")
        _write(item, out)
    out.append("]")


def dumps(value: Any) -> str:
    """Write JSON text."""
    out: list[str] = []
    _write(value, out)
    return "".join(out)


def dump(value: Any) -> bytes:
    """Write JSON as bytes."""
    return dumps(value).encode()
