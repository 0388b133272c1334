"""A job's original budget as the original amounts of Procore's budget (O-07, R-17, R-20; I-09, B-01, B-03).

Amounts only, and CMiC's win: what Procore has on a code that CMiC has no money on becomes zero. Lines of sub jobs are those
of other jobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from domain.comparing import ComparedLine, Comparison
from domain.incoming import ImportKind, Scope, Way
from domain.ports import Given
from domain.refusals import Refusal, refuse
from mappers.incoming.amounts import by_pair, custom_segments, legible, not_on_project, number, words_of
from mappers.incoming.base import Arrived, ConfirmedImporter, Known, Pair, Stream, Take

Line = Mapping[str, Any]
_BUDGET = "§3 budget"


class BudgetImporter(ConfirmedImporter):
    kind = ImportKind(
        name="budget",
        workflow_type="BudgetImport",
        label="a budget",
        scope=Scope.PROJECT,
        way=Way.CONFIRMED,
        permission="import_budget",
        requirement="O-07",
    )
    streams = (
        Stream(
            "codes",
            "budgeted cost code",
            "job_code",
            changes=False,
            takes=(
                Take("cost_code", "cost code", "cost_code", _BUDGET, lambda a: a.text("cost_code").upper()),
                Take("category", "cost type", "category", _BUDGET, lambda a: a.text("category").upper()),
                Take("amount", "original budget", "original_budget", _BUDGET),
            ),
        ),
    )
    looks_up = frozenset({"codes"})
    lists = ("budget", "budget_lines", "custom_segments")
    closed_by = "budget"

    def label(self, stream: Stream, arrived: Arrived) -> str:
        return f"{arrived.text('cost_code')}/{arrived.text('category')}"

    def judge(self, stream: Stream, arrived: Arrived) -> list[Refusal]:
        return legible(arrived, "original_budget", "original budget")

    def compare(self, known: Known) -> Comparison:
        erp = {pair: number(row.body["amount"]) for pair, row in by_pair(known.rows["codes"]).items()}
        own = [line for line in known.lists["budget_lines"] if not line["sub_job"]]
        theirs = _by_pair([line for line in own if _has_pair(line)])
        lines = [_compared(pair, erp, theirs.get(pair)) for pair in sorted({*erp, *theirs})]
        missing = [pair for pair, amount in erp.items() if amount and pair not in {*theirs, *known.lookups.codes}]
        given = [row for pair in sorted({*erp, *theirs}) for row in _given(known, pair, erp, theirs.get(pair, []))]
        return Comparison(
            lines=[line for line in lines if line.after is not None],
            giving=[("budget_line", given)] if given else [],
            refusals=[*_forbidden(known), *not_on_project(missing)],
            note=_note(len(known.lists["budget_lines"]) - len(own)),
        )


def _forbidden(known: Known) -> list[Refusal]:
    found = [refuse("import_closed")] if known.exported else []
    if any(row["locked"] for row in known.lists["budget"]):
        found.append(refuse("budget_locked"))
    if segments := custom_segments(known):
        return found + segments
    lines = [line for line in known.lists["budget_lines"] if not line["sub_job"]]
    return found + [_untold(line) for line in lines if not _has_pair(line)]


def _has_pair(line: Line) -> bool:
    return bool(line["cost_code"] and line["cost_type"])


def _untold(line: Line) -> Refusal:
    """Nobody could say which of CMiC's amounts it should have."""
    problem = f"WBS code {line['wbs_code_id']} of its budget isn't one of a cost code and a cost type"
    return refuse("procore_unreadable", problem=problem, id="the budget")


def _by_pair(lines: list[Line]) -> dict[Pair, list[Line]]:
    found: dict[Pair, list[Line]] = {}
    for line in lines:
        found.setdefault((line["cost_code"].upper(), line["cost_type"].upper()), []).append(line)
    return found


def _compared(pair: Pair, erp: Mapping[Pair, Decimal], lines: list[Line] | None) -> ComparedLine:
    """A pair without an estimate makes no line; one that has a line keeps it."""
    there = sum((number(line["amount"]) for line in lines), Decimal(0)) if lines else None
    wanted = erp.get(pair)
    after = (wanted or Decimal(0)) if wanted or lines else None
    return ComparedLine(label=words_of(pair), erp=wanted, procore=there, after=after)


def _given(known: Known, pair: Pair, erp: Mapping[Pair, Decimal], lines: list[Line]) -> list[Given]:
    """What differs. Should Procore have several lines on the pair, the first one gets the amount."""
    key = "|".join((known.place.erp_company, known.place.job, *pair)).upper()
    codes = {"cost_code": pair[0], "cost_type": pair[1]}
    wanted = erp.get(pair) or Decimal(0)
    if not lines:
        body = {**codes, "original_budget_amount": format(wanted, "f")}
        return [Given(key=key, origin_id=None, body=body)] if wanted else []
    given = []
    for line, amount in zip(lines, [wanted, *[Decimal(0)] * (len(lines) - 1)], strict=True):
        if number(line["amount"]) != amount:
            body = {**codes, "wbs_code_id": line["wbs_code_id"], "original_budget_amount": format(amount, "f")}
            given.append(Given(key=f"{key}|{line['id']}", origin_id=None, id=line["id"], body=body))
    return given


def _note(sub_jobs: int) -> str:
    return f"{sub_jobs} line(s) of sub jobs stay as they are." if sub_jobs else ""
