"""Cost codes in Procore stand in a tree: "03-100" is code 100 below code 03 (procore-api §5). CMiC's codes are whole.

A code that Procore has already, by its full code, is taken over unless another integration owns it. Codes above that CMiC
doesn't name are made, because nothing could stand below them otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from domain.ports import Given, Taken
from domain.refusals import Refused, refuse
from systems.procore.client import ProcoreClient
from systems.procore.upserts import MOST_ROWS, upsert

HYPHEN = "-"
Standing = dict[str, dict[str, Any]]


class StandardCodes:
    """The company's ERP standard list."""

    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        scope = {"company_id": company, "standard_cost_code_list_id": await erp_list(self._client, company)}
        standing = _by_code(await self._client.all_pages("/rest/v1.0/standard_cost_codes", company, scope))
        return await _plant(self._client, company, "/rest/v1.0/standard_cost_codes/sync", rows, standing, body=scope)

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        raise Refused(refuse("not_adding", what="Standard cost codes"))


class ProjectCodes:
    """A project's codes, each tied to the standard one of the same code."""

    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        scope = {"project_id": project or 0}
        found = await self._client.all_pages("/rest/v1.0/cost_codes", company, scope)
        own = [row for row in found if row.get("biller_type") != "SubJob" and not row.get("deleted_at")]
        path = "/rest/v1.0/cost_codes/sync"
        return await _plant(self._client, company, path, rows, _by_code(own), query=scope)

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        raise Refused(refuse("not_adding", what="Cost codes"))


async def erp_list(client: ProcoreClient, company: int) -> int:
    """The list that is an ERP's. Raises Refused where there is none."""
    lists = await client.all_pages("/rest/v1.0/standard_cost_code_lists", company, {"company_id": company})
    found = [row for row in lists if row.get("is_erp_list") is True]
    if not found:
        raise Refused(refuse("no_erp_list"))
    return int(found[0]["id"])


async def _plant(
    client: ProcoreClient,
    company: int,
    path: str,
    rows: list[Given],
    standing: Standing,
    *,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, int] | None = None,
) -> list[Taken]:
    """Level by level, so that every code finds the one above it."""
    taken: dict[str, Taken] = {}
    implied = _implied(rows, standing)
    for depth in sorted({_depth(code) for code in (*implied, *(r.body["code"] for r in rows))}):
        made = [_above(code, rows[0]) for code in implied if _depth(code) == depth]
        level = made + [r for r in rows if _depth(r.body["code"]) == depth]
        ready = [one for r in level if (one := _placed(r, standing, taken)) is not None]
        codes = {r.key: r.body["code"] for r in level}
        for start in range(0, len(ready), MOST_ROWS):
            for done in await upsert(client, company, path, ready[start : start + MOST_ROWS], body=body, query=query):
                taken[done.key] = done
                if not done.refusal:
                    standing[codes[done.key]] = {"id": done.id}
    return [taken[row.key] for row in rows if row.key in taken]


def _placed(row: Given, standing: Standing, taken: dict[str, Taken]) -> Given | None:
    """The row with its place in the tree; nothing for one that can't have it, whose outcome is told."""
    code = row.body["code"]
    above, _, own = code.rpartition(HYPHEN)
    there = standing.get(code, {})
    owner = there.get("origin_id")
    if owner in row.shared_with:
        taken[row.key] = Taken(key=row.key, id=int(there["id"]))
        return None
    if owner and owner != row.origin_id and not _of_another_job(owner, row):
        taken[row.key] = Taken(key=row.key, refusal=f"another integration owns {code} (its origin id is {owner})")
        return None
    if above and above not in standing:
        taken[row.key] = Taken(key=row.key, refusal=f"{above}, above it, isn't there")
        return None
    parent = {"parent_id": standing[above]["id"]} if above else {}
    return row.model_copy(
        update={"id": there.get("id", row.id), "body": {**row.body, **parent, "code": own, "name": row.body["name"]}}
    )


def _of_another_job(owner: str, row: Given) -> bool:
    """Whether it came from the job that the project was linked to before: it becomes the present one's."""
    theirs, ours = owner.split("|"), str(row.origin_id).split("|")
    return len(theirs) == len(ours) == 3 and theirs[2] == ours[2]


def _implied(rows: list[Given], standing: Standing) -> list[str]:
    """Codes above others that neither CMiC nor Procore has."""
    named = {row.body["code"] for row in rows} | set(standing)
    return sorted({above for row in rows for above in _ancestors(row.body["code"])} - named)


def _above(code: str, like: Given) -> Given:
    company = str(like.origin_id).split("|", 1)[0]
    rest = str(like.origin_id).split("|")[1:-1]
    return Given(key=f"above:{code}", origin_id="|".join([company, *rest, code]), body={"code": code, "name": code})


def _ancestors(code: str) -> Iterable[str]:
    parts = code.split(HYPHEN)
    return (HYPHEN.join(parts[:n]) for n in range(1, len(parts)))


def _depth(code: str) -> int:
    return code.count(HYPHEN)


def _by_code(rows: list[dict[str, Any]]) -> Standing:
    return {str(row.get("full_code") or "").upper(): row for row in rows}
