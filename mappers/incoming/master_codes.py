"""The company's cost codes and cost types, straight in from CMiC's master lists (O-01, I-02, R-03, R-21)."""

from __future__ import annotations

from domain.company_settings import BaseType
from domain.identity import origin_id
from domain.incoming import Entry, ImportKind, Scope, Way
from domain.incoming_port import Place, Row
from domain.ports import Given
from domain.refusals import Refusal
from mappers.incoming.base import Arrived, Importer, Lookups, Stream, Take
from mappers.incoming.codes import hyphenated

CATEGORIES = Stream(
    "categories",
    "cost type",
    "master_category",
    target="cost_type",
    changes=False,
    leaves_out=True,
    takes=(
        Take("csv_import_code", "cost type code", "category", "O-01", lambda a: a.text("category").upper()),
        Take("name", "cost type", "name", "O-01", lambda a: a.text("name") or a.text("category")),
        Take(
            "base_type",
            "base type",
            "(setting: category_types)",
            "O-01",
            lambda a: a.settings.category_types.get(a.text("category").upper(), BaseType.OTHER).value,
        ),
    ),
)
CODES = Stream(
    "codes",
    "standard cost code",
    "master_cost_code",
    target="standard_cost_code",
    changes=False,
    leaves_out=True,
    takes=(
        Take("code", "cost code", "cost_code", "O-01", lambda a: a.text("cost_code").upper()),
        Take("name", "cost code name", "name", "O-01", lambda a: a.text("name") or a.text("cost_code")),
    ),
)


class MasterCodesImporter(Importer):
    kind = ImportKind(
        name="master_codes",
        workflow_type="MasterCodesImport",
        label="cost codes and cost types",
        scope=Scope.COMPANY,
        way=Way.STRAIGHT,
        permission="refresh_codes",
        requirement="O-01",
    )
    streams = (CATEGORIES, CODES)

    def entry(self, stream: Stream, arrived: Arrived) -> Entry | None:
        """Listed codes are left out (S-20), and what CMiC doesn't use any more."""
        code = arrived.text("cost_code").upper()
        left_out = not arrived.found.active or (bool(code) and arrived.settings.is_excluded(code))
        return None if left_out else super().entry(stream, arrived)

    def label(self, stream: Stream, arrived: Arrived) -> str:
        return f"{arrived.text('cost_code') or arrived.text('category')} {arrived.text('name')}".strip()

    def given(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | list[Refusal] | None:
        """The account's lists are one for all its CMiC companies (R-08): whichever brings a code first gives it its id."""
        own = row.key.split("|", 1)[1]
        others = (c for c in lookups.settings.erp_companies if c.upper() != place.erp_company.upper())
        shared = tuple(origin_id(c, own).upper() for c in others)
        return Given(key=row.key, origin_id=row.key, id=row.procore_id, body=row.body, shared_with=shared)

    def judge(self, stream: Stream, arrived: Arrived) -> list[Refusal]:
        return hyphenated(arrived.text("cost_code")) if stream is CODES else []
