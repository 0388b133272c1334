"""Cost codes that go along with the first object that needs them: codes of CMiC's master list, assigned to the job (O-02).

Assigning never invents a code: a phase of the job for the cost code, then the pair of phase and category.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.lines import Pair
from domain.records import Group
from mappers.fields import Export, Field, Source, Table

PHASE = Table(
    "cost code",
    "job_phase",
    key=(
        Field("company", "the project's CMiC company", lambda s: s.export.references.erp_company, "O-02", "↔"),
        Field("job", "project code", lambda s: s.export.references.job, "O-02", "↔"),
        Field("cost_code", "cost code: code", lambda s: s.line[0], "O-02", "↔"),
    ),
    values=(
        Field(
            "name",
            "(the master list's name of the code)",
            lambda s: s.export.references.code_names.get(s.line[0], s.line[0]),
            "O-02",
        ),
    ),
)
CODE = Table(
    "cost code and cost type",
    "job_code",
    key=(
        *PHASE.key,
        Field("category", "cost type: code", lambda s: s.line[1], "O-02", "↔"),
    ),
)


def going_along(export: Export, pairs: Iterable[Pair]) -> list[Group]:
    """Groups that assign those of the pairs which the job lacks, each used as it is where CMiC has it meanwhile."""
    lacking = sorted({p for p in pairs if p not in export.references.codes and p in export.references.assignable})
    there = {code for code, _ in export.references.codes}
    phases = dict.fromkeys(pair[0] for pair in lacking if pair[0] not in there)
    return [
        *(_group(PHASE, export, (code, ""), f"phase:{code}") for code in phases),
        *(_group(CODE, export, pair, f"code:{'/'.join(pair)}") for pair in lacking),
    ]


def _group(table: Table, export: Export, pair: Pair, part: str) -> Group:
    record = table.record(Source(export, pair), part=part, label=" ".join(filter(None, pair)))
    return Group(header=record, may_exist=True, common=True)
