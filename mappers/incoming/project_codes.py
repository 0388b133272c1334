"""A project's cost codes and their cost types, straight in from its job (O-02, R-03, R-04, T-01, T-04)."""

from __future__ import annotations

from domain.incoming import Entry, ImportKind, Scope, Way
from domain.incoming_port import Place, Row
from domain.ports import Given
from domain.refusals import Refusal, refuse
from mappers.incoming.base import Arrived, Importer, Lookups, Stream, Take
from mappers.incoming.codes import hyphenated

PHASES = Stream(
    "codes",
    "project cost code",
    "job_phase",
    target="cost_code",
    changes=False,
    takes=(
        Take("code", "cost code", "cost_code", "§3 project", lambda a: a.text("cost_code").upper()),
        Take("name", "cost code description", "name", "§3 project", lambda a: a.text("name") or a.text("cost_code")),
    ),
)
PAIRS = Stream(
    "pairs",
    "project cost code's type",
    "job_code",
    target="cost_code_type",
    changes=False,
    takes=(
        Take("cost_code", "cost code", "cost_code", "§3 project", lambda a: a.text("cost_code").upper()),
        Take("cost_type", "category", "category", "§3 project", lambda a: a.text("category").upper()),
    ),
)


DEFAULTS = Stream("defaults", "default cost type", "job_phase", target="cost_code_type", changes=False, leaves_out=True)


class ProjectCodesImporter(Importer):
    kind = ImportKind(
        name="project_codes",
        workflow_type="ProjectCodesImport",
        label="a project's cost codes",
        scope=Scope.PROJECT,
        way=Way.STRAIGHT,
        permission="refresh_codes",
        requirement="O-02",
        followed_by="job_costs",
    )
    streams = (PHASES, PAIRS, DEFAULTS)
    codes_from = "pairs"
    looks_up = frozenset({"codes", "cost_types", "standard_codes"})

    def entries(self, stream: Stream, arrived: Arrived) -> list[Entry]:
        """A job's code gets its standard code's default cost types besides (T-01)."""
        if stream is not DEFAULTS:
            return super().entries(stream, arrived)
        code = arrived.text("cost_code").upper()
        types = arrived.settings.default_cost_types.get(code, []) if arrived.found.active else []
        key = arrived.found.key.text
        entries = (
            Entry(key=f"{key}|{t}", label=f"{code} {t}", body={"cost_code": code, "cost_type": t}) for t in types
        )
        return [_under(entry, arrived) for entry in entries]

    def entry(self, stream: Stream, arrived: Arrived) -> Entry | None:
        entry = super().entry(stream, arrived) if arrived.found.active else None
        return entry if entry is None or stream is PHASES else _under(entry, arrived)

    def label(self, stream: Stream, arrived: Arrived) -> str:
        return " ".join(t for t in (arrived.text("cost_code"), arrived.text("category"), arrived.text("name")) if t)

    def judge(self, stream: Stream, arrived: Arrived) -> list[Refusal]:
        return hyphenated(arrived.text("cost_code"))

    def given(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | list[Refusal] | None:
        """A code with the standard one of its name, which is how Procore's company list and the project's belong together;
        a pair with the ids of both. A division's pairs stay out where divisions may not be used (S-12)."""
        if stream is PHASES:
            standard = lookups.standard_codes.get(row.body["code"])
            more = {"standard_cost_code_id": standard} if standard else {}
            return Given(key=row.key, origin_id=row.key, id=row.procore_id, body={**row.body, **more})
        code, kind = row.body["cost_code"], row.body["cost_type"]
        if not lookups.settings.division_codes and any(c.startswith(f"{code}-") for c in lookups.cost_codes):
            return [refuse("division_code", erp_code=code)]
        ids = lookups.cost_codes.get(code), lookups.cost_types.get(kind)
        if ids[0] is None:
            return [refuse("code_not_on_project", pair=code)]
        if ids[1] is None:
            return [refuse("code_unknown", erp_code=kind)]
        return Given(key=row.key, origin_id=None, id=None, body={"cost_code_id": ids[0], "line_item_type_id": ids[1]})


def _under(entry: Entry, arrived: Arrived) -> Entry:
    """A pair that came in is judged again once divisions may not be used any more, or may again (S-12)."""
    return entry if arrived.settings.division_codes else entry.given_under(divisions=False)
