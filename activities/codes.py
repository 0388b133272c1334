"""Cost codes on their way through an export: a job brings its own along, and CMiC's master list says which of the project's
could be assigned to it (O-02, R-21)."""

from __future__ import annotations

from pydantic import BaseModel

from domain.lines import Pair
from domain.records import Key, Written

CODES = ("job_code", "job_phase", "master_cost_code", "master_category")
"""Records that are a job's or the company's, never the exported object's own."""


class JobCodes(BaseModel):
    """Pairs of the project that the job has, and the master list."""

    synced: list[Pair] = []
    names: dict[str, str] = {}
    """The master list's cost codes, with their names."""
    categories: list[str] = []


def own_records(written: list[Written]) -> list[Written]:
    return [w for w in written if w.key.resource not in CODES]


def sorted_out(written: list[Written], in_procore: list[Pair]) -> JobCodes:
    """Hold Procore's pairs against what CMiC showed of the job, and take its master list out."""
    on_job = {_pair(w.key) for w in written if w.key.resource == "job_code"}
    return JobCodes(
        synced=[p for p in in_procore if (p[0].upper(), p[1].upper()) in on_job],
        names={w.key.parts["cost_code"].upper(): w.uuid for w in written if w.key.resource == "master_cost_code"},
        categories=[w.key.parts["category"].upper() for w in written if w.key.resource == "master_category"],
    )


def brought(company: str, job: str, pairs: list[Pair], master: tuple[dict[str, str], list[str]]) -> list[Written]:
    """What was read of a job and of the master list, as records to keep with the intent; a master code bears its name where
    a record has its row id."""
    on_job = [_read("job_code", f"{c}/{t}", company=company, job=job, cost_code=c, category=t) for c, t in pairs]
    codes = [
        _read("master_cost_code", f"master:{c}", company=company, cost_code=c).model_copy(update={"uuid": name})
        for c, name in master[0].items()
    ]
    categories = [_read("master_category", f"category:{c}", company=company, category=c) for c in master[1]]
    return [*on_job, *codes, *categories]


def _read(resource: str, part: str, **parts: str) -> Written:
    return Written(part=part, key=Key(resource=resource, parts=parts), uuid="")


def _pair(key: Key) -> Pair:
    return key.parts["cost_code"].upper(), key.parts["category"].upper()


def is_division(code: str, codes: list[str]) -> bool:
    """Whether other codes stand below it (S-12, R-04)."""
    return any(other.startswith(f"{code}-") for other in codes)
