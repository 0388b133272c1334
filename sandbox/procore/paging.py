"""Lists: filters, sorting and pages (procore-api §2).

Pages are 1-based; `Link`, `Total` and `Per-Page` describe them; past the end is an empty array. `first` and `prev` are
absent on the first page and `next` on the last, as documented.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from sandbox.procore.call import Call
from sandbox.procore.clock import stamp
from sandbox.procore.errors import ApiError
from sandbox.procore.values import Record, moment
from sandbox.procore.web import Reply


def listed(
    call: Call,
    rows: Sequence[Record],
    show: Callable[[Record], Any],
    *,
    default: int | None = None,
    most: int | None = None,
) -> Reply:
    """One page of rows. `default` and `most` are the endpoint's own page sizes where documented."""
    assumed = call.house.assumptions
    most = most or assumed.max_per_page
    size = min(_positive(call.request.value("per_page"), default or assumed.default_per_page), most)
    page = _positive(call.request.value("page"), 1)
    shown = [show(row) for row in rows[(page - 1) * size : page * size]]
    headers = {"Total": str(len(rows)), "Per-Page": str(size)}
    link = _links(call, page, size, max(1, math.ceil(len(rows) / size)))
    return Reply(200, shown, headers | ({"Link": link} if link else {}))


def chosen(call: Call, rows: Sequence[Record], *names: str) -> list[Record]:
    """Rows that pass the filters of the given names. `..._at` are ranges, `..._date` a day or a range of days, others
    equality, several values "any of"."""
    kept = list(rows)
    for name in names:
        wanted = call.request.values(f"filters[{name}]")
        if not wanted:
            continue
        if name.endswith("_at"):
            first, last = _range(name, wanted[-1])
            kept = [row for row in kept if first <= row[name] <= last]
        elif name.endswith("_date") and ".." in wanted[-1]:
            first, last = (stamped[:10] for stamped in _range(name, wanted[-1]))
            kept = [row for row in kept if row[name] and first <= row[name] <= last]
        else:
            named = words(wanted)
            kept = [row for row in kept if str(row.get(name)) in named]
    return kept


def searched(call: Call, rows: Sequence[Record], name: str, *fields: str) -> list[Record]:
    """Rows one of whose fields contains the filter's text, whatever the case."""
    wanted = call.request.value(name)
    if not wanted:
        return list(rows)
    return [row for row in rows if any(wanted.lower() in str(row.get(field) or "").lower() for field in fields)]


def ordered(call: Call, rows: Sequence[Record], *fields: str) -> list[Record]:
    """Rows in the order of `sort`, e.g. `name` or `-name`; other words are ignored."""
    result = list(rows)
    for word in reversed((call.request.value("sort") or "").split(",")):
        field = word.strip().lstrip("-")
        if field in fields:
            result.sort(key=lambda row: str(row.get(field) or "").lower(), reverse=word.strip().startswith("-"))
    return result


def words(values: list[str]) -> set[str]:
    """What the values of a filter name: `1`, `1,2` and `[1,2]` all name what they look like."""
    words: set[str] = set()
    for value in values:
        if value.startswith("["):
            try:
                words |= {str(item) for item in json.loads(value)}
            except ValueError:
                raise ApiError(400, f"{value!r} is not a list") from None
        else:
            words |= {word.strip() for word in value.split(",")} | {value}
    return words


def _range(name: str, value: str) -> tuple[str, str]:
    first, dots, last = value.strip('"').partition("...")
    if not dots:
        first, dots, last = value.strip('"').partition("..")
    try:
        return stamp(moment(first)), stamp(moment(last))
    except ValueError:
        raise ApiError(400, f"filters[{name}] must be a range of two timestamps with ... between them") from None


def _positive(value: str | None, default: int) -> int:
    return int(value) if value and value.isdigit() and int(value) > 0 else default


def _links(call: Call, page: int, size: int, pages: int) -> str:
    wanted: dict[str, int] = {}
    if page > 1:
        wanted |= {"first": 1, "prev": min(page - 1, pages)}
    if page < pages:
        wanted["next"] = page + 1
    if pages > 1:
        wanted["last"] = pages
    base = f"http://{call.request.headers.get('host', 'localhost')}{call.request.path}"
    others = [(key, value) for key, value in call.request.query if key not in ("page", "per_page")]
    return ", ".join(
        f'<{base}?{urlencode([*others, ("page", number), ("per_page", size)])}>; rel="{rel}"'
        for rel, number in wanted.items()
    )
