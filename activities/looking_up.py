"""What only Procore and the ledger know when rows are given to Procore: ids of codes, types and linked companies."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from domain.incoming_port import Place, Runs
from domain.ports import NotThere, ProcoreImports
from domain.refusals import Refusal, Refused, refuse
from mappers.incoming.base import Lookups


async def look_up(wanted: Collection[str], place: Place, runs: Runs, procore: ProcoreImports) -> Lookups:
    """Only what the import asks for is asked. Raises as the ports do."""
    found: dict[str, Any] = {"settings": await runs.settings_of(place.procore_company)}
    company, project = place.procore_company, place.project
    if "vendors" in wanted:
        found["vendors"] = await runs.vendors(company, place.erp_company)
        found["masked"] = await runs.masked(company, place.erp_company)
    if "uoms" in wanted:
        found["uoms"] = {_upper(u, "name"): str(u["name"]) for u in await procore.listing("uoms", company, None)}
    if "projects" in wanted:
        found["projects"] = await runs.projects(company, place.erp_company)
    if "codes" in wanted:
        codes = await procore.listing("cost_codes", company, project)
        found["cost_codes"] = {_upper(c, "full_code"): int(c["id"]) for c in codes}
        found["codes"] = {
            (_upper(code, "full_code"), _upper(kind, "code")): (int(code["id"]), int(kind["id"]))
            for code in codes
            for kind in code.get("line_item_types") or []
        }
    if "cost_types" in wanted:
        types = await procore.listing("cost_types", company, project)
        found["cost_types"] = {_upper(t, "code"): int(t["id"]) for t in types}
    if "standard_codes" in wanted:
        standard = await procore.listing("standard_cost_codes", company, None)
        found["standard_codes"] = {_upper(c, "full_code"): int(c["id"]) for c in standard}
    return Lookups(**found)


def why_not(error: Refused | NotThere) -> list[Refusal]:
    """Why Procore doesn't show what is asked for: asking again wouldn't change it, so it ends the run."""
    return error.refusals if isinstance(error, Refused) else [refuse("refused_by_procore", words=str(error))]


def _upper(record: dict[str, Any], name: str) -> str:
    return str(record.get(name) or "").strip().upper()
