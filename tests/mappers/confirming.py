"""What the tests of confirmed imports hold against each other: CMiC's records as rows, Procore's lists as its port has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from domain.company_settings import Settings
from domain.incoming import Entry
from domain.incoming_port import Place, Row
from domain.records import Found, Key
from mappers.incoming.base import Arrived, ConfirmedImporter, Known, Lookups, Pair

PLACE = Place(name="any", procore_company=562949, erp_company="01", scope="project:562949:-:310", job="1042")
CODES: tuple[Pair, ...] = (("03-100", "S"), ("03-100", "L"), ("04-200", "S"), ("05-120", "M"))
IDS: dict[Pair, tuple[int, int]] = {pair: (7000 + n, 3000 + n) for n, pair in enumerate(CODES)}


def entry_of(importer: ConfirmedImporter, pair: Pair, **attributes: Any) -> Entry:
    """A `jcjobcategory` row as the import takes it in."""
    key = Key(resource="job_code", parts={"company": "01", "job": "1042", "cost_code": pair[0], "category": pair[1]})
    found = Found(key=key, uuid="u", attributes=attributes)
    entry = importer.entry(importer.stream("codes"), Arrived(found, PLACE, Settings()))
    assert entry is not None
    return entry


def rows_of(importer: ConfirmedImporter, records: Mapping[Pair, Mapping[str, Any]]) -> list[Row]:
    """What the ledger has of these records. None of them may be set aside."""
    rows = []
    for pair, attributes in records.items():
        entry = entry_of(importer, pair, **attributes)
        assert entry.refusals == []
        rows.append(Row(stream="codes", key=entry.key, label=entry.label, body=entry.body, hash=entry.hash))
    return rows


def known(rows: Iterable[Row], lists: Mapping[str, list[dict[str, Any]]], **more: Any) -> Known:
    names = [Row(key=f"01|1042|{code}", body={"cost_code": code, "name": f"Work on {code}"}) for code, _ in CODES]
    facts: dict[str, Any] = {
        "settings": Settings(),
        "options": {},
        "lookups": Lookups(codes=IDS),
        "place": PLACE,
        **more,
    }
    return Known(
        rows={"codes": list(rows), "names": names},
        lists={"custom_segments": [], "uoms": [{"name": "cy"}], "budget": [{"locked": False}], **lists},
        **facts,
    )


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
