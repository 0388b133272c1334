"""What rows that go into many projects are joined with when they are given: rows of other streams, and what the records that
they name were exported as. Asked for these rows only, since a company's whole lists don't fit into memory."""

from __future__ import annotations

import dataclasses

from domain.incoming_port import Place, Row, Runs
from mappers.incoming.base import Importer, Lookups, Stream


async def join(
    importer: Importer, stream: Stream, rows: list[Row], place: Place, lookups: Lookups, runs: Runs
) -> Lookups:
    """The look-ups with what these rows need besides."""
    if not stream.beside and not stream.across:
        return lookups
    beside = {
        other: await runs.rows_by_key(place, other, {str(row.body.get(name) or "") for row in rows})
        for other, name in stream.beside
    }
    joined = dataclasses.replace(lookups, beside=beside)
    named = [key for row in rows for key in importer.names(stream, row, joined)]
    resources = {resource: {key for r, key in named if r == resource} for resource, _ in named}
    return dataclasses.replace(
        joined,
        exported={
            resource: await runs.exported(place.procore_company, place.erp_company, resource, keys)
            for resource, keys in resources.items()
        },
        written_by_us={
            resource: await runs.written_by_us(place.erp_company, resource, keys)
            for resource, keys in resources.items()
        },
    )
